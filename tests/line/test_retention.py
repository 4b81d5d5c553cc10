"""What is kept too long is erased, as its resident would have it erased; what somebody still needs stays.

What the overview counts stays in any case, without the people.
"""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Table, func, insert, select, update

from bot import upkeep
from bot.jobs import Jobs
from bot.storage.schema import (
    ambassadors,
    audit_log,
    contacts,
    day_sums,
    handles,
    inbound_messages,
    outbound_messages,
    ticket_events,
    tickets,
)
from bot.storage.statistics import figures, kept
from bot.storage.statistics.figures import Figure, Sums
from bot.upkeep import Upkeep
from domain.working_hours import local_day, starts_of
from tests.line.conftest import Line

KEEP = 30


@pytest.fixture
async def rounds(line: Line, database_url: str) -> AsyncIterator[Upkeep]:
    """The worker's rounds, with a retention of thirty days."""
    jobs = Jobs(database_url)
    await jobs.open()
    yield _rounds(line, jobs, keep_days=KEEP)
    await jobs.close()


def _rounds(line: Line, jobs: Jobs, *, keep_days: int | None) -> Upkeep:
    return Upkeep(
        database=line.database,
        jobs=jobs,
        tickets=line.tickets,
        clock=line.clock,
        content=lambda: line.content,
        keep_days=keep_days,
    )


async def count(line: Line, table: Table) -> int:
    async with line.database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0


async def left(line: Line) -> dict[str, int]:
    """How many rows of what residents said, or was done for them, there are."""
    kept = (contacts, inbound_messages, outbound_messages, tickets, ticket_events)
    return {table.name: await count(line, table) for table in kept}


async def deeds(line: Line) -> list[tuple[str, str]]:
    async with line.database.reading() as connection:
        found = await connection.execute(
            select(audit_log.c.event, audit_log.c.detail).where(
                audit_log.c.event.startswith("resident.")
            )
        )
        return [(row.event, row.detail) for row in found]


async def said_at(line: Line, moment: datetime) -> None:
    """Messages carry the database's time; the test's clock stands elsewhere."""
    async with line.database.reading() as connection:
        await connection.execute(update(outbound_messages).values(created_at=moment))


async def test_a_quiet_conversation_is_erased_when_its_time_is_over(
    line: Line, rounds: Upkeep
) -> None:
    await line.hears("labdien")
    conversation = (await line.conversation()).id
    await said_at(line, line.clock.now())
    line.clock.forward(days=KEEP)
    await rounds.tidy()
    assert (await left(line))["inbound_messages"] == 1

    line.clock.forward(minutes=1)
    await rounds.tidy()
    after = await left(line)
    assert after == {**dict.fromkeys(after, 0), "contacts": 1}
    line.clock.forward(hours=2)
    await rounds.tidy()
    assert await count(line, contacts) == 0
    assert await deeds(line) == [("resident.expired", str(conversation))]


async def test_a_word_of_ours_counts_too(line: Line, rounds: Upkeep) -> None:
    await line.hears("labdien")
    line.clock.forward(days=KEEP + 1)
    await said_at(line, line.clock.now() - timedelta(days=1))
    before = await left(line)
    await rounds.tidy()
    assert await left(line) == before


@pytest.mark.parametrize("ended", [False, True], ids=["open", "ended lately"])
async def test_a_ticket_that_somebody_needs_keeps_its_conversation(
    line: Line, rounds: Upkeep, ended: bool
) -> None:
    await line.hears("cilvēks")
    await said_at(line, line.clock.now())
    line.clock.forward(days=KEEP + 1)
    if ended:
        async with line.database.reading() as connection:
            yesterday = line.clock.now() - timedelta(days=1)
            await connection.execute(update(tickets).values(state="closed", closed_at=yesterday))
    before = await left(line)
    assert before["tickets"] == 1
    await rounds.tidy()
    assert await left(line) == before


async def test_an_old_ticket_goes_with_its_conversation(line: Line, rounds: Upkeep) -> None:
    await line.hears("cilvēks")
    async with line.database.reading() as connection:
        now = line.clock.now()
        await connection.execute(update(tickets).values(state="closed", closed_at=now))
    await said_at(line, now)
    line.clock.forward(days=KEEP + 1)
    await rounds.tidy()
    after = await left(line)
    assert after == {**dict.fromkeys(after, 0), "contacts": 1}


