"""Example questions that say nearly the same (in two topics, in one, in a fixed intent) or are all of one length."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.content.reading import Files, Read
from bot.workshop.titles import fixed_title
from domain.errors import ContentProblem
from domain.folding import fold

_STEM = 5
"""Letters of a word that count: Latvian endings do not."""

_LONG_WORD = 5
"""Shorter words that differ by a letter are usually two words: kad and kas, kur and kam."""

_STORY = 10
"""Words from which a question is as long as a senior tells it, with the story behind it."""

_BRIEF = 3
"""Words up to which it is as brief as a teenager types it."""

_FILLERS = frozenset(
    [
        "es",
        "jus",
        "tu",
        "ludzu",
        "labdien",
        "sveiki",
        "sveika",
        "ludzam",
        "paldies",
        "nu",
        "vai",
        "gan",
        "tad",
        "jau",
        "ari",
        "tacu",
        "vispar",
        "pateikt",
        "pasakiet",
        "sakiet",
        "pasaki",
        "pastastiet",
        "ka",
        "man",
        "mums",
        "gribu",
        "gribetu",
        "velos",
        "zinat",
        "uzzinat",
        "lugums",
        "jautajums",
    ]
)


@dataclass(frozen=True, slots=True)
class Example:
    """One example question and where it stands. `owner` is a topic's or a fixed intent's name.

    `line` is that of the file, for a topic its place in the list.
    """

    text: str
    owner: str
    file: str
    line: int
    topic: Read[object] | None = None

    def problem(self, message: str) -> ContentProblem:
        """Something about this question."""
        if self.topic is None:
            return ContentProblem(self.file, self.line, message)
        return self.topic.problem(message, "examples", self.line)


def alike(
    files: Files, fixed: Iterable[Example], merged: Mapping[str, str]
) -> Iterator[ContentProblem]:
    """Each example of a topic that is nearly another one, once.

    A filler or a slip more makes no other question in another topic; inside one topic it may stand, since it
    teaches the same. `merged` names the fixed intent that a topic's examples teach.
    """
    by_gist: dict[tuple[str, ...], Example] = {}
    by_rest: dict[tuple[str, ...], list[tuple[str, Example]]] = defaultdict(list)
    within: dict[tuple[str, tuple[str, ...]], Example] = {}
    for example in (*fixed, *_of_topics(files)):
        words = _words(example.text)
        gist = _stems(words)
        twin = by_gist.get(gist) or _with_a_slip(words, by_rest)
        same = within.setdefault((example.owner, _stems(fold(example.text).split())), example)
        if example.topic is not None:
            if twin is not None and example.owner != twin.owner != merged.get(example.owner):
                yield example.problem(_elsewhere(example, twin))
            elif same is not example:
                yield example.problem(
                    f"jautājums „{example.text}” ir gandrīz tāds pats kā „{same.text}”; pārrakstiet citādi"
                )
        by_gist.setdefault(gist, example)
        for rest, word in _without_one(words):
            by_rest[rest].append((word, example))


def _elsewhere(example: Example, twin: Example) -> str:
    where = (
        f"tematā „{twin.owner}”"
        if twin.topic is not None
        else f"sarakstā „{fixed_title(twin.owner)}” ({twin.file}:{twin.line})"
    )
    return (
        f"jautājums „{example.text}” ir gandrīz tāds pats kā „{twin.text}” {where}; "
        "asistents tos jauks – atstājiet vienā"
    )


def one_sided(files: Files) -> Iterator[ContentProblem]:
    """Topics whose examples are all shorter than a story or all longer than a few words, at their list of examples.

    Residents write both ways, and the model knows only what it was taught.
    """
    for topic in files.topics:
        lengths = [_length(text) for text in topic.front.value.examples]
        if max(lengths) < _STORY:
            message = (
                f"nav neviena gara jautājuma ({_STORY} vārdi vai vairāk); pielieciet vismaz vienu "
                "veselu teikumu, kā to izstāstītu seniors: kas noticis un ko vajag zināt"
            )
            yield topic.front.problem(message, "examples")
        if min(lengths) > _BRIEF:
            message = (
                f"nav neviena īsa jautājuma ({_BRIEF} vārdi vai mazāk); pielieciet vismaz vienu, "
                "kā to steigā uzrakstītu jaunietis: divus trīs vārdus par pašu galveno"
            )
            yield topic.front.problem(message, "examples")


def _length(text: str) -> int:
    """Words as they are counted by eye: `e-pasts` is one, a dash between two words is none."""
    return sum(1 for word in text.split() if fold(word))


def fixed_examples(folder: Path) -> Iterator[Example]:
    """Examples of the intents that no topic file holds: `nlu/data/*.yml`."""
    for path in sorted(folder.glob("*.yml")):
        name = str(Path(folder.parent.name) / folder.name / path.name)
        root = yaml.compose(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for item in _child(root, "nlu") or ():
            entry = {key.value: value for key, value in item.value}
            if "intent" in entry and "examples" in entry:
                text = entry["examples"]
                for number, line in enumerate(text.value.splitlines(), start=2):
                    said = line.removeprefix("- ").strip()
                    at = text.start_mark.line + number
                    yield Example(said, entry["intent"].value, name, at)


def _child(root: yaml.Node | None, name: str) -> list[yaml.Node] | None:
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    return next((value.value for key, value in pairs if key.value == name), None)


def _of_topics(files: Files) -> Iterator[Example]:
    for topic in files.topics:
        for number, text in enumerate(topic.front.value.examples):
            yield Example(text, topic.stem, topic.front.file, number, topic.front)


def _words(text: str) -> tuple[str, ...]:
    words = fold(text).split()
    kept = tuple(word for word in words if word not in _FILLERS)
    return kept or tuple(words)


def _stems(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(word[:_STEM] for word in words))


def _without_one(words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is left of a question without each of its long words."""
    if len(words) > 1:
        for place, word in enumerate(words):
            if len(word) >= _LONG_WORD:
                rest = words[:place] + words[place + 1 :]
                yield _stems(rest), word


def _with_a_slip(
    words: tuple[str, ...], by_rest: Mapping[tuple[str, ...], list[tuple[str, Example]]]
) -> Example | None:
    """A question that differs by one slip in one long word."""
    for rest, word in _without_one(words):
        for other, example in by_rest.get(rest, ()):
            if _one_slip(word, other):
                return example
    return None


def _one_slip(one: str, other: str) -> bool:
    """One letter another, missing or too many, or two neighbours exchanged."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    mine, theirs = one[start:], other[start:]
    return (
        mine[1:] == theirs[1:]
        or mine[1:] == theirs
        or mine == theirs[1:]
        or (mine[1::-1] == theirs[:2] and mine[2:] == theirs[2:])
    )
