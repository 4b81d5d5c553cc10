"""Tickets as the desk's list shows them, with their resident, their agent and what is due."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    ScalarSelect,
    Select,
    bindparam,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import agents, contacts, conversations, handles, outbound_messages, tickets
from bot.storage.tickets.conditions import (
    DEADLINE,
    IS_PARKED,
    IS_URGENT,
    LAST_ANSWERED,
    LAST_SAID,
    NEEDS_ANSWER,
)
from bot.storage.tickets.failures import STILL_FAILED
from bot.storage.tickets.records import to_ticket
from domain.messages import Channel
from domain.tickets import Standing, Ticket, TicketNumber


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One line of the desk's list."""

    ticket: Ticket
    subject: str
    comment: str
    """What the resident added to their stars."""
    contact_name: str
    channel: Channel
    agent_name: str | None
    waiting_for_staff: bool
    """Whether the resident spoke last."""
    needs_answer: bool
    """Whether staff have not answered in it yet, since it was reopened."""
    failed: int
    """Messages said since it was opened that could not be delivered and that nobody dismissed."""
    parked: int
    deadline: datetime
    """Until when the next thing is due: the first answer, then the solution."""
    reachable: bool
    """False when the resident blocked the assistant."""
    last_inbound_at: datetime | None
    solved_at: datetime | None
    urgent: bool
    """The resident wrote of danger."""
    by_ambassador: bool
    """A digital ambassador wrote it down for somebody."""

    @property
    def standing(self) -> Standing:
        """Where the ticket stands as people see it."""
        answered = not self.needs_answer and not self.waiting_for_staff
        return Standing.of(self.ticket.state, answered=answered, parked=self.parked > 0)


def select_rows() -> Select[Any]:
    """Tickets as the list shows them; `read_row` reads one."""
    return (
        select(
            tickets,
            contacts.c.name.label("contact_name"),
            handles.c.channel,
            agents.c.name.label("agent_name"),
            (func.coalesce(LAST_SAID > LAST_ANSWERED, True)).label("waiting_for_staff"),
            _count(STILL_FAILED).label("failed"),
            _count(IS_PARKED).label("parked"),
            NEEDS_ANSWER.label("needs_answer"),
            DEADLINE.label("deadline"),
            IS_URGENT.label("urgent"),
            handles.c.reachable,
            conversations.c.last_inbound_at,
        )
        .join(conversations, conversations.c.id == tickets.c.conversation_id)
        .join(handles, handles.c.id == conversations.c.handle_id)
        .join(contacts, contacts.c.id == handles.c.contact_id)
        .outerjoin(agents, agents.c.id == tickets.c.agent_id)
    )


def _count(messages: ColumnElement[bool]) -> ScalarSelect[int]:
    return (
        select(func.count())
        .select_from(outbound_messages)
        .where(messages)
        .correlate(tickets)
        .scalar_subquery()
    )


def read_row(row: RowMapping) -> TicketRow:
    """A line of the list out of a row of `select_rows`."""
    return TicketRow(
        ticket=to_ticket(row),
        subject=row["subject"],
        comment=row["comment"],
        contact_name=row["contact_name"],
        channel=Channel(row["channel"]),
        agent_name=row["agent_name"],
        waiting_for_staff=row["waiting_for_staff"],
        needs_answer=row["needs_answer"],
        failed=row["failed"],
        parked=row["parked"],
        deadline=row["deadline"],
        reachable=row["reachable"],
        last_inbound_at=row["last_inbound_at"],
        solved_at=row["solved_at"],
        urgent=row["urgent"],
        by_ambassador=row["ambassador_id"] is not None,
    )


_ROW = select_rows().where(tickets.c.number == bindparam("number"))


async def row_of(connection: AsyncConnection, number: TicketNumber) -> TicketRow | None:
    """One ticket as the list shows it."""
    row = (await connection.execute(_ROW, {"number": number})).mappings().one_or_none()
    return None if row is None else read_row(row)
