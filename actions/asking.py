"""What an action is told and what it gives back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime

from domain.answers import Answer, Choice, ChoiceId
from domain.conversation import ConversationState, Mode
from domain.folding import fold
from domain.messages import Attachment, ConversationId, InboundId, MessageKind
from domain.moments import feast_in, resolve, time_in
from domain.places import Span
from domain.ports import Directory, Invitations, PersonalData, Relays, Tickets
from domain.understanding import Understanding
from domain.working_hours import RIGA


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything an action may know about a turn. `subject` stands behind the colon of a pressed choice."""

    now: datetime
    conversation: ConversationId
    mode: Mode
    state: ConversationState
    directory: Directory
    tickets: Tickets
    data: PersonalData
    relays: Relays
    invitations: Invitations
    messages: tuple[InboundId, ...] = ()
    """The messages that this turn answers."""
    is_ambassador: bool = False
    in_group: bool = False
    """Whether several people read this: then nothing about anybody is said."""
    forwarded_from: str = ""
    kind: MessageKind = MessageKind.TEXT
    text: str = ""
    subject: str = ""
    understanding: Understanding | None = None
    attachments: tuple[Attachment, ...] = ()
    masked: tuple[str, ...] = ()

    def place(self) -> str | None:
        """The place that the message names, by id: found by the model, or because the message is nothing else."""
        found = self.understanding.place() if self.understanding else None
        return found or self.bare_place()

    def bare_place(self) -> str | None:
        """The place when the message is nothing but its name ("Un Vilcē?")."""
        words = [word for word in fold(self.text).split() if word not in _BEFORE_PLACE]
        return self.directory.place_named(" ".join(words))

    def day(self) -> date | None:
        """The day that the message names."""
        today = self.now.astimezone(RIGA).date()
        named = self.understanding.day() if self.understanding else None
        return resolve(named, today) if named else feast_in(self.text, today)

    def time(self) -> Span | None:
        """The time of day that the message names."""
        return time_in(self.text)


@dataclass(frozen=True, slots=True)
class Reply:
    """What to say and what to remember; the choices of the answers are remembered by the turn."""

    answers: tuple[Answer, ...]
    state: ConversationState


Action = Callable[[Asked], Awaitable[Reply]]


def choice(intent: str, subject: object = "") -> Choice:
    """A choice whose label comes from content."""
    return Choice(ChoiceId(f"{intent}:{subject}" if subject != "" else intent), label="")


def say(asked: Asked, *answers: Answer) -> Reply:
    """An ordinary answer: nothing stays open but the choices it offers."""
    return Reply(answers, asked.state.settled())


_BEFORE_PLACE = frozenset(("un", "bet", "a", "nu", "tad", "ja", "es", "no", "uz", "pie", "dzivoju"))
"""Words around a place name that ask for nothing by themselves."""

PERSON = choice("ask_person")
MENU = choice("help")
