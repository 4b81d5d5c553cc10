"""Spelling: one word in all the ways in which people type it."""

import random

import pytest
from components.latvian import bare, chat, fold_word, typo, words
from rapidfuzz.distance import OSA


@pytest.mark.parametrize("written", ["šodien", "Šodien", "sodien", "SHODIEN", "shodien"])
def test_all_spellings_of_a_word_are_one(written: str) -> None:
    assert fold_word(written) == "sodien"


def test_long_vowels_fold_however_they_are_marked() -> None:
    assert [fold_word(word) for word in ("ūdens", "uudens", "udens")] == ["udens"] * 3


def test_softened_letters_fold_however_they_are_marked() -> None:
    assert [fold_word(word) for word in ("Staļģene", "Staljgjene", "stalgene")] == ["stalgene"] * 3


def test_words_know_where_they_were_written() -> None:
    text = "Kur ir KAC Elejā?"

    found = words(text)

    assert found[-1] == ("eleja", 11, 16)
    assert text[11:16] == "Elejā"


def test_russian_letters_lose_nothing_but_their_marks() -> None:
    assert bare("ёлка й") == "елка и"


def test_chat_spelling_is_folded_back_to_the_same_words() -> None:
    text = "cik maksā ūdens un šķirošana"

    assert [word for word, _, _ in words(chat(text))] == [word for word, _, _ in words(text)]


def test_a_typo_is_one_slip() -> None:
    generator = random.Random(3)

    for _ in range(200):
        assert OSA.distance(typo("skaitītājs", generator), "skaitītājs") <= 1


def test_text_without_a_long_word_gets_no_typo() -> None:
    assert typo("ko tu", random.Random(1)) == "ko tu"
