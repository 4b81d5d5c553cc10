"""Periods, working hours, tables and plots of the overview, by themselves."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.statistics import plots
from bot.desk.statistics.period import Period, month_before, month_until, presets, read_period
from bot.desk.statistics.tables import Table, to_csv, words
from bot.desk.statistics.waiting import quantile
from domain.working_hours import RIGA, WorkingTime
from tests.desk.ledger import riga
from tests.desk.office import content

TODAY = date(2026, 11, 23)
LAST_30 = Period(date(2026, 10, 25), TODAY)


@pytest.mark.parametrize(
    ("query", "period", "is_refused"),
    [
        ({}, LAST_30, False),
        ({"no": "2026-11-01", "lidz": "2026-11-02"}, Period(date(2026, 11, 1), date(2026, 11, 2)), False),
        ({"no": "2026-11-01", "lidz": "2027-05-05"}, Period(date(2026, 11, 1), TODAY), False),
        ({"no": "2026-11-09", "lidz": "2026-11-02"}, LAST_30, True),
        ({"no": "vakar", "lidz": "2026-11-02"}, LAST_30, True),
        ({"no": "2026-11-01"}, LAST_30, True),
        ({"no": "0001-01-01", "lidz": "2026-11-23"}, Period(date(2025, 11, 23), TODAY), True),
    ],
)  # fmt: skip
def test_the_address_names_a_period(
    query: Mapping[str, str], period: Period, *, is_refused: bool
) -> None:
    read, problem = read_period(query, today=TODAY)
    assert (read, bool(problem)) == (period, is_refused)


def test_a_period_begins_and_ends_at_midnight_in_riga() -> None:
    starts = Period(date(2026, 10, 24), date(2026, 10, 25)).starts()
    hours = [(b.timestamp() - a.timestamp()) / 3600 for a, b in pairwise(starts)]
    assert hours == [24, 25]


@pytest.mark.parametrize(
    ("last", "before"),
    [
        (date(2026, 11, 23), Period(date(2026, 10, 1), date(2026, 10, 23))),
        (date(2026, 11, 30), Period(date(2026, 10, 1), date(2026, 10, 31))),
        (date(2026, 3, 30), Period(date(2026, 2, 1), date(2026, 2, 28))),
        (date(2026, 1, 1), Period(date(2025, 12, 1), date(2025, 12, 1))),
    ],
)
def test_the_month_before_has_the_same_days(last: date, before: Period) -> None:
    assert month_before(month_until(last)) == before


def test_presets_end_today_or_with_the_last_month() -> None:
    assert [preset.period for preset in presets(TODAY)] == [
        LAST_30,
        Period(date(2026, 11, 1), TODAY),
        Period(date(2026, 10, 1), date(2026, 10, 31)),
        Period(date(2026, 8, 26), TODAY),
    ]


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (riga("2026-11-16", "09:00"), riga("2026-11-16", "11:30"), 2.5),
        (riga("2026-11-13", "16:00"), riga("2026-11-16", "09:30"), 2.0),  # over a weekend
        (riga("2026-11-16", "20:00"), riga("2026-11-17", "07:00"), 0.0),  # by night
        (riga("2026-11-17", "08:30"), riga("2026-11-19", "08:30"), 8.5),  # over 18 November
        (riga("2026-10-23", "16:00"), riga("2026-10-26", "09:30"), 2.0),  # clocks go back between
    ],
)
def test_nights_weekends_and_holidays_do_not_count(
    start: datetime, end: datetime, hours: float
) -> None:
    working = WorkingTime(content().calendar, first=start.date(), last=end.date())
    assert working.between(start, end) == hours


@given(st.integers(0, 60 * 24 * 40), st.integers(0, 60 * 24 * 40), st.integers(0, 60 * 24 * 40))
def test_working_time_adds_up(a: int, b: int, c: int) -> None:
    first, middle, last = (
        riga("2026-10-10").astimezone(RIGA) + timedelta(minutes=m) for m in sorted((a, b, c))
    )
    working = WorkingTime(content().calendar, first=first.date(), last=last.date())
    whole = working.between(first, middle) + working.between(middle, last)
    assert working.between(first, last) == pytest.approx(whole)


def test_quantiles_are_values_that_occurred() -> None:
    counts = {7: 2, 1: 3, 4: 4, 30: 1}
    shares = (0.0, 0.3, 0.31, 0.5, 0.9, 1.0)
    assert [quantile(counts, share) for share in shares] == [1, 1, 4, 4, 7, 30]
    assert quantile({}, 0.5) is None


def test_numbers_are_written_as_in_latvian() -> None:
    shown = [
        words(1234567),
        words(1234.56),
        words(None),
        words(-3, signed=True),
        words(3, signed=True),
    ]
    assert shown == ["1\xa0234\xa0567", "1\xa0234,6", "–", "−3", "+3"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", " =1+1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    table = Table("t", "T", ("A", "B"), ((cell, -3),))
    assert to_csv([table], period="p").decode("utf-8-sig").splitlines()[2] == f"'{cell};-3"


@given(st.integers(0, 10**7))
def test_a_scale_ends_above_its_numbers_and_halves_evenly(most: int) -> None:
    top = plots.nice_top(most)
    assert top >= most
    assert top % 2 == 0
    assert top <= max(2, 10 * most)


def test_shades_keep_the_smallest_number_visible() -> None:
    assert [plots.shade(n, 1000) for n in (0, 1, 200, 201, 1000)] == [0, 1, 1, 2, 5]


def test_words_in_a_plot_are_escaped() -> None:
    plot = plots.columns(['<b>"'], [("of-web", [1])], about='"><script>')
    assert "<b>" not in plot.drawing
    assert "<script>" not in plot.drawing
