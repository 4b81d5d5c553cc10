"""Questions that were not understood, put together by likeness, each with the topics it may belong to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.content import Content, Topic
from bot.storage import editing as stored
from bot.storage.editing import Misunderstood
from bot.workshop.likeness import heaped, nearest
from domain.folding import fold
from domain.likeness import traits
from domain.understanding import ANSWER_AT, Intent, topic_of

LOOK_BACK = timedelta(days=30)
MOST_READ = 1000
_MOST_LIKELY = 3
_FEWEST_LETTERS = 3
_NOWHERE = ("out_of_scope", "nlu_fallback")
_NOT_ANSWERED = (
    "not_understood.first",
    "clarify.choices",
    "out_of_scope.pointer",
    "handoff.opened_not_understood",
)


@dataclass(frozen=True, slots=True)
class Wording:
    """One way in which something was asked, and how often."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """Questions that are alike. `wordings` begin with the commonest; `likely` are topics, likeliest first."""

    wordings: tuple[Wording, ...]
    count: int
    newest: datetime
    likely: tuple[Topic, ...]


async def unanswered(
    connection: AsyncConnection, content: Content, *, now: datetime
) -> list[QuestionGroup]:
    """What the last 30 days brought, the most asked first; what is an example by now is left out."""
    asked = await stored.misunderstood(
        connection,
        since=now - LOOK_BACK,
        sure=ANSWER_AT,
        nowhere=_NOWHERE,
        keys=_NOT_ANSWERED,
        most=MOST_READ,
    )
    return grouped(asked, content)


def grouped(asked: Sequence[Misunderstood], content: Content) -> list[QuestionGroup]:
    """Alike questions together."""
    known = {fold(e) for topic in content.topics.values() for e in topic.examples}
    open_ones = [
        one
        for one in asked
        if len(fold(one.text)) >= _FEWEST_LETTERS and fold(one.text) not in known
    ]
    examples = {
        topic.id: [traits(text) for text in (topic.title, *topic.examples)]
        for topic in content.topics.values()
    }
    groups = [
        _group(heap.members, content, examples)
        for heap in heaped((one.text, one) for one in open_ones)
    ]
    return sorted(groups, key=lambda group: (-group.count, -group.newest.timestamp()))


def _group(
    members: Sequence[Misunderstood], content: Content, examples: dict[str, list[frozenset[str]]]
) -> QuestionGroup:
    by_fold: dict[str, list[str]] = {}
    for one in members:
        by_fold.setdefault(fold(one.text), []).append(one.text)
    wordings = sorted(
        (Wording(texts[0], len(texts)) for texts in by_fold.values()), key=lambda w: -w.count
    )
    guessed = [topic_of(Intent(one.intent)) for one in members]
    alike = nearest(wordings[0].text, examples, most=_MOST_LIKELY)
    ids = dict.fromkeys([*(g for g in guessed if g in content.topics), *alike])
    return QuestionGroup(
        wordings=tuple(wordings),
        count=len(members),
        newest=max(one.received_at for one in members),
        likely=tuple(content.topics[i] for i in list(ids)[:_MOST_LIKELY] if i),
    )
