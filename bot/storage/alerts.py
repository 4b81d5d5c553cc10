"""Alerts for staff: what is told to whom and by which way, so that nobody is told twice.

A row is found (`bot/storage/news.py`), waits until it is due, is taken by one worker for a while (its lease), and ends
as `sent` or `failed`. It names a ticket and nothing of a resident. `occasion` tells apart what may happen to a ticket
more than once: its reopening, an answer after our answer, another deadline.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    ScalarSelect,
    and_,
    case,
    delete,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import (
    agent_alerts,
    agents,
    alerts,
    inbound_messages,
    staff_groups,
    staff_replies,
    tickets,
)
from bot.storage.tickets.conditions import DEADLINE
from domain.messages import AgentId
from domain.tickets import HandoffReason, TicketNumber, TicketState

_MOST_AT_ONCE = 200


class Way(StrEnum):
    """How staff are told."""

    EMAIL = "email"
    GROUP = "group"
    """A group chat of staff on Telegram."""


class AlertKind(StrEnum):
    """What staff are told."""

    NEW = "new"
    """A ticket is free: opened, or reopened by the resident."""
    REPLIED = "replied"
    """The resident wrote in one's own ticket."""
    OVERDUE = "overdue"
    """A deadline has passed: for an agent that of an own ticket."""
    UNTAKEN = "untaken"
    """A deadline has passed and nobody holds the ticket: for those who work in its queue."""
    HANDED = "handed"
    """A colleague handed a ticket over: for its new holder."""
    RETURNED = "returned"
    """A ticket is free again because its holder let it go, or had to."""
    SAID = "said"
    """The resident wrote in an open ticket: for groups, which follow what is said."""
    DRAFT = "draft"
    """An answer was written in the group and waits for its author's confirmation."""


class EmailAlerts(StrEnum):
    """When an agent wants e-mail."""

    OFF = "off"
    AT_ONCE = "at_once"
    DIGEST = "digest"
    """Once, when a working day begins."""


class AlertState(StrEnum):
    """How far an alert got."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class MailTrouble(StrEnum):
    """Why nothing leaves by e-mail until somebody mends it, as stored; the desk says it in Latvian, with the mend.

    What the server said itself may follow.
    """

    UNKNOWN_CERTIFICATE = "the certificate was signed by nobody whom we trust"
    EXPIRED_CERTIFICATE = "the certificate has expired or is not valid yet"
    OTHERS_CERTIFICATE = "the certificate is for another host"
    WRONG_CERTIFICATE = "the certificate is not right"
    NO_TLS = "no TLS that we understand"
    NO_ENCRYPTION = "offers no encryption, so the password was not sent"
    LOGIN_REFUSED = "login refused"
    OUT_OF_REACH = "out of reach"


_OPEN = (AlertState.QUEUED, AlertState.SENDING)


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to tell, with the ticket as it is now."""

    id: int
    kind: AlertKind
    attempts: int
    first_due: datetime
    occasion: int
    ticket: TicketNumber
    queue: str
    state: TicketState
    agent: AgentId | None
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Mailbag:
    """Everything that one agent is to be told now."""

    agent: AgentId
    email: str
    wants: EmailAlerts
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class GroupPost:
    """One thing to post in a group."""

    alert: Alert
    reason: HandoffReason
    holder: str
    """Who holds the ticket, empty when nobody does."""
    subject: str
    said: str
    """What the resident wrote, for `SAID`."""
    reply_to: str
    """The message under which it belongs, empty when there is none."""


@dataclass(frozen=True, slots=True)
class GroupBag:
    """Everything that one group is to be told now."""

    group: int
    chat: str
    with_words: bool
    posts: tuple[GroupPost, ...]


@dataclass(frozen=True, slots=True)
class AlertTrouble:
    """An alert that could not be sent, or not yet."""

    ticket: TicketNumber
    kind: AlertKind
    who: str
    state: AlertState
    attempts: int
    error: str
    created_at: datetime


# ---------------------------------------------------------------------------------------------- wishes


async def email_wish(connection: AsyncConnection, agent: AgentId) -> EmailAlerts:
    """When an agent wants e-mail; off until they choose."""
    found = select(agent_alerts.c.email).where(agent_alerts.c.agent_id == agent)
    return EmailAlerts(await connection.scalar(found) or EmailAlerts.OFF)


