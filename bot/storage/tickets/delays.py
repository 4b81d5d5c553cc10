"""Tickets whose first answer or solution is late, and whose residents must be told so."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import ambassadors, conversations, handles, ticket_events, tickets
from bot.storage.tickets.conditions import LAST_ANSWERED, NEEDS_ANSWER
from bot.storage.tickets.events import note_event
from bot.storage.tickets.records import fetch_one
from domain.conversation import Mode
from domain.messages import Channel
from domain.relay import Reach
from domain.tickets import Ticket, TicketNumber, TicketState

_their_handles = handles.alias("their_handles")
_theirs = conversations.alias("theirs")
"""Where the ambassador of a relayed case reads what is said about it."""

UNSOLVED_TOLD = "unsolved_told"
"""The event of a resident who was told that the solution is late."""

_other = tickets.alias("other")
_HELD_BESIDES = exists().where(
    _other.c.conversation_id == tickets.c.conversation_id,
    _other.c.number != tickets.c.number,
    _other.c.state == TicketState.CLAIMED,
)
# The mode is locked with the conversation, so nobody has just claimed another ticket in it.
_FREE = and_(tickets.c.state == TicketState.NEW, conversations.c.mode != Mode.STAFF)
# Who asked for a call may have been called: that there is no answer would not be true.
_HELD = and_(
    tickets.c.state == TicketState.CLAIMED,
    tickets.c.reach_by != Reach.CALL,
    not_(_HELD_BESIDES),
)
"""Nobody is told while staff talk in the conversation because of another ticket."""


async def lock_late(
    connection: AsyncConnection,
    *,
    now: datetime,
    told_ahead: timedelta,
    heard_since: datetime,
) -> Ticket | None:
    """A ticket whose first answer is late and whose resident has not been told: a held one when its deadline has
    passed, because its holder may still answer, one that nobody holds `told_ahead` of it.

    Told counts for one deadline. Who reads it on WhatsApp, the resident or the ambassador of a relayed case, can be
    told only when they wrote since `heard_since`.
    Ticket and conversation are locked; what another process holds is passed over.
    """
    untold = or_(
        tickets.c.late_told_at.is_(None),
        tickets.c.late_told_at < tickets.c.answer_by - told_ahead,
    )
    late = or_(
        and_(_FREE, tickets.c.answer_by < now + told_ahead),
        and_(_HELD, tickets.c.answer_by < now),
    )
    return await fetch_one(
        connection,
        _tellable(heard_since).where(late, NEEDS_ANSWER, untold).order_by(tickets.c.answer_by),
    )


async def lock_unsolved(
    connection: AsyncConnection, *, now: datetime, heard_since: datetime
) -> Ticket | None:
    """A ticket that was answered but not solved in time, about which staff have written nothing since.

    The rest as `lock_late`.
    """
    told = exists().where(
        ticket_events.c.ticket_number == tickets.c.number,
        ticket_events.c.kind == UNSOLVED_TOLD,
        ticket_events.c.at >= tickets.c.solve_by,
    )
    return await fetch_one(
        connection,
        _tellable(heard_since)
        .where(
            or_(_FREE, _HELD),
            tickets.c.solve_by < now,
            not_(NEEDS_ANSWER),
            tickets.c.solve_by > LAST_ANSWERED,
            not_(told),
        )
        .order_by(tickets.c.solve_by),
    )


def _tellable(heard_since: datetime) -> Select[Any]:
    """Tickets whose residents, or the ambassadors of relayed cases, can be told something, one at a time and locked."""
    a = ambassadors.c
    return (
        select(tickets)
        .join(conversations, conversations.c.id == tickets.c.conversation_id)
        .join(handles, handles.c.id == conversations.c.handle_id)
        .outerjoin(ambassadors, a.id == tickets.c.ambassador_id)
        .outerjoin(_their_handles, _their_handles.c.contact_id == a.contact_id)
        .outerjoin(_theirs, _theirs.c.handle_id == _their_handles.c.id)
        .where(
            or_(
                and_(a.id.is_(None), _hears(handles, conversations, since=heard_since)),
                _hears(_their_handles, _theirs, since=heard_since),
            )
        )
        .limit(1)
        .with_for_update(of=[tickets, conversations], skip_locked=True, key_share=True)
    )


def _hears(who: FromClause, where: FromClause, *, since: datetime) -> ColumnElement[bool]:
    """Whether somebody can be told something in a conversation."""
    return and_(
        who.c.reachable,
        or_(who.c.channel != Channel.WHATSAPP, where.c.last_inbound_at > since),
    )


async def note_late_told(
    connection: AsyncConnection, number: TicketNumber, *, at: datetime
) -> None:
    """Note that the resident was told that the answer is late."""
    await connection.execute(
        update(tickets).where(tickets.c.number == number).values(late_told_at=at)
    )
    await note_event(connection, number, kind="late_told", at=at)


async def note_unsolved_told(
    connection: AsyncConnection, number: TicketNumber, *, at: datetime
) -> None:
    """Note that the resident was told that the solution is late."""
    await note_event(connection, number, kind=UNSOLVED_TOLD, at=at)
