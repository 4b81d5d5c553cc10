"""Web and worker as processes: they end when asked, whatever state their database is in."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

from bot.postgres import EmbeddedPostgres
from bot.processes import free_port, is_port_free
from bot.settings import PROJECT
from bot.storage.migrate import migrate

_ENDS_WITHIN = 60.0
"""Seconds for a whole life; mostly it takes five."""


@pytest.fixture
def server(place: Path) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL of its own, as the test takes it away."""
    started = EmbeddedPostgres(place / "postgres", durable=False)
    yield started
    started.stop()


@contextmanager
def _process(name: str, database_url: str) -> Iterator[subprocess.Popen[str]]:
    environment = {
        **os.environ,
        "ZINTIS_DATABASE_URL": database_url,
        "ZINTIS_NLU_URL": f"http://127.0.0.1:{free_port()}",
        "ZINTIS_PORT": str(free_port()),
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "bot.cli", name, "--no-migrate"]
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        too_long = Timer(_ENDS_WITHIN, process.kill)
        too_long.start()
        try:
            yield process
        finally:
            too_long.cancel()
            process.kill()


def _read_until(process: subprocess.Popen[str], event: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if event in line:
            return
    pytest.fail(f"it ended before {event}")


@pytest.mark.parametrize("name", ["web", "worker"])
def test_it_ends_when_asked(name: str, server: EmbeddedPostgres) -> None:
    url = server.start()
    migrate(url)
    with _process(name, url) as process:
        _read_until(process, f"{name}.ready")
        process.send_signal(signal.SIGTERM)
        _read_until(process, f"{name}.stopped")
        assert process.wait(_ENDS_WITHIN) == 0


def test_a_worker_ends_when_asked_though_its_database_ends_too(server: EmbeddedPostgres) -> None:
    url = server.start()
    migrate(url)
    with _process("worker", url) as process:
        _read_until(process, "worker.ready")
        process.send_signal(signal.SIGTERM)
        server.stop()
        process.communicate(timeout=_ENDS_WITHIN)
        assert process.returncode == 0


def test_a_free_port_is_free() -> None:
    assert is_port_free("127.0.0.1", free_port())
