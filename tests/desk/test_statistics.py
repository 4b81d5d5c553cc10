"""The overview on a real database: known days, known answers, known tickets, and what the page and files say."""

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pytest

from bot.desk.statistics.days import Day, Days
from bot.desk.statistics.period import Period
from bot.desk.statistics.report import MOST_TOPICS
from bot.storage.database import Database
from bot.storage.statistics import counting
from bot.storage.statistics.counting import Outcome
from bot.storage.statistics.figures import Figure
from domain.messages import Channel
from tests.desk.ledger import SECRET_NAME, SECRET_TEXT, Ledger, riga
from tests.desk.office import Office, Person, content, leader

MONDAY = "2026-11-16"
NOVEMBER = "no=2026-11-01&lidz=2026-11-23"
LATER = riga("2027-06-01")


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


async def count(database: Database, first: str, last: str) -> list[Day]:
    """The days from one to another, as nobody has counted them before."""
    period = Period(date.fromisoformat(first), date.fromisoformat(last))
    async with database.snapshot() as connection:
        return await Days().read(connection, period, calendar=content().calendar, now=LATER)


async def outcomes(database: Database) -> Mapping[str, int]:
    [counted] = await count(database, MONDAY, MONDAY)
    return counted.of(Figure.OUTCOMES)


def hours(day: Day) -> Mapping[int, int]:
    return {int(hour): count for hour, count in day.of(Figure.MESSAGES).items()}


def talks(day: Day) -> int:
    return day.of(Figure.TALKS).total()


async def table(person: Person, name: str, period: str = NOVEMBER) -> list[list[str]]:
    """A downloaded table without its heading lines."""
    page = await person.see(f"/desk/parskats.csv?tabula={name}&{period}")
    assert page.status == 200
    return list(csv.reader(io.StringIO(page.text), delimiter=";"))[2:]


# ---------------------------------------------------------------------------------------------- how talks end


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ([["intro.first", "topic.bills-pay-where"]], Outcome.AT_ONCE),
        ([["centre.open_until"], ["thanks.welcome"]], Outcome.AT_ONCE),
        ([["clarify.choices"], ["topic.bills-pay-where"]], Outcome.ONE_CHOICE),
        ([["clarify.choices"], ["clarify.which"], ["topic.meters-how"]], Outcome.LATER),
        ([["not_understood.first"], ["topic.meters-how"]], Outcome.LATER),
        ([["topic.meters-how"], ["handoff.opened_asked"]], Outcome.PERSON),
        ([["clarify.choices"], ["handoff.opened_not_understood"]], Outcome.PERSON),
        ([[]], Outcome.PERSON),
        ([["clarify.choices"]], Outcome.UNANSWERED),
        ([["topic.expired"]], Outcome.UNANSWERED),
        ([["greet.hello"], ["thanks.welcome"]], Outcome.NO_QUESTION),
    ],
)
async def test_one_day_of_one_resident_ends_in_one_way(
    database: Database, ledger: Ledger, said: list[list[str]], outcome: Outcome
) -> None:
    for minute, keys in enumerate(said):
        await ledger.asked(riga(MONDAY, f"10:{minute:02}"), *keys)
    assert await outcomes(database) == {outcome: 1}


async def test_talks_are_counted_for_each_resident_and_channel(
    database: Database, ledger: Ledger
) -> None:
    for minute in range(3):
        await ledger.asked(riga(MONDAY, f"10:{minute:02}"), "topic.meters-how")
    await ledger.asked(riga(MONDAY), "topic.meters-how", who="anna")
    await ledger.asked(riga(MONDAY), "topic.meters-how", channel=Channel.WHATSAPP)
    [day] = await count(database, MONDAY, MONDAY)
    assert day.of(Figure.TALKS) == {Channel.TELEGRAM: 2, Channel.WHATSAPP: 1}
    assert day.of(Figure.OUTCOMES) == {Outcome.AT_ONCE: 3}


async def test_an_edit_is_no_message_and_a_silent_press_no_question(
    database: Database, ledger: Ledger
) -> None:
    await ledger.asked(riga(MONDAY), "topic.meters-how")
    await ledger.asked(riga(MONDAY, "10:05"), edit_of="1")
    await ledger.asked(riga(MONDAY, "11:00"), who="anna", kind="press")
    [day] = await count(database, MONDAY, MONDAY)
    assert day.of(Figure.OUTCOMES) == {Outcome.AT_ONCE: 1, Outcome.NO_QUESTION: 1}
    assert hours(day) == {10: 1, 11: 1}


