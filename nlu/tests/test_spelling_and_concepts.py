"""Known words behind slips, and common meaning behind different words."""

import pytest
from components.classifier import listed_concepts
from components.concepts import Concepts
from components.spelling import Speller

KNOWN = {
    "rekins": 9,
    "udens": 9,
    "nodoklis": 5,
    "zemi": 5,
    "kas": 9,
    "maksa": 5,
    "samaksat": 5,
    "par": 30,
    "konteiners": 4,
}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("rekinss", "rekins"),
        ("udnes", "udens"),
        ("nodklis", "nodoklis"),
        ("ndoklsi", "nodoklis"),
        ("zmi", "zemi"),
        ("rekins", "rekins"),
    ],
)
def test_a_slip_is_read_as_the_word_that_the_examples_know(written: str, meant: str) -> None:
    assert Speller(KNOWN).mend([written]) == [meant]


@pytest.mark.parametrize("word", ["kaz", "kos", "ko", "televizors", "12345", "zma"])
def test_short_and_foreign_words_stay(word: str) -> None:
    assert Speller(KNOWN).mend([word]) == [word]


def test_of_two_near_words_the_one_with_the_same_first_letter_is_meant() -> None:
    assert Speller({"maksa": 1, "taksa": 50}).mend(["maska"]) == ["maksa"]


def test_of_two_near_words_the_one_that_lost_a_vowel_is_meant() -> None:
    assert Speller({"banka": 1, "balka": 50}).mend(["bnka"]) == ["banka"]


def test_a_word_that_was_torn_apart_is_whole_again() -> None:
    assert Speller(KNOWN).mend(["kas", "kontei", "ners"]) == ["kas", "konteiners"]


def test_two_known_words_in_a_row_are_two_words() -> None:
    assert Speller({"par": 1, "maksa": 1, "parmaksa": 1}).mend(["par", "maksa"]) == ["par", "maksa"]


def test_words_that_ran_together_are_taken_apart() -> None:
    assert Speller(KNOWN).mend(["samaksatpar", "udens"]) == ["samaksat", "par", "udens"]


def test_words_of_one_meaning_share_a_concept() -> None:
    concepts = Concepts({"declare": ["deklarē", "propisk"], "bill": ["rēķin"]})

    assert concepts.of(["kur", "propisku"]) == concepts.of(["deklaret", "kur"]) == ["declare"]


def test_an_exact_word_is_not_a_beginning() -> None:
    concepts = Concepts({"account": ["=konts"]})

    assert concepts.of(["konts"]) == ["account"]
    assert concepts.of(["kontsejs"]) == []


def test_a_concept_of_several_words_must_stand_together() -> None:
    concepts = Concepts({"where": ["kur ir"]})

    assert concepts.of(["kur", "ir", "kac"]) == ["where"]
    assert concepts.of(["kur", "tad", "ir"]) == []


def test_the_listed_concepts_can_be_read() -> None:
    listed = listed_concepts()

    assert "declare" in Concepts(listed).of(["propiska"])
    assert all(entries for entries in listed.values())
