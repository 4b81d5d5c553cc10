"""Tells open pages that something changed; what changed they fetch themselves."""

import asyncio
import random
import time
from typing import cast

from aiohttp import web

from bot.desk.sessions import Sessions
from bot.desk.ticket import number_of
from bot.live import ANY, Live, Watch
from bot.storage import tickets as stored
from bot.storage.agents import StoredSession
from bot.storage.database import Database
from domain.messages import ConversationId

_KEEP_ALIVE = 20.0
_AT_MOST_EVERY = 0.3
_CHECK_SESSION_EVERY = 60.0
_FOR_EACH_LIST = 0.06
"""Seconds. A changed list is fetched again by everybody who looks at one, and takes the process some milliseconds."""


class Stream:
    """Server-sent events for the list and for single tickets."""

    def __init__(self, *, database: Database, live: Live, sessions: Sessions) -> None:
        self._database = database
        self._live = live
        self._sessions = sessions
        self._open: set[asyncio.Task[None]] = set()
        self._lists = 0

    async def of_list(self, request: web.Request, session: StoredSession) -> web.StreamResponse:
        """Wakes whenever anything changes anywhere; the more lists are open, the more their turns are spread."""
        self._lists += 1
        try:
            return await self._serve(request, ANY)
        finally:
            self._lists -= 1

    async def of_ticket(self, request: web.Request, session: StoredSession) -> web.StreamResponse:
        """Wakes whenever the conversation of a ticket changes."""
        async with self._database.reading() as connection:
            row = await stored.row_of(connection, number_of(request))
        if row is None:
            raise web.HTTPNotFound
        return await self._serve(request, row.ticket.conversation)

    async def close(self, app: web.Application) -> None:
        """End every stream, so that the process can stop."""
        for task in self._open:
            task.cancel()

    async def _serve(
        self, request: web.Request, conversation: ConversationId
    ) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._open.add(task)
        try:
            with self._live.watch(conversation) as watch:
                await response.prepare(request)
                await self._tell(request, response, watch, is_list=conversation == ANY)
        except ConnectionError:
            pass  # the page was closed
        finally:
            self._open.discard(task)
        return response

    async def _tell(
        self, request: web.Request, response: web.StreamResponse, watch: Watch, *, is_list: bool
    ) -> None:
        # What happened between the page and its stream would otherwise be missed.
        await response.write(b"retry: 2000\nevent: changed\ndata:\n\n")
        checked = time.monotonic()
        async for changed in watch.changes(idle_seconds=_KEEP_ALIVE):
            round_takes = self._lists * _FOR_EACH_LIST if is_list else 0.0
            await asyncio.sleep(random.uniform(0.0, round_takes))  # noqa: S311 - a turn, no secret
            await response.write(b"event: changed\ndata:\n\n" if changed else b": still here\n\n")
            if time.monotonic() - checked > _CHECK_SESSION_EVERY:
                checked = time.monotonic()
                if await self._sessions.read(request, background=True) is None:
                    return
            await asyncio.sleep(max(_AT_MOST_EVERY, round_takes))
