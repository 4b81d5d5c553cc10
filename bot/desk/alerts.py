"""Alerts to staff: what is news for an agent's page; for administrators what left, what did not, and what is to go."""

from collections.abc import Callable
from datetime import timedelta

from aiohttp import web

from bot.content import Content
from bot.desk import words
from bot.desk.door import Door, Form, see_other
from bot.desk.login import OUTDATED
from bot.desk.pages import render
from bot.desk.people import ADMINS
from bot.desk.ticket import Problem
from bot.storage import alerts as stored
from bot.storage import audit, post_erasures, staff_groups
from bot.storage.alerts import AlertKind, AlertState
from bot.storage.database import Database
from bot.storage.news import news_of
from bot.storage.post_erasures import ErasureState
from bot.storage.sessions import StoredSession
from domain.ports import Clock

SHOWN_FOR = timedelta(days=14)
"""How old a failure may be to be shown."""

_CHANGES = {"ar": "group.words", "bez": "group.no_words", "izslegt": "group.off"}
"""What the buttons of a group do, as the audit log calls it."""

_TITLES = {
    AlertKind.NEW: "Jauns pieteikums",
    AlertKind.REPLIED: "Iedzīvotājs atbildēja pieteikumā",
    AlertKind.OVERDUE: "Kavējas pieteikums",
    AlertKind.UNTAKEN: "Kavējas nepaņemts pieteikums",
    AlertKind.HANDED: "Jums nodeva pieteikumu",
    AlertKind.RETURNED: "Atkal brīvs pieteikums",
}
_KINDS = {
    AlertKind.NEW: "jauns pieteikums",
    AlertKind.REPLIED: "iedzīvotājs atbildēja",
    AlertKind.OVERDUE: "kavējas",
    AlertKind.UNTAKEN: "nepaņemts kavējas",
    AlertKind.HANDED: "nodots kolēģim",
    AlertKind.RETURNED: "atkal brīvs",
    AlertKind.SAID: "iedzīvotājs atbildēja",
    AlertKind.DRAFT: "jautājums, vai sūtīt atbildi",
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
        for path, act in (
            ("/pazinojumi/grupa", self.invite_group),
            ("/pazinojumi/grupa/{group:[0-9]{1,15}}", self.change_group),
            ("/pazinojumi/dzesana/{erasure:[0-9]{1,15}}", self.finish_erasure),
        ):
            router.add_post(path, door.form(act, outdated=self.outdated, only=ADMINS))

    async def tell_news(self, request: web.Request, session: StoredSession) -> web.Response:
        """What is so now for who asks: number and queue, nothing of a resident. The page knows what it told before."""
        async with self._database.reading() as connection:
            news = await news_of(connection, session.agent, now=self._clock.now())
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
        return await self._page(session)

    async def outdated(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """The form belongs to an earlier login."""
        return await self._page(session, Problem(403, OUTDATED))

    async def invite_group(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Make a code that turns the group in which it is posted into a staff group, and show it, once."""
        now, code = self._clock.now(), staff_groups.new_code()
        async with self._database.unit_of_work() as work:
            await staff_groups.invite_group(
                work.connection, code, expires_at=now + staff_groups.CODE_LASTS, by=session.agent
            )
            await audit.append(work.connection, "group.code", at=now, by=session.agent)
            await work.commit()
        return await self._page(session, code=code)

    async def change_group(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Let a group see words of residents or not, or switch it off."""
        now, group = self._clock.now(), int(request.match_info["group"])
        event = _CHANGES.get(form.get("do", ""))
        if event is None:
            raise web.HTTPBadRequest
        async with self._database.unit_of_work() as work:
            if event == "group.off":
                known = await staff_groups.switch_off(work.connection, group, at=now)
            else:
                words_too = event == "group.words"
                known = await staff_groups.show_words(work.connection, group, wanted=words_too)
            if not known:
                raise web.HTTPNotFound
            await audit.append(work.connection, event, at=now, by=session.agent, detail=str(group))
            await work.commit()
        return see_other("/desk/pazinojumi")

    async def finish_erasure(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """A post about an erased resident that could not be blanked: try again, or somebody deleted it in the group."""
        now, erasure = self._clock.now(), int(request.match_info["erasure"])
        again = form.get("do") == "velreiz"
        async with self._database.unit_of_work() as work:
            if again:
                ticket = await post_erasures.retry(work.connection, erasure, at=now)
            else:
                ticket = await post_erasures.settle(work.connection, erasure)
            if ticket is not None:
                event = "erasure.retried" if again else "erasure.settled"
                await audit.append(work.connection, event, at=now, by=session.agent, ticket=ticket)
            await work.commit()
        return see_other("/desk/pazinojumi")

    async def _page(
        self, session: StoredSession, problem: Problem | None = None, *, code: str = ""
    ) -> web.Response:
        now = self._clock.now()
        async with self._database.reading() as connection:
            troubles = await stored.list_troubles(connection, since=now - SHOWN_FOR)
            groups = await staff_groups.list_groups(connection)
            erasures = await post_erasures.list_open(connection, now=now)
        return render(
            "alerts.html",
            status=problem.status if problem else 200,
            session=session,
            problem=problem.words if problem else "",
            code=code,
            groups=groups,
            sends_mail=self._sends_mail,
            erasures=[
                {
                    "id": one.id,
                    "group": one.group,
                    "ticket": one.ticket,
                    "when": words.moment(one.posted_at, now) if one.posted_at else "",
                    "failed": one.state is ErasureState.FAILED,
                    "attempts": one.attempts,
                    "error": words.erasure_failure(one.error),
                }
                for one in erasures
            ],
            troubles=[
                {
                    "ticket": one.ticket,
                    "what": _KINDS[one.kind],
                    "who": one.who,
                    "when": words.moment(one.created_at, now),
                    "failed": one.state is AlertState.FAILED,
                    "attempts": one.attempts,
                    "error": words.alert_failure(one.error),
                }
                for one in troubles
            ],
        )
