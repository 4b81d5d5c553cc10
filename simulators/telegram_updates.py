"""Updates on their way to the bot: kept until confirmed, fetched by long polling or pushed to a webhook."""

import asyncio
import contextlib
import itertools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp

from simulators.server import Routes
from simulators.telegram_calls import Json, Refusal
from simulators.waiting import Signal

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class Update:
    """One update. Those of one lane are pushed one after the other, as the real one does per chat."""

    id: int
    kind: str
    lane: tuple[str, int]
    content: Json

    def as_json(self) -> Json:
        """The update as the Bot API shows it."""
        return {"update_id": self.id, self.kind: self.content}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One push to the webhook: `status` is 0 when no answer came, then `error` says why."""

    update_id: int
    at: float
    took: float
    status: int
    error: str = ""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where updates are pushed."""

    url: str
    secret: str = ""
    max_connections: int = 40


@dataclass(frozen=True, slots=True)
class PushPace:
    """How the real one repeats a push that failed, in seconds; smaller in tests."""

    first_retry: float = 1.0
    longest_retry: float = 60.0
    time_out: float = 60.0


@dataclass(slots=True)
class _Poll:
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    ended_by: str = ""


class Updates:
    """Everything that the bot has not confirmed yet."""

    def __init__(self, *, first_id: int = 870_000_001) -> None:
        self._ids = itertools.count(first_id)
        self._pending: dict[int, Update] = {}
        self._poll: _Poll | None = None
        self.allowed: frozenset[str] = frozenset()
        self.on_new: Callable[[Update], None] | None = None
        self.changed = Signal()

    def __len__(self) -> int:
        return len(self._pending)

    def pending(self) -> list[Update]:
        """What is not confirmed, oldest first."""
        return list(self._pending.values())

    def add(self, kind: str, lane: tuple[str, int], content: Json) -> int:
        """Queue an update and return its id; a kind that the bot does not want is dropped at once."""
        update = Update(next(self._ids), kind, lane, content)
        if self.allowed and kind not in self.allowed:
            return update.id
        self._pending[update.id] = update
        if self._poll is not None:
            self._poll.wake.set()
        if self.on_new is not None:
            self.on_new(update)
        return update.id

    def confirm(self, *, before: int) -> None:
        """Forget the updates with a smaller id; a negative number keeps that many of the newest."""
        if before < 0:
            keep = set(sorted(self._pending)[before:])
            self._pending = {i: u for i, u in self._pending.items() if i in keep}
        else:
            for update_id in [i for i in self._pending if i < before]:
                del self._pending[update_id]
        self.changed.notify()

    def drop(self, update_id: int) -> None:
        """Forget one update that was pushed."""
        self._pending.pop(update_id, None)
        self.changed.notify()

    def clear(self) -> None:
        """Forget everything."""
        self._pending.clear()
        self.changed.notify()

    async def poll(self, *, limit: int, seconds: float) -> list[Update]:
        """The oldest unconfirmed updates, waiting for one when there is none."""
        self.end_poll(
            "terminated by other getUpdates request; "
            "make sure that only one bot instance is running"
        )
        poll = self._poll = _Poll()
        self.changed.notify()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while not self._pending and not poll.ended_by:
                        poll.wake.clear()
                        await poll.wake.wait()
            if poll.ended_by:
                raise Refusal(409, f"Conflict: {poll.ended_by}")
            return list(itertools.islice(self._pending.values(), limit))
        finally:
            if self._poll is poll:
                self._poll = None

    @property
    def polled(self) -> bool:
        """Whether somebody waits for updates right now."""
        return self._poll is not None

    def end_poll(self, why: str) -> None:
        """End the poll that is waiting, if any, with a conflict."""
        if self._poll is not None:
            self._poll.ended_by = why
            self._poll.wake.set()


class Pusher:
    """Pushes updates to the webhook: several at once, one lane in order, repeated until taken."""

    def __init__(self, updates: Updates, *, routes: Routes, pace: PushPace) -> None:
        self._updates = updates
        self._routes = routes
        self._pace = pace
        self._webhook: Webhook | None = None
        self._session: aiohttp.ClientSession | None = None
        self._places = asyncio.Semaphore(1)
        self._lanes: dict[tuple[str, int], deque[Update]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.attempts: list[Attempt] = []
        self.attempted = Signal()

    @property
    def webhook(self) -> Webhook | None:
        """Where updates go now."""
        return self._webhook

    async def set(self, webhook: Webhook) -> None:
        """Push everything that is pending, and what comes, to this address."""
        await self.unset()
        self._webhook = webhook
        self._places = asyncio.Semaphore(webhook.max_connections)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=self._pace.time_out),
        )
        self._updates.on_new = self._offer
        for update in self._updates.pending():
            self._offer(update)

    async def unset(self) -> None:
        """Push no more; what was not taken stays pending."""
        self._webhook = None
        self._updates.on_new = None
        self._lanes.clear()
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _offer(self, update: Update) -> None:
        lane = self._lanes.get(update.lane)
        if lane is not None:
            lane.append(update)
            return
        self._lanes[update.lane] = deque([update])
        task = asyncio.create_task(self._drain(update.lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, key: tuple[str, int]) -> None:
        lane = self._lanes[key]
        while lane:
            await self._push_until_taken(lane[0])
            self._updates.drop(lane.popleft().id)
        del self._lanes[key]

    async def _push_until_taken(self, update: Update) -> None:
        delay = self._pace.first_retry
        while True:
            async with self._places:
                attempt = await self._push(update)
            self.attempts.append(attempt)
            self.attempted.notify()
            if attempt.status in OK:
                return
            await asyncio.sleep(delay)
            delay = min(delay * 2, self._pace.longest_retry)

    async def _push(self, update: Update) -> Attempt:
        assert self._webhook is not None  # noqa: S101 - tasks end with the webhook
        assert self._session is not None  # noqa: S101 - as above
        headers = {SECRET_HEADER: self._webhook.secret} if self._webhook.secret else {}
        begun = time.monotonic()
        status, error = 0, ""
        try:
            async with self._session.post(
                self._routes.resolve(self._webhook.url), json=update.as_json(), headers=headers
            ) as response:
                status = response.status
                await response.read()
        except (aiohttp.ClientError, TimeoutError) as exc:
            error = f"{type(exc).__name__}: {exc}"
        return Attempt(update.id, begun, time.monotonic() - begun, status, error)
