"""Plots as SVG: shapes carry classes, the style sheet the colours, so the pages need no inline style.

Widths are shares of the page and letters keep their size, so one drawing fits a phone, a screen and paper. A plot
says in words what it shows; its numbers stand in the table behind it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup, escape

_HEIGHT = 190
_TOP = 10
_FLOOR = 160
"""Where columns stand, in pixels from above; the labels are below."""

_MOST_LABELS = 6
_CELL = 22
_SHADES = 5
_HOURS = 24


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing, its scale at the left, and what it shows in words."""

    scale: Markup
    drawing: Markup


def columns(
    labels: Sequence[str], series: Sequence[tuple[str, Sequence[int]]], *, about: str
) -> Plot:
    """Stacked columns, one for each label; `series` are classes with their numbers."""
    totals = [sum(numbers) for numbers in zip(*(n for _, n in series), strict=True)]
    top = nice_top(max(totals, default=0))
    ticks = [0, top // 2, top]
    lines = (_line("0", "100%", _height(tick, top)) for tick in ticks)
    stacks = (
        _stack(at, [(kind, n[at]) for kind, n in series], count=len(labels), top=top)
        for at in range(len(labels))
    )
    scale = (_text("34", _height(tick, top) + 4, str(tick), "end") for tick in ticks)
    return Plot(
        _svg("plot-scale", scale, height=_HEIGHT),
        _svg("plot-area", [*lines, *stacks, *_labels(labels)], height=_HEIGHT, about=about),
    )


def nice_top(most: int) -> int:
    """The even number at the top of a scale: 2, 4, 10, 20, 40, 50 …"""
    if most <= 2:  # noqa: PLR2004 - the smallest scale with a whole middle
        return 2
    size = 10 ** floor(log10(most))
    steps = (step * size for step in (1, 2, 4, 5, 6, 8, 10))
    return next(int(step) for step in steps if step >= most and step % 2 == 0)


def heat(counts: Mapping[tuple[int, int], int], days: Sequence[str], *, about: str) -> Plot:
    """Weekdays below each other, hours beside each other: the darker, the busier."""
    most = max(counts.values(), default=0)
    cells = [
        _cell(day, hour, counts.get((day, hour), 0), most)
        for day in range(len(days))
        for hour in range(_HOURS)
    ]
    height = len(days) * _CELL + 20
    hours = [
        _text(_percent((hour + 0.5) / _HOURS), height - 4, str(hour), "middle")
        for hour in range(0, _HOURS, 3)
    ]
    names = [_text("34", at * _CELL + 15, name, "end") for at, name in enumerate(days)]
    return Plot(
        _svg("plot-scale", names, height=height),
        _svg("plot-area", [*cells, *hours], height=height, about=about),
    )


def shade(count: int, most: int) -> int:
    """How dark: 0 for nothing, up to 5 for the busiest."""
    return ceil(_SHADES * count / most) if count else 0


def span(*, median: float | None, p90: float | None, allowed: float | None, about: str) -> Markup:
    """One bar: to the median dark, to the 90th hundredth light, and a mark where the deadline is."""
    longest = max(median or 0, p90 or 0, allowed or 0) * 1.06 or 1.0
    parts = [
        _box("span-p90", 0, (p90 or 0) / longest, 6, 22),
        _box("span-median", 0, (median or 0) / longest, 6, 22),
    ]
    if allowed is not None:
        place = _percent(allowed / longest)
        parts.append(
            Markup('<line class="span-due" x1="{}" x2="{}" y1="0" y2="34"/>').format(place, place)
        )
    return _svg("plot-span", parts, height=34, about=about)


def bar(parts: Sequence[float]) -> Markup:
    """A bar in a table's row; the numbers beside it say the same, so it is not read aloud."""
    drawn, left = [], 0.0
    for at, share in enumerate(parts):
        drawn.append(_box(f"bar-{at}", left, share, 2, 12))
        left += share
    return _svg("bar", drawn, height=16)


def _svg(kind: str, parts: Iterable[Markup], *, height: int, about: str = "") -> Markup:
    told = (
        Markup('role="img" aria-label="{}"').format(about)
        if about
        else Markup('aria-hidden="true"')
    )
    opened = Markup('<svg class="{}" width="100%" height="{}" focusable="false" {}>').format(
        kind, height, told
    )
    return opened + Markup().join(parts) + Markup("</svg>")


def _stack(at: int, parts: Sequence[tuple[str, int]], *, count: int, top: int) -> Markup:
    wide, below = 1 / count, 0
    drawn = Markup()
    for kind, number in parts:
        if number:
            upper = _height(below + number, top)
            drawn += _box(kind, (at + 0.12) * wide, 0.76 * wide, upper, _height(below, top) - upper)
        below += number
    return drawn


def _cell(day: int, hour: int, count: int, most: int) -> Markup:
    return _box(f"heat-{shade(count, most)}", hour / _HOURS, 0.93 / _HOURS, day * _CELL, _CELL - 2)


def _labels(labels: Sequence[str]) -> Iterable[Markup]:
    """As many labels as a phone has room for, each under its column."""
    step = max(1, ceil(len(labels) / _MOST_LABELS))
    for at in range(0, len(labels), step):
        place = (at + 0.5) / len(labels)
        anchor = "start" if place < 0.06 else "end" if place > 0.94 else "middle"  # noqa: PLR2004 - the edges
        x = at / len(labels) if anchor == "start" else 1.0 if anchor == "end" else place
        yield _text(_percent(x), _FLOOR + 20, labels[at], anchor)


def _box(kind: str, x: float, width: float, y: float, height: float) -> Markup:
    return Markup('<rect class="{}" x="{}" width="{}" y="{:.1f}" height="{:.1f}"/>').format(
        kind, _percent(x), _percent(width), y, height
    )


def _line(start: str, end: str, y: float) -> Markup:
    return Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(
        start, end, y, y
    )


def _text(x: str, y: float, words: str, anchor: str) -> Markup:
    return Markup('<text x="{}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        x, y, anchor, escape(words)
    )


def _height(number: int, top: int) -> float:
    return _FLOOR - (_FLOOR - _TOP) * number / top


def _percent(share: float) -> str:
    return f"{share * 100:.2f}%"
