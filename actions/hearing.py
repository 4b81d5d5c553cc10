"""Hearing a message out: its language, what it takes back, how many questions it holds. It asks the model."""

from collections.abc import Container, Sequence
from dataclasses import replace

from actions import topics
from actions.centres import ABOUT_CENTRES, OF_CENTRES
from domain import clauses
from domain.conversation import ConversationState
from domain.corrections import after_no, corrected
from domain.languages import Language, language_of
from domain.ports import Directory, Nlu
from domain.understanding import Intent, Understanding, topic_intent, topic_of

_FEWEST_KNOWN = 0.6
"""How much of a foreign message must be known words, so that the rest cannot turn its meaning around."""

_LIKELIEST = 9
"""Where only a comma or a verb parts them, what the parts mean must be among so many meanings of the whole.

Of 517 known messages with such a form three more were taken apart wrongly among sixteen.
"""

_NOTHING = Understanding(Intent("foreign_language"), 0.0)

ANSWERABLE = frozenset(
    {
        "centre_where",
        "centre_hours",
        "centre_phone",
        "centre_list",
        "access_points",
        "training_list",
    }
)
"""Fixed intents that are questions with an answer of their own, as topics are."""


def is_question(intent: Intent) -> bool:
    """Whether an intent asks for something that can be told."""
    return topic_of(intent) is not None or intent in ANSWERABLE


async def understand(
    text: str, *, nlu: Nlu, directory: Directory, state: ConversationState
) -> Understanding:
    """The meaning of a message. Raises `NluUnavailable`."""
    language = language_of(text)
    if language is not Language.LATVIAN:
        return await _through_key_words(text, language, nlu=nlu, directory=directory)
    if meant := corrected(text):
        return replace(await _whole(meant, nlu, directory), corrects=True, text=meant)
    if (state.topic or state.wanted) and (meant := after_no(text)):
        instead = await nlu.understand(meant)
        if instead.is_sure() and is_question(instead.intent):
            return replace(instead, corrects=True, text=meant)
    return await _whole(text, nlu, directory)


async def _through_key_words(
    text: str, language: Language, *, nlu: Nlu, directory: Directory
) -> Understanding:
    gist = directory.lexicon.gist(text, language)
    if not gist.text or gist.known < _FEWEST_KNOWN:
        return replace(_NOTHING, language=language)
    gists = (directory.lexicon.gist(part, language).text for part in clauses.sentences(text))
    parts = [await _question(part, nlu) for part in gists if part]
    whole = await nlu.understand(gist.text)
    return replace(whole, language=language, text=gist.text, clauses=_all_sure(parts))


async def _whole(text: str, nlu: Nlu, directory: Directory) -> Understanding:
    """The message as one; question by question when that is surely what it is made of.

    A clause counts only when the whole, too, could mean it: out of its surroundings it may say something else.
    """
    whole = await nlu.understand(text)
    possible = [whole.intent, *(ranked.intent for ranked in whole.ranking)]
    likely = frozenset(possible)
    parts = await _clauses(clauses.split(text), nlu, directory)
    if not parts:
        likely = frozenset(possible[:_LIKELIEST])
        return replace(whole, clauses=await _sure_clauses(text, likely, nlu, directory))
    asked = [p for p in parts if p.is_sure() and (p.follows or p.intent in likely)]
    different = _different(asked)
    lost = len(asked) < len(parts)
    if not different or (whole.is_sure() and (lost or len(different) == 1)):
        return whole
    if len(different) == 1:
        confirmed = different[0].intent == whole.intent
        return replace(different[0], entities=whole.entities, unheard=lost) if confirmed else whole
    return replace(whole, clauses=different, unheard=lost)


async def _sure_clauses(
    text: str, likely: Container[Intent], nlu: Nlu, directory: Directory
) -> tuple[Understanding, ...]:
    """The questions of a message that may as well be one; empty unless each of them is sure."""
    for apart in (clauses.split_at_commas, clauses.split_at_verbs):
        parts = await _clauses(apart(text), nlu, directory)
        if all(part.follows or part.intent in likely for part in parts) and (
            all_sure := _all_sure(parts)
        ):
            return all_sure
    return ()


def _all_sure(parts: Sequence[Understanding]) -> tuple[Understanding, ...]:
    """The different questions among parts; none when one of them is not sure or they ask the same."""
    different = _different(parts)
    return different if len(different) > 1 and all(part.is_sure() for part in parts) else ()


def _different(parts: Sequence[Understanding]) -> tuple[Understanding, ...]:
    return tuple({(part.intent, part.place()): part for part in parts}.values())


async def _clauses(texts: Sequence[str], nlu: Nlu, directory: Directory) -> list[Understanding]:
    """Each question by itself, or as a follow-up to the one before it ("… un cik tas maksā?")."""
    parts: list[Understanding] = []
    for clause in texts:
        follow_up = _follow_up(clause, parts[-1], directory) if parts else None
        parts.append(follow_up or await _question(clause, nlu))
    return parts


async def _question(text: str, nlu: Nlu) -> Understanding:
    """The meaning of a text as a question; what asks for nothing is unsure."""
    meant = await nlu.understand(text)
    return meant if is_question(meant.intent) else replace(meant, confidence=0.0)


def _follow_up(clause: str, before: Understanding, directory: Directory) -> Understanding | None:
    aspect = directory.aspects.find(clause)
    if aspect is None or not before.is_sure():
        return None
    if before.intent in ABOUT_CENTRES and aspect in OF_CENTRES:
        meant: Intent | None = OF_CENTRES[aspect]
    else:
        told = topics.siblings(directory, topic_of(before.intent) or "", aspect)
        meant = next(map(topic_intent, told), None)
    return Understanding(meant, 1.0, entities=before.entities, follows=True) if meant else None
