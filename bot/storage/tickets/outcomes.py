"""How solved tickets ended: with stars and a comment of the resident, or without a word."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import tickets
from bot.storage.tickets.events import note_event
from bot.storage.tickets.records import to_ticket
from domain.tickets import Ticket, TicketNumber, TicketState


async def rate(
    connection: AsyncConnection, number: TicketNumber, *, stars: int, at: datetime
) -> None:
    """Store the stars of a ticket."""
    await connection.execute(
        update(tickets).where(tickets.c.number == number).values(stars=stars, rated_at=at)
    )
    await note_event(connection, number, kind="rated", detail=str(stars), at=at)


async def comment(
    connection: AsyncConnection, number: TicketNumber, *, words: str, at: datetime
) -> None:
    """Store what a resident adds to their stars."""
    await connection.execute(
        update(tickets).where(tickets.c.number == number).values(comment=words)
    )
    await note_event(connection, number, kind="commented", at=at)


async def still_solved(connection: AsyncConnection, numbers: Sequence[int]) -> tuple[int, ...]:
    """Those of some tickets that are solved and neither closed nor reopened since, in the same order."""
    if not numbers:
        return ()
    found = set(
        await connection.scalars(
            select(tickets.c.number).where(
                tickets.c.number.in_(numbers), tickets.c.state == TicketState.SOLVED
            )
        )
    )
    return tuple(number for number in numbers if number in found)


async def long_solved(
    connection: AsyncConnection, *, before: datetime, limit: int = 100
) -> list[Ticket]:
    """Tickets solved before a moment that the resident never confirmed."""
    rows = await connection.execute(
        select(tickets)
        .where(tickets.c.state == TicketState.SOLVED, tickets.c.solved_at < before)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return [to_ticket(row) for row in rows.mappings()]
