"""How long tickets waited, in working hours, against their deadlines."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from math import ceil

from bot.desk.statistics.period import Period, midnight
from bot.storage.statistics import TicketTimes
from domain.working_hours import RIGA, WorkingCalendar

_HOUR = 3600.0


class WorkingTime:
    """Working hours between two moments of some days, which are looked up once."""

    def __init__(self, calendar: WorkingCalendar, *, first: date, last: date) -> None:
        days = list(Period(first, max(first, last)).days())
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


@dataclass(frozen=True, slots=True)
class Waited:
    """How long one kind of thing took. Hours are working hours; None where there is nothing to count."""

    done: int
    """Tickets for which it happened."""
    pending: int
    """Tickets for which it has not happened yet."""
    median: float | None
    p90: float | None
    allowed: float | None
    """The median of the time that the deadlines left."""
    in_time: int
    judged: int
    """Tickets that can be judged: those done, and those whose deadline has passed."""

    @property
    def share(self) -> float | None:
        """Done within the deadline, of those that can be judged."""
        return self.in_time / self.judged if self.judged else None


Pick = Callable[[TicketTimes], tuple[datetime | None, datetime]]


def waited(
    tickets: Sequence[TicketTimes], working: WorkingTime, pick: Pick, *, now: datetime
) -> Waited:
    """Times of some tickets; `pick` says when the thing happened and until when it was due."""
    pairs = [(ticket, *pick(ticket)) for ticket in tickets]
    taken = sorted(working.between(t.opened_at, at) for t, at, _ in pairs if at)
    allowed = sorted(working.between(t.opened_at, due) for t, _, due in pairs)
    return Waited(
        done=len(taken),
        pending=len(pairs) - len(taken),
        median=quantile(taken, 0.5),
        p90=quantile(taken, 0.9),
        allowed=quantile(allowed, 0.5),
        in_time=sum(at is not None and at <= due for _, at, due in pairs),
        judged=sum(at is not None or due < now for _, at, due in pairs),
    )


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that at least this share of the values does not exceed."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None


def first_answer(calendar: WorkingCalendar) -> Pick:
    """First answer of staff. A reopened ticket has a new deadline, so the first one is reckoned again."""

    def pick(ticket: TicketTimes) -> tuple[datetime | None, datetime]:
        due = ticket.answer_by
        if ticket.reopened:
            due = calendar.deadline(ticket.opened_at, working_days=calendar.first_answer_days)
        return ticket.first_answered_at, due

    return pick


def solution(ticket: TicketTimes) -> tuple[datetime | None, datetime]:
    """The last time that staff solved it; a reopened ticket that is open again is not solved."""
    return ticket.solved_at, ticket.solve_by
