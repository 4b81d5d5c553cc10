"""A message of several questions is taken apart where one ends and the next begins."""

import time

import pytest

from domain import clauses


@pytest.mark.parametrize(
    "text",
    [
        "kur ir kac un cik ilgi strādā",
        "kur ir kac , un  cik ilgi strādā",
        "kur ir kac,\tkā arī  cik ilgi strādā",
    ],
)
def test_two_questions_joined_by_a_word(text: str) -> None:
    assert clauses.split(text) == ("kur ir kac", "cik ilgi strādā")


def test_white_space_alone_takes_no_time() -> None:
    before = time.process_time()
    for space in (" ", "\n", "\t"):
        clauses.split("kur" + space * 8000 + "un")
    assert (
        time.process_time() - before < 0.3
    )  # seconds; with a second look at each space it was three
