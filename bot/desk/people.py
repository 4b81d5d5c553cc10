"""Colleagues, for administrators: who may come in, as what, into which queues; and the page of who was invited."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog
from aiohttp import web

from bot.content import Content
from bot.desk import words
from bot.desk.agents import ROLES, AgentExists, AgentRefused, check_identity, normalized
from bot.desk.door import Door, Form, read_form, see_other
from bot.desk.login import OUTDATED, LoginPages
from bot.desk.pages import render
from bot.desk.passwords import hash_password, weakness
from bot.desk.presence import NO_DAY, read_presence, to_detail
from bot.desk.sessions import Sessions, came_from_login_page, digest, is_foreign
from bot.desk.ticket import Problem
from bot.storage import agents as stored
from bot.storage import audit, issuer_accounts
from bot.storage import sessions as stored_sessions
from bot.storage.agents import LEADERS, Colleague
from bot.storage.database import Database, UnitOfWork
from bot.storage.sessions import StoredSession
from bot.tickets import TicketService
from domain.messages import AgentId
from domain.ports import Clock
from domain.working_hours import local_day

log = structlog.get_logger()

ADMINS = ("admin",)
INVITED_FOR = timedelta(hours=72)

_HERE = "/desk/darbinieki"
_TOKEN_BYTES = 32
_AGENT = _HERE.removeprefix("/desk") + "/{agent:[0-9]{1,15}}"

ROLE_NAMES = {
    "staff": "Darbinieks",
    "supervisor": "Vadītājs",
    "editor": "Redaktors",
    "admin": "Administrators",
}
ROLE_HINTS = {
    "staff": "atbild iedzīvotājiem",
    "supervisor": "atbild, pārņem kolēģu pieteikumus un lasa žurnālu",
    "editor": "atbild un labo saturu",
    "admin": "dara visu, arī aicina kolēģus",
}

_DONE = {
    "loma": "Loma mainīta.",
    "izslegts": "Konts izslēgts, visas tā sesijas ir beigušās. Paņemtie pieteikumi atdoti rindai.",
    "ieslegts": "Konts ieslēgts.",
    "kods": "Drošības kods noņemts. Darbinieks var iestatīt to no jauna.",
    "konts": "Pašvaldības konts atsaistīts. Piesaistīsim to, ar kuru darbinieks pieslēgsies nākamreiz.",
    "epasts": "E-pasts mainīts. Ar to kolēģis turpmāk pieslēgsies, un uz to sūtīsim paziņojumus.",
    "rindas": "Rindas saglabātas.",
    "klatbutne": "Klātbūtne saglabāta. Prombūtnē esoša kolēģa pieteikumi minūtes laikā atgriezīsies rindā.",
    "prasiba": "Prasība saglabāta.",
}
_LAST_ADMIN = Problem(
    409, "Tas ir pēdējais administrators, kurš var pieslēgties. Vispirms ieceliet citu."
)
_TAKEN = Problem(409, "Šim e-pastam jau ir konts.")
_BAD_EMAIL = Problem(422, "Pārbaudiet e-pastu; garumzīmju tajā nedrīkst būt.")
_NOT_SELF = Problem(409, "Savu kontu tā mainīt nevar. Palūdziet citam administratoram.")
_NOTHING_LINKED = Problem(409, "Šim darbiniekam pašvaldības konts nav piesaistīts.")
_DISABLED = Problem(409, "Konts ir izslēgts. Vispirms ieslēdziet to.")
_OWN_FACTOR_FIRST = Problem(
    409, "Vispirms iestatiet drošības kodu savam kontam (nospiediet augšā uz sava vārda)."
)


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """A link as it is shown, once."""

    name: str
    address: str


class PeoplePages:
    """The pages under /desk/darbinieki and /desk/uzaicinajums."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        content: Callable[[], Content],
        tickets: TicketService,
        sessions: Sessions,
        login: LoginPages,
        public_url: str | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._content = content
        self._tickets = tickets
        self._sessions = sessions
        self._login = login
        self._public_url = public_url

    def add_to(self, router: web.UrlDispatcher, door: Door) -> None:
        """Add the routes: for administrators only, but where colleagues are is for supervisors too.

        The page of who was invited is open to whoever has the link.
        """
        router.add_get("/darbinieki", door.page(self.show, only=LEADERS))
        for path, act in (
            ("/darbinieki/uzaicinat", self.invite),
            ("/darbinieki/prasiba", self.require),
            (f"{_AGENT}/saite", self.renew_link),
            (f"{_AGENT}/loma", self.change_role),
            (f"{_AGENT}/epasts", self.change_email),
            (f"{_AGENT}/rindas", self.change_queues),
            (f"{_AGENT}/kods", self.reset_factor),
            (f"{_AGENT}/konts", self.unlink_account),
            (f"{_AGENT}/izslegt", self.disable),
            (f"{_AGENT}/ieslegt", self.enable),
        ):
            router.add_post(path, door.form(act, outdated=self.outdated, only=ADMINS))
        presence = door.form(self.set_presence, outdated=self.outdated, only=LEADERS)
        router.add_post(f"{_AGENT}/klatbutne", presence)
        router.add_get("/uzaicinajums/{token:[\\w-]{1,100}}", self.show_invitation)
        router.add_post("/uzaicinajums/{token:[\\w-]{1,100}}", self.accept_invitation)

    # ---- showing

    async def show(self, request: web.Request, session: StoredSession) -> web.Response:
        """Everybody."""
        return await self._page(session, done=_DONE.get(request.query.get("done", ""), ""))

    async def outdated(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """The form belongs to an earlier login."""
        return await self._page(session, Problem(403, OUTDATED))

    async def _page(
        self,
        session: StoredSession,
        problem: Problem | None = None,
        *,
        done: str = "",
        link: OneTimeLink | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> web.Response:
        now = self._clock.now()
        async with self._database.reading() as connection:
            colleagues = await stored.list_colleagues(connection, today=local_day(now))
            required = await stored.read_setting(connection, stored.REQUIRE_SECOND_FACTOR)
            bound = await issuer_accounts.bound_agents(connection)
        kept = typed or {}
        return render(
            "people.html",
            status=problem.status if problem else 200,
            session=session,
            may_change=session.role in ADMINS,
            problem=problem.words if problem else "",
            done=done,
            link=link,
            colleagues=[(one, _invited(one, self._clock)) for one in colleagues],
            bound={agent: words.date_of(at) for agent, at in bound.items()},
            roles=ROLE_NAMES,
            role_hints=ROLE_HINTS,
            queues=self._content().queues,
            required=required == "yes",
            email=kept.get("email", ""),
            name=kept.get("name", ""),
            role=kept.get("role", "staff"),
        )

    # ---- inviting

    async def invite(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Make an account that waits for its owner, and show their one-time link."""
        email, name = normalized(form.get("email", "")), " ".join(form.get("name", "").split())
        role = form.get("role", "")
        try:
            check_identity(email, name, role)
            link = await self._invite(session, email=email, name=name, role=role)
        except AgentExists:
            return await self._page(session, _TAKEN, typed=form)
        except AgentRefused:
            problem = Problem(
                422, "Pārbaudiet e-pastu (bez garumzīmēm), vārdu (līdz 80 rakstzīmēm) un lomu."
            )
            return await self._page(session, problem, typed=form)
        return await self._page(session, link=OneTimeLink(name, self._address(request, link)))

    async def _invite(self, session: StoredSession, *, email: str, name: str, role: str) -> str:
        hashed = await _nobodys_password()
        async with self._database.unit_of_work() as work:
            made = await stored.insert_agent(
                work.connection, email=email, name=name, role=role, password_hash=hashed
            )
            if made is None:
                raise AgentExists(email)
            token = await self._open_link(work, made)
            await self._note(work, "agent.invited", session, made, detail=role)
            await work.commit()
        return token

    async def renew_link(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """A new one-time link: for a late guest, or a colleague who forgot the password (the old one ends)."""
        agent, hashed = _agent_of(request), await _nobodys_password()
        async with self._database.unit_of_work() as work:
            found, _ = await self._lock(work, agent)
            problem = _NOT_SELF if agent == session.agent else _DISABLED if found.disabled else None
            if problem is not None:
                return await self._page(session, problem)
            await stored.set_password_hash(work.connection, agent, password_hash=hashed)
            await stored_sessions.delete_sessions_of(work.connection, agent)
            token = await self._open_link(work, agent)
            await self._note(work, "agent.link", session, agent)
            await work.commit()
        return await self._page(
            session, link=OneTimeLink(found.name, self._address(request, token))
        )

    async def _open_link(self, work: UnitOfWork, agent: AgentId) -> str:
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        expires_at = self._clock.now() + INVITED_FOR
        await stored.invite(work.connection, agent, token_hash=digest(token), expires_at=expires_at)
        return token

    def _address(self, request: web.Request, token: str) -> str:
        site = (self._public_url or str(request.url.origin())).rstrip("/")
        return f"{site}/desk/uzaicinajums/{token}"

    async def show_invitation(self, request: web.Request) -> web.StreamResponse:
        """Where who was invited chooses their password."""
        return await self._invitation(request)

    async def accept_invitation(self, request: web.Request) -> web.StreamResponse:
        """Set the first password, and go in."""
        if is_foreign(request, public_url=self._public_url):
            raise web.HTTPForbidden
        form, token = await read_form(request), request.match_info["token"]
        account = await self._sessions.find_invited(token)
        if account is None:
            return await self._invitation(request)
        if not came_from_login_page(request, form):
            return await self._invitation(request, Problem(403, OUTDATED))
        new = form.get("new", "")
        if new != form.get("again", ""):
            return await self._invitation(request, Problem(422, "Paroles nesakrīt."))
        if weak := weakness(new, email=account.email):
            return await self._invitation(request, Problem(422, words.WEAK[weak]))
        made = await self._sessions.accept_invitation(request, token, password=new)
        if made is None:
            return await self._invitation(request)
        return await self._login.let_in(request, made, {})

    async def _invitation(
        self, request: web.Request, problem: Problem | None = None
    ) -> web.Response:
        account = await self._sessions.find_invited(request.match_info["token"])
        if account is None:
            return render(
                "error.html",
                status=410,
                title="Saite vairs neder",
                text="Tā jau ir izmantota vai ir vecāka par trim dienām. Palūdziet administratoram jaunu.",
            )
        cookies = web.Response()
        page = render(
            "people_invitation.html",
            status=problem.status if problem else 200,
            csrf=self._sessions.start_login(request, cookies),
            token=request.match_info["token"],
            name=account.name,
            email=account.email,
            problem=problem.words if problem else "",
        )
        page.cookies.update(cookies.cookies)
        return page

    # ---- changing

    async def change_role(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Another role; it counts from the colleague's next click."""
        agent, role = _agent_of(request), form.get("role", "")
        async with self._database.unit_of_work() as work:
            found, others = await self._lock(work, agent)
            problem = _role_problem(found, role, session, has_other_admins=others)
            if problem is not None:
                return await self._page(session, problem)
            await stored.set_role(work.connection, agent, role=role)
            await self._note(work, "agent.role", session, agent, detail=f"{found.role} {role}")
            await work.commit()
        return _done("loma")

    async def change_email(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Another e-mail: for a new surname, or to free the address for the colleague who has it now."""
        agent, email = _agent_of(request), normalized(form.get("email", ""))
        async with self._database.unit_of_work() as work:
            found, _ = await self._lock(work, agent)
            try:
                check_identity(email, found.name, found.role)
            except AgentRefused:
                return await self._page(session, _BAD_EMAIL)
            if not await stored.set_email(work.connection, agent, email=email):
                return await self._page(session, _TAKEN)
            await self._note(work, "agent.address", session, agent)
            await work.commit()
        return _done("epasts")

    async def change_queues(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """The queues that a colleague works in; none means all."""
        agent = _agent_of(request)
        chosen = [queue for queue in self._content().queues if form.get(f"queue-{queue}")]
        async with self._database.unit_of_work() as work:
            await self._lock(work, agent)
            await stored.set_queues(work.connection, agent, queues=chosen)
            await self._note(work, "agent.queues", session, agent, detail=" ".join(chosen))
            await work.commit()
        return _done("rindas")

    async def set_presence(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Say whether a colleague is at work, who cannot say it; what an absent one holds returns to its queues."""
        agent, now = _agent_of(request), self._clock.now()
        chosen = read_presence(form, today=local_day(now))
        if chosen is None:
            return await self._page(session, Problem(422, NO_DAY))
        presence, until = chosen
        async with self._database.unit_of_work() as work:
            await self._lock(work, agent)
            await stored.set_presence(work.connection, agent, presence=presence, until=until)
            detail = to_detail(presence, until)
            await self._note(work, "agent.presence", session, agent, detail=detail)
            await work.commit()
        return _done("klatbutne")

    async def reset_factor(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Take away a second factor whose phone is lost; the sessions end too."""
        agent = _agent_of(request)
        if agent == session.agent:
            return await self._page(session, _NOT_SELF)
        async with self._database.unit_of_work() as work:
            await self._lock(work, agent)
            await stored.drop_totp(work.connection, agent)
            await stored_sessions.delete_sessions_of(work.connection, agent)
            await self._note(work, "agent.factor_reset", session, agent)
            await work.commit()
        return _done("kods")

    async def unlink_account(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Forget which account of the issuer is a colleague's; the next one that has their e-mail becomes it.

        Whoever came with the old account is out at once. Administrators may unlink their own and stay in.
        """
        agent = _agent_of(request)
        async with self._database.unit_of_work() as work:
            await self._lock(work, agent)
            if not await issuer_accounts.unbind(work.connection, agent):
                return await self._page(session, _NOTHING_LINKED)
            await stored_sessions.delete_sessions_of(
                work.connection, agent, sparing=session.token_hash
            )
            await self._note(work, "agent.account_unlinked", session, agent)
            await work.commit()
        return _done("konts")

    async def disable(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Shut somebody out at once; what they held returns to its queues."""
        agent = _agent_of(request)
        async with self._database.unit_of_work() as work:
            _, others = await self._lock(work, agent)
            problem = _NOT_SELF if agent == session.agent else None if others else _LAST_ADMIN
            if problem is not None:
                return await self._page(session, problem)
            await stored.set_disabled(work.connection, agent, at=self._clock.now())
            await stored_sessions.delete_sessions_of(work.connection, agent)
            await stored.drop_invitation(work.connection, agent)
            await self._note(work, "agent.disabled", session, agent)
            await work.commit()
        await self._tickets.take_from(agent, by=session.agent)
        log.info("agent.disabled", agent=agent)
        return _done("izslegts")

    async def enable(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Let somebody in again, with the password they had."""
        agent = _agent_of(request)
        async with self._database.unit_of_work() as work:
            await self._lock(work, agent)
            await stored.set_disabled(work.connection, agent, at=None)
            await self._note(work, "agent.enabled", session, agent)
            await work.commit()
        return _done("ieslegts")

    async def require(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Say whether everybody must have a second factor; only who has one may ask it of others."""
        value = "yes" if form.get("required") == "yes" else "no"
        if value == "yes" and not session.second_factor:
            return await self._page(session, _OWN_FACTOR_FIRST)
        async with self._database.unit_of_work() as work:
            await stored.write_setting(work.connection, stored.REQUIRE_SECOND_FACTOR, value)
            await audit.append(
                work.connection,
                "setting.second_factor",
                at=self._clock.now(),
                by=session.agent,
                detail=value,
            )
            await work.commit()
        return _done("prasiba")

    async def _lock(self, work: UnitOfWork, agent: AgentId) -> tuple[Colleague, bool]:
        today = local_day(self._clock.now())
        found, has_other_admins = await stored.lock_colleague(work.connection, agent, today=today)
        if found is None:
            raise web.HTTPNotFound
        return found, has_other_admins

    async def _note(
        self,
        work: UnitOfWork,
        event: str,
        session: StoredSession,
        agent: AgentId,
        *,
        detail: str = "",
    ) -> None:
        await audit.append(
            work.connection,
            event,
            at=self._clock.now(),
            by=session.agent,
            about=agent,
            detail=detail,
        )


def _role_problem(
    found: Colleague, role: str, session: StoredSession, *, has_other_admins: bool
) -> Problem | None:
    if role not in ROLES:
        return Problem(422, "Šādas lomas nav.")
    if found.id == session.agent:
        return _NOT_SELF
    if found.role == "admin" and role != "admin" and not has_other_admins:
        return _LAST_ADMIN
    return None


def _invited(colleague: Colleague, clock: Clock) -> str:
    if colleague.invited_until is None:
        return ""
    now = clock.now()
    if colleague.invited_until <= now:
        return "saite novecojusi"
    return f"gaidām līdz: {words.moment(colleague.invited_until, now)}"


def _agent_of(request: web.Request) -> AgentId:
    return AgentId(int(request.match_info["agent"]))


async def _nobodys_password() -> str:
    """A hash that no password fits, made like every other: the login page takes as long over it."""
    return await hash_password(secrets.token_urlsafe(_TOKEN_BYTES))


def _done(what: str) -> web.Response:
    return see_other(f"{_HERE}?done={what}")
