"""Ambassadors and linked group chats: invited with one-time codes, shut out, and seen by supervisors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from aiohttp import web

from bot.desk import words
from bot.desk.door import Door, Form, see_other
from bot.desk.login import OUTDATED
from bot.desk.pages import render
from bot.desk.people import ADMINS
from bot.desk.ticket import Problem
from bot.storage import ambassadors as stored
from bot.storage import audit
from bot.storage.ambassadors import InvitedAmbassador, KnownGroup
from bot.storage.database import Database, UnitOfWork
from bot.storage.sessions import StoredSession
from domain.invitations import VALID_FOR, Redemption, digest, new_code
from domain.ports import Clock
from domain.relay import LONGEST_NAME, AmbassadorId

log = structlog.get_logger()

LOOKERS = ("supervisor", "admin")

_HERE = "/desk/vestnesi"
_PATH = _HERE.removeprefix("/desk")
_ONE = _PATH + "/{one:[0-9]{1,15}}"
_GROUP = _PATH + "/grupas/{one:[0-9]{1,15}}"

_DONE = {
    "atsaukts": "Uzaicinājums atsaukts. Kods vairs neder.",
    "izslegts": "Vēstnesis izslēgts. Jaunus gadījumus viņš vairs nevar nodot; iesāktie pieteikumi paliek.",
    "ieslegts": "Vēstnesis ieslēgts.",
    "atvienota": "Grupa atvienota.",
}
_NO_NAME = Problem(422, f"Ierakstiet vārdu vai nosaukumu (līdz {LONGEST_NAME} rakstzīmēm).")
_DISABLED = Problem(409, "Vēstnesis ir izslēgts. Vispirms ieslēdziet viņu.")


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """A code as it is shown, once, with words to send it on."""

    name: str
    code: str
    is_group: bool
    until: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How an ambassador or a group stands, in words; `badge` is the colour."""

    words: str
    badge: str
    detail: str = ""


