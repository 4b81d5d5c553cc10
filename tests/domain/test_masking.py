"""Secrets are masked before anything is stored; everything else stays as it was written."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.masking import Masked, Secret, mask


@pytest.mark.parametrize(
    "text",
    [
        "mans personas kods 121150-12345",
        "pk 121150 12345",
        "12115012345",
        "321234-56789",
        "121150–12345",
        "121150\u201112345",
        "121150\u221212345",
        "121150 -  12345",
        "121150.12345",
        "121150/12345",
        "121150\u00a012345",
        "12.11.50-12345",
        "12 11 50 - 12345",
        "1211\u200b50-12\u00ad345",
        "121150\u2060-\ufeff12345",
    ],
)
def test_personal_codes_of_both_kinds_are_masked(text: str) -> None:
    assert mask(text).found == (Secret.PERSONAL_CODE,)
    assert "12345" not in mask(text).text
    assert "56789" not in mask(text).text


def test_the_words_around_a_personal_code_stay() -> None:
    assert mask("Esmu 121150-12345, kad izmaksās?") == Masked(
        "Esmu [personas kods dzēsts], kad izmaksās?", (Secret.PERSONAL_CODE,)
    )


@pytest.mark.parametrize("text", ["4111 1111 1111 1111", "4111-1111-1111-1111", "5500005555555559"])
def test_card_numbers_are_masked(text: str) -> None:
    assert mask(f"karte {text} lūdzu") == Masked(
        "karte [kartes numurs dzēsts] lūdzu", (Secret.CARD_NUMBER,)
    )


@pytest.mark.parametrize(
    "around",
    [
        "4111 1111 1111 1111 12/26",
        "4111 1111 1111 1111 123",
        "1. 4111 1111 1111 1111",
        "4111.1111.1111.1111",
        "4111\u00a01111\u00a01111\u00a01111",
        "4111–1111–1111–1111 09 27",
        "4111  1111  1111  1111",
        "3782 822463 10005, 12/27",
    ],
)
def test_a_card_number_is_found_among_other_numbers(around: str) -> None:
    masked = mask(around)
    assert masked.found == (Secret.CARD_NUMBER,)
    assert "1111" not in masked.text
    assert "822463" not in masked.text


def test_the_date_behind_a_card_number_stays() -> None:
    assert mask("5500 0055 5555 5559 12/26").text == "[kartes numurs dzēsts] 12/26"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("mana parole ir Saule123", "mana parole ir [parole dzēsta]"),
        ("parole: kaķis", "parole: [parole dzēsta]"),
        ("PIN1 4321", "PIN1 [parole dzēsta]"),
        ("pin kods 1234", "pin kods [parole dzēsta]"),
        ("cvc 123", "cvc [parole dzēsta]"),
    ],
)
def test_passwords_and_pins_are_masked(text: str, left: str) -> None:
    assert mask(text) == Masked(left, (Secret.PASSWORD,))


@pytest.mark.parametrize(
    "text",
    [
        "aizmirsu paroli, ko darīt",
        "kā nomainīt parole",
        "skaitītājs 00123, rādījums 00456",
        "klienta numurs 1234567890",
        "zvaniet 63022238 vai +371 26009600",
        "rēķins par 2026.10.01-2026.10.31",
        "4111 1111 1111 1112",
        "PIN2 prasa apstiprināt",
        "rādījums 12.10.25 12345",
        "rādījumi 00123 00456 00789 01012 01345",
        "no 2026.10.01. līdz 2026.10.31., 16 EUR",
        "[kartes numurs dzēsts] un parole: [parole dzēsta]",
    ],
)
def test_what_only_looks_like_a_secret_stays(text: str) -> None:
    assert mask(text) == Masked(text, ())


def test_several_kinds_are_reported_once_each() -> None:
    masked = mask("121150-12345 un 010203-12345, parole: abc")
    assert masked.found == (Secret.PASSWORD, Secret.PERSONAL_CODE)


@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask(text).text
    assert mask(once).text == once


@pytest.mark.parametrize(
    "text",
    [
        "parole" + " " * 7990 + "x",
        "parole" + (" " * 50 + "\t") * 150,
        "parole-" * 1140,
        "parole ir" * 880,
        "1 " * 4000,
        "1" * 8000,
        "4111 " * 1600,
        "\u200b1" * 4000,
    ],
    ids=lambda text: text[:9],
)
def test_no_message_keeps_the_masking_busy(text: str) -> None:
    before = time.process_time()
    mask(text)
    assert time.process_time() - before < 0.5  # seconds; a hundredth of that is usual
