"""What agents write: to the resident, and for each other."""

from collections.abc import Sequence

from bot.storage import agents, audit, staff_files
from bot.storage.conversations import StoredConversation
from bot.storage.database import Database, UnitOfWork
from bot.storage.staff_files import NewFile
from bot.storage.tickets import events, records, told
from bot.tickets.transactions import change, lock
from bot.tickets.voice import Voice, introduction
from domain.messages import AgentId, StaffFileId
from domain.ports import Clock
from domain.tickets import Ticket, TicketNumber


class Writing:
    """Answers and internal notes."""

    def __init__(self, database: Database, *, clock: Clock, voice: Voice) -> None:
        self._database = database
        self._clock = clock
        self._voice = voice

    async def answer(
        self,
        number: TicketNumber,
        *,
        text: str,
        by: AgentId,
        form: str = "",
        files: Sequence[NewFile] = (),
    ) -> Ticket:
        """Send an agent's words and files to the resident; only the holder of the ticket may. One of both may be empty.

        `form` marks one sending: the same again, from a second click or a repeated request, changes nothing.
        """

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            ticket.must_be_held(by)
            if form and await events.has_event(
                work.connection, number, kind="answered", detail=form
            ):
                return ticket
            now = self._clock.now()
            kept = await self._keep(work, ticket, files, by=by)
            await self._introduce(work, held, number, by=by)
            await self._voice.say_as_agent(work, held, text, kept, number=number, by=by)
            await records.note_first_answer(work.connection, number, at=now)
            await events.note_event(
                work.connection, number, kind="answered", detail=form, at=now, by=by
            )
            return ticket

        return await change(self._database, number, apply)

    async def _introduce(
        self, work: UnitOfWork, held: StoredConversation, number: TicketNumber, *, by: AgentId
    ) -> None:
        """Say who answers, when it was left out of the claim: WhatsApp's window was closed."""
        if not await told.knows_holder(work.connection, number, holder=by):
            name = await agents.name_of(work.connection, by)
            await self._voice.say(work, held, [introduction(number, name=name)])

    async def note(self, number: TicketNumber, *, text: str, by: AgentId, form: str = "") -> None:
        """Add an internal note; anyone at the desk may, whoever holds the ticket. `form` as in `answer`."""
        async with self._database.unit_of_work() as work:
            await lock(work, number)
            if form and await events.has_event(work.connection, number, kind="noted", detail=form):
                return
            now = self._clock.now()
            await events.add_note(work.connection, number, text=text, by=by, at=now)
            await events.note_event(
                work.connection, number, kind="noted", detail=form, at=now, by=by
            )
            await work.commit()

    async def _keep(
        self, work: UnitOfWork, ticket: Ticket, files: Sequence[NewFile], *, by: AgentId
    ) -> Sequence[StaffFileId]:
        """Keep files with their ticket."""
        if not files:
            return ()
        now = self._clock.now()
        kept = await staff_files.store(work.connection, files, ticket=ticket.number, by=by, at=now)
        for file in kept:
            await audit.append(
                work.connection, "file.sent", at=now, by=by, ticket=ticket.number, detail=str(file)
            )
        return kept
