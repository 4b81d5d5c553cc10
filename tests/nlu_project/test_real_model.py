"""The real model behind real HTTP: what residents write, in the ways they write it."""

import pytest

from bot.nlu import RasaNlu
from domain.understanding import EntityKind, Understanding


async def understand(nlu_url: str, text: str) -> Understanding:
    async with RasaNlu.connected(nlu_url) as nlu:
        return await nlu.understand(text)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("labdien!", "greet"),
        ("Kur Elejā ir klientu centrs?", "centre_where"),
        ("cikos ozolniekso strada parvalde", "centre_hours"),
        ("gribu parunāt ar dzīvu cilvēku", "ask_person"),
        ("dzēsiet manus datus", "erase_data"),
        ("man vairs negribas dzīvot", "crisis"),
        ("deg kaimiņu māja!", "emergency"),
        ("здравствуйте, где вы находитесь", "foreign_language"),
        ("kāds rīt būs laiks Ventspilī", "out_of_scope"),
        ("kur vest vecas riepas", "topic.waste-tyres"),
    ],
)
async def test_the_model_knows_what_is_meant(nlu_url: str, text: str, intent: str) -> None:
    understanding = await understand(nlu_url, text)

    assert understanding.intent == intent


@pytest.mark.parametrize(
    "text",
    [
        "cik maksā ūdens un kanalizācija",
        "cik maksa udens un kanalizacija",
        "cik maksaa uudens un kanalizaacija",
        "cik maksa udnes un kanalizacija",
    ],
)
async def test_spelling_does_not_change_the_meaning(nlu_url: str, text: str) -> None:
    understanding = await understand(nlu_url, text)

    assert understanding.intent == "topic.bills-water-tariff"
    assert understanding.is_sure()


async def test_places_and_days_come_with_their_normal_forms(nlu_url: str) -> None:
    understanding = await understand(nlu_url, "vai Elejaa riit ir vaļā")

    assert understanding.place() == "eleja"
    assert [(e.kind, e.value) for e in understanding.entities] == [
        (EntityKind.PLACE, "eleja"),
        (EntityKind.DATE, "tomorrow"),
    ]


async def test_there_are_always_choices_to_offer(nlu_url: str) -> None:
    understanding = await understand(nlu_url, "rēķins")

    assert len(understanding.ranking) >= 5
    confidences = [ranked.confidence for ranked in understanding.ranking]
    assert confidences == sorted(confidences, reverse=True)
    assert not understanding.is_sure()


@pytest.mark.parametrize("text", ["", "   ", "🙂🙂", "?!", "\n", "a" * 3_000, "[x](place)"])
async def test_odd_texts_are_answered_too(nlu_url: str, text: str) -> None:
    understanding = await understand(nlu_url, text)

    assert not understanding.is_sure() or understanding.intent == "out_of_scope"
