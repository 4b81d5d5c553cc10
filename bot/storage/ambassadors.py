"""Queries over ambassadors and linked group chats: invitations, who is one, and their one-time codes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, Table, bindparam, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import (
    ambassadors,
    contacts,
    conversations,
    group_chats,
    handles,
    inbound_messages,
    tickets,
)
from domain.invitations import Redemption
from domain.messages import AgentId, Channel, ConversationId
from domain.relay import AmbassadorId, Reach
from domain.tickets import TicketNumber


@dataclass(frozen=True, slots=True)
class InvitedAmbassador:
    """One line of the desk's list of ambassadors."""

    id: AmbassadorId
    name: str
    channel: Channel | None
    """Where the ambassador writes; None before they joined or after they erased their data."""
    invited_until: datetime | None
    joined_at: datetime | None
    disabled_at: datetime | None
    cases: int


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """One line of the desk's list of group chats."""

    id: int
    title: str
    invited_until: datetime | None
    linked_at: datetime | None
    disabled_at: datetime | None


# ---- ambassadors


def _listed() -> Select[Any]:
    cases = (
        select(func.count()).where(tickets.c.ambassador_id == ambassadors.c.id).scalar_subquery()
    )
    return select(ambassadors, handles.c.channel, cases.label("cases")).outerjoin(
        handles, handles.c.contact_id == ambassadors.c.contact_id
    )


def _ambassador(row: RowMapping) -> InvitedAmbassador:
    return InvitedAmbassador(
        id=AmbassadorId(row["id"]),
        name=row["name"],
        channel=Channel(row["channel"]) if row["channel"] else None,
        invited_until=row["code_expires_at"],
        joined_at=row["joined_at"],
        disabled_at=row["disabled_at"],
        cases=row["cases"],
    )


async def list_all(connection: AsyncConnection) -> list[InvitedAmbassador]:
    """Every ambassador, by name."""
    found = await connection.execute(_listed().order_by(ambassadors.c.name, ambassadors.c.id))
    return [_ambassador(row) for row in found.mappings()]


async def lock(connection: AsyncConnection, ambassador: AmbassadorId) -> InvitedAmbassador | None:
    """One ambassador, kept from changing until the transaction ends."""
    found = await connection.execute(
        _listed().where(ambassadors.c.id == ambassador).with_for_update(of=ambassadors)
    )
    row = found.mappings().one_or_none()
    return None if row is None else _ambassador(row)


async def add(
    connection: AsyncConnection, *, name: str, code_hash: str, expires_at: datetime, by: AgentId
) -> AmbassadorId:
    """Somebody who is invited with a code."""
    made = await connection.scalar(
        insert(ambassadors)
        .values(name=name, code_hash=code_hash, code_expires_at=expires_at, invited_by=by)
        .returning(ambassadors.c.id)
    )
    assert made is not None  # noqa: S101 - an insert returns its row
    return AmbassadorId(made)


async def set_code(
    connection: AsyncConnection,
    ambassador: AmbassadorId,
    *,
    code_hash: str | None,
    expires_at: datetime | None,
) -> None:
    """Give an ambassador a new code, or take the open one back (None)."""
    await connection.execute(
        update(ambassadors)
        .where(ambassadors.c.id == ambassador)
        .values(code_hash=code_hash, code_expires_at=expires_at)
    )


async def set_disabled(
    connection: AsyncConnection, ambassador: AmbassadorId, *, at: datetime | None
) -> None:
    """Take the role away (and the open code with it), or give it back (None)."""
    values: dict[str, object] = {"disabled_at": at}
    if at is not None:
        values |= {"code_hash": None, "code_expires_at": None}
    await connection.execute(
        update(ambassadors).where(ambassadors.c.id == ambassador).values(values)
    )


async def is_known(connection: AsyncConnection, conversation: ConversationId) -> bool:
    """Whether an ambassador writes in a conversation, in office or not."""
    found = await connection.scalar(
        select(func.count())
        .select_from(ambassadors)
        .join(handles, handles.c.contact_id == ambassadors.c.contact_id)
        .join(conversations, conversations.c.handle_id == handles.c.id)
        .where(conversations.c.id == conversation)
    )
    return bool(found)


