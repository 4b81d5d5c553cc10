"""Who holds tickets, and what is held in vain."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, and_, exists, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.agents import is_absent
from bot.storage.schema import agents, audit_log, ticket_viewers, tickets
from bot.storage.tickets.conditions import IS_PARKED, NEEDS_ANSWER
from bot.storage.tickets.records import to_ticket
from bot.storage.viewers import FRESH_FOR
from domain.messages import AgentId
from domain.tickets import Return, Ticket, TicketNumber, TicketState
from domain.working_hours import RIGA


async def held_by(connection: AsyncConnection, agent: AgentId) -> list[TicketNumber]:
    """The claimed tickets of an agent."""
    found = await connection.scalars(
        select(tickets.c.number)
        .where(tickets.c.state == TicketState.CLAIMED, tickets.c.agent_id == agent)
        .order_by(tickets.c.number)
    )
    return [TicketNumber(number) for number in found]


@dataclass(frozen=True, slots=True)
class HeldInVain:
    """A claimed ticket that its holder cannot answer, or will hardly do in time."""

    ticket: Ticket
    why: Return
    active_at: datetime
    """When the holder last did something in it; the claim itself when nothing since."""
    writing: bool
    """Whether the holder is writing in it at this moment."""


_ACTIVE_AT = func.greatest(
    tickets.c.claimed_at,
    tickets.c.opened_at,
    select(func.max(audit_log.c.at))
    .where(
        audit_log.c.ticket_number == tickets.c.number,
        audit_log.c.agent_id == tickets.c.agent_id,
    )
    .scalar_subquery(),
)
_WRITING = exists().where(
    ticket_viewers.c.ticket_number == tickets.c.number,
    ticket_viewers.c.agent_id == tickets.c.agent_id,
    ticket_viewers.c.writing,
    ticket_viewers.c.seen_at > func.clock_timestamp() - FRESH_FOR,
)
_PARKED = exists().where(IS_PARKED)


async def lock_held_in_vain(
    connection: AsyncConnection,
    *,
    now: datetime,
    answer_near: datetime,
    solution_near: datetime,
) -> Sequence[HeldInVain]:
    """Claimed tickets of agents who are disabled or absent today, and those with something due until a moment.

    What waits only for WhatsApp's window is not due. They are locked in the order of their conversations; what
    somebody else is just changing is left out.
    """
    absent = is_absent(now.astimezone(RIGA).date())
    due = or_(
        and_(NEEDS_ANSWER, tickets.c.answer_by <= answer_near),
        and_(not_(NEEDS_ANSWER), tickets.c.solve_by <= solution_near, not_(_PARKED)),
    )
    found = await connection.execute(
        select(
            tickets,
            agents.c.disabled_at,
            absent.label("absent"),
            NEEDS_ANSWER.label("needs_answer"),
            _ACTIVE_AT.label("active_at"),
            _WRITING.label("writing"),
        )
        .join(agents, agents.c.id == tickets.c.agent_id)
        .where(
            tickets.c.state == TicketState.CLAIMED,
            or_(agents.c.disabled_at.is_not(None), absent, due),
        )
        .order_by(tickets.c.conversation_id, tickets.c.number)
        .with_for_update(of=tickets, skip_locked=True, key_share=True)
    )
    return [
        HeldInVain(to_ticket(row), _why(row), row["active_at"], row["writing"])
        for row in found.mappings()
    ]


def _why(row: RowMapping) -> Return:
    if row["disabled_at"] is not None:
        return Return.DISABLED
    if row["absent"]:
        return Return.ABSENT
    return Return.DEADLINE if row["needs_answer"] else Return.SOLUTION


@dataclass(frozen=True, slots=True)
class Lost:
    """An open ticket that went away from its holder without their doing."""

    number: TicketNumber
    kind: str
    """`taken_over` or `returned`."""
    why: str
    """Of a return: a `Return`."""
    by: str
    at: datetime


async def lost_by(
    connection: AsyncConnection, agent: AgentId, *, since: datetime
) -> Sequence[Lost]:
    """What colleagues took from an agent, or what returned because they were silent; newest first."""
    log = audit_log.c
    found = await connection.execute(
        select(log.ticket_number, log.event, log.detail, agents.c.name, log.at)
        .join(tickets, tickets.c.number == log.ticket_number)
        .outerjoin(agents, agents.c.id == log.agent_id)
        .where(
            log.about_id == agent,
            log.at >= since,
            or_(
                log.event == "ticket.taken_over",
                and_(
                    log.event == "ticket.returned",
                    log.detail.in_((Return.DEADLINE, Return.SOLUTION)),
                ),
            ),
            tickets.c.state.in_((TicketState.NEW, TicketState.CLAIMED)),
            tickets.c.agent_id.is_distinct_from(agent),
        )
        .order_by(log.id.desc())
    )
    lost: dict[int, Lost] = {}
    for number, event, why, by, at in found:
        kind = event.removeprefix("ticket.")
        lost.setdefault(number, Lost(TicketNumber(number), kind, why, by or "", at))
    return list(lost.values())
