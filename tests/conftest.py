"""What every test may use: a real PostgreSQL, one migrated database per test, passwords that cost little."""

import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import structlog
from argon2 import PasswordHasher
from psycopg import sql

from bot.desk import passwords
from bot.postgres import EmbeddedPostgres
from bot.storage.database import Database
from bot.storage.migrate import migrate
from tests.model import running_model

_TEMPLATE = "zintis_template"
_PREFIX = "zintis-tests-"
_ROOM = 2 * 1024**3
"""Bytes."""

_numbers = itertools.count(1)


def _folder() -> Path:
    """Where the server keeps its data: in memory where there is room, for databases come and go with each test.

    Not pytest's own folder: as root the server runs as somebody else, whom a second test run would lock out of it.
    """
    memory = Path("/dev/shm")  # noqa: S108 - the name of the system, what we put there is ours alone
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > _ROOM
    home = memory if roomy else Path(tempfile.gettempdir())
    for left in home.glob(f"{_PREFIX}*"):  # by runs that were killed
        if not psutil.pid_exists(int(left.name.split("-")[-2])):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=home))
    folder.chmod(0o755)
    return folder


def _named(url: str, database: str) -> str:
    return url.replace("/zintis?", f"/{database}?", 1)


@pytest.fixture(scope="session", autouse=True)
def real_hasher() -> Iterator[PasswordHasher]:
    """The hasher of the service, put aside for the run: it takes its time on purpose, and a thousand agents log in."""
    real = passwords._hasher
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64))
        yield real


@pytest.fixture(scope="session", autouse=True)
def _short_tracebacks() -> None:
    """A logged error shows its lines only. With all variables, the whole content among them, that took seconds."""
    *before, _ = structlog.get_config()["processors"]
    shown = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*before, shown])


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server that lives as long as the test run; its template database is migrated."""
    folder = _folder()
    server = EmbeddedPostgres(folder, durable=False)
    url = server.start()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_TEMPLATE)))
    migrate(_named(url, _TEMPLATE))
    yield url
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database_url(postgres: str) -> Iterator[str]:
    """The URL of a fresh database with the newest schema."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(_TEMPLATE)
            )
        )
    yield _named(postgres, name)
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A pool of connections to the test's database."""
    opened = Database(database_url, pool_size=5)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def nlu_url() -> Iterator[str]:
    """A server with the model of today's content, which is trained first when its inputs changed."""
    with running_model() as url:
        yield url
