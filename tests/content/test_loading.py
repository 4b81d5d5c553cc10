"""What the files of a content directory become."""

from datetime import UTC, date, datetime, time

from bot.content import load
from domain.places import Span, Weekday
from domain.working_hours import RIGA
from tests.content.conftest import Directory

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def test_a_topic_is_served_until_its_last_day(directory: Directory) -> None:
    content = load(directory.path)

    assert content.topic("bills-pay-where").title == "Kur samaksāt rēķinu"
    assert content.topic_queue("bills-pay-where") == "bills"
    assert content.is_current("bills-pay-where", datetime(2027, 12, 31, 21, 59, tzinfo=UTC))
    assert not content.is_current("bills-pay-where", datetime(2027, 12, 31, 22, 1, tzinfo=UTC))


def test_an_unknown_topic_is_neither_served_nor_an_error(directory: Directory) -> None:
    content = load(directory.path)

    assert not content.has_topic("bills-gone")
    assert not content.is_current("bills-gone", NOW)
    assert content.topic_choices("bills-gone") == ()
    assert content.topic_queue("bills-gone") == "general"


def test_a_group_offers_what_its_entry_names_else_its_folder(directory: Directory) -> None:
    directory.add("meters/a-meters-first", title="Pirmais pēc alfabēta", word="skaitīt")

    content = load(directory.path)

    assert content.groups() == ("bills", "meters")
    assert content.group_topics("bills") == ("bills-pay-where",)
    assert content.group_topics("meters") == ("meters-how",)
    assert content.group_topics("gone") == ()


def test_a_village_is_served_by_the_centre_of_its_parish(directory: Directory) -> None:
    content = load(directory.path)
    eleja, jelgava = content.place("eleja"), content.place("jelgava")
    assert eleja
    assert jelgava

    centre = content.centre_for(eleja)

    assert centre
    assert centre.id == "kac-eleja"
    assert centre.address == "Dārza iela 1, Eleja, LV-3023"
    assert content.centre_for(jelgava) is None
    assert content.place("riga") is None


def test_opening_hours_keep_their_lunch_and_leave_closed_days_out(directory: Directory) -> None:
    centre = load(directory.path).centres()[0]

    assert centre.hours
    assert centre.hours.days == {
        Weekday.MON: Span(time(8, 30), time(18, 0)),
        Weekday.TUE: Span(time(8, 30), time(17, 0)),
    }
    assert centre.hours.lunch == Span(time(12, 0), time(12, 30))


def test_access_points_are_those_of_the_whole_parish(directory: Directory) -> None:
    content = load(directory.path)

    assert [p.id for p in content.access_points(content.place("elejas-pagasts"))] == [
        "biblioteka-eleja"
    ]
    assert content.access_points(content.place("jelgava")) == ()
    assert len(content.access_points(None)) == 1


def test_trainings_come_soonest_first_and_past_ones_not_at_all(directory: Directory) -> None:
    content = load(directory.path)

    assert [t.id for t in content.trainings(NOW)] == ["drizaka", "vecaka"]
    assert [t.id for t in content.trainings(datetime(2027, 2, 10, 9, 0, tzinfo=UTC))] == ["vecaka"]
    assert content.trainings(NOW)[0].starts == datetime(2027, 2, 10, 10, 0, tzinfo=RIGA)


def test_the_calendar_knows_public_holidays_and_moved_days(directory: Directory) -> None:
    calendar = load(directory.path, today=date(2026, 11, 20)).calendar

    assert calendar.hours_of(date(2026, 11, 18)) is None
    assert calendar.hours_of(date(2027, 1, 4)) is None
    assert calendar.hours_of(date(2027, 5, 5)) is None
    assert calendar.hours_of(date(2027, 5, 15)) == Span(time(8, 30), time(15, 0))
    assert calendar.hours_of(date(2026, 11, 20)) == Span(time(8, 30), time(15, 0))
    assert (calendar.first_answer_days, calendar.solution_days) == (1, 5)


def test_commands_are_found_without_garumzimes_and_in_any_case(directory: Directory) -> None:
    commands = load(directory.path).commands

    found = [commands.find(text) for text in ("PALIDZIBA!", "cilvēku, lūdzu", "nee", "да", "ūdens")]

    assert found == ["help", "ask_person", "deny", "affirm", None]


def test_choices_have_human_words(directory: Directory) -> None:
    content = load(directory.path)

    assert content.label("topic.bills-pay-where") == "Kur samaksāt rēķinu"
    assert content.label("menu:meters") == "Skaitītāji"
    assert content.label("ask_person") == "Jautāt darbiniekam"
    assert content.label("return_yes:1042") == "Jā, lai atgriežas"
    assert content.label("centre_hours:eleja") == "Darba laiks: Eleja"
    assert content.label("centre_hours") == "Klientu centra darba laiks"


def test_the_privacy_notice_of_the_municipality_comes_before_our_own_page(
    directory: Directory,
) -> None:
    own = "https://zintis.example/privatums"
    assert load(directory.path, privacy_url=own).privacy_url == own

    directory.edit("phrases.yml", "privacy_url: null", "privacy_url: https://novads.example/p")

    assert load(directory.path, privacy_url=own).privacy_url == "https://novads.example/p"
