"""Rules over many files that only help editors: none of them stops content from being served."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations

from bot.content import Content
from bot.content import markdown as md
from bot.content.reading import Files, ReadTopic
from bot.workshop.previewing import Look, looks
from domain.errors import ContentProblem
from domain.folding import fold

_STEM = 5
_FEWEST_WORDS = 4
_SAME_SENTENCE = 0.9
_SAME_ANSWER = 0.85
_PHONE_SHAPE = re.compile(r"(?<![\d.,/-])(?:\+?371[ ]?)?\d(?:[ -]?\d){6,8}(?![\d.,]?\d)")
_PHONE = re.compile(r"(\+371)?[2689]\d{7}")
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+(?=[A-ZĀČĒĢĪĶĻŅŠŪŽ])|\n")
_NUMBER = re.compile(r"\d+(?:[ .,:]\d+)*")
_LINK = re.compile(r"https?://\S+")


def too_long(files: Files, content: Content) -> Iterator[ContentProblem]:
    """Answers that need more than one message, and on which channel."""
    now = datetime.now(UTC)
    for topic in files.topics:
        for look in looks(content, topic.stem, now=now):
            if len(look.parts) > 1:
                yield _at_answer(topic, _length_words(look))


def _length_words(look: Look) -> str:
    return (
        f"{look.name}: atbilde sadalās vairākās ziņās ({len(look.parts)}), jo vienā ietilpst "
        f"{look.limit} zīmes; saīsiniet to"
    )


def misshapen_phones(files: Files) -> Iterator[ContentProblem]:
    """Numbers in answers that look like a phone but cannot be one."""
    for topic in files.topics:
        for offset, line in enumerate(topic.body.splitlines()):
            for found in _PHONE_SHAPE.findall(_LINK.sub("", line)):
                digits = re.sub(r"[ -]", "", found)
                if not _PHONE.fullmatch(digits) and "tālr" in line.lower():
                    message = f"„{found}” neizskatās pēc tālruņa numura: Latvijā tajā ir astoņi cipari; pārbaudiet"
                    yield _at_answer(topic, message, offset)


def same_titles(files: Files) -> Iterator[ContentProblem]:
    """Titles that residents could not tell apart on two buttons."""
    first: dict[str, str] = {}
    for topic in files.topics:
        other = first.setdefault(fold(topic.front.value.title), topic.stem)
        if other != topic.stem:
            message = f"virsraksts ir tāds pats kā tematam „{other}”; iedzīvotājs pogas neatšķirs"
            yield topic.front.problem(message, "title")


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One sentence of an answer: its words without endings, and the numbers in it."""

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
            continue
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
    for offset, line in enumerate(topic.body.splitlines()):
        for text in _SENTENCE_END.split(_LINK.sub("", line)):
            words = _words(text)
            if len(words) >= _FEWEST_WORDS:
                numbers = tuple(re.sub(r"\s", "", n) for n in _NUMBER.findall(text))
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
    """A problem of a line of the answer, which begins under the second `---`."""
    first = topic.front.text.text.count("\n") + 4
    return ContentProblem(topic.front.file, first + offset, message)


def warnings_of(files: Files, content: Content | None) -> Iterable[ContentProblem]:
    """All of these rules; those about rendering only for content that can be served."""
    if content is not None:
        yield from too_long(files, content)
    yield from misshapen_phones(files)
    yield from same_titles(files)
    yield from contradictions(files)
