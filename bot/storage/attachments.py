"""Attachments of stored messages, for the desk."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.messages import to_attachment
from bot.storage.schema import inbound_messages, tickets
from domain.messages import Attachment, Channel, InboundId
from domain.tickets import TicketNumber


async def ticket_of(connection: AsyncConnection, message: InboundId) -> TicketNumber | None:
    """The newest ticket of the conversation that a message belongs to."""
    found = await connection.scalar(
        select(tickets.c.number)
        .join(inbound_messages, inbound_messages.c.conversation_id == tickets.c.conversation_id)
        .where(inbound_messages.c.id == message)
        .order_by(tickets.c.number.desc())
        .limit(1)
    )
    return None if found is None else TicketNumber(found)


async def find(
    connection: AsyncConnection, message: InboundId, index: int
) -> tuple[Channel, Attachment] | None:
    """One attachment of a message; None when there is none, or when its conversation never became a ticket."""
    m = inbound_messages.c
    is_for_staff = select(tickets.c.number).where(tickets.c.conversation_id == m.conversation_id)
    found = await connection.execute(
        select(m.channel, m.attachments).where(m.id == message, is_for_staff.exists())
    )
    row = found.one_or_none()
    if row is None or index >= len(row.attachments):
        return None
    return Channel(row.channel), to_attachment(row.attachments[index])
