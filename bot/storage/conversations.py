"""Queries over contacts, handles and conversations."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Text, bindparam, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import persons
from bot.storage.schema import (
    ambassadors,
    contacts,
    conversations,
    handles,
    inbound_messages,
    outbound_messages,
    tickets,
)
from domain.answers import Choice, ChoiceId
from domain.conversation import ConversationState, Mode, Question
from domain.errors import ConversationChanged
from domain.languages import Language
from domain.messages import Channel, ConversationId, InboundId, is_group
from domain.relay import AmbassadorId, Draft, Reach, Step


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation as it stood when it was read; `version` guards against changes since."""

    id: ConversationId
    channel: Channel
    handle: str
    mode: Mode
    state: ConversationState
    version: int
    last_inbound_at: datetime | None
    ambassador: AmbassadorId | None = None
    """Who writes here, when that is an ambassador in office."""

    def is_group(self) -> bool:
        """Whether several people read this."""
        return is_group(self.channel, self.handle)


def to_json(state: ConversationState) -> dict[str, Any]:
    """The state as stored."""
    return asdict(state)


def from_json(stored: Mapping[str, Any]) -> ConversationState:
    """The state as it was stored, unknown fields of other versions left out."""
    known = {k: v for k, v in stored.items() if k in ConversationState.__dataclass_fields__}
    known["offered"] = tuple(
        Choice(ChoiceId(choice["id"]), choice["label"]) for choice in stored.get("offered", ())
    )
    question = stored.get("question")
    known["question"] = Question(question) if question else None
    known["to_ask"] = tuple(stored.get("to_ask", ()))
    known["set_apart"] = tuple(stored.get("set_apart", ()))
    known["language"] = Language(stored.get("language", Language.LATVIAN))
    relay = stored.get("relay")
    known["relay"] = _draft(relay) if relay else None
    return ConversationState(**known)


def _draft(stored: Mapping[str, Any]) -> Draft:
    return Draft(
        step=Step(stored["step"]),
        words=tuple(map(InboundId, stored["words"])),
        details=tuple(map(InboundId, stored["details"])),
        person=stored["person"],
        reach=Reach(stored["reach"]) if stored["reach"] else None,
        phone=stored["phone"],
        number=stored["number"],
    )


COLUMNS = (
    conversations.c.id,
    conversations.c.mode,
    conversations.c.state,
    conversations.c.version,
    conversations.c.last_inbound_at,
    handles.c.channel,
    handles.c.external_id,
    select(ambassadors.c.id)
    .where(ambassadors.c.contact_id == handles.c.contact_id, ambassadors.c.disabled_at.is_(None))
    .scalar_subquery()
    .label("ambassador_id"),
)


def from_row(row: RowMapping) -> StoredConversation:
    """A conversation out of a row with `COLUMNS`."""
    return StoredConversation(
        id=ConversationId(row["id"]),
        channel=Channel(row["channel"]),
        handle=row["external_id"],
        mode=Mode(row["mode"]),
        state=from_json(row["state"]),
        version=row["version"],
        last_inbound_at=row["last_inbound_at"],
        ambassador=row["ambassador_id"],
    )


async def heard_from(
    connection: AsyncConnection,
    *,
    channel: Channel,
    handle: str,
    name: str,
    language: str,
    at: datetime,
) -> ConversationId:
    """The conversation of a handle, made when it is new; its row is locked and notes the time.

    Who writes can be reached again, whatever blocking was noted before. The lock makes messages of one
    conversation get their ids in the order in which they were accepted.
    """
    found = await _note_time(connection, channel, handle, at)
    if found is None:
        await _create(connection, channel, handle, name, language)
        found = await _note_time(connection, channel, handle, at)
    assert found is not None  # noqa: S101 - created by us or by whoever was quicker
    return found


# Said as text, like everything that happens with each message: SQLAlchemy would build the statement anew each time.
_NOTE_TIME = text(
    "UPDATE conversations c SET last_inbound_at = greatest(c.last_inbound_at, :at), erased_at = NULL"
    " FROM handles h WHERE h.id = c.handle_id AND h.channel = :channel AND h.external_id = :handle"
    " RETURNING c.id, h.reachable"
)


async def _note_time(
    connection: AsyncConnection, channel: Channel, handle: str, at: datetime
) -> ConversationId | None:
    found = await connection.execute(_NOTE_TIME, {"channel": channel, "handle": handle, "at": at})
    row = found.one_or_none()
    if row is None:
        return None
    if not row.reachable:
        await set_reachable(connection, channel=channel, handle=handle, reachable=True)
    return ConversationId(row.id)


async def _create(
    connection: AsyncConnection, channel: Channel, handle: str, name: str, language: str
) -> None:
    async with connection.begin_nested() as attempt:
        contact = await connection.scalar(
            insert(contacts).values(name=name, language=language).returning(contacts.c.id)
        )
        made = await connection.scalar(
            pg_insert(handles)
            .values(contact_id=contact, channel=channel, external_id=handle)
            .on_conflict_do_nothing()
            .returning(handles.c.id)
        )
        if made is None:
            await attempt.rollback()
            return
        await connection.execute(insert(conversations).values(handle_id=made))


async def find(connection: AsyncConnection, conversation: ConversationId) -> StoredConversation:
    """A conversation by its id."""
    row = await connection.execute(
        select(*COLUMNS)
        .join(handles, handles.c.id == conversations.c.handle_id)
        .where(conversations.c.id == conversation)
    )
    return from_row(row.mappings().one())


