"""Live pages on every replica: one listening connection wakes everybody who watches a conversation.

Triggers in the database notify `zintis_live` with the conversation's id whenever something in it changes.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator

import psycopg
import structlog

from bot.jobs import backoff
from bot.processes import is_cancelled
from bot.storage.database import plain_url
from domain.messages import ConversationId

log = structlog.get_logger()

ANY = ConversationId(0)
"""Watches every conversation at once, as the desk's list does."""


class Live:
    """Tells watchers that a conversation changed; what changed they read from the database."""

    def __init__(self, database_url: str) -> None:
        self._url = plain_url(database_url)
        self._watchers: dict[ConversationId, set[asyncio.Event]] = defaultdict(set)

    async def listen(self) -> None:
        """Listen until cancelled; a lost connection is made again and wakes everybody once."""
        attempts = 0
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True
                ) as connection:
                    await connection.execute("LISTEN zintis_live")
                    attempts = 0
                    self._wake_all()
                    async for notice in connection.notifies():
                        self._wake(ConversationId(int(notice.payload)))
            except psycopg.OperationalError:
                log.warning("live.disconnected", attempts=attempts)
            if is_cancelled():
                return
            await asyncio.sleep(backoff(attempts))
            attempts += 1

    @contextlib.contextmanager
    def watch(self, conversation: ConversationId = ANY) -> Iterator["Watch"]:
        """Watch one conversation, or all."""
        event = asyncio.Event()
        self._watchers[conversation].add(event)
        try:
            yield Watch(event)
        finally:
            self._watchers[conversation].discard(event)
            if not self._watchers[conversation]:
                del self._watchers[conversation]

    def _wake(self, conversation: ConversationId) -> None:
        for watched in (conversation, ANY):
            for event in self._watchers.get(watched, ()):
                event.set()

    def _wake_all(self) -> None:
        for events in self._watchers.values():
            for event in events:
                event.set()


class Watch:
    """One watcher's view: changes that happen while it is busy are joined into one."""

    def __init__(self, event: asyncio.Event) -> None:
        self._event = event

    async def changes(self, *, idle_seconds: float) -> AsyncIterator[bool]:
        """True for each change, False when nothing happened for a while (time for a keep-alive)."""
        while True:
            changed = True
            try:
                async with asyncio.timeout(idle_seconds):
                    await self._event.wait()
            except TimeoutError:
                changed = False
            self._event.clear()
            yield changed
