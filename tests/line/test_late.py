"""The first answer is late: the resident is told so once, at working hours, whoever of the workers does it."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, update

from bot.storage.database import Database
from bot.storage.schema import handles, outbound_messages, ticket_events, tickets
from bot.upkeep import Upkeep
from domain.messages import AgentId, Channel
from domain.tickets import TicketNumber
from tests.line.conftest import Line


def to(line: Line, moment: str) -> None:
    """Move the clock to a moment of Monday, 23 November, or later; `24T06:35` is UTC."""
    at = datetime.fromisoformat(f"2026-11-{moment}").replace(tzinfo=UTC)
    line.clock.forward(seconds=(at - line.clock.now()).total_seconds())


async def opened(line: Line) -> TicketNumber:
    await line.hears("cilvēks")
    async with line.database.reading() as connection:
        return TicketNumber((await connection.execute(select(tickets.c.number))).scalar_one())


@pytest.mark.parametrize("channel", list(Channel))
async def test_half_an_hour_before_the_deadline_an_unclaimed_ticket_is_late(
    line: Line, channel: Channel
) -> None:
    line.channel = channel
    number = await opened(line)
    to(line, "23T08:00")
    await line.hears("labdien")  # so that WhatsApp's window is open
    to(line, "23T14:25")
    assert await line.tickets.tell_late() == 0
    to(line, "23T14:31")
    assert await line.tickets.tell_late() == 1
    assert (await line.said())[-1] == "staff.late"
    async with line.database.reading() as connection:
        text = await connection.scalar(
            select(outbound_messages.c.plain).order_by(outbound_messages.c.id.desc()).limit(1)
        )
    assert f"Nr. {number}" in str(text)
    assert "63022238" in str(text)
    assert await line.tickets.tell_late() == 0


async def test_nobody_is_told_outside_working_hours(line: Line) -> None:
    await opened(line)
    to(line, "23T15:01")
    assert await line.tickets.tell_late() == 0
    to(line, "24T06:31")
    assert await line.tickets.tell_late() == 1


async def test_of_two_workers_one_tells(line: Line, database: Database) -> None:
    await opened(line)
    for who in range(4):
        line.handle = f"other-{who}"
        await line.hears("cilvēks")
    to(line, "24T07:00")
    workers = [
        Upkeep(
            database=database,
            jobs=line.jobs,
            tickets=line.tickets,
            clock=line.clock,
            content=lambda: line.content,
        )
        for _ in range(4)
    ]
    await asyncio.gather(*(worker.tell_late() for worker in workers for _ in range(3)))
    async with database.reading() as connection:
        told = await connection.scalar(
            select(func.count()).where(outbound_messages.c["keys"].contains(["staff.late"]))
        )
        noted = await connection.scalar(
            select(func.count()).where(ticket_events.c.kind == "late_told")
        )
    assert (told, noted) == (5, 5)


async def test_given_back_after_an_answer_it_is_not_late(
    line: Line,
    ilze: AgentId,
) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.answer(number, text="Skatos", by=ilze)
    await line.tickets.give_back(number, by=ilze)
    to(line, "24T07:00")
    assert await line.tickets.tell_late() == 0


async def test_a_reopened_ticket_has_a_new_deadline_and_may_be_late_again(
    line: Line,
    ilze: AgentId,
) -> None:
    number = await opened(line)
    to(line, "24T07:00")
    assert await line.tickets.tell_late() == 1
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.answer(number, text="Gatavs", by=ilze)
    await line.tickets.solve(number, by=ilze)
    assert await line.hears("nē") == ["helped.no_reopened"]
    assert await line.tickets.tell_late() == 0
    to(line, "26T07:00")
    assert await line.tickets.tell_late() == 1


async def test_outside_whatsapps_window_it_waits_until_the_resident_writes(line: Line) -> None:
    line.channel = Channel.WHATSAPP
    await opened(line)
    to(line, "24T07:00")
    assert await line.tickets.tell_late() == 0
    await line.hears("labdien")
    assert await line.tickets.tell_late() == 1


async def test_who_blocked_the_assistant_is_not_told(line: Line) -> None:
    await opened(line)
    async with line.database.unit_of_work() as work:
        await work.connection.execute(update(handles).values(reachable=False))
        await work.commit()
    to(line, "24T07:00")
    assert await line.tickets.tell_late() == 0


async def test_a_late_ticket_is_listed_without_the_broken_promise(line: Line) -> None:
    await opened(line)
    to(line, "24T07:00")
    assert await line.hears("mani pieteikumi") == ["my_tickets.heading", "my_tickets.late"]
