"""What happened that staff should be told: found once for the table of alerts, and as it is now for an open page.

`occasion` tells apart what may happen to a ticket more than once: its reopening, an answer after our answer, another
deadline, another hand-over or return.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    case,
    cast,
    exists,
    extract,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.agents import is_available
from bot.storage.alerts import AlertKind, EmailAlerts, Way, root_post
from bot.storage.queues import works_in
from bot.storage.schema import (
    agent_alerts,
    agents,
    alerts,
    inbound_messages,
    outbound_messages,
    staff_groups,
    staff_replies,
    ticket_events,
    tickets,
)
from bot.storage.tickets.conditions import DEADLINE, LAST_ANSWERED, LAST_SAID
from domain.messages import AgentId, MessageKind
from domain.tickets import TicketNumber, TicketState
from domain.working_hours import RIGA

_FINDERS = 4_108_216
"""The advisory lock of the worker that looks for news; any number that nobody else uses."""


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
    today = now.astimezone(RIGA).date()
    free = and_(
        tickets.c.state == TicketState.NEW, works_in(tickets.c.queue, today), is_available(today)
    )
    new = and_(free, _is_new(), or_(tickets.c.opened_at >= since, tickets.c.reopened > 0))
    answered = func.greatest(tickets.c.claimed_at, LAST_ANSWERED, since) < LAST_SAID
    late = DEADLINE.between(since, now)
    return [
        _for_agents(AlertKind.NEW, cast(tickets.c.reopened, BigInteger), new, due, now),
        _for_agents(
            AlertKind.RETURNED,
            _LAST_FREED,
            and_(free, ~_is_new(), _freed_by_others(), since <= _FREED_AT),
            due,
            now,
        ),
        _for_agents(AlertKind.UNTAKEN, _DEADLINE_ITSELF, and_(free, late), due, now),
        _for_agents(
            AlertKind.HANDED,
            _LAST_HANDED,
            and_(mine, _handed_by_others(), tickets.c.claimed_at >= since),
            due,
            now,
        ),
        _for_agents(AlertKind.REPLIED, _LAST_ANSWER, and_(mine, answered), due, now),
        _for_agents(AlertKind.OVERDUE, _DEADLINE_ITSELF, and_(mine, late), due, now),
    ]


async def find_for_groups(connection: AsyncConnection, *, now: datetime) -> int:
    """Queue posts about what happened since each group was linked; how many."""
    since = staff_groups.c.linked_at
    is_open = tickets.c.state.in_((TicketState.NEW, TicketState.CLAIMED))
    free = tickets.c.state == TicketState.NEW
    new = and_(free, _is_new(), or_(tickets.c.opened_at >= since, tickets.c.reopened > 0))
    returned = and_(free, ~_is_new(), since <= _FREED_AT)
    late = and_(is_open, DEADLINE.between(since, now))
    said = and_(
        is_open,
        inbound_messages.c.received_at > func.greatest(tickets.c.opened_at, since),
        inbound_messages.c.kind != MessageKind.PRESS,
        root_post().is_not(None),
    )
    news = (
        (AlertKind.NEW, cast(tickets.c.reopened, BigInteger), staff_groups, new),
        (AlertKind.RETURNED, _LAST_FREED, staff_groups, returned),
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


_FREED = ("returned", "given_back")
_MADE_FREE = ("opened", "reopened", "moved", *_FREED)


def _last_event(*kinds: str, column: ColumnElement[Any]) -> ScalarSelect[Any]:
    """A column of the last event of such a kind of a ticket."""
    return (
        select(column)
        .where(ticket_events.c.ticket_number == tickets.c.number, ticket_events.c.kind.in_(kinds))
        .order_by(ticket_events.c.id.desc())
        .limit(1)
        .correlate(tickets)
        .scalar_subquery()
    )


_LAST_FREED = _last_event(*_FREED, column=ticket_events.c.id)
_FREED_AT = _last_event(*_FREED, column=ticket_events.c.at)
_LAST_HANDED = _last_event("handed_over", column=ticket_events.c.id)


def _is_new() -> ColumnElement[bool]:
    """Whether a free ticket is free because the resident wrote, not because its holder had to let it go."""
    made_free = _last_event(*_MADE_FREE, column=ticket_events.c.kind)
    return func.coalesce(made_free, "opened").not_in(_FREED)


def _freed_by_others() -> ColumnElement[bool]:
    return _last_event(*_FREED, column=ticket_events.c.agent_id).is_distinct_from(agents.c.id)


def _handed_by_others() -> ColumnElement[bool]:
    """Whether a claimed ticket came to its holder from somebody else."""
    at = _last_event("handed_over", column=ticket_events.c.at)
    by = _last_event("handed_over", column=ticket_events.c.agent_id)
    return and_(at == tickets.c.claimed_at, by.is_distinct_from(agents.c.id))


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
    """Free tickets in an agent's queues, own ones that a colleague handed over or the resident wrote in, late ones."""
    today = now.astimezone(RIGA).date()
    free = and_(tickets.c.state == TicketState.NEW, works_in(tickets.c.queue, today))
    mine = and_(tickets.c.state == TicketState.CLAIMED, tickets.c.agent_id == agents.c.id)
    last_said = (
        select(func.max(inbound_messages.c.id))
        .where(inbound_messages.c.conversation_id == tickets.c.conversation_id)
        .scalar_subquery()
    )
    answered = func.greatest(tickets.c.claimed_at, LAST_ANSWERED) < LAST_SAID
    unanswered = func.coalesce(tickets.c.claimed_at > LAST_ANSWERED, true())
    so = [
        (AlertKind.NEW, tickets.c.reopened, and_(free, _is_new())),
        (AlertKind.RETURNED, _LAST_FREED, and_(free, ~_is_new(), _freed_by_others())),
        (AlertKind.UNTAKEN, _DEADLINE_ITSELF, and_(free, now > DEADLINE)),
        (AlertKind.HANDED, _LAST_HANDED, and_(mine, _handed_by_others(), unanswered)),
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
