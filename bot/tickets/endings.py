"""How tickets end: solved and asked about, or closed because the resident said nothing."""

from dataclasses import replace
from datetime import datetime

from actions.rating import helped_question
from actions.relaying import question
from bot.storage import ambassadors, conversations
from bot.storage.ambassadors import CaseRoute
from bot.storage.conversations import StoredConversation
from bot.storage.database import Database, UnitOfWork
from bot.storage.tickets import outcomes, records
from bot.storage.tickets.events import Event
from bot.tickets.transactions import change
from bot.tickets.voice import Voice
from domain.answers import Choice
from domain.conversation import ConversationState, Mode, Question
from domain.messages import AgentId
from domain.ports import Clock
from domain.relay import Draft
from domain.tickets import Ticket, TicketNumber


class Endings:
    """Finishes tickets."""

    def __init__(self, database: Database, *, clock: Clock, voice: Voice) -> None:
        self._database = database
        self._clock = clock
        self._voice = voice

    async def solve(self, number: TicketNumber, *, by: AgentId) -> Ticket:
        """Finish: the assistant takes the conversation back and asks whether it helped.

        Outside WhatsApp's window it asks when the resident writes again: a question is not worth a template. It never
        asks while a colleague talks with the resident about another matter: then it asks when that one is done. About
        a relayed case its ambassador is asked, by the same rules of the conversation in which they write.
        """

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            solved = ticket.solve(by=by)
            event = Event("solved", at=self._clock.now(), by=by)
            await records.save(work.connection, solved, event)
            earlier = tuple(one for one in held.state.to_ask if one != number)
            state = replace(
                held.state, finished=int(number), moved_on=False, to_ask=(int(number), *earlier)
            )
            await pass_on(work, replace(held, state=state), voice=self._voice)
            return solved

        return await change(self._database, number, apply)

    async def close_silent(self, *, before: datetime) -> int:
        """Close tickets solved before a moment to which the resident never said whether it helped."""
        event = Event("closed_silent", at=self._clock.now())
        async with self._database.unit_of_work() as work:
            silent = await outcomes.long_solved(work.connection, before=before)
            for ticket in silent:
                await records.save(work.connection, ticket.confirm(), event)
            await work.commit()
        return len(silent)


async def pass_on(work: UnitOfWork, held: StoredConversation, *, voice: Voice) -> None:
    """Say who speaks now that a ticket has ended; the assistant, if it may, asks about the first of `to_ask`.

    A case that an ambassador is telling goes on, and is not disturbed: when a colleague has come between, its open
    question is said again.
    """
    mode = await records.mode_in(work.connection, held.id)
    state = held.state
    if (case := await ambassadors.route_of(work.connection, held.id)) is not None:
        state = replace(state, to_ask=())
        await _ask_ambassador(work, held, case, voice=voice)
    elif mode is not Mode.STAFF:
        state = ConversationState(
            introduced=True,
            language=state.language,
            finished=state.finished,
            moved_on=state.moved_on,
            to_ask=await outcomes.still_solved(work.connection, state.to_ask),
            set_apart=state.set_apart,
            relay=state.relay,
            last_turn=state.last_turn,
        )
        if state.relay is not None:
            state = replace(state, offered=await _tell_on(work, held, state.relay, voice=voice))
        elif state.to_ask and await voice.is_free(work, held):
            number, *rest = state.to_ask
            person = await ambassadors.person_of(work.connection, TicketNumber(number))
            offered = await voice.say(work, held, [helped_question(number, person=person)])
            state = replace(
                state,
                offered=offered,
                question=Question.HELPED,
                subject=str(number),
                to_ask=tuple(rest),
            )
    await conversations.change(work.connection, held, state=state, mode=mode)


async def _tell_on(
    work: UnitOfWork, held: StoredConversation, draft: Draft, *, voice: Voice
) -> tuple[Choice, ...]:
    """Say the open question of a case again, if a colleague has come between; its choices, which count in any case."""
    asked = [question(draft)]
    interrupted = held.mode is Mode.STAFF and voice.is_told_on(held)
    if interrupted and await voice.is_free(work, held):
        await voice.say(work, held, asked)
    return voice.offered(asked)


async def _ask_ambassador(
    work: UnitOfWork, held: StoredConversation, case: CaseRoute, *, voice: Voice
) -> None:
    """Ask the ambassador about the first of a case's `to_ask`, unless a colleague talks with them or they are telling
    another case; what must wait is asked when they write again.

    No turn is ever taken in the conversation of a case, so it waits in theirs.
    """
    if case.ambassador is None:
        return
    own = await conversations.lock(work.connection, case.ambassador)
    others = tuple(one for one in own.state.to_ask if one not in held.state.to_ask)
    ended = await outcomes.still_solved(work.connection, held.state.to_ask)
    is_busy = own.mode is Mode.STAFF or own.state.relay is not None
    now = ended[:1] if not is_busy and await voice.is_free(work, held) else ()
    state = replace(own.state, to_ask=(*ended[len(now) :], *others))
    await conversations.change(work.connection, own, state=state)
    for number in now:
        await voice.say(work, held, [helped_question(number, person=case.person)])
