"""What was counted on each day. Days that are over are counted once in 24 hours: they hardly change any more."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desk.statistics.period import Period, local_day
from bot.storage import statistics as stored
from bot.storage.statistics import Outcome
from domain.messages import Channel
from domain.working_hours import RIGA

_KEPT = timedelta(hours=24)
"""For so long a message that its owner had erased is still counted."""

_SETTLED = timedelta(days=2)
"""Replies to yesterday's messages may still come."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day in Riga: talks by channel and outcome, messages by hour, answers of the assistant by key."""

    date: date
    talks: Counter[tuple[Channel, Outcome]] = field(default_factory=Counter)
    hours: Counter[int] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)


class Days:
    """Counts days, and remembers those that are over."""

    def __init__(self) -> None:
        self._kept: dict[date, tuple[datetime, Day]] = {}

    async def read(
        self, connection: AsyncConnection, period: Period, *, now: datetime
    ) -> list[Day]:
        """The days of a period in order."""
        self._kept = {d: pair for d, pair in self._kept.items() if now - pair[0] < _KEPT}
        missing = [day for day in period.days() if day not in self._kept]
        counted = {}
        if missing:
            # One gap or several: reading from the first to the last missing day is one query either way.
            counted = await _count(connection, Period(missing[0], missing[-1]))
        settled = local_day(now) - _SETTLED
        self._kept |= {d: (now, day) for d, day in counted.items() if d <= settled}
        return [counted.get(day) or self._kept[day][1] for day in period.days()]


async def _count(connection: AsyncConnection, period: Period) -> dict[date, Day]:
    starts = period.starts()
    days = [Day(day) for day in period.days()]
    for talk in await stored.count_talks(connection, starts):
        days[talk.day].talks[talk.channel, talk.outcome] += talk.count
    for said in await stored.count_said(connection, starts):
        for key in said.keys:
            days[said.day].said[key] += said.count
    by_date = {day.date: day for day in days}
    for hour, count in await stored.count_messages(connection, starts):
        local = hour.astimezone(RIGA)
        by_date[local.date()].hours[local.hour] += count
    return by_date


def talks_of(
    days: Iterable[Day],
    *,
    channel: Channel | None = None,
    outcomes: Sequence[Outcome] = tuple(Outcome),
) -> int:
    """How many talks there were, of one channel or all, that ended in some ways or any."""
    return sum(
        count
        for day in days
        for (through, outcome), count in day.talks.items()
        if channel in (None, through) and outcome in outcomes
    )


def said_of(days: Iterable[Day], keys: Iterable[str]) -> int:
    """How often the assistant began one of these answers."""
    wanted = tuple(keys)
    return sum(day.said[key] for day in days for key in wanted)
