"""Who holds tickets, and what is held in vain."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import RowMapping, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.agents import is_absent
from bot.storage.schema import agents, tickets
from bot.storage.tickets.conditions import NEEDS_ANSWER
from bot.storage.tickets.records import to_ticket
from domain.messages import AgentId
from domain.tickets import Return, Ticket, TicketNumber, TicketState


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
    """A claimed ticket that its holder will hardly answer in time."""

    ticket: Ticket
    why: Return
    claimed_at: datetime


async def lock_held_in_vain(
    connection: AsyncConnection, *, today: date, near: datetime
) -> Sequence[HeldInVain]:
    """Claimed tickets of agents who are disabled or absent today, and those whose first answer is due until `near`.

    They are locked in the order of their conversations; what somebody else is just changing is left out.
    """
    absent = is_absent(today)
    due = and_(NEEDS_ANSWER, tickets.c.answer_by <= near)
    found = await connection.execute(
        select(tickets, agents.c.disabled_at, absent.label("absent"))
        .join(agents, agents.c.id == tickets.c.agent_id)
        .where(
            tickets.c.state == TicketState.CLAIMED,
            or_(agents.c.disabled_at.is_not(None), absent, due),
        )
        .order_by(tickets.c.conversation_id, tickets.c.number)
        .with_for_update(of=tickets, skip_locked=True)
    )
    return [
        HeldInVain(to_ticket(row), _why(row), row["claimed_at"] or row["opened_at"])
        for row in found.mappings()
    ]


def _why(row: RowMapping) -> Return:
    if row["disabled_at"] is not None:
        return Return.DISABLED
    return Return.ABSENT if row["absent"] else Return.DEADLINE
