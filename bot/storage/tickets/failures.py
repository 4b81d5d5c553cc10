"""Messages of a ticket that could not be delivered, as long as somebody still needs them."""

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import constant, outbound_messages, ticket_events, tickets
from domain.messages import ConversationId, DeliveryState, OutboundId

DISMISSED = "dismissed"
"""The event that says that a failed message is not needed any more; its detail is the message's number."""

_other = tickets.alias("tickets_of_the_talk")

IS_DISMISSED: ColumnElement[bool] = exists(
    select(ticket_events.c.id)
    .join(_other, _other.c.number == ticket_events.c.ticket_number)
    .where(
        _other.c.conversation_id == outbound_messages.c.conversation_id,
        ticket_events.c.kind == DISMISSED,
        ticket_events.c.detail == cast(outbound_messages.c.id, Text),
        ticket_events.c.at
        >= func.coalesce(outbound_messages.c.failed_at, outbound_messages.c.created_at),
    )
    .correlate(outbound_messages)
)
"""Whether an agent dismissed the failure of a message; one that was tried again since and failed counts anew."""

STILL_FAILED: ColumnElement[bool] = and_(
    outbound_messages.c.conversation_id == tickets.c.conversation_id,
    outbound_messages.c.state == constant(DeliveryState.FAILED),
    outbound_messages.c.created_at >= tickets.c.opened_at,
    not_(IS_DISMISSED),
)
"""Which messages failed for a ticket: what was said before it was opened is no matter of it."""


async def lock_failed(
    connection: AsyncConnection, message: OutboundId, conversation: ConversationId
) -> bool:
    """Whether a message of a conversation is failed and not dismissed; it stays so until the transaction ends."""
    found = await connection.scalar(
        select(outbound_messages.c.id)
        .where(
            outbound_messages.c.id == message,
            outbound_messages.c.conversation_id == conversation,
            outbound_messages.c.state == constant(DeliveryState.FAILED),
            not_(IS_DISMISSED),
        )
        .with_for_update(of=outbound_messages)
    )
    return found is not None
