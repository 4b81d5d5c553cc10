"""An agent's own account: the second factor, recovery codes, presence, and how they are told of news."""

from collections.abc import Callable

import structlog
from aiohttp import web

from bot.content import Content
from bot.desk import totp
from bot.desk.door import Door, Form, see_other
from bot.desk.login import OUTDATED, WRONG_CODE, too_often
from bot.desk.pages import render
from bot.desk.presence import NO_DAY, read_presence, to_detail
from bot.desk.sessions import Sessions, Throttled
from bot.desk.ticket import Problem
from bot.peers import address_of
from bot.storage import agents as stored
from bot.storage import alerts as stored_alerts
from bot.storage import audit, staff_groups
from bot.storage import sessions as stored_sessions
from bot.storage.agents import Account
from bot.storage.alerts import EmailAlerts
from bot.storage.database import Database
from bot.storage.sessions import SignedInBy, StoredSession
from domain.ports import Clock
from domain.working_hours import local_day

log = structlog.get_logger()

_HERE = "/desk/konts"
_WRONG_PASSWORD = Problem(422, "Parole nav pareiza.")
_REQUIRED = Problem(
    422, "Administrators ir noteicis, ka drošības kods vajadzīgs visiem. Izslēgt to nevar."
)
_DONE = {
    "izslegts": "Drošības kods izslēgts.",
    "klatbutne": "Klātbūtne mainīta.",
    "telegram": "Telegram vairs nav sasaistīts.",
    "pazinojumi": "E-pasta paziņojumi mainīti.",
}
EMAIL_WISHES = {
    EmailAlerts.OFF: "Nesūtīt",
    EmailAlerts.AT_ONCE: "Uzreiz, kad kaut kas notiek",
    EmailAlerts.DIGEST: "Reizi dienā, darba dienas rītā",
}


