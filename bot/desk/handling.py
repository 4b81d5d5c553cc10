"""The forms beside a ticket: describing it, handing it over, merging, linking and splitting it; whose it is."""

import re
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from bot.content import Content
from bot.desk import words
from bot.desk.door import Door, Form, see_other
from bot.desk.handling_panel import LONGEST_REASON, Typed
from bot.desk.ticket import OUTDATED, Problem, TicketPage, number_of
from bot.storage.sessions import StoredSession
from bot.tickets import TicketService
from domain.errors import TicketConflict
from domain.messages import AgentId
from domain.persons import Sameness
from domain.tickets import LONGEST_SUBJECT, Obstacle, Priority, TicketNumber, fold_tags

log = structlog.get_logger()

_NUMBER = re.compile(r"(?:nr\.?)?\s*([0-9]{1,15})", re.IGNORECASE)
_TARGET = re.compile(r"(agent|queue):(\S{1,100})", re.ASCII)
_MOST_DIGITS = 15

_NO_REASON = "Uzrakstiet, kāpēc: kolēģi to redzēs piezīmē."
_LONG_REASON = f"Iemesls ir par garu: atļautas {LONGEST_REASON} rakstzīmes."
_NO_TARGET = "Izvēlieties, kuram kolēģim vai kurai rindai nodot."
_NO_QUEUE = "Izvēlieties rindu no saraksta."
_NO_SUBJECT = "Uzrakstiet, par ko ir pieteikums."
_LONG_SUBJECT = f"Temats ir par garu: atļautas {LONGEST_SUBJECT} rakstzīmes."
_NO_PRIORITY = "Izvēlieties prioritāti no saraksta."
_NO_NUMBER = "Ierakstiet pieteikuma numuru, piemēram, 1024."
_NO_SAME = "Izvēlieties pieteikumu vai ierakstiet tā numuru, piemēram, 1024."
_TWO_SAME = "Norādiet vienu pieteikumu: vai nu izvēlieties, vai ierakstiet numuru."
_NO_WHY = "Izvēlieties, kā zināms, ka tas ir tas pats cilvēks."
_NO_OTHER = "Izvēlieties, kuram pieteikumam pievienot."


class Refused(Exception):
    """What was typed cannot be followed; the words say what to mend."""


