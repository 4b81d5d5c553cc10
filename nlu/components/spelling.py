"""Words with a slip, read as the word that was meant, when the training examples know that word."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from components.latvian import is_one_slip_apart

SHORTEST = 5
"""Shorter words are left alone: too many of them are one slip from another word."""


class Speller:
    """Puts the likeliest known word in place of an unknown one that is one slip away."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        """`counts` tells how often each folded word occurs in the examples."""
        self.counts = dict(counts)
        self._near: dict[str, list[str]] = defaultdict(list)
        for word in self.counts:
            if len(word) >= SHORTEST - 1 and not word.isdigit():
                for key in with_one_less(word):
                    self._near[key].append(word)

    @classmethod
    def of(cls, texts: Iterable[list[str]]) -> "Speller":
        """A speller that knows the words of these texts."""
        return cls(Counter(word for text in texts for word in text))

    def mend(self, word: str) -> str:
        """The word itself when it is known, short or like nothing, else the known word that was meant."""
        if word in self.counts or len(word) < SHORTEST or word.isdigit():
            return word
        near = {
            known
            for key in with_one_less(word)
            for known in self._near.get(key, ())
            if is_one_slip_apart(known, word)
        }
        if not near:
            return word
        return max(near, key=lambda known: (known[0] == word[0], self.counts[known], known))


def with_one_less(word: str) -> Iterator[str]:
    """The word, and the word without each of its letters: two words one slip apart share one of these."""
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
