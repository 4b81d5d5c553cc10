"""What holders cannot answer, or do nothing about, returns to its queue by itself."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from bot.content import Content
from bot.storage import conversations
from bot.storage.database import Database
from bot.storage.tickets import holders, records
from bot.storage.tickets.events import Event
from bot.storage.tickets.holders import HeldInVain
from bot.tickets.transactions import set_mode
from domain.ports import Clock
from domain.tickets import Return

log = structlog.get_logger()

ANSWER_NEAR = timedelta(hours=1)
SOLUTION_NEAR = timedelta(hours=4)
"""Of working time: so long before its deadline, and ever after, a thing waits for no holder who does nothing."""

SILENT_FOR: Mapping[Return, timedelta] = {
    Return.DEADLINE: timedelta(hours=1),
    Return.SOLUTION: timedelta(hours=8),
}
"""Of working time: a holder who has done nothing in a ticket for so long, since the claim too, is silent."""


class Returning:
    """Takes tickets from those who hold them in vain."""

    def __init__(self, database: Database, *, clock: Clock, content: Callable[[], Content]) -> None:
        self._database = database
        self._clock = clock
        self._content = content

    async def return_held_in_vain(self) -> int:
        """Return to the queues what absent and disabled agents hold, and what is due and has a silent holder.

        Any number of workers may do this at once.
        """
        now, calendar = self._clock.now(), self._content().calendar
        async with self._database.unit_of_work() as work:
            found = await holders.lock_held_in_vain(
                work.connection,
                now=now,
                answer_near=calendar.after(now, working=ANSWER_NEAR),
                solution_near=calendar.after(now, working=SOLUTION_NEAR),
            )
            returned = [one for one in found if self._is_in_vain(one, now)]
            for one in returned:
                held = await conversations.lock(work.connection, one.ticket.conversation)
                event = Event(
                    "returned", at=now, detail=one.why, logged=one.why, about=one.ticket.agent
                )
                await records.save(work.connection, one.ticket.return_to_queue(), event)
                await set_mode(work, held)
            await work.commit()
        for one in returned:
            log.info("ticket.returned", ticket=one.ticket.number, reason=one.why)
        return len(returned)

    def _is_in_vain(self, one: HeldInVain, now: datetime) -> bool:
        if one.why not in SILENT_FOR:
            return True
        silent_from = self._content().calendar.after(one.active_at, working=SILENT_FOR[one.why])
        return not one.writing and silent_from <= now
