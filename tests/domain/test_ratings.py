"""Stars are numbers, drawings or words, and nothing that says more than that."""

import pytest

from domain.ratings import stars_in


@pytest.mark.parametrize(
    ("text", "stars"),
    [
        ("5", 5),
        ("4.", 4),
        ("3/5", 3),
        ("4 no 5", 4),
        ("Pieci!", 5),
        ("divas zvaigznes", 2),
        ("Lūdzu, 5 zvaigznes", 5),
        ("⭐️⭐️⭐️", 3),
        ("*****", 5),
        ("ĻOTI LABI", 5),
        ("labi", 4),
        ("viduveji", 3),
        ("slikti", 2),
        ("ļoti slikti", 1),
        ("отлично", 5),
        ("very good", 5),
    ],
)
def test_stars_are_read(text: str, stars: int) -> None:
    assert stars_in(text) == stars


@pytest.mark.parametrize(
    "text",
    ["", "  ", "0", "6", "55", "******", "jā", "nē", "labi, bet kad būs gatavs", "piektdien"],
)
def test_anything_else_is_none(text: str) -> None:
    assert stars_in(text) is None
