"""How alike questions are, by their letters: no model, so that it works for what the model did not understand."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from domain.folding import fold

T = TypeVar("T")

_LETTERS = 3
ALIKE = 0.5
"""Share of common letter groups from which two questions are put together."""


def traits(text: str) -> frozenset[str]:
    """The letter groups of a text without garumzīmes; word beginnings count, endings hardly."""
    return frozenset(
        padded[start : start + _LETTERS]
        for word in fold(text).split()
        for padded in [f" {word}"]
        for start in range(max(1, len(padded) - _LETTERS + 1))
    )


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """0 when nothing is common, 1 when everything is (Dice)."""
    together = len(one) + len(other)
    return 2 * len(one & other) / together if together else 0.0


@dataclass(slots=True)
class Heap(Generic[T]):
    """Things whose texts are alike."""

    traits: frozenset[str]
    members: list[T]


def heaped(things: Iterable[tuple[str, T]]) -> list[Heap[T]]:
    """Things put together by the likeness of their texts, the largest heap first."""
    heaps: list[Heap[T]] = []
    for text, thing in things:
        own = traits(text)
        best = max(heaps, key=lambda heap: likeness(heap.traits, own), default=None)
        if best is not None and likeness(best.traits, own) >= ALIKE:
            best.members.append(thing)
        else:
            heaps.append(Heap(own, [thing]))
    return sorted(heaps, key=lambda heap: -len(heap.members))


def nearest(text: str, known: Mapping[str, Sequence[frozenset[str]]], *, most: int) -> list[str]:
    """Names of those whose examples are most like the text, the likeliest first."""
    own = traits(text)
    scores = Counter(
        {
            name: max((likeness(own, example) for example in examples), default=0.0)
            for name, examples in known.items()
        }
    )
    return [name for name, score in scores.most_common(most) if score > 0]
