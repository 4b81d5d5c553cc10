"""One ticket: the whole conversation, and what an agent can do about it."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from aiohttp import web

from bot.content import Content
from bot.desk import words
from bot.desk.beside import Beside
from bot.desk.handling_panel import NOTHING_TYPED, HandlingPanels, Typed
from bot.desk.lists import to_row
from bot.desk.pages import render
from bot.desk.person import to_person
from bot.desk.saying import to_lines
from bot.desk.travelling import Reply, how_it_travels
from bot.desk.uploads import LARGEST, MOST, NotTaken, Upload, accept
from bot.outbox import Outbox
from bot.storage import residents, viewers
from bot.storage import tickets as stored
from bot.storage.database import Database
from bot.storage.readers import Reader, readers_of
from bot.storage.residents import Resident
from bot.storage.sessions import StoredSession
from bot.storage.staff_files import NewFile
from bot.storage.tickets import Spoken, TicketRow
from bot.storage.viewers import Viewer
from bot.tickets import TicketService
from domain.errors import TicketConflict
from domain.messages import AgentId, Channel, OutboundId
from domain.ports import Clock
from domain.tickets import Obstacle, Ticket, TicketNumber, TicketState

log = structlog.get_logger()

Form = Mapping[str, str]

LONGEST_ANSWER = 8000
LONGEST_NOTE = 4000
"""Characters; a longer answer would be a letter."""

_FORM_BYTES = 16
_ID = re.compile(r"[0-9]{1,15}")

_NOTHING_SENT = "Atbilde nav nosūtīta, teksts ir saglabāts. Failus pievienojiet vēlreiz."
_NO_WHATSAPP_FILES = (
    "Uz WhatsApp failus pašlaik nosūtīt nevar: šai sistēmai nav iestatīta publiskā adrese. "
    "Palūdziet to sistēmas administratoram vai nosūtiet iedzīvotājam saiti."
)


class Mode(StrEnum):
    """What the agent who looks at a ticket may do."""

    FREE = "free"
    MINE = "mine"
    TAKEN = "taken"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Drafts:
    """What somebody typed and did not get through; it is shown again, never lost."""

    answer: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What was asked cannot be done; `words` say why and what to do."""

    status: int
    words: str


_ABSENT = Problem(409, words.OBSTACLES[Obstacle.ABSENT])
OUTDATED = Problem(
    403, "Lapa bija novecojusi, tāpēc nekas nav izdarīts. Pārbaudiet un mēģiniet vēlreiz."
)


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of a ticket's history."""

    words: str
    who: str
    at: str


