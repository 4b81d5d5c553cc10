"""A ticket: a case that a person must answer, and the ways it may go."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from domain.errors import TicketConflict
from domain.folding import fold
from domain.likeness import likeness, traits
from domain.messages import AgentId, ConversationId

TicketNumber = NewType("TicketNumber", int)

REMEMBERED_FOR = timedelta(days=7)
"""So long after it was solved a ticket takes stars, and after it was closed the same question returns to it."""


class HandoffReason(StrEnum):
    """Why a person must take over."""

    ASKED = "asked"
    NOT_UNDERSTOOD = "not_understood"
    NLU_DOWN = "nlu_down"
    UNHAPPY = "unhappy"
    CRISIS = "crisis"
    APPLICATION = "application"
    FAILED = "failed"
    """The assistant itself broke on the message."""
    RELAYED = "relayed"
    """An ambassador tells it for somebody else."""
    REGISTRATION = "registration"
    """Somebody registers for a training."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """A person must take over this conversation. A typed event, never a wording."""

    conversation: ConversationId
    reason: HandoffReason
    topic: str = ""
    place: str = ""
    """Where the resident lives, as far as the talk says: the id of a place."""
    queue: str = ""
    """Where it waits; when empty, topic and place decide."""
    subject: str = ""
    """What it is about; when empty, the resident's words say it."""
    is_wish: bool = False
    """Whether the words only wish for a person: then the question before them says what it is about."""
    main: bool = True
    """False for one that stands beside the open ticket of the conversation, as those that are split off do."""


class TicketState(StrEnum):
    """new → claimed → solved → closed; solved or closed may be reopened, a claim may be given back."""

    NEW = "new"
    CLAIMED = "claimed"
    SOLVED = "solved"
    CLOSED = "closed"


class Obstacle(StrEnum):
    """The reason of a `TicketConflict`: what stands in the way."""

    MISSING = "no such ticket"
    TAKEN = "already taken"
    OVER = "already closed"
    NOT_YOURS = "not yours"
    NOT_SOLVED = "not solved yet"
    STILL_OPEN = "still open"
    SAME_HOLDER = "held by that agent already"
    SAME_QUEUE = "waits in that queue already"
    SAME_TICKET = "the same ticket"
    UNFIT = "that agent cannot be given this ticket now"
    ABSENT = "absent agents take nothing"
    NOT_ALLOWED = "only a supervisor takes from somebody who is there"
    OTHER_OPEN = "the resident has another open ticket"
    OTHER_RESIDENT = "a ticket of another resident"
    OTHER_OVER = "the other ticket is solved or closed"
    TAGS = "too many tags, or one too long"


class Return(StrEnum):
    """Why a claimed ticket went back to its queue by itself."""

    ABSENT = "absent"
    DISABLED = "disabled"
    DEADLINE = "deadline"
    """The first answer is due soon or late, and the holder does nothing about it."""
    SOLUTION = "solution"
    """The solution is due soon or late, and the holder does nothing about it."""


class Standing(StrEnum):
    """Where a ticket stands as people see it: its state, and for a claimed one whom or what it waits for."""

    NEW = "new"
    CLAIMED = "claimed"
    WAITS_FOR_RESIDENT = "waits_for_resident"
    WAITS_FOR_WINDOW = "waits_for_window"
    """WhatsApp's 24 hours are over: the answer leaves when the resident writes."""
    SOLVED = "solved"
    CLOSED = "closed"

    @classmethod
    def of(cls, state: TicketState, *, answered: bool, parked: bool) -> "Standing":
        """`answered`: staff answered in this ticket and the resident has said nothing since."""
        if state is not TicketState.CLAIMED:
            return cls(state)
        if parked:
            return cls.WAITS_FOR_WINDOW
        return cls.WAITS_FOR_RESIDENT if answered else cls.CLAIMED


