"""Follow-up questions: what of the subject just spoken of somebody asks about ("Cik maksā?", "Kādi dokumenti?")."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NewType

from domain.folding import fold_loosely
from domain.wordings import Wordings

AspectId = NewType("AspectId", str)

WHERE, HOURS, PHONE = AspectId("where"), AspectId("hours"), AspectId("phone")
"""Aspects that centres have too."""

LONGEST = 7
"""Words of a follow-up; a longer text says itself what it is about."""


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing to ask of any subject: how it is asked, and how the ids of topics about it end."""

    id: AspectId
    words: Wordings[AspectId]
    endings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aspects:
    """All aspects, from content.

    `fillers` are words that say nothing by themselves; `broad` are beginnings of ids that many subjects share, `closed`
    those beyond which another subject begins; `related` names the topic of an aspect where ids do not tell.
    """

    listed: tuple[Aspect, ...] = ()
    fillers: Wordings[bool] = field(default_factory=Wordings)
    broad: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    related: Mapping[str, Mapping[AspectId, str]] = field(default_factory=dict)

    def find(self, text: str) -> AspectId | None:
        """The aspect that a text asks about, when it names nothing else."""
        words = fold_loosely(text).split()
        if not 0 < len(words) <= LONGEST:
            return None
        return next((aspect.id for aspect in self.listed if self._is_all(words, aspect)), None)

    def mentions(self, text: str, aspect: AspectId) -> bool:
        """Whether a text asks about this aspect among other things."""
        words = fold_loosely(text).split()
        asked = (one.words for one in self.listed if one.id == aspect)
        return any(True for wordings in asked for _ in wordings.within(words))

    def topics_for(self, topic: str, aspect: AspectId) -> Iterator[str]:
        """Ids that a topic on this aspect of the same subject may have, the nearest first.

        None when the topic itself is on this aspect: more is not known.
        """
        named = self.related.get(topic, {}).get(aspect)
        if named is not None:
            yield named
        elif not self.is_about(topic, aspect):
            for stem in self._stems(topic):
                yield from (f"{stem}-{ending}" for ending in self._endings(aspect))

    def _stems(self, topic: str) -> Iterator[str]:
        """What a topic's id begins with, the longest first, as far as it is one subject."""
        steps = topic.split("-")
        for length in range(len(steps), 0, -1):
            stem = "-".join(steps[:length])
            if stem in self.broad:
                return
            yield stem
            if stem in self.closed:
                return

    def is_about(self, topic: str, aspect: AspectId) -> bool:
        """Whether a topic is on this aspect, by its id."""
        return any(topic.endswith(f"-{ending}") for ending in self._endings(aspect))

    def _endings(self, aspect: AspectId) -> tuple[str, ...]:
        return next((one.endings for one in self.listed if one.id == aspect), ())

    def _is_all(self, words: list[str], aspect: Aspect) -> bool:
        at, found = 0, False
        while at < len(words):
            length = max((length for length, _ in aspect.words.at(words, at)), default=0)
            found = found or length > 0
            length = length or max((length for length, _ in self.fillers.at(words, at)), default=0)
            if not length:
                return False
            at += length
        return found
