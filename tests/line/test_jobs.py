"""The queue: work is queued with the transaction, kept in order, and outlives a killed worker."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bot.jobs import Jobs
from bot.storage.database import Database
from domain.errors import ChannelUnavailable
from domain.messages import ConversationId

Handler = Callable[[ConversationId], Awaitable[None]]
ANNA, BERTS = ConversationId(1), ConversationId(2)


async def nothing(conversation: ConversationId) -> None:
    """Do nothing with a job."""


@contextlib.asynccontextmanager
async def working(
    url: str, *, take_turn: Handler = nothing, deliver: Handler = nothing
) -> AsyncIterator[Jobs]:
    jobs = Jobs(url)
    jobs.handle(take_turn=take_turn, deliver=deliver)
    await jobs.open()
    worker = asyncio.create_task(jobs.run_worker(concurrency=4))
    try:
        yield jobs
    finally:
        worker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await worker
        await jobs.close()


@pytest.fixture
async def jobs(database_url: str) -> AsyncIterator[Jobs]:
    opened = Jobs(database_url)
    await opened.open()
    yield opened
    await opened.close()


async def queue(jobs: Jobs, database: Database, *conversations: ConversationId) -> None:
    async with database.unit_of_work() as work:
        for conversation in conversations:
            await jobs.queue_turn(work, conversation)
        await work.commit()


async def test_a_job_runs_once_its_transaction_commits(
    database_url: str, database: Database
) -> None:
    done: asyncio.Queue[ConversationId] = asyncio.Queue()
    async with working(database_url, take_turn=done.put) as jobs:
        await queue(jobs, database, ANNA)
        assert await asyncio.wait_for(done.get(), 10) == ANNA


async def test_a_rollback_takes_the_job_with_it(database_url: str, database: Database) -> None:
    done: asyncio.Queue[ConversationId] = asyncio.Queue()
    async with working(database_url, take_turn=done.put) as jobs:
        async with database.unit_of_work() as work:
            await jobs.queue_turn(work, ANNA)
        await queue(jobs, database, BERTS)
        assert await asyncio.wait_for(done.get(), 10) == BERTS
    assert done.empty()


async def test_turns_of_one_conversation_never_overlap_even_while_one_waits_for_its_retry(
    database_url: str, database: Database
) -> None:
    tries: list[str] = []
    finished = asyncio.Event()

    async def take_turn(conversation: ConversationId) -> None:
        tries.append(f"{conversation}")
        if tries == ["1"]:
            reason = "not now"
            raise ChannelUnavailable(reason, retry_after=0.1)
        if len(tries) == 3:
            finished.set()

    async with working(database_url, take_turn=take_turn) as jobs:
        await queue(jobs, database, ANNA, ANNA)
        await asyncio.wait_for(finished.wait(), 10)
    assert tries == ["1", "1", "1"]


async def test_work_of_a_killed_worker_is_taken_up_again_in_its_old_place(
    database_url: str, database: Database, jobs: Jobs
) -> None:
    await queue(jobs, database, ANNA, ANNA)
    async with database.unit_of_work() as work:
        # What a worker leaves behind that was killed in the middle of a job.
        await work.connection.exec_driver_sql(
            "UPDATE procrastinate_jobs SET status = 'doing' WHERE id = 1"
        )
        await work.commit()

    assert await jobs.rescue() == 1

    async with database.reading() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT id, status FROM procrastinate_jobs ORDER BY id"
        )
        assert [tuple(row) for row in rows] == [(1, "todo"), (2, "todo")]
