"""PostgreSQL restarts: connections at rest are replaced, and a message at the door waits for the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from bot.inbox import Inbox
from bot.jobs import Jobs
from bot.storage.database import ConnectionLost, Database, UnitOfWork
from tests.line.conftest import Line


def end_all_sessions(url: str) -> None:
    """What a restart does to every connection."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


class Restarting(Database):
    """A database that refuses the first few transactions."""

    def __init__(self, url: str, *, refusals: int) -> None:
        super().__init__(url)
        self.refusals = refusals

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        if self.refusals:
            self.refusals -= 1
            raise OperationalError("BEGIN", None, psycopg.OperationalError("starting up"))
        async with super().unit_of_work() as work:
            yield work


async def test_a_query_after_a_restart_finds_a_new_connection(
    database: Database, database_url: str
) -> None:
    assert await database.is_alive()
    end_all_sessions(database_url)
    assert await database.is_alive()


async def test_the_queue_finds_a_new_connection_too(database_url: str) -> None:
    jobs = Jobs(database_url, pool_size=2)
    await jobs.open()
    assert await jobs.count_waiting() == {}
    end_all_sessions(database_url)
    assert await jobs.count_waiting() == {}
    await jobs.close()


async def test_a_message_waits_at_the_door_until_the_database_is_back(
    line: Line, database_url: str
) -> None:
    database = Restarting(database_url, refusals=1)
    jobs = Jobs(database_url)
    await jobs.open()
    inbox = Inbox(database=database, jobs=jobs, clock=line.clock)
    assert await inbox.accept(line.message("labdien")) is True
    assert await line.stored() == ["labdien"]
    await jobs.close()
    await database.close()


async def test_a_database_that_stays_away_is_told_to_the_vendor(
    line: Line, database_url: str
) -> None:
    database = Restarting(database_url, refusals=1)
    jobs = Jobs(database_url)
    await jobs.open()
    inbox = Inbox(database=database, jobs=jobs, clock=line.clock, patience=0)
    with pytest.raises(ConnectionLost):
        await inbox.accept(line.message("labdien"))
    await jobs.close()
    await database.close()
