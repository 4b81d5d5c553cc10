"""Erasing people changes no number of the overview: their rows become sums of days, which name nobody."""

import asyncio
import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from bot.desk.statistics.days import Days
from bot.desk.statistics.missed import TITLES
from bot.desk.statistics.period import Period
from bot.desk.statistics.report import Counted, Report, comparison, report
from bot.desk.statistics.tables import to_csv
from bot.storage import conversations as stored
from bot.storage import personal_data
from bot.storage.database import Database
from bot.storage.schema import contacts, day_sums, inbound_messages, outbound_messages, tickets
from bot.storage.statistics import kept
from bot.storage.statistics.counting import Outcome
from bot.storage.statistics.figures import MISSED, DaySums, Figure, Standing
from domain.messages import Channel, ConversationId
from tests.desk.ledger import Ledger, riga
from tests.desk.office import NOON, Office, content, leader, open_office

TODAY = date(2026, 11, 23)
PERIODS = (
    Period(date(2025, 11, 23), TODAY),
    Period(date(2026, 10, 1), date(2026, 10, 31)),
    Period(date(2026, 11, 1), TODAY),
    Period(TODAY, TODAY),
)
QUEUES = ("general", "bills", "social")
TOPICS = ("", "bills-ebill", "bills-due-date", "meters-how", "gone-topic")
SAID: Sequence[tuple[str, ...]] = (
    ("intro.first", "topic.bills-ebill"),
    ("topic.meters-how",),
    ("topic.bills-ebill", "topic.bills-portal"),
    ("topic.expired",),
    ("clarify.choices",),
    ("not_understood.first",),
    ("handoff.opened_not_understood",),
    ("followup.unknown",),
    ("centre.place_unknown",),
    ("handoff.opened_crisis", "crisis.call"),
    ("greet.hello",),
    (),
)
INTENTS = ("topic.bills-ebill", "topic.meters-how", "centre_hours", "crisis", "out_of_scope", "")


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


async def overviews(database: Database, *, now: datetime = NOON) -> list[tuple[Report, bytes]]:
    """The pages of several periods and their files, as a process shows them that counted nothing before."""
    return [await overview(database, period, now=now) for period in PERIODS]


async def overview(database: Database, period: Period, *, now: datetime) -> tuple[Report, bytes]:
    whole = Period(min(period.first, comparison(period)[1].first), period.last)
    async with database.snapshot() as connection:
        days = await Days().read(connection, whole, calendar=content().calendar, now=now)
    shown = report(Counted(period, days), content())
    return shown, to_csv(shown.tables.values(), period=period.words())


async def sums(database: Database) -> dict[tuple[date, str, str], int]:
    async with database.reading() as connection:
        found = await connection.execute(select(day_sums))
        return {(row.day, row.figure, row.name): row.amount for row in found}


# ---------------------------------------------------------------------------------------------- a random year


async def live_a_year(ledger: Ledger, chance: random.Random) -> None:
    """Talks and tickets of a dozen residents, most of them lately; the days on which clocks change among them."""
    for _ in range(90):
        at = _moment(chance)
        await ledger.asked(
            at,
            *chance.choice(SAID),
            who=f"resident-{chance.randint(1, 9)}",
            channel=chance.choice(list(Channel)),
            kind=chance.choice(["text", "text", "press"]),
            edit_of=chance.choice([None, None, None, "1"]),
            after=timedelta(minutes=chance.choice([0, 1, 300])),
            intent=chance.choice(INTENTS),
            confidence=chance.choice([0.01, 0.3, 0.9]),
        )
    for _ in range(25):
        await _ticket(ledger, chance)


def _moment(chance: random.Random) -> datetime:
    days = chance.choice([1, 3, 20, 60, 360])
    changed = [riga("2026-03-29", "02:40"), riga("2026-10-25", "03:40")]
    lately = NOON - timedelta(seconds=chance.randint(1, days * 86400))
    return chance.choice([*changed, *[lately] * 8])


async def _ticket(ledger: Ledger, chance: random.Random) -> None:
    opened = _moment(chance)
    answered = chance.choice([None, opened + timedelta(minutes=chance.randint(1, 6000))])
    solved = answered and chance.choice([None, answered + timedelta(hours=chance.randint(1, 90))])
    queue, topic = chance.choice(QUEUES), chance.choice(TOPICS)
    number = await ledger.ticket(
        opened,
        answered=answered,
        solved=solved,
        answer_by=opened + timedelta(hours=chance.randint(1, 60)),
        solve_by=opened + timedelta(days=chance.randint(1, 9)),
        queue=queue,
        topic=topic,
        reopened=chance.choice([0, 0, 1]),
        channel=chance.choice(list(Channel)),
        who=chance.choice(["", f"resident-{chance.randint(1, 9)}"]),
    )
    if solved and chance.random() < 0.7:
        await ledger.verdict(number, _moment(chance), helped=chance.random() < 0.6)
    if solved and chance.random() < 0.6:
        await ledger.rating(number, _moment(chance), stars=chance.randint(1, 5))


