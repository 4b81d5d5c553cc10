"""Questions that were not understood, put together by likeness, each with the topics it may belong to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.content import Content, Topic
from bot.storage import editing as stored
from bot.storage.editing import Misunderstood
from bot.training import NLU
from bot.workshop.examples import Example, fixed_examples
from bot.workshop.likeness import heaped, nearest
from bot.workshop.titles import fixed_title
from domain.folding import fold
from domain.likeness import ALIKE, likeness, traits
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
class Fixed:
    """What the assistant answers out of data or by itself, and the file of its examples."""

    title: str
    file: str


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """Questions that are alike. `wordings` begin with the commonest; `likely` are topics, likeliest first."""

    wordings: tuple[Wording, ...]
    count: int
    newest: datetime
    likely: tuple[Topic, ...]
    fixed: Fixed | None = None
    """A fixed intent whose examples are more alike than those of any topic."""


async def unanswered(
    connection: AsyncConnection,
    content: Content,
    *,
    now: datetime,
    drafted: Iterable[str] = (),
    nlu_data: Path = NLU / "data",
) -> list[QuestionGroup]:
    """What the last 30 days brought, the most asked first; what is an example or in a draft by now is left out."""
    asked = await stored.misunderstood(
        connection,
        since=now - LOOK_BACK,
        sure=ANSWER_AT,
        nowhere=_NOWHERE,
        keys=_NOT_ANSWERED,
        most=MOST_READ,
    )
    fixed = [e for e in fixed_examples(nlu_data) if e.owner not in _NOWHERE]
    return grouped(asked, content, fixed=fixed, drafted=drafted)


def likely_topics(text: str, content: Content) -> list[Topic]:
    """The topics that a question is most alike, the likeliest first."""
    return [content.topics[one] for one in nearest(text, _traits_of(content), most=_MOST_LIKELY)]


def closest_topics(texts: Sequence[str], content: Content) -> list[Topic | None]:
    """For each text the topic that is most like it, None where none is alike."""
    examples = _traits_of(content) if texts else {}
    return [_closest(traits(text), content, examples) for text in texts]


def _closest(
    own: frozenset[str], content: Content, examples: dict[str, list[frozenset[str]]]
) -> Topic | None:
    score, best = max(
        ((max(likeness(own, one) for one in of), name) for name, of in examples.items()),
        default=(0.0, ""),
    )
    return content.topics[best] if score >= ALIKE else None


def _traits_of(content: Content) -> dict[str, list[frozenset[str]]]:
    return {
        topic.id: [traits(text) for text in (topic.title, *topic.examples)]
        for topic in content.topics.values()
    }


def grouped(
    asked: Sequence[Misunderstood],
    content: Content,
    *,
    fixed: Sequence[Example] = (),
    drafted: Iterable[str] = (),
) -> list[QuestionGroup]:
    """Alike questions together."""
    known = {fold(e) for topic in content.topics.values() for e in topic.examples}
    known |= {fold(one) for one in drafted} | {fold(one.text) for one in fixed}
    open_ones = [
        one
        for one in asked
        if len(fold(one.text)) >= _FEWEST_LETTERS and fold(one.text) not in known
    ]
    examples = _traits_of(content)
    others = [(traits(one.text), one) for one in fixed]
    groups = [
        _group(heap.members, content, examples, others)
        for heap in heaped((one.text, one) for one in open_ones)
    ]
    return sorted(groups, key=lambda group: (-group.count, -group.newest.timestamp()))


def _group(
    members: Sequence[Misunderstood],
    content: Content,
    examples: dict[str, list[frozenset[str]]],
    others: Sequence[tuple[frozenset[str], Example]],
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
        fixed=_fixed(wordings[0].text, examples[alike[0]] if alike else [], others),
    )


def _fixed(
    text: str,
    of_topic: Sequence[frozenset[str]],
    others: Sequence[tuple[frozenset[str], Example]],
) -> Fixed | None:
    """The fixed intent that a question is more alike than the likeliest topic."""
    own = traits(text)
    best = max(others, key=lambda other: likeness(own, other[0]), default=None)
    if best is None:
        return None
    how_alike = likeness(own, best[0])
    if how_alike < ALIKE or how_alike <= max((likeness(own, t) for t in of_topic), default=0.0):
        return None
    return Fixed(fixed_title(best[1].owner), best[1].file)