async def test_many_go_in_several_batches_and_those_who_wrote_lately_stay(
    line: Line, rounds: Upkeep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "BATCH", 2)
    for number in range(5):
        line.handle = str(100 + number)
        await line.hears("labdien")
    await said_at(line, line.clock.now())
    line.clock.forward(days=KEEP + 1)
    line.handle = "104"
    await line.accepts("vai vēl kāds tur ir?")
    await rounds.tidy()
    assert len(await deeds(line)) == 4
    assert await line.stored() == ["labdien", "vai vēl kāds tur ir?"]


async def test_ambassadors_stay(line: Line, rounds: Upkeep) -> None:
    await line.hears("labdien")
    await said_at(line, line.clock.now())
    async with line.database.reading() as connection:
        contact = await connection.scalar(select(handles.c.contact_id))
        await connection.execute(insert(ambassadors).values(name="Ilze", contact_id=contact))
    line.clock.forward(days=KEEP + 1)
    await rounds.tidy()
    assert await line.stored() == ["labdien"]


async def test_without_the_setting_everything_stays(line: Line, database_url: str) -> None:
    await line.hears("labdien")
    await said_at(line, line.clock.now())
    line.clock.forward(days=5000)
    jobs = Jobs(database_url)
    await jobs.open()
    await _rounds(line, jobs, keep_days=None).tidy()
    await jobs.close()
    assert await line.stored() == ["labdien"]


# ---------------------------------------------------------------------------------------------- what stays


async def counted(line: Line) -> Sums:
    """Every figure of the overview, of all days that the test can reach, whether in the tables or in the sums."""
    now = line.clock.now()
    first, last = local_day(now - timedelta(days=100)), local_day(now + timedelta(days=100))
    starts, calendar = starts_of(first, last), line.content.calendar
    async with line.database.snapshot() as connection:
        days = figures.add(
            await figures.sum_talks(connection, starts),
            await figures.sum_tickets(connection, starts, calendar=calendar, now=now),
            await kept.read(connection, first=first, last=last, figures=frozenset(Figure)),
        )
    return sum(days.values(), Sums())


async def test_what_was_counted_stays_when_its_time_is_over(line: Line, rounds: Upkeep) -> None:
    for handle in ("1", "2", "3"):
        line.handle = handle
        await line.hears("labdien")
        await line.hears("cilvēks")
    async with line.database.reading() as connection:
        now = line.clock.now()
        await connection.execute(
            update(tickets).values(
                state="closed", solved_at=now, closed_at=now, first_answered_at=now
            )
        )
    await said_at(line, now)
    line.clock.forward(days=KEEP + 1)
    before = await counted(line)
    assert (before[Figure.TALKS, "telegram"], before[Figure.TICKETS, "telegram"]) == (3, 3)
    await rounds.tidy()
    assert await counted(line) == before
    line.clock.forward(hours=2)
    await rounds.tidy()
    assert await count(line, contacts) == 0
    assert await counted(line) == before


async def test_what_was_counted_stays_when_a_resident_erases_it(line: Line, rounds: Upkeep) -> None:
    await line.hears("cilvēks")
    await line.hears("dzēst manus datus")
    await said_at(line, line.clock.now())
    before = await counted(line)
    await line.hears("jā, dzēst")
    assert await line.said() == ["erase.done"]
    await said_at(line, line.clock.now())
    assert await count(line, inbound_messages) == 0
    after = await counted(line)
    assert sum((after - before).values()) == 1  # the word by which they erased it
    assert before - after == Sums()
    line.clock.forward(hours=2)
    await rounds.tidy()
    assert await count(line, outbound_messages) == 0
    assert await counted(line) == after


async def test_sums_are_mixed_on_the_next_day(line: Line, rounds: Upkeep) -> None:
    await line.hears("labdien")
    await said_at(line, line.clock.now())
    line.clock.forward(days=KEEP + 1)
    await rounds.tidy()
    assert await _added_on(line) == [local_day(line.clock.now())]
    line.clock.forward(days=1)
    await rounds.tidy()
    assert await _added_on(line) == [None]


async def _added_on(line: Line) -> list[date | None]:
    async with line.database.reading() as connection:
        return list(await connection.scalars(select(day_sums.c.added_on).distinct()))
