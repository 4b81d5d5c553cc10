"""Who works in a queue: its members, those who chose none and so work in all, and everybody when there is nobody."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Date, Text, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.agents import LEADERS, Today, is_absent, is_available
from bot.storage.schema import agent_queues, agents
from domain.messages import AgentId

_ANSWER_DAILY = ("staff", "supervisor")
"""Roles that work in all queues when they have none; others may, but nobody can count on it."""


async def possible_holders(
    connection: AsyncConnection, *, today: date, queue: str | None = None
) -> Sequence[tuple[AgentId, str]]:
    """Who may be offered as holder of a ticket, by name: those who work in one queue, or in any."""
    if queue is None:
        found = await connection.execute(_HOLDERS, {"today": today})
    else:
        found = await connection.execute(_HOLDERS_IN_QUEUE, {"today": today, "queue": queue})
    return [(AgentId(row.id), row.name) for row in found]


def works_in(queue: ColumnElement[str], today: Today) -> ColumnElement[bool]:
    """The condition on `agents` that somebody works in a queue on this day in Riga."""
    own = select(agent_queues.c.queue).where(agent_queues.c.agent_id == agents.c.id)
    return or_(
        ~own.exists(),
        own.where(agent_queues.c.queue == queue).exists(),
        is_nobodys(queue, today),
    )


def is_nobodys(queue: ColumnElement[str], today: Today) -> ColumnElement[bool]:
    """Whether no agent who could be given a ticket on this day in Riga works in a queue."""
    member = agents.alias("member")
    there = is_available(today, of=member)
    taken = (
        select(agent_queues.c.queue)
        .join(member, member.c.id == agent_queues.c.agent_id)
        .where(there)
    )
    chosen = select(agent_queues.c.agent_id).where(agent_queues.c.agent_id == member.c.id)
    in_all = select(member.c.id).where(
        there, member.c.role.in_(_ANSWER_DAILY), ~chosen.correlate(member).exists()
    )
    return and_(queue.not_in(taken), ~in_all.correlate(None).exists())


_TODAY = bindparam("today", type_=Date)

_HOLDERS = (
    select(agents.c.id, agents.c.name)
    .where(is_available(_TODAY))
    .order_by(agents.c.name, agents.c.id)
)

_HOLDERS_IN_QUEUE = _HOLDERS.where(works_in(bindparam("queue", type_=Text), _TODAY))


async def may_take_over(
    connection: AsyncConnection, agent: AgentId, *, holder: AgentId, queue: str, today: date
) -> bool:
    """Whether somebody may take a ticket of a queue from its holder: leaders always, others from who is absent."""
    role = await connection.scalar(select(agents.c.role).where(agents.c.id == agent))
    if role in LEADERS:
        return True
    gone = or_(agents.c.disabled_at.is_not(None), is_absent(today))
    if not await connection.scalar(select(gone).where(agents.c.id == holder)):
        return False
    possible = await possible_holders(connection, today=today, queue=queue)
    return any(one == agent for one, _ in possible)
