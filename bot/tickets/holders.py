"""Who holds a ticket: claimed, given back, handed over, moved to another queue, taken from who cannot answer."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import structlog

from bot.content import Content
from bot.storage import conversations, queues
from bot.storage.conversations import StoredConversation
from bot.storage.database import Database, UnitOfWork
from bot.storage.tickets import events, holders, records
from bot.storage.tickets.events import Event
from bot.tickets.transactions import change, set_mode
from bot.tickets.voice import Voice
from domain.answers import Answer
from domain.conversation import Mode
from domain.errors import TicketConflict
from domain.messages import AgentId
from domain.ports import Clock
from domain.tickets import Obstacle, Return, Ticket, TicketNumber
from domain.working_hours import RIGA

log = structlog.get_logger()

NEAR = timedelta(hours=1)
"""Of working time: a first answer that is due so soon cannot wait for a holder who has not given it."""


class Holders:
    """Gives tickets to agents and takes them back."""

    def __init__(
        self, database: Database, *, clock: Clock, content: Callable[[], Content], voice: Voice
    ) -> None:
        self._database = database
        self._clock = clock
        self._content = content
        self._voice = voice

    async def claim(self, number: TicketNumber, *, by: AgentId, name: str) -> Ticket:
        """Take a ticket; from now on the assistant is silent in its conversation."""

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            claimed = ticket.claim(by=by)
            if claimed is ticket:
                return ticket
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
            today = now.astimezone(RIGA).date()
            possible = await queues.possible_holders(
                work.connection, today=today, queue=ticket.queue
            )
            name = dict(possible).get(to)
            if name is None:
                raise TicketConflict(Obstacle.UNFIT)
            event = Event("handed_over", at=now, by=by, detail=f"{name} – {reason}", about=to)
            await records.save(work.connection, handed, event)
            await events.add_note(work.connection, number, text=reason, by=by, at=now)
            await self._introduce(work, held, number, name=name)
            return handed

        return await change(self._database, number, apply)

    async def move(self, number: TicketNumber, *, queue: str, reason: str, by: AgentId) -> Ticket:
        """Put a ticket into another queue, free to claim. The reason is a note; the resident is told nothing."""

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            moved = ticket.move(queue=queue, by=by)
            now = self._clock.now()
            name = self._content().queues.get(queue, queue)
            event = Event("moved", at=now, by=by, detail=f"{name} – {reason}", logged=queue)
            await records.save(work.connection, moved, event)
            await events.add_note(work.connection, number, text=reason, by=by, at=now)
            await set_mode(work, held)
            return moved

        return await change(self._database, number, apply)

    async def return_held_in_vain(self) -> int:
        """Return what absent and disabled agents hold, and what is due soon and still unanswered, to the queues.

        Whoever claimed a ticket when it was due soon already keeps it. Any number of workers may do this at once.
        """
        now, calendar = self._clock.now(), self._content().calendar
        near = calendar.after(now, working=NEAR)
        async with self._database.unit_of_work() as work:
            found = await holders.lock_held_in_vain(
                work.connection, today=now.astimezone(RIGA).date(), near=near
            )
            returned = [
                one
                for one in found
                if one.why is not Return.DEADLINE
                or calendar.after(one.claimed_at, working=NEAR) < one.ticket.answer_by
            ]
            for one in returned:
                held = await conversations.lock(work.connection, one.ticket.conversation)
                event = Event("returned", at=now, detail=one.why, logged=one.why)
                await records.save(work.connection, one.ticket.return_to_queue(), event)
                await set_mode(work, held)
            await work.commit()
        for one in returned:
            log.info("ticket.returned", ticket=one.ticket.number, reason=one.why)
        return len(returned)

    async def _introduce(
        self, work: UnitOfWork, held: StoredConversation, number: TicketNumber, *, name: str
    ) -> None:
        """Tell the resident who answers now; the assistant is silent from here on."""
        answer = Answer("staff.claimed", {"agent": name, "number": int(number)})
        await self._voice.say(work, held, [answer])
        state = replace(held.state.settled(), wanted="", topic="")
        await conversations.change(work.connection, held, state=state, mode=Mode.STAFF)
