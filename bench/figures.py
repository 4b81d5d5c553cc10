"""Numbers as people read them: percentiles and Markdown tables."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all values does not exceed; NaN when there are none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in seconds."""

    count: int
    p50: float
    p95: float
    longest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The spread of measured times."""
        longest = max(values, default=math.nan)
        return cls(len(values), percentile(values, 0.50), percentile(values, 0.95), longest)


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the report, with what has to be known to read it."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def to_markdown(self) -> str:
        """The table as it stands in docs/bench.md."""
        lines = [f"### {self.title}", "", _row(self.head), _row(["---"] * len(self.head))]
        lines += [_row(row) for row in self.rows]
        if self.notes:
            lines += ["", *(f"- {note}" for note in self.notes)]
        return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def milliseconds(seconds: float) -> str:
    """`0.0431` → `43 ms`."""
    return "–" if math.isnan(seconds) else f"{seconds * 1000:.0f} ms"


def per_second(rate: float) -> str:
    """`73.4` → `73/s`."""
    return f"{rate:.0f}/s"


def megabytes(size: float) -> str:
    """Bytes → `143 MB`."""
    return f"{size / 1e6:.0f} MB"
