"""The desk's lists of tickets: views, filters, counts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.queues import is_nobodys
from bot.storage.schema import conversations, handles, outbound_messages, tickets
from bot.storage.tickets.conditions import DEADLINE, MOST_URGENT_FIRST
from bot.storage.tickets.failures import STILL_FAILED
from bot.storage.tickets.rows import TicketRow, read_row, select_rows
from domain.messages import AgentId, Channel, DeliveryState
from domain.tickets import Priority, TicketState
from domain.working_hours import RIGA


class View(StrEnum):
    """What an agent looks at."""

    NEW = "new"
    MINE = "mine"
    QUEUES = "queues"
    """Open ones in the agent's own queues, and in those where nobody else works."""
    LATE = "late"
    PARKED = "parked"
    """Something waits for the resident to open WhatsApp's window."""
    FAILED = "failed"
    """Something said since the ticket was opened could not be delivered, and nobody has dismissed it."""
    OPEN = "open"
    SOLVED = "solved"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, and when."""

    agent: AgentId
    queues: frozenset[str]
    """Empty means all, as everywhere."""
    now: datetime


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; None does not matter."""

    queue: str | None = None
    channel: Channel | None = None
    agent: AgentId | None = None
    priority: Priority | None = None
    tag: str | None = None
    opened_from: datetime | None = None
    opened_until: datetime | None = None
    """The first moment that is too late."""


_OPEN = tickets.c.state.in_((TicketState.NEW, TicketState.CLAIMED))
_DONE = tickets.c.state.in_((TicketState.SOLVED, TicketState.CLOSED))
_UNDER_WAY = tickets.c.state.in_((TicketState.NEW, TicketState.CLAIMED, TicketState.SOLVED))
"""Those whose messages still matter to somebody."""


_PARKED = exists().where(
    outbound_messages.c.conversation_id == tickets.c.conversation_id,
    outbound_messages.c.state == DeliveryState.PARKED,
)
_FAILED = exists().where(STILL_FAILED)


def _view(view: View, viewer: Viewer) -> ColumnElement[bool]:
    mine = (
        or_(
            tickets.c.queue.in_(viewer.queues),
            is_nobodys(tickets.c.queue, viewer.now.astimezone(RIGA).date()),
        )
        if viewer.queues
        else true()
    )
    conditions = {
        View.NEW: tickets.c.state == TicketState.NEW,
        View.MINE: and_(tickets.c.state == TicketState.CLAIMED, tickets.c.agent_id == viewer.agent),
        View.QUEUES: and_(_OPEN, mine),
        View.LATE: and_(_OPEN, viewer.now > DEADLINE),
        View.PARKED: and_(_UNDER_WAY, _PARKED),
        View.FAILED: and_(_UNDER_WAY, _FAILED),
        View.OPEN: _OPEN,
        View.SOLVED: _DONE,
    }
    return conditions[view]


def _narrowed(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.queue is not None:
        yield tickets.c.queue == filters.queue
    if filters.channel is not None:
        # As a condition on the ticket alone, because counts need no other table.
        yield tickets.c.conversation_id.in_(
            select(conversations.c.id)
            .join(handles, handles.c.id == conversations.c.handle_id)
            .where(handles.c.channel == filters.channel)
        )
    if filters.agent is not None:
        yield tickets.c.agent_id == filters.agent
    if filters.priority is not None:
        yield tickets.c.priority == filters.priority
    if filters.tag is not None:
        yield tickets.c.tags.contains([filters.tag])
    if filters.opened_from is not None:
        yield tickets.c.opened_at >= filters.opened_from
    if filters.opened_until is not None:
        yield tickets.c.opened_at < filters.opened_until


async def find(
    connection: AsyncConnection,
    view: View,
    *,
    viewer: Viewer,
    filters: Filters = Filters(),
    limit: int,
    skip: int = 0,
) -> list[TicketRow]:
    """The tickets of a view: the most urgent first; of finished ones the latest."""
    latest = (tickets.c.solved_at.desc().nulls_last(), tickets.c.number.desc())
    found = await connection.execute(
        select_rows()
        .where(_view(view, viewer), *_narrowed(filters))
        .order_by(*(latest if view is View.SOLVED else MOST_URGENT_FIRST))
        .limit(limit)
        .offset(skip)
    )
    return [read_row(row) for row in found.mappings()]


async def is_longer(
    connection: AsyncConnection, view: View, *, viewer: Viewer, filters: Filters, than: int
) -> bool:
    """Whether a view has more tickets than so many."""
    found = await connection.scalar(
        select(tickets.c.number)
        .where(_view(view, viewer), *_narrowed(filters))
        .offset(than)
        .limit(1)
    )
    return found is not None


async def count(
    connection: AsyncConnection, *, viewer: Viewer, filters: Filters = Filters()
) -> Mapping[View, int]:
    """How many tickets each view has; of the finished ones those that the resident has not confirmed yet."""
    numbers = [func.count().filter(_view(view, viewer)).label(view) for view in View]
    found = await connection.execute(
        select(*numbers).select_from(tickets).where(_UNDER_WAY, *_narrowed(filters))
    )
    row = found.mappings().one()
    return {view: row[view] for view in View}


async def tags_in_use(connection: AsyncConnection, *, limit: int = 50) -> list[str]:
    """The tags of tickets that are under way, the most frequent first."""
    tag = func.unnest(tickets.c.tags).label("tag")
    found = await connection.scalars(
        select(tag).where(_UNDER_WAY).group_by(tag).order_by(func.count().desc(), tag).limit(limit)
    )
    return list(found)
