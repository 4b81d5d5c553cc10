"""No example question of content or model that asks for something else is taken for a wish for a person."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.content import Content, load
from domain.understanding import Intent
from domain.wishes import person_wished


@pytest.fixture(scope="module")
def real() -> Content:
    return load(Path("content"))


def _fixed_examples() -> Iterator[tuple[str, str]]:
    for file in sorted(Path("nlu/data").glob("*.yml")):
        for item in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            for line in item.get("examples", "").splitlines():
                yield item.get("intent", ""), line.removeprefix("- ")


def _development() -> Iterator[tuple[str, str]]:
    for file in sorted(Path("nlu/development").glob("*.yml")):
        for item in yaml.safe_load(file.read_text(encoding="utf-8")):
            yield item["intent"], item["text"]


def test_no_example_of_a_topic_is_taken_for_it(real: Content) -> None:
    examples = [line for topic in real.topics.values() for line in topic.examples]
    assert len(examples) > 1000
    assert [line for line in examples if person_wished(line) is not None] == []


def test_no_example_of_another_intent_is_taken_for_it() -> None:
    said = [*_fixed_examples(), *_development()]
    assert len([line for intent, line in said if intent == "ask_person"]) > 50
    taken = [
        (intent, line)
        for intent, line in said
        if intent != "ask_person" and person_wished(line) is not None
    ]
    assert taken == []


def test_words_of_the_command_say_nothing_more(real: Content) -> None:
    words = real.commands.words_for(Intent("ask_person"))
    assert {line: person_wished(line) for line in words} == dict.fromkeys(words, "")
