"""How tickets end: solved and asked about, or closed because the resident said nothing."""

from dataclasses import replace
from datetime import datetime

from actions.rating import helped_question
from bot.storage import conversations
from bot.storage.conversations import StoredConversation
from bot.storage.database import Database, UnitOfWork
from bot.storage.tickets import outcomes, records
from bot.storage.tickets.events import Event
from bot.tickets.transactions import change
from bot.tickets.voice import Voice, is_free
from domain.conversation import ConversationState, Mode, Question
from domain.messages import AgentId
from domain.ports import Clock
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
        asks while a colleague talks with the resident about another matter.
        """

        async def apply(work: UnitOfWork, ticket: Ticket, held: StoredConversation) -> Ticket:
            solved = ticket.solve(by=by)
            now = self._clock.now()
            await records.save(work.connection, solved, Event("solved", at=now, by=by))
            mode = await records.mode_in(work.connection, held.id)
            if mode is Mode.STAFF:
                await conversations.change(work.connection, held, state=held.state, mode=mode)
                return solved
            state = ConversationState(
                introduced=True, language=held.state.language, finished=int(number)
            )
            if is_free(held, now=now):
                offered = await self._voice.say(work, held, [helped_question(number)])
                state = replace(
                    state, offered=offered, question=Question.HELPED, subject=str(number)
                )
            else:
                state = replace(state, unasked=int(number))
            await conversations.change(work.connection, held, state=state, mode=mode)
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
