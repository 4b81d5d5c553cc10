"""The connection pool and the unit of work."""

import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import psycopg
from sqlalchemy import PoolProxiedConnection, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.exc import OperationalError as ConnectionLost
from sqlalchemy.exc import SQLAlchemyError as DatabaseUnavailable
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine


def driver_url(url: str) -> str:
    """The URL with our driver named: `postgresql://` and `postgres://` become `postgresql+psycopg://`."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in ("postgresql", "postgres") else url


def plain_url(url: str) -> str:
    """The same URL as libpq reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def is_gone(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Whether the server has closed a connection that is at rest: then the end of its stream can be read.

    It costs no round trip, so it is asked before each use: a restarted PostgreSQL must not cost a message its turn.
    """
    if connection.closed:
        return True
    resting = select.poll()
    resting.register(connection.fileno(), select.POLLIN)
    return bool(resting.poll(0))


class UnitOfWork:
    """One transaction. Nothing is kept unless `commit` was called."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def commit(self) -> None:
        """Keep everything done so far."""
        await self.connection.commit()

    async def driver(self) -> psycopg.AsyncConnection[Any]:
        """The driver's connection under this transaction, for whoever must write on the very same one."""
        raw = await self.connection.get_raw_connection()
        return cast("psycopg.AsyncConnection[Any]", raw.driver_connection)


ASYNCHRONOUS_COMMIT = "SET synchronous_commit = off"
"""For work that is repeated when it is lost: turns and deliveries.

A commit that notifies somebody holds up every other one that does until it is on the disk, and nearly all of ours do.
Commits keep their order: a power cut takes back the last fraction of a second, the job that did it included, so that
the message is answered again. What residents and staff were told is safe is written by the web process, which waits.
"""


class Database:
    """The pool of connections to one PostgreSQL.

    With `repeatable`, commits do not wait for the disk: see `ASYNCHRONOUS_COMMIT`.
    """

    def __init__(self, url: str, *, pool_size: int = 10, repeatable: bool = False) -> None:
        self.url = url
        self._engine: AsyncEngine = create_async_engine(
            driver_url(url),
            pool_size=pool_size,
            max_overflow=0,
            hide_parameters=True,  # they are what residents wrote, and errors are logged
        )
        event.listen(self._engine.sync_engine, "checkout", _replace_if_gone)
        if repeatable:
            event.listen(self._engine.sync_engine, "connect", _commit_asynchronously)

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        """A transaction that rolls back unless it was committed."""
        async with self._engine.connect() as connection:
            # Begun here, or SQLAlchemy would not commit what was written through `driver()` alone.
            await connection.begin()
            yield UnitOfWork(connection)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for queries that belong to no transaction of ours."""
        async with self._engine.connect() as connection:
            yield await connection.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose queries all see the same moment, whatever others do meanwhile."""
        async with self._engine.connect() as connection:
            yield await connection.execution_options(isolation_level="REPEATABLE READ")

    @asynccontextmanager
    async def leadership(self, name: str) -> AsyncIterator[None]:
        """Wait until no other process holds this name, and hold it for the time of the block."""
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(
                text("SELECT pg_advisory_lock(hashtextextended(:name, 0))"), {"name": name}
            )
            try:
                yield
            finally:
                # The lock belongs to the session: ending that is what surely gives it back.
                await connection.invalidate()

    async def is_alive(self) -> bool:
        """Whether a query comes back."""
        async with self.reading() as connection:
            return bool((await connection.exec_driver_sql("SELECT 1")).scalar_one())

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


def _replace_if_gone(
    connection: DBAPIConnection, _record: object, _proxy: PoolProxiedConnection
) -> None:
    if is_gone(connection.driver_connection):
        raise DisconnectionError  # the pool makes new ones


def _commit_asynchronously(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(ASYNCHRONOUS_COMMIT)
    cursor.close()
    connection.commit()


__all__ = [
    "ASYNCHRONOUS_COMMIT",
    "ConnectionLost",
    "Database",
    "DatabaseUnavailable",
    "PoolExhausted",
    "UnitOfWork",
    "driver_url",
    "is_gone",
    "plain_url",
]