async def redeem(
    connection: AsyncConnection, conversation: ConversationId, *, code_hash: str, at: datetime
) -> AmbassadorId | None:
    """Make who writes in a conversation the ambassador whom a code invited; None when the code is not valid."""
    contact = (
        select(handles.c.contact_id)
        .join(conversations, conversations.c.handle_id == handles.c.id)
        .where(conversations.c.id == conversation)
        .scalar_subquery()
    )
    made = await connection.scalar(
        update(ambassadors)
        .where(*_valid(ambassadors, code_hash, at))
        .values(contact_id=contact, joined_at=at, code_hash=None, code_expires_at=None)
        .returning(ambassadors.c.id)
    )
    return None if made is None else AmbassadorId(made)


def _valid(table: Table, code_hash: str, at: datetime) -> tuple[Any, ...]:
    invited = table.c
    return (
        invited.code_hash == code_hash,
        invited.code_expires_at > at,
        invited.disabled_at.is_(None),
    )


async def count_tries(
    connection: AsyncConnection, conversation: ConversationId, *, since: datetime
) -> int:
    """How many codes came from a conversation since a moment, right or wrong."""
    m = inbound_messages.c
    tried = await connection.scalar(
        select(func.count()).where(
            m.conversation_id == conversation,
            m.received_at > since,
            or_(*(m.choice.startswith(f"{redemption}:") for redemption in Redemption)),
        )
    )
    return tried or 0


# ---- group chats


async def list_groups(connection: AsyncConnection) -> list[KnownGroup]:
    """Every group that was invited or linked, the newest first."""
    found = await connection.execute(select(group_chats).order_by(group_chats.c.id.desc()))
    return [_group(row) for row in found.mappings()]


async def lock_group(connection: AsyncConnection, group: int) -> KnownGroup | None:
    """One group, kept from changing until the transaction ends."""
    found = await connection.execute(
        select(group_chats).where(group_chats.c.id == group).with_for_update()
    )
    row = found.mappings().one_or_none()
    return None if row is None else _group(row)


def _group(row: RowMapping) -> KnownGroup:
    return KnownGroup(
        id=row["id"],
        title=row["title"],
        invited_until=row["code_expires_at"],
        linked_at=row["linked_at"],
        disabled_at=row["disabled_at"],
    )


async def add_group(
    connection: AsyncConnection, *, title: str, code_hash: str, expires_at: datetime, by: AgentId
) -> int:
    """A group that somebody will link with a code; its number."""
    made = await connection.scalar(
        insert(group_chats)
        .values(
            channel=Channel.TELEGRAM,
            title=title,
            code_hash=code_hash,
            code_expires_at=expires_at,
            invited_by=by,
        )
        .returning(group_chats.c.id)
    )
    assert made is not None  # noqa: S101 - an insert returns its row
    return int(made)


async def link_group(
    connection: AsyncConnection, *, handle: str, code_hash: str, at: datetime
) -> int | None:
    """Link the group in which a code was posted; None when the code is not valid."""
    made = await connection.scalar(
        update(group_chats)
        .where(*_valid(group_chats, code_hash, at))
        .values(external_id=handle, linked_at=at, code_hash=None, code_expires_at=None)
        .returning(group_chats.c.id)
    )
    return None if made is None else int(made)


async def is_linked(connection: AsyncConnection, *, handle: str) -> bool:
    """Whether a group is linked and nobody has unlinked it since."""
    found = await connection.scalar(
        select(func.count())
        .select_from(group_chats)
        .where(
            group_chats.c.channel == Channel.TELEGRAM,
            group_chats.c.external_id == handle,
            group_chats.c.disabled_at.is_(None),
        )
    )
    return bool(found)


async def unlink_group(connection: AsyncConnection, group: int, *, at: datetime) -> None:
    """Forget which group it is, and its open code; it may be linked anew with another code."""
    await connection.execute(
        update(group_chats)
        .where(group_chats.c.id == group)
        .values(external_id=None, disabled_at=at, code_hash=None, code_expires_at=None)
    )


# ---- cases


@dataclass(frozen=True, slots=True)
class CaseRoute:
    """Whom the answers to a relayed case reach. `ambassador` is None once they have erased their data."""

    number: TicketNumber
    person: str
    reach: Reach
    ambassador_name: str
    ambassador: ConversationId | None
    resident: ConversationId | None


