"""What a page's address asks for: numbers, days, and the filters of the list. What makes no sense is left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from bot.content import Content
from bot.storage.ticket_lists import Filters
from domain.folding import fold
from domain.messages import AgentId, Channel
from domain.tickets import LONGEST_TAG, Priority
from domain.working_hours import midnight

_MOST_DIGITS = 15
_NAMES = ("rinda", "kanals", "darbinieks", "prioritate", "birka", "no", "lidz")


def read_number(text: str) -> int | None:
    """A number that PostgreSQL can count to."""
    plain = text.strip()
    short = len(plain) <= _MOST_DIGITS
    return int(plain) if short and plain.isascii() and plain.isdigit() else None


def read_day(text: str) -> date | None:
    """A day as a browser's date field writes it."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if date(2000, 1, 1) <= found <= date(2999, 12, 31) else None


def day_start(day: date | None, *, days_later: int = 0) -> datetime | None:
    """When a day begins in Riga, or one after it."""
    return None if day is None else midnight(day + timedelta(days=days_later))


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of a list, as they stand in its address: ids and days only, never anything about a resident."""

    values: Mapping[str, str]
    """Every filter; empty when it does not matter."""
    filters: Filters

    def __len__(self) -> int:
        return sum(map(bool, self.values.values()))

    def query(self, **more: str | int) -> str:
        """The query of an address with these filters and more."""
        return urlencode({**more, **{n: value for n, value in self.values.items() if value}})


def read_filters(asked: Mapping[str, str], content: Content) -> Asked:
    """The filters that an address asks for."""
    queue, channel = asked.get("rinda", ""), asked.get("kanals", "")
    priority = asked.get("prioritate", "")
    agent = read_number(asked.get("darbinieks", ""))
    first, last = read_day(asked.get("no", "")), read_day(asked.get("lidz", ""))
    filters = Filters(
        queue=queue if queue in content.queues else None,
        channel=Channel(channel) if channel in list(Channel) else None,
        agent=None if agent is None else AgentId(agent),
        priority=Priority(priority) if priority in list(Priority) else None,
        tag=fold(asked.get("birka", ""))[:LONGEST_TAG] or None,
        opened_from=day_start(first),
        opened_until=day_start(last, days_later=1),
    )
    chosen = (filters.queue, filters.channel, filters.agent, filters.priority, filters.tag)
    pairs = zip(_NAMES, (*chosen, first, last), strict=True)
    return Asked({name: "" if value is None else str(value) for name, value in pairs}, filters)
