"""Deadlines fall on the closing hour of a working day, whatever weekends and holidays lie between."""

from datetime import date, datetime, time, timedelta

import pytest

from domain.places import Span, Weekday
from domain.working_hours import RIGA, WorkingCalendar

OFFICE = Span(time(8, 30), time(17))
WEEK = dict.fromkeys(list(Weekday)[:5], OFFICE)
# 2026-11-18 is a holiday (Wednesday): Latvijas Republikas proklamēšanas diena.
CALENDAR = WorkingCalendar(days=WEEK, holidays=frozenset({date(2026, 11, 18)}))


def riga(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=RIGA)


@pytest.mark.parametrize(
    ("asked", "deadline"),
    [
        (riga(11, 16, 10), riga(11, 17, 17)),
        (riga(11, 17, 10), riga(11, 19, 17)),
        (riga(11, 20, 10), riga(11, 23, 17)),
        (riga(11, 20, 18), riga(11, 24, 17)),
        (riga(11, 21, 12), riga(11, 24, 17)),
        (riga(11, 16, 6), riga(11, 17, 17)),
    ],
)
def test_one_working_day(asked: datetime, deadline: datetime) -> None:
    assert CALENDAR.deadline(asked, working_days=1) == deadline


def test_a_moved_saturday_is_a_working_day() -> None:
    calendar = WorkingCalendar(days=WEEK, working=frozenset({date(2026, 11, 21)}))
    assert calendar.deadline(riga(11, 20, 10), working_days=1) == riga(11, 21, 17)


def test_open_by_the_hour_in_local_time_even_when_the_clock_changes() -> None:
    # Summer time ends on 2026-10-25: 14:30 UTC is 16:30 in Riga on Monday, and 17:30 three days before.
    assert CALENDAR.is_open(datetime.fromisoformat("2026-10-26T14:30:00+00:00"))
    assert not CALENDAR.is_open(datetime.fromisoformat("2026-10-23T14:30:00+00:00"))


def test_a_calendar_without_working_days_is_refused_instead_of_searching_for_ever() -> None:
    with pytest.raises(ValueError, match="no working day"):
        WorkingCalendar(days={}).deadline(riga(11, 16, 10), working_days=1)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        (riga(11, 16, 10), 60, riga(11, 16, 11)),
        (riga(11, 16, 6), 60, riga(11, 16, 9, 30)),
        (riga(11, 16, 16), 60, riga(11, 16, 17)),
        (riga(11, 16, 16, 30), 60, riga(11, 17, 9)),
        (riga(11, 17, 16, 30), 60, riga(11, 19, 9)),
        (riga(11, 20, 18), 60, riga(11, 23, 9, 30)),
        (riga(11, 21, 12), 0, riga(11, 23, 8, 30)),
        (riga(11, 16, 8, 30), 2 * 510 + 1, riga(11, 19, 8, 31)),
    ],
)
def test_working_time_passes_only_while_staff_answer(
    start: datetime, minutes: int, end: datetime
) -> None:
    assert CALENDAR.after(start, working=timedelta(minutes=minutes)) == end
