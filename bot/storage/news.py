"""What happened that staff should be told: found once for the table of alerts, and as it is now for an open page.

`occasion` tells apart what may happen to a ticket more than once: its reopening, an answer after our answer, another
deadline, another hand-over or return.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
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


_FREED = ("returned", "given_back", "released")
_MADE_FREE = ("opened", "reopened", "moved", "routed", *_FREED)


def _last_events(name: str, state: TicketState, kinds: Sequence[str]) -> CTE:
    """The last event of such a kind of each ticket in a state; found once, however many agents are told of it."""
    of = tickets.alias("of")
    last = (
        select(ticket_events)
        .where(ticket_events.c.ticket_number == of.c.number, ticket_events.c.kind.in_(kinds))
        .order_by(ticket_events.c.id.desc())
        .limit(1)
        .lateral("last")
    )
    found = select(last).select_from(of).join(last, true()).where(of.c.state == state)
    return found.cte(name).prefix_with("MATERIALIZED")


_MADE = _last_events("made_free", TicketState.NEW, _MADE_FREE)
"""How each free ticket became free."""
_HANDED = _last_events("handed", TicketState.CLAIMED, ("handed_over",))
_WAITING = (
    select(
        tickets.c.number.label("ticket_number"),
        DEADLINE.label("deadline"),
        cast(extract("epoch", DEADLINE), BigInteger).label("id"),
    )
    .where(tickets.c.state == TicketState.NEW)
    .cte("waiting")
    .prefix_with("MATERIALIZED")
)
"""The deadlines of free tickets."""

_IS_NEW = _MADE.c.kind.not_in(_FREED)
"""Whether a ticket is free because the resident wrote, not because its holder let it go or had to, or it was taken
out of the ticket that it was merged into."""
_GOT_IT = and_(
    _HANDED.c.at == tickets.c.claimed_at, _HANDED.c.agent_id.is_distinct_from(agents.c.id)
)
"""Whether the holder of a ticket got it from somebody else."""
_LET_GO = and_(~_IS_NEW, _MADE.c.agent_id.is_distinct_from(agents.c.id))
"""Whether somebody else let a ticket go, or it went back by itself."""

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
            queued = await connection.execute(new.returning(alerts.c.id))
            return len(queued.all())
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
    new = and_(free, _IS_NEW, or_(tickets.c.opened_at >= since, tickets.c.reopened > 0))
    returned = and_(free, _LET_GO, _MADE.c.at >= since)
    untaken = and_(free, _WAITING.c.deadline.between(since, now))
    handed = and_(mine, _GOT_IT, _HANDED.c.at >= since)
    answered = func.greatest(tickets.c.claimed_at, LAST_ANSWERED, since) < LAST_SAID
    late = DEADLINE.between(since, now)
    return [
        _for_agents(kind, occasion, happened, of, due=due, now=now)
        for kind, occasion, happened, of in (
            (AlertKind.NEW, cast(tickets.c.reopened, BigInteger), new, _MADE),
            (AlertKind.RETURNED, _MADE.c.id, returned, _MADE),
            (AlertKind.UNTAKEN, _WAITING.c.id, untaken, _WAITING),
            (AlertKind.HANDED, _HANDED.c.id, handed, _HANDED),
            (AlertKind.REPLIED, _LAST_ANSWER, and_(mine, answered), None),
            (AlertKind.OVERDUE, _DEADLINE_ITSELF, and_(mine, late), None),
        )
    ]


async def find_for_groups(connection: AsyncConnection, *, now: datetime) -> int:
    """Queue posts about what happened since each group was linked; how many."""
    since = staff_groups.c.linked_at
    is_open = tickets.c.state.in_((TicketState.NEW, TicketState.CLAIMED))
    free = tickets.c.state == TicketState.NEW
    made_free = and_(free, _MADE.c.ticket_number == tickets.c.number)
    new = and_(made_free, _IS_NEW, or_(tickets.c.opened_at >= since, tickets.c.reopened > 0))
    returned = and_(made_free, ~_IS_NEW, _MADE.c.at >= since)
    late = and_(is_open, DEADLINE.between(since, now))
    said = and_(
        is_open,
        inbound_messages.c.received_at > func.greatest(tickets.c.opened_at, since),
        inbound_messages.c.kind != MessageKind.PRESS,
        root_post().is_not(None),
    )
    news = (
        (
            AlertKind.NEW,
            cast(tickets.c.reopened, BigInteger),
            staff_groups.join(_MADE, true()),
            new,
        ),
        (AlertKind.RETURNED, _MADE.c.id, staff_groups.join(_MADE, true()), returned),
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


def _for_agents(
    kind: AlertKind,
    occasion: ColumnElement[int],
    happened: ColumnElement[bool],
    of: CTE | None,
    *,
    due: ColumnElement[datetime],
    now: datetime,
) -> Select[Any]:
    """What agents are to be told; `of` has more about the tickets."""
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
        .select_from(
            _with_tickets(agent_alerts.join(agents, agents.c.id == agent_alerts.c.agent_id), of)
        )
        .where(happened, agents.c.disabled_at.is_(None), ~told)
        # Sorted, so that all is found before the first is queued: a scan of a table that grows under it takes minutes.
        .order_by(occasion, tickets.c.number, agents.c.id)
    )


def _with_tickets(source: FromClause, of: CTE | None) -> FromClause:
    both = source.join(tickets, true())
    return both if of is None else both.join(of, of.c.ticket_number == tickets.c.number)


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
        (AlertKind.NEW, tickets.c.reopened, and_(free, _IS_NEW), _MADE),
        (AlertKind.RETURNED, _MADE.c.id, and_(free, _LET_GO), _MADE),
        (AlertKind.UNTAKEN, _WAITING.c.id, and_(free, _WAITING.c.deadline < now), _WAITING),
        (AlertKind.HANDED, _HANDED.c.id, and_(mine, _GOT_IT, unanswered), _HANDED),
        (AlertKind.REPLIED, last_said, and_(mine, answered), None),
        (AlertKind.OVERDUE, _DEADLINE_ITSELF, and_(mine, now > DEADLINE), None),
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
                .select_from(_with_tickets(agents, of))
                .where(is_so, agents.c.id == agent)
                for kind, occasion, is_so, of in so
            )
        )
    )
    return [
        News(AlertKind(row.kind), TicketNumber(row.number), row.queue, row.occasion)
        for row in found
    ]
