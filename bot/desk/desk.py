"""The desk's routes under /desk/."""

import secrets
from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import web

from bot.content import Content
from bot.desk.account import AccountPages
from bot.desk.alerts import AlertPages
from bot.desk.ambassadors import AmbassadorPages
from bot.desk.audit import AuditPage
from bot.desk.beside import Beside
from bot.desk.door import Door, is_background
from bot.desk.editors import EditorPages
from bot.desk.exports import ExportPages
from bot.desk.files import ROUTE as FILE
from bot.desk.files import SENT_ROUTE, FilePages
from bot.desk.handling import HandlingForms
from bot.desk.lists import TicketLists
from bot.desk.login import LoginPages
from bot.desk.login_by_issuer import IssuerPages
from bot.desk.oidc import Issuer
from bot.desk.pages import render, secure, serve_asset
from bot.desk.people import PeoplePages
from bot.desk.proposals import ROUTE as PROPOSAL
from bot.desk.proposals import ProposalPages
from bot.desk.search import SearchPage
from bot.desk.sessions import Sessions
from bot.desk.statistics import StatisticsPages
from bot.desk.stream import Stream
from bot.desk.suggestions import Suggestions
from bot.desk.ticket import Drafts, Problem, TicketPage
from bot.live import Live
from bot.outbox import Outbox
from bot.peers import address_of
from bot.storage import audit
from bot.storage.database import Database, DatabaseUnavailable
from bot.storage.sessions import StoredSession
from bot.tickets import TicketService
from domain.messages import Channel
from domain.ports import Clock, Files, Nlu
from domain.tickets import TicketNumber

log = structlog.get_logger()

_NUMBER = "/tickets/{number:[0-9]{1,15}}"
_RESUMED = (
    "Darbu var turpināt. Rakstītais ir saglabāts, bet vēl nav nosūtīts – pārbaudiet un nosūtiet."
)


class Desk:
    """Everything under /desk/."""

    def __init__(
        self,
        *,
        database: Database,
        tickets: TicketService,
        outbox: Outbox,
        live: Live,
        clock: Clock,
        content: Callable[[], Content],
        files: Mapping[Channel, Files],
        nlu: Nlu,
        public_url: str | None = None,
        editors: EditorPages | None = None,
        sends_mail: bool = False,
        issuer: Issuer | None = None,
    ) -> None:
        """`editors` are the pages that change content; None where there are no files to change.

        `issuer` keeps the municipality's own accounts; None where people log in with a password only.
        """
        self._editors = editors
        self._sessions = Sessions(database=database, clock=clock, public_url=public_url)
        self._lists = TicketLists(database=database, clock=clock, content=content)
        self._search = SearchPage(database=database, clock=clock, content=content)
        self._exports = ExportPages(database=database, clock=clock, content=content)
        self._beside = Beside(
            database=database, clock=clock, content=content, public_url=public_url
        )
        self._ticket = TicketPage(
            database=database,
            tickets=tickets,
            outbox=outbox,
            clock=clock,
            content=content,
            public_url=public_url,
            beside=self._beside,
        )
        self._suggestions = Suggestions(database=database, clock=clock, content=content, nlu=nlu)
        self._proposals = ProposalPages(database=database, clock=clock)
        self._handling = HandlingForms(tickets=tickets, page=self._ticket, content=content)
        self._files = FilePages(database=database, clock=clock, files=files)
        self._statistics = StatisticsPages(database=database, clock=clock, content=content)
        self._stream = Stream(database=database, live=live, sessions=self._sessions)
        self._login = LoginPages(
            sessions=self._sessions,
            public_url=public_url,
            resume=self._resume,
            by_issuer=issuer is not None,
        )
        self._issuer: IssuerPages | None = None
        if issuer is not None:
            self._issuer = IssuerPages(
                issuer,
                database=database,
                clock=clock,
                sessions=self._sessions,
                login=self._login,
                public_url=public_url,
            )
        self._people = PeoplePages(
            database=database,
            clock=clock,
            content=content,
            tickets=tickets,
            sessions=self._sessions,
            login=self._login,
            public_url=public_url,
        )
        self._ambassadors = AmbassadorPages(database=database, clock=clock)
        self._audit = AuditPage(database=database, clock=clock, content=content)
        self._account = AccountPages(
            database=database,
            clock=clock,
            content=content,
            sessions=self._sessions,
            sends_mail=sends_mail,
        )
        self._alerts = AlertPages(
            database=database, clock=clock, content=content, sends_mail=sends_mail
        )
        self._door = Door(self._sessions, public_url, ask_who=self._login.ask_again)

    def add_to(self, app: web.Application) -> None:
        """Add the desk to the web process."""
        desk = web.Application(middlewares=[_explain, self._beside.remember])
        self._add_pages(desk.router)
        self._add_forms(desk.router)
        self._search.add_to(desk.router, self._door)
        self._exports.add_to(desk.router, self._door)
        self._handling.add_to(desk.router, self._door, number=_NUMBER)
        self._audit.add_to(desk.router, self._door)
        self._account.add_to(desk.router, self._door)
        self._alerts.add_to(desk.router, self._door)
        if self._issuer is not None:
            self._issuer.add_to(desk.router)
        self._people.add_to(desk.router, self._door)
        self._ambassadors.add_to(desk.router, self._door)
        if self._editors is not None:
            self._editors.add_to(desk.router, self._door)
        self._statistics.add_to(desk.router, self._door)
        desk.on_response_prepare.append(_secure)
        desk.on_shutdown.append(self._stream.close)
        app.add_subapp("/desk", desk)

    def _add_pages(self, router: web.UrlDispatcher) -> None:
        page = self._door.page
        router.add_get("", _to_list)
        router.add_get("/", page(self._lists.show))
        router.add_get("/live", page(self._stream.of_list))
        router.add_get("/blakus", page(self._beside.show))
        router.add_get(_NUMBER, page(self._ticket.show))
        router.add_get(f"{_NUMBER}/live", page(self._stream.of_ticket))
        router.add_get(f"{_NUMBER}/temati", page(self._suggestions.show))
        router.add_get(PROPOSAL, page(self._proposals.show))
        router.add_get(FILE, page(self._files.show))
        router.add_get(SENT_ROUTE, page(self._files.show_sent))
        router.add_get("/password", page(self._login.show_password, always=True))
        router.add_get("/login", self._login.show)
        router.add_get("/login/kods", self._login.show)
        router.add_get("/static/{name}", serve_asset)

    def _add_forms(self, router: web.UrlDispatcher) -> None:
        form, ticket, login = self._door.form, self._ticket, self._login
        router.add_post("/login", login.log_in)
        router.add_post("/login/kods", login.give_code)
        log_out = self._issuer.log_out if self._issuer else login.log_out
        router.add_post("/logout", form(log_out, outdated=login.outdated, always=True))
        router.add_post(
            "/password",
            form(login.change_password, outdated=login.outdated_password, always=True),
        )
        for name, act in (
            ("claim", ticket.claim),
            ("note", ticket.note),
            ("give_back", ticket.give_back),
            ("solve", ticket.solve),
            ("retry", ticket.retry),
            ("dismiss", ticket.dismiss),
        ):
            router.add_post(f"{_NUMBER}/{name}", form(act, outdated=ticket.outdated))
        answer = self._door.upload(ticket.answer, outdated=ticket.outdated)
        router.add_post(f"{_NUMBER}/answer", answer)
        stream, proposals = self._stream, self._proposals
        router.add_post(PROPOSAL, form(proposals.send, outdated=proposals.outdated))
        router.add_post(f"{_NUMBER}/viewing", form(stream.note_writing, outdated=stream.outdated))

    async def _resume(
        self, session: StoredSession, number: TicketNumber, drafts: Drafts
    ) -> web.Response:
        return await self._ticket.page(
            session, number, problem=Problem(200, _RESUMED), drafts=drafts
        )


