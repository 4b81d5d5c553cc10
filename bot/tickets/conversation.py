"""What the assistant and the resident do to the tickets of their own conversation."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot import metrics
from bot.content import Content, queue_for
from bot.content.catalogue import GENERAL
from bot.storage import ambassadors, conversations, messages
from bot.storage.database import UnitOfWork
from bot.storage.tickets import events, outcomes, records, relations
from bot.storage.tickets.events import Event
from domain.conversation import Mode
from domain.messages import ConversationId
from domain.relay import AmbassadorId
from domain.tickets import LONGEST_SUBJECT, Handoff, Ticket, TicketNumber
from domain.urgency import Danger

log = structlog.get_logger()

LONGEST_COMMENT = 1000
"""Characters of a comment that are kept beside the stars; the message itself stays whole in the conversation."""


class ConversationTickets:
    """The tickets of one conversation inside a turn's transaction: the `Tickets` port."""

    def __init__(
        self,
        work: UnitOfWork,
        *,
        conversation: ConversationId,
        content: Content,
        now: datetime,
        words: str,
        is_question: bool,
        ambassador: AmbassadorId | None = None,
    ) -> None:
        self._work = work
        self._conversation = conversation
        self._ambassador = ambassador
        self._content = content
        self._now = now
        self._words = words
        self._is_question = is_question
        self.mode: Mode | None = None
        """The mode that the conversation must take because of what happened here."""

    async def open_one(self) -> Ticket | None:
        """The ticket that is new or claimed, if there is one."""
        return await records.open_in(
            self._work.connection, self._conversation, states=records.TO_DO
        )

    async def leave_solved(self) -> Ticket | None:
        """Close the main ticket that is solved; the resident did not say whether it helped."""
        solved = await records.solved_main_in(self._work.connection, self._conversation)
        if solved is not None:
            event = Event("closed_for_next", at=self._now)
            await records.save(self._work.connection, solved.confirm(), event)
        return solved

    async def latest(self) -> Sequence[Ticket]:
        """The conversation's tickets, newest first."""
        return await records.latest_in(self._work.connection, self._conversation)

    async def open(self, handoff: Handoff) -> Ticket:
        """Open a ticket with deadlines from the working calendar and set the conversation waiting."""
        calendar, about = self._content.calendar, await self._about(is_wish=handoff.is_wish)
        ticket = await records.insert_ticket(
            self._work.connection,
            conversation=handoff.conversation,
            reason=handoff.reason,
            opened_at=self._now,
            answer_by=calendar.answer_by(self._now),
            solve_by=calendar.solve_by(self._now),
            queue=handoff.queue
            or queue_for(self._content, handoff.topic, words=about, place=handoff.place),
            topic=handoff.topic,
            subject=handoff.subject[:LONGEST_SUBJECT] or about,
            main=handoff.main,
        )
        if not handoff.main:
            await self._link_to_main(ticket)
        self.mode = Mode.WAITING
        metrics.TICKETS_OPENED.labels(handoff.reason).inc()
        log.info("ticket.opened", ticket=ticket.number, reason=handoff.reason)
        return ticket

    async def _link_to_main(self, ticket: Ticket) -> None:
        """Let staff see from the conversation's main ticket the one beside it, and back."""
        main = await self.open_one()
        if main is None or not main.main:
            return
        await relations.link(self._work.connection, main.number, ticket.number)
        for one, other in ((main, ticket), (ticket, main)):
            event = Event("linked", at=self._now, detail=str(other.number))
            await events.note(self._work.connection, one.number, event)

    async def _wait_in(self, conversation: ConversationId) -> None:
        """A ticket waits again: in this conversation, or in that of a case."""
        if conversation == self._conversation:
            self.mode = Mode.WAITING
        else:
            await conversations.set_mode(self._work.connection, conversation, Mode.WAITING)

    async def _about(self, *, is_wish: bool) -> str:
        """What the resident asked; „cilvēks” alone says nothing, so then it is the question before it."""
        about = self._words
        if is_wish or not self._is_question:
            asked = await messages.last_question(self._work.connection, self._conversation)
            about = asked or self._words
        return about[:LONGEST_SUBJECT]

    async def find(self, number: TicketNumber) -> Ticket | None:
        """A ticket of this conversation, or a case of its ambassador, by its number."""
        if number > records.LARGEST_NUMBER:
            return None
        found = await records.lock(self._work.connection, number)
        return found if found and await self._is_ours(found) else None

    async def _is_ours(self, ticket: Ticket) -> bool:
        if ticket.conversation == self._conversation:
            return True
        if self._ambassador is None:
            return False
        return bool(
            await ambassadors.case_of(self._work.connection, self._ambassador, ticket.number)
        )

    async def note_urgent(self, danger: Danger) -> None:
        """Mark the open ticket, if there is one: the desk shows it, whoever holds it."""
        await self._note_danger("urgent", danger)

    async def note_numbers_told(self, danger: Danger) -> None:
        """Note in its story that the assistant spoke although a person leads the conversation."""
        await self._note_danger("urgent_told", danger)

    async def _note_danger(self, kind: str, danger: Danger) -> None:
        ticket = await records.open_in(self._work.connection, self._conversation)
        if ticket is not None:
            await events.note_event(
                self._work.connection, ticket.number, kind=kind, detail=danger, at=self._now
            )

    async def name_by_words(
        self, ticket: Ticket, words: str, *, topic: str = "", place: str = ""
    ) -> None:
        """Make words of the resident what a ticket is about; when empty, all that was just written.

        One that is in the queue for everything goes to whoever answers that `topic`, or serves the `place`.
        """
        subject = " ".join((words or self._words).split())[:LONGEST_SUBJECT]
        topic, queue = ticket.topic or topic, ticket.queue
        if queue == GENERAL:
            queue = queue_for(self._content, topic, words=subject, place=place)
        named = replace(ticket, subject=subject, first_words=subject, topic=topic, queue=queue)
        event = Event("named", at=self._now, detail=subject)
        await records.save_details(self._work.connection, named, event)
        if queue != ticket.queue:
            routed = Event("routed", at=self._now, detail=self._content.queues[queue])
            await events.note(self._work.connection, ticket.number, routed)

    async def rate(self, ticket: Ticket, *, stars: int) -> None:
        """Store the stars that the resident gives."""
        await outcomes.rate(self._work.connection, ticket.number, stars=stars, at=self._now)

    async def comment(self, ticket: Ticket, *, words: str) -> None:
        """Store what the resident adds to their stars."""
        words = words[:LONGEST_COMMENT]
        await outcomes.comment(self._work.connection, ticket.number, words=words, at=self._now)

    async def save(self, ticket: Ticket, *, helped: bool = True) -> Ticket:
        """Store a ticket that the resident closed, or reopened (then with new deadlines)."""
        reopened = ticket.state == "new"
        if reopened:
            calendar, now = self._content.calendar, self._now
            ticket = replace(
                ticket, answer_by=calendar.answer_by(now), solve_by=calendar.solve_by(now)
            )
            await self._wait_in(ticket.conversation)
        kind = "reopened" if reopened else "confirmed" if helped else "closed_unhelped"
        await records.save(self._work.connection, ticket, Event(kind, at=self._now))
        return ticket
