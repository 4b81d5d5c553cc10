"""Finding names from a list in a text, in any case form, without diacritics or with one slip."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rapidfuzz import process
from rapidfuzz.distance import OSA

from components.latvian import words

if TYPE_CHECKING:
    from rasa.shared.nlu.training_data.training_data import TrainingData

SHORTEST_WITH_SLIP = 6
"""Shorter names must be spelled right: one slip makes another word of them."""


@dataclass(frozen=True)
class Mention:
    """A name found in a text: which one, and from where to where it was written."""

    value: str
    start: int
    end: int
    exact: bool


class Gazetteer:
    """The forms of some names and how to find them; longest match wins, exact before slipped."""

    def __init__(self, forms: Mapping[str, str], known_words: Iterable[str] = ()) -> None:
        """`forms` leads from a folded form (words joined by a space) to its value.

        `known_words` are ordinary folded words: they are never taken for a name with a slip.
        """
        self.forms = dict(forms)
        self.known_words = frozenset(known_words)
        self._longest = max((form.count(" ") + 1 for form in self.forms), default=0)
        self._long = [form for form in forms if " " not in form and len(form) >= SHORTEST_WITH_SLIP]

    @classmethod
    def of(cls, training_data: "TrainingData", *, kind: str) -> "Gazetteer":
        """Out of Rasa training data: the lookup table `kind` lists forms, its synonyms say which is which.

        Where two names share a form, the one listed first keeps it.
        """
        forms: dict[str, str] = {}
        for table in training_data.lookup_tables:
            if table["name"] == kind:
                for written in table["elements"]:
                    value = training_data.entity_synonyms.get(written, written)
                    forms.setdefault(_folded(written), value)
        return cls(forms, _known_words(training_data) - forms.keys())

    def mentions(self, text: str) -> list[Mention]:
        """The names in a text, in order, never overlapping."""
        found = words(text)
        mentions: list[Mention] = []
        at = 0
        while at < len(found):
            length, mention = self._at(found, at)
            if mention is not None:
                mentions.append(mention)
            at += length
        return mentions

    def _at(self, found: list[tuple[str, int, int]], at: int) -> tuple[int, Mention | None]:
        for length in range(min(self._longest, len(found) - at), 0, -1):
            span = found[at : at + length]
            value = self.forms.get(" ".join(word for word, _, _ in span))
            if value is not None:
                return length, Mention(value, span[0][1], span[-1][2], exact=True)
        word, start, end = found[at]
        value = self._slipped(word)
        return 1, None if value is None else Mention(value, start, end, exact=False)

    def _slipped(self, word: str) -> str | None:
        if len(word) < SHORTEST_WITH_SLIP or word in self.known_words:
            return None
        found = process.extract(word, self._long, scorer=OSA.distance, score_cutoff=1, limit=None)
        near = {self.forms[form] for form, _, _ in found if form[0] == word[0]}
        return near.pop() if len(near) == 1 else None

    def save(self, path: Path) -> None:
        """Write as JSON."""
        content = {"forms": self.forms, "known_words": sorted(self.known_words)}
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Gazetteer":
        """Read what `save` wrote."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(content["forms"], content["known_words"])


def _folded(text: str) -> str:
    return " ".join(word for word, _, _ in words(text))


def _known_words(training_data: "TrainingData") -> set[str]:
    texts = (example.get("text", "") for example in training_data.intent_examples)
    return {word for text in texts for word, _, _ in words(text)}