_ROUTE = (
    select(
        tickets.c.number,
        tickets.c.on_behalf_of,
        tickets.c.reach_by,
        tickets.c.reach_detail,
        ambassadors.c.name,
        conversations.c.id.label("ambassador"),
    )
    .join(ambassadors, ambassadors.c.id == tickets.c.ambassador_id)
    .outerjoin(handles, handles.c.contact_id == ambassadors.c.contact_id)
    .outerjoin(conversations, conversations.c.handle_id == handles.c.id)
    .where(tickets.c.conversation_id == bindparam("conversation"))
    .order_by(tickets.c.number.desc())
    .limit(1)
)


async def route_of(connection: AsyncConnection, conversation: ConversationId) -> CaseRoute | None:
    """Where answers in the conversation of a relayed case go; None for an ordinary conversation."""
    found = await connection.execute(_ROUTE, {"conversation": conversation})
    row = found.mappings().one_or_none()
    if row is None:
        return None
    reach = Reach(row["reach_by"])
    own = reach in (Reach.PERSON, Reach.BOTH) and row["reach_detail"]
    return CaseRoute(
        number=TicketNumber(row["number"]),
        person=row["on_behalf_of"],
        reach=reach,
        ambassador_name=row["name"],
        ambassador=row["ambassador"],
        resident=await _on_whatsapp(connection, row["reach_detail"]) if own else None,
    )


async def _on_whatsapp(connection: AsyncConnection, phone: str) -> ConversationId | None:
    """The conversation of a phone number that can be reached."""
    found = await connection.scalar(
        select(conversations.c.id)
        .join(handles, handles.c.id == conversations.c.handle_id)
        .where(
            handles.c.channel == Channel.WHATSAPP,
            handles.c.external_id == phone,
            handles.c.reachable,
        )
    )
    return None if found is None else ConversationId(found)


async def open_conversation(
    connection: AsyncConnection, *, channel: Channel, handle: str, person: str, at: datetime
) -> ConversationId:
    """The conversation of a relayed case: it belongs to the person, who has no handle that we know."""
    contact = await connection.scalar(insert(contacts).values(name=person).returning(contacts.c.id))
    made = await connection.scalar(
        insert(handles)
        .values(contact_id=contact, channel=channel, external_id=handle)
        .returning(handles.c.id)
    )
    opened = await connection.scalar(
        insert(conversations)
        .values(handle_id=made, last_inbound_at=at)
        .returning(conversations.c.id)
    )
    assert opened is not None  # noqa: S101 - an insert returns its row
    return ConversationId(opened)


async def note_relay(
    connection: AsyncConnection,
    number: TicketNumber,
    *,
    ambassador: AmbassadorId,
    person: str,
    reach: Reach,
    phone: str,
) -> None:
    """Mark a ticket as relayed: by whom, for whom, and how to reach that person."""
    await connection.execute(
        update(tickets)
        .where(tickets.c.number == number)
        .values(ambassador_id=ambassador, on_behalf_of=person, reach_by=reach, reach_detail=phone)
    )


async def cases_of(
    connection: AsyncConnection, ambassador: AmbassadorId, *, limit: int
) -> list[tuple[TicketNumber, str, Reach]]:
    """Numbers of the cases that an ambassador relayed, newest first, with the person and the way to them."""
    found = await connection.execute(
        select(tickets.c.number, tickets.c.on_behalf_of, tickets.c.reach_by)
        .where(tickets.c.ambassador_id == ambassador)
        .order_by(tickets.c.number.desc())
        .limit(limit)
    )
    return [(TicketNumber(number), person, Reach(reach)) for number, person, reach in found]


async def person_of(connection: AsyncConnection, number: TicketNumber) -> str:
    """For whom a ticket was relayed; empty when it is the writer's own."""
    found = await connection.scalar(
        select(tickets.c.on_behalf_of).where(tickets.c.number == number)
    )
    return found or ""


async def case_of(
    connection: AsyncConnection, ambassador: AmbassadorId, number: TicketNumber
) -> tuple[str, Reach] | None:
    """The person of a case of an ambassador, and the way to them; None when it is not theirs."""
    found = await connection.execute(
        select(tickets.c.on_behalf_of, tickets.c.reach_by).where(
            tickets.c.number == number, tickets.c.ambassador_id == ambassador
        )
    )
    row = found.one_or_none()
    return None if row is None else (row[0], Reach(row[1]))
