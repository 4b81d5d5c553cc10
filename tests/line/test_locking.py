"""Two at once on the same tickets: nothing is lost, nobody waits in a circle, and only who must waits at all."""

import asyncio

from sqlalchemy import delete, select, text

from bot.storage import tickets as stored
from bot.storage.database import Database
from bot.storage.schema import outbound_messages, tickets
from bot.storage.tickets import records
from bot.storage.tickets.events import Event
from domain.errors import MessageRefused
from domain.messages import AgentId, OutboundId
from domain.persons import Sameness
from domain.tickets import TicketNumber, TicketState
from tests.line.conftest import Line
from tests.line.test_cases import opened, row


async def _until_somebody_waits(database: Database, waiting: asyncio.Task[object]) -> None:
    waits = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    while True:
        async with database.reading() as connection:
            if await connection.scalar(waits):
                return
        assert not waiting.done(), "nobody had to wait"


async def test_what_staff_write_while_a_ticket_is_brought_back_is_kept(
    line: Line, ilze: AgentId
) -> None:
    await line.hears("rēķins par ūdeni atnāca divreiz")
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.solve(number, by=ilze)
    async with line.database.unit_of_work() as work:
        ticket = await records.lock(work.connection, number)
        assert ticket is not None
        event = Event("renamed", at=line.clock.now(), by=ilze)
        await records.save_details(work.connection, ticket.rename("Divi rēķini"), event)
        turn = asyncio.create_task(line.hears("joprojām nekas nav mainījies"))
        await _until_somebody_waits(line.database, turn)
        await work.commit()
    assert await turn == ["helped.same_reopened"]
    now = (await row(line, number)).ticket
    assert (now.state, now.subject) == (TicketState.NEW, "Divi rēķini")


async def test_what_staff_do_with_a_ticket_keeps_nobody_from_adding_to_its_story(
    line: Line, ilze: AgentId
) -> None:
    number = await opened(line)
    conversation = (await line.conversation()).id
    for locking in (
        lambda c: records.lock(c, number),
        lambda c: records.lock_with_solved(c, number),
        lambda c: records.lock_all(c, [number]),
        lambda c: records.open_in(c, conversation),
    ):
        async with line.database.unit_of_work() as staff, line.database.unit_of_work() as other:
            assert await locking(staff.connection)
            await other.connection.execute(text("SET LOCAL lock_timeout = '2s'"))
            await stored.note_event(
                other.connection, number, kind="urgent", at=line.clock.now(), by=None
            )


async def test_trying_again_waits_for_the_ticket_before_it_takes_the_message(
    line: Line, ilze: AgentId
) -> None:
    """So whoever erases the ticket, and then its messages, does not wait for a retry that waits for them."""
    number = await opened(line)
    line.sender.failures = [MessageRefused("no")]
    await line.deliver()
    async with line.database.reading() as connection:
        o = outbound_messages.c
        failed = OutboundId(await connection.scalar(select(o.id).where(o.state == "failed")) or 0)
    conversation = (await line.conversation()).id
    async with line.database.unit_of_work() as work:
        await work.connection.execute(delete(tickets).where(tickets.c.number == number))
        retry = asyncio.create_task(line.outbox.retry(failed, conversation, ticket=number, by=ilze))
        await _until_somebody_waits(line.database, retry)
        await work.connection.execute(
            delete(outbound_messages).where(outbound_messages.c.conversation_id == conversation)
        )
        await work.commit()
    assert await retry is False


async def test_taking_people_apart_locks_every_ticket_in_the_order_of_numbers(
    line: Line, ilze: AgentId
) -> None:
    """The lowest is one that was merged: nothing may be locked before it."""
    merged = await opened(line, "1")
    newest = await opened(line, "2")
    await line.tickets.join(merged, other=newest, why=Sameness.KNOWN, by=ilze)
    await line.tickets.merge(merged, into=newest, by=ilze)
    other = await opened(line, "1")
    assert merged < newest < other
    async with line.database.unit_of_work() as work:
        await records.lock(work.connection, merged)
        part = asyncio.create_task(line.tickets.part(newest, other=other, by=ilze))
        await _until_somebody_waits(line.database, part)
        await work.connection.execute(text("SET LOCAL lock_timeout = '2s'"))
        assert len(await records.lock_all(work.connection, (newest, other))) == 2
        await work.commit()
    await part
    assert (await row(line, merged)).ticket.state is TicketState.NEW


async def test_opening_again_locks_a_lower_ticket_that_it_may_close_first(
    line: Line, ilze: AgentId
) -> None:
    lower = await opened(line)
    await _finish(line, lower, ilze)
    higher = await opened(line)
    await _finish(line, higher, ilze)
    await line.tickets.reopen(lower, by=ilze, name="Ilze", reason="x")
    await line.tickets.solve(lower, by=ilze)
    async with line.database.unit_of_work() as work:
        await records.lock(work.connection, lower)
        reopen = asyncio.create_task(
            line.tickets.reopen(higher, by=ilze, name="Ilze", reason="Atklājās vēl kas")
        )
        await _until_somebody_waits(line.database, reopen)
        await work.connection.execute(text("SET LOCAL lock_timeout = '2s'"))
        assert await records.lock(work.connection, higher)
        await work.commit()
    assert (await reopen).state is TicketState.CLAIMED
    assert (await row(line, lower)).ticket.state is TicketState.CLOSED


async def _finish(line: Line, number: TicketNumber, by: AgentId) -> None:
    await line.tickets.claim(number, by=by, name="Ilze")
    await line.tickets.solve(number, by=by)
    await line.hears("jā")
