"""Queries over inbound and outbound messages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Float,
    RowMapping,
    Text,
    bindparam,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import conversations as stored_conversations
from bot.storage.conversations import StoredConversation
from bot.storage.schema import conversations, handles, inbound_messages, outbound_messages
from domain.messages import (
    AgentId,
    Attachment,
    Button,
    Channel,
    ConversationId,
    DeliveryState,
    ExternalId,
    InboundId,
    InboundMessage,
    MessageKind,
    OutboundId,
    OutboundMessage,
    StaffFileId,
)

NOBODY = "nobody to deliver it to"
FILE_ERASED = "the file was erased"
"""Why messages fail without any vendor's doing, as stored; the desk says it in Latvian."""

_MOST_AT_ONCE = 50
"""Waiting messages of one conversation that a turn looks at; the others wait for the next turn."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An inbound message that has no answer yet."""

    id: InboundId
    kind: MessageKind
    text: str
    choice: str
    attachments: tuple[Attachment, ...]
    masked: tuple[str, ...]
    album: str
    edit_of: ExternalId | None
    external_id: ExternalId
    received_at: datetime
    attempts: int
    forwarded_from: str = ""


@dataclass(frozen=True, slots=True)
class NewOutbound:
    """A rendered message to be stored for delivery; `source` is what the desk shows."""

    source: str
    text: str
    plain: str
    buttons: tuple[Button, ...] = ()
    keys: tuple[str, ...] = ()
    template: bool = False
    reply_to: InboundId | None = None
    agent: AgentId | None = None
    file: StaffFileId | None = None
    deliver_to: ConversationId | None = None
    """The conversation in which it is delivered; None for its own."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A message that was just taken up for delivery; the file that belongs to it is read when its turn comes."""

    message: OutboundMessage
    file: StaffFileId | None
    target: ConversationId
    """The conversation in which it is read: mostly its own."""
    attempts: int
    created_at: datetime
    last_inbound_at: datetime | None


# What happens with each message is made once, here: built anew each time, these statements cost more than they do.
_STORE_INBOUND = (
    pg_insert(inbound_messages).on_conflict_do_nothing().returning(inbound_messages.c.id)
)


async def store_inbound(
    connection: AsyncConnection,
    conversation: ConversationId,
    message: InboundMessage,
    *,
    masked: Sequence[str],
    at: datetime,
) -> InboundId | None:
    """Store a message once; None when it was stored before."""
    stored = await connection.scalar(
        _STORE_INBOUND,
        {
            "conversation_id": conversation,
            "channel": message.channel,
            "external_id": message.external_id,
            "kind": message.kind,
            "text": message.text,
            "choice": message.choice,
            "attachments": [asdict(attachment) for attachment in message.attachments],
            "masked": list(masked),
            "album": message.album,
            "forwarded_from": message.forwarded_from,
            "edit_of": message.edit_of,
            "sent_at": message.sent_at,
            "received_at": at,
        },
    )
    return None if stored is None else InboundId(stored)


_m = inbound_messages.c
_WAITING = (
    select(
        *stored_conversations.COLUMNS,
        _m.id.label("message_id"),
        _m.kind,
        _m.text,
        _m.choice,
        _m.attachments,
        _m.masked,
        _m.album,
        _m.forwarded_from,
        _m.edit_of,
        _m.external_id.label("message_external_id"),
        _m.received_at,
        _m.attempts,
    )
    .join(conversations, conversations.c.id == _m.conversation_id)
    .join(handles, handles.c.id == conversations.c.handle_id)
    .where(_m.conversation_id == bindparam("conversation"), _m.answered_at.is_(None))
    .order_by(_m.id)
    .limit(_MOST_AT_ONCE)
)


async def waiting(
    connection: AsyncConnection, conversation: ConversationId
) -> tuple[StoredConversation, list[Waiting]] | None:
    """A conversation and its unanswered messages, oldest first; None when there is nothing to do."""
    found = await connection.execute(_WAITING, {"conversation": conversation})
    rows = found.mappings().all()
    if not rows:
        return None
    return stored_conversations.from_row(rows[0]), [_waiting(row) for row in rows]


def _waiting(row: RowMapping) -> Waiting:
    return Waiting(
        id=InboundId(row["message_id"]),
        kind=MessageKind(row["kind"]),
        text=row["text"],
        choice=row["choice"],
        attachments=tuple(to_attachment(a) for a in row["attachments"]),
        masked=tuple(row["masked"]),
        album=row["album"],
        edit_of=row["edit_of"],
        external_id=row["message_external_id"],
        received_at=row["received_at"],
        attempts=row["attempts"],
        forwarded_from=row["forwarded_from"],
    )


