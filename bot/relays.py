"""Relayed cases and one-time codes inside a turn's transaction: the ports `Relays` and `Invitations` over our tables.

Each case has a conversation of its own, so an ambassador may have many open ones, a claim silences only the case, and
what the person said is kept apart from what the ambassador says for themselves.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot import metrics
from bot.content import Content, queue_for
from bot.storage import ambassadors as stored
from bot.storage import audit, conversations, messages
from bot.storage import tickets as stored_tickets
from bot.storage.conversations import StoredConversation
from bot.storage.database import UnitOfWork
from bot.storage.tickets import Event
from bot.storage.tickets.records import LARGEST_NUMBER
from domain.conversation import Mode
from domain.errors import TicketConflict
from domain.invitations import MOST_TRIES, TRIES_WITHIN, Outcome
from domain.messages import InboundId
from domain.relay import AmbassadorId, Case, Draft, Reach, case_handle
from domain.tickets import LONGEST_SUBJECT, HandoffReason, Ticket, TicketNumber, TicketState

log = structlog.get_logger()

_MOST_LISTED = 10
_HANDED_ON = "[nodots darbiniekam, pieteikums Nr. {number}]"
_ERASED = "[dzēsts]"
"""What is left in the ambassador's conversation of words that went to a case, or nowhere."""


class StoredRelays:
    """The `Relays` port."""

    def __init__(
        self, work: UnitOfWork, held: StoredConversation, *, content: Content, now: datetime
    ) -> None:
        self._work = work
        self._held = held
        self._content = content
        self._now = now

    async def open(self, draft: Draft) -> Ticket:
        """Make a finished draft a ticket of its own, in a conversation of its own."""
        reach = draft.reach or Reach.AMBASSADOR
        connection, calendar = self._work.connection, self._content.calendar
        opened = await stored.open_conversation(
            connection,
            channel=self._held.channel,
            handle=case_handle(draft.words[0]),
            person=draft.person,
            at=self._now,
        )
        said = await messages.texts_of(connection, draft.words)
        about = " ".join(filter(None, said))
        ticket = await stored_tickets.insert_ticket(
            connection,
            conversation=opened,
            reason=HandoffReason.RELAYED,
            opened_at=self._now,
            answer_by=calendar.answer_by(self._now),
            solve_by=calendar.solve_by(self._now),
            queue=queue_for(self._content, "", words=about, place=""),
            topic="",
            subject=about[:LONGEST_SUBJECT],
        )
        await stored.note_relay(
            connection,
            ticket.number,
            ambassador=self._ambassador(),
            person=draft.person,
            reach=reach,
            phone=draft.phone,
        )
        await conversations.set_mode(connection, opened, Mode.WAITING)
        await self._hand_on(ticket, draft.words)
        await messages.blank(connection, draft.details, instead=_ERASED)
        await self._note_way(ticket, reach)
        metrics.TICKETS_OPENED.labels(HandoffReason.RELAYED).inc()
        log.info("relay.opened", ticket=ticket.number, reach=reach)
        return ticket

    async def _note_way(self, ticket: Ticket, reach: Reach) -> None:
        """Tell staff when the answer cannot go where the person wants it: then it goes through the ambassador."""
        kind = "relay_call" if reach is Reach.CALL else ""
        if reach in (Reach.PERSON, Reach.BOTH):
            route = await stored.route_of(self._work.connection, ticket.conversation)
            kind = "relay_unreachable" if route is None or route.resident is None else ""
        if kind:
            await stored_tickets.note_event(
                self._work.connection, ticket.number, kind=kind, at=self._now
            )

    async def add(self, case: Case, words: Sequence[InboundId]) -> Case:
        """Move more words to a case; a finished one is opened again. Raises `TicketConflict` when it cannot be."""
        ticket, connection = case.ticket, self._work.connection
        await self._hand_on(ticket, words)
        kind = "relay_added"
        if ticket.state in (TicketState.SOLVED, TicketState.CLOSED):
            kind, calendar = "reopened", self._content.calendar
            ticket = replace(
                ticket.reopen(),
                answer_by=calendar.answer_by(self._now),
                solve_by=calendar.solve_by(self._now),
            )
            await stored_tickets.save(connection, ticket, Event(kind, at=self._now))
            await conversations.set_mode(connection, ticket.conversation, Mode.WAITING)
        else:
            await stored_tickets.note_event(connection, ticket.number, kind=kind, at=self._now)
        log.info("relay.added", ticket=ticket.number, kind=kind)
        return replace(case, ticket=ticket)

    async def _hand_on(self, ticket: Ticket, words: Sequence[InboundId]) -> None:
        await messages.hand_on(
            self._work.connection,
            words,
            to=ticket.conversation,
            instead=_HANDED_ON.format(number=ticket.number),
            at=self._now,
        )

    async def drop(self, draft: Draft) -> None:
        """Erase what was written for a draft."""
        await messages.blank(self._work.connection, draft.messages(), instead=_ERASED)
        log.info("relay.dropped", messages=len(draft.messages()))

    async def latest(self) -> Sequence[Case]:
        """The ambassador's cases, newest first."""
        cases = await stored.cases_of(self._work.connection, self._ambassador(), limit=_MOST_LISTED)
        found = [await self.find(number) for number, _, _ in cases]
        return [case for case in found if case is not None]

    async def find(self, number: TicketNumber) -> Case | None:
        """One of the ambassador's cases by its number."""
        if self._held.ambassador is None or number > LARGEST_NUMBER:
            return None
        known = await stored.case_of(self._work.connection, self._held.ambassador, number)
        ticket = await stored_tickets.lock(self._work.connection, number) if known else None
        if known is None or ticket is None:
            return None
        person, reach = known
        return Case(ticket, person, reach)

    def _ambassador(self) -> AmbassadorId:
        if self._held.ambassador is None:
            gone = "no ambassador writes here"
            raise TicketConflict(gone)
        return self._held.ambassador


class StoredInvitations:
    """The `Invitations` port."""

    def __init__(self, work: UnitOfWork, held: StoredConversation, *, now: datetime) -> None:
        self._work = work
        self._held = held
        self._now = now

    async def join(self, digest: str) -> Outcome:
        """Make the writer an ambassador, if the code is right and was not tried too often."""
        if await self._too_often():
            return Outcome.TOO_OFTEN
        if self._held.ambassador is not None:
            return Outcome.ALREADY
        if await stored.is_known(self._work.connection, self._held.id):
            return Outcome.WRONG  # somebody whose role was taken away: only the desk gives it back
        joined = await stored.redeem(
            self._work.connection, self._held.id, code_hash=digest, at=self._now
        )
        return await self._noted("ambassador.joined", joined)

    async def link_group(self, digest: str) -> Outcome:
        """Link the group in which the code was posted."""
        if await self._too_often():
            return Outcome.TOO_OFTEN
        if await stored.is_linked(self._work.connection, handle=self._held.handle):
            return Outcome.ALREADY
        linked = await stored.link_group(
            self._work.connection, handle=self._held.handle, code_hash=digest, at=self._now
        )
        return await self._noted("chat.linked", linked)

    async def _too_often(self) -> bool:
        tried = await stored.count_tries(
            self._work.connection, self._held.id, since=self._now - TRIES_WITHIN
        )
        return tried > MOST_TRIES

    async def _noted(self, event: str, made: int | None) -> Outcome:
        if made is None:
            log.info("code.refused")
            return Outcome.WRONG
        await audit.append(self._work.connection, event, at=self._now, detail=str(made))
        return Outcome.DONE
