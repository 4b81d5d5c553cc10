"""Posts about residents whose data were erased lose their words in the groups of staff too.

By editing: a bot may edit what it posted however old it is, but delete it only for 48 hours (Bot API, `editMessageText`
and `deleteMessage`).
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from bot import metrics
from bot.alerts.outcomes import LEASE, SLOWER
from bot.channels.telegram.staff_posts import StaffPosts
from bot.jobs import backoff
from bot.storage import post_erasures as stored
from bot.storage.database import Database
from bot.storage.post_erasures import ErasureTrouble, PostErasure
from domain.errors import ChannelUnavailable, ContactUnreachable, MessageRefused
from domain.ports import Clock

log = structlog.get_logger()

BLANK = "Iedzīvotāja dati ir dzēsti, tāpēc šīs ziņas vairs nav."
"""What stands in the place of a post."""

GIVE_UP_AFTER = timedelta(days=7)
"""Longer than alerts are tried: these words should not be there at all."""


class Blanking:
    """Blanks what is due. Doing it twice changes nothing."""

    def __init__(self, *, database: Database, clock: Clock, posts: StaffPosts) -> None:
        self._database = database
        self._clock = clock
        self._posts = posts

    async def blank_due(self) -> None:
        """Blank everything that is due, group by group."""
        while taken := await self._take():
            await self._blank(taken)

    async def _take(self) -> Sequence[PostErasure]:
        async with self._database.unit_of_work() as work:
            taken = await stored.take(work.connection, now=self._clock.now(), lease=LEASE)
            await work.commit()
        return taken

    async def _blank(self, posts: Sequence[PostErasure]) -> None:
        for place, one in enumerate(posts):
            try:
                await self._posts.replace(one.post, BLANK)
            except ContactUnreachable:
                await self._fail(posts[place:], ErasureTrouble.OUT_OF_GROUP)
                return
            except MessageRefused as refused:
                await self._fail([one], str(refused))
            except ChannelUnavailable as unavailable:
                await self._postpone(posts[place:], unavailable)
                return
            else:
                async with self._database.reading() as connection:
                    await stored.note_done(connection, one)
                self._count("sent", [one])

    async def _fail(self, posts: Sequence[PostErasure], error: str) -> None:
        async with self._database.reading() as connection:
            await stored.mark_failed(connection, posts, error=error)
        self._count("failed", posts)

    async def _postpone(
        self, posts: Sequence[PostErasure], unavailable: ChannelUnavailable
    ) -> None:
        now = self._clock.now()
        old = [one for one in posts if now - one.created_at > GIVE_UP_AFTER]
        if old:
            await self._fail(old, unavailable.reason)
        young = [one for one in posts if one not in old]
        if young:
            attempts = max(one.attempts for one in young)
            wait = unavailable.retry_after or SLOWER * backoff(attempts - 1)
            async with self._database.reading() as connection:
                await stored.give_back(
                    connection,
                    young,
                    due=now + timedelta(seconds=wait),
                    error=unavailable.reason,
                )
            self._count("retried", young)

    def _count(self, outcome: str, posts: Sequence[PostErasure]) -> None:
        metrics.ALERTS.labels("erasure", outcome).inc(len(posts))
        log.info("post_erasures.settled", outcome=outcome, erasures=[one.id for one in posts])
