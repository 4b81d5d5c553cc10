"""The real model hears what residents really write: other languages, threads of talk, two questions, danger."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from actions.hearing import understand
from bot.content import Content, load
from bot.nlu import RasaNlu
from domain.conversation import ConversationState
from domain.understanding import Understanding
from tests.scenarios.conftest import Assistant, OnTelegram

FOREIGN = yaml.safe_load(Path(__file__).with_name("foreign.yml").read_text(encoding="utf-8"))
NOT_ANSWERED = {"out_of_scope", "foreign_language", "ask_person"}

MOST_WRONG = 0.03
"""Share of messages in other languages that may get a wrong answer: a person is better than that."""

FEWEST_RIGHT = {"ru": 0.65, "en": 0.6}


class Score(NamedTuple):
    """How many messages were answered rightly, wrongly, or given a choice or a person."""

    right: int
    wrong: int
    neither: int


@pytest.fixture(scope="module")
def content() -> Content:
    return load(Path("content"))


@pytest.fixture
async def nlu(nlu_url: str) -> AsyncIterator[RasaNlu]:
    async with RasaNlu.connected(nlu_url) as client:
        yield client


async def hear(text: str, *, nlu: RasaNlu, content: Content) -> Understanding:
    return await understand(text, nlu=nlu, directory=content, state=ConversationState())


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("part", ["seen", "unseen"])
async def test_other_languages_are_answered_rightly_or_not_at_all(
    nlu: RasaNlu, content: Content, part: str, language: str
) -> None:
    outcomes = [
        outcome(await hear(asked["text"], nlu=nlu, content=content), asked["right"])
        for asked in FOREIGN[part][language]
    ]
    score = Score(*(outcomes.count(kind) for kind in Score._fields))
    print(part, language, score)

    assert score.wrong <= MOST_WRONG * len(outcomes)
    assert score.right >= FEWEST_RIGHT[language] * len(outcomes)


def outcome(understood: Understanding, right: list[str]) -> str:
    """What the resident would get: the right answer, a wrong one, or a choice and a person."""
    told = understood.is_sure() and understood.intent not in NOT_ANSWERED
    if right == ["person"]:
        return "wrong" if told else "right"
    if understood.is_sure() and understood.intent in right:
        return "right"
    return "wrong" if told else "neither"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("kas piegādā elektrību, nav strāvas", "topic.bills-no-electricity"),
        ("kur pieteikt pasi", "topic.municipality-passport"),
        ("kad pienāk pensija", "topic.municipality-pension"),
        ("kur pierakstīt auto tehnisko apskati", "topic.municipality-car"),
        ("kā pierakstīties pie ģimenes ārsta", "topic.municipality-doctor"),
        ("bedre uz valsts šosejas", "topic.contacts-road-state"),
        ("cikos iet autobuss uz Jelgavu", "topic.municipality-bus"),
        ("pašvaldības policijas telefons", "topic.contacts-police-municipal"),
        ("gada ienākumu deklarācija", "topic.municipality-vid"),
        ("nedeg ielas lampa", "topic.contacts-streetlight"),
    ],
)
async def test_what_others_do_has_a_pointer(
    nlu: RasaNlu, content: Content, text: str, intent: str
) -> None:
    heard = await hear(text, nlu=nlu, content=content)
    assert intent in [ranked.intent for ranked in heard.ranking[:3]]


async def test_a_talk_with_its_thread(assistant: Assistant) -> None:
    anna = OnTelegram(assistant.telegram.user(7001, "Anna"))
    assert await assistant.hears(anna, "Kur ir KAC Elejā?") == [
        "intro.first",
        "centre.where_unknown",
    ]
    assert await assistant.hears(anna, "Un cikos strādā?") == ["centre.hours_unknown"]
    assert await assistant.hears(anna, "Un Vilcē?") == ["centre.hours_unknown"]
    assert await assistant.hears(anna, "Bet tālrunis?") == ["centre.phone_unknown"]
    assert await assistant.hears(anna, "vai KAC Elejā būs vaļā 24. decembrī") == [
        "day.holiday",
        "centre.hours_unknown",
    ]
    assert await assistant.hears(anna, "kur es varu pierakstīties jaunajā adresē") == [
        "topic.residence-where"
    ]
    assert await assistant.hears(anna, "Cik maksā?") == ["topic.residence-price"]
    assert await assistant.hears(anna, "un kādi dokumenti vajadzīgi?") == [
        "topic.residence-documents"
    ]
    assert await assistant.hears(anna, "vēlreiz") == ["topic.residence-documents"]
    assert await assistant.hears(anna, "ok, sapratu") == ["thanks.noted"]


async def test_two_questions_at_once(assistant: Assistant) -> None:
    anna = OnTelegram(assistant.telegram.user(7001, "Anna"))
    said = await assistant.hears(anna, "kur samaksāt ūdens rēķinu un kad izved atkritumus?")
    assert said == ["intro.first", "topic.bills-pay-where", "topic.waste-calendar"]


PAIRS = (
    ("kur samaksāt ūdens rēķinu", "kad izved atkritumus"),
    ("kur ir kac Elejā", "kā nodot ūdens skaitītāja rādījumu"),
    ("kas ir e-adrese", "kur deklarēt dzīvesvietu"),
    ("kad jāmaksā nekustamā īpašuma nodoklis", "kur samaksāt ūdens rēķinu"),
    ("kur nopirkt atkritumu maisus", "kas ir e-adrese"),
)


@pytest.mark.parametrize(
    "joint", ["{}? {}?", "{}. {}", "{}\n{}", "{} un {}", "{}? un {}?", "{}, {}?"]
)
async def test_two_questions_however_they_are_joined(
    nlu: RasaNlu, content: Content, joint: str
) -> None:
    for first, second in PAIRS:
        alone = [await hear(text, nlu=nlu, content=content) for text in (first, second)]
        both = await hear(joint.format(first, second), nlu=nlu, content=content)
        assert [part.intent for part in both.clauses] == [part.intent for part in alone], first


@pytest.mark.parametrize(
    "text",
    ["ko darīt, kad nav ūdens", "kā uzzināt, cik man jāmaksā par ūdeni", "sakiet, kur ir KAC"],
)
async def test_a_subordinate_clause_is_no_second_question(
    nlu: RasaNlu, content: Content, text: str
) -> None:
    assert (await hear(text, nlu=nlu, content=content)).clauses == ()


async def test_two_questions_in_russian(assistant: Assistant) -> None:
    olga = OnTelegram(assistant.telegram.user(7002, "Olga"))
    said = await assistant.hears(
        olga, "Где оплатить счёт за воду? Как сдать показания счётчика воды?"
    )
    assert said[:3] == ["intro.first", "foreign.answer_ru", "topic.bills-pay-where"]
    assert len(said) == 4
    assert said[3].startswith("topic.meter")


async def test_a_russian_speaker(assistant: Assistant) -> None:
    olga = OnTelegram(assistant.telegram.user(7002, "Olga"))
    said = await assistant.hears(olga, "Здравствуйте! Где оплатить счёт за воду?")
    assert said == ["intro.first", "foreign.answer_ru", "topic.bills-pay-where"]
    assert await assistant.hears(olga, "Почему небо голубое?") == ["foreign_language.frame"]
    assert await assistant.hears(olga, "человек") == ["foreign.person_ru", "handoff.opened_asked"]


async def test_danger_in_the_middle_of_anything(assistant: Assistant) -> None:
    anna = OnTelegram(assistant.telegram.user(7001, "Anna"))
    await assistant.hears(anna, "dzēst manus datus")
    assert await assistant.hears(anna, "smird pēc gāzes") == ["emergency.gas"]
    assert await assistant.hears(anna, "es vairs negribu dzīvot") == ["crisis.call"]
