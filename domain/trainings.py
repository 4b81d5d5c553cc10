"""Courses that residents can attend."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Training:
    """One course with a date; only what is really offered stands in content."""

    id: str
    title: str
    starts: datetime
    place: str | None
    address: str | None
    audience: str
    signup: str | None
    valid_until: date
