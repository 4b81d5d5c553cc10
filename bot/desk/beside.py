"""The list beside a ticket: the views with their counts, and the next tickets of the view that its agent works through.

Which view that is a cookie keeps, because it must outlast forms and redirects: names of views and filters only.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl, quote, unquote

from aiohttp import web

from bot.content import Content
from bot.desk.door import is_background
from bot.desk.filters import read_filters, read_number
from bot.desk.lists import (
    ADDRESSES,
    EMPTY,
    NONE_SUCH,
    TITLES,
    Row,
    ViewLink,
    links,
    to_row,
    view_of,
    viewer_of,
)
from bot.desk.pages import render
from bot.storage import ticket_lists as stored
from bot.storage.database import Database
from bot.storage.sessions import StoredSession
from bot.storage.ticket_lists import View
from domain.ports import Clock

MOST = 12
_COOKIE = "zintis_desk_list"


@dataclass(frozen=True, slots=True)
class Came:
    """From which list the browser came to a page."""

    asked: Mapping[str, str]
    background: bool = False
    """Whether an open page fetches itself again: it follows the list apart from the ticket."""


_came: ContextVar[Came] = ContextVar("came")


@dataclass(frozen=True, slots=True)
class Column:
    """What stands beside a ticket. Without views the page has its column already."""

    query: str
    back: str
    title: str
    filters: int
    views: Sequence[ViewLink] = ()
    rows: Sequence[Row] = ()
    empty: str = ""
    more: bool = False


class Beside:
    """Reads and shows the list beside a ticket."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        content: Callable[[], Content],
        public_url: str | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._content = content
        self._https = (public_url or "").startswith("https://")

    @web.middleware
    async def remember(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Know which list a request belongs to: the one in its address, else the one that was opened last."""
        background, query = is_background(request), request.query
        kept = unquote(request.cookies.get(_COOKIE, ""))
        _came.set(Came(query if "skats" in query else dict(parse_qsl(kept)), background))
        response = await handler(request)
        opened = request.path == "/desk/" or "skats" in query
        if opened and not background and response.status == HTTPStatus.OK:
            asked = read_filters(query, self._content())
            response.set_cookie(
                _COOKIE,
                quote(asked.query(skats=ADDRESSES[view_of(query)]), safe=""),
                path="/desk",
                httponly=True,
                samesite="Lax",
                secure=self._https,
            )
        return response

    async def show(self, request: web.Request, session: StoredSession) -> web.Response:
        """The column alone, as an open page fetches it; `nr` is the ticket that it stands beside."""
        number = read_number(request.query.get("nr", "")) or 0
        column = await self.read(session, number, always=True)
        return render("beside.html", session=session, column=column, number=number)

    async def read(self, session: StoredSession, number: int, *, always: bool = False) -> Column:
        """The column for the list that this request belongs to."""
        came, content, now = _came.get(Came({})), self._content(), self._clock.now()
        view, asked = view_of(came.asked), read_filters(came.asked, content)
        query = asked.query(skats=ADDRESSES[view])
        is_plain = view is View.NEW and not asked
        back = "/desk/" if is_plain else f"/desk/?{query}"
        if came.background and not always:
            return Column(query, back, TITLES[view], len(asked))
        async with self._database.reading() as connection:
            viewer = await viewer_of(connection, session, now=now)
            rows = await stored.find(
                connection, view, viewer=viewer, filters=asked.filters, limit=MOST + 1
            )
            counts = await stored.count(connection, viewer=viewer, filters=asked.filters)
        return Column(
            query,
            back,
            TITLES[view],
            len(asked),
            views=links(
                counts,
                viewer,
                view,
                address=lambda one: f"/desk/tickets/{number}?{asked.query(skats=ADDRESSES[one])}",
            ),
            rows=[to_row(row, content=content, now=now) for row in rows[:MOST]],
            empty=NONE_SUCH if asked else EMPTY[view],
            more=len(rows) > MOST,
        )
