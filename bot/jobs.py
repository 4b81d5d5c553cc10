"""Work to be done later, queued inside our own transactions. The only home of Procrastinate.

Locks: `conversation:<id>` keeps the turns of a conversation one at a time and in order, `delivery:<id>` its messages.
A job that is waiting for its retry keeps its place. What people must see of a job stands in our own tables.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import structlog
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, JobDeferrer
from psycopg_pool import AsyncConnectionPool

from bot.storage.database import (
    ASYNCHRONOUS_COMMIT,
    ConnectionLost,
    DatabaseUnavailable,
    UnitOfWork,
    is_gone,
    plain_url,
)
from domain.errors import ChannelUnavailable, ConversationChanged, NluUnavailable
from domain.messages import Channel, ConversationId

log = structlog.get_logger()

TURNS = "turns"
DELIVERIES = "deliveries"
_VENDORS = (Channel.TELEGRAM, Channel.WHATSAPP)
"""Their deliveries have queues of their own: one vendor's bad day or slow pace must not hold up the rest."""

_DELIVERIES_AT_ONCE = 32
"""Per vendor; most of them only wait for their turn at the vendor's pace."""

_CANCEL_EVERY = 1.0
"""Seconds between two tries to end a worker."""

_LONGEST_WAIT = 60.0
"""Seconds between two tries of a job that keeps failing."""

_LONGEST_WAIT_FOR_OURS = 5.0
"""The same while a part of our own is away: it may be asked often, and residents wait for its return."""

Handler = Callable[[ConversationId], Awaitable[None]]


def turn_lock(conversation: ConversationId) -> str:
    """The lock under which a conversation's turns run one at a time."""
    return f"conversation:{conversation}"


def delivery_lock(conversation: ConversationId) -> str:
    """The lock under which a conversation's messages leave one at a time."""
    return f"delivery:{conversation}"


class Jobs:
    """The queue: `open` it, queue work in a unit of work, `run_worker` where work is done."""

    def __init__(self, database_url: str, *, pool_size: int = 4, repeatable: bool = False) -> None:
        """`repeatable` as in `Database`."""
        connector = PsycopgConnector(
            conninfo=plain_url(database_url),
            min_size=1,
            max_size=pool_size,
            pool_factory=_pool,
            configure=_configure_repeatable if repeatable else _configure,
        )
        self._app = App(connector=connector)
        self._under_way = 0
        """Jobs that this process is doing at the moment."""

    async def open(self) -> None:
        """Connect."""
        await self._app.open_async()

    async def close(self) -> None:
        """Disconnect."""
        await self._app.close_async()

    async def queue_turn(
        self, work: UnitOfWork, conversation: ConversationId, *, after_seconds: float = 0
    ) -> None:
        """Queue the turn for one message; it starts when the transaction commits, or later if told."""
        wait = timedelta(seconds=after_seconds)
        job = self._app.configure_task(
            "take_turn",
            queue=TURNS,
            lock=turn_lock(conversation),
            connection=await work.driver(),
            schedule_at=datetime.now(UTC) + wait if wait else None,
        )
        await _defer(job, conversation)

    async def queue_delivery(
        self, work: UnitOfWork, conversation: ConversationId, *, channel: Channel | None = None
    ) -> None:
        """Queue the delivery of whatever waits in a conversation; who knows its channel says so."""
        job = self._app.configure_task(
            "deliver",
            queue=_deliveries(channel) if channel in _VENDORS else DELIVERIES,
            lock=delivery_lock(conversation),
            connection=await work.driver(),
        )
        await _defer(job, conversation)

    def handle(self, *, take_turn: Handler, deliver: Handler) -> None:
        """Say what the two kinds of jobs do."""
        self._app.task(name="take_turn", queue=TURNS, retry=_Retry())(self._task(take_turn))
        self._app.task(name="deliver", queue=DELIVERIES, retry=_Retry())(self._task(deliver))

    async def run_worker(
        self, *, concurrency: int, heartbeat: float = 2.0, stalled_after: float = 8.0
    ) -> None:
        """Do the work until cancelled. Times in seconds. Raises `QueueUnavailable` when the database goes away."""

        async def work_on(*queues: str, at_once: int) -> None:
            await self._app.run_worker_async(
                queues=list(queues),
                concurrency=at_once,
                delete_jobs="always",
                fetch_job_polling_interval=1.0,
                abort_job_polling_interval=3600.0,
                shutdown_graceful_timeout=20.0,
                install_signal_handlers=False,
                update_heartbeat_interval=heartbeat,
                stalled_worker_timeout=stalled_after,
            )

        await self._until_one_ends(
            work_on(TURNS, DELIVERIES, at_once=concurrency),
            *(work_on(_deliveries(v), at_once=_DELIVERIES_AT_ONCE) for v in _VENDORS),
        )

    async def _until_one_ends(self, *workers: Coroutine[None, None, None]) -> None:
        """Run the library's workers side by side. One that ends by itself has lost its database: then all end."""
        working = [asyncio.create_task(worker) for worker in workers]
        try:
            await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self._end(working)
        ends = await asyncio.gather(*working, return_exceptions=True)
        errors = [end for end in ends if isinstance(end, Exception)]
        raise errors[0] if errors else QueueUnavailable("a worker of the queue has stopped")

    async def _end(self, working: Sequence[asyncio.Task[None]]) -> None:
        """Let jobs under way finish and end; repeated, as a worker that is just starting may lose a cancellation."""
        for task in working:
            task.cancel()
        left = set(working)
        while left:
            _, left = await asyncio.wait(left, timeout=_CANCEL_EVERY)
            for task in left if not self._under_way else ():
                task.cancel()

    def _task(self, handler: Handler) -> Callable[..., Awaitable[None]]:
        async def run(conversation: int) -> None:
            self._under_way += 1
            try:
                await handler(ConversationId(conversation))
            finally:
                self._under_way -= 1

        return run

    async def rescue(self, *, stalled_after: float = 8.0) -> int:
        """Give the jobs of killed workers back to the queue, in their old place; how many there were."""
        manager = self._app.job_manager
        stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=stalled_after))
        for job in stalled:
            # Another worker may have been quicker; then the job is not `doing` any more.
            with contextlib.suppress(ConnectorException):
                await manager.retry_job(job)
        return len(stalled)

    async def count_waiting(self) -> dict[str, int]:
        """How many jobs wait, by queue."""
        found = await self._app.job_manager.list_queues_async()
        return {queue["name"]: queue["todo"] for queue in found}