async def _to_list(request: web.Request) -> web.Response:
    return web.Response(status=303, headers={"Location": "/desk/"})


_PROBLEMS = {
    401: ("Sesija ir beigusies", "Pieslēdzieties vēlreiz."),
    403: ("Tas nav atļauts", "Pieprasījums nāca no citas vietnes."),
    404: (
        "Šādas lapas nav",
        "Iespējams, pieteikuma numurs nav pareizs vai iedzīvotājs lūdza dzēst savus datus.",
    ),
    405: ("Tas nav iespējams", "Atveriet lapu no saraksta."),
    413: (
        "Teksts ir par garu vai faili par lieliem",
        "Atgriezieties iepriekšējā lapā (pārlūka poga „Atpakaļ”): rakstītais tur ir saglabāts. Saīsiniet to "
        "vai pievienojiet mazāk failu.",
    ),
    500: (
        "Radās kļūda",
        "Vaina ir mūsu pusē, un tā ir pierakstīta. Ja kaut ko rakstījāt, atgriezieties iepriekšējā lapā (pārlūka poga"
        " „Atpakaļ”) un mēģiniet vēlreiz. Ja tas atkārtojas, pasakiet sistēmas administratoram kļūdas numuru.",
    ),
    503: (
        "Datubāze uz brīdi nav pieejama",
        "Nekas nav zudis. Pēc brīža mēģiniet vēlreiz: ja kaut ko rakstījāt, atgriezieties iepriekšējā lapā.",
    ),
}


@web.middleware
async def _explain(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Errors become pages in Latvian; the audit log learns where the request came from."""
    audit.came_from.set(address_of(request))
    try:
        return await handler(request)
    except web.HTTPException as refused:
        return _error_page(request, refused.status)
    except DatabaseUnavailable as error:
        log.warning("desk.database_unavailable", error=type(error).__name__)
        return _error_page(request, 503)
    except ConnectionError:
        raise  # the browser went away
    except Exception:
        # Broad, because a mistake of ours must not speak English to a clerk, and the log must say where it was.
        reference = f"{secrets.randbelow(10**6):06}"
        log.exception("desk.broke", reference=reference, method=request.method)
        if request.writer.output_size:
            raise  # half a page is out: only aiohttp can break it off
        return _error_page(request, 500, reference=reference)


async def _secure(request: web.Request, response: web.StreamResponse) -> None:
    secure(response)


def _error_page(request: web.Request, status: int, *, reference: str = "") -> web.Response:
    title, text = _PROBLEMS.get(status, ("Radās kļūda", "Mēģiniet vēlreiz no saraksta."))
    if reference:
        text = f"{text} Kļūdas numurs: {reference}."
    if is_background(request):
        return web.Response(status=status, text=title)
    return render("error.html", status=status, title=title, text=text)
