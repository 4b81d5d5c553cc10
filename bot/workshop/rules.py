"""Rules over many files that only help editors: none of them stops content from being served."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain, combinations

from bot.content import Content
from bot.content import markdown as md
from bot.content.reading import Files, ReadTopic
from bot.training import NLU, merged_topics
from bot.workshop import drafts, examples, facts, figures, lengths, shapes
from bot.workshop.passages import first_line
from domain.errors import ContentProblem
from domain.folding import fold

_STEM = 5
_FEWEST_WORDS = 4
_SAME_SENTENCE = 0.9
_SAME_ANSWER = 0.85
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+(?=[A-ZĀČĒĢĪĶĻŅŠŪŽ])|\n")
_NUMBER = re.compile(r"\d+(?:[ .,:]\d+)*")
_LINK = re.compile(r"https?://\S+")
_NONE_PUBLISHED = re.compile(r"\bnav\b.*\bizsludin|\bizsludin.*\bnav\b")


def same_titles(files: Files) -> Iterator[ContentProblem]:
    """Titles that residents could not tell apart on two buttons."""
    first: dict[str, str] = {}
    for topic in files.topics:
        other = first.setdefault(fold(topic.front.value.title), topic.stem)
        if other != topic.stem:
            message = f"virsraksts ir tāds pats kā tematam „{other}”; iedzīvotājs pogas neatšķirs"
            yield topic.front.problem(message, "title")


def denied_trainings(files: Files, today: date) -> Iterator[ContentProblem]:
    """Answers that say that no trainings are published, while the file of trainings has one."""
    listed = files.trainings.value.trainings if files.trainings else ()
    coming = next((one for one in listed if one.valid_until >= today), None)
    if coming is None:
        return
    for topic in files.topics:
        for offset, line in enumerate(topic.body.splitlines()):
            if _NONE_PUBLISHED.search(fold(line)):
                message = f"rakstīts, ka izsludinātu mācību nav, bet failā trainings.yml ir „{coming.title}”"
                yield _at_answer(topic, message, offset)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One sentence of an answer: its words without endings, and the numbers in it that its title does not have."""

    topic: ReadTopic
    offset: int
    text: str
    words: frozenset[str]
    numbers: tuple[str, ...]


def contradictions(files: Files) -> Iterator[ContentProblem]:
    """Sentences of two topics that say the same in words but name other numbers; answers given twice."""
    sentences = [one for topic in files.topics for one in _sentences(topic) if one.numbers]
    for one, other in _pairs(sentences):
        if one.numbers == other.numbers:
            continue  # the same figures, but for those that tell one topic from the other
        if _common(one.words, other.words) >= _SAME_SENTENCE:
            message = (
                f"„{one.text}” – bet tematā „{other.topic.stem}” rakstīts „{other.text}”; "
                "pārbaudiet, kurš skaitlis ir pareizs"
            )
            yield _at_answer(one.topic, message, one.offset)
    yield from _answered_twice(files)


def _answered_twice(files: Files) -> Iterator[ContentProblem]:
    bodies = [(topic, _words(md.text_of(topic.document))) for topic in files.topics]
    for (one, words), (other, other_words) in combinations(bodies, 2):
        small, large = sorted((len(words), len(other_words)))
        if small < _SAME_ANSWER * large:
            continue
        if _common(words, other_words) >= _SAME_ANSWER:
            message = (
                f"atbilde ir gandrīz tāda pati kā tematam „{one.stem}”; "
                "apvienojiet abus vai parādiet atšķirību"
            )
            yield _at_answer(other, message)


def _sentences(topic: ReadTopic) -> Iterator[_Sentence]:
    own = set(re.findall(r"\d+", f"{topic.front.value.title} {topic.stem}"))
    for offset, line in enumerate(topic.body.splitlines()):
        for text in _SENTENCE_END.split(_LINK.sub("", line)):
            words = _words(text)
            if len(words) >= _FEWEST_WORDS:
                found = (re.sub(r"\s", "", n) for n in _NUMBER.findall(text))
                numbers = tuple(n for n in found if n not in own)
                yield _Sentence(topic, offset, text.strip(" -*"), words, numbers)


def _pairs(sentences: list[_Sentence]) -> Iterator[tuple[_Sentence, _Sentence]]:
    """Pairs of two topics that share a long word: comparing all with all would take seconds."""
    by_word: dict[str, list[int]] = defaultdict(list)
    for number, sentence in enumerate(sentences):
        for word in sentence.words:
            by_word[word].append(number)
    seen: set[tuple[int, int]] = set()
    for numbers in by_word.values():
        seen.update(combinations(numbers, 2))
    for one, other in sorted(seen):
        if sentences[one].topic is not sentences[other].topic:
            yield sentences[one], sentences[other]


def _words(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in fold(text).split() if not word.isdigit())


def _common(one: frozenset[str], other: frozenset[str]) -> float:
    every = len(one | other)
    return len(one & other) / every if every else 0.0


def _at_answer(topic: ReadTopic, message: str, offset: int = 0) -> ContentProblem:
    """A problem of a line of the answer."""
    return ContentProblem(topic.front.file, first_line(topic) + offset, message)


def warnings_of(files: Files, content: Content | None, *, today: date) -> Iterator[ContentProblem]:
    """All of these rules; those about rendering only for content that can be served."""
    if content is not None:
        yield from lengths.too_long(files, content)
    yield from shapes.misshapen_phones(files)
    yield from shapes.impossible_days(files)
    yield from shapes.doubtful_dates(files, today)
    yield from same_titles(files)
    yield from denied_trainings(files, today)
    yield from drafts.waiting(files.directory)
    yield from examples.one_sided(files)
    fixed = examples.fixed_examples(NLU / "data")
    yield from examples.alike(files, fixed, merged_topics())
    opposed = chain(contradictions(files), facts.contradictions(files), figures.differing(files))
    yield from _once_a_line(opposed)


def _once_a_line(problems: Iterable[ContentProblem]) -> Iterator[ContentProblem]:
    """A line that two rules doubt is told once."""
    seen: set[tuple[str, int]] = set()
    for problem in problems:
        if (problem.file, problem.line) not in seen:
            seen.add((problem.file, problem.line))
            yield problem