QueueUnavailable = ConnectorException
"""The queue's database cannot be reached now."""


async def _defer(job: JobDeferrer, conversation: ConversationId) -> None:
    """Queue a job on a connection of ours; its failures are those of the transaction that it belongs to."""
    try:
        await job.defer_async(conversation=conversation)
    except ConnectorException as exc:
        if isinstance(exc.__cause__, psycopg.OperationalError):
            raise ConnectionLost("defer", None, exc.__cause__) from exc
        raise


def _deliveries(channel: Channel) -> str:
    return f"{DELIVERIES}.{channel}"


def backoff(attempts: int) -> float:
    """Seconds to wait before the next try: 0.5, 1, 2, 4 … up to a minute."""
    return min(_LONGEST_WAIT, 0.5 * 2.0 ** min(attempts, 10))


def _pool(**arguments: Any) -> AsyncConnectionPool:  # noqa: ANN401 - whatever the library passes
    """The library's pool with a check that needs no round trip."""
    return AsyncConnectionPool(**{**arguments, "check": _check})


async def _check(connection: psycopg.AsyncConnection[Any]) -> None:
    if is_gone(connection):
        await connection.close()  # else the pool would keep it and offer it again
        raise psycopg.OperationalError("the server closed this connection")


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    """The library's calls are one statement each: BEGIN and COMMIT around them would be two round trips more.

    A plan made while the queue was empty reads the whole table, and is kept when it is long: so never that way.
    """
    await connection.set_autocommit(True)
    await connection.execute("SET enable_seqscan = off")


async def _configure_repeatable(connection: psycopg.AsyncConnection[Any]) -> None:
    await _configure(connection)
    await connection.execute(ASYNCHRONOUS_COMMIT)


class _Retry(BaseRetryStrategy):
    """A job is tried until it succeeds: giving up is decided by the turn and the outbox, in our tables."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        if isinstance(exception, ConversationChanged):
            return RetryDecision(retry_in={"seconds": 0})
        wait = backoff(job.attempts)
        if isinstance(exception, NluUnavailable | DatabaseUnavailable):
            wait = min(wait, _LONGEST_WAIT_FOR_OURS)
        if isinstance(exception, ChannelUnavailable) and exception.retry_after is not None:
            wait = exception.retry_after
        if not isinstance(exception, asyncio.CancelledError):
            log.warning(
                "job.retry",
                task=job.task_name,
                error=type(exception).__name__,
                attempts=job.attempts,
                wait_s=wait,
            )
        return RetryDecision(retry_in={"milliseconds": int(wait * 1000)})
