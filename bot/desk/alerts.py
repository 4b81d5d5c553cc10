"""Alerts to staff: what is news for an agent's page; for administrators whether e-mails leave, and which did not."""

from collections.abc import Callable
from datetime import timedelta

from aiohttp import web

from bot.content import Content
from bot.desk import words
from bot.desk.door import Door
from bot.desk.pages import render
from bot.desk.people import ADMINS
from bot.storage import alerts as stored
from bot.storage.agents import StoredSession
from bot.storage.alerts import AlertKind, AlertState
from bot.storage.database import Database
from domain.ports import Clock

SHOWN_FOR = timedelta(days=14)
"""How old a failure may be to be shown."""

_TITLES = {
    AlertKind.NEW: "Jauns pieteikums",
    AlertKind.REPLIED: "Iedzīvotājs atbildēja pieteikumā",
    AlertKind.OVERDUE: "Kavējas pieteikums",
}
_KINDS = {
    AlertKind.NEW: "jauns pieteikums",
    AlertKind.REPLIED: "iedzīvotājs atbildēja",
    AlertKind.OVERDUE: "kavējas",
}


class AlertPages:
    """The page /desk/pazinojumi."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        content: Callable[[], Content],
        sends_mail: bool,
    ) -> None:
        self._database = database
        self._clock = clock
        self._content = content
        self._sends_mail = sends_mail

    def add_to(self, router: web.UrlDispatcher, door: Door) -> None:
        """Add the routes; what is news every agent may ask."""
        router.add_get("/pazinojumi", door.page(self.show, only=ADMINS))
        router.add_get("/jaunumi", door.page(self.tell_news))

    async def tell_news(self, request: web.Request, session: StoredSession) -> web.Response:
        """What is so now for who asks: number and queue, nothing of a resident. The page knows what it told before."""
        async with self._database.reading() as connection:
            news = await stored.news_of(connection, session.agent, now=self._clock.now())
        queues = self._content().queues
        return web.json_response(
            [
                {
                    "key": f"{one.kind}.{one.ticket}.{one.occasion}",
                    "title": f"{_TITLES[one.kind]} Nr. {one.ticket}",
                    "queue": queues.get(one.queue, one.queue),
                    "link": f"/desk/tickets/{one.ticket}",
                }
                for one in news
            ]
        )

    async def show(self, request: web.Request, session: StoredSession) -> web.Response:
        """How alerts leave, and what went wrong."""
        now = self._clock.now()
        async with self._database.reading() as connection:
            troubles = await stored.list_troubles(connection, since=now - SHOWN_FOR)
        return render(
            "alerts.html",
            session=session,
            sends_mail=self._sends_mail,
            troubles=[
                {
                    "ticket": one.ticket,
                    "what": _KINDS[one.kind],
                    "who": one.who,
                    "when": words.moment(one.created_at, now),
                    "failed": one.state is AlertState.FAILED,
                    "attempts": one.attempts,
                    "error": one.error,
                }
                for one in troubles
            ],
        )
