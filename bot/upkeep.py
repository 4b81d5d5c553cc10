"""What must happen without anybody writing: lost work, forgotten messages, late answers, old questions, erasure.

Every worker does all of it; doing it twice changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot import metrics
from bot.jobs import Jobs, QueueUnavailable
from bot.processes import is_cancelled
from bot.storage import conversations, messages, sign_ins
from bot.storage.database import Database, DatabaseUnavailable
from bot.tickets import TicketService
from domain.ports import Clock
from domain.tickets import REMEMBERED_FOR

log = structlog.get_logger()

RESCUE_EVERY = 2.0
FORGOTTEN_EVERY = 15.0
LATE_EVERY = 60.0
TIDY_EVERY = 600.0
"""Seconds."""

FORGOTTEN_AFTER = timedelta(seconds=20)
"""A message this old without an answer and without a job has been forgotten."""

SILENT_FOR = REMEMBERED_FOR
"""After this long without a word to "Vai tas palīdzēja?" a ticket counts as closed."""

ERASE_AFTER = timedelta(hours=1)
"""The handle of an erased contact stays this long, so that the last reply can leave."""


class Upkeep:
    """Runs the four rounds until cancelled."""

    def __init__(
        self, *, database: Database, jobs: Jobs, tickets: TicketService, clock: Clock
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._tickets = tickets
        self._clock = clock

    async def run(self) -> None:
        """Do each round at its own pace."""
        async with asyncio.TaskGroup() as rounds:
            rounds.create_task(every(RESCUE_EVERY, self.rescue))
            rounds.create_task(every(FORGOTTEN_EVERY, self.remind))
            rounds.create_task(every(LATE_EVERY, self.tell_late))
            rounds.create_task(every(TIDY_EVERY, self.tidy))

    async def rescue(self) -> None:
        """Give the work of killed workers back to the queue."""
        rescued = await self._jobs.rescue()
        if rescued:
            log.warning("upkeep.rescued", jobs=rescued)

    async def remind(self) -> None:
        """Queue work again for messages whose job was lost, whatever the reason."""
        async with self._database.unit_of_work() as work:
            turns, deliveries = await messages.forgotten(
                work.connection, older_than=FORGOTTEN_AFTER
            )
            for conversation in turns:
                await self._jobs.queue_turn(work, conversation)
            for conversation in deliveries:
                await self._jobs.queue_delivery(work, conversation)
            await work.commit()
        for queue, waiting in (await self._jobs.count_waiting()).items():
            metrics.JOBS_WAITING.labels(queue).set(waiting)
        if turns or deliveries:
            log.warning("upkeep.reminded", turns=len(turns), deliveries=len(deliveries))

    async def tell_late(self) -> None:
        """Tell residents whose first answer is late that they are not forgotten."""
        told = await self._tickets.tell_late()
        if told:
            log.info("upkeep.late_told", tickets=told)

    async def tidy(self) -> None:
        """Close tickets that nobody objected to, finish erasures, forget sign-ins that nobody finished."""
        now = self._clock.now()
        closed = await self._tickets.close_silent(before=now - SILENT_FOR)
        async with self._database.unit_of_work() as work:
            erased = await conversations.delete_erased(work.connection, before=now - ERASE_AFTER)
            await sign_ins.tidy(work.connection, now=now)
            await work.commit()
        log.info("upkeep.tidied", closed=closed, erased=erased)


async def every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do something again and again until cancelled; a database that is away for a while ends nothing."""
    while True:
        try:
            await work()
        except (DatabaseUnavailable, QueueUnavailable) as error:
            log.warning("upkeep.database_unavailable", error=type(error).__name__)
        if is_cancelled():
            return
        await asyncio.sleep(seconds)
