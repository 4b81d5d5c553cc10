"""Who has a ticket open at the desk, so that two people do not answer side by side.

Several web processes write here, so times are the database's own: it is the one clock that they share.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.messages import AgentId
from domain.tickets import TicketNumber

FRESH_FOR = timedelta(seconds=60)
"""Who was not seen for so long has left, even if nobody said so."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """A colleague who has the ticket open."""

    name: str
    writing: bool


_FORGET = text("""
    DELETE FROM ticket_viewers
    WHERE ticket_number = :number AND seen_at <= clock_timestamp() - :fresh
""")

# Out of `tickets`: one that was erased meanwhile has no viewers. `xmax = 0` tells a new row from a changed one.
_SEE = text("""
    INSERT INTO ticket_viewers (ticket_number, agent_id, seen_at, writing)
    SELECT number, :agent, clock_timestamp(), false FROM tickets WHERE number = :number
    ON CONFLICT (ticket_number, agent_id) DO UPDATE SET seen_at = excluded.seen_at
    RETURNING seen_at, xmax = 0 AS is_new
""")

_WRITE = text("""
    UPDATE ticket_viewers SET writing = :writing
    WHERE ticket_number = :number AND agent_id = :agent AND writing <> :writing
""")

_LEAVE = text("""
    DELETE FROM ticket_viewers
    WHERE ticket_number = :number AND agent_id = :agent AND seen_at <= :last_seen
""")

_TELL = text("""
    SELECT pg_notify('zintis_live', conversation_id::text) FROM tickets WHERE number = :number
""")

_OTHERS = text("""
    SELECT a.name, v.writing
    FROM ticket_viewers v JOIN agents a ON a.id = v.agent_id
    WHERE v.ticket_number = :number AND v.agent_id <> :agent AND v.seen_at > clock_timestamp() - :fresh
    ORDER BY v.writing DESC, a.name
""")


async def see(connection: AsyncConnection, number: TicketNumber, agent: AgentId) -> datetime | None:
    """Note that an agent looks; colleagues learn of somebody who has just come.

    Returns when that was by the database's clock, None when the ticket is no more.
    """
    await connection.execute(_FORGET, {"number": number, "fresh": FRESH_FOR})
    found = await connection.execute(_SEE, {"number": number, "agent": agent})
    row = found.one_or_none()
    if row is None:
        return None
    if row.is_new:
        await connection.execute(_TELL, {"number": number})
    seen: datetime = row.seen_at
    return seen


async def write(
    connection: AsyncConnection, number: TicketNumber, agent: AgentId, *, writing: bool
) -> None:
    """Note that an agent who looks began to type, or stopped."""
    changed = await connection.execute(
        _WRITE, {"number": number, "agent": agent, "writing": writing}
    )
    if changed.rowcount:
        await connection.execute(_TELL, {"number": number})


async def leave(
    connection: AsyncConnection, number: TicketNumber, agent: AgentId, *, last_seen: datetime
) -> None:
    """Note that a page was closed, unless another one of the same agent was seen since it was seen last."""
    gone = await connection.execute(
        _LEAVE, {"number": number, "agent": agent, "last_seen": last_seen}
    )
    if gone.rowcount:
        await connection.execute(_TELL, {"number": number})


async def others(
    connection: AsyncConnection, number: TicketNumber, agent: AgentId
) -> Sequence[Viewer]:
    """Who else has the ticket open, those who write first."""
    found = await connection.execute(
        _OTHERS, {"number": number, "agent": agent, "fresh": FRESH_FOR}
    )
    return [Viewer(row.name, row.writing) for row in found]
