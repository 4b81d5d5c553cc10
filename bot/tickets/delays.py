"""Residents are told that the first answer or the solution is late."""

from collections.abc import Callable
from datetime import timedelta

import structlog

from actions.tickets import about
from bot.content import Content
from bot.storage import conversations
from bot.storage.database import Database, UnitOfWork
from bot.storage.tickets import delays
from bot.tickets.voice import FREE_FOR, Voice
from domain.answers import Answer
from domain.ports import Clock
from domain.tickets import Ticket

log = structlog.get_logger()

LATE_AHEAD = timedelta(minutes=30)
"""So long before the deadline of the first answer a ticket that nobody has claimed counts as late: at the deadline
itself the desk closes, and the resident would be told only on the next working day."""


class Delays:
    """Tells of delays, while staff are at work."""

    def __init__(
        self, database: Database, *, clock: Clock, content: Callable[[], Content], voice: Voice
    ) -> None:
        self._database = database
        self._clock = clock
        self._content = content
        self._voice = voice

    async def tell_late(self) -> int:
        """Tell residents, while staff are at work, that an answer or a solution is late; how many were told.

        Any number of processes may do this at once: a ticket is locked, told of and marked in one transaction.
        """
        told = 0
        for tell_one in (self._tell_one_late, self._tell_one_unsolved):
            while self._content().calendar.is_open(self._clock.now()) and await tell_one():
                told += 1
        return told

    async def _tell_one_late(self) -> bool:
        now = self._clock.now()
        async with self._database.unit_of_work() as work:
            ticket = await delays.lock_late(
                work.connection, now=now, told_ahead=LATE_AHEAD, heard_since=now - FREE_FOR
            )
            if ticket is None:
                return False
            await self._say(work, ticket, about("staff.late", ticket))
            await delays.note_late_told(work.connection, ticket.number, at=now)
            await work.commit()
        log.info("ticket.late_told", ticket=ticket.number)
        return True

    async def _tell_one_unsolved(self) -> bool:
        now = self._clock.now()
        async with self._database.unit_of_work() as work:
            ticket = await delays.lock_unsolved(
                work.connection, now=now, heard_since=now - FREE_FOR
            )
            if ticket is None:
                return False
            answer = Answer(
                "staff.unsolved", {"number": int(ticket.number), "solve_by": ticket.solve_by}
            )
            await self._say(work, ticket, answer)
            await delays.note_unsolved_told(work.connection, ticket.number, at=now)
            await work.commit()
        log.info("ticket.unsolved_told", ticket=ticket.number)
        return True

    async def _say(self, work: UnitOfWork, ticket: Ticket, answer: Answer) -> None:
        """A notice about the ticket, as its claim is one: it is said in a claimed conversation too."""
        held = await conversations.find(work.connection, ticket.conversation)
        await self._voice.say(work, held, [answer])
