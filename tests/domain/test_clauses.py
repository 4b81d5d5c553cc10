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
        "un kur ir kac\nun cik ilgi strādā",
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


def test_a_sentence_that_begins_with_and_is_a_question_too() -> None:
    assert clauses.split("Kur ir KAC? Un cik ilgi strādā?") == ("Kur ir KAC?", "cik ilgi strādā?")


def test_commas_are_another_matter() -> None:
    text = "kur ir kac, cik ilgi strādā"

    assert clauses.split(text) == ()
    assert clauses.split_at_commas(text) == ("kur ir kac", "cik ilgi strādā")
    assert clauses.split_at_commas("sakiet, kur ir kac") == ()


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        (
            "kā nodot rādījumus un samaksāt rēķinu?",
            ("kā nodot rādījumus", "kā samaksāt rēķinu?"),
        ),
        (
            "Kur es varu parakstīties un ari dabut eID",
            (),
        ),
        (
            "un gribu pieteikties pabalstam un nodot skaititaju",
            ("gribu pieteikties pabalstam", "gribu nodot skaititaju"),
        ),
        (
            "Pasakiet, kā nodot rādījumus un samaksāt rēķinu",
            ("Pasakiet, kā nodot rādījumus", "Pasakiet, kā samaksāt rēķinu"),
        ),
        (
            "bet kā nodot rādījumus un samaksāt rēķinu",
            ("bet kā nodot rādījumus", "bet kā samaksāt rēķinu"),
        ),
        ("samaksāt rēķinu un nodot rādījumus", ()),
        ("kā samaksāt un nodot un pieteikt", ()),
        ("kā samaksāt rēķinu un sodu", ()),
        ("un", ()),
        ("", ()),
    ],
)
def test_two_things_to_do_share_a_beginning(text: str, apart: tuple[str, ...]) -> None:
    assert clauses.split_at_verbs(text) == apart


def test_questions_of_another_language_end_with_their_mark() -> None:
    text = "Здравствуйте. Где оплатить счёт? Когда вывозят мусор?"

    assert clauses.sentences(text) == ("Где оплатить счёт?", "Когда вывозят мусор?")
    assert clauses.sentences("Где оплатить счёт?") == ()
