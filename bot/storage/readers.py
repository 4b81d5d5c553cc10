"""Who will read what an agent writes in a ticket: the resident, or those whom a relayed case was promised to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.ambassadors import route_of
from bot.storage.schema import conversations, handles
from bot.storage.tickets import TicketRow
from domain.messages import Channel, ConversationId
from domain.relay import Reach


class Part(StrEnum):
    """What a reader is to a ticket."""

    RESIDENT = "resident"
    PERSON = "person"
    """Whom a relayed case is about."""
    AMBASSADOR = "ambassador"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody whom an answer is delivered to."""

    part: Part
    channel: Channel
    last_inbound_at: datetime | None
    reachable: bool
    """False when they blocked the assistant."""


async def readers_of(connection: AsyncConnection, row: TicketRow) -> Sequence[Reader]:
    """Everybody whom an answer would reach now; nobody when the ambassador of a case has erased their data."""
    route = await route_of(connection, row.ticket.conversation)
    if route is None:
        return [Reader(Part.RESIDENT, row.channel, row.last_inbound_at, row.reachable)]
    wanted: dict[ConversationId, Part] = {}
    if route.ambassador is not None and (route.resident is None or route.reach is Reach.BOTH):
        wanted[route.ambassador] = Part.AMBASSADOR
    if route.resident is not None:
        wanted[route.resident] = Part.PERSON
    found = await connection.execute(
        select(
            conversations.c.id,
            conversations.c.last_inbound_at,
            handles.c.channel,
            handles.c.reachable,
        )
        .join(handles, handles.c.id == conversations.c.handle_id)
        .where(conversations.c.id.in_(wanted))
    )
    known = {row.id: row for row in found}
    return [
        Reader(part, Channel(one.channel), one.last_inbound_at, one.reachable)
        for conversation, part in wanted.items()
        for one in [known[conversation]]
    ]