@pytest.mark.parametrize("seed", range(6))
async def test_whoever_is_erased_the_overview_stays_the_same(
    database: Database, ledger: Ledger, seed: int
) -> None:
    chance = random.Random(seed)
    await live_a_year(ledger, chance)
    before = await overviews(database)
    assert before[0][0].tiles[0].number not in {"0", "1"}
    assert len(before[0][0].tables["tuvakie"].rows) > 2
    left = ledger.conversations()
    chance.shuffle(left)
    while left:
        some = [left.pop() for _ in range(min(len(left), chance.choice([1, 1, 2, 5, 12])))]
        await ledger.erase(*some, now=NOON)
        assert await overviews(database) == before
        if chance.random() < 0.3:
            await ledger.forget(now=NOON)
    await ledger.forget(now=NOON)
    async with database.unit_of_work() as work:
        for table in (contacts, inbound_messages, outbound_messages, tickets):
            assert await work.connection.scalar(select(func.count()).select_from(table)) == 0
        assert await kept.mix(work.connection, today=TODAY + timedelta(days=1))
        await work.commit()
    assert await overviews(database) == before


async def test_the_page_and_its_file_stay_the_same_in_every_process(
    office: Office, ledger: Ledger
) -> None:
    await live_a_year(ledger, random.Random(7))
    addresses = [
        *(f"/desk/parskats.csv?{period.address()}" for period in PERIODS),
        *(f"/desk/parskats?{period.address()}" for period in PERIODS),
    ]
    async with await leader(office) as dace:
        before = [(await dace.see(address)).words() for address in addresses]
        await ledger.erase(*ledger.conversations()[::2], now=NOON)
        assert [(await dace.see(address)).words() for address in addresses] == before
    async with open_office(office.database) as other, await leader(other, "admin") as janis:
        files = [(await janis.see(address)).words() for address in addresses[: len(PERIODS)]]
    assert files == before[: len(PERIODS)]


async def test_what_waits_stays_what_it_was_when_it_was_erased(
    database: Database, ledger: Ledger
) -> None:
    opened = riga("2026-11-20", "09:00")
    for due in (riga("2026-11-20", "12:00"), riga("2026-11-24", "12:00")):
        await ledger.ticket(opened, answer_by=due, solve_by=due)
    await ledger.erase(*ledger.conversations(), now=NOON)
    week_later = NOON + timedelta(days=7)
    shown, _ = await overview(database, Period(date(2026, 11, 20), TODAY), now=week_later)
    rows = {row[0]: row[1] for row in shown.tables["laiki"].rows}
    assert rows["Pieteikumi, kam vēl nav"] == 2
    assert (await sums(database))[opened.date(), Figure.ANSWER_STANDING, Standing.JUDGED] == 1


# ---------------------------------------------------------------------------------------------- at the same time


async def test_two_who_erase_the_same_conversation_count_it_once(
    database: Database, ledger: Ledger
) -> None:
    await ledger.asked(riga("2026-11-16"), "topic.meters-how")
    await ledger.ticket(riga("2026-11-16"), who="vilma")
    before = await overviews(database)
    await asyncio.gather(*(ledger.erase(*ledger.conversations(), now=NOON) for _ in range(4)))
    assert await overviews(database) == before


async def test_many_who_are_erased_at_once_all_count(database: Database, ledger: Ledger) -> None:
    await live_a_year(ledger, random.Random(8))
    before = await overviews(database)
    await asyncio.gather(
        *(ledger.erase(one, now=NOON) for one in ledger.conversations()), _mix_often(database)
    )
    assert await overviews(database) == before


async def _mix_often(database: Database) -> None:
    for _ in range(10):
        async with database.unit_of_work() as work:
            await kept.mix(work.connection, today=TODAY + timedelta(days=1))
            await work.commit()


async def test_a_message_that_comes_while_its_conversation_is_erased_is_not_lost(
    database: Database, ledger: Ledger
) -> None:
    await ledger.asked(riga("2026-11-16"), "topic.meters-how")
    [conversation] = ledger.conversations()
    async with database.unit_of_work() as work:
        calendar = content().calendar
        async with kept.keeping(work.connection, [conversation], calendar=calendar, now=NOON):
            writing = asyncio.create_task(ledger.asked(riga("2026-11-17"), "topic.meters-how"))
            await _until_somebody_waits(database)
            await stored.erase(work.connection, conversation, at=NOON)
        await work.commit()
    await writing
    shown, _ = await overview(database, PERIODS[2], now=NOON)
    assert shown.tiles[0].number == "2"


