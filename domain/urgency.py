"""What cannot wait: danger and despair, recognised by their words alone, without the model and in any state."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.folding import fold_loosely
from domain.slips import Slips
from domain.wordings import Wordings


class Danger(StrEnum):
    """What is wrong; which number comes first depends on it. The first that fits counts."""

    DESPAIR = "despair"
    GAS = "gas"
    FIRE = "fire"
    VIOLENCE = "violence"
    MEDICAL = "medical"
    PIPE = "pipe"
    OTHER = "other"
    """A cry for help that does not say what is wrong."""


_CLAUSE_ENDS = re.compile(r"[.,;:!?\n()]+")


@dataclass(frozen=True, slots=True)
class Urgency:
    """The signs of every danger, from content, and those that something else is meant ("ugunskura aizliegums").

    `signs` are sure: only a `never` that shares words with one takes it back ("negribu dzīvot pilsētā").
    `doubtful` ones stand in ordinary questions too: a `never` anywhere in the message is enough ("ugunsgrēks").
    `alone` counts only when the message says nothing else.
    """

    signs: Wordings[Danger] = field(default_factory=Wordings)
    doubtful: Wordings[Danger] = field(default_factory=Wordings)
    alone: Mapping[str, Danger] = field(default_factory=dict)
    never: Wordings[Danger] = field(default_factory=Wordings)
    slips: Slips = field(default_factory=Slips)

    def find(self, text: str) -> Danger | None:
        """The danger that a text tells of; with slips undone when the words as they stand tell of none."""
        words = fold_loosely(text).split()
        if danger := self._first(text, words):
            return danger
        undone = self.slips.undone(words)
        return self._first(text, undone) if undone != words else None

    def _first(self, text: str, words: list[str]) -> Danger | None:
        told = set(self._told(text, words))
        if danger := self.alone.get(" ".join(dict.fromkeys(words))):
            told.add(danger)
        return next((danger for danger in Danger if danger in told), None)

    def _told(self, text: str, words: list[str]) -> Iterator[Danger]:
        sure = tuple(self.signs.found(words))
        doubtful = tuple(self.doubtful.within(words))
        never = tuple(self._meant_otherwise(text)) if sure or doubtful else ()
        for span, danger in sure:
            if not any(other is danger and _meet(span, at) for at, other in never):
                yield danger
        spared = {danger for _, danger in never}
        yield from (danger for danger in doubtful if danger not in spared)

    def _meant_otherwise(self, text: str) -> Iterator[tuple[range, Danger]]:
        """Every `never` and the words of the text that it takes up; none reaches over a comma."""
        before = 0
        for clause in _CLAUSE_ENDS.split(text):
            words = fold_loosely(clause).split()
            for span, danger in self.never.found(words):
                yield range(before + span.start, before + span.stop), danger
            before += len(words)


def _meet(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop
