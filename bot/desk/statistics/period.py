"""The days that an overview is about."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.working_hours import days_of, starts_of

LONGEST = 366
_DEFAULT = 30
_NINETY = 90
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included, as the calendar in Riga counts them."""

    first: date
    last: date

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def days(self) -> Iterator[date]:
        """Each day."""
        return iter(days_of(self.first, self.last))

    def starts(self) -> list[datetime]:
        """The moments at which the days begin, and the end of the last one."""
        return starts_of(self.first, self.last)

    def address(self) -> str:
        """The query of its page."""
        return f"no={self.first}&lidz={self.last}"

    def words(self) -> str:
        """`1.11.2026.–20.11.2026.`"""
        return f"{short(self.first)}{self.first.year}.–{short(self.last)}{self.last.year}."


@dataclass(frozen=True, slots=True)
class Preset:
    """A period to choose."""

    title: str
    period: Period


def short(day: date) -> str:
    """`3.11.`"""
    return f"{day.day}.{day.month}."


def month_until(last: date) -> Period:
    """The month of a day, up to that day."""
    return Period(last.replace(day=1), last)


def month_before(month: Period) -> Period:
    """The same days of the month before; whole months are compared with whole months."""
    end = month.first - _DAY
    whole = (month.last + _DAY).day == 1
    last = end if whole else end.replace(day=min(end.day, month.last.day))
    return Period(end.replace(day=1), last)


def presets(today: date) -> list[Preset]:
    """The periods that are one press away."""
    last_month = today.replace(day=1) - _DAY
    return [
        Preset("30 dienas", _ending(today, _DEFAULT)),
        Preset("Šis mēnesis", month_until(today)),
        Preset("Iepriekšējais mēnesis", month_until(last_month)),
        Preset("90 dienas", _ending(today, _NINETY)),
    ]


def read_period(query: Mapping[str, str], *, today: date) -> tuple[Period, str]:
    """The period that an address asks for, and what is wrong with it in words; empty when nothing is."""
    if "no" not in query and "lidz" not in query:
        return _ending(today, _DEFAULT), ""
    try:
        first = date.fromisoformat(query.get("no", ""))
        last = min(date.fromisoformat(query.get("lidz", "")), today)
    except ValueError:
        return _ending(today, _DEFAULT), "Datums nav saprotams, tāpēc rādām pēdējās 30 dienas."
    if first > last:
        return _ending(today, _DEFAULT), "Sākums ir pēc beigām, tāpēc rādām pēdējās 30 dienas."
    if (last - first).days >= LONGEST:
        return _ending(last, LONGEST), "Vienā pārskatā ietilpst ne vairāk kā 366 dienas."
    return Period(first, last), ""


def _ending(last: date, length: int) -> Period:
    return Period(last - (length - 1) * _DAY, last)
