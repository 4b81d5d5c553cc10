"""Where things are: places, centres, access points. None is unknown, never a guess."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum


class Weekday(StrEnum):
    """Days as content files name them."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"

    @classmethod
    def of(cls, day: date) -> "Weekday":
        """The weekday of a date."""
        return _WEEK[day.weekday()]


_WEEK = tuple(Weekday)


@dataclass(frozen=True, slots=True)
class Span:
    """From an hour to a later hour of one day, local time."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When a place is open, per weekday; a day that is missing is closed."""

    days: Mapping[Weekday, Span]
    lunch: Span | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A village, a parish or a town, and the centre that serves it."""

    id: str
    name: str
    kind: str
    parish: str | None
    centre: str | None


@dataclass(frozen=True, slots=True)
class Centre:
    """A KAC or a parish administration."""

    id: str
    name: str
    place: str | None
    parish: str | None
    address: str | None
    phone: str | None
    email: str | None
    hours: OpeningHours | None
    note: str | None
    valid_until: date


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """A library or a centre with public computers or Wi-Fi."""

    id: str
    name: str
    place: str | None
    parish: str | None
    address: str | None
    phone: str | None
    hours: OpeningHours | None
    free: tuple[str, ...]
    note: str | None
    valid_until: date
