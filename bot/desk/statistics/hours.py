"""When residents write: messages by weekday and hour."""

from collections import Counter
from collections.abc import Iterable, Mapping

from bot.desk.statistics.days import Day
from bot.desk.statistics.tables import Cell, Table
from bot.storage.statistics.figures import Figure

WEEKDAYS = ("P", "O", "T", "C", "Pk", "S", "Sv")
_DAY_NAMES = (
    "Pirmdiena",
    "Otrdiena",
    "Trešdiena",
    "Ceturtdiena",
    "Piektdiena",
    "Sestdiena",
    "Svētdiena",
)


def heat_of(days: Iterable[Day]) -> Counter[tuple[int, int]]:
    """How many messages came by weekday and hour."""
    counts = Counter[tuple[int, int]]()
    for day in days:
        for hour, count in day.of(Figure.MESSAGES).items():
            counts[day.date.weekday(), int(hour)] += count
    return counts


def busiest(heat: Mapping[tuple[int, int], int]) -> str:
    """When most of them came, in words."""
    if not heat:
        return "Ziņu nav."
    day, hour = max(heat, key=lambda place: (heat[place], place))
    return f"Visvairāk ziņu: {_DAY_NAMES[day].lower()}, {hour}.00–{hour + 1}.00."


def hour_table(heat: Mapping[tuple[int, int], int]) -> Table:
    """Hours below each other, weekdays beside each other."""
    rows: list[tuple[Cell, ...]] = [
        (f"{hour}.00–{hour + 1}.00", *(heat.get((day, hour), 0) for day in range(len(_DAY_NAMES))))
        for hour in range(24)
    ]
    return Table(
        "stundas", "Ziņas pa nedēļas dienām un stundām", ("Stunda", *_DAY_NAMES), tuple(rows)
    )
