"""What must happen without anybody writing: lost work, forgotten messages, late answers, tickets held in vain, erasure.

Every worker does all of it; doing it twice changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from bot import metrics
from bot.content import Content
from bot.jobs import Jobs, QueueUnavailable
from bot.processes import is_cancelled
from bot.storage import messages, personal_data, sign_ins
from bot.storage.database import Database, DatabaseUnavailable
from bot.storage.statistics import kept
from bot.tickets import TicketService
from domain.ports import Clock
from domain.tickets import REMEMBERED_FOR
from domain.working_hours import local_day

log = structlog.get_logger()

RESCUE_EVERY = 2.0
FORGOTTEN_EVERY = 15.0
LATE_EVERY = 60.0
RETURN_EVERY = 60.0
TIDY_EVERY = 600.0
"""Seconds."""

FORGOTTEN_AFTER = timedelta(seconds=20)
"""A message this old without an answer and without a job has been forgotten."""

SILENT_FOR = REMEMBERED_FOR
"""After this long without a word to "Vai tas palīdzēja?" a ticket counts as closed."""

BATCH = 50
"""Conversations that are erased in one transaction when their time is over."""

ERASE_AFTER = timedelta(hours=1)
"""The handle of an erased contact stays this long, so that the last reply can leave."""


class Upkeep:
    """Runs the five rounds until cancelled."""

    def __init__(
        self,
        *,
        database: Database,
        jobs: Jobs,
        tickets: TicketService,
        clock: Clock,
        content: Callable[[], Content],
        keep_days: int | None = None,
    ) -> None:
        """`keep_days` is how long a quiet conversation is kept; None keeps it until its resident has it erased."""
        self._database = database
        self._jobs = jobs
        self._tickets = tickets
        self._clock = clock
        self._content = content
        self._keep = None if keep_days is None else timedelta(days=keep_days)

    async def run(self) -> None:
        """Do each round at its own pace."""
        async with asyncio.TaskGroup() as rounds:
            rounds.create_task(every(RESCUE_EVERY, self.rescue))
            rounds.create_task(every(FORGOTTEN_EVERY, self.remind))
            rounds.create_task(every(LATE_EVERY, self.tell_late))
            rounds.create_task(every(RETURN_EVERY, self.return_tickets))
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
        """Tell residents whose first answer or solution is late that they are not forgotten."""
        told = await self._tickets.tell_late()
        if told:
            log.info("upkeep.late_told", tickets=told)

    async def return_tickets(self) -> None:
        """Return what is held by somebody absent or disabled, or due and left lying by its holder, to the queues."""
        returned = await self._tickets.return_held_in_vain()
        if returned:
            log.info("upkeep.returned", tickets=returned)

    async def tidy(self) -> None:
        """Close tickets that nobody objected to, erase what is over, forget sign-ins that nobody finished."""
        now = self._clock.now()
        closed = await self._tickets.close_silent(before=now - SILENT_FOR)
        expired = await self._erase_expired(now)
        async with self._database.unit_of_work() as work:
            erased = await personal_data.forget_erased(
                work, calendar=self._content().calendar, before=now - ERASE_AFTER, now=now
            )
            await sign_ins.tidy(work.connection, now=now)
            await work.commit()
        async with self._database.unit_of_work() as work:
            await kept.mix(work.connection, today=local_day(now))
            await work.commit()
        log.info("upkeep.tidied", closed=closed, expired=expired, erased=erased)

    async def _erase_expired(self, now: datetime) -> int:
        """Erase quiet conversations batch by batch, so that nobody waits long for a lock."""
        if self._keep is None:
            return 0
        erased, batch = 0, BATCH
        while batch == BATCH and not is_cancelled():
            async with self._database.unit_of_work() as work:
                batch = await personal_data.erase_expired(
                    work,
                    calendar=self._content().calendar,
                    quiet_since=now - self._keep,
                    now=now,
                    most=BATCH,
                )
                await work.commit()
            erased += batch
        return erased


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