@dataclass(frozen=True, slots=True)
class Story:
    """What was said and done in a ticket, with whom, and who looks on."""

    said: Sequence[Spoken]
    happened: Sequence[Spoken]
    resident: Resident
    readers: Sequence[Reader]
    viewers: Sequence[Viewer]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared answer with its placeholders filled in."""

    title: str
    text: str


class TicketPage:
    """Shows a ticket and does what its forms ask."""

    def __init__(
        self,
        *,
        database: Database,
        tickets: TicketService,
        outbox: Outbox,
        clock: Clock,
        content: Callable[[], Content],
        public_url: str | None,
        beside: Beside,
    ) -> None:
        self._public_url = public_url
        self._beside = beside
        self._database = database
        self._tickets = tickets
        self._outbox = outbox
        self._clock = clock
        self._content = content
        self._panels = HandlingPanels(database=database, clock=clock, content=content)

    # ---- showing

    async def show(self, request: web.Request, session: StoredSession) -> web.Response:
        """The page."""
        done = words.DONE.get(request.query.get("done", ""), "")
        return await self.page(session, number_of(request), done=done)

    async def page(
        self,
        session: StoredSession,
        number: TicketNumber,
        *,
        problem: Problem | None = None,
        drafts: Drafts = Drafts(),
        typed: Typed = NOTHING_TYPED,
        done: str = "",
    ) -> web.Response:
        """The page with what was typed and what went wrong. Raises 404 for a ticket that is not there."""
        row = await self._row(number)
        story, panel, column = await asyncio.gather(
            self._read(row, session.agent),
            self._panels.read(row, session.agent, typed),
            self._beside.read(session, int(number)),
        )
        now, content = self._clock.now(), self._content()
        mode = mode_of(row, session.agent)
        reply = how_it_travels(story.readers, now)
        notes = [line for line in story.happened if line.by == "note"]
        events = [line for line in story.happened if line.by == "event"]
        return render(
            "ticket.html",
            status=problem.status if problem else 200,
            session=session,
            row=to_row(row, content=content, now=now),
            ticket=row.ticket,
            subject=row.subject,
            reachable=row.reachable and not reply.blocked,
            person=to_person(story.resident),
            looked_at=words.looked_at(story.viewers),
            asked=next((one.id for one in reversed(story.said) if one.by == "resident"), ""),
            prepared=_prepared(row, content, session),
            lines=to_lines([*story.said, *notes], content=content, now=now),
            history=[_happened(event, now) for event in events],
            opened=words.moment(row.ticket.opened_at, now),
            mode=mode,
            reply=reply,
            reply_key=_reply_key(mode, row.ticket, reply),
            longest_answer=LONGEST_ANSWER,
            no_files=self._why_no_files(story.readers),
            most_files=MOST,
            largest_file=LARGEST,
            longest_note=LONGEST_NOTE,
            form=secrets.token_hex(_FORM_BYTES),
            drafts=drafts,
            column=column,
            panel=panel,
            problem=problem.words if problem else "",
            done=done,
        )

    async def _row(self, number: TicketNumber) -> TicketRow:
        """The ticket. Raises 404 for one that is not there."""
        async with self._database.reading() as connection:
            row = await stored.row_of(connection, number)
        if row is None:
            raise web.HTTPNotFound
        return row

    async def _read(self, row: TicketRow, agent: AgentId) -> Story:
        number = row.ticket.number
        async with self._database.reading() as connection:
            resident = await residents.of_ticket(connection, number)
            if resident is None:
                raise web.HTTPNotFound  # erased meanwhile
            return Story(
                said=await stored.timeline(connection, row.ticket.conversation),
                happened=await stored.history(connection, number),
                resident=resident,
                readers=await readers_of(connection, row),
                viewers=await viewers.others(connection, number, agent),
            )

    # ---- doing

    async def claim(self, request: web.Request, session: StoredSession, form: Form) -> web.Response:
        """Take the ticket; whoever comes second reads who was first."""
        number, at_work = number_of(request), form.get("at_work") == "yes"
        try:
            await self._tickets.claim(number, by=session.agent, name=session.name, at_work=at_work)
        except TicketConflict as conflict:
            if conflict.reason == Obstacle.ABSENT:
                return await self._ask_again(session, number, _ABSENT)
            return await self._refuse(session, number, form, lost="")
        return _done(number, "claimed_at_work" if at_work else "claimed")

    async def answer(
        self,
        request: web.Request,
        session: StoredSession,
        form: Form,
        uploads: Sequence[Upload],
    ) -> web.Response:
        """Send the resident an answer: words, files or both."""
        number, text = number_of(request), form.get("text", "").strip()
        problem = _wrong(text, LONGEST_ANSWER, empty="Atbilde ir tukša. Uzrakstiet to.")
        if problem and (text or not uploads):
            return await self._ask_again(session, number, problem, answer=form.get("text", ""))
        try:
            files = await self._take(number, uploads)
            mark = once(form, text, files)
            await self._tickets.answer(number, text=text, by=session.agent, form=mark, files=files)
        except NotTaken as refused:
            log.info("desk.file_refused", ticket=number, agent=session.agent)
            problem = Problem(422, f"{refused} {_NOTHING_SENT}")
            return await self._ask_again(session, number, problem, answer=form.get("text", ""))
        except TicketConflict:
            return await self._refuse(session, number, form, lost="Atbilde nav nosūtīta.")
        return _done(number, "answered")

    async def _take(self, number: TicketNumber, uploads: Sequence[Upload]) -> list[NewFile]:
        """The files as they will be sent. Raises `NotTaken`."""
        if not uploads:
            return []
        row = await self._row(number)
        async with self._database.reading() as connection:
            readers = await readers_of(connection, row)
        if reason := self._why_no_files(readers):
            raise NotTaken(reason)
        channels = {reader.channel for reader in readers}
        return await asyncio.to_thread(accept, uploads, channels=channels)

    def _why_no_files(self, readers: Sequence[Reader]) -> str:
        """Why files cannot go out to everybody who reads the answer, empty when they can."""
        on_whatsapp = any(reader.channel is Channel.WHATSAPP for reader in readers)
        return _NO_WHATSAPP_FILES if on_whatsapp and not self._public_url else ""

    async def note(self, request: web.Request, session: StoredSession, form: Form) -> web.Response:
        """Keep an internal note."""
        number, text = number_of(request), form.get("text", "").strip()
        if problem := _wrong(text, LONGEST_NOTE, empty="Piezīme ir tukša. Uzrakstiet to."):
            return await self._ask_again(session, number, problem, note=form.get("text", ""))
        try:
            await self._tickets.note(number, text=text, by=session.agent, form=once(form, text))
        except TicketConflict as gone:
            raise web.HTTPNotFound from gone
        return _done(number, "noted")

    async def give_back(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Return the ticket to its queue."""
        number = number_of(request)
        try:
            await self._tickets.give_back(number, by=session.agent)
        except TicketConflict:
            return await self._refuse(session, number, form, lost="")
        return _done(number, "given_back")

    async def solve(self, request: web.Request, session: StoredSession, form: Form) -> web.Response:
        """Finish the ticket and ask the resident whether it helped."""
        number = number_of(request)
        try:
            await self._tickets.solve(number, by=session.agent)
        except TicketConflict:
            return await self._refuse(session, number, form, lost="")
        return _done(number, "solved")

    async def retry(self, request: web.Request, session: StoredSession, form: Form) -> web.Response:
        """Try to deliver a failed message again."""
        number = number_of(request)
        message = form.get("message", "")
        row = await self._row(number)
        if not _ID.fullmatch(message):
            raise web.HTTPNotFound
        await self._outbox.retry(
            OutboundId(int(message)), row.ticket.conversation, ticket=number, by=session.agent
        )
        log.info("desk.retried", ticket=number, agent=session.agent)
        return _done(number, "retried")

    async def dismiss(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """Say that a failed message is not needed any more."""
        number, message = number_of(request), form.get("message", "")
        if not _ID.fullmatch(message):
            raise web.HTTPNotFound
        try:
            await self._tickets.dismiss(number, message=OutboundId(int(message)), by=session.agent)
        except TicketConflict as gone:
            raise web.HTTPNotFound from gone
        return _done(number, "dismissed")

    async def outdated(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """The form belongs to an earlier login: show its text again, to be sent once more."""
        drafts = drafts_of(request.path, form)
        return await self.page(session, number_of(request), problem=OUTDATED, drafts=drafts)

    async def why_not(self, number: TicketNumber, agent: AgentId) -> str:
        """Why an agent cannot do something to a ticket now. Raises 404 for a ticket that is not there."""
        return _why_not(await self._row(number), agent)

    async def _ask_again(
        self,
        session: StoredSession,
        number: TicketNumber,
        problem: Problem,
        *,
        answer: str = "",
        note: str = "",
    ) -> web.Response:
        return await self.page(
            session, number, problem=problem, drafts=Drafts(answer=answer, note=note)
        )

    async def _refuse(
        self, session: StoredSession, number: TicketNumber, form: Form, *, lost: str
    ) -> web.Response:
        """Say who was first, and give back what was typed."""
        why = await self.why_not(number, session.agent)
        problem = Problem(409, f"{why} {lost}".strip())
        log.info("desk.refused", ticket=number, agent=session.agent)
        return await self._ask_again(session, number, problem, answer=form.get("text", ""))


def number_of(request: web.Request) -> TicketNumber:
    """The ticket that an address names; the route lets only digits through."""
    return TicketNumber(int(request.match_info["number"]))


def drafts_of(path: str, form: Form) -> Drafts:
    """What was typed into a form that did not get through; a reason for handing over is for colleagues only."""
    if "reason" in form:
        return Drafts(note=form["reason"])
    text = form.get("text", "")
    return Drafts(note=text) if path.endswith("/note") else Drafts(answer=text)


def _prepared(row: TicketRow, content: Content, session: StoredSession) -> list[Prepared]:
    """Prepared answers of the ticket's queue, then those for every queue."""
    values = {
        "vards": row.contact_name,
        "numurs": str(row.ticket.number),
        "darbinieks": session.name,
        "rinda": content.queues.get(row.ticket.queue, row.ticket.queue),
    }
    fitting = [reply for reply in content.replies if reply.queue in (None, row.ticket.queue)]
    ordered = sorted(fitting, key=lambda reply: reply.queue is None)
    return [Prepared(reply.title, reply.filled(values)) for reply in ordered]


def mode_of(row: TicketRow, agent: AgentId) -> Mode:
    """What an agent may do with a ticket now."""
    if row.ticket.state is TicketState.NEW:
        return Mode.FREE
    if row.ticket.state is TicketState.CLAIMED:
        return Mode.MINE if row.ticket.agent == agent else Mode.TAKEN
    return Mode.DONE


def _why_not(row: TicketRow, agent: AgentId) -> str:
    mode = mode_of(row, agent)
    if mode is Mode.TAKEN:
        return f"Jau paņēma {row.agent_name or 'cits darbinieks'}."
    if mode is Mode.DONE:
        return "Pieteikums jau ir pabeigts."
    return "Pieteikums vairs nav pie Jums. Paņemiet to, lai turpinātu."


def _wrong(text: str, longest: int, *, empty: str) -> Problem | None:
    if not text:
        return Problem(422, empty)
    if len(text) > longest:
        over = len(text) - longest
        what = words.plural(over, "rakstzīmi", "rakstzīmēm")
        return Problem(
            422,
            f"Teksts ir par garu: atļautas {longest} rakstzīmes, šeit ir par {over} {what} vairāk.",
        )
    return None


def once(form: Form, text: str, files: Sequence[NewFile] = ()) -> str:
    """The mark of one sending. What is sent is part of it: a form that the browser kept may carry something new."""
    mark = hashlib.sha256(f"{form.get('form', '')}\n{text}".encode())
    for file in files:
        mark.update(hashlib.sha256(file.content).digest())
    return mark.hexdigest()


def _reply_key(mode: str, ticket: Ticket, reply: Reply) -> str:
    """An open page replaces its form for answers only when this changes: solved and closed say different things."""
    ended = f"-{ticket.state}" if mode == "done" else ""
    return f"{mode}{ended}-{ticket.agent or 0}-{reply.key}"


def _happened(event: Spoken, now: datetime) -> Happened:
    return Happened(
        words.happened(event.kind, event.text), event.agent_name, words.moment(event.at, now)
    )


def _done(number: TicketNumber, what: str) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/desk/tickets/{number}?done={what}"})