async def set_email_wish(
    connection: AsyncConnection, agent: AgentId, wish: EmailAlerts, *, at: datetime, due: datetime
) -> None:
    """Change when an agent wants e-mail. What waits for them is due then, or is forgotten with `OFF`."""
    waiting = and_(
        alerts.c.way == Way.EMAIL,
        alerts.c.recipient_id == agent,
        alerts.c.state == AlertState.QUEUED,
    )
    if wish is EmailAlerts.OFF:
        await connection.execute(delete(agent_alerts).where(agent_alerts.c.agent_id == agent))
        await connection.execute(delete(alerts).where(waiting))
        return
    new = pg_insert(agent_alerts).values(agent_id=agent, email=wish, since=at)
    await connection.execute(
        new.on_conflict_do_update(index_elements=["agent_id"], set_={"email": wish})
    )
    await connection.execute(update(alerts).where(waiting).values(due_at=due, first_due_at=due))


# ---------------------------------------------------------------------------------------------- sending


async def take_mailbag(
    connection: AsyncConnection, *, now: datetime, lease: timedelta
) -> Mailbag | None:
    """What one agent is to be told now, kept from other workers for the lease; None when nothing is due.

    An agent whose mail another worker is sending is left alone, so that a digest is one mail.
    """
    own = and_(alerts.c.way == Way.EMAIL, alerts.c.recipient_id == agents.c.id)
    due = exists().where(own, alerts.c.state.in_(_OPEN), alerts.c.due_at <= now)
    busy = exists().where(own, alerts.c.state == AlertState.SENDING, alerts.c.due_at > now)
    found = await connection.execute(
        select(agents.c.id, agents.c.email, agent_alerts.c.email.label("wants"))
        .join(agent_alerts, agent_alerts.c.agent_id == agents.c.id)
        .where(agents.c.disabled_at.is_(None), due, ~busy)
        .order_by(agents.c.id)
        .limit(1)
        .with_for_update(of=agent_alerts, skip_locked=True)
    )
    who = found.one_or_none()
    if who is None:
        return None
    taken = await _take(connection, Way.EMAIL, who.id, now=now, lease=lease)
    return Mailbag(AgentId(who.id), who.email, EmailAlerts(who.wants), taken)