def test_every_phrase_of_the_assistant_is_an_answer_or_knowingly_none() -> None:
    counted = counting.ANSWERS | counting.CHOICES | counting.PERSON | counting.NOT_ANSWERED
    beside = (
        *("abuse", "affirm", "are_you_bot", "attachment", "channel_name", "choices", "erase"),
        *("foreign", "foreign_language", "goodbye", "greet", "help", "helped", "intro", "masked"),
        *("my_data", "my_tickets", "repeat", "restart", "several", "staff", "thanks", "topic"),
        *("web", "ambassador", "cancel", "join", "my_cases", "relay", "group", "rating"),
        "register",
    )
    phrases = set(content().phrases)
    assert {key for key in phrases - counted if key.partition(".")[0] not in beside} == set()
    assert counted - phrases == set()


# ---------------------------------------------------------------------------------------------- days and hours


async def test_a_day_ends_at_midnight_in_riga(database: Database, ledger: Ledger) -> None:
    await ledger.asked(riga("2026-11-16", "23:59"), "topic.meters-how", after=timedelta(minutes=5))
    await ledger.asked(riga("2026-11-17", "00:00"), "not_understood.first", who="anna")
    first, second = await count(database, "2026-11-16", "2026-11-17")
    assert first.of(Figure.OUTCOMES) == {Outcome.AT_ONCE: 1}
    assert second.of(Figure.OUTCOMES) == {Outcome.UNANSWERED: 1}
    assert (hours(first), hours(second)) == ({23: 1}, {0: 1})


@pytest.mark.parametrize(
    ("day", "expected"),
    # In spring the hour after three is missing, in autumn it comes twice; both are one day.
    [("2026-03-29", {2: 1, 4: 1, 23: 1}), ("2026-10-25", {2: 1, 3: 2, 4: 1, 23: 1})],
)
async def test_the_days_on_which_clocks_change_keep_their_hours(
    database: Database, ledger: Ledger, day: str, expected: dict[int, int]
) -> None:
    moments = [riga(day, "02:30"), riga(day, "04:30"), riga(day, "23:30")]
    if day.startswith("2026-10"):
        moments += [riga(day, "03:30"), riga(day, "03:30").replace(fold=1)]
    for number, moment in enumerate(moments):
        await ledger.asked(moment, "topic.meters-how", who=str(number))
    after = date.fromisoformat(day) + timedelta(days=1)
    await ledger.asked(riga(after.isoformat(), "00:00"), "topic.meters-how")
    changed, next_day = await count(database, day, after.isoformat())
    assert hours(changed) == expected
    assert changed.of(Figure.OUTCOMES) == {Outcome.AT_ONCE: len(moments)}
    assert hours(next_day) == {0: 1}


async def test_days_that_are_over_are_counted_once_in_24_hours(
    database: Database, ledger: Ledger
) -> None:
    period, days = Period(date(2026, 11, 16), date(2026, 11, 17)), Days()
    now = riga("2026-11-18")

    async def counted(at: datetime) -> list[int]:
        async with database.snapshot() as connection:
            calendar = content().calendar
            read = await days.read(connection, period, calendar=calendar, now=at)
            return [talks(day) for day in read]

    assert await counted(now) == [0, 0]
    await ledger.asked(riga("2026-11-16"), "topic.meters-how")
    await ledger.asked(riga("2026-11-17"), "topic.meters-how")
    assert await counted(now + timedelta(minutes=1)) == [0, 1]
    assert await counted(now + timedelta(hours=25)) == [1, 1]


# ---------------------------------------------------------------------------------------------- the page


async def test_a_quiet_municipality_has_an_overview_too(office: Office) -> None:
    async with await leader(office) as dace:
        page = await dace.see("/desk/parskats")
    assert page.status == 200
    assert "Šajā laikā nekā nebija." in page.words()
    assert "Ziņu nav." in page.words()


async def test_only_leaders_and_administrators_see_it(office: Office) -> None:
    async with await office.at_work("Anna Bērziņa") as anna:
        refused = await anna.see("/desk/parskats")
        file = await anna.see("/desk/parskats.csv")
        assert (refused.status, file.status) == (403, 403)
        assert "Pārskats" not in (await anna.see("/desk/")).words()
    async with await leader(office, "admin") as dace:
        assert "Pārskats" in (await dace.see("/desk/")).words()
    async with office.person() as nobody:
        assert (await nobody.see("/desk/parskats", follow=False)).status == 303


