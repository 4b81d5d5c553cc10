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
    seats: int | None
    signup: str | None
    queue: str
    """Who takes registrations for it; empty when one registers elsewhere, as `signup` says."""
    valid_until: date
