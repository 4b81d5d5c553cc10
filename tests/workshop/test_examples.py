"""Example questions that the model would be taught twice with two meanings, or in one manner only."""

import time
from datetime import date

import pytest

from bot.content.reading import read_files
from bot.training import NLU, merged_topics
from bot.workshop import examples
from bot.workshop.checking import examine
from tests.content.conftest import REAL_CONTENT, Directory
from tests.content.conftest import directory as directory  # noqa: PLC0414 - the fixture

TODAY = date(2026, 11, 20)
METERS = "topics/meters/meters-how.md"


def _said(directory: Directory) -> list[str]:
    return [str(w) for w in examine(directory.path, today=TODAY).warnings if "jautājums" in str(w)]


@pytest.mark.parametrize(
    "question",
    [
        "Samaksat rekinus kur?",
        "kur es varētu samaksāt rēķinu".replace("varētu ", ""),
        "lūdzu, kur samaksāt rēķinu",
        "kur samakast rēķinu",
        "kur samaksātt rēķinu",
        "labdien, sakiet, kur man samaksāt rēķnu",
    ],
)
def test_nearly_the_same_question_in_two_topics_is_named(
    directory: Directory, question: str
) -> None:
    directory.edit(METERS, "  - kur nodot rādījumu un rēķinu", f'  - "{question}"')
    assert _said(directory) == [
        f"content/{METERS}:5: jautājums „{question}” ir gandrīz tāds pats kā „kur samaksāt rēķinu” "
        "tematā „bills-pay-where”; asistents tos jauks – atstājiet vienā"
    ]


@pytest.mark.parametrize("question", ["kad samaksāt rēķinu", "kur sadalīt rēķinu"])
def test_another_word_is_another_question(directory: Directory, question: str) -> None:
    directory.edit(METERS, "  - kur nodot rādījumu un rēķinu", f"  - {question}")
    assert _said(directory) == []


def test_a_question_of_a_fixed_intent_in_a_topic_is_named_with_both_places(
    directory: Directory,
) -> None:
    directory.edit(METERS, "  - kur nodot rādījumu un rēķinu", "  - kur ir kac elejā")
    [said] = _said(directory)
    assert said.startswith(
        f"content/{METERS}:5: jautājums „kur ir kac elejā” ir gandrīz tāds pats kā „kur ir kac Elejā” "
        "sarakstā „kur ir KAC” (nlu/data/centres.yml:"
    )
    line = int(said.rpartition("centres.yml:")[2].partition(")")[0])
    lines = (NLU / "data/centres.yml").read_text(encoding="utf-8").splitlines()
    assert lines[line - 1].strip() == "- kur ir kac Elejā"


def test_the_same_question_twice_in_one_topic_is_named(directory: Directory) -> None:
    directory.edit(METERS, "  - kā nodot rādījumu un rēķinu", "  - Kur rādījumu un rēķinus nodot?")
    [said] = _said(directory)
    assert "ir gandrīz tāds pats kā „kur nodot rādījumu un rēķinu”; pārrakstiet citādi" in said


def test_a_topic_with_neither_a_story_nor_a_few_words_is_told_at_its_examples(
    directory: Directory,
) -> None:
    directory.edit(
        METERS, "mamma vairs netiek uz pagastu, pasakiet, kā viņai no mājām", "kā mammai"
    )
    directory.edit(METERS, "  - nodot piemaksu", "  - kā no mājām nodot piemaksu")

    said = [str(w) for w in examine(directory.path, today=TODAY).warnings if "neviena" in str(w)]

    assert said == [
        f"content/{METERS}:4: nav neviena gara jautājuma (10 vārdi vai vairāk); pielieciet vismaz vienu "
        "veselu teikumu, kā to izstāstītu seniors: kas noticis un ko vajag zināt",
        f"content/{METERS}:4: nav neviena īsa jautājuma (3 vārdi vai mazāk); pielieciet vismaz vienu, "
        "kā to steigā uzrakstītu jaunietis: divus trīs vārdus par pašu galveno",
    ]


@pytest.mark.parametrize(
    ("story", "told"),
    [
        ("viens divi trīs četri pieci seši septiņi astoņi deviņi desmit", False),
        ("viens divi trīs četri pieci seši septiņi astoņi e-pasts", True),
        ("viens divi trīs četri pieci seši septiņi astoņi – deviņi", True),
    ],
)
def test_words_are_counted_as_an_editor_counts_them(
    directory: Directory, story: str, told: bool
) -> None:
    before = "mamma vairs netiek uz pagastu, pasakiet, kā viņai no mājām samaksāt piemaksu"
    directory.edit("topics/bills/bills-pay-where.md", before, story)

    assert bool([*examples.one_sided(read_files(directory.path))]) is told


def test_every_topic_of_this_repository_has_a_story_and_a_few_words() -> None:
    assert [str(one) for one in examples.one_sided(read_files(REAL_CONTENT))] == []


def test_all_examples_are_compared_in_a_few_seconds() -> None:
    files = read_files(REAL_CONTENT)
    start = time.process_time()
    found = list(examples.alike(files, examples.fixed_examples(NLU / "data"), merged_topics()))
    assert time.process_time() - start < 10
    assert len(found) < 20