async def take_group_bag(
    connection: AsyncConnection, *, now: datetime, lease: timedelta
) -> GroupBag | None:
    """What one group is to be told now, as `take_mailbag`."""
    own = and_(alerts.c.way == Way.GROUP, alerts.c.recipient_id == staff_groups.c.id)
    due = exists().where(own, alerts.c.state.in_(_OPEN), alerts.c.due_at <= now)
    busy = exists().where(own, alerts.c.state == AlertState.SENDING, alerts.c.due_at > now)
    found = await connection.execute(
        select(staff_groups.c.id, staff_groups.c.external_id, staff_groups.c.with_words)
        .where(staff_groups.c.disabled_at.is_(None), due, ~busy)
        .order_by(staff_groups.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    group = found.one_or_none()
    if group is None:
        return None
    taken = await _take(connection, Way.GROUP, group.id, now=now, lease=lease)
    posts = await _posts(connection, taken)
    return GroupBag(group.id, group.external_id, group.with_words, posts)


def root_post() -> ScalarSelect[str]:
    """The first post about a ticket in a group, under which what follows belongs."""
    root = alerts.alias("root")
    return (
        select(root.c.vendor_id)
        .where(
            root.c.way == Way.GROUP,
            root.c.ticket_number == tickets.c.number,
            root.c.recipient_id == staff_groups.c.id,
            root.c.kind.in_((AlertKind.NEW, AlertKind.RETURNED, AlertKind.OVERDUE)),
            root.c.state == AlertState.SENT,
        )
        .order_by(root.c.id)
        .limit(1)
        .correlate(tickets, staff_groups)
        .scalar_subquery()
    )


async def _posts(connection: AsyncConnection, taken: Sequence[Alert]) -> tuple[GroupPost, ...]:
    said = select(inbound_messages.c.text).where(inbound_messages.c.id == alerts.c.occasion)
    written = select(staff_replies.c.message_id).where(staff_replies.c.id == alerts.c.occasion)
    rows = await connection.execute(
        select(
            alerts.c.id,
            tickets.c.reason,
            tickets.c.subject,
            agents.c.name.label("holder"),
            case((alerts.c.kind == AlertKind.SAID, said.scalar_subquery())).label("said"),
            case(
                (alerts.c.kind == AlertKind.DRAFT, written.scalar_subquery()), else_=root_post()
            ).label("reply_to"),
        )
        .select_from(alerts)
        .join(tickets, tickets.c.number == alerts.c.ticket_number)
        .join(staff_groups, staff_groups.c.id == alerts.c.recipient_id)
        .outerjoin(agents, agents.c.id == tickets.c.agent_id)
        .where(alerts.c.id.in_([alert.id for alert in taken]))
    )
    known = {row.id: row for row in rows}
    return tuple(
        GroupPost(
            alert=alert,
            reason=HandoffReason(known[alert.id].reason),
            holder=known[alert.id].holder or "",
            subject=known[alert.id].subject,
            said=known[alert.id].said or "",
            reply_to=known[alert.id].reply_to or "",
        )
        for alert in taken
    )


async def _take(
    connection: AsyncConnection, way: Way, recipient: int, *, now: datetime, lease: timedelta
) -> tuple[Alert, ...]:
    """Mark what is due as being sent. Rows that a killed worker left come along when their lease is over."""
    due = (
        select(alerts.c.id)
        .where(
            alerts.c.way == way,
            alerts.c.recipient_id == recipient,
            alerts.c.state.in_(_OPEN),
            alerts.c.due_at <= now,
        )
        .order_by(alerts.c.id)
        .limit(_MOST_AT_ONCE)
    )
    taken = await connection.scalars(
        update(alerts)
        .where(alerts.c.id.in_(due))
        .values(state=AlertState.SENDING, attempts=alerts.c.attempts + 1, due_at=now + lease)
        .returning(alerts.c.id)
    )
    rows = await connection.execute(
        select(
            alerts,
            tickets.c.queue,
            tickets.c.state.label("ticket_state"),
            tickets.c.agent_id,
            DEADLINE.label("deadline"),
        )
        .join(tickets, tickets.c.number == alerts.c.ticket_number)
        .where(alerts.c.id.in_(taken.all()))
        .order_by(alerts.c.id)
    )
    return tuple(
        Alert(
            id=row["id"],
            kind=AlertKind(row["kind"]),
            attempts=row["attempts"],
            first_due=row["first_due_at"],
            occasion=row["occasion"],
            ticket=TicketNumber(row["ticket_number"]),
            queue=row["queue"],
            state=TicketState(row["ticket_state"]),
            agent=None if row["agent_id"] is None else AgentId(row["agent_id"]),
            deadline=row["deadline"],
        )
        for row in rows.mappings()
    )


async def mark_sent(
    connection: AsyncConnection, sent: Sequence[Alert], *, at: datetime, vendor_id: str
) -> bool:
    """Note that somebody was told; False when the ticket was erased while they were."""
    return await _set(
        connection, sent, state=AlertState.SENT, sent_at=at, vendor_id=vendor_id, error=""
    )


async def mark_failed(connection: AsyncConnection, failed: Sequence[Alert], *, error: str) -> None:
    """Note that somebody cannot be told."""
    await _set(connection, failed, state=AlertState.FAILED, error=error)


async def give_back(
    connection: AsyncConnection, left: Sequence[Alert], *, due: datetime, error: str
) -> None:
    """Try again later."""
    await _set(connection, left, state=AlertState.QUEUED, due_at=due, error=error)


async def forget(connection: AsyncConnection, needless: Sequence[Alert]) -> None:
    """Drop what is not so any more; should it be so again, it is found again."""
    await connection.execute(delete(alerts).where(alerts.c.id.in_([one.id for one in needless])))


async def _set(connection: AsyncConnection, which: Sequence[Alert], **values: object) -> bool:
    ids = [one.id for one in which]
    changed = await connection.execute(update(alerts).where(alerts.c.id.in_(ids)).values(**values))
    return changed.rowcount > 0


# ---------------------------------------------------------------------------------------------- looking


async def list_troubles(
    connection: AsyncConnection, *, since: datetime, limit: int = 50
) -> list[AlertTrouble]:
    """Alerts since a moment that failed or wait for another try, the newest first."""
    found = await connection.execute(
        select(alerts, func.coalesce(agents.c.name, staff_groups.c.title).label("who"))
        .outerjoin(agents, and_(alerts.c.way == Way.EMAIL, agents.c.id == alerts.c.recipient_id))
        .outerjoin(
            staff_groups,
            and_(alerts.c.way == Way.GROUP, staff_groups.c.id == alerts.c.recipient_id),
        )
        .where(alerts.c.error != "", alerts.c.created_at >= since)
        .order_by(alerts.c.id.desc())
        .limit(limit)
    )
    return [
        AlertTrouble(
            ticket=TicketNumber(row["ticket_number"]),
            kind=AlertKind(row["kind"]),
            who=row["who"] or "",
            state=AlertState(row["state"]),
            attempts=row["attempts"],
            error=row["error"],
            created_at=row["created_at"],
        )
        for row in found.mappings()
    ]