async def test_times_are_working_hours_against_the_deadline(office: Office, ledger: Ledger) -> None:
    friday, monday = "2026-11-13", "2026-11-16"
    # Half an hour before closing on Friday (17.00), answered an hour after opening on Monday (8.30).
    await ledger.ticket(
        riga(friday, "16:30"),
        answered=riga(monday, "09:30"),
        solved=riga(monday, "12:30"),
        answer_by=riga(monday, "17:00"),
    )
    await ledger.ticket(
        riga(monday, "09:00"), answered=riga(monday, "09:30"), answer_by=riga(monday, "09:15")
    )
    await ledger.ticket(riga(monday, "20:00"), answer_by=riga("2026-11-20", "17:00"))
    async with await leader(office) as dace:
        rows = await table(dace, "laiki")
    _, answer, solution = zip(*rows, strict=True)
    assert answer[:4] == ("2", "1", "0,5", "1,5")
    assert answer[5] == "33"  # one in time, one late, one whose deadline has passed unanswered
    assert solution[:4] == ("1", "2", "4,5", "4,5")


async def test_a_reopened_ticket_is_measured_by_its_first_deadline(
    office: Office, ledger: Ledger
) -> None:
    await ledger.ticket(
        riga("2026-11-09", "09:00"),
        answered=riga("2026-11-12", "09:00"),
        answer_by=riga("2026-11-20", "17:00"),
        solved=riga("2026-11-17", "09:00"),
        solve_by=riga("2026-11-27", "17:00"),
        reopened=1,
    )
    async with await leader(office) as dace:
        rows = await table(dace, "laiki")
    assert rows[-1] == ["Termiņā, %", "0", "0"]


async def test_what_helped_stands_by_queue_and_topic(office: Office, ledger: Ledger) -> None:
    for queue, topic, helped in (
        ("bills", "bills-ebill", True),
        ("bills", "bills-ebill", False),
        ("bills", "", True),
        ("social", "gone-topic", True),
    ):
        number = await ledger.ticket(riga("2026-11-02"), queue=queue, topic=topic)
        await ledger.verdict(number, riga("2026-11-03"), helped=helped)
    await ledger.verdict(number, riga("2026-10-31", "23:59"), helped=False)
    async with await leader(office) as dace:
        queues = await table(dace, "palidzeja-rindas")
        topics = await table(dace, "palidzeja-temati")
        plan = await table(dace, "plans")
    assert queues == [
        ["Rēķini, skaitītāji un nodoklis", "2", "1", "67", "", "0"],
        ["Sociālā palīdzība", "1", "0", "100", "", "0"],
    ]
    assert topics == [
        ["Kā saņemt rēķinu elektroniski", "1", "1", "50", "", "0"],
        ["(bez temata)", "1", "0", "100", "", "0"],
        ["gone-topic (vairs nav saturā)", "1", "0", "100", "", "0"],
    ]
    assert [row[1] for row in plan] == ["4", "75", "", "0", "2"]


async def test_stars_are_averaged_by_queue_and_topic_on_the_day_they_were_given(
    office: Office, ledger: Ledger
) -> None:
    for queue, topic, stars, day in (
        ("bills", "bills-ebill", 5, "2026-11-03"),
        ("bills", "bills-ebill", 2, "2026-11-04"),
        ("bills", "", 4, "2026-11-04"),
        ("social", "", 1, "2026-10-04"),
    ):
        number = await ledger.ticket(riga("2026-10-02"), queue=queue, topic=topic)
        await ledger.rating(number, riga(day), stars=stars)
    async with await leader(office) as dace:
        queues = await table(dace, "palidzeja-rindas")
        topics = await table(dace, "palidzeja-temati")
        plan = await table(dace, "plans")
        page = await dace.see(f"/desk/parskats?{NOVEMBER}")
    assert queues == [["Rēķini, skaitītāji un nodoklis", "0", "0", "", "3,7", "3"]]
    assert topics == [
        ["(bez temata)", "0", "0", "", "4,0", "1"],
        ["Kā saņemt rēķinu elektroniski", "0", "0", "", "3,5", "2"],
    ]
    assert ["Darbinieka atbildes vidējais vērtējums, 1–5", "3,7"] in plan
    assert "Zvaigznes (vidēji)" in page.text


