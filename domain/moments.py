"""Days as people name them, and what kind of day they are."""

from datetime import date, timedelta
from enum import StrEnum

from domain.folding import fold
from domain.places import Weekday

_WEEK = 7
_RELATIVE = {"yesterday": -1, "today": 0, "tomorrow": 1, "day_after_tomorrow": 2}
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
    named = (day for name, day in _FEASTS.items() if f" {name}" in folded)
    return next((_coming(month, day, today) for month, day in named), None)


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


def _iso(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
