"""Who holds a ticket: claimed, given back, handed over, taken over, moved to another queue, opened again."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from bot.content import Content
from bot.storage import agents, audit, conversations, queues
from bot.storage.agents import Presence
from bot.storage.conversations import StoredConversation
from bot.storage.database import Database, UnitOfWork
from bot.storage.tickets import events, holders, records, told
from bot.storage.tickets.events import Event
from bot.tickets.transactions import change, set_mode
from bot.tickets.voice import Voice, introduction
from domain.conversation import Mode
from domain.errors import TicketConflict
from domain.messages import AgentId
from domain.ports import Clock
from domain.tickets import Obstacle, Ticket, TicketNumber
from domain.working_hours import local_day


class Holders:
    """Gives tickets to agents and takes them back."""

    def __init__(
        self, database: Database, *, clock: Clock, content: Callable[[], Content], voice: Voice
    ) -> None:
        self._database = database
        self._clock = clock
        self._content = content
        self._voice = voice

    async def claim(
        self, number: TicketNumber, *, by: AgentId, name: str, at_work: bool = False
    ) -> Ticket:
        """Take a ticket; from now on the assistant is silent in its conversation.

        Absent agents take nothing, unless they say with `at_work` that they are back.
        """

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            claimed = ticket.claim(by=by)
            if claimed is ticket:
                return ticket
            if at_work:
                await self._come_to_work(work, by)
            await self._must_be_at_work(work, by)
            event = Event("claimed", at=self._clock.now(), by=by)
            await records.save(work.connection, claimed, event)
            await self._introduce(work, held, number, name=name)
            return claimed

        return await change(self._database, number, apply)

    async def give_back(self, number: TicketNumber, *, by: AgentId) -> Ticket:
        """Return a claimed ticket to its queue; the assistant may speak again while it waits."""
        return await self._return(number, holder=by, by=by)

    async def take_from(self, agent: AgentId, *, by: AgentId) -> None:
        """Return every ticket that an agent holds to its queue, because somebody shut that agent out."""
        async with self._database.reading() as connection:
            held = await holders.held_by(connection, agent)
        for number in held:
            with suppress(TicketConflict):  # finished or erased meanwhile
                await self._return(number, holder=agent, by=by)

    async def _return(self, number: TicketNumber, *, holder: AgentId, by: AgentId) -> Ticket:
        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            returned = ticket.give_back(by=holder)
            event = Event("given_back", at=self._clock.now(), by=by)
            await records.save(work.connection, returned, event)
            await set_mode(work, held)
            return returned

        return await change(self._database, number, apply)

    async def hand_over(
        self, number: TicketNumber, *, to: AgentId, reason: str, by: AgentId
    ) -> Ticket:
        """Give a ticket to a colleague who can take it. The reason is a note; the resident learns who answers now."""

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            handed = ticket.hand_over(to=to, by=by)
            now = self._clock.now()
            possible = await queues.possible_holders(
                work.connection, today=local_day(now), queue=ticket.queue
            )
            name = dict(possible).get(to)
            if name is None:
                raise TicketConflict(Obstacle.UNFIT)
            event = Event("handed_over", at=now, detail=name, about=to)
            await self._save(work, handed, event, reason=reason, by=by)
            await self._introduce(work, held, number, name=name)
            return handed

        return await change(self._database, number, apply)

    async def move(self, number: TicketNumber, *, queue: str, reason: str, by: AgentId) -> Ticket:
        """Put a ticket into another queue, free to claim. The reason is a note; the resident is told nothing."""

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            moved = ticket.move(queue=queue, by=by)
            name = self._content().queues.get(queue, queue)
            event = Event("moved", at=self._clock.now(), detail=name, logged=queue)
            await self._save(work, moved, event, reason=reason, by=by)
            await set_mode(work, held)
            return moved

        return await change(self._database, number, apply)

    async def take_over(
        self, number: TicketNumber, *, by: AgentId, name: str, reason: str
    ) -> Ticket:
        """Take a ticket from the colleague who holds it: supervisors, and others of the queue while that one is absent.

        The reason is a note; the resident learns who answers now.
        """

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            taken = ticket.take_over(by=by)
            now, holder = self._clock.now(), ticket.agent
            if holder is None or not await queues.may_take_over(
                work.connection, by, holder=holder, queue=ticket.queue, today=local_day(now)
            ):
                raise TicketConflict(Obstacle.NOT_ALLOWED)
            await self._must_be_at_work(work, by)
            before = await agents.name_of(work.connection, holder)
            event = Event("taken_over", at=now, detail=before, about=holder)
            await self._save(work, taken, event, reason=reason, by=by)
            await self._introduce(work, held, number, name=name)
            return taken

        return await change(self._database, number, apply)

    async def reopen(self, number: TicketNumber, *, by: AgentId, name: str, reason: str) -> Ticket:
        """Go on with a finished ticket, and hold it. Deadlines that have passed are counted anew; the reason is a note.

        The resident is told only when they were told that it was finished. Of the main tickets of a conversation one
        is open, so another one that is solved is closed, as when the resident returns to a ticket.
        """

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            now, calendar = self._clock.now(), self._content().calendar
            reopened = ticket.reopen_for(by).due_anew(
                after=now, answer_by=calendar.answer_by(now), solve_by=calendar.solve_by(now)
            )
            await self._must_be_at_work(work, by)
            if ticket.main:
                await self._make_room(work, ticket, by=by)
            was_told = await told.knows_solved(work.connection, number)
            event = Event("reopened_by_agent", at=now)
            await self._save(work, reopened, event, reason=reason, by=by)
            key = "staff.reopened" if was_told else ""
            await self._introduce(work, held, number, name=name, key=key)
            return reopened

        return await change(self._database, number, apply, and_solved=True)

    async def _make_room(self, work: UnitOfWork, ticket: Ticket, *, by: AgentId) -> None:
        """Close the main ticket that stands where a finished one returns; one that is to do stays."""
        if await records.has_main_to_do(work.connection, ticket.conversation):
            raise TicketConflict(Obstacle.OTHER_OPEN)
        solved = await records.solved_main_in(work.connection, ticket.conversation)
        if solved is not None and solved.number != ticket.number:
            to = str(ticket.number)
            event = Event("closed_for_next", at=self._clock.now(), by=by, detail=to, logged=to)
            await records.save(work.connection, solved.confirm(), event)

    async def _save(
        self, work: UnitOfWork, ticket: Ticket, event: Event, *, reason: str, by: AgentId
    ) -> None:
        """Store a deed with its reason: in the history, after whom or what the event names, and as a note."""
        detail = f"{event.detail} – {reason}" if event.detail else reason
        await records.save(work.connection, ticket, replace(event, by=by, detail=detail))
        await events.add_note(work.connection, ticket.number, text=reason, by=by, at=event.at)

    async def _must_be_at_work(self, work: UnitOfWork, agent: AgentId) -> None:
        """What absent agents hold returns to its queue, so they take nothing."""
        if await agents.is_absent_on(work.connection, agent, day=local_day(self._clock.now())):
            raise TicketConflict(Obstacle.ABSENT)

    async def _come_to_work(self, work: UnitOfWork, agent: AgentId) -> None:
        """End an absence, because its agent says so by taking a ticket."""
        now = self._clock.now()
        if not await agents.is_absent_on(work.connection, agent, day=local_day(now)):
            return
        at_work = Presence.AT_WORK
        await agents.set_presence(work.connection, agent, presence=at_work, until=None)
        await audit.append(work.connection, "agent.presence", at=now, by=agent, detail=at_work)

    async def _introduce(
        self,
        work: UnitOfWork,
        held: StoredConversation,
        number: TicketNumber,
        *,
        name: str,
        key: str = "staff.claimed",
    ) -> None:
        """Tell the resident who answers now; the assistant is silent from here on.

        Where WhatsApp's window is closed, or with no `key`, it is left out: it stands above the first answer instead.
        """
        if key and await self._voice.is_free(work, held):
            await self._voice.say(work, held, [introduction(number, name=name, key=key)])
        to_ask = tuple(one for one in held.state.to_ask if one != number)
        state = replace(held.state.settled(), wanted="", topic="", to_ask=to_ask)
        await conversations.change(work.connection, held, state=state, mode=Mode.STAFF)
