"""What the words of urgent.yml recognise: danger in many voices, and no false alarm."""

from pathlib import Path

import pytest
import yaml

from bot.content import Content, load
from domain.urgency import Danger

WRITTEN = yaml.safe_load(Path("tests/fixtures/dangers.yml").read_text(encoding="utf-8"))
URGENT = [(danger, text) for danger in Danger for text in WRITTEN[danger]]


@pytest.fixture(scope="module")
def real() -> Content:
    return load(Path("content"))


@pytest.mark.parametrize(("danger", "text"), URGENT)
def test_danger_is_recognised_by_its_words(real: Content, danger: Danger, text: str) -> None:
    assert real.urgency.find(text) is danger


@pytest.mark.parametrize("text", WRITTEN["harmless"])
def test_what_only_sounds_like_danger_is_none(real: Content, text: str) -> None:
    assert real.urgency.find(text) is None


SIGNS = yaml.safe_load(Path("content/urgent.yml").read_text(encoding="utf-8"))
LISTED = [
    line.replace("=", "").replace("* ", "")
    for said in SIGNS.values()
    for kind in ("words", "maybe", "alone")
    for line in said.get(kind, ())
]


def test_no_sign_is_taken_back_by_its_own_words(real: Content) -> None:
    assert {line for line in LISTED if real.urgency.find(line) is None} == set()


def test_no_example_question_of_another_topic_is_taken_for_danger(real: Content) -> None:
    taken = {
        (topic.id, example)
        for topic in real.topics.values()
        for example in topic.examples
        if topic.id != "bills-emergency" and real.urgency.find(example)
    }
    assert taken == set()