def to_attachment(stored: Mapping[str, Any]) -> Attachment:
    """An attachment as it was stored."""
    return Attachment(**{**stored, "kind": MessageKind(stored["kind"])})


async def is_answered(
    connection: AsyncConnection, *, channel: Channel, external_id: ExternalId
) -> bool:
    """Whether the message with this vendor's id has had its answer."""
    answered = await connection.scalar(
        select(inbound_messages.c.answered_at).where(
            inbound_messages.c.channel == channel, inbound_messages.c.external_id == external_id
        )
    )
    return answered is not None


async def was_said(
    connection: AsyncConnection,
    conversation: ConversationId,
    keys: Sequence[str],
    *,
    since: datetime,
) -> bool:
    """Whether one of these was said in a conversation since a moment."""
    o = outbound_messages.c
    found = await connection.scalar(
        select(func.count()).where(
            o.conversation_id == conversation, o.created_at >= since, o["keys"].overlap(list(keys))
        )
    )
    return bool(found)


_SMALL_TALK = ("", "ask_person", "greet", "goodbye", "thanks", "affirm", "deny")


async def last_question(connection: AsyncConnection, conversation: ConversationId) -> str:
    """The newest text that the model took for more than small talk, which is what a ticket is about; else empty."""
    m = inbound_messages.c
    found = await connection.scalar(
        select(m.text)
        .where(m.conversation_id == conversation, m.intent.notin_(_SMALL_TALK))
        .order_by(m.id.desc())
        .limit(1)
    )
    return found or ""


_HAND_ON = text(
    "INSERT INTO inbound_messages (conversation_id, channel, external_id, kind, text, attachments, masked, album,"
    "  forwarded_from, sent_at, received_at, answered_at)"
    " SELECT :conversation, channel, external_id || '+case', kind, text, attachments, masked, album,"
    "  forwarded_from, sent_at, received_at, :at"
    " FROM inbound_messages WHERE id = ANY(:ids) ORDER BY id"
).bindparams(bindparam("ids", type_=ARRAY(BigInteger)))


async def hand_on(
    connection: AsyncConnection,
    messages: Sequence[InboundId],
    *,
    to: ConversationId,
    instead: str,
    at: datetime,
) -> None:
    """Move what was said into another conversation; where it was said, `instead` is left of it.

    The rows themselves stay, because a vendor may offer the same message again.
    """
    await connection.execute(_HAND_ON, {"ids": list(messages), "conversation": to, "at": at})
    await blank(connection, messages, instead=instead)


async def blank(
    connection: AsyncConnection, messages: Sequence[InboundId], *, instead: str
) -> None:
    """Take what was said out of messages for good."""
    await connection.execute(
        update(inbound_messages)
        .where(inbound_messages.c.id.in_(messages))
        .values(text=instead, attachments=[], forwarded_from="")
    )


async def texts_of(connection: AsyncConnection, messages: Sequence[InboundId]) -> list[str]:
    """The texts of messages, oldest first."""
    found = await connection.execute(
        select(inbound_messages.c.text)
        .where(inbound_messages.c.id.in_(messages))
        .order_by(inbound_messages.c.id)
    )
    return list(found.scalars())


async def last_texts(
    connection: AsyncConnection, conversation: ConversationId, *, before: datetime, limit: int
) -> Sequence[str]:
    """What a resident typed last before a moment, newest first."""
    m = inbound_messages.c
    found = await connection.scalars(
        select(m.text)
        .where(
            m.conversation_id == conversation,
            m.kind == MessageKind.TEXT,
            m.text != "",
            m.received_at <= before,
        )
        .order_by(m.id.desc())
        .limit(limit)
    )
    return found.all()


_MARK_ANSWERED = text(
    "UPDATE inbound_messages SET answered_at = :at, intent = :intent, confidence = :confidence"
    " WHERE id = ANY(:ids)"
).bindparams(bindparam("ids", type_=ARRAY(BigInteger)), bindparam("confidence", type_=Float))


async def mark_answered(
    connection: AsyncConnection,
    messages: Iterable[InboundId],
    *,
    at: datetime,
    intent: str = "",
    confidence: float | None = None,
) -> None:
    """Note that messages need no more answer, and how they were understood."""
    await connection.execute(
        _MARK_ANSWERED,
        {"ids": list(messages), "at": at, "intent": intent, "confidence": confidence},
    )


async def count_attempt(connection: AsyncConnection, message: InboundId) -> None:
    """Note that a turn on this message broke."""
    await connection.execute(
        update(inbound_messages)
        .where(inbound_messages.c.id == message)
        .values(attempts=inbound_messages.c.attempts + 1)
    )


