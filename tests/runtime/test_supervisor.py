"""The supervisor: programs become ready, come back when they die, and end in order."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from bot.supervisor import Program, ProgramFailed, Supervisor

_READY = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); print('čau', flush=True); time.sleep(600)"


class Terminal(asyncio.Queue[str]):
    """What the operator was told and has not read yet."""

    async def shows(self, words: str) -> None:
        """Read on until something with these words is said."""
        async with asyncio.timeout(10):
            while words not in await self.get():
                pass


def _program(folder: Path, name: str, script: str = _READY) -> Program:
    mark = folder / f"{name}.ready"

    async def is_ready() -> bool:
        return mark.exists()

    return Program(name, [sys.executable, "-c", script, str(mark)], folder, is_ready)


@pytest.fixture
def terminal() -> Terminal:
    """The operator's terminal."""
    return Terminal()


@pytest.fixture
async def supervisor(tmp_path: Path, terminal: Terminal) -> AsyncIterator[Supervisor]:
    """A supervisor that is stopped after the test."""
    started = Supervisor(logs=tmp_path / "logs", say=terminal.put_nowait, echo=False)
    yield started
    await started.stop()


async def test_everything_becomes_ready_and_ends(supervisor: Supervisor, tmp_path: Path) -> None:
    for name in ("nlu", "web"):
        supervisor.start(_program(tmp_path, name))
    await supervisor.wait_until_ready(seconds=20)
    running = [psutil.Process(pid) for pid in supervisor.pids().values()]
    assert len(running) == 2
    await supervisor.stop()
    assert not any(process.is_running() for process in running)
    assert (tmp_path / "logs" / "web.log").read_text() == "čau\n"


async def test_a_killed_program_is_started_again(
    supervisor: Supervisor, terminal: Terminal, tmp_path: Path
) -> None:
    supervisor.start(_program(tmp_path, "worker"))
    await supervisor.wait_until_ready(seconds=20)
    first = supervisor.pids()["worker"]
    (tmp_path / "worker.ready").unlink()
    os.kill(first, signal.SIGKILL)
    await terminal.shows("worker ended (signal SIGKILL); starting it again in 0.5 s")
    await supervisor.wait_until_ready(seconds=20)
    assert supervisor.pids()["worker"] != first


async def test_a_program_that_keeps_dying_is_given_up(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(_program(tmp_path, "web", "raise SystemExit('the port is taken')"))
    with pytest.raises(ProgramFailed, match=r"(?s)web does not start.*the port is taken"):
        await supervisor.wait_until_ready(seconds=30)


async def test_what_is_never_ready_is_not_waited_for_in_eternity(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(_program(tmp_path, "web", "import time; time.sleep(600)"))
    with pytest.raises(ProgramFailed, match="Not everything was ready"):
        await supervisor.wait_until_ready(seconds=0.3)


async def test_logs_can_be_watched(tmp_path: Path, terminal: Terminal) -> None:
    loud = Supervisor(logs=tmp_path / "logs", say=terminal.put_nowait, echo=True)
    loud.start(_program(tmp_path, "web"))
    await terminal.shows("web    │ čau")
    await loud.stop()
    assert (tmp_path / "logs" / "web.log").read_text() == "čau\n"
