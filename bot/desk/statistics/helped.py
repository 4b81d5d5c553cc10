"""Whether it helped, as residents say: by queue and by topic."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.desk.statistics.days import Day, names_of, total
from bot.desk.statistics.tables import Table, mean, percent
from bot.storage.statistics.figures import Figure


@dataclass(frozen=True, slots=True)
class Grouping:
    """What residents said and the stars they gave, by queue or by topic."""

    table: str
    title: str
    heading: str
    yes: Figure
    no: Figure
    stars: Figure
    ratings: Figure


BY_QUEUE = Grouping(
    "palidzeja-rindas",
    "Vai tas palīdzēja? Pa rindām",
    "Rinda",
    yes=Figure.QUEUE_HELPED,
    no=Figure.QUEUE_NOT_HELPED,
    stars=Figure.QUEUE_STARS,
    ratings=Figure.QUEUE_RATED,
)
BY_TOPIC = Grouping(
    "palidzeja-temati",
    "Vai tas palīdzēja? Pa tematiem",
    "Temats",
    yes=Figure.TOPIC_HELPED,
    no=Figure.TOPIC_NOT_HELPED,
    stars=Figure.TOPIC_STARS,
    ratings=Figure.TOPIC_RATED,
)


def helped(days: Sequence[Day], by: Grouping, title: Callable[[str], str]) -> Table:
    """What residents said about solved tickets, under the titles of their queues or topics."""
    yes, no, stars, ratings = (
        _titled(names_of(days, figure), title) for figure in (by.yes, by.no, by.stars, by.ratings)
    )
    names = sorted({*yes, *no, *ratings}, key=lambda one: (-yes[one] - no[one], one))
    most = max((yes[one] + no[one] for one in names), default=1) or 1
    return Table(
        by.table,
        by.title,
        (by.heading, "Jā", "Nē", "Jā, %", "Zvaigznes (vidēji)", "Vērtējumi"),
        tuple(
            (
                *(one, yes[one], no[one], percent(yes[one], yes[one] + no[one])),
                *(mean(stars[one], ratings[one]), ratings[one]),
            )
            for one in names
        ),
        tuple((yes[one] / most, no[one] / most) for one in names),
    )


def _titled(counts: Mapping[str, int], title: Callable[[str], str]) -> Counter[str]:
    """Counts by what people read: two names may have one title."""
    titled = Counter[str]()
    for name, count in counts.items():
        titled[title(name)] += count
    return titled


def verdicts(days: Sequence[Day]) -> tuple[int, int]:
    """How many residents said that it helped, and how many said anything."""
    yes = total(days, Figure.QUEUE_HELPED)
    return yes, yes + total(days, Figure.QUEUE_NOT_HELPED)
