"""What residents ask and is not known: as the overview counts it, before and after they are erased."""

from collections.abc import Mapping

from bot.desk.statistics.days import Days
from bot.desk.statistics.period import Period
from bot.storage.statistics.figures import Figure
from domain.working_hours import local_day
from tests.line.conftest import Line

PAY = "topic.bills-pay-where"
DUE = "topic.bills-due-date"
METERS = "topic.meters-how"


async def nearest(line: Line) -> Mapping[str, int]:
    now = line.clock.now()
    today = Period(local_day(now), local_day(now))
    async with line.database.snapshot() as connection:
        [day] = await Days().read(connection, today, calendar=line.content.calendar, now=now)
    return dict(day.of(Figure.NEAREST))


async def test_none_of_the_choices_leaves_the_question_near_the_likeliest(line: Line) -> None:
    line.nlu.teach("rēķins", f"{PAY}|{DUE}")
    assert (await line.hears("rēķins"))[-1] == "clarify.choices"
    assert await line.hears("neviens no šiem") == ["handoff.opened_not_understood"]
    assert await nearest(line) == {PAY: 1}


async def test_a_choice_that_was_made_was_known(line: Line) -> None:
    line.nlu.teach("rēķins", f"{PAY}|{DUE}")
    assert (await line.hears("rēķins"))[-1] == "clarify.choices"
    assert await line.hears("2") == [DUE]
    assert await nearest(line) == {}


async def test_what_is_about_nothing_is_near_nothing(line: Line) -> None:
    assert (await line.hears("blabla"))[-1] == "not_understood.first"
    assert await nearest(line) == {"": 1}


async def test_a_follow_up_counts_for_the_topic_told_before(line: Line) -> None:
    line.nlu.teach("kas nodod rādījumu", METERS)
    line.nlu.teach("cik maksā", "topic.waste-price")
    assert (await line.hears("kas nodod rādījumu"))[-1] == METERS
    assert await line.hears("Cik maksā?") == ["followup.unknown"]
    assert await nearest(line) == {METERS: 1}


async def test_it_stays_when_the_resident_erases_everything(line: Line) -> None:
    line.nlu.teach("rēķins", f"{PAY}|{DUE}")
    await line.hears("rēķins")
    await line.hears("blabla")
    before = await nearest(line)
    await line.hears("dzēst manus datus")
    await line.hears("jā, dzēst")
    assert await line.stored() == []
    assert before == await nearest(line) == {PAY: 1, "": 1}
