"""Tells open pages that something changed; what changed they fetch themselves.

While the stream of a ticket is open its agent counts among those who look at the ticket.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import cast

import structlog
from aiohttp import web

from bot.desk.door import Form
from bot.desk.sessions import Sessions
from bot.desk.ticket import number_of
from bot.live import ANY, Live, Watch
from bot.storage import tickets as stored
from bot.storage import viewers
from bot.storage.database import Database, DatabaseUnavailable
from bot.storage.sessions import StoredSession
from domain.messages import AgentId, ConversationId
from domain.tickets import TicketNumber

log = structlog.get_logger()

Beat = Callable[[], Awaitable[None]]
Tell = Callable[[web.StreamResponse], Coroutine[None, None, None]]

_KEEP_ALIVE = 20.0
_LOOK_EVERY = 5.0
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
            return await self._serve(request, ANY, _no_beat)
        finally:
            self._lists -= 1

    async def of_ticket(self, request: web.Request, session: StoredSession) -> web.StreamResponse:
        """Wakes whenever the conversation of a ticket changes; with a list beside it, also when anything does."""
        number = number_of(request)
        async with self._database.reading() as connection:
            row = await stored.row_of(connection, number)
        if row is None:
            raise web.HTTPNotFound
        follow = self._tell_elsewhere if "blakus" in request.query else None
        async with self._looking(number, session.agent) as beat:
            return await self._serve(request, row.ticket.conversation, beat, beside=follow)

    async def note_writing(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        """The page of a ticket says that its agent began to type, or stopped."""
        writing = form.get("writing") == "1"
        async with self._database.unit_of_work() as work:
            await viewers.write(work.connection, number_of(request), session.agent, writing=writing)
            await work.commit()
        return web.Response(status=204)

    async def outdated(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        """A page of an earlier login: its next word will come from a newer one."""
        return web.Response(status=204)

    async def close(self, app: web.Application) -> None:
        """End every stream, so that the process can stop."""
        for task in self._open:
            task.cancel()

    @asynccontextmanager
    async def _looking(self, number: TicketNumber, agent: AgentId) -> AsyncIterator[Beat]:
        """Count an agent among those who look at a ticket, as long as `beat` is called now and then."""
        last_seen: datetime | None = None

        async def beat() -> None:
            nonlocal last_seen
            with _unless_away():
                async with self._database.unit_of_work() as work:
                    last_seen = await viewers.see(work.connection, number, agent)
                    await work.commit()

        try:
            yield beat
        finally:
            if last_seen is not None:
                with _unless_away():
                    async with self._database.unit_of_work() as work:
                        await viewers.leave(work.connection, number, agent, last_seen=last_seen)
                        await work.commit()

    async def _serve(
        self,
        request: web.Request,
        conversation: ConversationId,
        beat: Beat,
        *,
        beside: Tell | None = None,
    ) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._open.add(task)
        try:
            with self._live.watch(conversation) as watch:
                await response.prepare(request)
                is_list = conversation == ANY
                async with _meanwhile(beside, response):
                    await self._tell(request, response, watch, beat, is_list=is_list)
        except ConnectionError:
            pass  # the page was closed
        finally:
            self._open.discard(task)
        return response

    async def _tell(
        self,
        request: web.Request,
        response: web.StreamResponse,
        watch: Watch,
        beat: Beat,
        *,
        is_list: bool,
    ) -> None:
        await response.write(b"retry: 2000\n\n")
        await self._wait_for_turn(is_list=is_list)
        # What happened between the page and its stream would otherwise be missed.
        await response.write(b"event: changed\ndata:\n\n")
        await beat()
        beaten = checked = time.monotonic()
        async for changed in watch.changes(idle_seconds=_LOOK_EVERY):
            if request.transport is None:
                return  # the page was closed
            round_takes = await self._wait_for_turn(is_list=is_list and changed)
            now = time.monotonic()
            due = now - beaten >= _KEEP_ALIVE
            if changed or due:
                await response.write(
                    b"event: changed\ndata:\n\n" if changed else b": still here\n\n"
                )
            if due:
                beaten = now
                await beat()
            if now - checked > _CHECK_SESSION_EVERY:
                checked = now
                if await self._sessions.read(request, background=True) is None:
                    return
            await asyncio.sleep(max(_AT_MOST_EVERY, round_takes))

    async def _tell_elsewhere(self, response: web.StreamResponse) -> None:
        """Tell the list beside a ticket that something changed somewhere; it takes its turn as open lists do."""
        self._lists += 1
        try:
            with self._live.watch(ANY) as watch:
                async for changed in watch.changes(idle_seconds=_LOOK_EVERY):
                    if changed:
                        round_takes = await self._wait_for_turn(is_list=True)
                        await response.write(b"event: elsewhere\ndata:\n\n")
                        await asyncio.sleep(max(_AT_MOST_EVERY, round_takes))
        finally:
            self._lists -= 1

    async def _wait_for_turn(self, *, is_list: bool) -> float:
        """Wait for some part of a round of all open lists; the seconds that the whole round takes."""
        round_takes = self._lists * _FOR_EACH_LIST if is_list else 0.0
        await asyncio.sleep(random.uniform(0.0, round_takes))  # noqa: S311 - a turn, no secret
        return round_takes


@asynccontextmanager
async def _meanwhile(tell: Tell | None, response: web.StreamResponse) -> AsyncIterator[None]:
    """Let something else be told on the same stream, as long as it lasts."""
    telling = None if tell is None else asyncio.create_task(tell(response))
    try:
        yield
    finally:
        if telling is not None:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)


@contextmanager
def _unless_away() -> Iterator[None]:
    """Go on without the database: the stream tells of it by itself, and rows of viewers grow old by themselves."""
    try:
        yield
    except DatabaseUnavailable as error:
        log.warning("desk.database_unavailable", error=type(error).__name__)


async def _no_beat() -> None:
    """The list shows nobody who looks at it."""