class Priority(StrEnum):
    """How much a ticket matters, set by staff; a crisis counts as urgent whatever this says."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """0 for urgent, 3 for low."""
        return (Priority.URGENT, Priority.HIGH, Priority.NORMAL, Priority.LOW).index(self)


MOST_TAGS = 8
LONGEST_TAG = 30
"""Characters of one tag."""

LONGEST_SUBJECT = 120
"""Characters of the resident's words, or of an agent's, that lists show."""


def fold_tags(words: Iterable[str]) -> tuple[str, ...]:
    """Tags as they are kept: folded, so that „Rēķins” and „rekins” are one, each once, empty ones left out."""
    return tuple(dict.fromkeys(tag for tag in map(fold, words) if tag))


@dataclass(frozen=True, slots=True)
class Ticket:
    """One case. Changes return a new ticket or raise `TicketConflict`; storing them is the caller's."""

    number: TicketNumber
    conversation: ConversationId
    reason: HandoffReason
    state: TicketState
    opened_at: datetime
    answer_by: datetime
    solve_by: datetime
    queue: str = "general"
    topic: str = ""
    agent: AgentId | None = None
    reopened: int = 0
    priority: Priority = Priority.NORMAL
    tags: tuple[str, ...] = ()
    main: bool = True
    """False for one that was split off another: a conversation has at most one open ticket that is main."""
    merged_into: TicketNumber | None = None
    subject: str = ""
    """What it is about: the resident's own words, shortened, until an agent says it better."""
    first_words: str = ""
    """The resident's own words, shortened, whatever agents made of the subject."""
    stars: int | None = None
    first_answered_at: datetime | None = None
    solved_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def is_done(self) -> bool:
        """Whether staff have finished it, for now."""
        return self.state in (TicketState.SOLVED, TicketState.CLOSED)

    def can_be_rated(self, now: datetime) -> bool:
        """Whether stars still count."""
        return (
            self.is_done and self.solved_at is not None and now - self.solved_at <= REMEMBERED_FOR
        )

    def can_return(self, now: datetime) -> bool:
        """Whether the same question still belongs to this ticket."""
        ended = self.closed_at or self.solved_at
        lately = ended is not None and now - ended <= REMEMBERED_FOR
        return self.is_done and lately and self.merged_into is None

    def likeness_to(self, text: str) -> float:
        """How much a text is like what the ticket is about, from 0 to 1."""
        said = traits(text)
        return max(likeness(said, traits(about)) for about in (self.subject, self.first_words))

    def claim(self, *, by: AgentId) -> "Ticket":
        """Take the ticket: only a new one, or one's own again."""
        if self.state is TicketState.CLAIMED and self.agent == by:
            return self
        if self.state is not TicketState.NEW:
            raise TicketConflict(Obstacle.TAKEN if self.agent else Obstacle.OVER)
        return replace(self, state=TicketState.CLAIMED, agent=by)

    def give_back(self, *, by: AgentId) -> "Ticket":
        """Return a claimed ticket to its queue."""
        self.must_be_held(by)
        return self.return_to_queue()

    def return_to_queue(self) -> "Ticket":
        """Return a claimed ticket to its queue, whoever holds it."""
        if self.state is not TicketState.CLAIMED:
            raise TicketConflict(Obstacle.NOT_YOURS)
        return replace(self, state=TicketState.NEW, agent=None)

    def hand_over(self, *, to: AgentId, by: AgentId) -> "Ticket":
        """Give it to a colleague: one's own ticket, or one that nobody holds."""
        self.must_be_within_reach(by)
        if to in (self.agent, by):
            raise TicketConflict(Obstacle.SAME_HOLDER)
        return replace(self, state=TicketState.CLAIMED, agent=to)

    def take_over(self, *, by: AgentId) -> "Ticket":
        """Take it from the colleague who holds it; whether one may is the caller's to know."""
        if self.state is not TicketState.CLAIMED:
            raise TicketConflict(Obstacle.OVER if self.is_done else Obstacle.NOT_YOURS)
        if self.agent == by:
            raise TicketConflict(Obstacle.SAME_HOLDER)
        return replace(self, agent=by)

    def move(self, *, queue: str, by: AgentId) -> "Ticket":
        """Put it into another queue, free to claim: one's own ticket, or one that nobody holds."""
        self.must_be_within_reach(by)
        if queue == self.queue:
            raise TicketConflict(Obstacle.SAME_QUEUE)
        return replace(self, state=TicketState.NEW, agent=None, queue=queue)

    def merge_into(self, other: "Ticket", *, by: AgentId) -> "Ticket":
        """Close it, because `other` is about the same. Whether both are one resident's is the caller's to know."""
        self.must_be_within_reach(by)
        if other.number == self.number:
            raise TicketConflict(Obstacle.SAME_TICKET)
        if other.state not in (TicketState.NEW, TicketState.CLAIMED):
            raise TicketConflict(Obstacle.OTHER_OVER)
        return replace(self, state=TicketState.CLOSED, agent=by, merged_into=other.number)

    def absorb(self, other: "Ticket") -> "Ticket":
        """Take over what mattered about a ticket that was merged into this one: promises, importance, tags."""
        return replace(
            self,
            answer_by=min(self.answer_by, other.answer_by),
            solve_by=min(self.solve_by, other.solve_by),
            priority=min(self.priority, other.importance, key=lambda one: one.rank),
            tags=tuple(dict.fromkeys((*self.tags, *other.tags)))[:MOST_TAGS],
        )

    def release(self) -> "Ticket":
        """Take it back from the ticket that it was merged into: free to claim, beside what was opened meanwhile.

        Its deadlines are those from before it was merged; who releases it lets them be `due_anew`.
        """
        return replace(self, state=TicketState.NEW, agent=None, merged_into=None, main=False)

    @property
    def importance(self) -> Priority:
        """The priority; urgent for a crisis."""
        return Priority.URGENT if self.reason is HandoffReason.CRISIS else self.priority

    def rename(self, subject: str) -> "Ticket":
        """Say what it is about, on one line."""
        self.must_not_be_over()
        return replace(self, subject=" ".join(subject.split()))

    def prioritize(self, priority: Priority) -> "Ticket":
        """Set how much it matters."""
        self.must_not_be_over()
        return replace(self, priority=priority)

    def tag(self, tags: tuple[str, ...]) -> "Ticket":
        """Replace the tags; they come from `fold_tags`."""
        self.must_not_be_over()
        if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
            raise TicketConflict(Obstacle.TAGS)
        return replace(self, tags=tags)

    def solve(self, *, by: AgentId) -> "Ticket":
        """The agent is done; the resident is asked whether it helped."""
        self.must_be_held(by)
        return replace(self, state=TicketState.SOLVED)

    def confirm(self) -> "Ticket":
        """The resident says that it helped, or said nothing for a week. Repeating it changes nothing."""
        if self.state is TicketState.CLOSED:
            return self
        if self.state is not TicketState.SOLVED:
            raise TicketConflict(Obstacle.NOT_SOLVED)
        return replace(self, state=TicketState.CLOSED)

    def reopen(self) -> "Ticket":
        """The resident says that it did not help: to the front of the queue, free to claim.

        One that was merged lives on in the other.
        """
        if not self.is_done:
            raise TicketConflict(Obstacle.STILL_OPEN)
        if self.merged_into is not None:
            raise TicketConflict(Obstacle.OVER)
        return replace(self, state=TicketState.NEW, agent=None, reopened=self.reopened + 1)

    def reopen_for(self, agent: AgentId) -> "Ticket":
        """An agent goes on with a finished ticket, and holds it. Only residents count as reopening in `reopened`."""
        if not self.is_done:
            raise TicketConflict(Obstacle.STILL_OPEN)
        if self.merged_into is not None:
            raise TicketConflict(Obstacle.OVER)
        return replace(self, state=TicketState.CLAIMED, agent=agent)

    def due_anew(self, *, after: datetime, answer_by: datetime, solve_by: datetime) -> "Ticket":
        """The same with new deadlines instead of those that have passed."""
        return replace(
            self,
            answer_by=self.answer_by if self.answer_by > after else answer_by,
            solve_by=self.solve_by if self.solve_by > after else solve_by,
        )

    def must_be_held(self, by: AgentId) -> None:
        """Only the agent who holds a claimed ticket may answer in it."""
        if self.state is not TicketState.CLAIMED or self.agent != by:
            raise TicketConflict(Obstacle.NOT_YOURS)

    def must_be_within_reach(self, by: AgentId) -> None:
        """Who may give a ticket away: anybody while nobody holds it, then its holder only."""
        if self.state is TicketState.NEW:
            return
        if self.state is not TicketState.CLAIMED:
            raise TicketConflict(Obstacle.OVER)
        self.must_be_held(by)

    def must_not_be_over(self) -> None:
        """Anybody at the desk may sort a ticket until it is closed."""
        if self.state is TicketState.CLOSED:
            raise TicketConflict(Obstacle.OVER)
