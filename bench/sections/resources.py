"""What it takes: memory of each process after work, the time of a second start, the time of a training."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from bench import processes
from bench.figures import Table, megabytes
from bench.load import ask_steadily, wait_for_answers
from bench.processes import Memory
from bench.stack import Model, postgres_pid, running
from bot import training
from bot.content import load
from bot.processes import free_port
from bot.settings import PROJECT, load_settings

_MESSAGES = 500
_READY = "Zintis is ready."
_READY_WITHIN = 300.0
_TARGET_START = 20.0


async def measure(*, quick: bool) -> list[Table]:
    """Measure memory under load first, then starts and a training in a folder of their own."""
    memory = await _memory(messages=50 if quick else _MESSAGES)
    with tempfile.TemporaryDirectory(prefix="zintis-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # noqa: ASYNC240 - nothing else runs yet
        trained = await asyncio.to_thread(_train, folder)
        first = await _start(folder)
        second = await _start(folder)
    return [_memory_table(memory), _times_table(trained, first, second)]


async def _memory(*, messages: int) -> dict[str, Memory]:
    async with running(Model.REAL) as stack:
        crowd = await stack.crowd(telegram=25, whatsapp=50)
        await ask_steadily(crowd, per_second=20, count=messages)
        await wait_for_answers(crowd, seconds=60)
        found = {n: processes.memory(stack.keeper.pid(n)) for n in stack.keeper.names()}
        return found | {"postgres": processes.memory(postgres_pid(stack.folder))}


def _train(folder: Path) -> float:
    content = load(load_settings().content_dir)
    begun = time.monotonic()
    training.train(content, state=folder, progress=lambda _: None)
    return time.monotonic() - begun


async def _start(folder: Path) -> float:
    """Seconds of `zintis run` until everything is ready."""
    begun = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "bot.cli", "run"),
        cwd=PROJECT,
        env=processes.ENVIRONMENT
        | {
            "ZINTIS_STATE_DIR": str(folder),
            "ZINTIS_PORT": str(free_port()),
            "ZINTIS_NLU_URL": f"http://127.0.0.1:{free_port()}",
            "PYTHONUNBUFFERED": "1",
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_READY_WITHIN):
            await _read_until(process, _READY)
        return time.monotonic() - begun
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGINT)
        await process.communicate()


async def _read_until(process: Process, words: str) -> None:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    while line := await process.stdout.readline():
        if words in line.decode():
            return
    raise RuntimeError("`zintis run` ended before it was ready")


def _memory_table(found: dict[str, Memory]) -> Table:
    rows = [(n, megabytes(m.resident), megabytes(m.proportional)) for n, m in found.items()]
    together = sum(m.proportional for m in found.values())
    rows.append(("together", "", f"**{megabytes(together)}**"))
    note = "PSS counts what processes share once; the RSS of PostgreSQL counts its shared memory for each session."
    return Table("Memory after the load", ("process", "RSS", "PSS"), rows, (note,))


def _times_table(trained: float, first: float, second: float) -> Table:
    rows = (
        ("training", f"{trained:.0f} s"),
        ("`zintis run`, new database, trained", f"{first:.1f} s"),
        (
            "`zintis run` again, nothing changed",
            f"**{second:.1f} s** (target < {_TARGET_START:.0f} s)",
        ),
    )
    return Table("Starting and training", ("", "time"), rows)
