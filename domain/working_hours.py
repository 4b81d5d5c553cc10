"""Working days and deadlines: Latvian holidays, moved days and the desk's own answering hours."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from domain.places import Span, Weekday

RIGA = ZoneInfo("Europe/Riga")

_HOUR = 3600.0

_LONGEST_CLOSURE = 60
"""Days to look ahead before the calendar is called broken."""


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """When staff answer. `holidays` are days off, `working` are Saturdays that became working days."""

    days: Mapping[Weekday, Span]
    holidays: frozenset[date] = field(default_factory=frozenset)
    working: frozenset[date] = field(default_factory=frozenset)
    first_answer_days: int = 1
    solution_days: int = 5

    def hours_of(self, day: date) -> Span | None:
        """The answering hours of a day, None when nobody answers. A moved Saturday works like a Friday."""
        if day in self.working:
            return self.days.get(Weekday.of(day)) or self.days.get(Weekday.FRI)
        if day in self.holidays:
            return None
        return self.days.get(Weekday.of(day))

    def is_open(self, moment: datetime) -> bool:
        """Whether staff answer at this moment."""
        local = moment.astimezone(RIGA)
        hours = self.hours_of(local.date())
        return hours is not None and hours.opens <= local.time() < hours.closes

    def deadline(self, asked: datetime, *, working_days: int) -> datetime:
        """The closing hour of the n-th working day after the day on which the question counts.

        A question counts on the day it came when staff still answer on that day, else on the next working day.
        """
        day = self._counting_day(asked.astimezone(RIGA))
        for _ in range(working_days):
            day = self._next_working_day(day + timedelta(days=1))
        hours = self.hours_of(day)
        assert hours is not None  # noqa: S101 - both helpers return working days only
        return datetime.combine(day, hours.closes, RIGA)

    def answer_by(self, asked: datetime) -> datetime:
        """Until when a person gives a first answer."""
        return self.deadline(asked, working_days=self.first_answer_days)

    def solve_by(self, asked: datetime) -> datetime:
        """Until when a question is solved."""
        return self.deadline(asked, working_days=self.solution_days)

    def next_opening(self, moment: datetime) -> datetime:
        """When staff next begin to answer after this moment, on this day or on a later one."""
        local = moment.astimezone(RIGA)
        for start in (local.date(), local.date() + timedelta(days=1)):
            day = self._next_working_day(start)
            hours = self.hours_of(day)
            assert hours is not None  # noqa: S101 - the helper returns working days only
            opening = datetime.combine(day, hours.opens, RIGA)
            if opening > local:
                return opening
        msg = f"no opening after {moment}"
        raise AssertionError(msg)

    def after(self, start: datetime, *, working: timedelta) -> datetime:
        """The moment when so much of the answering hours has passed since `start`."""
        local, left = start.astimezone(RIGA), working
        day = local.date()
        while True:
            hours = self.hours_of(day)
            if hours is not None:
                begins = max(local, datetime.combine(day, hours.opens, RIGA))
                today = max(datetime.combine(day, hours.closes, RIGA) - begins, timedelta())
                if left <= today:
                    return begins + left
                left -= today
            day = self._next_working_day(day + timedelta(days=1))

    def _counting_day(self, asked: datetime) -> date:
        hours = self.hours_of(asked.date())
        if hours is not None and asked.time() < hours.closes:
            return asked.date()
        return self._next_working_day(asked.date() + timedelta(days=1))

    def _next_working_day(self, start: date) -> date:
        for ahead in range(_LONGEST_CLOSURE):
            day = start + timedelta(days=ahead)
            if self.hours_of(day) is not None:
                return day
        msg = f"no working day within {_LONGEST_CLOSURE} days of {start}"
        raise ValueError(msg)


class WorkingTime:
    """Working hours between two moments of some days, which are looked up once."""

    def __init__(self, calendar: WorkingCalendar, *, first: date, last: date) -> None:
        days = days_of(first, max(first, last))
        self._begins = [midnight(day).timestamp() for day in days]
        self._open = [_open_times(calendar, day) for day in days]
        self._before = [0.0, *accumulate(closes - opens for opens, closes in self._open)]

    def between(self, start: datetime, end: datetime) -> float:
        """Working hours from one moment to another; nights, weekends and holidays do not count."""
        return max(0.0, self._until(end) - self._until(start)) / _HOUR

    def _until(self, moment: datetime) -> float:
        seconds = moment.timestamp()
        place = max(0, bisect_right(self._begins, seconds) - 1)
        opens, closes = self._open[place]
        return self._before[place] + max(0.0, min(seconds, closes) - opens)


def _open_times(calendar: WorkingCalendar, day: date) -> tuple[float, float]:
    """When staff begin and stop, as timestamps: wall clocks would be subtracted without their change."""
    hours = calendar.hours_of(day)
    if hours is None:
        return 0.0, 0.0
    opens = datetime.combine(day, hours.opens, RIGA).timestamp()
    return opens, datetime.combine(day, hours.closes, RIGA).timestamp()


def days_of(first: date, last: date) -> list[date]:
    """Each day from the first to the last, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def midnight(day: date) -> datetime:
    """When a day begins in Riga."""
    return datetime.combine(day, time(), RIGA)


def starts_of(first: date, last: date) -> list[datetime]:
    """The moments at which the days from the first to the last begin, and the end of the last one."""
    return [midnight(day) for day in days_of(first, last + timedelta(days=1))]


def local_day(moment: datetime) -> date:
    """The day of a moment in Riga."""
    return moment.astimezone(RIGA).date()
