"""What the panel beside a ticket offers: subject, priority, tags, colleagues, queues and other tickets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.content import Content
from bot.desk import words
from bot.storage.database import Database
from bot.storage.queues import may_take_over, possible_holders
from bot.storage.tickets import TicketRow, relations
from bot.storage.tickets.relations import Other, Related
from domain.messages import AgentId
from domain.ports import Clock
from domain.tickets import (
    LONGEST_SUBJECT,
    LONGEST_TAG,
    MOST_TAGS,
    Standing,
    TicketNumber,
    TicketState,
)
from domain.working_hours import local_day

LONGEST_REASON = 1000
"""Characters of the reason why a ticket is handed over."""

_EMPTY = ("target", "reason", "into", "other", "split_subject", "likely", "same", "why")
"""Fields in which nothing stands at first."""

_TAGS_LENGTH = MOST_TAGS * (LONGEST_TAG + 2)


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed into one of the panel's forms and did not get through; it is shown again."""

    form: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


NOTHING_TYPED = Typed()


@dataclass(frozen=True, slots=True)
class Option:
    """One line to choose from."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class OtherTicket:
    """Another ticket that has to do with this one."""

    number: int
    subject: str
    state: str
    tie: str
    linked: bool
    """Whether the tie is a link, which can be taken away."""


@dataclass(frozen=True, slots=True)
class Panel:
    """The panel of one ticket for one agent."""

    key: str
    """Changes when other forms are to be offered."""
    open: str
    """The form that is unfolded."""
    may_describe: bool
    may_pass_on: bool
    may_take_over: bool
    may_reopen: bool
    subject: str
    priority: str
    tags: str
    fields: Mapping[str, str]
    """What stands in the fields."""
    priorities: tuple[Option, ...]
    colleagues: tuple[Option, ...]
    queues: tuple[Option, ...]
    all_queues: tuple[Option, ...]
    others: tuple[Option, ...]
    related: tuple[OtherTicket, ...]
    longest_subject: int = LONGEST_SUBJECT
    longest_tags: int = _TAGS_LENGTH
    longest_reason: int = LONGEST_REASON
    most_tags: int = MOST_TAGS


class HandlingPanels:
    """Reads what a panel offers."""

    def __init__(self, *, database: Database, clock: Clock, content: Callable[[], Content]) -> None:
        self._database = database
        self._clock = clock
        self._content = content

    async def read(self, row: TicketRow, agent: AgentId, typed: Typed) -> Panel:
        """The panel of a ticket as an agent sees it."""
        ticket, queues = row.ticket, self._content().queues
        today = local_day(self._clock.now())
        async with self._database.reading() as connection:
            holders = await possible_holders(connection, today=today, queue=ticket.queue)
            others = await relations.others_of_resident(connection, ticket.number)
            related = await relations.related(connection, ticket.number)
            may_take = (
                ticket.state is TicketState.CLAIMED
                and ticket.agent not in (None, agent)
                and await may_take_over(
                    connection, agent, holder=ticket.agent, queue=ticket.queue, today=today
                )
            )
        fields = {
            **dict.fromkeys(_EMPTY, ""),
            "subject": row.subject,
            "priority": ticket.priority,
            "tags": ", ".join(ticket.tags),
            "split_queue": ticket.queue,
        }
        mine = ticket.state is TicketState.CLAIMED and ticket.agent == agent
        everywhere = tuple(Option(queue, name) for queue, name in queues.items())
        return Panel(
            key=f"{ticket.state}-{ticket.agent or 0}",
            open=typed.form,
            may_describe=ticket.state is not TicketState.CLOSED,
            may_pass_on=mine or ticket.state is TicketState.NEW,
            may_take_over=may_take,
            may_reopen=ticket.is_done and ticket.merged_into is None,
            subject=row.subject,
            priority=words.PRIORITIES[ticket.priority],
            tags=", ".join(ticket.tags),
            fields={**fields, **typed.fields},
            priorities=tuple(Option(one, name) for one, name in words.PRIORITIES.items()),
            colleagues=tuple(
                Option(f"agent:{one}", name)
                for one, name in holders
                if one not in (agent, ticket.agent)
            ),
            queues=tuple(
                Option(f"queue:{one.value}", one.words)
                for one in everywhere
                if one.value != ticket.queue
            ),
            all_queues=everywhere,
            others=tuple(Option(str(one.number), _recognisable(one)) for one in others),
            related=tuple(_other(one, ticket.merged_into) for one in related),
        )


def _recognisable(one: Other) -> str:
    where = words.where_from(one.channel, by_ambassador=one.by_ambassador)
    return f"Nr. {one.number} – {one.subject or words.NO_WORDS} ({where})"


def _other(one: Related, merged_into: TicketNumber | None) -> OtherTicket:
    tie = "Saistīts ar"
    if one.merged:
        tie = "Pievienots pieteikumam" if one.number == merged_into else "Šeit pievienots"
    return OtherTicket(
        number=int(one.number),
        subject=one.subject or words.NO_WORDS,
        state=words.STATES[Standing(one.state)],
        tie=tie,
        linked=not one.merged,
    )
