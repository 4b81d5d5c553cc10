"""Who is at the desk: logging in, staying in, being thrown out."""

import hashlib
import hmac
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desk.agents import normalized
from bot.desk.oidc import Identity
from bot.desk.passwords import hash_password, is_outdated, is_right
from bot.desk.totp import matching_step, recovery_digest
from bot.peers import address_of
from bot.storage import agents as stored
from bot.storage import audit, issuer_accounts
from bot.storage import sessions as stored_sessions
from bot.storage.agents import Account
from bot.storage.database import Database
from bot.storage.issuer_accounts import IssuerAccount
from bot.storage.sessions import Attempts, SignedInBy, StoredSession
from domain.errors import ZintisError
from domain.ports import Clock

log = structlog.get_logger()

COOKIE = "zintis_desk"
PRE_LOGIN_COOKIE = "zintis_login"
"""Carries the CSRF token of the login page, where nobody has a session yet."""

HALF_COOKIE = "zintis_desk_code"
"""Carries the token of somebody who proved themselves and owes the code of the second factor."""

LONGEST = timedelta(hours=12)
IDLE = timedelta(hours=2)
HALF = timedelta(minutes=5)
"""How long the code of the second factor is awaited."""

FRESH = timedelta(minutes=10)
"""So long after a sign-in elsewhere no password is asked for: who came from the issuer may have none here."""

THROTTLE_WINDOW = timedelta(minutes=15)
MOST_ON_ACCOUNT = 5
MOST_FROM_ADDRESS = 20
"""Failed logins within the window. Offices share an address, so that limit is wider."""

_TOKEN_BYTES = 32
_SEEN_EVERY = timedelta(minutes=1)
"""A session's last use is written at most this often."""


