"""Group chats of staff, which agents are who in them, and answers that wait there for "sūtīt iedzīvotājam"."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import agent_telegrams, agents, alerts, staff_groups, staff_replies
from domain.messages import AgentId
from domain.tickets import TicketNumber

CODE_LASTS = timedelta(hours=1)
"""How long a one-time code works."""

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 12
"""60 bits, so a code cannot be guessed within its hour."""


@dataclass(frozen=True, slots=True)
class StaffGroup:
    """A group chat of staff on Telegram."""

    id: int
    chat: str
    """Empty until the code was posted in the group."""
    title: str
    with_words: bool
    """Whether the group is shown what residents write."""
    on: bool
    linked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Member:
    """An agent who is known on Telegram."""

    agent: AgentId
    name: str


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer written in the group that nobody has confirmed yet."""

    id: int
    ticket: TicketNumber
    agent: AgentId
    text: str


def new_code() -> str:
    """A one-time code as people see it: `K7QF-2MXA-9RTD`. Only its digest is stored."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
    return "-".join(letters[i : i + 4] for i in range(0, _CODE_LENGTH, 4))


def digest(code: str) -> str:
    """What is stored of a code, however it was typed."""
    return hashlib.sha256(code.replace("-", "").upper().encode()).hexdigest()


# ---------------------------------------------------------------------------------------------- groups


async def invite_group(
    connection: AsyncConnection, code: str, *, expires_at: datetime, by: AgentId
) -> None:
    """Wait for a group in which this code is posted."""
    await connection.execute(
        insert(staff_groups).values(
            code_hash=digest(code), code_expires_at=expires_at, invited_by=by
        )
    )


async def link_group(
    connection: AsyncConnection, code: str, *, chat: str, title: str, at: datetime
) -> AgentId | None:
    """Make a chat a staff group, if the code is right; who made the code. One that was one before becomes it again."""
    g = staff_groups.c
    found = await connection.execute(
        delete(staff_groups)
        .where(g.code_hash == digest(code), g.code_expires_at > at, g.external_id.is_(None))
        .returning(g.invited_by)
    )
    row = found.one_or_none()
    if row is None:
        return None
    new = pg_insert(staff_groups).values(
        external_id=chat, title=title, invited_by=row.invited_by, linked_at=at
    )
    again = {"title": title, "invited_by": row.invited_by, "linked_at": at, "disabled_at": None}
    await connection.execute(new.on_conflict_do_update(index_elements=["external_id"], set_=again))
    return AgentId(row.invited_by)


async def find_group(connection: AsyncConnection, chat: str) -> StaffGroup | None:
    """The staff group that a chat is, one that is switched off too."""
    found = await connection.execute(select(staff_groups).where(staff_groups.c.external_id == chat))
    row = found.one_or_none()
    return None if row is None else _group(row)


async def list_groups(connection: AsyncConnection) -> list[StaffGroup]:
    """Every group that was linked, switched off ones too."""
    g = staff_groups.c
    found = await connection.execute(
        select(staff_groups).where(g.external_id.is_not(None)).order_by(g.id)
    )
    return [_group(row) for row in found]


def _group(row: Row[Any]) -> StaffGroup:
    return StaffGroup(
        id=row.id,
        chat=row.external_id or "",
        title=row.title,
        with_words=row.with_words,
        on=row.disabled_at is None,
        linked_at=row.linked_at,
    )


async def show_words(connection: AsyncConnection, group: int, *, wanted: bool) -> bool:
    """Let a group see what residents write, or not; False when there is no such group."""
    return await _change(connection, group, with_words=wanted)


async def switch_off(connection: AsyncConnection, group: int, *, at: datetime) -> bool:
    """Tell a group nothing more; it stays no conversation of residents. False when there is no such group."""
    return await _change(connection, group, disabled_at=at)


async def _change(connection: AsyncConnection, group: int, **values: object) -> bool:
    changed = await connection.execute(
        update(staff_groups).where(staff_groups.c.id == group).values(**values)
    )
    return changed.rowcount == 1


# ---------------------------------------------------------------------------------------------- members


async def invite_member(
    connection: AsyncConnection, agent: AgentId, code: str, *, expires_at: datetime
) -> None:
    """Wait for the agent to send this code from their Telegram; who is linked stays so until then."""
    values = {"code_hash": digest(code), "code_expires_at": expires_at}
    new = pg_insert(agent_telegrams).values(agent_id=agent, **values)
    await connection.execute(new.on_conflict_do_update(index_elements=["agent_id"], set_=values))


async def link_member(
    connection: AsyncConnection, code: str, *, user: str, at: datetime
) -> Member | None:
    """Note whose Telegram this is, if the code is right; a Telegram account belongs to one agent."""
    t = agent_telegrams.c
    found = await connection.scalar(
        select(t.agent_id)
        .join(agents, agents.c.id == t.agent_id)
        .where(t.code_hash == digest(code), t.code_expires_at > at, agents.c.disabled_at.is_(None))
        .with_for_update(of=agent_telegrams)
    )
    if found is None:
        return None
    await connection.execute(
        update(agent_telegrams).where(t.user_id == user, t.agent_id != found).values(user_id=None)
    )
    await connection.execute(
        update(agent_telegrams)
        .where(t.agent_id == found)
        .values(user_id=user, code_hash=None, code_expires_at=None)
    )
    return await find_member(connection, user)


async def unlink_member(connection: AsyncConnection, agent: AgentId) -> None:
    """Forget whose Telegram this was."""
    await connection.execute(delete(agent_telegrams).where(agent_telegrams.c.agent_id == agent))


async def find_member(connection: AsyncConnection, user: str) -> Member | None:
    """The agent behind a Telegram account, if their account is on."""
    found = await connection.execute(
        select(agents.c.id, agents.c.name)
        .join(agent_telegrams, agent_telegrams.c.agent_id == agents.c.id)
        .where(agent_telegrams.c.user_id == user, agents.c.disabled_at.is_(None))
    )
    row = found.one_or_none()
    return None if row is None else Member(AgentId(row.id), row.name)


async def is_linked(connection: AsyncConnection, agent: AgentId) -> bool:
    """Whether an agent's Telegram is known."""
    found = select(agent_telegrams.c.user_id).where(agent_telegrams.c.agent_id == agent)
    return await connection.scalar(found) is not None


