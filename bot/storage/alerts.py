"""Alerts for staff: what is told to whom and by which way, so that nobody is told twice.

A row is found (`find_for_agents`), waits until it is due, is taken by one worker for a while (its lease), and ends as
`sent` or `failed`. It names a ticket and nothing of a resident. `occasion` tells apart what may happen to a ticket more
than once: its reopening, an answer after our answer, another deadline.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    case,
    cast,
    delete,
    exists,
    extract,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.agents import is_available
from bot.storage.schema import (
    agent_alerts,
    agent_queues,
    agents,
    alerts,
    inbound_messages,
    outbound_messages,
    staff_groups,
    staff_replies,
    tickets,
)
from bot.storage.tickets.conditions import DEADLINE, LAST_ANSWERED, LAST_SAID
from domain.messages import AgentId, MessageKind
from domain.tickets import HandoffReason, TicketNumber, TicketState
from domain.working_hours import RIGA

_FINDERS = 4_108_216
"""The advisory lock of the worker that looks for news; any number that nobody else uses."""

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


# ---------------------------------------------------------------------------------------------- finding


async def may_find(connection: AsyncConnection) -> bool:
    """Whether this transaction is the one that looks for news; of several workers one does."""
    return bool(await connection.scalar(select(func.pg_try_advisory_xact_lock(_FINDERS))))


async def find_for_agents(connection: AsyncConnection, *, now: datetime, morning: datetime) -> int:
    """Queue e-mails about what happened since each agent asked for them; how many.

    Those who want a digest get theirs in the `morning`.
    """
    return sum([await _queue(connection, wanted) for wanted in _news_for_agents(now, morning)])


async def _queue(connection: AsyncConnection, wanted: Select[Any]) -> int:
    new = pg_insert(alerts).from_select(list(_COLUMNS), wanted).on_conflict_do_nothing()
    try:
        async with connection.begin_nested():
            return (await connection.execute(new)).rowcount
    except IntegrityError:
        # A resident's tickets were erased while we looked at them; the next round finds the others.
        return 0


def _told(
    kind: AlertKind, occasion: ColumnElement[int], way: Way, recipient: ColumnElement[int]
) -> ColumnElement[bool]:
    """Whether this was queued before."""
    return exists().where(
        alerts.c.ticket_number == tickets.c.number,
        alerts.c.kind == kind,
        alerts.c.occasion == occasion,
        alerts.c.way == way,
        alerts.c.recipient_id == recipient,
    )


_COLUMNS = (
    "ticket_number", "kind", "occasion", "way", "recipient_id", "due_at", "first_due_at", "created_at",
)  # fmt: skip


def _news_for_agents(now: datetime, morning: datetime) -> list[Select[Any]]:
    since = agent_alerts.c.since
    mine = and_(tickets.c.state == TicketState.CLAIMED, tickets.c.agent_id == agents.c.id)
    due = case((agent_alerts.c.email == EmailAlerts.DIGEST, morning), else_=now)
    free = and_(
        tickets.c.state == TicketState.NEW,
        or_(tickets.c.opened_at >= since, tickets.c.reopened > 0),
        _works_in_it(),
        is_available(now.astimezone(RIGA).date()),
    )
    answered = func.greatest(tickets.c.claimed_at, LAST_ANSWERED, since) < LAST_SAID
    late = DEADLINE.between(since, now)
    return [
        _for_agents(AlertKind.NEW, cast(tickets.c.reopened, BigInteger), free, due, now),
        _for_agents(AlertKind.REPLIED, _LAST_ANSWER, and_(mine, answered), due, now),
        _for_agents(AlertKind.OVERDUE, _DEADLINE_ITSELF, and_(mine, late), due, now),
    ]


async def find_for_groups(connection: AsyncConnection, *, now: datetime) -> int:
    """Queue posts about what happened since each group was linked; how many."""
    since = staff_groups.c.linked_at
    is_open = tickets.c.state.in_((TicketState.NEW, TicketState.CLAIMED))
    free = and_(
        tickets.c.state == TicketState.NEW,
        or_(tickets.c.opened_at >= since, tickets.c.reopened > 0),
    )
    late = and_(is_open, DEADLINE.between(since, now))
    said = and_(
        is_open,
        inbound_messages.c.received_at > func.greatest(tickets.c.opened_at, since),
        inbound_messages.c.kind != MessageKind.PRESS,
        _root().is_not(None),
    )
    news = (
        (AlertKind.NEW, cast(tickets.c.reopened, BigInteger), staff_groups, free),
        (AlertKind.OVERDUE, _DEADLINE_ITSELF, staff_groups, late),
        (
            AlertKind.SAID,
            inbound_messages.c.id,
            staff_groups.join(inbound_messages, true()),
            and_(said, inbound_messages.c.conversation_id == tickets.c.conversation_id),
        ),
        (
            AlertKind.DRAFT,
            staff_replies.c.id,
            staff_groups.join(staff_replies, staff_replies.c.group_id == staff_groups.c.id),
            staff_replies.c.ticket_number == tickets.c.number,
        ),
    )
    found = 0
    for kind, occasion, source, happened in news:
        wanted = (
            select(
                tickets.c.number,
                literal(kind),
                occasion,
                literal(Way.GROUP),
                staff_groups.c.id,
                literal(now),
                literal(now),
                literal(now),
            )
            .select_from(source)
            .join(tickets, happened)
            .where(
                since.is_not(None),
                staff_groups.c.disabled_at.is_(None),
                ~_told(kind, occasion, Way.GROUP, staff_groups.c.id),
            )
            .order_by(occasion)
        )
        found += await _queue(connection, wanted)
    return found


def _root() -> ScalarSelect[str]:
    """The first post about a ticket in a group, under which what follows belongs."""
    root = alerts.alias("root")
    return (
        select(root.c.vendor_id)
        .where(
            root.c.way == Way.GROUP,
            root.c.ticket_number == tickets.c.number,
            root.c.recipient_id == staff_groups.c.id,
            root.c.kind.in_((AlertKind.NEW, AlertKind.OVERDUE)),
            root.c.state == AlertState.SENT,
        )
        .order_by(root.c.id)
        .limit(1)
        .correlate(tickets, staff_groups)
        .scalar_subquery()
    )


def _works_in_it() -> ColumnElement[bool]:
    """Whether an agent works in the queue of a ticket: it is theirs, or they have none and so all."""
    own = select(agent_queues.c.queue).where(agent_queues.c.agent_id == agents.c.id)
    return or_(~own.exists(), own.where(agent_queues.c.queue == tickets.c.queue).exists())


_LAST_ANSWER = func.coalesce(
    select(func.max(outbound_messages.c.id))
    .where(
        outbound_messages.c.conversation_id == tickets.c.conversation_id,
        outbound_messages.c.agent_id.is_not(None),
    )
    .scalar_subquery(),
    0,
)
_DEADLINE_ITSELF = cast(extract("epoch", DEADLINE), BigInteger)


def _for_agents(
    kind: AlertKind,
    occasion: ColumnElement[int],
    happened: ColumnElement[bool],
    due: ColumnElement[datetime],
    now: datetime,
) -> Select[Any]:
    told = _told(kind, occasion, Way.EMAIL, agents.c.id)
    return (
        select(
            tickets.c.number,
            literal(kind),
            occasion,
            literal(Way.EMAIL),
            agents.c.id,
            due,
            due,
            literal(now),
        )
        .select_from(agent_alerts.join(agents, agents.c.id == agent_alerts.c.agent_id))
        .join(tickets, happened)
        .where(agents.c.disabled_at.is_(None), ~told)
    )


# ---------------------------------------------------------------------------------------------- showing


@dataclass(frozen=True, slots=True)
class News:
    """What is so now; a page compares it with what it told before. `occasion` as in the table."""

    kind: AlertKind
    ticket: TicketNumber
    queue: str
    occasion: int


async def news_of(connection: AsyncConnection, agent: AgentId, *, now: datetime) -> list[News]:
    """Free tickets in an agent's queues, own tickets with a word of the resident to answer, and own late ones."""
    mine = and_(tickets.c.state == TicketState.CLAIMED, tickets.c.agent_id == agents.c.id)
    last_said = (
        select(func.max(inbound_messages.c.id))
        .where(inbound_messages.c.conversation_id == tickets.c.conversation_id)
        .scalar_subquery()
    )
    answered = func.greatest(tickets.c.claimed_at, LAST_ANSWERED) < LAST_SAID
    so = [
        (
            AlertKind.NEW,
            tickets.c.reopened,
            and_(tickets.c.state == TicketState.NEW, _works_in_it()),
        ),
        (AlertKind.REPLIED, last_said, and_(mine, answered)),
        (AlertKind.OVERDUE, _DEADLINE_ITSELF, and_(mine, now > DEADLINE)),
    ]
    found = await connection.execute(
        union_all(
            *(
                select(
                    literal(kind).label("kind"),
                    tickets.c.number,
                    tickets.c.queue,
                    cast(occasion, BigInteger).label("occasion"),
                )
                .select_from(agents)
                .join(tickets, is_so)
                .where(agents.c.id == agent)
                for kind, occasion, is_so in so
            )
        )
    )
    return [
        News(AlertKind(row.kind), TicketNumber(row.number), row.queue, row.occasion)
        for row in found
    ]


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
                (alerts.c.kind == AlertKind.DRAFT, written.scalar_subquery()), else_=_root()
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