async def find_by_handle(
    connection: AsyncConnection, *, channel: Channel, handle: str
) -> ConversationId | None:
    """The conversation of a handle, None when it never wrote."""
    found = await connection.scalar(
        select(conversations.c.id)
        .join(handles, handles.c.id == conversations.c.handle_id)
        .where(handles.c.channel == channel, handles.c.external_id == handle)
    )
    return None if found is None else ConversationId(found)


async def lock(connection: AsyncConnection, conversation: ConversationId) -> StoredConversation:
    """A conversation by its id, kept from changing until the transaction ends."""
    row = await connection.execute(
        select(*COLUMNS)
        .join(handles, handles.c.id == conversations.c.handle_id)
        .where(conversations.c.id == conversation)
        .with_for_update(of=conversations)
    )
    return from_row(row.mappings().one())


_CHANGE = text(
    "UPDATE conversations SET state = :state, mode = coalesce(:mode, mode), version = version + 1"
    " WHERE id = :id AND version = :version"
).bindparams(bindparam("state", type_=JSONB), bindparam("mode", type_=Text))


async def change(
    connection: AsyncConnection,
    before: StoredConversation,
    *,
    state: ConversationState,
    mode: Mode | None = None,
) -> None:
    """Store a new state (and mode). Raises `ConversationChanged` when somebody else was quicker."""
    changed = await connection.execute(
        _CHANGE,
        {"id": before.id, "version": before.version, "state": to_json(state), "mode": mode},
    )
    if changed.rowcount != 1:
        raise ConversationChanged


async def set_mode(connection: AsyncConnection, conversation: ConversationId, mode: Mode) -> None:
    """Say who speaks in a conversation whose state is nobody's concern at the moment: that of a relayed case."""
    await connection.execute(
        update(conversations)
        .where(conversations.c.id == conversation)
        .values(mode=mode, version=conversations.c.version + 1)
    )


async def set_reachable(
    connection: AsyncConnection, *, channel: Channel, handle: str, reachable: bool
) -> None:
    """Note that a contact blocked the assistant, or came back."""
    await connection.execute(
        update(handles)
        .where(handles.c.channel == channel, handles.c.external_id == handle)
        .values(reachable=reachable)
    )


async def erase(connection: AsyncConnection, conversation: ConversationId, *, at: datetime) -> None:
    """Delete what was said, tickets with the files from staff, and the name; an ambassador is none any more.

    The handle goes in `delete_contacts`. Cases that were relayed belong to other people and stay, and so does what the
    same person wrote on other handles.
    """
    await connection.execute(delete(tickets).where(tickets.c.conversation_id == conversation))
    for table in (outbound_messages, inbound_messages):
        await connection.execute(delete(table).where(table.c.conversation_id == conversation))
    contact = await connection.scalar(
        select(handles.c.contact_id)
        .join(conversations, conversations.c.handle_id == handles.c.id)
        .where(conversations.c.id == conversation)
    )
    if contact is None:  # it is gone already
        return
    await persons.leave(connection, contact)
    await connection.execute(
        update(contacts).where(contacts.c.id == contact).values(name="", language="")
    )
    await connection.execute(
        update(ambassadors).where(ambassadors.c.contact_id == contact).values(contact_id=None)
    )
    await connection.execute(
        update(conversations).where(conversations.c.id == conversation).values(erased_at=at)
    )


_QUIET = text("""
    SELECT c.id FROM conversations c
    WHERE coalesce(c.last_inbound_at, c.created_at) < :since AND c.erased_at IS NULL
      AND NOT EXISTS (SELECT FROM outbound_messages o
                      WHERE o.conversation_id = c.id AND o.created_at >= :since)
      AND NOT EXISTS (SELECT FROM tickets t
                      WHERE t.conversation_id = c.id
                        AND (t.state IN ('new', 'claimed', 'solved')
                             OR greatest(t.opened_at, t.solved_at, t.closed_at) >= :since))
      AND NOT EXISTS (SELECT FROM ambassadors a JOIN handles h ON h.contact_id = a.contact_id
                      WHERE h.id = c.handle_id AND a.disabled_at IS NULL)
    ORDER BY c.id LIMIT :most
    FOR UPDATE OF c SKIP LOCKED
""")


async def lock_quiet(
    connection: AsyncConnection, *, since: datetime, most: int
) -> list[ConversationId]:
    """Conversations without a word, an open ticket or one that ended since a moment; nobody else gets the same.

    Who writes at this moment waits for the lock, and is not among them if they were first. Those of ambassadors
    stay: without their contact they would be ambassadors no more.
    """
    found = await connection.scalars(_QUIET, {"since": since, "most": most})
    return [ConversationId(one) for one in found]


async def lock_erased(connection: AsyncConnection, *, before: datetime) -> list[ConversationId]:
    """Conversations whose erasure was asked for before a moment and in which nothing was written since."""
    found = await connection.scalars(
        select(conversations.c.id)
        .where(conversations.c.erased_at < before)
        .order_by(conversations.c.id)
        .with_for_update(skip_locked=True)
    )
    return [ConversationId(one) for one in found]


async def delete_contacts(connection: AsyncConnection, of: Sequence[ConversationId]) -> int:
    """Delete the contacts of some conversations with everything of theirs that is left; how many they were."""
    owners = (
        select(handles.c.contact_id)
        .join(conversations, conversations.c.handle_id == handles.c.id)
        .where(conversations.c.id.in_(of))
    )
    return (await connection.execute(delete(contacts).where(contacts.c.id.in_(owners)))).rowcount
