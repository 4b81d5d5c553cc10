"""What was counted on each day, of what stands in the tables and of what was erased.

What was said on days that are over is counted once in 24 hours: it hardly changes any more.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desk.statistics.period import Period
from bot.storage.statistics import figures, kept
from bot.storage.statistics.counting import Outcome
from bot.storage.statistics.figures import OF_TALKS, OF_TICKETS, DaySums, Figure, Sums
from domain.messages import Channel
from domain.working_hours import WorkingCalendar, local_day

_REMEMBERED = timedelta(hours=24)
"""For so long a reply that came days later is not counted yet."""

_SETTLED = timedelta(days=2)
"""Replies to yesterday's messages may still come."""


@dataclass(frozen=True, slots=True)
class Day:
    """The figures of one day in Riga."""

    date: date
    _figures: Mapping[Figure, Counter[str]]

    def of(self, figure: Figure) -> Counter[str]:
        """How many of each name a figure has."""
        return self._figures.get(figure, Counter())


def _day(day: date, sums: Sums | None) -> Day:
    figures: dict[Figure, Counter[str]] = defaultdict(Counter)
    for (figure, name), count in (sums or {}).items():
        figures[figure][name] = count
    return Day(day, figures)


class Days:
    """Counts days, and remembers what was said on those that are over.

    Everything of one reading comes from one `Database.snapshot`: a resident who is erased meanwhile stands either in
    the tables or in the sums, never in both. What is remembered holds both already.
    """

    def __init__(self) -> None:
        self._known: dict[date, tuple[datetime, Sums]] = {}

    async def read(
        self,
        connection: AsyncConnection,
        period: Period,
        *,
        calendar: WorkingCalendar,
        now: datetime,
    ) -> list[Day]:
        """The days of a period in order."""
        talks = await self._talks(connection, period, now=now)
        tickets = figures.add(
            await figures.sum_tickets(connection, period.starts(), calendar=calendar, now=now),
            await kept.read(connection, first=period.first, last=period.last, figures=OF_TICKETS),
        )
        whole = figures.add(talks, tickets)
        return [_day(day, whole.get(day)) for day in period.days()]

    async def _talks(
        self, connection: AsyncConnection, period: Period, *, now: datetime
    ) -> DaySums:
        self._known = {d: pair for d, pair in self._known.items() if now - pair[0] < _REMEMBERED}
        missing = [day for day in period.days() if day not in self._known]
        counted: DaySums = {}
        if missing:
            # One gap or several: reading from the first to the last missing day is one query either way.
            counted = await _count_talks(connection, Period(missing[0], missing[-1]))
        settled = local_day(now) - _SETTLED
        self._known |= {d: (now, sums) for d, sums in counted.items() if d <= settled}
        remembered = {d: self._known[d][1] for d in period.days() if d not in counted}
        return {**counted, **remembered}


async def _count_talks(connection: AsyncConnection, period: Period) -> DaySums:
    sums = figures.add(
        await figures.sum_talks(connection, period.starts()),
        await kept.read(connection, first=period.first, last=period.last, figures=OF_TALKS),
    )
    return {day: sums.get(day, Counter()) for day in period.days()}


def names_of(days: Iterable[Day], figure: Figure) -> Counter[str]:
    """How many of each name a figure has in all of the days."""
    counts = Counter[str]()
    for day in days:
        counts.update(day.of(figure))
    return counts


def total(days: Iterable[Day], figure: Figure) -> int:
    """A figure of all names in all of the days."""
    return names_of(days, figure).total()


def talks_of(days: Iterable[Day], outcomes: Iterable[Outcome] = tuple(Outcome)) -> int:
    """How many talks there were that ended in some ways or any."""
    counts = names_of(days, Figure.OUTCOMES)
    return sum(counts[outcome.value] for outcome in outcomes)


def by_channel(day: Day, figure: Figure) -> Counter[Channel]:
    """A figure of one day by its channels."""
    return Counter({Channel(name): count for name, count in day.of(figure).items()})


def said_of(days: Iterable[Day], keys: Iterable[str]) -> int:
    """How often the assistant began one of these answers."""
    counts = names_of(days, Figure.SAID)
    return sum(counts[key] for key in keys)
