"""Logging in with the municipality's own account: the browser goes to the issuer and comes back with a code."""

from datetime import timedelta

import structlog
from aiohttp import web

from bot.desk.door import Form, read_form, see_other
from bot.desk.login import OUTDATED, LoginPages, safe_next, too_often
from bot.desk.oidc import (
    AFTERWARDS,
    CALLBACK,
    Identity,
    Issuer,
    IssuerUnavailable,
    SignInRefused,
    new_proofs,
)
from bot.desk.sessions import (
    PRE_LOGIN_COOKIE,
    NotIn,
    Sessions,
    Throttled,
    came_from_login_page,
    digest,
    is_foreign,
    is_same,
)
from bot.desk.ticket import Problem
from bot.storage import sign_ins
from bot.storage.database import Database
from bot.storage.sessions import StoredSession
from bot.storage.sign_ins import SignIn
from domain.ports import Clock

log = structlog.get_logger()

LONGEST = timedelta(minutes=10)
"""How long somebody may take at the issuer."""

AWAY = Problem(
    503,
    "Pašvaldības kontu sistēma pašlaik neatbild. Mēģiniet pēc brīža vai pieslēdzieties ar paroli.",
)
UNFINISHED = Problem(
    401,
    "Pieslēgšanās ar pašvaldības kontu netika pabeigta. Mēģiniet vēlreiz vai pieslēdzieties ar paroli.",
)
REFUSED = Problem(
    401,
    "Pašvaldības kontu sistēmas atbildi nevarējām pārbaudīt, tāpēc Jūs neielaidām. Mēģiniet vēlreiz; ja tas atkārtojas,"
    " sazinieties ar sistēmas administratoru.",
)
UNVERIFIED = Problem(
    403,
    "Pašvaldības kontu sistēma neapliecina Jūsu e-pasta adresi. Lūdzu, sazinieties ar sistēmas administratoru.",
)
NOBODY = Problem(
    403,
    "Pašvaldības kontā Jūs pieslēdzāties veiksmīgi, bet Zintī ar šo e-pasta adresi konta vēl nav. Lūdziet sistēmas"
    " administratoru Jūs uzaicināt.",
)
OTHER_ACCOUNT = Problem(
    403,
    "Zintī šai e-pasta adresei ir piesaistīts cits pašvaldības konts, tāpēc Jūs neielaidām. Ja Jums ir jauns konts,"
    " lūdziet sistēmas administratoru lapā „Darbinieki” pie Jūsu vārda nospiest „Atsaistīt pašvaldības kontu” un pēc"
    " tam pieslēdzieties vēlreiz. Ja šī adrese agrāk bija kādam citam, lūdziet administratoru tajā pašā lapā izslēgt"
    " viņa kontu, nomainīt tā e-pastu un uzaicināt Jūs.",
)
_TURNED_AWAY = {
    NotIn.NOBODY: NOBODY,
    NotIn.UNVERIFIED: UNVERIFIED,
    NotIn.OTHER_ACCOUNT: OTHER_ACCOUNT,
}

ONLY_HERE = (
    "Šeit darbs ir beigts, bet pašvaldības kontu sistēma neatbild, tāpēc tajā Jūs varat būt vēl pieslēdzies. Ja dators"
    " nav tikai Jūsu, aizveriet visus pārlūka logus."
)


