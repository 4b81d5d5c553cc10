"""Days and times of day as people name them, and what kind of day it is."""

import re
from datetime import date, time, timedelta
from enum import StrEnum

from domain.folding import fold
from domain.places import Span, Weekday

_WEEK = 7
_RELATIVE = {
    "day_before_yesterday": -2,
    "yesterday": -1,
    "today": 0,
    "tomorrow": 1,
    "day_after_tomorrow": 2,
}
_FEASTS = {
    "ziemassvetk": (12, 25),
    "vecgad": (12, 31),
    "jaungad": (1, 1),
    "jaunaja gada": (1, 1),
    "ligo": (6, 23),
    "janos": (6, 24),
    "lacplesa dien": (11, 11),
}
"""Feasts with a fixed date, by how their names begin when they are asked about."""

_AROUND_EASTER = {
    "lielaja piektdien": -2,
    "liela piektdien": -2,
    "otrajas lieldien": 1,
    "otras lieldien": 1,
    "lieldien": 0,
}
"""Feasts that move with Easter Sunday, in days from it; a longer name stands before its part."""

_PARTS_OF_DAY = {
    "no rita": Span(time(8), time(11)),
    "rita puse": Span(time(8), time(11)),
    "prieks pusdien": Span(time(9), time(12)),
    "pirms pusdien": Span(time(9), time(12)),
    "pec pusdien": Span(time(13), time(17)),
    "pecpusdien": Span(time(13), time(17)),
    "pusdienlaik": Span(time(12), time(13)),
    "pusdienu laik": Span(time(12), time(13)),
    "pec darba": Span(time(17), time(20)),
    "vakara": Span(time(17), time(20)),
    "vakaros": Span(time(17), time(20)),
}
"""Parts of a day by how their names begin; what people mean by them, not when anything is open."""

_CLOCK = re.compile(r"\b(?:plkst\.?|pulksten\w*) ?([01]?\d|2[0-3])(?:[:.]([0-5]\d))?(?![\d.:])")
_WITH_COLON = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)\b")


class DayKind(StrEnum):
    """Whether people work on a day."""

    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


def resolve(named: str, today: date) -> date | None:
    """The date of a day as the model names it: `tomorrow`, `fri`, `next_fri`, `--12-24`, `2026-12-24`.

    A weekday is the coming one (today included), `next_` one of the next calendar week; a date without a year is
    the coming one.
    """
    if named in _RELATIVE:
        return today + timedelta(days=_RELATIVE[named])
    if named.removeprefix("next_") in tuple(Weekday):
        return _weekday(named, today)
    if named.startswith("--"):
        return _coming(int(named[2:4]), int(named[5:7]), today)
    return _iso(named)


def feast_in(text: str, today: date) -> date | None:
    """The coming date of a feast that a text names ("Ziemassvētkos")."""
    folded = f" {fold(text)}"
    for name, days in _AROUND_EASTER.items():
        if f" {name}" in folded:
            return _around_easter(days, today)
    named = (day for name, day in _FEASTS.items() if f" {name}" in folded)
    return next((_coming(month, day, today) for month, day in named), None)


def time_in(text: str) -> Span | None:
    """The time of day that a text names: a part of the day ("pēc pusdienām"), or a minute ("plkst. 17", "17:30")."""
    lowered = text.lower()
    if clock := _CLOCK.search(lowered) or _WITH_COLON.search(lowered):
        named = time(int(clock[1]), int(clock[2] or 0))
        return Span(named, named)
    folded = f" {fold(text)}"
    return next((span for name, span in _PARTS_OF_DAY.items() if f" {name}" in folded), None)


def easter(year: int) -> date:
    """Easter Sunday of the Western churches (Meeus, Jones and Butcher; Astronomical Algorithms, chapter 8)."""
    golden = year % 19
    century, of_century = divmod(year, 100)
    leap, rest = divmod(century, 4)
    moon = (19 * golden + century - leap - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    leaps, left = divmod(of_century, 4)
    weekday = (32 + 2 * rest + 2 * leaps - moon - left) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _weekday(named: str, today: date) -> date:
    wanted = tuple(Weekday).index(Weekday(named.removeprefix("next_")))
    if named.startswith("next_"):
        return today + timedelta(days=_WEEK - today.weekday() + wanted)
    return today + timedelta(days=(wanted - today.weekday()) % _WEEK)


def _coming(month: int, day: int, today: date) -> date | None:
    for year in (today.year, today.year + 1):
        found = _iso(f"{year}-{month:02}-{day:02}")
        if found is not None and found >= today:
            return found
    return None


def _around_easter(days: int, today: date) -> date:
    this_year = easter(today.year) + timedelta(days=days)
    return this_year if this_year >= today else easter(today.year + 1) + timedelta(days=days)


def _iso(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
