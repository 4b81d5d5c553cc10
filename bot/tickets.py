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
from bot.storage import ambassadors, audit, conversations, messages, staff_files
from bot.storage import tickets as stored
from bot.storage.ambassadors import CaseRoute
from bot.storage.conversations import StoredConversation
from bot.storage.database import Database, UnitOfWork
from bot.storage.messages import NewOutbound
from bot.storage.staff_files import NewFile
from domain.answers import Answer, Choice, Value
from domain.conversation import ConversationState, Mode, Question
from domain.errors import TicketConflict
from domain.messages import AgentId, Channel, ConversationId, InboundId, StaffFileId
from domain.ports import Clock
from domain.relay import AmbassadorId, Reach
from domain.tickets import Handoff, Ticket, TicketNumber
from domain.urgency import Danger

log = structlog.get_logger()

SUBJECT_LENGTH = 120
"""Characters of the resident's words that the desk's list shows."""

LONGEST_COMMENT = 1000
"""Characters of a comment that are kept beside the stars; the message itself stays whole in the conversation."""

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
    """Claims, answers, notes, gives back, solves. Raises `TicketConflict` when somebody else was first."""

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
            claimed_by: dict[str, Value] = {"agent": name, "number": int(number)}
            await self._say(work, held, [Answer("staff.claimed", claimed_by)])
            state = replace(held.state.settled(), wanted="", topic="")
            await conversations.change(work.connection, held, state=state, mode=Mode.STAFF)
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
            ticket = await stored.lock(work.connection, number)
            if ticket is None:
                missing = "no such ticket"
                raise TicketConflict(missing)
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
            await conversations.change(work.connection, held, state=held.state, mode=Mode.WAITING)
            return returned

        return await self._change(number, apply)

    async def take_from(self, agent: AgentId, *, by: AgentId) -> None:
        """Return every ticket that an agent holds to its queue, because somebody shut that agent out."""

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            returned = ticket.give_back(by=agent)
            await stored.save(
                work.connection, returned, kind="given_back", at=self._clock.now(), by=by
            )
            await conversations.change(work.connection, held, state=held.state, mode=Mode.WAITING)
            return returned

        async with self._database.reading() as connection:
            held = await stored.held_by(connection, agent)
        for number in held:
            with suppress(TicketConflict):  # finished or erased meanwhile
                await self._change(number, apply)

    async def solve(self, number: TicketNumber, *, by: AgentId) -> Ticket:
        """Finish: the assistant takes the conversation back and asks whether it helped.

        Outside WhatsApp's window it does not ask: a question is not worth a template.
        """

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            solved = ticket.solve(by=by)
            await stored.save(work.connection, solved, kind="solved", at=self._clock.now(), by=by)
            state = ConversationState(
                introduced=True, language=held.state.language, finished=int(number)
            )
            if self._can_say_freely(held):
                offered = await self._say(work, held, [helped_question(number)])
                state = replace(
                    state, offered=offered, question=Question.HELPED, subject=str(number)
                )
            await conversations.change(work.connection, held, state=state, mode=Mode.BOT)
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
            ticket = await stored.lock(work.connection, number)
            if ticket is None:
                missing = "no such ticket"
                raise TicketConflict(missing)
            held = await conversations.lock(work.connection, ticket.conversation)
            changed = await apply(work, ticket, held)
            await work.commit()
        log.info("ticket.changed", ticket=number, state=changed.state)
        return changed

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
