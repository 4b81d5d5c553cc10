"""Known words behind slips, and common meaning behind different words."""

from components.classifier import listed_concepts
from components.concepts import Concepts
from components.spelling import Speller


def test_a_slip_is_read_as_the_word_that_the_examples_know() -> None:
    speller = Speller.of([["rekins", "udens"], ["rekins"]])

    assert [speller.mend(word) for word in ("rekinss", "udnes", "rekins")] == [
        "rekins",
        "udens",
        "rekins",
    ]


def test_short_and_foreign_words_stay() -> None:
    speller = Speller.of([["kas", "rekins"]])

    assert [speller.mend(word) for word in ("kaz", "televizors", "12345")] == [
        "kaz",
        "televizors",
        "12345",
    ]


def test_of_two_near_words_the_one_with_the_same_first_letter_is_meant() -> None:
    speller = Speller({"maksa": 1, "taksa": 50})

    assert speller.mend("maska") == "maksa"


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