async def _until_somebody_waits(database: Database) -> None:
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(10):
        while True:
            async with database.reading() as connection:
                if await connection.scalar(waits):
                    return
            await asyncio.sleep(0.01)


async def test_an_erasure_that_fails_keeps_nothing(database: Database, ledger: Ledger) -> None:
    await ledger.asked(riga("2026-11-16"), "topic.meters-how")
    before = await overviews(database)
    async with database.unit_of_work() as work:
        await personal_data.erase(
            work,
            ledger.conversations(),
            calendar=content().calendar,
            now=NOON,
            event="resident.erased",
        )
    assert await sums(database) == {}
    assert await overviews(database) == before


async def test_a_page_that_is_read_meanwhile_counts_everybody_once(
    office: Office, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live_a_year(ledger, random.Random(9))
    [(_, before), *_] = await overviews(office.database)
    read = kept.read

    async def read_too_late(*args: Any, **named: Any) -> DaySums:  # noqa: ANN401 - whatever it is asked
        await ledger.erase(*ledger.conversations(), now=NOON)
        return await read(*args, **named)

    monkeypatch.setattr(kept, "read", read_too_late)
    async with await leader(office) as dace:
        page = await dace.see(f"/desk/parskats.csv?{PERIODS[0].address()}")
    assert page.text.splitlines() == before.decode().splitlines()
    assert await sums(office.database)


# ---------------------------------------------------------------------------------------------- nobody is named


async def test_sums_hold_nothing_but_figures_of_the_page(
    database: Database, ledger: Ledger
) -> None:
    await live_a_year(ledger, random.Random(10))
    await ledger.erase(*ledger.conversations(), now=NOON)
    expected = {
        *(channel.value for channel in Channel),
        *(outcome.value for outcome in Outcome),
        *(standing.value for standing in Standing),
        *(*QUEUES, *TOPICS, *MISSED, "centre_hours"),
    }
    found = {name for _, _, name in await sums(database)} - expected
    assert all(name.isdigit() or name.startswith("topic.") for name in found)


async def test_what_the_page_counts_of_answers_is_what_sums_keep() -> None:
    assert set(TITLES) == MISSED


async def test_each_figure_stands_by_itself(database: Database, ledger: Ledger) -> None:
    await ledger.asked(riga("2026-11-16", "09:00"), "topic.meters-how")
    await ledger.asked(
        riga("2026-11-16", "21:00"), "emergency.violence", who="anna", channel=Channel.WHATSAPP
    )
    await ledger.erase(*ledger.conversations(), now=NOON)
    day = date(2026, 11, 16)
    assert await sums(database) == {
        (day, Figure.TALKS, Channel.TELEGRAM): 1,
        (day, Figure.TALKS, Channel.WHATSAPP): 1,
        (day, Figure.OUTCOMES, Outcome.AT_ONCE): 2,
        (day, Figure.MESSAGES, "9"): 1,
        (day, Figure.MESSAGES, "21"): 1,
        (day, Figure.SAID, "topic.meters-how"): 1,
    }


async def test_after_a_day_nothing_tells_which_days_were_of_one_resident(
    database: Database, ledger: Ledger
) -> None:
    for who, days in (("vilma", ("02", "20")), ("anna", ("03", "19")), ("juris", ("01", "02"))):
        for day in days:
            await ledger.asked(riga(f"2026-11-{day}"), "topic.meters-how", who=who)
    for one in ledger.conversations():
        await ledger.erase(one, now=NOON)
    before = await overviews(database)
    assert await _mix(database, TODAY) is False
    assert await _mix(database, TODAY + timedelta(days=1)) is True
    assert await _mix(database, TODAY + timedelta(days=2)) is False
    async with database.reading() as connection:
        rows = (
            await connection.execute(text("SELECT xmin, day FROM day_sums ORDER BY ctid"))
        ).all()
        assert await connection.scalar(select(func.count(day_sums.c.added_on))) == 0
    assert len({row.xmin for row in rows}) == 1
    assert [row.day for row in rows] == sorted(row.day for row in rows)
    assert await overviews(database) == before


async def _mix(database: Database, today: date) -> bool:
    async with database.unit_of_work() as work:
        mixed = await kept.mix(work.connection, today=today)
        await work.commit()
    return mixed


async def test_who_has_nothing_to_count_leaves_nothing(database: Database, ledger: Ledger) -> None:
    await ledger.erase(now=NOON)
    await ledger.erase(ConversationId(404), now=NOON)
    assert await sums(database) == {}
