"""The desk's lists of tickets: views, filters, counts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.queues import is_nobodys
from bot.storage.schema import constant, conversations, handles, tickets
from bot.storage.tickets.conditions import DEADLINE, IS_PARKED, MOST_URGENT_FIRST
from bot.storage.tickets.failures import STILL_FAILED
from bot.storage.tickets.rows import TicketRow, read_row, select_rows
from domain.messages import AgentId, Channel
from domain.tickets import Priority, TicketState
from domain.working_hours import local_day


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
_DONE = tickets.c.state.in_((constant(TicketState.SOLVED), constant(TicketState.CLOSED)))
_UNDER_WAY = tickets.c.state.in_((TicketState.NEW, TicketState.CLAIMED, TicketState.SOLVED))
"""Those whose messages still matter to somebody."""


_PARKED = exists().where(IS_PARKED)
_FAILED = exists().where(STILL_FAILED)


_QUEUES = bindparam("queues", type_=ARRAY(Text))

# Built once, as everything below that no filter narrows: to build a list's statement took longer than to run it.
_VIEWS: Mapping[View, ColumnElement[bool]] = {
    View.NEW: tickets.c.state == TicketState.NEW,
    View.MINE: and_(
        tickets.c.state == TicketState.CLAIMED,
        tickets.c.agent_id == bindparam("agent", type_=BigInteger),
    ),
    View.QUEUES: and_(
        _OPEN,
        or_(
            func.cardinality(_QUEUES) == 0,
            tickets.c.queue == any_(_QUEUES),
            is_nobodys(tickets.c.queue, bindparam("today", type_=Date)),
        ),
    ),
    View.LATE: and_(_OPEN, bindparam("now", type_=DateTime(timezone=True)) > DEADLINE),
    View.PARKED: and_(_UNDER_WAY, _PARKED),
    View.FAILED: and_(_UNDER_WAY, _FAILED),
    View.OPEN: _OPEN,
    View.SOLVED: _DONE,
}

_LATEST_FIRST = (tickets.c.solved_at.desc().nulls_last(), tickets.c.number.desc())

_ROWS = {
    view: select_rows()
    .where(condition)
    .order_by(*(_LATEST_FIRST if view is View.SOLVED else MOST_URGENT_FIRST))
    .limit(bindparam("limit", type_=Integer))
    .offset(bindparam("skip", type_=Integer))
    for view, condition in _VIEWS.items()
}

_COUNTS = (
    select(*(func.count().filter(condition).label(view) for view, condition in _VIEWS.items()))
    .select_from(tickets)
    .where(_UNDER_WAY)
)


def _values(viewer: Viewer) -> dict[str, Any]:
    """What the views ask of who looks."""
    return {
        "agent": viewer.agent,
        "queues": list(viewer.queues),
        "now": viewer.now,
        "today": local_day(viewer.now),
    }


def _narrow(statement: Select[*tuple[Any, ...]], filters: Filters) -> Select[*tuple[Any, ...]]:
    conditions = tuple(_narrowed(filters))
    return statement.where(*conditions) if conditions else statement


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
    found = await connection.execute(
        _narrow(_ROWS[view], filters), {**_values(viewer), "limit": limit, "skip": skip}
    )
    return [read_row(row) for row in found.mappings()]


async def is_longer(
    connection: AsyncConnection, view: View, *, viewer: Viewer, filters: Filters, than: int
) -> bool:
    """Whether a view has more tickets than so many."""
    found = await connection.scalar(
        _narrow(select(tickets.c.number).where(_VIEWS[view]), filters).offset(than).limit(1),
        _values(viewer),
    )
    return found is not None


async def count(
    connection: AsyncConnection, *, viewer: Viewer, filters: Filters = Filters()
) -> Mapping[View, int]:
    """How many tickets each view has; of the finished ones those that the resident has not confirmed yet."""
    found = await connection.execute(_narrow(_COUNTS, filters), _values(viewer))
    row = found.mappings().one()
    return {view: row[view] for view in View}


async def tags_in_use(connection: AsyncConnection, *, limit: int = 50) -> list[str]:
    """The tags of tickets that are under way, the most frequent first."""
    tag = func.unnest(tickets.c.tags).label("tag")
    found = await connection.scalars(
        select(tag).where(_UNDER_WAY).group_by(tag).order_by(func.count().desc(), tag).limit(limit)
    )
    return list(found)
