"""Days and times of day in residents' words."""

from datetime import date, time

import holidays
import pytest

from domain.moments import easter, feast_in, time_in
from domain.places import Span

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize("year", range(2020, 2045))
def test_easter_is_when_the_holidays_library_says(year: int) -> None:
    assert easter(year) in holidays.country_holidays("LV", years=year)
    assert easter(year).weekday() == 6
    assert date(year, 3, 22) <= easter(year) <= date(year, 4, 25)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Vai strādājat Lieldienās?", date(2027, 3, 28)),
        ("vai lielajā piektdienā ir atvērts", date(2027, 3, 26)),
        ("un otrajas lieldienas", date(2027, 3, 29)),
        ("Ziemassvētkos", date(2026, 12, 25)),
    ],
)
def test_feasts_are_the_coming_ones(text: str, day: date) -> None:
    assert feast_in(text, TODAY) == day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vai rīt pēc pusdienām strādā?", Span(time(13), time(17))),
        ("no rita atverts", Span(time(8), time(11))),
        ("vai vakarā var atnākt", Span(time(17), time(20))),
        ("plkst. 17 vēl būs kāds?", Span(time(17), time(17))),
        ("pulksten 17.30", Span(time(17, 30), time(17, 30))),
        ("16:45 vai strada", Span(time(16, 45), time(16, 45))),
        ("vakar bija slēgts", None),
        ("vai 12.12. strādājat", None),
        ("cikos atver rīt", None),
    ],
)
def test_times_of_day(text: str, expected: Span | None) -> None:
    assert time_in(text) == expected
