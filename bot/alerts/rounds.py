"""The rounds that tell staff what waits for them. Every worker does them; doing them twice changes nothing."""

from collections.abc import Callable

import structlog

from bot.alerts.mailing import Mailing
from bot.content import Content
from bot.storage import alerts as stored
from bot.storage.database import Database
from bot.upkeep import every
from domain.ports import Clock

log = structlog.get_logger()

EVERY = 3.0
"""Seconds between two rounds."""


class AlertRounds:
    """Finds what staff should be told, and has it told. Without a mail server no e-mail is queued."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        content: Callable[[], Content],
        mailing: Mailing | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._content = content
        self._mailing = mailing

    async def run(self) -> None:
        """Do the rounds until cancelled."""
        await every(EVERY, self.tell)

    async def tell(self) -> None:
        """One round: find, then send."""
        if self._mailing is None:
            return
        await self._find()
        await self._mailing.send_due()

    async def _find(self) -> None:
        now = self._clock.now()
        morning = self._content().calendar.next_opening(now)
        async with self._database.unit_of_work() as work:
            if not await stored.may_find(work.connection):
                return
            found = await stored.find_for_agents(work.connection, now=now, morning=morning)
            await work.commit()
        if found:
            log.info("alerts.found", count=found)
