"""What residents were told about a ticket in the assistant's name."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import outbound_messages, tickets
from domain.messages import AgentId
from domain.tickets import TicketNumber

INTRODUCTIONS = ("staff.claimed", "staff.reopened", "relay.claimed", "relay.reopened")
_SOLVED = ("helped.ask", "relay.helped")


async def knows_holder(
    connection: AsyncConnection, number: TicketNumber, *, holder: AgentId
) -> bool:
    """Whether the resident was told who answers now, or has had an answer of theirs in this ticket's time."""
    said = outbound_messages.c
    return await _is_true(
        connection,
        number,
        or_(
            _said(INTRODUCTIONS, since=tickets.c.claimed_at),
            exists().where(
                said.conversation_id == tickets.c.conversation_id,
                said.agent_id == holder,
                said.created_at >= tickets.c.opened_at,
            ),
        ),
    )


async def knows_solved(connection: AsyncConnection, number: TicketNumber) -> bool:
    """Whether the resident was told that this very ticket is finished."""
    names_it = outbound_messages.c.plain.regexp_match(rf"\y{number}\y")
    return await _is_true(connection, number, _said(_SOLVED, names_it, since=tickets.c.solved_at))


def _said(
    keys: Sequence[str], *more: ColumnElement[bool], since: ColumnElement[datetime]
) -> ColumnElement[bool]:
    said = outbound_messages.c
    return exists().where(
        said.conversation_id == tickets.c.conversation_id,
        said["keys"].overlap(list(keys)),
        said.created_at >= since,
        *more,
    )


async def _is_true(
    connection: AsyncConnection, number: TicketNumber, condition: ColumnElement[bool]
) -> bool:
    found = await connection.scalar(select(condition).where(tickets.c.number == number))
    return bool(found)
