"""Logging in and out, and changing one's password."""

import re
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.desk import words
from bot.desk.door import SET_UP, Form, is_background, read_form, see_other
from bot.desk.pages import render
from bot.desk.passwords import weakness
from bot.desk.sessions import HalfIn, NotIn, Sessions, Throttled, came_from_login_page, is_foreign
from bot.desk.ticket import Drafts, Problem, drafts_of
from bot.storage.sessions import StoredSession
from domain.tickets import TicketNumber

_NEXT = re.compile(r"/desk/[\w/?=&.-]*", re.ASCII)
_TICKET = re.compile(r"/desk/tickets/([0-9]{1,15})(?:/\w+)?")

ENDED = "Jūsu sesija ir beigusies. Pieslēdzieties vēlreiz – rakstītais ir saglabāts."
WRONG = "E-pasts vai parole nav pareiza."
WRONG_CODE = "Kods nav pareizs vai jau ir izmantots. Pagaidiet nākamo kodu un mēģiniet vēlreiz."
TOO_SLOW = "Kodu gaidījām piecas minūtes. Lūdzu, pieslēdzieties vēlreiz."
OUTDATED = "Lapa bija novecojusi. Lūdzu, mēģiniet vēlreiz."

Resume = Callable[[StoredSession, TicketNumber, Drafts], Awaitable[web.Response]]
"""Shows a ticket again with what was typed before the session ended."""


