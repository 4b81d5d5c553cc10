"""The search page. The words come in the body of a form: people look for names, and addresses end up in logs."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.content import Content
from bot.desk.door import Door, Form
from bot.desk.lists import Row, to_row
from bot.desk.pages import render
from bot.storage import ticket_search
from bot.storage.database import Database
from bot.storage.sessions import StoredSession
from bot.storage.ticket_search import Found, Place, words_of
from domain.folding import fold
from domain.ports import Clock

LONGEST = 100
"""Characters of a search."""

MOST = 50
_BEFORE = 60
_EXCERPT = 180
"""Characters of an excerpt, and of it before the first word that was found."""

_WORD = re.compile(r"[^\W_]+")

_PLACES = {
    Place.NUMBER: "pieteikuma numurs",
    Place.NAME: "iedzīvotāja vārds",
    Place.SUBJECT: "jautājums",
    Place.TAG: "birka",
    Place.NOTE: "piezīme",
    Place.COMMENT: "iedzīvotāja vērtējums",
    Place.RESIDENT: "iedzīvotāja ziņa",
    Place.AGENT: "darbinieka atbilde",
    Place.ASSISTANT: "asistenta atbilde",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an excerpt; `found` when it is one of the words."""

    text: str
    found: bool


@dataclass(frozen=True, slots=True)
class Result:
    """A ticket as the page shows it."""

    row: Row
    who: Sequence[Piece]
    subject: Sequence[Piece]
    place: str
    excerpt: Sequence[Piece]


class SearchPage:
    """The page /desk/meklet."""

    def __init__(self, *, database: Database, clock: Clock, content: Callable[[], Content]) -> None:
        self._database = database
        self._clock = clock
        self._content = content

    def add_to(self, router: web.UrlDispatcher, door: Door) -> None:
        """Add the page and its form."""
        router.add_get("/meklet", door.page(self.show))
        router.add_post("/meklet", door.form(self.search, outdated=self.outdated))

    async def show(self, request: web.Request, session: StoredSession) -> web.Response:
        """The page before anything is searched."""
        return _page(session)

    async def search(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """The tickets that have the words."""
        written = form.get("words", "").strip()[:LONGEST]
        words = words_of(written)
        async with self._database.reading() as connection:
            found = await ticket_search.search(connection, words, limit=MOST)
        now, content = self._clock.now(), self._content()
        results = [
            to_result(one, row=to_row(one.row, content=content, now=now), words=words)
            for one in found
        ]
        return _page(session, written=written, results=results, searched=bool(words))

    async def outdated(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """The form belongs to an earlier login: the words stay, to be sent once more."""
        return _page(session, written=form.get("words", "")[:LONGEST])


def _page(
    session: StoredSession,
    *,
    written: str = "",
    results: Sequence[Result] = (),
    searched: bool = False,
) -> web.Response:
    return render(
        "search.html",
        session=session,
        written=written,
        results=results,
        searched=searched,
        longest=LONGEST,
        cut=len(results) == MOST,
        most=MOST,
    )


def to_result(found: Found, *, row: Row, words: Sequence[str]) -> Result:
    """A found ticket with its words marked."""
    return Result(
        row=row,
        who=mark(row.who, words),
        subject=mark(row.subject, words),
        place=_PLACES[found.place],
        excerpt=excerpt(found.text, words),
    )


def mark(text: str, words: Sequence[str]) -> list[Piece]:
    """A text in pieces: what begins with one of the folded words, and what stands between."""
    return list(_pieces(text, words))


def _pieces(text: str, words: Sequence[str]) -> Iterator[Piece]:
    end = 0
    for match in _WORD.finditer(text):
        if fold(match[0]).startswith(tuple(words)):
            if match.start() > end:
                yield Piece(text[end : match.start()], found=False)
            yield Piece(match[0], found=True)
            end = match.end()
    if end < len(text):
        yield Piece(text[end:], found=False)


def excerpt(text: str, words: Sequence[str]) -> list[Piece]:
    """The surroundings of the first word that was found, on one line; empty for an empty text."""
    flat = " ".join(text.split())
    places = (m.start() for m in _WORD.finditer(flat) if fold(m[0]).startswith(tuple(words)))
    first = next(places, 0)
    start = 0 if first <= _BEFORE else flat.find(" ", first - _BEFORE, first) + 1 or first
    shown = flat[start : start + _EXCERPT]
    if start + _EXCERPT < len(flat):
        shown = shown.rsplit(" ", 1)[0] + " …"
    return mark(f"… {shown}" if start else shown, words)
