"""Files that staff sent to residents: kept with their ticket, and gone with it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import (
    conversations,
    handles,
    outbound_messages,
    staff_files,
    tickets,
)
from domain.messages import (
    AgentId,
    Channel,
    ConversationId,
    DeliveryState,
    OutboundFile,
    OutboundId,
    StaffFileId,
)
from domain.tickets import TicketNumber

_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that was looked at already: the type is what its bytes say, the name leads nowhere."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class SentFile:
    """What is shown of a file that was sent; `size` in bytes."""

    name: str
    media_type: str
    size: int


def sent_file(row: RowMapping) -> SentFile | None:
    """The file of a message, from `file_name`, `file_type` and `file_size`; None when it has none."""
    if row["file_name"] is None:
        return None
    return SentFile(name=row["file_name"], media_type=row["file_type"], size=row["file_size"])


async def store(
    connection: AsyncConnection,
    files: Sequence[NewFile],
    *,
    ticket: TicketNumber,
    by: AgentId,
    at: datetime,
) -> list[StaffFileId]:
    """Keep files, each under a token that nobody can guess; their ids in the same order."""
    return [
        StaffFileId(
            (
                await connection.execute(
                    insert(staff_files)
                    .values(
                        token=secrets.token_urlsafe(_TOKEN_BYTES),
                        ticket_number=ticket,
                        agent_id=by,
                        name=file.name,
                        media_type=file.media_type,
                        size=len(file.content),
                        content=file.content,
                        created_at=at,
                    )
                    .returning(staff_files.c.id)
                )
            ).scalar_one()
        )
        for file in files
    ]


_f = staff_files.c
_reader: ColumnElement[int] = func.coalesce(
    outbound_messages.c.deliver_to, outbound_messages.c.conversation_id
)
"""The conversation in which a message is read: of a relayed case, another one than its own."""

_FILE = select(_f.token, _f.name, _f.media_type, _f.content)


async def read(connection: AsyncConnection, file: StaffFileId) -> OutboundFile | None:
    """A file as it is sent; None when its ticket was erased meanwhile."""
    found = await connection.execute(_FILE.where(_f.id == file))
    return _file(found.mappings().one_or_none())


async def find_for_staff(
    connection: AsyncConnection, message: OutboundId
) -> tuple[OutboundFile, TicketNumber] | None:
    """What went out with a message, and the ticket that it belongs to."""
    found = await connection.execute(
        _FILE.add_columns(_f.ticket_number)
        .join(outbound_messages, outbound_messages.c.file_id == _f.id)
        .where(outbound_messages.c.id == message)
    )
    row = found.mappings().one_or_none()
    file = _file(row)
    return None if row is None or file is None else (file, TicketNumber(row["ticket_number"]))


async def find_for_resident(
    connection: AsyncConnection, message: OutboundId, conversation: ConversationId
) -> OutboundFile | None:
    """What came with a message of one's own conversation that is visible there."""
    o = outbound_messages.c
    found = await connection.execute(
        _FILE.join(outbound_messages, o.file_id == _f.id).where(
            o.id == message,
            _reader == conversation,
            o.state.in_((DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ)),
        )
    )
    return _file(found.mappings().one_or_none())


async def find_public(
    connection: AsyncConnection, token: str, *, channel: Channel, sent_since: datetime
) -> OutboundFile | None:
    """A file by its token: while it is on its way through a channel, or when it left since a moment."""
    o = outbound_messages.c
    found = await connection.execute(
        _FILE.join(outbound_messages, o.file_id == _f.id)
        .join(conversations, conversations.c.id == _reader)
        .join(handles, handles.c.id == conversations.c.handle_id)
        .where(
            _f.token == token,
            handles.c.channel == channel,
            or_(o.state == DeliveryState.SENDING, o.sent_at >= sent_since),
        )
    )
    return _file(found.mappings().one_or_none())


async def count_for(connection: AsyncConnection, conversation: ConversationId) -> int:
    """How many files are kept that were sent in a conversation."""
    found = await connection.scalar(
        select(func.count())
        .select_from(staff_files)
        .join(tickets, tickets.c.number == _f.ticket_number)
        .where(tickets.c.conversation_id == conversation)
    )
    return found or 0


def _file(row: RowMapping | None) -> OutboundFile | None:
    if row is None:
        return None
    return OutboundFile(
        name=row["name"],
        media_type=row["media_type"],
        content=bytes(row["content"]),
        token=row["token"],
    )
