"""What agents do to tickets, each as one transaction: the ticket, the conversation's mode and the messages together."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypedDict

import structlog

from actions.asking import choice
from actions.framing import about_ticket
from actions.rating import helped_question
from actions.tickets import about
from bot import metrics
from bot.content import Content
from bot.jobs import Jobs
from bot.outbox import WINDOW
from bot.rendering import Rendered, Speaker, fits_caption
from bot.storage import agents, ambassadors, audit, cases, conversations, messages, staff_files
from bot.storage import tickets as stored
from bot.storage.ambassadors import CaseRoute
from bot.storage.conversations import StoredConversation
from bot.storage.database import Database, UnitOfWork
from bot.storage.messages import NewOutbound
from bot.storage.staff_files import NewFile
from bot.storage.tickets import Event
from domain.answers import Answer, Choice, Value
from domain.conversation import ConversationState, Mode, Question
from domain.errors import TicketConflict
from domain.messages import AgentId, Channel, ConversationId, InboundId, StaffFileId
from domain.ports import Clock
from domain.relay import AmbassadorId, Reach
from domain.tickets import (
    Handoff,
    HandoffReason,
    Obstacle,
    Priority,
    Return,
    Ticket,
    TicketNumber,
)
from domain.urgency import Danger
from domain.working_hours import RIGA

log = structlog.get_logger()

SUBJECT_LENGTH = 120
"""Characters of the resident's words that the desk's list shows."""

LONGEST_COMMENT = 1000
"""Characters of a comment that are kept beside the stars; the message itself stays whole in the conversation."""

NEAR = timedelta(hours=1)
"""Of working time: a first answer that is due so soon cannot wait for a holder who has not given it."""

LARGEST_NUMBER = 2**63 - 1
"""PostgreSQL counts no further, and a press may carry any number."""


LATE_AHEAD = timedelta(minutes=30)
"""So long before the deadline of the first answer a ticket that nobody has claimed counts as late: at the deadline
itself the desk closes, and the resident would be told only on the next working day."""

_WINDOW_MARGIN = timedelta(minutes=10)
"""Nothing that may stay unsaid is sent so shortly before WhatsApp's window closes: closed, it would cost a template."""


def to_outbound(
    rendered: Rendered, *, agent: AgentId | None = None, reply_to: InboundId | None = None
) -> NewOutbound:
    """A rendered message as it is stored for delivery."""
    return NewOutbound(
        source=rendered.source,
        text=rendered.text,
        plain=rendered.plain,
        buttons=rendered.buttons,
        keys=rendered.keys,
        agent=agent,
        reply_to=reply_to,
    )


