"""Words with a slip, read as the word that was meant, when the training examples know that word.

What thumbs and haste do to Latvian, in the order of how often it was seen: a vowel is left out ("nodklis"), letters are
swapped, doubled or missed, the ending is another one, two words run together, one word is torn apart.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST = 3
"""Shorter words are left alone."""

_SHORTEST_WITH_ANY_SLIP = 5
"""Shorter ones are mended only when a letter is missing or wrong behind the same first letter."""

_SHORTEST_WITH_TWO_SLIPS = 6
_SHORTEST_WHOLE = 5
"""Letters from which two pieces may be one torn word: shorter ones are made of ordinary words too often."""

_SHORTEST_RUN_TOGETHER = 6
_KNOWN_WELL = 3
"""Examples that must know each of two words that ran together."""

_VOWELS = frozenset("aeiou")


class Speller:
    """Puts the likeliest known words in place of unknown ones that are a slip or two away."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        """`counts` tells how often each folded word occurs in the examples."""
        self.counts = dict(counts)
        candidates = [word for word in self.counts if len(word) > SHORTEST and word.isalpha()]
        self._of_length = {
            length: list(words) for length, words in groupby(sorted(candidates, key=len), key=len)
        }

    @classmethod
    def of(cls, texts: Iterable[Sequence[str]]) -> "Speller":
        """A speller that knows the words of these texts."""
        return cls(Counter(word for text in texts for word in text))

    def mend(self, text: Sequence[str]) -> list[str]:
        """The words of a folded text as they were meant; known words and words like nothing stay."""
        mended: list[str] = []
        at = 0
        while at < len(text):
            whole = self._torn(text[at : at + 2])
            mended += [whole] if whole else self._meant(text[at])
            at += 2 if whole else 1
        return mended

    def _torn(self, pieces: Sequence[str]) -> str:
        """The known word that two pieces make, at least one of which is no word; empty when there is none."""
        whole = "".join(pieces)
        is_one = len(whole) >= _SHORTEST_WHOLE and whole in self.counts
        return whole if is_one and any(piece not in self.counts for piece in pieces) else ""

    def _meant(self, word: str) -> list[str]:
        if word in self.counts or len(word) < SHORTEST or not word.isalpha():
            return [word]
        near = self._near(word)
        return [near] if near else self._apart(word) or [word]

    def _near(self, word: str) -> str:
        most = 2 if len(word) >= _SHORTEST_WITH_TWO_SLIPS else 1
        found = [
            near
            for length in range(len(word) - most, len(word) + most + 1)
            for near in process.extract(
                word,
                self._of_length.get(length, ()),
                scorer=OSA.distance,
                score_cutoff=most,
                limit=None,
            )
        ]
        likely = [
            (-slips, known[0] == word[0], _bones(known) == _bones(word), self.counts[known], known)
            for known, slips, _ in found
            if _is_plausible(word, known, slips=int(slips))
        ]
        return max(likely)[-1] if likely else ""

    def _apart(self, word: str) -> list[str]:
        """The two well known words that ran together into this one; nothing when it is not so."""
        if len(word) < _SHORTEST_RUN_TOGETHER:
            return []
        cuts = [(word[:at], word[at:]) for at in range(2, len(word) - 1)]
        seen = [
            (min(self.counts.get(one, 0), self.counts.get(two, 0)), one, two) for one, two in cuts
        ]
        count, one, two = max(seen)
        return [one, two] if count >= _KNOWN_WELL else []


def _is_plausible(word: str, known: str, *, slips: int) -> bool:
    """Whether so many slips may make `word` of `known`: the shorter the word, the less may differ."""
    if len(word) == SHORTEST and len(known) == SHORTEST:
        return False
    if len(word) < _SHORTEST_WITH_ANY_SLIP:
        return known[0] == word[0] and len(known) >= len(word)
    return slips == 1 or known[0] == word[0]


def _bones(word: str) -> str:
    """The first letter and the consonants: what is left when vowels are left out or mistaken."""
    return word[0] + "".join(letter for letter in word[1:] if letter not in _VOWELS)