class AmbassadorPages:
    """The pages under /desk/vestnesi."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add_to(self, router: web.UrlDispatcher, door: Door) -> None:
        """Add the routes: supervisors look, administrators change."""
        router.add_get(_PATH, door.page(self.show, only=LOOKERS))
        for path, act in (
            (f"{_PATH}/uzaicinat", self.invite),
            (f"{_ONE}/kods", self.renew),
            (f"{_ONE}/atsaukt", self.revoke),
            (f"{_ONE}/izslegt", self.disable),
            (f"{_ONE}/ieslegt", self.enable),
            (f"{_PATH}/grupas/kods", self.invite_group),
            (f"{_GROUP}/atvienot", self.unlink_group),
        ):
            router.add_post(path, door.form(act, outdated=self.outdated, only=ADMINS))

    async def show(self, request: web.Request, session: StoredSession) -> web.Response:
        """Everybody, and every group."""
        return await self._page(session, done=_DONE.get(request.query.get("done", ""), ""))

    async def outdated(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """The form belongs to an earlier login."""
        return await self._page(session, Problem(403, OUTDATED), typed=form)

    async def _page(
        self,
        session: StoredSession,
        problem: Problem | None = None,
        *,
        done: str = "",
        code: OneTimeCode | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> web.Response:
        now = self._clock.now()
        async with self._database.reading() as connection:
            known = await stored.list_all(connection)
            groups = await stored.list_groups(connection)
        kept = typed or {}
        return render(
            "ambassadors.html",
            status=problem.status if problem else 200,
            session=session,
            may_change=session.role in ADMINS,
            problem=problem.words if problem else "",
            done=done,
            code=code,
            ambassadors=[(one, _standing(one, now)) for one in known],
            groups=[(one, _group_standing(one, now)) for one in groups],
            channels=words.CHANNELS,
            longest=LONGEST_NAME,
            name=kept.get("name", ""),
            title=kept.get("title", ""),
        )

    # ---- ambassadors

    async def invite(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Somebody new, and the code that makes them an ambassador."""
        name = _name(form.get("name", ""))
        if not name:
            return await self._page(session, _NO_NAME, typed=form)
        code, until = new_code(Redemption.AMBASSADOR), self._clock.now() + VALID_FOR
        async with self._database.unit_of_work() as work:
            made = await stored.add(
                work.connection,
                name=name,
                code_hash=digest(code),
                expires_at=until,
                by=session.agent,
            )
            await self._note(work, "ambassador.invited", session, made)
            await work.commit()
        return await self._page(session, code=self._shown(name, code, until))

    async def renew(self, request: web.Request, session: StoredSession, form: Form) -> web.Response:
        """A new code: for a late guest, or an ambassador with another phone."""
        one = _one(request)
        code, until = new_code(Redemption.AMBASSADOR), self._clock.now() + VALID_FOR
        async with self._database.unit_of_work() as work:
            found = await self._lock(work, one)
            if found.disabled_at is not None:
                return await self._page(session, _DISABLED)
            await stored.set_code(
                work.connection, found.id, code_hash=digest(code), expires_at=until
            )
            await self._note(work, "ambassador.code", session, one)
            await work.commit()
        return await self._page(session, code=self._shown(found.name, code, until))

    async def revoke(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Take an open invitation back."""
        one = _one(request)
        async with self._database.unit_of_work() as work:
            found = await self._lock(work, one)
            await stored.set_code(work.connection, found.id, code_hash=None, expires_at=None)
            await self._note(work, "ambassador.revoked", session, one)
            await work.commit()
        return _done("atsaukts")

    async def disable(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Take the role away; what was relayed stays with staff."""
        await self._set_disabled(request, session, self._clock.now())
        return _done("izslegts")

    async def enable(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Give the role back."""
        await self._set_disabled(request, session, None)
        return _done("ieslegts")

    async def _set_disabled(
        self, request: web.Request, session: StoredSession, at: datetime | None
    ) -> None:
        one = _one(request)
        async with self._database.unit_of_work() as work:
            found = await self._lock(work, one)
            await stored.set_disabled(work.connection, found.id, at=at)
            event = "ambassador.enabled" if at is None else "ambassador.disabled"
            await self._note(work, event, session, one)
            await work.commit()
        log.info("desk.ambassador_changed", change=event, ambassador=one)

    async def _lock(self, work: UnitOfWork, one: int) -> InvitedAmbassador:
        found = await stored.lock(work.connection, AmbassadorId(one))
        if found is None:
            raise web.HTTPNotFound
        return found

    # ---- groups

    async def invite_group(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """The code that links a group chat."""
        title = _name(form.get("title", ""))
        if not title:
            return await self._page(session, _NO_NAME, typed=form)
        code, until = new_code(Redemption.GROUP), self._clock.now() + VALID_FOR
        async with self._database.unit_of_work() as work:
            made = await stored.add_group(
                work.connection,
                title=title,
                code_hash=digest(code),
                expires_at=until,
                by=session.agent,
            )
            await self._note(work, "chat.invited", session, made)
            await work.commit()
        return await self._page(session, code=self._shown(title, code, until, is_group=True))

    async def unlink_group(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Let a group go, or take its open code back."""
        one = _one(request)
        async with self._database.unit_of_work() as work:
            if await stored.lock_group(work.connection, one) is None:
                raise web.HTTPNotFound
            await stored.unlink_group(work.connection, one, at=self._clock.now())
            await self._note(work, "chat.unlinked", session, one)
            await work.commit()
        return _done("atvienota")

    def _shown(
        self, name: str, code: str, until: datetime, *, is_group: bool = False
    ) -> OneTimeCode:
        return OneTimeCode(name, code, is_group, words.moment(until, self._clock.now()))

    async def _note(self, work: UnitOfWork, event: str, session: StoredSession, one: int) -> None:
        await audit.append(
            work.connection, event, at=self._clock.now(), by=session.agent, detail=str(one)
        )


def _standing(one: InvitedAmbassador, now: datetime) -> Standing:
    if one.disabled_at is not None:
        return Standing("izslēgts", "red", _on(one.disabled_at, now))
    waits = _waits(one.invited_until, now)
    if one.channel is not None and one.joined_at is not None:
        return Standing("darbojas", "wait", waits or f"kopš: {words.moment(one.joined_at, now)}")
    if waits:
        return Standing("uzaicināts", "amber", waits)
    if one.joined_at is not None:
        return Standing("izdzēsa savus datus", "plain", "lai atgrieztos, vajag jaunu kodu")
    return Standing("koda nav", "plain", "uzaicinājums atsaukts vai novecojis")


def _group_standing(one: KnownGroup, now: datetime) -> Standing:
    if one.disabled_at is not None:
        return Standing("atvienota", "red", _on(one.disabled_at, now))
    if one.linked_at is not None:
        return Standing("piesaistīta", "wait", f"kopš: {words.moment(one.linked_at, now)}")
    waits = _waits(one.invited_until, now)
    return Standing("gaida", "amber", waits) if waits else Standing("kods novecojis", "plain")


def _on(at: datetime, now: datetime) -> str:
    return words.moment(at, now)


def _waits(until: datetime | None, now: datetime) -> str:
    """Until when an open code is good; empty when there is none."""
    if until is None or until <= now:
        return ""
    return f"kods der līdz: {words.moment(until, now)}"


def _name(typed: str) -> str:
    """A name on one line; empty when it is none or too long."""
    name = " ".join(typed.split())
    return name if len(name) <= LONGEST_NAME else ""


def _one(request: web.Request) -> int:
    return int(request.match_info["one"])


def _done(what: str) -> web.Response:
    return see_other(f"{_HERE}?done={what}")
