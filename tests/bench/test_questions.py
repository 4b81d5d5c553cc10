"""A reply is recognised by how it begins, on every channel."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.questions import Recogniser, first_questions, read_html
from bot.content import Content, load
from bot.rendering import Speaker
from domain.answers import Answer
from domain.messages import Channel
from domain.understanding import topic_intent

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def content() -> Content:
    return load(Path("content"))


@pytest.mark.parametrize("channel", Channel)
def test_the_answer_of_each_topic_is_told_from_all_others(
    content: Content, channel: Channel
) -> None:
    recogniser = Recogniser(content, now=NOW)
    speaker = Speaker(content)
    said = {
        topic: speaker.say(channel, [Answer(topic_intent(topic))])[0].text
        for topic in recogniser.sure
    }
    assert {recogniser.topic_of(read_html(text)) for text in said.values()} == set(said)


def test_small_talk_is_about_no_topic(content: Content) -> None:
    assert Recogniser(content, now=NOW).topic_of("Labdien! Kā varu palīdzēt?") is None


def test_there_are_enough_topics_to_ask_about(content: Content) -> None:
    recogniser = Recogniser(content, now=NOW)
    assert len(first_questions(content, recogniser.sure)) > 60
