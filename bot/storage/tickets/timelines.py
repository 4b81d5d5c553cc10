"""What was said in a conversation, and what happened to a ticket, line by line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, bindparam, case, false, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import (
    agents,
    inbound_messages,
    notes,
    outbound_messages,
    staff_files,
    ticket_events,
    tickets,
)
from bot.storage.staff_files import SentFile, sent_file
from bot.storage.tickets.failures import IS_DISMISSED
from domain.messages import ConversationId, DeliveryState
from domain.tickets import TicketNumber


@dataclass(frozen=True, slots=True)
class Spoken:
    """One line of the timeline that the desk and the web chat show."""

    id: str
    """`i<id>` for inbound, `o<id>` for outbound, `n<id>` for notes, `e<id>` for events."""
    by: str
    """resident, assistant, agent, note or event."""
    at: datetime
    text: str
    kind: str = ""
    agent_name: str = ""
    state: str = ""
    error: str = ""
    intent: str = ""
    confidence: float | None = None
    edited: bool = False
    forwarded_from: str = ""
    attachments: tuple[Mapping[str, Any], ...] = ()
    buttons: tuple[Mapping[str, str], ...] = ()
    html: str = ""
    template: bool = False
    file: SentFile | None = None
    dismissed: bool = False
    """Whether an agent said that a failed message is not needed any more."""

    def place(self) -> tuple[datetime, str, int]:
        """Where it stands among what else was said: parts of one answer have the same moment."""
        return self.at, self.id[0], int(self.id[1:])


# The statements of a ticket's page are built once: to build them anew took as long as to run them.
_LIMIT = bindparam("limit", type_=Integer)
_CONVERSATION = bindparam("conversation", type_=BigInteger)
_NUMBER = bindparam("number", type_=BigInteger)

_INBOUND = (
    select(inbound_messages)
    .where(inbound_messages.c.conversation_id == _CONVERSATION)
    .order_by(inbound_messages.c.id.desc())
    .limit(_LIMIT)
)

_OUTBOUND = (
    select(
        outbound_messages,
        agents.c.name.label("agent_name"),
        staff_files.c.name.label("file_name"),
        staff_files.c.media_type.label("file_type"),
        staff_files.c.size.label("file_size"),
        case(
            (outbound_messages.c.state == DeliveryState.FAILED, IS_DISMISSED), else_=false()
        ).label("dismissed"),
    )
    .outerjoin(agents, agents.c.id == outbound_messages.c.agent_id)
    .outerjoin(staff_files, staff_files.c.id == outbound_messages.c.file_id)
    .where(outbound_messages.c.conversation_id == _CONVERSATION)
    .order_by(outbound_messages.c.id.desc())
    .limit(_LIMIT)
)

_NOTES = (
    select(notes, agents.c.name.label("agent_name"))
    .outerjoin(agents, agents.c.id == notes.c.agent_id)
    .where(
        or_(
            notes.c.ticket_number == _NUMBER,
            notes.c.ticket_number.in_(
                select(tickets.c.number).where(tickets.c.merged_into == _NUMBER)
            ),
        )
    )
)

_EVENTS = (
    select(ticket_events, agents.c.name.label("agent_name"))
    .outerjoin(agents, agents.c.id == ticket_events.c.agent_id)
    .where(ticket_events.c.ticket_number == _NUMBER)
)


async def timeline(
    connection: AsyncConnection, conversation: ConversationId, *, limit: int = 500
) -> list[Spoken]:
    """Everything said in a conversation, oldest first; the newest `limit` of each side."""
    said = await _inbound(connection, conversation, limit)
    said += await _outbound(connection, conversation, limit)
    return sorted(said, key=Spoken.place)


async def _inbound(
    connection: AsyncConnection, conversation: ConversationId, limit: int
) -> list[Spoken]:
    rows = await connection.execute(_INBOUND, {"conversation": conversation, "limit": limit})
    return [
        Spoken(
            id=f"i{row['id']}",
            by="resident",
            at=row["received_at"],
            text=row["text"],
            kind=row["kind"],
            intent=row["intent"],
            confidence=row["confidence"],
            edited=row["edit_of"] is not None,
            forwarded_from=row["forwarded_from"],
            attachments=tuple(row["attachments"]),
        )
        for row in rows.mappings()
    ]


async def _outbound(
    connection: AsyncConnection, conversation: ConversationId, limit: int
) -> list[Spoken]:
    rows = await connection.execute(_OUTBOUND, {"conversation": conversation, "limit": limit})
    return [
        Spoken(
            id=f"o{row['id']}",
            by="assistant" if row["agent_id"] is None else "agent",
            at=row["created_at"],
            text=row["source"],
            agent_name=row["agent_name"] or "",
            state=row["state"],
            error=row["error"],
            file=sent_file(row),
            buttons=tuple(row["buttons"]),
            html=row["text"],
            template=row["template"],
            dismissed=row["dismissed"],
        )
        for row in rows.mappings()
    ]


async def history(connection: AsyncConnection, number: TicketNumber) -> list[Spoken]:
    """Notes and events of a ticket, oldest first; the notes of tickets that were merged into it too."""
    noted = await connection.execute(_NOTES, {"number": number})
    happened = await connection.execute(_EVENTS, {"number": number})
    lines = [
        Spoken(
            id=f"n{row['id']}",
            by="note",
            at=row["created_at"],
            text=row["text"],
            agent_name=row["agent_name"] or "",
        )
        for row in noted.mappings()
    ] + [
        Spoken(
            id=f"e{row['id']}",
            by="event",
            at=row["at"],
            text=row["detail"],
            kind=row["kind"],
            agent_name=row["agent_name"] or "",
        )
        for row in happened.mappings()
    ]
    return sorted(lines, key=Spoken.place)
