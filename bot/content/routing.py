"""Who answers a question: specialists on its topic, else the KAC of the resident's place, else the general queue."""

from collections.abc import Iterator

from bot.content.catalogue import GENERAL, Content
from domain.folding import fold

_SOMETHING_ELSE = ("novad", "iel", "seta", "cela", "cels", "prospekt")
"""Beginnings of words that make the name before them that of a street, or of the whole municipality."""


def queue_for(content: Content, topic: str, *, words: str, place: str) -> str:
    """The queue of a ticket. What the words name counts more than the `place` that is known otherwise (an id, or empty).

    A place without a KAC of its own, or words that name places of several, say nothing: then it is `general`.
    """
    specialists = content.topic_queue(topic)
    if specialists != GENERAL:
        return specialists
    named = set(_places_in(content, words)) or {place}
    queues = {_queue_of(content, one) for one in named}
    return queues.pop() if len(queues) == 1 else GENERAL


def _queue_of(content: Content, place_id: str) -> str:
    place = content.place(place_id)
    centre = content.centre_for(place) if place else None
    return content.centre_queues.get(centre.id, GENERAL) if centre else GENERAL


def _places_in(content: Content, words: str) -> Iterator[str]:
    """Ids of the places that a text names; of two names that begin together the longer one."""
    folded = fold(words).split()
    longest = max((len(form.split()) for form in content.place_forms), default=0)
    start = 0
    while start < len(folded):
        for end in range(min(start + longest, len(folded)), start, -1):
            place = content.place_named(" ".join(folded[start:end]))
            if place and not "".join(folded[end : end + 1]).startswith(_SOMETHING_ELSE):
                yield place
                start = end - 1
                break
        start += 1