class IssuerPages:
    """The way out to the issuer and the way back. Nobody is created: only people who were invited come in."""

    def __init__(
        self,
        issuer: Issuer,
        *,
        database: Database,
        clock: Clock,
        sessions: Sessions,
        login: LoginPages,
        public_url: str | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sessions = sessions
        self._login = login
        self._issuer = issuer
        self._public_url = public_url

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_post("/login/konts", self.leave)
        router.add_get(CALLBACK.removeprefix("/desk"), self.come_back)
        router.add_get(AFTERWARDS.removeprefix("/desk"), self.arrive_outside)

    async def leave(self, request: web.Request) -> web.Response:
        """Remember the sign-in and lead the browser to the issuer.

        By a page and no redirect: browsers let a form lead only where its Content-Security-Policy allows, and an
        issuer may send people on to servers that we do not know.
        """
        if is_foreign(request, public_url=self._public_url):
            raise web.HTTPForbidden
        form = await read_form(request)
        if not came_from_login_page(request, form):
            return self._login.page(request, form, problem=Problem(403, OUTDATED))
        proofs = new_proofs()
        label = _label(digest(proofs.state))
        try:
            await self._sessions.count_sign_in(request, label)
            address = await self._issuer.address(proofs)
        except Throttled as throttled:
            return self._login.page(request, form, problem=too_often(throttled))
        except IssuerUnavailable as error:
            return self._login.page(request, form, problem=await self._away(label, error))
        sign_in = SignIn(
            browser_hash=digest(form["csrf"]),
            nonce=proofs.nonce,
            verifier=proofs.verifier,
            wanted=safe_next(form.get("next", "")),
            draft_answer=form.get("draft_answer", ""),
            draft_note=form.get("draft_note", ""),
            expires_at=self._clock.now() + LONGEST,
        )
        async with self._database.reading() as connection:
            await sign_ins.store(connection, digest(proofs.state), sign_in)
        return self._login.page(request, form, template="issuer_go.html", address=address)

    async def come_back(self, request: web.Request) -> web.Response:
        """Check what the issuer says and let in whom it vouches for."""
        state_hash = digest(request.query.get("state", ""))
        async with self._database.reading() as connection:
            sign_in = await sign_ins.take(connection, state_hash, now=self._clock.now())
        browser = digest(request.cookies.get(PRE_LOGIN_COOKIE, ""))
        if sign_in is None or not is_same(browser, sign_in.browser_hash):
            return await self._lost(request)
        kept = {
            "next": sign_in.wanted,
            "draft_answer": sign_in.draft_answer,
            "draft_note": sign_in.draft_note,
        }
        label = _label(state_hash)
        identity = await self._identity(request, sign_in, label=label)
        if isinstance(identity, Problem):
            return self._login.page(request, kept, problem=identity)
        made = await self._sessions.log_in_known(request, identity, label=label)
        if isinstance(made, NotIn):
            return self._login.page(request, kept, problem=_TURNED_AWAY[made])
        return await self._login.let_in(request, made, kept)

    # ---- out

    async def log_out(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        """End the session here, then lead whoever came in by the issuer on to log out there too."""
        out = await self._login.log_out(request, session, form)
        account = session.came_with
        if account is None or account.issuer != self._issuer.url:
            return out
        nothing: Form = {}
        try:
            address = await self._issuer.way_out(account)
        except IssuerUnavailable as error:
            log.warning("desk.oidc_unavailable", reason=str(error))
            page = self._login.page(request, nothing, problem=Problem(200, ONLY_HERE))
            self._sessions.forget(page)
            return page
        if address is None:
            return out
        await self._sessions.note_led_out(session)
        # A page and no redirect, for the reason given at `leave`.
        page = self._login.page(request, nothing, template="issuer_out.html", address=address)
        self._sessions.forget(page)
        return page

    async def arrive_outside(self, request: web.Request) -> web.Response:
        """The issuer sends the browser here after the logout."""
        return see_other("/desk/login?izgajis=1")

    async def _lost(self, request: web.Request) -> web.Response:
        """Nobody began this sign-in in this browser, it is used up or too old; a reloaded page leads on."""
        if await self._sessions.read(request):
            return see_other("/desk/")
        log.warning("desk.oidc_refused", reason="no such sign-in in this browser")
        nothing: Form = {}
        return self._login.page(request, nothing, problem=Problem(403, OUTDATED))

    async def _identity(
        self, request: web.Request, sign_in: SignIn, *, label: str
    ) -> Identity | Problem:
        """Who came back, or what they read instead."""
        code = request.query.get("code", "")
        # RFC 9207: an issuer that names itself must be the one we sent them to.
        if not code or request.query.get("iss", self._issuer.url) != self._issuer.url:
            log.warning("desk.oidc_refused", reason="the issuer sent no code of its own")
            return UNFINISHED
        try:
            return await self._issuer.identify(code, nonce=sign_in.nonce, verifier=sign_in.verifier)
        except IssuerUnavailable as error:
            return await self._away(label, error)
        except SignInRefused as refused:
            log.warning("desk.oidc_refused", reason=str(refused))
            await self._sessions.note_refused()
            return REFUSED

    async def _away(self, label: str, error: IssuerUnavailable) -> Problem:
        log.warning("desk.oidc_unavailable", reason=str(error))
        await self._sessions.forget_sign_in(label)
        return AWAY


def _label(state_hash: str) -> str:
    """What a sign-in is counted under, each by itself: only their network address limits those who begin many."""
    return f"OIDC:{state_hash}"
