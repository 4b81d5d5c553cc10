"""What happened to tickets, and what staff noted about them. Nothing of it is ever changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import audit
from bot.storage.schema import notes, ticket_events
from domain.messages import AgentId
from domain.tickets import TicketNumber


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a ticket, as its history and the audit log keep it."""

    kind: str
    at: datetime
    by: AgentId | None = None
    detail: str = ""
    """For the history; it goes when the ticket is erased."""
    logged: str = ""
    """For the audit log, which is never erased: a number or a word of ours, never a text."""
    about: AgentId | None = None
    """The colleague whom it concerns."""


async def note(connection: AsyncConnection, number: TicketNumber, event: Event) -> None:
    """Add to the history of a ticket, which is never changed. What agents or the upkeep did is audited too."""
    if event.by is not None or event.logged:
        await audit.append(
            connection,
            f"ticket.{event.kind}",
            at=event.at,
            by=event.by,
            ticket=number,
            about=event.about,
            detail=event.logged,
        )
    await connection.execute(
        insert(ticket_events).values(
            ticket_number=number,
            agent_id=event.by,
            kind=event.kind,
            detail=event.detail,
            at=event.at,
        )
    )


async def note_event(
    connection: AsyncConnection,
    number: TicketNumber,
    *,
    kind: str,
    at: datetime,
    detail: str = "",
    by: AgentId | None = None,
) -> None:
    """As `note`, for what needs no more words."""
    await note(connection, number, Event(kind, at=at, by=by, detail=detail))


async def has_event(
    connection: AsyncConnection, number: TicketNumber, *, kind: str, detail: str
) -> bool:
    """Whether this very thing happened to a ticket already; sure only while the ticket is locked."""
    found = await connection.scalar(
        select(func.count())
        .select_from(ticket_events)
        .where(
            ticket_events.c.ticket_number == number,
            ticket_events.c.kind == kind,
            ticket_events.c.detail == detail,
        )
    )
    return bool(found)


async def add_note(
    connection: AsyncConnection, number: TicketNumber, *, text: str, by: AgentId, at: datetime
) -> None:
    """Add an internal note, which no resident ever sees."""
    await connection.execute(
        insert(notes).values(ticket_number=number, agent_id=by, text=text, created_at=at)
    )
