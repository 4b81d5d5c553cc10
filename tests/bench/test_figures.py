"""Percentiles and tables of the bench."""

import math

from bench.figures import Spread, Table, milliseconds, percentile


def test_a_percentile_is_one_of_the_measured_values() -> None:
    values = [0.5, 0.1, 0.3, 0.2, 0.4]
    assert percentile(values, 0.5) == 0.3
    assert percentile(values, 0.95) == 0.5
    assert percentile(values, 0.0) == 0.1


def test_nothing_measured_is_not_zero() -> None:
    assert math.isnan(Spread.of([]).p50)
    assert milliseconds(Spread.of([]).p95) == "–"


def test_a_table_is_markdown_with_its_notes() -> None:
    table = Table("Latency", ("", "p50"), [("reply", "43 ms")], ("On two cores.",))
    assert table.to_markdown() == (
        "### Latency\n\n|  | p50 |\n| --- | --- |\n| reply | 43 ms |\n\n- On two cores.\n"
    )
