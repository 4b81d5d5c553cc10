"""Into which queue a question goes."""

from pathlib import Path

import pytest

from bot.content import Content, check, load, queue_for
from tests.content.conftest import Directory

REAL = load(Path("content"))
QUEUES = '    name: Rēķini\n  - id: eleja\n    name: KAC Eleja\n    centre: {}\n'


@pytest.mark.parametrize(
    ("words", "place", "queue"),
    [
        ("Kad Elejā būs tikšanās ar deputātiem?", "", "kac-eleja"),
        ("dzīvoju elejas pagastā", "", "kac-eleja"),
        ("cilvēks", "vilces-pagasts", "kac-vilce"),
        ("tas ir par Eleju", "vilce", "kac-eleja"),
        ("cilvēks", "", "general"),
        ("esmu no Rīgas", "", "general"),
        ("autobuss no Elejas uz Vilci", "", "general"),
        ("Mūrmuižā nav gaismas", "", "general"),
        ("dzīvoju Elejas ielā 3", "", "general"),
        ("esmu no Jelgavas novada", "", "general"),
    ],
)
def test_a_general_question_goes_to_the_kac_of_the_place_if_there_is_one(
    words: str, place: str, queue: str
) -> None:
    assert queue_for(REAL, "", words=words, place=place) == queue


def test_a_topic_of_specialists_goes_to_them_wherever_the_resident_lives() -> None:
    assert queue_for(REAL, "bills-pay-where", words="rēķins Elejā", place="eleja") == "bills"


def test_every_kac_has_a_queue_with_a_short_name(content: Content = REAL) -> None:
    centres = {one for one in content.known_centres if one.startswith("kac-")}

    assert set(content.centre_queues) == centres
    assert all(content.queues[one].startswith("KAC ") for one in content.centre_queues.values())


def test_a_queue_may_name_the_centre_that_it_is_of(directory: Directory) -> None:
    directory.edit("queues.yml", "    name: Rēķini\n", QUEUES.format("kac-eleja"))
    content = load(directory.path)

    assert queue_for(content, "", words="esmu elejā", place="") == "eleja"


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (
            QUEUES.format("kac-vilce"),
            "content/queues.yml:8: centre: vietas „kac-vilce” nav failā centres.yml",
        ),
        (
            "    name: Rēķini\n    centre: kac-eleja\n" + QUEUES.format("kac-eleja")[17:],
            "content/queues.yml:9: centre: „kac-eleja” jau ir rindai „bills”; atstājiet to tikai vienai",
        ),
        (
            "    name: Rēķini\n  - id: general\n    name: Vēl\n    centre: kac-eleja\n",
            "centre: rindai „general” centru nenorāda; tajā nonāk pārējie jautājumi",
        ),
    ],
    ids=["a centre that does not exist", "one centre, two queues", "the queue for the rest"],
)
def test_an_editor_reads_what_is_wrong_with_a_centre(
    directory: Directory, new: str, told: str
) -> None:
    directory.edit("queues.yml", "    name: Rēķini\n", new)

    assert told in "\n".join(map(str, check(directory.path).problems))