class LoginPages:
    """The pages of somebody who is not in yet, or wants to leave."""

    def __init__(
        self, *, sessions: Sessions, public_url: str | None, resume: Resume, by_issuer: bool
    ) -> None:
        """`by_issuer` shows the button for the municipality's own account."""
        self._sessions = sessions
        self._by_issuer = by_issuer
        self._public_url = public_url
        self._resume = resume

    # ---- in

    async def show(self, request: web.Request) -> web.Response:
        """The login page; whoever is in already goes to the desk."""
        wanted = safe_next(request.query.get("next", ""))
        if await self._sessions.read(request):
            return see_other(wanted)
        return self.page(request, {"next": wanted})

    async def log_in(self, request: web.Request) -> web.StreamResponse:
        """Check e-mail and password."""
        if is_foreign(request, public_url=self._public_url):
            raise web.HTTPForbidden
        form = await read_form(request)
        if not came_from_login_page(request, form):
            return self.page(request, form, problem=Problem(403, OUTDATED))
        try:
            made = await self._sessions.log_in(
                request, email=form.get("email", ""), password=form.get("password", "")
            )
        except Throttled as throttled:
            return self.page(request, form, problem=too_often(throttled))
        if made is None:
            return self.page(request, form, problem=Problem(401, WRONG))
        return await self.let_in(request, made, form)

    async def let_in(
        self, request: web.Request, made: tuple[str, StoredSession] | HalfIn, form: Form
    ) -> web.Response:
        """Go on inside, or ask for the code of the second factor."""
        if isinstance(made, HalfIn):
            page = self.page(request, form, template="totp_ask.html")
            self._sessions.remember_half(page, made)
            return page
        token, session = made
        response = await self._welcome(session, form)
        self._sessions.remember(response, token)
        return response

    async def give_code(self, request: web.Request) -> web.StreamResponse:
        """Check the code of the second factor."""
        if is_foreign(request, public_url=self._public_url):
            raise web.HTTPForbidden
        form = await read_form(request)
        if not came_from_login_page(request, form):
            return self.page(request, form, problem=Problem(403, OUTDATED))
        try:
            made = await self._sessions.log_in_with_code(request, code=form.get("code", ""))
        except Throttled as throttled:
            return self.page(request, form, problem=too_often(throttled), template="totp_ask.html")
        if made is None or isinstance(made, NotIn):
            # Another account of the issuer took the place while the code was awaited: they learn it at the next try.
            return self.page(request, form, problem=Problem(401, TOO_SLOW))
        if not isinstance(made, tuple):
            problem = Problem(401, WRONG_CODE)
            return self.page(request, form, problem=problem, template="totp_ask.html")
        return await self.let_in(request, made, form)

    async def _welcome(self, session: StoredSession, form: Form) -> web.Response:
        """Where they wanted to go, with what they had typed."""
        if session.must_set_up:
            return see_other(SET_UP)
        wanted = safe_next(form.get("next", ""))
        ticket = _TICKET.fullmatch(wanted)
        drafts = Drafts(answer=form.get("draft_answer", ""), note=form.get("draft_note", ""))
        if ticket and drafts != Drafts():
            return await self._resume(session, TicketNumber(int(ticket[1])), drafts)
        return see_other(wanted)

    async def ask_again(self, request: web.Request, form: Form) -> web.StreamResponse:
        """A form came after its session had ended: log in, then go on with the same text."""
        if is_background(request):
            raise web.HTTPUnauthorized
        ticket = _TICKET.fullmatch(request.path)
        drafts = drafts_of(request.path, form)
        kept = {
            "next": f"/desk/tickets/{ticket[1]}" if ticket else "/desk/",
            "draft_answer": drafts.answer,
            "draft_note": drafts.note,
        }
        return self.page(request, kept, problem=Problem(401, ENDED))

    def page(
        self,
        request: web.Request,
        form: Form,
        *,
        problem: Problem | None = None,
        template: str = "login.html",
        **values: str,
    ) -> web.Response:
        """The login page, or another `template` of somebody who is not in yet, with what the form held."""
        response = web.Response()
        csrf = self._sessions.start_login(request, response)
        page = render(
            template,
            status=problem.status if problem else 200,
            csrf=csrf,
            email=form.get("email", ""),
            wanted=safe_next(form.get("next", "")),
            draft_answer=form.get("draft_answer", ""),
            draft_note=form.get("draft_note", ""),
            problem=problem.words if problem else "",
            left="izgajis" in request.query,
            by_issuer=self._by_issuer,
            **values,
        )
        page.cookies.update(response.cookies)
        return page

    # ---- out

    async def log_out(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        """End the session."""
        await self._sessions.log_out(session)
        response = see_other("/desk/login?izgajis=1")
        self._sessions.forget(response)
        return response

    async def outdated(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        """A form of an earlier session that had nothing in it worth keeping."""
        return see_other("/desk/")

    # ---- password

    async def show_password(self, request: web.Request, session: StoredSession) -> web.Response:
        """The page to change one's password."""
        return _password_page(session)

    async def change_password(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        """Change it, when the old one is right and the new one good."""
        new = form.get("new", "")
        if new != form.get("again", ""):
            return _password_page(session, Problem(422, "Jaunās paroles nesakrīt."))
        if weak := weakness(new, email=session.email):
            return _password_page(session, Problem(422, words.WEAK[weak]))
        try:
            made = await self._sessions.change_password(session, old=form.get("old", ""), new=new)
        except Throttled as throttled:
            return _password_page(session, too_often(throttled))
        if made is None:
            return _password_page(session, Problem(422, "Pašreizējā parole nav pareiza."))
        response = see_other("/desk/?done=password")
        self._sessions.remember(response, made[0])
        return response

    async def outdated_password(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        """The form belongs to an earlier login."""
        return _password_page(session, Problem(403, OUTDATED))


def _password_page(session: StoredSession, problem: Problem | None = None) -> web.Response:
    return render(
        "password.html",
        status=problem.status if problem else 200,
        session=session,
        problem=problem.words if problem else "",
    )


def safe_next(wanted: str) -> str:
    """Where to go after the login: a page of the desk, nothing else."""
    return wanted if _NEXT.fullmatch(wanted) and "//" not in wanted else "/desk/"


def too_often(throttled: Throttled) -> Problem:
    """What somebody reads who tried too often."""
    minutes = throttled.minutes
    unit = words.plural(minutes, "minūtes", "minūtēm")
    return Problem(429, f"Pārāk daudz neveiksmīgu mēģinājumu. Mēģiniet pēc {minutes} {unit}.")
