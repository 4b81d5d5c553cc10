"""Follow-up questions: about the topic or the place spoken of just before."""

from actions import centres, topics
from actions.asking import PERSON, Action, Asked, Reply, choice
from domain.answers import Answer
from domain.aspects import HOURS, PHONE, WHERE, AspectId
from domain.understanding import Intent, Understanding

_OF_CENTRE: dict[AspectId, Action] = {
    WHERE: centres.tell_where,
    HOURS: centres.tell_hours,
    PHONE: centres.tell_phone,
}
_DAY_ALONE = 3
"""Words up to which a text that names a day or a time of day asks about nothing else."""

_NOT_FOLLOWED = frozenset({Intent("out_of_scope"), Intent("foreign_language")})


async def follow_up(asked: Asked, understood: Understanding) -> Reply | None:
    """The answer to a follow-up ("Cik maksā?", "Un Vilcē?"); None when the message stands by itself."""
    if asked.bare_place():
        return await _other_place(asked)
    if (asked.day() or asked.time()) and len(asked.text.split()) <= _DAY_ALONE:
        return await _other_day(asked)
    aspect = asked.directory.aspects.find(asked.text)
    return await _about(asked, aspect, understood) if aspect else None


async def _about(asked: Asked, aspect: AspectId, understood: Understanding) -> Reply | None:
    if asked.state.wanted in centres.ABOUT_CENTRES and (tell := _OF_CENTRE.get(aspect)):
        return await tell(asked)
    if not asked.state.topic:
        return None
    if sibling := _sibling(asked, aspect):
        return await topics.answer_topic(asked, sibling)
    if aspect in _OF_CENTRE and understood.is_sure() and understood.intent not in _NOT_FOLLOWED:
        return None
    return _nothing_more(asked)


async def _other_place(asked: Asked) -> Reply:
    """A bare place: it completes the question before it; after a topic that says nothing of it, that is said."""
    place = asked.directory.place(asked.place() or "")
    if not asked.state.topic or place is None:
        return await centres.name_place(asked)
    if asked.directory.speaks_of(asked.state.topic, place):
        return await topics.answer_topic(asked, asked.state.topic)
    phone = asked.directory.topic_phone(asked.state.topic)
    choices = (choice("centre_where", place.id), PERSON)
    answer = Answer("followup.place_unknown", {"place": place.name, "phone": phone}, choices)
    return Reply((answer,), asked.state.settled())


async def _other_day(asked: Asked) -> Reply | None:
    """A bare day ("Un rīt?") or time of day ("Un pēc pusdienām?") after hours were told."""
    topic = asked.state.topic
    if asked.state.wanted in centres.ABOUT_CENTRES:
        return await centres.tell_hours(asked)
    if topic and asked.directory.aspects.is_about(topic, HOURS):
        return centres.on_that_day(asked, await topics.answer_topic(asked, topic))
    return None


def _sibling(asked: Asked, aspect: AspectId) -> str | None:
    candidates = topics.siblings(asked.directory, asked.state.topic, aspect)
    return next(
        (topic for topic in candidates if asked.directory.is_current(topic, asked.now)), None
    )


def _nothing_more(asked: Asked) -> Reply:
    """What was said is all that is known: no guess, but who knows more."""
    phone = asked.directory.topic_phone(asked.state.topic)
    answer = Answer("followup.unknown", {"phone": phone}, (PERSON,))
    return Reply((answer,), asked.state.settled())


async def repeat(asked: Asked) -> Reply:
    """ "Vēlreiz": the last answer once more."""
    if asked.state.topic:
        return await topics.answer_topic(asked, asked.state.topic)
    if asked.state.wanted:
        return await centres.name_place(asked)
    return Reply((Answer("repeat.nothing"),), asked.state.settled())
