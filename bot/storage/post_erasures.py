"""Posts in staff groups about residents whose data are erased: each waits here until its words are gone there too.

Queued in the transaction that erases, so none is forgotten; taken by one worker for a while (its lease). A row ends
when the post is blank. What cannot be blanked stays, for administrators, until one of them says that it is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.alerts import Way
from bot.storage.schema import alerts, post_erasures, staff_groups, tickets
from domain.messages import ConversationId
from domain.tickets import TicketNumber

_MOST_AT_ONCE = 20
_LONG = timedelta(hours=1)
"""After so long administrators are shown a post that was not even tried: Telegram may be switched off."""


class ErasureState(StrEnum):
    """How far the erasure of a post got; a row that is done is deleted."""

    QUEUED = "queued"
    FAILED = "failed"


class ErasureTrouble(StrEnum):
    """Why a post cannot be blanked, as stored; the desk says it in Latvian."""

    GROUP_GREW = "the group became a supergroup"
    OUT_OF_GROUP = "the assistant is not in the group"


@dataclass(frozen=True, slots=True)
class PostErasure:
    """A post to blank, named as `alerts.vendor_id` names it."""

    id: int
    post: str
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OpenErasure:
    """A post that still stands, as administrators see it."""

    id: int
    group: str
    ticket: TicketNumber
    posted_at: datetime | None
    state: ErasureState
    attempts: int
    error: str


async def queue(connection: AsyncConnection, conversation: ConversationId, *, at: datetime) -> None:
    """Have everything blanked that was posted about the tickets of a conversation; before those are deleted.

    The locks keep out a worker that posts at this moment: it waits, finds its alert gone, and queues its post itself.
    """
    own = select(tickets.c.number).where(tickets.c.conversation_id == conversation)
    numbers = (await connection.scalars(own.with_for_update())).all()
    found = await connection.execute(
        select(
            alerts.c.recipient_id,
            alerts.c.ticket_number,
            alerts.c.vendor_id,
            alerts.c.sent_at,
        )
        .where(alerts.c.ticket_number.in_(numbers), alerts.c.way == Way.GROUP)
        .with_for_update()
    )
    for row in found.all():
        if not row.vendor_id:
            continue
        await queue_post(
            connection,
            row.vendor_id,
            group=row.recipient_id,
            ticket=TicketNumber(row.ticket_number),
            posted_at=row.sent_at,
            at=at,
        )


async def queue_post(
    connection: AsyncConnection,
    post: str,
    *,
    group: int,
    ticket: TicketNumber,
    posted_at: datetime | None,
    at: datetime,
) -> None:
    """Have one post blanked."""
    new = pg_insert(post_erasures).values(
        post=post,
        group_id=group,
        ticket_number=ticket,
        posted_at=posted_at,
        due_at=at,
        created_at=at,
    )
    await connection.execute(new.on_conflict_do_nothing())


async def take(
    connection: AsyncConnection, *, now: datetime, lease: timedelta
) -> Sequence[PostErasure]:
    """Posts of one group that are due; nobody else gets the same while the lease lasts."""
    p = post_erasures.c
    is_due = (p.state == ErasureState.QUEUED, p.due_at <= now)
    group = select(p.group_id).where(*is_due).order_by(p.due_at, p.id).limit(1).scalar_subquery()
    due = (
        select(p.id)
        .where(*is_due, p.group_id == group)
        .order_by(p.id)
        .limit(_MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    taken = await connection.execute(
        update(post_erasures)
        .where(p.id.in_(due))
        .values(due_at=now + lease, attempts=p.attempts + 1)
        .returning(p.id, p.post, p.attempts, p.created_at)
    )
    return sorted((PostErasure(*row) for row in taken), key=lambda one: one.id)


async def note_done(connection: AsyncConnection, done: PostErasure) -> None:
    """The words are gone."""
    await connection.execute(delete(post_erasures).where(post_erasures.c.id == done.id))


async def give_back(
    connection: AsyncConnection, left: Sequence[PostErasure], *, due: datetime, error: str
) -> None:
    """Try again later."""
    await _set(connection, left, due_at=due, error=error)


async def mark_failed(
    connection: AsyncConnection, failed: Sequence[PostErasure], *, error: str
) -> None:
    """It cannot be blanked: somebody has to delete it in the group."""
    await _set(connection, failed, state=ErasureState.FAILED, error=error)


async def _set(connection: AsyncConnection, which: Sequence[PostErasure], **values: object) -> None:
    ids = [one.id for one in which]
    await connection.execute(
        update(post_erasures).where(post_erasures.c.id.in_(ids)).values(**values)
    )


# ---------------------------------------------------------------------------------------------- administrators


async def list_open(
    connection: AsyncConnection, *, now: datetime, limit: int = 100
) -> list[OpenErasure]:
    """Posts that failed, were tried in vain or wait for long, the oldest first."""
    p = post_erasures.c
    found = await connection.execute(
        select(post_erasures, staff_groups.c.title)
        .join(staff_groups, staff_groups.c.id == p.group_id)
        .where(or_(p.state == ErasureState.FAILED, p.error != "", p.created_at < now - _LONG))
        .order_by(p.id)
        .limit(limit)
    )
    return [
        OpenErasure(
            id=row["id"],
            group=row["title"],
            ticket=TicketNumber(row["ticket_number"]),
            posted_at=row["posted_at"],
            state=ErasureState(row["state"]),
            attempts=row["attempts"],
            error=row["error"],
        )
        for row in found.mappings()
    ]


async def retry(connection: AsyncConnection, erasure: int, *, at: datetime) -> TicketNumber | None:
    """Try a failed one again; the ticket it was about, None when it is not there any more."""
    p = post_erasures.c
    found = await connection.scalar(
        update(post_erasures)
        .where(p.id == erasure, p.state == ErasureState.FAILED)
        .values(state=ErasureState.QUEUED, due_at=at, created_at=at, error="")
        .returning(p.ticket_number)
    )
    return None if found is None else TicketNumber(found)


async def settle(connection: AsyncConnection, erasure: int) -> TicketNumber | None:
    """Somebody deleted a failed one in the group; the ticket it was about, None when it is not there any more."""
    p = post_erasures.c
    found = await connection.scalar(
        delete(post_erasures)
        .where(p.id == erasure, p.state == ErasureState.FAILED)
        .returning(p.ticket_number)
    )
    return None if found is None else TicketNumber(found)
