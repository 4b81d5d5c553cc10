"""Questions put together by their likeness, and what is most like them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from domain.likeness import ALIKE, likeness, traits

T = TypeVar("T")


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
