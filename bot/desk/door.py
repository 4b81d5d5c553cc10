"""Who comes in: pages for people who are logged in, forms that carry the token of their session."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from bot.desk.pages import render
from bot.desk.sessions import Sessions, is_foreign, is_same
from bot.desk.uploads import Upload, read_posted
from bot.storage.sessions import StoredSession

BACKGROUND = "X-Desk-Background"
"""Set on what a page fetches by itself: it is no activity, and it is told 401 instead of being led to the login."""

SET_UP = "/desk/konts"
"""Where those are led who must have a second factor and have none."""

Form = Mapping[str, str]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Page = Callable[[web.Request, StoredSession], Awaitable[web.StreamResponse]]
Action = Callable[[web.Request, StoredSession, Form], Awaitable[web.StreamResponse]]
Roles = Collection[str]
UploadAction = Callable[
    [web.Request, StoredSession, Form, Sequence[Upload]], Awaitable[web.StreamResponse]
]
Stranger = Callable[[web.Request, Form], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Door:
    """Lets agents in. `ask_who` answers forms of people whose session has ended."""

    sessions: Sessions
    public_url: str | None
    ask_who: Stranger

    def page(self, show: Page, *, only: Roles | None = None, always: bool = False) -> Handler:
        """A page for agents, or for some roles `only`; others are led to the login and back.

        `always` is open even to those who must set up their second factor first.
        """

        async def handle(request: web.Request) -> web.StreamResponse:
            background = is_background(request)
            session = await self.sessions.read(request, background=background)
            if session is not None and (always or not session.must_set_up):
                return await show(request, session) if may(session, only) else closed(session)
            if session is not None and not background:
                return see_other(SET_UP)
            if background:
                raise web.HTTPUnauthorized
            return see_other(login_address(request.path_qs))

        return handle

    def form(
        self, act: Action, *, outdated: Action, only: Roles | None = None, always: bool = False
    ) -> Handler:
        """A form for agents; `outdated` answers one that carries the token of another session. The rest as `page`."""

        async def handle(request: web.Request) -> web.StreamResponse:
            self._check_site(request)
            form = await read_form(request)
            session = await self._let_in(request, form, outdated=outdated, only=only, always=always)
            if isinstance(session, web.StreamResponse):
                return session
            return await act(request, session, form)

        return handle

    def upload(self, act: UploadAction, *, outdated: Action) -> Handler:
        """A form with files, which are kept in memory only for somebody who is logged in. The rest as `form`."""

        async def handle(request: web.Request) -> web.StreamResponse:
            self._check_site(request)
            is_known = await self.sessions.read(request) is not None
            posted = await read_posted(request, keep=is_known)
            form = {name: _clean(value) for name, value in posted.fields.items()}
            session = await self._let_in(request, form, outdated=outdated, only=None, always=False)
            if isinstance(session, web.StreamResponse):
                return session
            return await act(request, session, form, posted.uploads)

        return handle

    def _check_site(self, request: web.Request) -> None:
        if is_foreign(request, public_url=self.public_url):
            raise web.HTTPForbidden

    async def _let_in(
        self,
        request: web.Request,
        form: Form,
        *,
        outdated: Action,
        only: Roles | None,
        always: bool,
    ) -> StoredSession | web.StreamResponse:
        """The session of whoever may send a form, else what they are answered."""
        session = await self.sessions.read(request)
        if session is None:
            return await self.ask_who(request, form)
        if session.must_set_up and not always:
            return see_other(SET_UP)
        if not may(session, only):
            return closed(session)
        if not is_same(form.get("csrf", ""), session.csrf):
            return await outdated(request, session, form)
        return session


def may(session: StoredSession, only: Roles | None) -> bool:
    """Whether a role is among those that may; None lets everybody."""
    return only is None or session.role in only


def closed(session: StoredSession) -> web.Response:
    """The page that says that this is for other roles."""
    return render(
        "error.html",
        status=403,
        session=session,
        title="Tas nav atļauts",
        text="Šī lapa ir citai lomai. Ja tā Jums vajadzīga, sazinieties ar sistēmas administratoru.",
    )


async def read_form(request: web.Request) -> Form:
    """The fields of a form; files are left out, line ends are ours, and PostgreSQL knows no zero bytes."""
    posted = await request.post()
    return {name: _clean(value) for name, value in posted.items() if isinstance(value, str)}


def _clean(value: str) -> str:
    return value.replace("\x00", "").replace("\r\n", "\n")


def is_background(request: web.Request) -> bool:
    """Whether a page fetched this by itself: its script, its stream, or the pictures and sounds in it."""
    if request.headers.get("Sec-Fetch-Dest") in ("image", "audio"):
        return True
    return BACKGROUND in request.headers or "text/event-stream" in request.headers.get("Accept", "")


def login_address(wanted: str) -> str:
    """The login page that leads to another page afterwards."""
    if wanted in ("", "/desk", "/desk/"):
        return "/desk/login"
    return f"/desk/login?{urlencode({'next': wanted})}"


def see_other(address: str) -> web.Response:
    """Go there and read."""
    return web.Response(status=303, headers={"Location": address})
