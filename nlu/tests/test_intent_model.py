"""The model on a municipality of three questions: ranking, confidence, and the way to a file and back."""

from pathlib import Path

import numpy as np
import pytest
from components.concepts import Concepts
from components.intent_model import Example, IntentModel, Judged, calibrate, folds
from components.latvian import words

TEXTS = {
    "water": [
        "cik maksā ūdens",
        "ūdens tarifs",
        "ūdens cena",
        "kāda ir cena ūdenim",
        "ūdens maksa",
    ],
    "waste": [
        "kad izved atkritumus",
        "atkritumu diena",
        "kad būs atkritumu mašīna",
        "izved miskasti",
    ],
    "library": [
        "kur ir bibliotēka",
        "bibliotēkas adrese",
        "kur atrodas bibliotēka",
        "bibliotēka kur",
    ],
}
CONCEPTS = Concepts({"price": ["cena", "maksa", "tarif"]})


def folded(text: str) -> tuple[str, ...]:
    return tuple(word for word, _, _ in words(text))


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return [
        Example.of(folded(text), intent, "all", CONCEPTS)
        for intent, texts in TEXTS.items()
        for text in texts * 3
    ]


@pytest.fixture(scope="module")
def model(examples: list[Example]) -> IntentModel:
    return IntentModel.of(examples, CONCEPTS)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("cik maksaa uudens", "water"),
        ("atkritmu diena", "waste"),
        ("Kur ir BIBLIOTEKA?", "library"),
    ],
)
def test_the_likeliest_intent_comes_first(model: IntentModel, text: str, intent: str) -> None:
    assert model.rank(folded(text))[0].intent == intent


def test_confidences_fall_and_add_up_to_at_most_one(model: IntentModel) -> None:
    confidences = [one.confidence for one in model.rank(folded("kad izved atkritumus"))]

    assert confidences == sorted(confidences, reverse=True)
    assert 0 < sum(confidences) <= 1.0001


def test_a_text_without_any_known_word_is_less_sure(model: IntentModel) -> None:
    known = model.rank(folded("ūdens tarifs"))[0].confidence
    unknown = model.rank(folded("qqq"))[0].confidence

    assert unknown < known


def test_an_empty_text_has_a_ranking_too(model: IntentModel) -> None:
    assert len(model.rank(())) == len(TEXTS)


def test_the_saved_model_ranks_the_same_and_holds_no_code(
    model: IntentModel, tmp_path: Path
) -> None:
    model.save(tmp_path)

    again = IntentModel.load(tmp_path, CONCEPTS)

    text = folded("cik maksā atkritumi")
    before, after = model.rank(text), again.rank(text)
    assert [one.intent for one in after] == [one.intent for one in before]
    assert [one.confidence for one in after] == pytest.approx(
        [one.confidence for one in before], abs=0.02
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["weights.npz", "words.json"]


def test_training_twice_gives_the_same_model(model: IntentModel, examples: list[Example]) -> None:
    again = IntentModel.of(examples, CONCEPTS)

    text = folded("ūdens atkritumi bibliotēka")
    assert model.rank(text) == again.rank(text)


def test_every_example_is_asked_exactly_once(examples: list[Example]) -> None:
    asked = [example for _, fold in folds(examples) for example in fold]

    assert sorted(map(id, asked)) == sorted(map(id, examples))


def test_confidence_is_how_often_such_a_lead_was_right() -> None:
    clear = Judged(np.array([4.0, 0.0, 0.0]), 1.0, 0, foreign=False)
    doubtful = [Judged(np.array([1.0, 0.9, 0.0]), 1.0, at, foreign=False) for at in (0, 1, 0, 1)]

    calibration = calibrate([clear] * 40 + doubtful * 10)

    assert calibration.weights[1:4].sum() > 0


def test_of_two_intents_the_right_one_comes_first(examples: list[Example]) -> None:
    two = IntentModel.of([one for one in examples if one.intent != "water"], CONCEPTS)

    assert two.rank(folded("atkritumu diena"))[0].intent == "waste"
    assert two.rank(folded("kur ir bibliotēka"))[0].intent == "library"