async def test_topics_and_misunderstandings_are_counted(office: Office, ledger: Ledger) -> None:
    await ledger.asked(riga(MONDAY), "intro.first", "topic.bills-ebill")
    await ledger.asked(riga(MONDAY), "topic.bills-ebill", "topic.bills-portal", who="anna")
    await ledger.asked(riga(MONDAY), "topic.expired", who="juris")
    await ledger.asked(riga(MONDAY), "not_understood.first", who="ilze")
    async with await leader(office) as dace:
        topics = await table(dace, "temati")
        missed = await table(dace, "nesaprastie")
        ended = await table(dace, "iznakums")
    assert [row[1:] for row in topics] == [["2", "0"], ["1", "0"]]
    assert [row[1] for row in missed] == ["1", "0", "0", "0", "1"]
    assert [row[1:] for row in ended] == [
        *(["2", "50"], ["0", "0"], ["0", "0"], ["0", "0"], ["2", "50"], ["0", ""])
    ]


# ---------------------------------------------------------------------------------------------- what was not known


async def nearest(database: Database) -> Mapping[str, int]:
    """Of Monday, also when Tuesday is counted with it: what the questions without an answer were nearest to."""
    [alone] = await count(database, MONDAY, MONDAY)
    monday, _ = await count(database, MONDAY, "2026-11-17")
    assert monday.of(Figure.NEAREST) == alone.of(Figure.NEAREST)
    return alone.of(Figure.NEAREST)


@pytest.mark.parametrize(
    ("key", "likeliest", "name"),
    [
        ("not_understood.first", ("topic.bills-ebill", 0.4), "topic.bills-ebill"),
        ("handoff.opened_not_understood", ("topic.bills-ebill", 0.4), "topic.bills-ebill"),
        ("topic.expired", ("topic.bills-winter-2026", 0.95), "topic.bills-winter-2026"),
        ("centre.hours_unknown", ("centre_hours", 0.9), "centre_hours"),
        ("not_understood.first", ("topic.bills-ebill", 0.02), ""),
        ("out_of_scope.pointer", ("out_of_scope", 0.9), ""),
        ("not_understood.first", ("crisis", 0.2), ""),
    ],
)
async def test_a_question_without_an_answer_is_nearest_to_what_the_model_held_likeliest(
    database: Database, ledger: Ledger, key: str, likeliest: tuple[str, float], name: str
) -> None:
    intent, confidence = likeliest
    await ledger.asked(riga(MONDAY), "intro.first", key, intent=intent, confidence=confidence)
    assert await nearest(database) == {name: 1}


async def test_what_was_answered_or_never_asked_is_near_nothing(
    database: Database, ledger: Ledger
) -> None:
    ebill = "topic.bills-ebill"
    await ledger.asked(riga(MONDAY), ebill, intent=ebill, confidence=0.9)
    await ledger.asked(riga(MONDAY), "greet.hello", intent="greet", confidence=0.9)
    await ledger.asked(riga(MONDAY), "handoff.opened_not_understood", kind="press")
    await ledger.asked(
        riga(MONDAY), "not_understood.first", intent=ebill, confidence=0.4, edit_of="1"
    )
    assert await nearest(database) == {}


async def test_asking_back_counts_when_no_answer_followed_that_day(
    database: Database, ledger: Ledger
) -> None:
    await ledger.asked(riga(MONDAY, "09:00"), "topic.bills-portal", who="left")
    for who, *later in (
        ("chose", "topic.bills-portal"),
        ("chose-a-centre", "clarify.which", "centre.where"),
        ("none-of-these", "handoff.opened_not_understood"),
        ("left",),
        ("next-day",),
    ):
        await ledger.asked(
            riga(MONDAY), "clarify.choices", who=who, intent="topic.meters-how", confidence=0.4
        )
        for minute, key in enumerate(later):
            await ledger.asked(riga(MONDAY, f"10:1{minute}"), key, who=who, kind="press")
    await ledger.asked(riga("2026-11-17"), "topic.bills-portal", who="next-day")
    assert await nearest(database) == {"topic.meters-how": 3}


async def test_a_follow_up_is_about_the_topic_told_before_it(
    database: Database, ledger: Ledger
) -> None:
    await ledger.asked(riga(MONDAY, "09:00"), "topic.bills-portal", who="anna")
    await ledger.asked(riga(MONDAY, "09:00"), "topic.waste-calendar")
    await ledger.asked(riga(MONDAY, "09:30"), "intro.menu", "topic.meters-how")
    await ledger.asked(riga(MONDAY, "09:40"), "thanks.welcome")
    await ledger.asked(riga(MONDAY), "followup.unknown", intent="topic.bills-ebill", confidence=0.5)
    await ledger.asked(riga(MONDAY, "11:00"), "topic.bills-portal")
    await ledger.asked(riga(MONDAY), "followup.unknown", who="juris", intent="greet")
    assert await nearest(database) == {"topic.meters-how": 1, "": 1}