class HandlingForms:
    """Does what the forms of the panel ask."""

    def __init__(
        self, *, tickets: TicketService, page: TicketPage, content: Callable[[], Content]
    ) -> None:
        self._tickets = tickets
        self._page = page
        self._content = content

    def add_to(self, router: web.UrlDispatcher, door: Door, *, number: str) -> None:
        """Add the routes under the address of a ticket."""
        for name, act in (
            ("describe", self._describe),
            ("hand_over", self._hand_over),
            ("merge", self._merge),
            ("link", self._link),
            ("unlink", self._unlink),
            ("split", self._split),
            ("join", self._join),
            ("part", self._part),
            ("take_over", self._take_over),
            ("reopen", self._reopen),
        ):
            address = f"{number}/{name}"
            router.add_post(address, door.form(self._answering(name, act), outdated=self._outdated))
            # A page that says what to mend stands at the form's address: it is reloaded, and follows what happens.
            router.add_get(address, _to_ticket)

    def _answering(
        self, name: str, act: Callable[[TicketNumber, StoredSession, Form], Awaitable[str]]
    ) -> Callable[[web.Request, StoredSession, Form], Awaitable[web.StreamResponse]]:
        """A form: done, it leads to the page that `act` names; else the page says why not and shows what was typed."""

        async def handle(
            request: web.Request, session: StoredSession, form: Form
        ) -> web.StreamResponse:
            number, typed = number_of(request), Typed(name, form)
            try:
                return see_other(await act(number, session, form))
            except Refused as refused:
                problem = Problem(422, str(refused))
            except TicketConflict as conflict:
                log.info("desk.refused", ticket=number, agent=session.agent, form=name)
                problem = await self._conflict(number, session.agent, conflict)
            return await self._page.page(session, number, problem=problem, typed=typed)

        return handle

    async def _conflict(
        self, number: TicketNumber, agent: AgentId, conflict: TicketConflict
    ) -> Problem:
        said = words.OBSTACLES.get(Obstacle(conflict.reason))
        return Problem(409, said or await self._page.why_not(number, agent))

    async def _outdated(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        name = request.path.rsplit("/", 1)[-1]
        return await self._page.page(
            session, number_of(request), problem=OUTDATED, typed=Typed(name, form)
        )

    # ---- the forms: each returns the address of the page that follows

    async def _describe(self, number: TicketNumber, session: StoredSession, form: Form) -> str:
        subject, priority, tags = (_changed(form, name) for name in ("subject", "priority", "tags"))
        await self._tickets.describe(
            number,
            by=session.agent,
            subject=None if subject is None else _subject(subject),
            priority=None if priority is None else _priority(priority),
            tags=None if tags is None else fold_tags(tags.split(",")),
        )
        return _address(number, "described")

    async def _hand_over(self, number: TicketNumber, session: StoredSession, form: Form) -> str:
        target = _TARGET.fullmatch(form.get("target", ""))
        if target is None:
            raise Refused(_NO_TARGET)
        reason = _reason(form)
        kind, which = target.groups()
        if kind == "queue":
            queue = self._queue(which)
            await self._tickets.move(number, queue=queue, reason=reason, by=session.agent)
            return _address(number, "moved")
        if not which.isdecimal() or len(which) > _MOST_DIGITS:
            raise Refused(_NO_TARGET)
        to = AgentId(int(which))
        await self._tickets.hand_over(number, to=to, reason=reason, by=session.agent)
        return _address(number, "handed_over")

    async def _take_over(self, number: TicketNumber, session: StoredSession, form: Form) -> str:
        await self._tickets.take_over(
            number, by=session.agent, name=session.name, reason=_reason(form)
        )
        return _address(number, "taken_over")

    async def _reopen(self, number: TicketNumber, session: StoredSession, form: Form) -> str:
        await self._tickets.reopen(
            number, by=session.agent, name=session.name, reason=_reason(form)
        )
        return _address(number, "reopened")

    async def _merge(self, number: TicketNumber, session: StoredSession, form: Form) -> str:
        into = _number(form.get("into", ""), missing=_NO_OTHER)
        await self._tickets.merge(number, into=into, by=session.agent)
        return _address(into, "merged")

    async def _link(self, number: TicketNumber, session: StoredSession, form: Form) -> str:
        other = _number(form.get("other", ""), missing=_NO_NUMBER)
        await self._tickets.link(number, other=other, by=session.agent)
        return _address(number, "linked")

    async def _unlink(self, number: TicketNumber, session: StoredSession, form: Form) -> str:
        other = _number(form.get("other", ""), missing=_NO_NUMBER)
        await self._tickets.unlink(number, other=other, by=session.agent)
        return _address(number, "unlinked")

    async def _split(self, number: TicketNumber, session: StoredSession, form: Form) -> str:
        subject = _subject(form.get("split_subject", ""))
        queue = self._queue(form.get("split_queue", ""))
        await self._tickets.split(number, queue=queue, subject=subject, by=session.agent)
        return _address(number, "split")

    async def _join(self, number: TicketNumber, session: StoredSession, form: Form) -> str:
        named = {_number(one, missing=_NO_SAME) for one in _filled(form, "likely", "same")}
        if len(named) > 1:
            raise Refused(_TWO_SAME)
        if not named:
            raise Refused(_NO_SAME)
        await self._tickets.join(number, other=named.pop(), why=_why(form), by=session.agent)
        return _address(number, "joined")

    async def _part(self, number: TicketNumber, session: StoredSession, form: Form) -> str:
        other = _number(form.get("other", ""), missing=_NO_NUMBER)
        await self._tickets.part(number, other=other, by=session.agent)
        return _address(number, "parted")

    def _queue(self, queue: str) -> str:
        if queue not in self._content().queues:
            raise Refused(_NO_QUEUE)
        return queue


async def _to_ticket(request: web.Request) -> web.StreamResponse:
    return see_other(f"/desk/tickets/{number_of(request)}")


def _changed(form: Form, name: str) -> str | None:
    """What a field says now; None when it says what the page showed, whatever a colleague has set meanwhile."""
    value = form.get(name, "").strip()
    return None if value == form.get(f"{name}_shown", "").strip() else value


def _subject(text: str) -> str:
    subject = " ".join(text.split())
    if not subject:
        raise Refused(_NO_SUBJECT)
    if len(subject) > LONGEST_SUBJECT:
        raise Refused(_LONG_SUBJECT)
    return subject


def _filled(form: Form, *names: str) -> list[str]:
    return [value for name in names if (value := form.get(name, "").strip())]


def _why(form: Form) -> Sameness:
    try:
        return Sameness(form.get("why", ""))
    except ValueError as unknown:
        raise Refused(_NO_WHY) from unknown


def _priority(text: str) -> Priority:
    try:
        return Priority(text)
    except ValueError as unknown:
        raise Refused(_NO_PRIORITY) from unknown


def _reason(form: Form) -> str:
    reason = form.get("reason", "").strip()
    if not reason:
        raise Refused(_NO_REASON)
    if len(reason) > LONGEST_REASON:
        raise Refused(_LONG_REASON)
    return reason


def _number(text: str, *, missing: str) -> TicketNumber:
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        raise Refused(missing)
    return TicketNumber(int(found[1]))


def _address(number: TicketNumber, done: str) -> str:
    return f"/desk/tickets/{number}?done={done}"
