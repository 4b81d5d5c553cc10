"""The audit log: who did what to which ticket, person or setting, when and from where. Rows are added, never changed.

It holds names of events and numbers, no message, no password, nothing about a resident.
"""

from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import agents, audit_log
from domain.messages import AgentId
from domain.tickets import TicketNumber

came_from: ContextVar[str] = ContextVar("came_from", default="")
"""The network address of the request that is being served; empty for the assistant, jobs and the command line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log."""

    id: int
    at: datetime
    event: str
    who: str
    agent: int | None
    ticket: int | None
    about: str
    about_id: int | None
    detail: str
    address: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows to read; everything that is None does not matter."""

    events: tuple[str, ...] | None = None
    """Beginnings of the events' names."""
    agent: int | None = None
    """Who did it, or whom it was about."""
    ticket: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    """Older than this row: the next page."""


async def append(
    connection: AsyncConnection,
    event: str,
    *,
    at: datetime,
    by: AgentId | None = None,
    ticket: TicketNumber | None = None,
    about: AgentId | None = None,
    detail: str = "",
) -> None:
    """Add a row, in whatever transaction the deed itself is. `detail` is a setting, a role, an id: never a text."""
    await connection.execute(
        insert(audit_log).values(
            at=at,
            agent_id=by,
            event=event,
            ticket_number=ticket,
            about_id=about,
            detail=detail,
            address=came_from.get(),
        )
    )


async def read(connection: AsyncConnection, wanted: Wanted, *, limit: int) -> list[Entry]:
    """Rows of the log, newest first."""
    log, about = audit_log.c, agents.alias("about")
    found = await connection.execute(
        select(audit_log, agents.c.name, about.c.name.label("about_name"))
        .select_from(
            audit_log.outerjoin(agents, agents.c.id == log.agent_id).outerjoin(
                about, about.c.id == log.about_id
            )
        )
        .where(*_conditions(wanted))
        .order_by(log.id.desc())
        .limit(limit)
    )
    return [
        Entry(
            id=row["id"],
            at=row["at"],
            event=row["event"],
            who=row["name"] or "",
            agent=row["agent_id"],
            ticket=row["ticket_number"],
            about=row["about_name"] or "",
            about_id=row["about_id"],
            detail=row["detail"],
            address=row["address"],
        )
        for row in found.mappings()
    ]


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    log = audit_log.c
    if wanted.events is not None:
        yield or_(*(log.event.startswith(name) for name in wanted.events))
    if wanted.agent is not None:
        yield (log.agent_id == wanted.agent) | (log.about_id == wanted.agent)
    if wanted.ticket is not None:
        yield log.ticket_number == wanted.ticket
    if wanted.since is not None:
        yield log.at >= wanted.since
    if wanted.until is not None:
        yield log.at < wanted.until
    if wanted.before is not None:
        yield log.id < wanted.before
