"""Prepared answers of staff: what editors may write, and what becomes of it at the desk."""

import pytest

from bot.content import check, load
from bot.content.catalogue import PreparedReply
from tests.content.conftest import REAL_CONTENT, Directory

REPLY = """replies:
  - id: greeting
    title: Sasveicināšanās
    text: "Labdien, {vards}! Rinda: {rinda}."
"""
VALUES = {"vards": "Vilma", "numurs": "1001", "darbinieks": "Anna", "rinda": "Rēķini"}


def _with(directory: Directory, text: str) -> list[str]:
    (directory.path / "replies.yml").write_text(text, encoding="utf-8")
    return [str(problem) for problem in check(directory.path).problems]


def test_content_without_prepared_answers_is_whole(directory: Directory) -> None:
    assert load(directory.path).replies == ()


def test_a_good_file_is_read(directory: Directory) -> None:
    assert _with(directory, REPLY) == []
    [reply] = load(directory.path).replies
    assert (reply.id, reply.title, reply.queue) == ("greeting", "Sasveicināšanās", None)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "{rinda}",
            "{tālrunis}",
            "4: text: mainīgo {tālrunis} nepazīstam; atļauts: {vards}, {numurs}, {darbinieks}, {rinda}",
        ),
        (
            "    title:",
            "    queue: water\n    title:",
            "3: queue: rindas „water” nav failā queues.yml",
        ),
        ("    title: Sasveicināšanās\n", "", "2: trūkst lauka „title”; pievienojiet rindu „title: …”"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(
    directory: Directory, old: str, new: str, said: str
) -> None:
    assert _with(directory, REPLY.replace(old, new)) == [f"content/replies.yml:{said}"]


def test_the_same_id_twice_is_refused(directory: Directory) -> None:
    twice = REPLY + REPLY.partition("\n")[2]
    assert _with(directory, twice) == [
        "content/replies.yml:5: id „greeting” ir divreiz; katram ierakstam vajag savu"
    ]


@pytest.mark.parametrize(
    ("name", "said"), [("Vilma", "Labdien, Vilma! Rinda: Rēķini."), ("", "Labdien! Rinda: Rēķini.")]
)
def test_a_name_that_is_not_known_leaves_no_trace(name: str, said: str) -> None:
    reply = PreparedReply("greeting", "", "Labdien, {vards}! Rinda: {rinda}.", None)
    assert reply.filled({**VALUES, "vards": name}) == said


def test_the_real_ones_hold_no_phone_number_and_fill_in_whole() -> None:
    for reply in load(REAL_CONTENT).replies:
        text = reply.filled(VALUES)
        assert "{" not in text
        assert not any(letter.isdigit() for letter in text.replace("1001", ""))