async def store_outbound(
    connection: AsyncConnection,
    conversation: ConversationId,
    messages: Sequence[NewOutbound],
    *,
    at: datetime,
) -> list[OutboundId]:
    """Store messages for delivery, in order."""
    if not messages:
        return []
    stored = await connection.execute(
        _STORE_OUTBOUND,
        [
            {
                "conversation_id": conversation,
                "reply_to": message.reply_to,
                "agent_id": message.agent,
                "keys": list(message.keys),
                "source": message.source,
                "text": message.text,
                "plain": message.plain,
                "buttons": [asdict(button) for button in message.buttons],
                "template": message.template,
                "file_id": message.file,
                "deliver_to": message.deliver_to,
                "created_at": at,
            }
            for message in messages
        ],
    )
    return [OutboundId(i) for i in stored.scalars()]


# Rows as parameters, not in `values()`: only so does SQLAlchemy keep the compiled statement.
_STORE_OUTBOUND = insert(outbound_messages).returning(
    outbound_messages.c.id, sort_by_parameter_order=True
)


_TAKE = text(
    "UPDATE outbound_messages o SET state = 'sending', attempts = o.attempts + 1"
    " FROM conversations c JOIN handles h ON h.id = c.handle_id"
    " WHERE o.conversation_id = :conversation AND o.state IN ('queued', 'sending')"
    " AND c.id = coalesce(o.deliver_to, o.conversation_id)"
    " RETURNING o.id, c.id AS target, o.text, o.plain, o.buttons, o.template, o.file_id, o.attempts,"
    " o.created_at,"
    " c.last_inbound_at, h.channel, h.external_id"
)


async def take_for_delivery(
    connection: AsyncConnection, conversation: ConversationId
) -> list[Sending]:
    """Mark what waits in a conversation as being sent and return it in order.

    Rows that a killed worker left in `sending` come along: only one delivery of a conversation runs at a time.
    """
    found = await connection.execute(_TAKE, {"conversation": conversation})
    return sorted(
        (_sending(row) for row in found.mappings()), key=lambda sending: sending.message.id
    )


def _sending(row: RowMapping) -> Sending:
    return Sending(
        message=OutboundMessage(
            id=OutboundId(row["id"]),
            channel=Channel(row["channel"]),
            handle=row["external_id"],
            text=row["text"],
            plain=row["plain"],
            buttons=tuple(Button(**button) for button in row["buttons"]),
            template=row["template"],
        ),
        file=None if row["file_id"] is None else StaffFileId(row["file_id"]),
        target=ConversationId(row["target"]),
        attempts=row["attempts"],
        created_at=row["created_at"],
        last_inbound_at=row["last_inbound_at"],
    )


async def set_state(
    connection: AsyncConnection,
    messages: Sequence[OutboundId],
    state: DeliveryState,
    *,
    at: datetime,
    vendor_id: str | None = None,
    error: str = "",
) -> None:
    """Note how far messages got."""
    await connection.execute(
        _SET_STATE,
        {
            "ids": list(messages),
            "state": state,
            "error": error,
            "at": at,
            "vendor_id": vendor_id,
        },
    )


_REACHED = """
    UPDATE outbound_messages o SET state = :state, error = :error, vendor_id = coalesce(:vendor_id, o.vendor_id),
        sent_at = CASE WHEN :state = 'sent' THEN :at ELSE sent_at END,
        delivered_at = CASE WHEN :state = 'delivered' THEN :at ELSE delivered_at END,
        read_at = CASE WHEN :state = 'read' THEN :at ELSE read_at END,
        failed_at = CASE WHEN :state = 'failed' THEN :at ELSE failed_at END
"""
_TYPES = (
    bindparam("state", type_=Text),
    bindparam("vendor_id", type_=Text),
    bindparam("at", type_=DateTime(timezone=True)),
)
_SET_STATE = text(_REACHED + " WHERE o.id = ANY(:ids)").bindparams(
    *_TYPES, bindparam("ids", type_=ARRAY(BigInteger))
)
_ADVANCE = text(
    "WITH known AS (SELECT o.id FROM outbound_messages o"  # noqa: S608 - put together from constants
    "  JOIN conversations c ON c.id = coalesce(o.deliver_to, o.conversation_id)"
    "  JOIN handles h ON h.id = c.handle_id"
    "  WHERE o.vendor_id = :vendor_id AND h.channel = :channel),"
    f" advanced AS ({_REACHED} FROM known"
    "  WHERE o.id = known.id AND o.state = ANY(:before) RETURNING o.id),"
    # For this commit only: a tick that a power cut takes back is no loss, and these are most of what vendors say.
    " hurried AS (SELECT set_config('synchronous_commit', 'off', true))"
    " SELECT known.id FROM known, hurried"
).bindparams(*_TYPES, bindparam("before", type_=ARRAY(Text)))


