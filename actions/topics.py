"""Answering with a topic of the content."""

from collections.abc import Iterator
from dataclasses import replace

from actions.asking import PERSON, Asked, Reply, choice
from domain.answers import Answer
from domain.aspects import AspectId
from domain.ports import Directory
from domain.understanding import topic_intent


async def answer_topic(asked: Asked, topic: str) -> Reply:
    """Say a topic, or honestly that what we knew has expired."""
    if not asked.directory.is_current(topic, asked.now):
        return _expired(asked, topic)
    related = [
        choice(topic_intent(other))
        for other in asked.directory.topic_choices(topic)
        if asked.directory.is_current(other, asked.now)
    ]
    answer = Answer(topic_intent(topic), choices=(*related, PERSON))
    state = replace(asked.state.settled(), topic=topic, wanted="")
    return Reply((answer,), state)


def siblings(directory: Directory, told: str, aspect: AspectId) -> Iterator[str]:
    """Topics of the same subject that tell this of it; never the one just told."""
    candidates = directory.aspects.topics_for(told, aspect)
    return (topic for topic in candidates if topic != told and directory.has_topic(topic))


def _expired(asked: Asked, topic: str) -> Reply:
    answer = Answer("topic.expired", {"phone": asked.directory.fallback_phone()}, choices=(PERSON,))
    return Reply((answer,), replace(asked.state.settled(), topic=topic))
