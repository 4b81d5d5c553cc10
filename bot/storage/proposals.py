"""Topics that staff propose from their answers; a proposal is deleted when an editor has used or declined it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, insert, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import audit
from bot.storage.schema import agents, inbound_messages, outbound_messages, tickets, topic_proposals
from domain.messages import AgentId, MessageKind
from domain.tickets import TicketNumber

_QUESTION = 3
"""Words of the shortest question: "jā", "cilvēks" and "labi, paldies" are said on the way."""

_ASKED_WITHIN = timedelta(days=1)
"""So long before its ticket a question may have been asked; what is older was another one."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A question and its answer that could become a topic; `by` is empty when that colleague is gone."""

    id: int
    question: str
    answer: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """What an agent answered in a ticket, and the question before it, else the ticket's subject."""

    question: str
    answer: str


async def find_answer(
    connection: AsyncConnection, number: TicketNumber, message: int
) -> Answered | None:
    """An agent's message in the conversation of a ticket, None when there is none of that id."""
    o, m = outbound_messages.c, inbound_messages.c
    asked = (
        select(m.text)
        .where(
            m.conversation_id == o.conversation_id,
            m.kind == MessageKind.TEXT,
            func.cardinality(func.regexp_split_to_array(func.trim(m.text), r"\s+")) >= _QUESTION,
            m.received_at <= o.created_at,
            m.received_at >= tickets.c.opened_at - _ASKED_WITHIN,
        )
        .order_by(m.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = await connection.execute(
        select(o.plain, func.coalesce(asked, tickets.c.subject).label("question"))
        .join(tickets, tickets.c.conversation_id == o.conversation_id)
        .where(o.id == message, o.agent_id.is_not(None), tickets.c.number == number)
    )
    row = found.one_or_none()
    return None if row is None else Answered(row.question, row.plain)


async def add(
    connection: AsyncConnection,
    number: TicketNumber,
    *,
    question: str,
    answer: str,
    by: AgentId,
    at: datetime,
) -> None:
    """Keep a proposal for the editors."""
    await connection.execute(
        insert(topic_proposals).values(
            ticket_number=number, agent_id=by, question=question, answer=answer, created_at=at
        )
    )


async def waiting(connection: AsyncConnection) -> Sequence[Proposal]:
    """What no editor has decided yet, oldest first."""
    return await _read(connection, true())


async def find(connection: AsyncConnection, proposal: int) -> Proposal | None:
    """A proposal by its id, None when it was decided already."""
    return next(iter(await _read(connection, topic_proposals.c.id == proposal)), None)


async def decide(
    connection: AsyncConnection, proposal: int, *, used: bool, by: AgentId, at: datetime
) -> None:
    """Delete a proposal that became a topic or was declined; the audit log keeps who did it."""
    number = await connection.scalar(
        delete(topic_proposals)
        .where(topic_proposals.c.id == proposal)
        .returning(topic_proposals.c.ticket_number)
    )
    if number is not None:
        event = "content.proposal_used" if used else "content.proposal_declined"
        await audit.append(connection, event, at=at, by=by, ticket=TicketNumber(number))


async def _read(connection: AsyncConnection, wanted: ColumnElement[bool]) -> list[Proposal]:
    found = await connection.execute(
        select(topic_proposals, agents.c.name)
        .outerjoin(agents, agents.c.id == topic_proposals.c.agent_id)
        .where(wanted)
        .order_by(topic_proposals.c.id)
    )
    return [
        Proposal(row.id, row.question, row.answer, row.name or "", row.created_at) for row in found
    ]
