"""Tables of the overview: what stands behind each plot, and what a spreadsheet gets."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Cell = str | int | float | None
"""Words, a count, a number with one decimal, or nothing known."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers under headings; the first column names the row."""

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    bars: tuple[tuple[float, ...], ...] = ()
    """For each row the parts of its bar, as shares of the longest possible bar."""
    signed: int | None = None
    """The column that shows a change, with its sign; the next one holds its measure, and people read both as one."""
    rest: tuple[Cell, ...] = ()
    """What stands on the page for all the rows that it leaves out."""

    def headings(self) -> tuple[str, ...]:
        """The columns as people read them."""
        return self.columns if self.signed is None else self.columns[: self.signed + 1]

    def shown(self, row: Sequence[Cell]) -> list[str]:
        """A row's cells as people read them."""
        if self.signed is None:
            return [words(cell) for cell in row]
        *before, change, measure = row
        told = f"{words(change, signed=True)}\N{NO-BREAK SPACE}{measure}"
        return [*map(words, before), words(None) if change is None else told]


def words(cell: Cell, *, signed: bool = False) -> str:
    """A cell as a person reads it: `1 234`, `12,5`, `+3`, `–`."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    shown = f"{cell:,.1f}" if isinstance(cell, float) else f"{cell:,}"
    shown = shown.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",").replace("-", "−")
    return f"+{shown}" if signed and cell > 0 else shown


def mean(stars: int, ratings: int) -> float | None:
    """Stars for each rating; None without any."""
    return stars / ratings if ratings else None


def percent(part: int, whole: int) -> int | None:
    """A share in whole per cent; None of nothing."""
    return round(100 * part / whole) if whole else None


def to_csv(tables: Iterable[Table], *, period: str) -> bytes:
    """Tables for a spreadsheet of Latvian settings: semicolons, decimal commas, and a mark that it is UTF-8."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    for number, table in enumerate(tables):
        if number:
            writer.writerow([])
        writer.writerow([_safe(table.title), period])
        writer.writerow([_safe(column) for column in table.columns])
        writer.writerows([_safe(cell) for cell in row] for row in table.rows)
    return (_BOM + file.getvalue()).encode()


def _safe(cell: Cell) -> str:
    """A cell that no spreadsheet takes for a formula."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
    return f"{cell:.1f}".replace(".", ",") if isinstance(cell, float) else str(cell)
