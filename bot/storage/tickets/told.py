"""What residents were told about a ticket in the assistant's name; about a relayed case, its ambassador."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import ambassadors, conversations, handles, outbound_messages, tickets
from domain.messages import AgentId
from domain.tickets import TicketNumber

INTRODUCTIONS = ("staff.claimed", "staff.reopened", "relay.claimed", "relay.reopened")
_SOLVED = ("helped.ask", "relay.helped")

_WITH_AMBASSADOR = (
    select(conversations.c.id)
    .join(handles, handles.c.id == conversations.c.handle_id)
    .join(ambassadors, ambassadors.c.contact_id == handles.c.contact_id)
    .where(ambassadors.c.id == tickets.c.ambassador_id)
    .correlate(tickets)
    .limit(1)
    .scalar_subquery()
)
"""What could not be asked when a case was solved is asked there."""


async def knows_holder(
    connection: AsyncConnection, number: TicketNumber, *, holder: AgentId
) -> bool:
    """Whether the resident was told who answers this very ticket now, or has had an answer of theirs in its time."""
    said = outbound_messages.c
    return await _is_true(
        connection,
        number,
        or_(
            _said(INTRODUCTIONS, number, since=tickets.c.claimed_at),
            exists().where(
                said.conversation_id == tickets.c.conversation_id,
                said.agent_id == holder,
                said.created_at >= tickets.c.opened_at,
            ),
        ),
    )


async def knows_solved(connection: AsyncConnection, number: TicketNumber) -> bool:
    """Whether the resident was told that this very ticket is finished."""
    return await _is_true(connection, number, _said(_SOLVED, number, since=tickets.c.solved_at))


def _said(
    keys: Sequence[str], number: TicketNumber, *, since: ColumnElement[datetime]
) -> ColumnElement[bool]:
    """Whether something was said that names the ticket, where it is or where the ambassador of a case writes."""
    said = outbound_messages.c
    return exists().where(
        or_(
            said.conversation_id == tickets.c.conversation_id,
            said.conversation_id == _WITH_AMBASSADOR,
        ),
        said["keys"].overlap(list(keys)),
        said.created_at >= since,
        said.plain.regexp_match(rf"\y{number}\y"),
    )


async def _is_true(
    connection: AsyncConnection, number: TicketNumber, condition: ColumnElement[bool]
) -> bool:
    found = await connection.scalar(select(condition).where(tickets.c.number == number))
    return bool(found)
