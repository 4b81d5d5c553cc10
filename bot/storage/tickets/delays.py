"""Tickets whose first answer is late, and whose residents must be told so."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import conversations, handles, tickets
from bot.storage.tickets.conditions import NEEDS_ANSWER
from bot.storage.tickets.events import note_event
from bot.storage.tickets.records import fetch_one
from domain.conversation import Mode
from domain.messages import Channel
from domain.tickets import Ticket, TicketNumber, TicketState


async def lock_late(
    connection: AsyncConnection,
    *,
    due_before: datetime,
    told_ahead: timedelta,
    heard_since: datetime,
) -> Ticket | None:
    """A ticket that nobody has claimed, due before a moment, of which the resident has not been told.

    Told counts for one deadline: a notice is given at most `told_ahead` before it. Residents on WhatsApp can be told
    only when they wrote since `heard_since`, and nobody while staff hold the conversation because of another ticket.
    Ticket and conversation are locked; what another process holds is passed over.
    """
    return await fetch_one(
        connection,
        select(tickets)
        .join(conversations, conversations.c.id == tickets.c.conversation_id)
        .join(handles, handles.c.id == conversations.c.handle_id)
        .where(
            tickets.c.state == TicketState.NEW,
            conversations.c.mode != Mode.STAFF,
            tickets.c.answer_by < due_before,
            NEEDS_ANSWER,
            or_(
                tickets.c.late_told_at.is_(None),
                tickets.c.late_told_at < tickets.c.answer_by - told_ahead,
            ),
            handles.c.reachable,
            or_(
                handles.c.channel != Channel.WHATSAPP,
                conversations.c.last_inbound_at > heard_since,
            ),
        )
        .order_by(tickets.c.answer_by)
        .limit(1)
        .with_for_update(of=[tickets, conversations], skip_locked=True),
    )


async def note_late_told(
    connection: AsyncConnection, number: TicketNumber, *, at: datetime
) -> None:
    """Note that the resident was told that the answer is late."""
    await connection.execute(
        update(tickets).where(tickets.c.number == number).values(late_told_at=at)
    )
    await note_event(connection, number, kind="late_told", at=at)