class AccountPages:
    """The pages under /desk/konts. Every change of the second factor asks for the password or a code again."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        content: Callable[[], Content],
        sessions: Sessions,
        sends_mail: bool,
    ) -> None:
        """`sends_mail` says whether there is a mail server."""
        self._database = database
        self._clock = clock
        self._content = content
        self._sessions = sessions
        self._sends_mail = sends_mail

    def add_to(self, router: web.UrlDispatcher, door: Door) -> None:
        """Add the routes; they are open to those who must set up their second factor first."""
        router.add_get("/konts", door.page(self.show, always=True))
        for name, act in (
            ("sakt", self.begin),
            ("apstiprinat", self.confirm),
            ("kodi", self.renew_codes),
            ("izslegt", self.drop),
        ):
            router.add_post(f"/konts/{name}", door.form(act, outdated=self.outdated, always=True))
        for name, act in (
            ("klatbutne", self.set_presence),
            ("pazinojumi", self.set_email_wish),
            ("telegram", self.invite_telegram),
            ("telegram/nost", self.drop_telegram),
        ):
            router.add_post(f"/konts/{name}", door.form(act, outdated=self.outdated))

    # ---- showing

    async def show(self, request: web.Request, session: StoredSession) -> web.Response:
        """The account."""
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
        telegram_code: str = "",
    ) -> web.Response:
        async with self._database.reading() as connection:
            left = await stored.count_recovery_codes(connection, session.agent)
            required = await stored.read_setting(connection, stored.REQUIRE_SECOND_FACTOR)
            wish = await stored_alerts.email_wish(connection, session.agent)
            on_telegram = await staff_groups.is_linked(connection, session.agent)
        return render(
            "totp_account.html",
            status=problem.status if problem else 200,
            session=session,
            problem=problem.words if problem else "",
            done=done,
            codes_left=left,
            required=required == "yes",
            wishes=EMAIL_WISHES,
            wish=wish,
            on_telegram=on_telegram,
            telegram_code=telegram_code,
            sends_mail=self._sends_mail,
            needs_password=self._sessions.needs_password(session),
            came_from_issuer=session.by is not SignedInBy.PASSWORD,
        )

    # ---- second factor

    async def begin(self, request: web.Request, session: StoredSession, form: Form) -> web.Response:
        """Show a new secret; it counts only when its first code has come back."""
        if session.second_factor:
            return see_other(_HERE)
        account = await self._proven(session, form)
        if isinstance(account, Problem):
            return await self._page(session, account)
        secret = totp.new_secret()
        async with self._database.reading() as connection:
            await stored.set_totp_candidate(connection, session.agent, secret=secret)
        return _secret_page(session, secret)

    async def confirm(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Take the secret into use, when the phone proves that it has it; show the recovery codes, once."""
        async with self._database.reading() as connection:
            account = await stored.find_by_id(connection, session.agent)
        if account is None or session.second_factor or account.totp_candidate is None:
            return see_other(_HERE)
        now = self._clock.now()
        step = totp.matching_step(account.totp_candidate, form.get("code", ""), at=now)
        if step is None:
            return _secret_page(session, account.totp_candidate, Problem(422, WRONG_CODE))
        codes = totp.new_recovery_codes()
        async with self._database.unit_of_work() as work:
            await stored.set_totp(
                work.connection,
                session.agent,
                secret=account.totp_candidate,
                step=step,
                codes=[totp.recovery_digest(code) for code in codes],
            )
            await stored_sessions.delete_sessions_of(
                work.connection, session.agent, sparing=session.token_hash
            )
            await audit.append(work.connection, "factor.on", at=now, by=session.agent)
            await work.commit()
        log.info("desk.second_factor_set", agent=session.agent)
        return _codes_page(session, codes)

    async def renew_codes(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """New recovery codes instead of the old ones, for a code of the phone."""
        problem = await self._code_problem(request, session, form)
        if problem is not None:
            return await self._page(session, problem)
        codes = totp.new_recovery_codes()
        async with self._database.unit_of_work() as work:
            await stored.set_recovery_codes(
                work.connection,
                session.agent,
                codes=[totp.recovery_digest(code) for code in codes],
            )
            await audit.append(
                work.connection, "factor.codes", at=self._clock.now(), by=session.agent
            )
            await work.commit()
        return _codes_page(session, codes)

    async def drop(self, request: web.Request, session: StoredSession, form: Form) -> web.Response:
        """Do without the second factor, for the password and a code; not where it is required."""
        async with self._database.reading() as connection:
            if await stored.read_setting(connection, stored.REQUIRE_SECOND_FACTOR) == "yes":
                return await self._page(session, _REQUIRED)
        account = await self._proven(session, form)
        if isinstance(account, Problem):
            return await self._page(session, account)
        problem = await self._code_problem(request, session, form)
        if problem is not None:
            return await self._page(session, problem)
        async with self._database.unit_of_work() as work:
            await stored.drop_totp(work.connection, session.agent)
            await audit.append(
                work.connection, "factor.off", at=self._clock.now(), by=session.agent
            )
            await work.commit()
        return see_other(f"{_HERE}?done=izslegts")

    async def _proven(self, session: StoredSession, form: Form) -> Account | Problem:
        try:
            account = await self._sessions.prove_owner(session, form.get("password", ""))
        except Throttled as throttled:
            return too_often(throttled)
        return account or _WRONG_PASSWORD

    async def _code_problem(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> Problem | None:
        async with self._database.reading() as connection:
            account = await stored.find_by_id(connection, session.agent)
        if account is None:
            raise web.HTTPUnauthorized
        try:
            right = await self._sessions.prove_code(
                account, form.get("code", ""), address=address_of(request)
            )
        except Throttled as throttled:
            return too_often(throttled)
        return None if right else Problem(422, WRONG_CODE)

    # ---- presence

    async def set_presence(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Say whether one is at work."""
        now = self._clock.now()
        chosen = read_presence(form, today=local_day(now))
        if chosen is None:
            return await self._page(session, Problem(422, NO_DAY))
        presence, until = chosen
        async with self._database.unit_of_work() as work:
            await stored.set_presence(
                work.connection, session.agent, presence=presence, until=until
            )
            await audit.append(
                work.connection,
                "agent.presence",
                at=now,
                by=session.agent,
                detail=to_detail(presence, until),
            )
            await work.commit()
        return see_other(f"{_HERE}?done=klatbutne")

    # ---- e-mail

    async def set_email_wish(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Say when one wants to be told by e-mail."""
        try:
            wish = EmailAlerts(form.get("wish", ""))
        except ValueError:
            raise web.HTTPBadRequest from None
        now = self._clock.now()
        digest = wish is EmailAlerts.DIGEST
        due = self._content().calendar.next_opening(now) if digest else now
        async with self._database.unit_of_work() as work:
            await stored_alerts.set_email_wish(
                work.connection, session.agent, wish, at=now, due=due
            )
            await audit.append(
                work.connection, "agent.email", at=now, by=session.agent, detail=wish
            )
            await work.commit()
        return see_other(f"{_HERE}?done=pazinojumi")

    # ---- Telegram

    async def invite_telegram(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Make a code that says whose Telegram it comes from, and show it, once."""
        now, code = self._clock.now(), staff_groups.new_code()
        async with self._database.unit_of_work() as work:
            await staff_groups.invite_member(
                work.connection, session.agent, code, expires_at=now + staff_groups.CODE_LASTS
            )
            await audit.append(work.connection, "agent.telegram_code", at=now, by=session.agent)
            await work.commit()
        return await self._page(session, telegram_code=code)

    async def drop_telegram(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Answer from no Telegram any more."""
        async with self._database.unit_of_work() as work:
            await staff_groups.unlink_member(work.connection, session.agent)
            await audit.append(
                work.connection,
                "agent.telegram_dropped",
                at=self._clock.now(),
                by=session.agent,
            )
            await work.commit()
        return see_other(f"{_HERE}?done=telegram")


def _secret_page(
    session: StoredSession, secret: str, problem: Problem | None = None
) -> web.Response:
    link = totp.address_for_app(secret, email=session.email)
    return render(
        "totp_set_up.html",
        status=problem.status if problem else 200,
        session=session,
        problem=problem.words if problem else "",
        secret=totp.grouped(secret),
        app_link=link,
        qr=totp.picture_of(link),
    )


def _codes_page(session: StoredSession, codes: list[str]) -> web.Response:
    return render("totp_codes.html", session=session, codes=codes)
