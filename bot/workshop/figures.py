"""Dates and amounts of two topics that speak of the same in other words: who names another day or another sum."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from bot.content.reading import Files
from bot.workshop.passages import Passage, passages
from domain.errors import ContentProblem
from domain.folding import fold

_MONTHS = "janvār|februār|mart|aprīl|maij|jūnij|jūlij|august|septembr|oktobr|novembr|decembr"
_SHAPES = {
    "amount": re.compile(
        r"(\d{1,3}(?:[ \u00a0]\d{3})+(?:,\d+)?|\d+(?:,\d+)?)\s*(?:EUR|€|eiro\b)", re.IGNORECASE
    ),
    "day": re.compile(r"(\d{1,2})\.\s*(?:līdz\s+\d{1,2}\.\s*)?datum\w*", re.IGNORECASE),
    "date": re.compile(rf"(\d{{1,2}}\.\s*(?:{_MONTHS}))\w*", re.IGNORECASE),
}
_KINDS = {"amount": "summa", "day": "diena", "date": "datums"}
_LINK = re.compile(r"\]\([^)]*\)|https?://\S+")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[A-ZĀČĒĢĪĶĻŅŠŪŽ*])")
_FILLERS = frozenset(
    [
        "ir",
        "un",
        "vai",
        "no",
        "uz",
        "par",
        "ar",
        "pie",
        "ka",
        "ja",
        "tas",
        "to",
        "ta",
        "tad",
        "tiek",
        "tika",
        "var",
        "jums",
        "jusu",
        "jus",
        "vel",
        "tikai",
        "arī",
        "ari",
        "pec",
        "bet",
        "so",
        "sis",
        "tam",
        "tos",
        "kopa",
        "kuru",
        "kura",
        "kurs",
        "ne",
        "nav",
        "es",
        "dara",
        "jabut",
    ]
)
_SAME_WORDS = (
    (re.compile(r"^(?:ja)?(?:sa|ap|no|iz)?maks"), "maks"),
    (re.compile(r"^(?:ja)?nodo[dtš]|^nodev"), "nodot"),
    (re.compile(r"^termi|^lidz$|^pedej"), "termin"),
    (re.compile(r"^parsnie|^lielak|^vairak"), "vairak"),
    (re.compile(r"^sum"), "summa"),
)
_STEM = 5
_ALIKE = 0.75
_FEWEST = 3
_FEW_TITLES = 4


@dataclass(frozen=True, slots=True)
class _Said:
    """One sentence with figures of one kind."""

    at: Passage
    text: str
    kind: str
    values: frozenset[str]
    words: frozenset[str]


def differing(files: Files) -> Iterator[ContentProblem]:
    """Sentences of two topics of a group about the same with another date or sum, and lists that half agree."""
    titles = {topic.stem: topic.front.value.title for topic in files.topics}
    own = _telling_words(titles)
    by_place: dict[tuple[str, str], list[_Said]] = defaultdict(list)
    said = [one for line in passages(files) if line.group for one in _said(line)]
    often = Counter(word for one in said for word in one.words)
    weights = {word: math.log(1 + len(said) / count) for word, count in often.items()}
    for one in said:
        by_place[one.at.group, one.kind].append(one)
    for near in by_place.values():
        for one, other in combinations(near, 2):
            if _contradict(one, other, own, weights):
                yield _told(*_doubtful_first(one, other, near))
    yield from _lists(said)


def _telling_words(titles: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Words of each topic's title that hardly any other title has: they tell it from its neighbours."""
    words = {stem: _words(title) for stem, title in titles.items()}
    often = Counter(word for one in words.values() for word in one)
    return {
        stem: frozenset(word for word in one if often[word] <= _FEW_TITLES)
        for stem, one in words.items()
    }


def _contradict(
    one: _Said, other: _Said, own: dict[str, frozenset[str]], weights: dict[str, float]
) -> bool:
    here, there = one.at.subject, other.at.subject
    if here == there or one.values & other.values:
        return False
    # What only the title of one of the two says is what they differ in: twins, another class.
    apart = (own[here] ^ own[there]) & (one.words ^ other.words)
    both = one.words & other.words
    if apart or len(both) < _FEWEST:
        return False
    less = min(_weight(one.words, weights), _weight(other.words, weights))
    return _weight(both, weights) >= _ALIKE * less


def _weight(words: frozenset[str], weights: dict[str, float]) -> float:
    return sum(weights[word] for word in words)


def _doubtful_first(one: _Said, other: _Said, near: Sequence[_Said]) -> tuple[_Said, _Said]:
    """The one whose values fewer topics know comes first: it is the likelier slip."""

    def known(said: _Said) -> int:
        return len({n.at.subject for n in near if n.values & said.values})

    return (one, other) if known(one) <= known(other) else (other, one)


def _lists(said: Sequence[_Said]) -> Iterator[ContentProblem]:
    """Two topics whose dates or sums agree for the most part, but each has one that the other lacks."""
    whole: dict[tuple[str, str, str], list[_Said]] = defaultdict(list)
    for one in said:
        whole[one.at.group, one.kind, one.at.subject].append(one)
    sets = {key: frozenset().union(*(o.values for o in ones)) for key, ones in whole.items()}
    for here, there in combinations(sorted(sets), 2):
        if here[:2] != there[:2]:
            continue
        mine, theirs = sets[here], sets[there]
        only_mine, only_theirs = mine - theirs, theirs - mine
        common = len(mine & theirs)
        if only_mine and only_theirs and common and 2 * common >= min(len(mine), len(theirs)):
            first = next(said for said in whole[here] if said.values & only_mine)
            second = next(said for said in whole[there] if said.values & only_theirs)
            yield _told(first, second)


def _told(one: _Said, other: _Said) -> ContentProblem:
    return one.at.problem(
        f"{_KINDS[one.kind]} šeit: „{one.text}”, bet tematā „{other.at.subject}” "
        f"({other.at.file}:{other.at.line}): „{other.text}”; pārbaudiet, kurš ir pareizs"
    )


def _said(line: Passage) -> Iterator[_Said]:
    for text in _SENTENCE.split(_LINK.sub("]", line.text).replace("**", "")):
        for kind, shape in _SHAPES.items():
            found = frozenset(fold(value) for value in shape.findall(text))
            if found:
                plain = shape.sub(" ", text)
                about = (
                    _words(plain)
                    if len(_words(plain)) >= _FEWEST
                    else _words(f"{line.title} {plain}")
                )
                yield _Said(line, text.strip(" -"), kind, found, about)


def _words(text: str) -> frozenset[str]:
    return frozenset(
        _stem(word) for word in fold(text).split() if word not in _FILLERS and not word.isdigit()
    )


def _stem(word: str) -> str:
    return next((same for shape, same in _SAME_WORDS if shape.search(word)), word[:_STEM])
