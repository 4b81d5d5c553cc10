"""What stands first in the desk's list, and where a ticket stands as people see it."""

from typing import Any

import pytest
from sqlalchemy import select, update

from bot.storage import tickets as stored
from bot.storage.schema import agents, tickets
from bot.storage.ticket_lists import View, Viewer, find
from domain.messages import AgentId
from domain.tickets import Priority, Standing, TicketNumber
from tests.line.conftest import Line


async def opened(line: Line, who: str, **columns: Any) -> TicketNumber:  # noqa: ANN401 - any column
    """A ticket of somebody; `columns` are set as if staff had done it."""
    line.handle = who
    await line.hears("cilvēks")
    conversation = (await line.conversation()).id
    async with line.database.unit_of_work() as work:
        number = await work.connection.scalar(
            select(tickets.c.number).where(tickets.c.conversation_id == conversation)
        )
        assert number is not None
        if columns:
            await work.connection.execute(
                update(tickets).where(tickets.c.number == number).values(**columns)
            )
        await work.commit()
    return TicketNumber(number)


async def listed(line: Line) -> list[TicketNumber]:
    async with line.database.reading() as connection:
        viewer = Viewer(agent=AgentId(0), queues=frozenset(), now=line.clock.now())
        rows = await find(connection, View.NEW, viewer=viewer, limit=10)
    return [row.ticket.number for row in rows]


async def standing(line: Line, number: TicketNumber) -> Standing:
    async with line.database.reading() as connection:
        row = await stored.row_of(connection, number)
    assert row is not None
    return row.standing


async def test_urgent_then_reopened_then_by_priority_then_by_deadline(line: Line) -> None:
    low = await opened(line, "1", priority=Priority.LOW)
    normal = await opened(line, "2")
    high = await opened(line, "3", priority=Priority.HIGH)
    reopened = await opened(line, "4", reopened=1)
    urgent = await opened(line, "5", priority=Priority.URGENT)
    crisis = await opened(line, "6", reason="crisis", priority=Priority.LOW)
    line.clock.forward(days=3)
    later = await opened(line, "7", priority=Priority.HIGH)
    assert await listed(line) == [urgent, crisis, reopened, high, later, normal, low]


@pytest.fixture
async def ilze(line: Line) -> AgentId:
    async with line.database.unit_of_work() as work:
        made = await work.connection.scalar(
            agents.insert()
            .values(email="ilze@example.org", name="Ilze", password_hash="-")
            .returning(agents.c.id)
        )
        await work.commit()
    assert made is not None
    return AgentId(made)


async def test_a_claimed_ticket_waits_for_the_resident_after_an_answer(
    line: Line, ilze: AgentId
) -> None:
    number = await opened(line, "1")
    await line.tickets.claim(number, by=ilze, name="Ilze")
    assert await standing(line, number) is Standing.CLAIMED
    line.clock.forward(minutes=1)
    await line.tickets.answer(number, text="Labdien!", by=ilze)
    assert await standing(line, number) is Standing.WAITS_FOR_RESIDENT
    line.clock.forward(minutes=1)
    await line.hears("Un vēl kas")
    assert await standing(line, number) is Standing.CLAIMED