class Throttled(ZintisError):
    """Too many failed logins; another try is worth it after so many minutes."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"try again in {minutes} min")
        self.minutes = minutes


@dataclass(frozen=True, slots=True)
class HalfIn:
    """Password or issuer were right; a code of the second factor is still missing."""

    token: str


class NotIn(StrEnum):
    """Why somebody whom the issuer vouches for is not let in."""

    NOBODY = "nobody here has this account or this e-mail"
    UNVERIFIED = "the issuer vouches for no e-mail"
    OTHER_ACCOUNT = "the agent with this e-mail has another account"


class Sessions:
    """Logs agents in and out, and knows whose request it is."""

    def __init__(self, *, database: Database, clock: Clock, public_url: str | None) -> None:
        self._database = database
        self._clock = clock
        self._https = (public_url or "").startswith("https://")

    # ---- whose request

    async def read(self, request: web.Request, *, background: bool = False) -> StoredSession | None:
        """The session of a request. What a page asks for by itself in the background is no activity."""
        token = request.cookies.get(COOKIE)
        if not token:
            return None
        now = self._clock.now()
        async with self._database.reading() as connection:
            session = await stored_sessions.find_session(
                connection, digest(token), now=now, seen_since=now - IDLE
            )
            if session and not background and now - session.last_seen_at > _SEEN_EVERY:
                await stored_sessions.note_seen(connection, session.token_hash, at=now)
        return session

    # ---- in and out

    async def log_in(
        self, request: web.Request, *, email: str, password: str
    ) -> tuple[str, StoredSession] | HalfIn | None:
        """A new session and its token, None when e-mail or password is wrong. Raises `Throttled`.

        Who has a second factor is only half in: `log_in_with_code` lets them in.
        """
        login = normalized(email)
        await self._count_attempt(login, address_of(request))
        async with self._database.reading() as connection:
            account = await stored.find_account(connection, login)
        right = await is_right(password, account.password_hash if account else None)
        if account is None or not right:
            log.warning("desk.login_refused", known=account is not None)
            # An e-mail that nobody has is not written down: it may be a password in the wrong field.
            await self._note("login.failed", about=account)
            return None
        if is_outdated(account.password_hash):
            await self._store_password(account, password)
        if account.totp_secret is not None:
            return await self._open_half(account)
        return await self._open(account, replacing=request.cookies.get(COOKIE))

    async def log_in_with_code(
        self, request: web.Request, *, code: str
    ) -> tuple[str, StoredSession] | Account | NotIn | None:
        """A new session and its token for who is half in. Raises `Throttled`.

        Their account when the code is wrong or was used before, None when nobody is half in any more.
        """
        half = request.cookies.get(HALF_COOKIE, "")
        async with self._database.reading() as connection:
            found = await stored_sessions.find_half_session(
                connection, digest(half), now=self._clock.now()
            )
        if found is None:
            return None
        account = found.account
        if not await self.prove_code(account, code, address=address_of(request)):
            return account
        await self._end(half)
        if found.came_with is None:
            return await self._open(account, replacing=request.cookies.get(COOKIE))
        return await self._open_bound(request, account, by=found.by, came_with=found.came_with)

    async def count_sign_in(self, request: web.Request, label: str) -> None:
        """Count a sign-in elsewhere that begins, until `log_in_known` ends it well. Raises `Throttled`."""
        await self._count_attempt(label, address_of(request))

    async def forget_sign_in(self, label: str) -> None:
        """Count a sign-in elsewhere no more: it was not their fault."""
        async with self._database.reading() as connection:
            await stored_sessions.delete_attempts_on(connection, label)

    async def log_in_known(
        self, request: web.Request, identity: Identity, *, label: str
    ) -> tuple[str, StoredSession] | HalfIn | NotIn:
        """A new session for somebody whom the issuer vouches for.

        They are known by their account there; only at its first login by the e-mail. Who has a second factor of ours is
        only half in, unless the issuer asked for one.
        """
        async with self._database.reading() as connection:
            account = await self._account_of(connection, identity)
            if isinstance(account, NotIn):
                return await self._turn_away(account)
            if await issuer_accounts.has_other(connection, account.id, identity.account):
                return await self._turn_away(NotIn.OTHER_ACCOUNT, about=account)
            await stored_sessions.delete_attempts_on(connection, label)
        by = SignedInBy.ISSUER_MFA if identity.second_factor else SignedInBy.ISSUER
        if account.totp_secret is not None and by is not SignedInBy.ISSUER_MFA:
            return await self._open_half(account, by=by, came_with=identity.account)
        return await self._open_bound(request, account, by=by, came_with=identity.account)

    async def _account_of(self, connection: AsyncConnection, identity: Identity) -> Account | NotIn:
        """Who it is that comes with an account of the issuer."""
        owner = await issuer_accounts.owner_of(connection, identity.account)
        if owner is not None:
            return await stored.find_by_id(connection, owner) or NotIn.NOBODY
        if identity.email is None:
            return NotIn.UNVERIFIED
        found = await stored.find_account(connection, normalized(identity.email))
        return found or NotIn.NOBODY

    async def _open_bound(
        self, request: web.Request, account: Account, *, by: SignedInBy, came_with: IssuerAccount
    ) -> tuple[str, StoredSession] | NotIn:
        """Let in who comes with their own account; the first that an agent comes with becomes their own.

        Only here, after a code that may be due: whoever has nothing but the e-mail must not take the agent's place.
        """
        async with self._database.unit_of_work() as work:
            bound = await issuer_accounts.bind(
                work.connection, account.id, came_with, at=self._clock.now()
            )
            if bound:
                await audit.append(
                    work.connection, "login.oidc_linked", at=self._clock.now(), by=account.id
                )
            owner = await issuer_accounts.owner_of(work.connection, came_with)
            await work.commit()
        if owner != account.id:
            return await self._turn_away(NotIn.OTHER_ACCOUNT, about=account)
        return await self._open(
            account, replacing=request.cookies.get(COOKIE), by=by, came_with=came_with
        )

    async def _turn_away(self, reason: NotIn, *, about: Account | None = None) -> NotIn:
        log.warning("desk.oidc_refused", reason=str(reason))
        other = reason is NotIn.OTHER_ACCOUNT
        await self._note("login.oidc_other" if other else "login.oidc_failed", about=about)
        return reason

    async def note_refused(self) -> None:
        """Write down that the issuer's word let nobody in."""
        await self._note("login.oidc_failed", about=None)

    async def note_led_out(self, session: StoredSession) -> None:
        """Write down that somebody was led on to log out at the issuer."""
        async with self._database.reading() as connection:
            await audit.append(connection, "logout.oidc", at=self._clock.now(), by=session.agent)

    async def prove_code(self, account: Account, code: str, *, address: str = "") -> bool:
        """Whether a code, or a recovery code, is right; it is used up then. Raises `Throttled`."""
        counted_as = _codes_of(account.email)
        await self._count_attempt(counted_as, address)
        if account.totp_secret is None or not await self._use_code(account, code):
            log.warning("desk.code_refused", agent=account.id)
            await self._note("code.failed", about=account)
            return False
        async with self._database.reading() as connection:
            await stored_sessions.delete_attempts_on(connection, counted_as)
        return True

    async def _use_code(self, account: Account, code: str) -> bool:
        now = self._clock.now()
        step = matching_step(account.totp_secret or "", code, at=now)
        async with self._database.unit_of_work() as work:
            if step is not None:
                used = await stored.use_totp_step(work.connection, account.id, step=step)
            else:
                used = await stored.use_recovery_code(
                    work.connection, account.id, digest=recovery_digest(code)
                )
                if used:
                    await audit.append(work.connection, "code.recovery", at=now, by=account.id)
            await work.commit()
        return used

    async def prove_owner(self, session: StoredSession, password: str) -> Account | None:
        """The account, when its owner gave their password or came from the issuer just now. Raises `Throttled`."""
        if self.needs_password(session):
            return await self.prove_password(session, password)
        async with self._database.reading() as connection:
            return await stored.find_by_id(connection, session.agent)

    def needs_password(self, session: StoredSession) -> bool:
        """Whether `prove_owner` asks for the password."""
        fresh = self._clock.now() - session.opened_at <= FRESH
        return session.by is SignedInBy.PASSWORD or not fresh

    async def prove_password(self, session: StoredSession, password: str) -> Account | None:
        """The account of a session whose owner gave their password once more. Raises `Throttled`."""
        await self._count_attempt(session.email, "")
        async with self._database.reading() as connection:
            account = await stored.find_account(connection, session.email)
            if account is None or not await is_right(password, account.password_hash):
                return None
            await stored_sessions.delete_attempts_on(connection, session.email)
        return account

    async def accept_invitation(
        self, request: web.Request, token: str, *, password: str
    ) -> tuple[str, StoredSession] | HalfIn | None:
        """Set the password of somebody who was invited, and let them in; None when the link is used or too old.

        A second factor that they had before is still asked for.
        """
        now, hashed = self._clock.now(), await hash_password(password)
        async with self._database.unit_of_work() as work:
            account = await stored.find_invited(work.connection, digest(token), now=now)
            if account is None or not await stored.use_invitation(
                work.connection, digest(token), now=now
            ):
                return None
            await stored.set_password_hash(work.connection, account.id, password_hash=hashed)
            await stored_sessions.delete_sessions_of(work.connection, account.id)
            await audit.append(work.connection, "agent.joined", at=now, by=account.id)
            await work.commit()
        if account.totp_secret is not None:
            return await self._open_half(account)
        return await self._open(account, replacing=request.cookies.get(COOKIE))

    async def find_invited(self, token: str) -> Account | None:
        """Whom a one-time link is for, None when it works no more."""
        async with self._database.reading() as connection:
            return await stored.find_invited(connection, digest(token), now=self._clock.now())

    async def _note(self, event: str, *, about: Account | None) -> None:
        async with self._database.reading() as connection:
            await audit.append(
                connection, event, at=self._clock.now(), about=about.id if about else None
            )

    async def _end(self, token: str) -> None:
        async with self._database.reading() as connection:
            await stored_sessions.delete_session(connection, digest(token))

    async def _open_half(
        self,
        account: Account,
        *,
        by: SignedInBy = SignedInBy.PASSWORD,
        came_with: IssuerAccount | None = None,
    ) -> HalfIn:
        now, token = self._clock.now(), secrets.token_urlsafe(_TOKEN_BYTES)
        async with self._database.reading() as connection:
            await stored_sessions.insert_session(
                connection,
                token_hash=digest(token),
                agent=account.id,
                csrf="",
                at=now,
                expires_at=now + HALF,
                confirmed=False,
                by=by,
                came_with=came_with,
            )
        return HalfIn(token)

    async def _count_attempt(self, email: str, address: str) -> None:
        """Count the attempt before the password is looked at, so that many at once gain nothing."""
        now = self._clock.now()
        since = now - THROTTLE_WINDOW
        async with self._database.unit_of_work() as work:
            attempt = await stored_sessions.insert_attempt(
                work.connection, email=email, address=address, at=now
            )
            await work.commit()
        async with self._database.reading() as connection:
            on_account = await stored_sessions.attempts_on(connection, email, since=since)
            wait = _wait(on_account, MOST_ON_ACCOUNT, now)
            if address:
                from_address = await stored_sessions.attempts_from(connection, address, since=since)
                wait = max(wait, _wait(from_address, MOST_FROM_ADDRESS, now))
            if wait:
                await stored_sessions.delete_attempt(connection, attempt)
        if wait:
            log.warning("desk.login_throttled", minutes=wait)
            raise Throttled(wait)

    async def _open(
        self,
        account: Account,
        *,
        replacing: str | None,
        by: SignedInBy = SignedInBy.PASSWORD,
        came_with: IssuerAccount | None = None,
    ) -> tuple[str, StoredSession]:
        now = self._clock.now()
        token, csrf = secrets.token_urlsafe(_TOKEN_BYTES), secrets.token_urlsafe(_TOKEN_BYTES)
        async with self._database.unit_of_work() as work:
            if replacing:
                await stored_sessions.delete_session(work.connection, digest(replacing))
            await stored_sessions.insert_session(
                work.connection,
                token_hash=digest(token),
                agent=account.id,
                csrf=csrf,
                at=now,
                expires_at=now + LONGEST,
                by=by,
                came_with=came_with,
            )
            await stored_sessions.delete_attempts_on(work.connection, account.email)
            await stored_sessions.tidy(
                work.connection, now=now, seen_since=now - IDLE, tried_since=now - THROTTLE_WINDOW
            )
            event = "login" if by is SignedInBy.PASSWORD else "login.oidc"
            await audit.append(work.connection, event, at=now, by=account.id)
            session = await stored_sessions.find_session(
                work.connection, digest(token), now=now, seen_since=now - IDLE
            )
            if session is None:
                # Disabled while the password was being checked.
                raise web.HTTPUnauthorized
            await work.commit()
        log.info("desk.logged_in", agent=account.id)
        return token, session

    async def log_out(self, session: StoredSession) -> None:
        """End a session."""
        async with self._database.unit_of_work() as work:
            await stored_sessions.delete_session(work.connection, session.token_hash)
            await audit.append(work.connection, "logout", at=self._clock.now(), by=session.agent)
            await work.commit()
        log.info("desk.logged_out", agent=session.agent)

    async def change_password(
        self, session: StoredSession, *, old: str, new: str
    ) -> tuple[str, StoredSession] | None:
        """Set another password: every session ends, a new one begins. None when the old one is wrong.

        Raises `Throttled`: a forgotten open browser must not become a place to guess.
        """
        await self._count_attempt(session.email, "")
        async with self._database.reading() as connection:
            account = await stored.find_account(connection, session.email)
        if account is None or not await is_right(old, account.password_hash):
            return None
        await self._store_password(account, new)
        async with self._database.reading() as connection:
            await stored_sessions.delete_sessions_of(connection, account.id)
            await audit.append(connection, "password.changed", at=self._clock.now(), by=account.id)
        log.info("desk.password_changed", agent=account.id)
        return await self._open(account, replacing=None)

    async def _store_password(self, account: Account, password: str) -> None:
        hashed = await hash_password(password)
        async with self._database.reading() as connection:
            await stored.set_password_hash(connection, account.id, password_hash=hashed)

    # ---- cookies

    def remember(self, response: web.StreamResponse, token: str) -> None:
        """Give the browser its token; it ends with the browser or with the session, whatever is first."""
        self._set(response, COOKIE, token)
        response.del_cookie(PRE_LOGIN_COOKIE, path="/desk")
        response.del_cookie(HALF_COOKIE, path="/desk")

    def remember_half(self, response: web.StreamResponse, half: HalfIn) -> None:
        """Give the browser the token of somebody who owes a code."""
        self._set(response, HALF_COOKIE, half.token)

    def forget(self, response: web.StreamResponse) -> None:
        """Take the token from the browser."""
        response.del_cookie(COOKIE, path="/desk")

    def start_login(self, request: web.Request, response: web.StreamResponse) -> str:
        """The CSRF token of the login page: the browser's own, else a new one."""
        token = request.cookies.get(PRE_LOGIN_COOKIE) or secrets.token_urlsafe(_TOKEN_BYTES)
        self._set(response, PRE_LOGIN_COOKIE, token)
        return token

    def _set(self, response: web.StreamResponse, name: str, value: str) -> None:
        response.set_cookie(
            name, value, path="/desk", httponly=True, samesite="Lax", secure=self._https
        )


