"""The topics that are closest to what a resident asked, for an agent to answer with.

The model is asked while the page of the ticket is already open: nobody ever waits for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from actions import hearing
from bot.content import Content
from bot.desk import words
from bot.desk.pages import render
from bot.desk.ticket import Mode, mode_of, number_of
from bot.rendering import Speaker
from bot.storage import messages
from bot.storage import tickets as stored
from bot.storage.database import Database
from bot.storage.sessions import StoredSession
from bot.storage.tickets import TicketRow
from domain.answers import Answer
from domain.conversation import ConversationState
from domain.errors import NluUnavailable
from domain.messages import Channel
from domain.ports import Clock, Nlu
from domain.understanding import (
    MOST_OFFERED,
    OFFER_AT,
    Ranked,
    Understanding,
    topic_intent,
    topic_of,
)
from domain.wishes import person_wished

_FARTHEST = 0.1
"""Share of the likeliest meaning's confidence below which another is only noise."""

_LOOK_BACK = 3
"""Texts: behind a "paldies" or "cilvēks" stands the question."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A topic that may answer. `text` is what the resident's channel would show of it, without markup."""

    title: str
    sure: str
    text: str
    source: str
    valid_until: str


@dataclass(frozen=True, slots=True)
class Found:
    """Topics for a question, closest first; `away` when the model could not be asked."""

    question: str = ""
    topics: Sequence[Suggestion] = ()
    away: bool = False


class Suggestions:
    """The part of a ticket's page that is fetched in the background."""

    def __init__(
        self, *, database: Database, clock: Clock, content: Callable[[], Content], nlu: Nlu
    ) -> None:
        self._database = database
        self._clock = clock
        self._content = content
        self._nlu = nlu

    async def show(self, request: web.Request, session: StoredSession) -> web.Response:
        """The closest topics; a page of its own for browsers without scripts."""
        number, now = number_of(request), self._clock.now()
        async with self._database.reading() as connection:
            row = await stored.row_of(connection, number)
            if row is None:
                raise web.HTTPNotFound
            said = await messages.last_texts(
                connection, row.ticket.conversation, before=now, limit=_LOOK_BACK
            )
        return render(
            "ticket_topics.html",
            session=session,
            number=number,
            found=await self._find(row, said),
            may_insert=mode_of(row, session.agent) is Mode.MINE,
        )

    async def _find(self, row: TicketRow, said: Sequence[str]) -> Found:
        """Topics for the newest text that leads to any; of a wish for a person, for what it is about."""
        content = self._content()
        asked = [person_wished(one) or one for one in said if content.commands.find(one) is None]
        try:
            for text in asked:
                if found := await self._closest(content, text, row.channel):
                    return Found(text, found)
        except NluUnavailable:
            return Found(away=True)
        return Found(asked[0] if asked else "")

    async def _closest(self, content: Content, text: str, channel: Channel) -> Sequence[Suggestion]:
        understood = await hearing.understand(
            text, nlu=self._nlu, directory=content, state=ConversationState()
        )
        now = self._clock.now()
        current = [
            one
            for one in _ranked(understood)
            if content.is_current(topic_of(one.intent) or "", now)
        ]
        return [_suggest(content, one, channel) for one in current[:MOST_OFFERED]]


def _ranked(understood: Understanding) -> list[Ranked]:
    """What each question of a text means, then what else it could mean; each intent once."""
    surely = [Ranked(part.intent, part.confidence) for part in understood.clauses]
    first = max((one.confidence for one in understood.ranking), default=0.0)
    floor = max(OFFER_AT, first * _FARTHEST)
    likely = [one for one in understood.ranking if one.confidence >= floor]
    return list({one.intent: one for one in reversed([*surely, *likely])}.values())[::-1]


def _suggest(content: Content, ranked: Ranked, channel: Channel) -> Suggestion:
    topic = content.topic(topic_of(ranked.intent) or "")
    parts = Speaker(content).say(channel, [Answer(topic_intent(topic.id))])
    return Suggestion(
        title=topic.title,
        sure=words.percent(ranked.confidence),
        text="\n\n".join(part.plain for part in parts),
        source=topic.source or "",
        valid_until=f"{topic.valid_until:%d.%m.%Y}.",
    )