async def advance(
    connection: AsyncConnection,
    state: DeliveryState,
    *,
    channel: Channel,
    vendor_id: str,
    at: datetime,
    error: str = "",
) -> OutboundId | None:
    """Note what a vendor reports, if it is news; None when the message is not known (yet)."""
    known = await connection.scalar(
        _ADVANCE,
        {
            "state": state,
            "vendor_id": vendor_id,
            "channel": channel,
            "before": [before for before in DeliveryState if before.can_become(state)],
            "at": at,
            "error": error,
        },
    )
    return None if known is None else OutboundId(known)


async def requeue_failed(
    connection: AsyncConnection, message: OutboundId, conversation: ConversationId
) -> bool:
    """Queue a failed message of a conversation again; False when it is not (or no longer) failed."""
    requeued = await connection.execute(
        update(outbound_messages)
        .where(
            outbound_messages.c.id == message,
            outbound_messages.c.conversation_id == conversation,
            outbound_messages.c.state == DeliveryState.FAILED,
        )
        .values(state=DeliveryState.QUEUED, error="")
    )
    return requeued.rowcount == 1


async def find_by_vendor_id(
    connection: AsyncConnection, *, channel: Channel, vendor_id: str
) -> tuple[OutboundId, ConversationId, ConversationId, DeliveryState, bool] | None:
    """The message that a vendor's report speaks of: id, its conversation and the one in which it is read, state, and
    whether it is a template.
    """
    o = outbound_messages.c
    found = await connection.execute(
        select(o.id, o.conversation_id, conversations.c.id, o.state, o.template)
        .join(conversations, conversations.c.id == func.coalesce(o.deliver_to, o.conversation_id))
        .join(handles, handles.c.id == conversations.c.handle_id)
        .where(o.vendor_id == vendor_id, handles.c.channel == channel)
        .with_for_update(of=outbound_messages)
    )
    row = found.one_or_none()
    if row is None:
        return None
    read_in = ConversationId(row[2])
    return OutboundId(row[0]), ConversationId(row[1]), read_in, DeliveryState(row[3]), row[4]


_RELEASE_PARKED = text(
    "UPDATE outbound_messages SET state = 'queued' WHERE state = 'parked'"
    " AND (conversation_id = :conversation AND deliver_to IS NULL OR deliver_to = :conversation)"
    " RETURNING conversation_id"
)


async def release_parked(
    connection: AsyncConnection, conversation: ConversationId
) -> set[ConversationId]:
    """Queue parked messages again, because the resident wrote; the conversations that they belong to."""
    released = await connection.execute(_RELEASE_PARKED, {"conversation": conversation})
    return {ConversationId(i) for i in released.scalars()}


async def has_recent_template(
    connection: AsyncConnection, conversation: ConversationId, *, since: datetime
) -> bool:
    """Whether the "there is an answer" template already went out since a moment and did not fail."""
    o = outbound_messages.c
    found = await connection.scalar(
        select(func.count())
        .select_from(outbound_messages)
        .where(
            func.coalesce(o.deliver_to, o.conversation_id) == conversation,
            or_(o.conversation_id == conversation, o.deliver_to == conversation),
            o.template,
            o.created_at >= since,
            o.state != DeliveryState.FAILED,
        )
    )
    return bool(found)


async def forgotten(
    connection: AsyncConnection, *, older_than: timedelta
) -> tuple[list[ConversationId], list[ConversationId]]:
    """Conversations with unanswered messages, and with undelivered ones, for which no job exists any more."""
    arguments = {"age": older_than}
    turns = await connection.execute(_FORGOTTEN_TURNS, arguments)
    deliveries = await connection.execute(_FORGOTTEN_DELIVERIES, arguments)
    return (
        [ConversationId(i) for i in turns.scalars()],
        [ConversationId(i) for i in deliveries.scalars()],
    )


_FORGOTTEN_TURNS = text(
    "SELECT DISTINCT conversation_id FROM inbound_messages m"
    " WHERE answered_at IS NULL AND received_at < now() - :age AND NOT EXISTS"
    " (SELECT 1 FROM procrastinate_jobs j WHERE j.lock = 'conversation:' || m.conversation_id"
    " AND j.status IN ('todo', 'doing'))"
)
_FORGOTTEN_DELIVERIES = text(
    "SELECT DISTINCT conversation_id FROM outbound_messages m"
    " WHERE state IN ('queued', 'sending') AND created_at < now() - :age AND NOT EXISTS"
    " (SELECT 1 FROM procrastinate_jobs j WHERE j.lock = 'delivery:' || m.conversation_id"
    " AND j.status IN ('todo', 'doing'))"
)