# ---------------------------------------------------------------------------------------------- answers


async def ticket_of_post(
    connection: AsyncConnection, group: int, *, message: str
) -> TicketNumber | None:
    """The ticket that a post of ours in a group is about; `message` is the key of `Posted`."""
    a = alerts.c
    found = await connection.scalar(
        select(a.ticket_number).where(
            a.way == "group", a.recipient_id == group, a.vendor_id == message
        )
    )
    return None if found is None else TicketNumber(found)


async def store_draft(
    connection: AsyncConnection,
    group: int,
    *,
    message: str,
    ticket: TicketNumber,
    agent: AgentId,
    text: str,
    at: datetime,
) -> bool:
    """Keep an answer until it is confirmed; False when this message was kept before."""
    new = pg_insert(staff_replies).values(
        group_id=group,
        message_id=message,
        ticket_number=ticket,
        agent_id=agent,
        text=text,
        created_at=at,
    )
    made = await connection.scalar(new.on_conflict_do_nothing().returning(staff_replies.c.id))
    return made is not None


async def edit_draft(
    connection: AsyncConnection, group: int, *, message: str, agent: AgentId, text: str
) -> None:
    """The agent changed their words before confirming them."""
    r = staff_replies.c
    await connection.execute(
        update(staff_replies)
        .where(r.group_id == group, r.message_id == message, r.agent_id == agent)
        .values(text=text)
    )


async def find_draft(connection: AsyncConnection, group: int, draft: int) -> Draft | None:
    """An answer that waits; None when it was decided."""
    r = staff_replies.c
    found = await connection.execute(
        select(staff_replies).where(r.id == draft, r.group_id == group)
    )
    row = found.one_or_none()
    if row is None:
        return None
    return Draft(row.id, TicketNumber(row.ticket_number), AgentId(row.agent_id), row.text)


async def drop_draft(connection: AsyncConnection, draft: int) -> bool:
    """Forget a decided answer; False when somebody was first."""
    dropped = await connection.execute(delete(staff_replies).where(staff_replies.c.id == draft))
    return dropped.rowcount == 1
