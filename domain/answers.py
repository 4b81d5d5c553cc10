"""What the assistant decides to say: keys and values, never sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import NewType, TypeAlias

ChoiceId = NewType("ChoiceId", str)
"""What a choice does, in itself: an old button means the same after any number of other messages."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One option offered. `label` is what the resident reads; `id` is at most 64 bytes of ASCII.

    A choice id is an intent, optionally with a subject behind a colon:
    `ask_person`, `topic.bills-pay-where`, `centre_hours:eleja`, `helped_yes:1042`.
    """

    id: ChoiceId
    label: str


Value: TypeAlias = str | int | date | datetime | time | tuple[str, ...]
"""What fills a placeholder. Moments are put into words where sentences are, never by an action;
a tuple becomes a list with one line for each."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A sentence to be said, by its key in content (`topic.outcome`), with its values and choices.

    `topic.<id>` says a content topic; every other key stands in `content/phrases.yml`.
    Choices with an empty label get their label from content.
    """

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
