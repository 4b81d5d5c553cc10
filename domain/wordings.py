"""Curated wordings: what people write, as beginnings of words, so that one entry covers every ending."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import Generic, TypeVar

from domain.folding import fold_loosely

T = TypeVar("T")

EXACT = "="
"""Before a listed word: this very word, not every word that begins with it."""

GAP = "*"
"""Between listed words: up to `WIDEST_GAP` other words may stand here."""

WIDEST_GAP = 3
_KEY_LETTERS = 4


@dataclass(frozen=True, slots=True)
class Wording:
    """A row of word beginnings. `ož gāz` is found in "šķiet, ož gāze" and, as `ož * gāz`, in "ož pēc gāzes"."""

    parts: tuple[str, ...]

    @classmethod
    def of(cls, written: str) -> "Wording":
        """As an editor wrote it."""
        return cls(tuple(_part(part) for part in written.split()))

    def length_at(self, words: Sequence[str], start: int) -> int:
        """How many words the wording takes up from this one on; 0 when it does not stand here."""
        end = self._ends(words, start)
        return end - start if end else 0

    def _ends(self, words: Sequence[str], start: int) -> int:
        """Behind which word the wording ends, 0 when it does not begin at `start`."""
        at, gap = start, 0
        for part in self.parts:
            if part == GAP:
                gap = WIDEST_GAP
                continue
            found = (n for n in range(at, min(at + gap + 1, len(words))) if _fits(part, words[n]))
            here = next(found, None)
            if here is None:
                return 0
            at, gap = here + 1, 0
        return at


@dataclass(frozen=True, slots=True)
class Wordings(Generic[T]):
    """Many wordings and what each means, found quickly: by how their first word begins, numbered as listed."""

    by_start: Mapping[str, Sequence[tuple[int, Wording, T]]] = field(default_factory=dict)

    @classmethod
    def of(cls, meanings: Iterable[tuple[str, T]]) -> "Wordings[T]":
        """As editors wrote them; where several fit, the earlier comes first."""
        by_start: dict[str, list[tuple[int, Wording, T]]] = {}
        for number, (written, meaning) in enumerate(meanings):
            wording = Wording.of(written)
            start = wording.parts[0].lstrip(EXACT)[:_KEY_LETTERS]
            by_start.setdefault(start, []).append((number, wording, meaning))
        return cls(by_start)

    def at(self, words: Sequence[str], start: int) -> Iterator[tuple[int, T]]:
        """What begins at a word: how many words it takes up, and its meaning."""
        word = words[start][:_KEY_LETTERS]
        begun = (self.by_start.get(word[:length], ()) for length in range(1, len(word) + 1))
        for _, wording, meaning in sorted(chain.from_iterable(begun), key=itemgetter(0)):
            if length := wording.length_at(words, start):
                yield length, meaning

    def found(self, words: Sequence[str]) -> Iterator[tuple[range, T]]:
        """What stands anywhere in the folded words of a text: which words it takes up, and its meaning."""
        for start in range(len(words)):
            for length, meaning in self.at(words, start):
                yield range(start, start + length), meaning

    def beginnings(self) -> Iterator[str]:
        """Every word of every wording, folded, as it begins."""
        for listed in self.by_start.values():
            for _, wording, _ in listed:
                yield from (part.lstrip(EXACT) for part in wording.parts if part != GAP)

    def within(self, words: Sequence[str]) -> Iterator[T]:
        """As `found`, the meanings alone."""
        return (meaning for _, meaning in self.found(words))


def _part(part: str) -> str:
    if part == GAP:
        return GAP
    exact = EXACT if part.startswith(EXACT) else ""
    return exact + fold_loosely(part)


def _fits(part: str, word: str) -> bool:
    return word == part[1:] if part.startswith(EXACT) else word.startswith(part)
