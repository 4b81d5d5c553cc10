"""Places in a text: any case form, any spelling, the longest name first."""

import json
from pathlib import Path

import pytest
from components.gazetteer import Gazetteer

FORMS = {
    "eleja": "eleja",
    "elejas": "eleja",
    "elejas pagasts": "elejas-pagasts",
    "ozolnieki": "ozolnieki",
    "ozolniekos": "ozolnieki",
    "stalgene": "stalgene",
    "stalgenes": "stalgene",
    "ane": "ane",
}


def found(text: str, known_words: set[str] = frozenset()) -> list[tuple[str, str, bool]]:
    mentions = Gazetteer(FORMS, known_words).mentions(text)
    return [(m.value, text[m.start : m.end], m.exact) for m in mentions]


@pytest.mark.parametrize("written", ["Elejā", "eleja", "ELEJAA", "Elejaa"])
def test_a_place_is_found_in_any_spelling(written: str) -> None:
    assert found(f"kur ir kac {written}?") == [("eleja", written, True)]


def test_the_longest_name_wins() -> None:
    assert found("Elejas pagasts, ne Eleja") == [
        ("elejas-pagasts", "Elejas pagasts", True),
        ("eleja", "Eleja", True),
    ]


def test_a_long_name_may_have_one_slip() -> None:
    assert found("vai ozolniekso rīt ir vaļā") == [("ozolnieki", "ozolniekso", False)]


def test_a_short_name_must_be_spelled_right() -> None:
    assert found("anne") == []


def test_an_ordinary_word_is_never_a_slip_of_a_name() -> None:
    assert found("stalgeni", {"stalgeni"}) == []


def test_a_slip_between_two_places_is_no_place() -> None:
    gazetteer = Gazetteer({"vircava": "vircava", "vircave": "other"})

    assert gazetteer.mentions("vircavx") == []


def test_what_is_saved_is_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "places.json"
    Gazetteer(FORMS, {"darbs"}).save(path)

    again = Gazetteer.load(path)

    assert (again.forms, again.known_words) == (FORMS, {"darbs"})
    assert set(json.loads(path.read_text())) == {"forms", "known_words"}
