"""Tickets and other tickets: merged, linked, split off."""

from collections.abc import Callable

import structlog

from bot import metrics
from bot.content import Content
from bot.storage import conversations, persons
from bot.storage.database import Database, UnitOfWork
from bot.storage.tickets import events, records, relations
from bot.storage.tickets.events import Event
from bot.tickets.endings import pass_on
from bot.tickets.transactions import lock, lock_both, set_mode
from bot.tickets.voice import Voice
from domain.conversation import Mode
from domain.errors import TicketConflict
from domain.messages import AgentId
from domain.persons import Sameness
from domain.ports import Clock
from domain.tickets import HandoffReason, Obstacle, Ticket, TicketNumber

log = structlog.get_logger()


class Relations:
    """Ties tickets together and takes them apart."""

    def __init__(
        self, database: Database, *, clock: Clock, content: Callable[[], Content], voice: Voice
    ) -> None:
        self._database = database
        self._clock = clock
        self._content = content
        self._voice = voice

    async def merge(self, number: TicketNumber, *, into: TicketNumber, by: AgentId) -> Ticket:
        """Close a ticket because another one of the same resident is about the same; that one takes over its notes."""
        async with self._database.unit_of_work() as work:
            await persons.hold(work.connection)
            ticket, other = await lock_both(work, number, into)
            merged = ticket.merge_into(other, by=by)
            others = await relations.others_of_resident(work.connection, number)
            if into not in {one.number for one in others}:
                raise TicketConflict(Obstacle.OTHER_RESIDENT)
            held = await conversations.lock(work.connection, ticket.conversation)
            now = self._clock.now()
            closed = Event("merged", at=now, by=by, detail=str(into), logged=str(into))
            grown = Event("absorbed", at=now, by=by, detail=str(number), logged=str(number))
            await records.save(work.connection, merged, closed)
            await records.save_details(work.connection, other.absorb(ticket), grown)
            await relations.forward_merged(work.connection, number, to=into)
            if held.mode is Mode.STAFF:
                await pass_on(work, held, voice=self._voice)
            else:
                await set_mode(work, held)
            await work.commit()
        log.info("ticket.changed", ticket=number, state=merged.state)
        return merged

    async def link(self, number: TicketNumber, *, other: TicketNumber, by: AgentId) -> None:
        """Note that two tickets, of whichever residents, have to do with each other. Again changes nothing."""
        async with self._database.unit_of_work() as work:
            await lock_both(work, number, other)
            if await relations.link(work.connection, number, other):
                await self._note_both(work, number, other, "linked", "linked", by=by)
            await work.commit()

    async def unlink(self, number: TicketNumber, *, other: TicketNumber, by: AgentId) -> None:
        """Take a link away. Again changes nothing."""
        async with self._database.unit_of_work() as work:
            await lock_both(work, number, other)
            if await relations.unlink(work.connection, number, other):
                await self._note_both(work, number, other, "unlinked", "unlinked", by=by)
            await work.commit()

    async def join(
        self, number: TicketNumber, *, other: TicketNumber, why: Sameness, by: AgentId
    ) -> None:
        """Note that the contacts of two tickets are one person. Again changes nothing.

        Staff see them together and may merge their tickets; what residents are told, and erase, stays apart.
        """
        async with self._database.unit_of_work() as work:
            await persons.lock(work.connection)
            await lock_both(work, number, other)
            one, two = await self._contact(work, number), await self._contact(work, other)
            if await persons.join(work.connection, one, two):
                await self._note_both(work, number, other, "joined", "joined", by=by, why=why)
            await work.commit()

    async def part(self, number: TicketNumber, *, other: TicketNumber, by: AgentId) -> None:
        """Note that the contact of `other` is not the person of a ticket. Again changes nothing.

        What was merged between that contact and the person's others waits for an answer of its own again.
        """
        async with self._database.unit_of_work() as work:
            await persons.lock(work.connection)
            two = await self._contact(work, other)
            merged = await relations.merged_across(work.connection, two)
            await lock_both(work, number, other, more=merged)
            one = await self._contact(work, number)
            if await persons.are_joined(work.connection, one, two):
                now, calendar = self._clock.now(), self._content().calendar
                await relations.release(work.connection, merged, at=now, calendar=calendar, by=by)
                await persons.leave(work.connection, two)
                await self._note_both(work, number, other, "parted", "parted", by=by)
            await work.commit()

    async def _contact(self, work: UnitOfWork, number: TicketNumber) -> int:
        contact = await persons.contact_of(work.connection, number)
        if contact is None:
            raise TicketConflict(Obstacle.MISSING)
        return contact

    async def split(self, number: TicketNumber, *, queue: str, subject: str, by: AgentId) -> Ticket:
        """Open another ticket for the same conversation, linked and free to claim: about another matter.

        The same subject into the same queue again gives the one that was made first.
        """
        async with self._database.unit_of_work() as work:
            ticket = await lock(work, number)
            ticket.must_be_within_reach(by)
            subject = " ".join(subject.split())
            found = await relations.find_split(
                work.connection, ticket, queue=queue, subject=subject
            )
            if found is not None:
                return found
            now, calendar = self._clock.now(), self._content().calendar
            crisis = ticket.reason is HandoffReason.CRISIS
            made = await records.insert_ticket(
                work.connection,
                conversation=ticket.conversation,
                reason=HandoffReason.ASKED if crisis else ticket.reason,
                opened_at=now,
                answer_by=calendar.answer_by(now),
                solve_by=calendar.solve_by(now),
                queue=queue,
                topic="",
                subject=subject,
                main=False,
            )
            await relations.inherit(work.connection, made.number, of=number)
            await relations.link(work.connection, number, made.number)
            await self._note_both(work, number, made.number, "split", "split_from", by=by)
            await set_mode(work, await conversations.lock(work.connection, ticket.conversation))
            await work.commit()
        metrics.TICKETS_OPENED.labels(made.reason).inc()
        log.info("ticket.opened", ticket=made.number, reason=made.reason)
        return made

    async def _note_both(
        self,
        work: UnitOfWork,
        one: TicketNumber,
        other: TicketNumber,
        of_one: str,
        of_other: str,
        *,
        by: AgentId,
        why: str = "",
    ) -> None:
        """Add to the histories of two tickets, each naming the other."""
        now = self._clock.now()
        for number, related, kind in ((one, other, of_one), (other, one, of_other)):
            detail = f"{related} {why}".strip()
            event = Event(kind, at=now, by=by, detail=detail, logged=detail)
            await events.note(work.connection, number, event)
