"""One-time codes are found however they are typed, and nothing else is taken for one."""

import re

import pytest

from domain.invitations import HIDDEN, Redemption, digest, new_code, take_code

CODE = "VESTNESIS-7KQ4-M2XD"
JOIN = f"join:{digest(CODE)}"


@pytest.mark.parametrize(
    "typed",
    [CODE, CODE.lower(), "vēstnesis 7kq4 m2xd", "VESTNESIS – 7KQ4 – M2XD", "VESTNESIS-7KQ4M2XD"],
)
def test_a_code_is_found_however_it_is_typed(typed: str) -> None:
    assert take_code(f"Mans kods: {typed}.") == (f"Mans kods: {HIDDEN}.", JOIN)


def test_every_code_in_a_text_is_hidden() -> None:
    assert take_code(f"{CODE} {CODE}") == (f"{HIDDEN} {HIDDEN}", JOIN)


@pytest.mark.parametrize(
    "text",
    [
        "vēstnesis mans kods",
        "kas ir vēstnesis?",
        "Vestnesis-2026",
        "grupa rīts būs",
        "VESTNESIS-7KQ4",
    ],
)
def test_words_are_no_code(text: str) -> None:
    assert take_code(text) == (text, "")


@pytest.mark.parametrize("redemption", list(Redemption))
def test_new_codes_are_found_again(redemption: Redemption) -> None:
    for _ in range(200):
        code = new_code(redemption)
        assert re.fullmatch(r"(VESTNESIS|GRUPA)(-[A-HJ-NP-Z2-9]{4}){2}", code)
        assert take_code(code) == (HIDDEN, f"{redemption}:{digest(code)}")
