"""A relay: an ambassador tells what a neighbour needs, and step by step it becomes one case.

words → more? → whose → how to reach them → (phone) → did they agree → a ticket, or nothing at all.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import NewType

from domain.messages import InboundId
from domain.tickets import Ticket, TicketNumber

AmbassadorId = NewType("AmbassadorId", int)

LASTS = timedelta(hours=24)
"""An unfinished relay that nobody touched for this long is dropped."""

LONGEST_NAME = 80
_MOST_WORDS = 6
_NAME = re.compile(r"[^\W\d_][^\d?!:;/@<>]*")
_ADDITION = re.compile(r"par\s+(?:nr\.?\s*)?(\d{3,15})\s*[:,–-]\s*(?=\S)", re.IGNORECASE)
_PHONE = re.compile(r"(?<!\d)(?:(?:\+|00)?371)?[\s-]?(2\d|6\d)((?:[\s-]?\d){6})(?!\d)")


class Step(StrEnum):
    """What the assistant waits for."""

    WORDS = "words"
    MORE = "more"
    PERSON = "person"
    REACH = "reach"
    PHONE = "phone"
    CONSENT = "consent"
    ADDITION = "addition"
    """More words for a case that is open already."""


class Reach(StrEnum):
    """Where the answer goes."""

    PERSON = "person"
    BOTH = "both"
    CALL = "call"
    AMBASSADOR = "ambassador"


_NEEDS_PHONE = (Reach.PERSON, Reach.BOTH, Reach.CALL)
_ANY_WORDS = (Step.WORDS, Step.MORE, Step.ADDITION)


@dataclass(frozen=True, slots=True)
class Draft:
    """A relay under way. `words` are the messages that tell the case, `details` those that answered our questions."""

    step: Step = Step.WORDS
    words: tuple[InboundId, ...] = field(default=())
    details: tuple[InboundId, ...] = field(default=())
    person: str = ""
    reach: Reach | None = None
    phone: str = ""
    number: int | None = None
    """The case that is added to, else None."""

    def takes(self, text: str) -> bool:
        """Whether words answer the open question, so that nothing else can be meant by them."""
        if self.step in _ANY_WORDS:
            return True
        if self.step is Step.PERSON:
            return bool(read_name(text))
        return self.step is Step.PHONE and bool(read_phone(text))

    def gather(self, messages: tuple[InboundId, ...]) -> "Draft":
        """With more words of the person; next comes whether that is all."""
        return replace(self, step=Step.MORE, words=(*self.words, *messages))

    def name(self, person: str, messages: tuple[InboundId, ...]) -> "Draft":
        """With the name of the person."""
        return replace(self, step=Step.REACH, person=person, details=(*self.details, *messages))

    def choose(self, reach: Reach) -> "Draft":
        """With the way of the answer; some need a phone number."""
        step = Step.PHONE if reach in _NEEDS_PHONE else Step.CONSENT
        return replace(self, step=step, reach=reach)

    def dial(self, phone: str, messages: tuple[InboundId, ...]) -> "Draft":
        """With the phone number of the person."""
        return replace(self, step=Step.CONSENT, phone=phone, details=(*self.details, *messages))

    def messages(self) -> tuple[InboundId, ...]:
        """Everything that was written for this relay."""
        return (*self.words, *self.details)


_CASE = "case:"


def case_handle(first: InboundId) -> str:
    """The handle of the conversation of a relayed case: nothing arrives from it, and nothing can be sent to it."""
    return f"{_CASE}{first}"


def is_case(handle: str) -> bool:
    """Whether a handle stands for a relayed case."""
    return handle.startswith(_CASE)


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket that an ambassador relayed, and for whom."""

    ticket: Ticket
    person: str
    reach: Reach


def read_name(text: str) -> str:
    """The name that a text is; empty when it rather is a question or a story."""
    name = " ".join(text.split()).strip(" .,")
    short = len(name) <= LONGEST_NAME and len(name.split()) <= _MOST_WORDS
    return name if short and _NAME.fullmatch(name) else ""


def read_phone(text: str) -> str:
    """The Latvian phone number in a text as `+371…`; empty when there is none."""
    found = _PHONE.search(text)
    return "+371" + re.sub(r"\D", "", found[1] + found[2]) if found else ""


def read_addition(text: str) -> TicketNumber | None:
    """The case that a text adds to ("par 1234: …"); None when it is something else."""
    found = _ADDITION.match(text.strip())
    return TicketNumber(int(found[1])) if found else None