async def test_the_page_shows_what_was_not_known_the_most_asked_first(
    office: Office, ledger: Ledger
) -> None:
    for number, intent in enumerate(
        ["topic.bills-ebill"] * 3 + ["centre_hours"] * 2 + ["topic.gone", "out_of_scope"]
    ):
        await ledger.asked(
            *(riga(MONDAY), "not_understood.first"),
            who=str(number),
            intent=intent,
            confidence=0.5,
        )
    async with await leader(office) as dace:
        rows = await table(dace, "tuvakie")
        months = await table(dace, "menesi")
        page = await dace.see(f"/desk/parskats?{NOVEMBER}")
    assert rows == [
        ["Kā saņemt rēķinu elektroniski", "3", "43"],
        ["Klientu centra darba laiks", "2", "29"],
        ["(nevienam tematam)", "1", "14"],
        ["gone (vairs nav saturā)", "1", "14"],
    ]
    assert ["Nesaprasti vai nezināti jautājumi", "0", "7", "", "%"] in months
    assert "Kam tie bija tuvākie" in page.words()
    assert "(citi)" not in page.words()


async def test_the_page_puts_the_rare_ones_together_and_the_file_does_not(
    office: Office, ledger: Ledger
) -> None:
    topics = list(content().topics)[: MOST_TOPICS + 3]
    for number, topic in enumerate(topics):
        for again in range(2 if number < MOST_TOPICS else 1):
            await ledger.asked(
                *(riga(MONDAY), "not_understood.first"),
                who=f"{topic}-{again}",
                intent=f"topic.{topic}",
                confidence=0.5,
            )
    async with await leader(office) as dace:
        rows = await table(dace, "tuvakie")
        page = await dace.see(f"/desk/parskats?{NOVEMBER}")
    assert len(rows) == MOST_TOPICS + 3
    assert "(citi) 3 9" in page.words()


# ---------------------------------------------------------------------------------------------- months, files


async def test_a_month_is_compared_with_the_same_days_of_the_month_before(
    office: Office, ledger: Ledger
) -> None:
    for day in ("2026-10-05", "2026-10-24", "2026-11-05", "2026-11-06", "2026-11-07"):
        await ledger.asked(riga(day), "topic.bills-ebill")
    async with await leader(office) as dace:
        page = await dace.see(f"/desk/parskats?{NOVEMBER}")
        months = await table(dace, "menesi")
    assert "1.11.2026.–23.11.2026. un 1.10.2026.–23.10.2026." in page.words()
    assert "Sarunas 1 3 +200 %" in page.words()
    assert months[0] == ["Sarunas", "1", "3", "200", "%"]
    assert months[2] == ["Asistents atbildēja pats, %", "100", "100", "0", "p. p."]


async def test_no_name_and_no_word_of_a_resident_is_shown(office: Office, ledger: Ledger) -> None:
    await ledger.asked(riga(MONDAY), "topic.bills-ebill")
    await ledger.ticket(riga(MONDAY))
    async with await leader(office) as dace:
        shown = (await dace.see("/desk/parskats")).text
        shown += (await dace.see("/desk/parskats.csv")).text
    assert SECRET_NAME not in shown
    assert SECRET_TEXT not in shown


async def test_a_file_opens_in_a_spreadsheet(office: Office, ledger: Ledger) -> None:
    await ledger.ticket(riga(MONDAY), topic="=HYPERLINK(1)")
    async with await leader(office) as dace:
        async with dace.http.get(f"{office.url}/desk/parskats.csv?{NOVEMBER}") as response:
            raw = await response.read()
            headers = response.headers
        missing = await dace.see("/desk/parskats.csv?tabula=nav")
    assert raw.startswith(b"\xef\xbb\xbf")
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert headers["Content-Disposition"] == (
        'attachment; filename="parskats-visas-2026-11-01-2026-11-23.csv"'
    )
    lines = list(csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";"))
    assert ["'=HYPERLINK(1) (vairs nav saturā)", "0", "1"] in lines
    assert ["Stunda", "Pirmdiena"] in [line[:2] for line in lines]
    assert missing.status == 404


async def test_the_page_carries_no_inline_style_or_script(office: Office, ledger: Ledger) -> None:
    await ledger.asked(riga(MONDAY), "topic.bills-ebill")
    async with await leader(office) as dace:
        page = await dace.see(f"/desk/parskats?{NOVEMBER}")
    assert "style=" not in page.text
    assert "<style" not in page.text
    assert "<svg" in page.text
    assert "unsafe" not in page.headers["Content-Security-Policy"]
