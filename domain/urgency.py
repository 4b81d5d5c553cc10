"""What cannot wait: danger and despair, recognised by their words alone, without the model and in any state."""

from dataclasses import dataclass, field
from enum import StrEnum

from domain.folding import fold_loosely
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
    """Recognised by the model, not by words."""


@dataclass(frozen=True, slots=True)
class Urgency:
    """The signs of every danger, from content, and those that something else is meant ("ugunskura aizliegums")."""

    signs: Wordings[Danger] = field(default_factory=Wordings)
    never: Wordings[Danger] = field(default_factory=Wordings)

    def find(self, text: str) -> Danger | None:
        """The danger that a text tells of."""
        words = fold_loosely(text).split()
        told = set(self.signs.within(words))
        if not told:
            return None
        told -= set(self.never.within(words))
        return next((danger for danger in Danger if danger in told), None)
