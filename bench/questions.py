"""What residents of the bench ask, and how a reply is recognised: each topic's answer begins with its own words."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.content import Content
from bot.rendering import Speaker
from domain.answers import Answer
from domain.messages import Channel
from domain.ports import Nlu
from domain.understanding import topic_intent, topic_of

_LETTERS = 48
"""Letters from the beginning of an answer by which it is told from all others."""

GREETING = "labdien"
"""What everybody says first, so that the introduction is over when it counts."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the topic that answers it."""

    topic: str
    text: str


class Recogniser:
    """Knows the answers of the topics by how they begin."""

    def __init__(self, content: Content, *, now: datetime) -> None:
        speaker = Speaker(content)
        self._topics: dict[str, str] = {}
        doubtful: set[str] = set()
        for topic in content.topics:
            answer = Answer(topic_intent(topic))
            for channel in Channel:
                parts = speaker.say(channel, [answer])
                beginnings = {_letters(parts[0].plain), _letters(read_html(parts[0].text))}
                taken = any(self._topics.get(begin, topic) != topic for begin in beginnings)
                if len(parts) > 1 or taken:
                    doubtful.add(topic)
                self._topics |= dict.fromkeys(beginnings, topic)
        self.sure = tuple(
            topic
            for topic in content.topics
            if topic not in doubtful and content.is_current(topic, now)
        )

    def topic_of(self, text: str) -> str | None:
        """The topic that a reply is about, None when it is about none."""
        return self._topics.get(_letters(text))


def read_html(text: str) -> str:
    """What people see of HTML."""
    return html.unescape(re.sub(r"<[^>]+>", " ", text))


def _letters(text: str) -> str:
    """Letters only: channels differ in markup, and in whether the number of a list's item is text."""
    return "".join(letter for letter in text if letter.isalpha())[:_LETTERS]


def first_questions(content: Content, topics: Iterable[str]) -> list[Question]:
    """The first example question of each topic: what the stub understands."""
    return [Question(topic, content.topics[topic].examples[0]) for topic in topics]


async def understood_questions(
    content: Content, topics: Iterable[str], *, nlu: Nlu
) -> list[Question]:
    """For each topic the first example question that the model is sure of; topics without one are left out."""
    found = []
    for topic in topics:
        for text in content.topics[topic].examples:
            if await _is_sure(nlu, text, topic):
                found.append(Question(topic, text))
                break
    return found


async def _is_sure(nlu: Nlu, text: str, topic: str) -> bool:
    understood = await nlu.understand(text)
    names_place = understood.place() is not None  # then a centre may be the better answer
    return understood.is_sure() and topic_of(understood.intent) == topic and not names_place
