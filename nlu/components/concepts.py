"""What words have in common in meaning: `propiska` and `deklarēt` are one concept, see concepts.yml."""

from collections.abc import Mapping, Sequence

from components.latvian import words

EXACT = "="
"""Before a listed word: only this very word, not every word that starts with it."""


class Concepts:
    """Finds the concepts of a text by the beginnings of its words."""

    def __init__(self, listed: Mapping[str, Sequence[str]]) -> None:
        """`listed` names each concept's words as an editor wrote them."""
        self._starts: dict[str, set[str]] = {}
        self._wholes: dict[str, set[str]] = {}
        for concept, entries in listed.items():
            for entry in entries:
                whole = str(entry).startswith(EXACT)
                key = " ".join(word for word, _, _ in words(str(entry)))
                (self._wholes if whole else self._starts).setdefault(key, set()).add(concept)
        self._longest = max(map(len, self._starts), default=0)

    def of(self, text: Sequence[str]) -> list[str]:
        """The concepts of a folded text, each once, in alphabetical order."""
        found: set[str] = set()
        for at, word in enumerate(text):
            found |= self._wholes.get(word, set())
            rest = " ".join(text[at:])[: self._longest]
            for length in range(2, len(rest) + 1):
                found |= self._starts.get(rest[:length], set())
        return sorted(found)
