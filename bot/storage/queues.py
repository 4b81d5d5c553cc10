"""Who works in the queue of a ticket, as conditions: its members, and everybody when it has none."""

from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select

from bot.storage.agents import is_available
from bot.storage.schema import agent_queues, agents, tickets

_ANSWER_DAILY = ("staff", "supervisor")
"""Roles that work in all queues when they have none; others may, but nobody can count on it."""


def works_in_it(today: date) -> ColumnElement[bool]:
    """Whether an agent works in a ticket's queue: it is theirs, they have none and so all, or it is nobody's."""
    own = select(agent_queues.c.queue).where(agent_queues.c.agent_id == agents.c.id)
    return or_(
        ~own.exists(),
        own.where(agent_queues.c.queue == tickets.c.queue).exists(),
        is_nobodys(today),
    )


def is_nobodys(today: date) -> ColumnElement[bool]:
    """Whether no agent who could be given a ticket on this day in Riga works in its queue."""
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
    return and_(tickets.c.queue.not_in(taken), ~in_all.correlate(None).exists())