class TicketService:
    """Claims, answers, hands over, sorts, solves. Raises `TicketConflict` when somebody else was first."""

    def __init__(
        self,
        *,
        database: Database,
        jobs: Jobs,
        clock: Clock,
        content: Callable[[], Content],
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._clock = clock
        self._content = content

    async def claim(self, number: TicketNumber, *, by: AgentId, name: str) -> Ticket:
        """Take a ticket; from now on the assistant is silent in its conversation."""

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            claimed = ticket.claim(by=by)
            if claimed is ticket:
                return ticket
            await stored.save(work.connection, claimed, kind="claimed", at=self._clock.now(), by=by)
            await self._introduce(work, held, number, name=name)
            return claimed

        return await self._change(number, apply)

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
            if form and await stored.has_event(
                work.connection, number, kind="answered", detail=form
            ):
                return ticket
            now = self._clock.now()
            await self._answer(work, ticket, held, text, files, by=by)
            await stored.note_first_answer(work.connection, number, at=now)
            await stored.note_event(
                work.connection, number, kind="answered", detail=form, at=now, by=by
            )
            return ticket

        return await self._change(number, apply)

    async def note(self, number: TicketNumber, *, text: str, by: AgentId, form: str = "") -> None:
        """Add an internal note; anyone at the desk may, whoever holds the ticket. `form` as in `answer`."""
        async with self._database.unit_of_work() as work:
            await _lock(work, number)
            if form and await stored.has_event(work.connection, number, kind="noted", detail=form):
                return
            now = self._clock.now()
            await stored.add_note(work.connection, number, text=text, by=by, at=now)
            await stored.note_event(
                work.connection, number, kind="noted", detail=form, at=now, by=by
            )
            await work.commit()

    async def give_back(self, number: TicketNumber, *, by: AgentId) -> Ticket:
        """Return a claimed ticket to its queue; the assistant may speak again while it waits."""

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            returned = ticket.give_back(by=by)
            await stored.save(
                work.connection, returned, kind="given_back", at=self._clock.now(), by=by
            )
            await _set_mode(work, held)
            return returned

        return await self._change(number, apply)

    async def take_from(self, agent: AgentId, *, by: AgentId) -> None:
        """Return every ticket that an agent holds to its queue, because somebody shut that agent out."""

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            returned = ticket.give_back(by=agent)
            await stored.save(
                work.connection, returned, kind="given_back", at=self._clock.now(), by=by
            )
            await _set_mode(work, held)
            return returned

        async with self._database.reading() as connection:
            held = await stored.held_by(connection, agent)
        for number in held:
            with suppress(TicketConflict):  # finished or erased meanwhile
                await self._change(number, apply)

    async def return_held_in_vain(self) -> int:
        """Return what absent and disabled agents hold, and what is due soon and still unanswered, to the queues.

        Whoever claimed a ticket when it was due soon already keeps it. Any number of workers may do this at once.
        """
        now, calendar = self._clock.now(), self._content().calendar
        near = calendar.after(now, working=NEAR)
        async with self._database.unit_of_work() as work:
            found = await cases.lock_held_in_vain(
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
                await stored.save_state(work.connection, one.ticket.return_to_queue(), event)
                await _set_mode(work, held)
            await work.commit()
        for one in returned:
            log.info("ticket.returned", ticket=one.ticket.number, reason=one.why)
        return len(returned)

    async def hand_over(
        self, number: TicketNumber, *, to: AgentId, reason: str, by: AgentId
    ) -> Ticket:
        """Give a ticket to a colleague who can take it. The reason is a note; the resident learns who answers now."""

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            handed = ticket.hand_over(to=to, by=by)
            now = self._clock.now()
            today = now.astimezone(RIGA).date()
            possible = await agents.possible_holders(
                work.connection, today=today, queue=ticket.queue
            )
            name = dict(possible).get(to)
            if name is None:
                raise TicketConflict(Obstacle.UNFIT)
            event = Event("handed_over", at=now, by=by, detail=f"{name} – {reason}", about=to)
            await stored.save_state(work.connection, handed, event)
            await stored.add_note(work.connection, number, text=reason, by=by, at=now)
            await self._introduce(work, held, number, name=name)
            return handed

        return await self._change(number, apply)

    async def move(self, number: TicketNumber, *, queue: str, reason: str, by: AgentId) -> Ticket:
        """Put a ticket into another queue, free to claim. The reason is a note; the resident is told nothing."""

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            moved = ticket.move(queue=queue, by=by)
            now = self._clock.now()
            name = self._content().queues.get(queue, queue)
            event = Event("moved", at=now, by=by, detail=f"{name} – {reason}", logged=queue)
            await stored.save_state(work.connection, moved, event)
            await stored.add_note(work.connection, number, text=reason, by=by, at=now)
            await _set_mode(work, held)
            return moved

        return await self._change(number, apply)

    async def describe(
        self,
        number: TicketNumber,
        *,
        by: AgentId,
        subject: str | None = None,
        priority: Priority | None = None,
        tags: tuple[str, ...] | None = None,
    ) -> Ticket:
        """Say what a ticket is about, how much it matters, and its tags; None leaves something as it is."""
        async with self._database.unit_of_work() as work:
            ticket = await _lock(work, number)
            now = self._clock.now()
            if subject is not None and (renamed := ticket.rename(subject)) != ticket:
                ticket = renamed
                event = Event("renamed", at=now, by=by, detail=renamed.subject)
                await stored.save_details(work.connection, ticket, event)
            if priority is not None and (weighed := ticket.prioritize(priority)) != ticket:
                ticket = weighed
                event = Event("prioritized", at=now, by=by, detail=priority, logged=priority)
                await stored.save_details(work.connection, ticket, event)
            if tags is not None and (tagged := ticket.tag(tags)) != ticket:
                ticket = tagged
                event = Event("tagged", at=now, by=by, detail=", ".join(tags))
                await stored.save_details(work.connection, ticket, event)
            await work.commit()
        return ticket

    async def merge(self, number: TicketNumber, *, into: TicketNumber, by: AgentId) -> Ticket:
        """Close a ticket because another one of the same resident is about the same; that one takes over its notes."""
        async with self._database.unit_of_work() as work:
            ticket, other = await _lock_both(work, number, into)
            merged = ticket.merge_into(other, by=by)
            others = await cases.others_of_resident(work.connection, number)
            if into not in {one.number for one in others}:
                raise TicketConflict(Obstacle.OTHER_RESIDENT)
            held = await conversations.lock(work.connection, ticket.conversation)
            now = self._clock.now()
            closed = Event("merged", at=now, by=by, detail=str(into), logged=str(into))
            grown = Event("absorbed", at=now, by=by, detail=str(number), logged=str(number))
            await stored.save_state(work.connection, merged, closed)
            await stored.save_details(work.connection, other.absorb(ticket), grown)
            await cases.forward_merged(work.connection, number, to=into)
            await _set_mode(work, held)
            await work.commit()
        log.info("ticket.changed", ticket=number, state=merged.state)
        return merged

    async def link(self, number: TicketNumber, *, other: TicketNumber, by: AgentId) -> None:
        """Note that two tickets, of whichever residents, have to do with each other. Again changes nothing."""
        async with self._database.unit_of_work() as work:
            await _lock_both(work, number, other)
            if await cases.link(work.connection, number, other):
                await self._note_both(work, number, other, "linked", "linked", by=by)
            await work.commit()

    async def unlink(self, number: TicketNumber, *, other: TicketNumber, by: AgentId) -> None:
        """Take a link away. Again changes nothing."""
        async with self._database.unit_of_work() as work:
            await _lock_both(work, number, other)
            if await cases.unlink(work.connection, number, other):
                await self._note_both(work, number, other, "unlinked", "unlinked", by=by)
            await work.commit()

    async def split(self, number: TicketNumber, *, queue: str, subject: str, by: AgentId) -> Ticket:
        """Open another ticket for the same conversation, linked and free to claim: about another matter.

        The same subject into the same queue again gives the one that was made first.
        """
        async with self._database.unit_of_work() as work:
            ticket = await _lock(work, number)
            ticket.must_be_within_reach(by)
            subject = " ".join(subject.split())
            found = await cases.find_split(work.connection, ticket, queue=queue, subject=subject)
            if found is not None:
                return found
            now, calendar = self._clock.now(), self._content().calendar
            crisis = ticket.reason is HandoffReason.CRISIS
            made = await stored.insert_ticket(
                work.connection,
                conversation=ticket.conversation,
                reason=HandoffReason.ASKED if crisis else ticket.reason,
                opened_at=now,
                answer_by=calendar.deadline(now, working_days=calendar.first_answer_days),
                solve_by=calendar.deadline(now, working_days=calendar.solution_days),
                queue=queue,
                topic="",
                subject=subject,
                main=False,
            )
            await cases.inherit(work.connection, made.number, of=number)
            await cases.link(work.connection, number, made.number)
            await self._note_both(work, number, made.number, "split", "split_from", by=by)
            await _set_mode(work, await conversations.lock(work.connection, ticket.conversation))
            await work.commit()
        metrics.TICKETS_OPENED.labels(made.reason).inc()
        log.info("ticket.opened", ticket=made.number, reason=made.reason)
        return made

    async def solve(self, number: TicketNumber, *, by: AgentId) -> Ticket:
        """Finish: the assistant takes the conversation back and asks whether it helped.

        Outside WhatsApp's window it asks when the resident writes again: a question is not worth a template. It never
        asks while a colleague talks with the resident about another matter.
        """

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            solved = ticket.solve(by=by)
            await stored.save(work.connection, solved, kind="solved", at=self._clock.now(), by=by)
            mode = await stored.mode_in(work.connection, held.id)
            if mode is Mode.STAFF:
                await conversations.change(work.connection, held, state=held.state, mode=mode)
                return solved
            state = ConversationState(
                introduced=True, language=held.state.language, finished=int(number)
            )
            if self._can_say_freely(held):
                offered = await self._say(work, held, [helped_question(number)])
                state = replace(
                    state, offered=offered, question=Question.HELPED, subject=str(number)
                )
            else:
                state = replace(state, unasked=int(number))
            await conversations.change(work.connection, held, state=state, mode=mode)
            return solved

        return await self._change(number, apply)

    async def close_silent(self, *, before: datetime) -> int:
        """Close tickets solved before a moment to which the resident never said whether it helped."""
        async with self._database.unit_of_work() as work:
            silent = await stored.long_solved(work.connection, before=before)
            for ticket in silent:
                await stored.save(
                    work.connection,
                    ticket.confirm(),
                    kind="closed_silent",
                    at=self._clock.now(),
                    by=None,
                )
            await work.commit()
        return len(silent)

    async def tell_late(self) -> int:
        """Tell residents, while staff are at work, that the first answer is late; how many were told.

        Any number of processes may do this at once: a ticket is locked, told of and marked in one transaction.
        """
        told = 0
        while self._content().calendar.is_open(self._clock.now()) and await self._tell_one_late():
            told += 1
        return told

    async def _tell_one_late(self) -> bool:
        now = self._clock.now()
        async with self._database.unit_of_work() as work:
            ticket = await stored.lock_late(
                work.connection,
                due_before=now + LATE_AHEAD,
                told_ahead=LATE_AHEAD,
                heard_since=now - WINDOW + _WINDOW_MARGIN,
            )
            if ticket is None:
                return False
            held = await conversations.find(work.connection, ticket.conversation)
            await self._say(work, held, [about("staff.late", ticket)])
            await stored.note_late_told(work.connection, ticket.number, at=now)
            await work.commit()
        log.info("ticket.late_told", ticket=ticket.number)
        return True

    def _can_say_freely(self, held: StoredConversation) -> bool:
        """Whether a message would leave at once, and not wait for the resident to write."""
        if held.channel is not Channel.WHATSAPP:
            return True
        heard = held.last_inbound_at
        return heard is not None and self._clock.now() - heard < WINDOW - _WINDOW_MARGIN

    async def _change(
        self,
        number: TicketNumber,
        apply: Callable[[UnitOfWork, Ticket, StoredConversation], Awaitable[Ticket]],
    ) -> Ticket:
        async with self._database.unit_of_work() as work:
            ticket = await _lock(work, number)
            held = await conversations.lock(work.connection, ticket.conversation)
            changed = await apply(work, ticket, held)
            await work.commit()
        log.info("ticket.changed", ticket=number, state=changed.state)
        return changed

    async def _introduce(
        self, work: UnitOfWork, held: StoredConversation, number: TicketNumber, *, name: str
    ) -> None:
        """Tell the resident who answers now; the assistant is silent from here on."""
        answer = Answer("staff.claimed", {"agent": name, "number": int(number)})
        await self._say(work, held, [answer])
        state = replace(held.state.settled(), wanted="", topic="")
        await conversations.change(work.connection, held, state=state, mode=Mode.STAFF)

    async def _note_both(
        self,
        work: UnitOfWork,
        one: TicketNumber,
        other: TicketNumber,
        of_one: str,
        of_other: str,
        *,
        by: AgentId,
    ) -> None:
        """Add to the histories of two tickets, each naming the other."""
        now = self._clock.now()
        for number, related, kind in ((one, other, of_one), (other, one, of_other)):
            event = Event(kind, at=now, by=by, detail=str(related), logged=str(related))
            await stored.note(work.connection, number, event)

    async def _say(
        self, work: UnitOfWork, held: StoredConversation, answers: Sequence[Answer]
    ) -> tuple[Choice, ...]:
        """Say something of the assistant's; about a relayed case its ambassador hears it, in other words."""
        speaker = Speaker(self._content())
        route = await ambassadors.route_of(work.connection, held.id)
        if route is None:
            said = (*about_ticket(answers, held.state.language), *answers)
            rendered = [to_outbound(part) for part in speaker.say(held.channel, said)]
            await self._queue(work, held.id, rendered)
        else:
            told = [_for_ambassador(answer, route) for answer in answers]
            await self._tell_ambassador(work, held, route, told)
        return speaker.offered(answers)

    async def _answer(
        self,
        work: UnitOfWork,
        ticket: Ticket,
        held: StoredConversation,
        text: str,
        files: Sequence[NewFile],
        *,
        by: AgentId,
    ) -> None:
        """Send an agent's words to the resident; those about a relayed case to whom they were promised."""
        kept = await self._keep(work, ticket, files, by=by)
        route = await ambassadors.route_of(work.connection, held.id)
        if route is None:
            said = self._say_as_agent(held.channel, text, kept, by=by)
            await self._queue(work, held.id, said)
            return
        if route.resident is not None:
            reader = await conversations.find(work.connection, route.resident)
            framed = Speaker(self._content()).say(reader.channel, [_for_person(route)])
            said = self._say_as_agent(reader.channel, text, kept, by=by)
            said = [*map(to_outbound, framed), *said]
            await self._queue(work, held.id, said, deliver_to=reader.id)
        if route.resident is None or route.reach is Reach.BOTH:
            await self._tell_ambassador(work, held, route, [_to_pass_on(route)])
            said = self._say_as_agent(held.channel, text, kept, by=by)
            await self._queue(work, held.id, said, deliver_to=route.ambassador)

    def _say_as_agent(
        self, channel: Channel, text: str, files: Sequence[StaffFileId], *, by: AgentId
    ) -> list[NewOutbound]:
        """The words with the files after them; short words become the caption of the first."""
        rendered = Speaker(self._content()).say_as_agent(channel, text)
        said = [to_outbound(part, agent=by) for part in rendered]
        bare = [NewOutbound(source="", text="", plain="", agent=by, file=file) for file in files]
        if not bare or len(said) != 1:
            return [*said, *bare]
        if fits_caption(channel, text=said[0].text, plain=said[0].plain):
            return [replace(said[0], file=files[0]), *bare[1:]]
        return [*said, *bare]

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

    async def _tell_ambassador(
        self,
        work: UnitOfWork,
        held: StoredConversation,
        route: CaseRoute,
        answers: Sequence[Answer],
    ) -> None:
        """Say something in the ambassador's own conversation, whatever is going on there."""
        speaker = Speaker(self._content())
        rendered = [to_outbound(part) for part in speaker.say(held.channel, answers)]
        await self._queue(work, held.id, rendered, deliver_to=route.ambassador)
        if route.ambassador is None or not (offered := speaker.offered(answers)):
            return
        own = await conversations.lock(work.connection, route.ambassador)
        if own.state.relay is None and own.mode is not Mode.STAFF:
            state = replace(own.state.settled(), offered=offered, **_asked(route, answers))
            await conversations.change(work.connection, own, state=state)

    async def _queue(
        self,
        work: UnitOfWork,
        conversation: ConversationId,
        said: Sequence[NewOutbound],
        *,
        deliver_to: ConversationId | None = None,
    ) -> None:
        await messages.store_outbound(
            work.connection,
            conversation,
            [replace(one, deliver_to=deliver_to) for one in said],
            at=self._clock.now(),
        )
        await self._jobs.queue_delivery(work, conversation)


class _Open(TypedDict, total=False):
    question: Question
    subject: str


def _asked(route: CaseRoute, answers: Sequence[Answer]) -> _Open:
    """What a yes or no of the ambassador answers from now on."""
    if any(answer.key == "relay.helped" for answer in answers):
        return {"question": Question.HELPED, "subject": str(route.number)}
    return {}


def _told(route: CaseRoute) -> dict[str, Value]:
    return {"person": route.person, "number": int(route.number)}


def _to_pass_on(route: CaseRoute) -> Answer:
    return Answer("relay.pass_on", _told(route), (choice("case_add", route.number),))


def _for_person(route: CaseRoute) -> Answer:
    told: dict[str, Value] = {"ambassador": route.ambassador_name, "number": int(route.number)}
    return Answer("relay.for_you", told)


def _for_ambassador(answer: Answer, route: CaseRoute) -> Answer:
    """The same, said to the ambassador of a case: the assistant goes on speaking with them."""
    key = _OF_CASES.get(answer.key)
    if key is None:
        return answer
    return replace(answer, key=key, values={**answer.values, **_told(route)})


_OF_CASES = {
    "staff.claimed": "relay.claimed",
    "helped.ask": "relay.helped",
    "staff.late": "relay.late",
}


async def _lock(work: UnitOfWork, number: TicketNumber) -> Ticket:
    ticket = await stored.lock(work.connection, number)
    if ticket is None:
        raise TicketConflict(Obstacle.MISSING)
    return ticket


async def _lock_both(
    work: UnitOfWork, one: TicketNumber, other: TicketNumber
) -> tuple[Ticket, Ticket]:
    """Two tickets; the same one twice is a ticket that has nothing to do with itself."""
    if one == other:
        raise TicketConflict(Obstacle.SAME_TICKET)
    first, second = await stored.lock_both(work.connection, one, other)
    if first is None or second is None:
        raise TicketConflict(Obstacle.MISSING)
    return first, second


async def _set_mode(work: UnitOfWork, held: StoredConversation) -> None:
    """Who speaks in a conversation once its tickets have changed; nothing else about it changes."""
    mode = await stored.mode_in(work.connection, held.id)
    await conversations.change(work.connection, held, state=held.state, mode=mode)


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
        """The ticket that is new, claimed or solved, if there is one."""
        return await stored.open_in(self._work.connection, self._conversation)

    async def latest(self) -> Sequence[Ticket]:
        """The conversation's tickets, newest first."""
        return await stored.latest_in(self._work.connection, self._conversation)

    async def open(self, handoff: Handoff) -> Ticket:
        """Open a ticket with deadlines from the working calendar and set the conversation waiting."""
        calendar = self._content.calendar
        ticket = await stored.insert_ticket(
            self._work.connection,
            conversation=handoff.conversation,
            reason=handoff.reason,
            opened_at=self._now,
            answer_by=calendar.deadline(self._now, working_days=calendar.first_answer_days),
            solve_by=calendar.deadline(self._now, working_days=calendar.solution_days),
            queue=self._content.topic_queue(handoff.topic),
            topic=handoff.topic,
            subject=await self._about(),
        )
        self.mode = Mode.WAITING
        metrics.TICKETS_OPENED.labels(handoff.reason).inc()
        log.info("ticket.opened", ticket=ticket.number, reason=handoff.reason)
        return ticket

    async def _wait_in(self, conversation: ConversationId) -> None:
        """A ticket waits again: in this conversation, or in that of a case."""
        if conversation == self._conversation:
            self.mode = Mode.WAITING
        else:
            await conversations.set_mode(self._work.connection, conversation, Mode.WAITING)

    async def _about(self) -> str:
        """What the resident asked; „cilvēks” alone says nothing, so then it is the question before it."""
        about = self._words
        if not self._is_question:
            asked = await messages.last_question(self._work.connection, self._conversation)
            about = asked or self._words
        return about[:SUBJECT_LENGTH]

    async def find(self, number: TicketNumber) -> Ticket | None:
        """A ticket of this conversation, or a case of its ambassador, by its number."""
        if number > LARGEST_NUMBER:
            return None
        found = await stored.lock(self._work.connection, number)
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
        ticket = await self.open_one()
        if ticket is not None:
            await stored.note_event(
                self._work.connection, ticket.number, kind="urgent", detail=danger, at=self._now
            )

    async def rate(self, ticket: Ticket, *, stars: int) -> None:
        """Store the stars that the resident gives."""
        await stored.rate(self._work.connection, ticket.number, stars=stars, at=self._now)

    async def comment(self, ticket: Ticket, *, words: str) -> None:
        """Store what the resident adds to their stars."""
        words = words[:LONGEST_COMMENT]
        await stored.comment(self._work.connection, ticket.number, words=words, at=self._now)

    async def save(self, ticket: Ticket, *, helped: bool = True) -> Ticket:
        """Store a ticket that the resident closed, or reopened (then with a new deadline)."""
        reopened = ticket.state == "new"
        if reopened:
            calendar = self._content.calendar
            deadline = calendar.deadline(self._now, working_days=calendar.first_answer_days)
            ticket = replace(ticket, answer_by=deadline)
            await self._wait_in(ticket.conversation)
        kind = "reopened" if reopened else "confirmed" if helped else "closed_unhelped"
        await stored.save(self._work.connection, ticket, kind=kind, at=self._now, by=None)
        return ticket
