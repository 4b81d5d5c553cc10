"""The rounds that tell staff what waits for them. Every worker does them; doing them twice changes nothing."""

import asyncio
from collections.abc import Callable

import structlog

from bot.alerts.blanking import Blanking
from bot.alerts.mailing import Mailing
from bot.alerts.posting import Posting
from bot.content import Content
from bot.storage import news
from bot.storage.database import Database
from bot.upkeep import every
from domain.ports import Clock

log = structlog.get_logger()

EVERY = 3.0
"""Seconds between two rounds."""


class AlertRounds:
    """Finds what staff should be told, and has it told. For a way that is off nothing is queued."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        content: Callable[[], Content],
        mailing: Mailing | None,
        posting: Posting | None,
        blanking: Blanking | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._content = content
        self._mailing = mailing
        self._posting = posting
        self._blanking = blanking

    async def run(self) -> None:
        """Do the rounds until cancelled."""
        await every(EVERY, self.tell)

    async def tell(self) -> None:
        """One round: find, then send; what was posted and must go is blanked last, so that nothing is left over."""
        await self._find()
        ways = [way.send_due() for way in (self._mailing, self._posting) if way is not None]
        await asyncio.gather(*ways)
        if self._blanking is not None:
            await self._blanking.blank_due()

    async def _find(self) -> None:
        found = 0
        now = self._clock.now()
        morning = self._content().calendar.next_opening(now)
        async with self._database.unit_of_work() as work:
            if not await news.may_find(work.connection):
                return
            if self._mailing is not None:
                found += await news.find_for_agents(work.connection, now=now, morning=morning)
            if self._posting is not None:
                found += await news.find_for_groups(work.connection, now=now)
            await work.commit()
        if found:
            log.info("alerts.found", count=found)
