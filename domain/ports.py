"""What the assistant needs from the outside, as Protocols."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from domain.answers import Value
from domain.aspects import Aspects
from domain.invitations import Outcome
from domain.languages import Lexicon
from domain.messages import Attachment, FetchedFile, InboundId, OutboundMessage
from domain.moments import DayKind
from domain.places import AccessPoint, Centre, Place
from domain.relay import Case, Draft
from domain.tickets import Handoff, HandoffReason, Ticket, TicketNumber
from domain.trainings import Training
from domain.understanding import Understanding
from domain.urgency import Danger


class Clock(Protocol):
    """The time, so that tests can hold it."""

    def now(self) -> datetime:
        """The present moment, aware."""
        ...


class Nlu(Protocol):
    """Understands a text. Raises `NluUnavailable`."""

    async def understand(self, text: str) -> Understanding:
        """The meaning of a text."""
        ...


class Sender(Protocol):
    """Sends one message through a vendor and returns the vendor's id of it.

    Raises `ChannelUnavailable`, `ContactUnreachable`, `WindowClosed` or `MessageRefused`.
    """

    async def send(self, message: OutboundMessage) -> str:
        """Send; the returned id is what status reports will name."""
        ...


class Files(Protocol):
    """Gets what residents sent from the vendor that keeps it. Raises `ChannelUnavailable` or `FileGone`."""

    async def fetch(self, attachment: Attachment) -> FetchedFile:
        """The file of an attachment of which `is_file` is true."""
        ...


class Directory(Protocol):
    """The data part of content: places, centres, access points, trainings; words of follow-ups and other languages."""

    @property
    def aspects(self) -> Aspects:
        """What can be asked of any subject."""
        ...

    @property
    def lexicon(self) -> Lexicon:
        """Words of other languages."""
        ...

    def place(self, place_id: str) -> Place | None:
        """A place by its id."""
        ...

    def place_named(self, words: str) -> str | None:
        """The id of the place whose name these folded words are, in any of its forms."""
        ...

    def day_kind(self, day: date) -> DayKind:
        """Whether people work on a day."""
        ...

    def centre(self, centre_id: str) -> Centre | None:
        """A centre by its id."""
        ...

    def centre_for(self, place: Place) -> Centre | None:
        """The centre that serves a place: its own, else its parish's."""
        ...

    def centres(self) -> Sequence[Centre]:
        """All centres, in the order of the file."""
        ...

    def access_points(self, place: Place | None) -> Sequence[AccessPoint]:
        """Access points in a place's parish, or all."""
        ...

    def trainings(self, now: datetime) -> Sequence[Training]:
        """Trainings that are still to come."""
        ...

    def training(self, training_id: str, now: datetime) -> Training | None:
        """A training that is still to come."""
        ...

    def fallback_phone(self) -> str:
        """The number that helps with everything."""
        ...

    def has_topic(self, topic_id: str) -> bool:
        """Whether the content has this topic at all."""
        ...

    def speaks_of(self, topic_id: str, place: Place) -> bool:
        """Whether a topic's answer names a place or its parish."""
        ...

    def is_current(self, topic_id: str, now: datetime) -> bool:
        """Whether a topic exists and has not expired."""
        ...

    def topic_choices(self, topic_id: str) -> Sequence[str]:
        """Ids of the topics offered after this one."""
        ...

    def topic_phone(self, topic_id: str) -> str:
        """Whom to call about a topic."""
        ...

    def topic_queue(self, topic_id: str) -> str:
        """The queue that answers tickets about a topic; `general` when the topic is unknown."""
        ...

    def groups(self) -> Sequence[str]:
        """Ids of the groups of topics, in the order of the menu."""
        ...

    def group_topics(self, group_id: str) -> Sequence[str]:
        """Ids of the topics most asked in a group."""
        ...


class Tickets(Protocol):
    """Tickets of one conversation, inside the transaction of a turn."""

    async def open_one(self) -> Ticket | None:
        """The ticket that staff have yet to finish, if there is one: the main one before those that were split off."""
        ...

    async def latest(self) -> Sequence[Ticket]:
        """The conversation's tickets, newest first, at most ten."""
        ...

    async def open(self, handoff: Handoff) -> Ticket:
        """Open a ticket and set the conversation waiting."""
        ...

    async def leave_solved(self) -> Ticket | None:
        """Close the main ticket that is solved, for the next one takes its place; None when there is none."""
        ...

    async def find(self, number: TicketNumber) -> Ticket | None:
        """A ticket of this conversation, or a case of its ambassador, by its number."""
        ...

    async def note_urgent(self, danger: Danger) -> None:
        """Mark the open ticket, if there is one, so that staff see at once that somebody is in danger."""
        ...

    async def save(self, ticket: Ticket, *, helped: bool = True) -> Ticket:
        """Store a changed ticket, and that ticket as stored: a reopened one has a new deadline.

        `helped` says of a closed ticket whether the resident was satisfied.
        """
        ...

    async def name_by_words(
        self, ticket: Ticket, words: str, *, topic: str = "", place: str = ""
    ) -> None:
        """Make words of the resident what a ticket is about; when empty, all that was just written.

        One that is in the queue for everything goes to whoever answers that `topic`, or serves the `place`.
        """
        ...

    async def rate(self, ticket: Ticket, *, stars: int) -> None:
        """Store the stars that the resident gives to a ticket; later ones replace earlier ones."""
        ...

    async def comment(self, ticket: Ticket, *, words: str) -> None:
        """Store what the resident adds to their stars."""
        ...


class Invitations(Protocol):
    """One-time codes that somebody sent, inside the transaction of a turn."""

    async def join(self, digest: str) -> Outcome:
        """Make the writer an ambassador, if the code is right and was not tried too often."""
        ...

    async def link_group(self, digest: str) -> Outcome:
        """Link the group in which the code was posted; the same rules."""
        ...


class Relays(Protocol):
    """Cases that the ambassador of a conversation relays, inside the transaction of a turn."""

    async def open(self, draft: Draft) -> Ticket:
        """Make a finished draft a ticket of its own; its words go there and leave this conversation."""
        ...

    async def add(self, case: Case, words: Sequence[InboundId]) -> Case:
        """Move more words to a case; a finished one is opened again. Raises `TicketConflict` when it cannot be."""
        ...

    async def drop(self, draft: Draft) -> None:
        """Forget a draft: what was written for it is erased."""
        ...

    async def latest(self) -> Sequence[Case]:
        """The ambassador's cases, newest first, at most ten."""
        ...

    async def find(self, number: TicketNumber) -> Case | None:
        """One of the ambassador's cases by its number."""
        ...


class PersonalData(Protocol):
    """A resident's rights over what is stored about them, inside the transaction of a turn."""

    async def summary(self) -> dict[str, Value]:
        """What is stored, as values for the phrase `my_data.summary`."""
        ...

    async def erase(self) -> None:
        """Erase messages, tickets and name at once, and the handle itself once the last reply has left."""
        ...


__all__ = [
    "Clock",
    "Directory",
    "Files",
    "Handoff",
    "HandoffReason",
    "Invitations",
    "Nlu",
    "PersonalData",
    "Relays",
    "Sender",
    "Tickets",
]
