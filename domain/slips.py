"""Slips in words that must not be missed: a vowel left out ("smrd") or two letters exchanged ("negirbu")."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

_VOWELS = frozenset("aeiou")
_SHORTEST = 5
"""Letters that a slip must leave to be undone: what is shorter is too near to other words."""


@dataclass(frozen=True, slots=True)
class Slips:
    """What beginnings of words become by one slip, and what was meant."""

    meant: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()

    @classmethod
    def of(cls, beginnings: Iterable[str], *, others: Iterable[str] = ()) -> "Slips":
        """For folded beginnings of words; neither these nor `others` are taken for slips."""
        right = sorted(set(beginnings))
        known = frozenset(word for word in (*right, *others) if len(word) >= _SHORTEST)
        meant = {slip: word for word in right for slip in _of(word) if len(slip) >= _SHORTEST}
        return cls(meant, known)

    def undone(self, words: Sequence[str]) -> list[str]:
        """Folded words, each that has a slip replaced by the beginning that was meant."""
        return [self._undone(word) for word in words]

    def _undone(self, word: str) -> str:
        beginnings = [word[:length] for length in range(len(word), 0, -1)]
        if not self.known.isdisjoint(beginnings):
            return word
        return next((self.meant[start] for start in beginnings if start in self.meant), word)


def _of(right: str) -> Iterable[str]:
    """The first letter is typed with care, and the last one may be an ending."""
    for at in range(1, len(right) - 1):
        if right[at] in _VOWELS:
            yield right[:at] + right[at + 1 :]
        yield right[:at] + right[at + 1] + right[at] + right[at + 2 :]