def came_from_login_page(request: web.Request, form: Mapping[str, str]) -> bool:
    """Whether a login form carries the token of the cookie that came with the page."""
    return is_same(form.get("csrf", ""), request.cookies.get(PRE_LOGIN_COOKIE, ""))


def is_same(given: str, wanted: str) -> bool:
    """Whether two tokens are equal and not empty, in a time that tells nothing."""
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


def is_foreign(request: web.Request, *, public_url: str | None) -> bool:
    """Whether another site sent this form in its visitor's name."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    return urlsplit(origin).netloc not in {request.host, urlsplit(public_url or "").netloc} - {""}


def _wait(attempts: Attempts, most: int, now: datetime) -> int:
    """Minutes until one more attempt is allowed, 0 when it is now."""
    if attempts.count <= most or attempts.oldest is None:
        return 0
    return max(1, math.ceil((attempts.oldest + THROTTLE_WINDOW - now) / timedelta(minutes=1)))


def _codes_of(email: str) -> str:
    """What wrong codes are counted under: apart from passwords, so that guessing those blocks no code.

    In capitals, because no typed e-mail is: nobody can block somebody's codes from the login page.
    """
    return f"CODE:{email}"


def digest(token: str) -> str:
    """What is stored of a token: whoever reads the database cannot become somebody."""
    return hashlib.sha256(token.encode()).hexdigest()
