"""What the model made of a text, and when that is enough to answer."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NewType

from domain.languages import Language

Intent = NewType("Intent", str)

TOPIC_PREFIX = "topic."
"""Intents that ask for a topic of the content are this and the topic's id."""

ANSWER_AT = 0.7
"""Calibrated confidence from which an answer is given without asking back."""

FOREIGN_ANSWER_AT = ANSWER_AT + 0.05
"""The same for a message that was understood through key words: what they say is less than what was written."""

OFFER_AT = 0.03
"""Calibrated confidence from which an intent is worth being offered as a choice."""

MOST_OFFERED = 3


class EntityKind(StrEnum):
    """What can be found in a text."""

    PLACE = "place"
    DATE = "date"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Entity:
    """Something found in a text: `value` is its normal form (a place id), `text` what was written."""

    kind: EntityKind
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """An intent and how sure the model is of it, 0 to 1."""

    intent: Intent
    confidence: float


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a text means, most likely first in `ranking`.

    `clauses` are the questions of a message that asks several things, each surely understood; `corrects` says that the
    text took back what was understood before, `unheard` that it holds another question which was not understood.
    """

    intent: Intent
    confidence: float
    ranking: tuple[Ranked, ...] = ()
    entities: tuple[Entity, ...] = ()
    language: Language = Language.LATVIAN
    clauses: tuple["Understanding", ...] = ()
    corrects: bool = False
    unheard: bool = False
    follows: bool = False
    """Whether this clause was read as a follow-up to the one before it."""
    text: str = ""
    """The words that were understood, when they are not those that were written."""

    def is_sure(self) -> bool:
        """Whether to answer without asking back."""
        bar = ANSWER_AT if self.language is Language.LATVIAN else FOREIGN_ANSWER_AT
        return self.confidence >= bar

    def without(self, refused: Intent) -> "Understanding":
        """The same without an intent that the resident has just refused."""
        if self.intent != refused:
            return self
        others = tuple(ranked for ranked in self.ranking if ranked.intent != refused)
        likely = others[0] if others else Ranked(Intent("out_of_scope"), 0.0)
        return replace(self, intent=likely.intent, confidence=likely.confidence, ranking=others)

    def place(self) -> str | None:
        """The first place named, by its id."""
        return next((e.value for e in self.entities if e.kind is EntityKind.PLACE), None)

    def day(self) -> str | None:
        """The first day named, as the model names days."""
        return next((e.value for e in self.entities if e.kind is EntityKind.DATE), None)


def topic_intent(topic_id: str) -> Intent:
    """The intent that asks for a topic."""
    return Intent(TOPIC_PREFIX + topic_id)


def topic_of(intent: Intent) -> str | None:
    """The topic that an intent asks for, None when it is a fixed intent."""
    return intent.removeprefix(TOPIC_PREFIX) if intent.startswith(TOPIC_PREFIX) else None
