"""How long tickets waited, in working hours, against their deadlines."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from bot.desk.statistics.days import Day, names_of
from bot.storage.statistics.figures import TENTHS, Figure, Stage, Standing


@dataclass(frozen=True, slots=True)
class Waited:
    """How long one kind of thing took. Hours are working hours, in tenths; None where there is nothing to count."""

    done: int
    """Tickets for which it happened."""
    pending: int
    """Tickets for which it has not happened yet."""
    median: float | None
    p90: float | None
    allowed: float | None
    """The median of the time that the deadlines left."""
    in_time: int
    judged: int
    """Tickets that can be judged: those done, and those whose deadline has passed."""


def waited(days: Sequence[Day], stage: Stage) -> Waited:
    """How the tickets opened on some days waited for one thing."""
    took, allowed = _histogram(days, stage.took), _histogram(days, stage.allowed)
    standing = names_of(days, stage.standing)
    return Waited(
        done=took.total(),
        pending=standing[Standing.PENDING],
        median=_hours(took, 0.5),
        p90=_hours(took, 0.9),
        allowed=_hours(allowed, 0.5),
        in_time=standing[Standing.IN_TIME],
        judged=standing[Standing.JUDGED],
    )


def quantile(counts: Mapping[int, int], share: float) -> int | None:
    """The smallest value that at least this share of the counted values does not exceed."""
    left = max(1, ceil(share * sum(counts.values())))
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    return None


def _histogram(days: Sequence[Day], figure: Figure) -> Counter[int]:
    return Counter({int(name): count for name, count in names_of(days, figure).items()})


def _hours(tenths: Mapping[int, int], share: float) -> float | None:
    found = quantile(tenths, share)
    return None if found is None else found / TENTHS
