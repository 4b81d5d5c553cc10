"""Telegram groups that became supergroups, which have another id: everything that knew the old one follows.

The old id is kept, because buttons under old posts still come from there.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import group_chats, handles, staff_groups, telegram_moves
from domain.messages import Channel


@dataclass(frozen=True, slots=True)
class Moved:
    """What followed a group to its new id."""

    staff_group: int | None
    linked_group: int | None
    """Their numbers, None where there is none."""
    known: bool
    """Whether anything of ours knew the group."""


async def current_id(connection: AsyncConnection, chat: str) -> str:
    """The id of a group today."""
    found = select(telegram_moves.c.new_id).where(telegram_moves.c.old_id == chat)
    return await connection.scalar(found) or chat


async def move(connection: AsyncConnection, old: str, *, new: str, at: datetime) -> Moved:
    """Follow a group from its old id to its new one; of two who heard of it one does."""
    made = await connection.scalar(
        pg_insert(telegram_moves)
        .values(old_id=old, new_id=new, moved_at=at)
        .on_conflict_do_nothing()
        .returning(telegram_moves.c.old_id)
    )
    if made is None:
        return Moved(None, None, known=True)
    staff = await _follow(connection, staff_groups, old, new, unless={"disabled_at": at})
    linked = await _follow(
        connection, group_chats, old, new, unless={"external_id": None, "disabled_at": at}
    )
    handle = await _follow(connection, handles, old, new, unless={"reachable": False})
    known = any(one is not None for one in (staff, linked, handle))
    if not known:
        await connection.execute(delete(telegram_moves).where(telegram_moves.c.old_id == old))
    return Moved(staff, linked, known)


async def _follow(
    connection: AsyncConnection, table: Table, old: str, new: str, *, unless: dict[str, object]
) -> int | None:
    """The row that had the old id. Where the new id has one already, people were quicker, and the old row ends."""
    is_it = table.c.external_id == old
    if "channel" in table.c:
        is_it &= table.c.channel == Channel.TELEGRAM
    changed = update(table).where(is_it).returning(table.c.id)
    try:
        async with connection.begin_nested():
            found = await connection.scalar(changed.values(external_id=new))
    except IntegrityError:
        found = await connection.scalar(changed.values(unless))
    return None if found is None else int(found)
