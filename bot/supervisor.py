"""Keeps the programs of one machine running: starts them, starts them again when they die, ends them in order."""

import asyncio
import contextlib
import os
import signal
import time
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from bot.processes import die_with_parent
from domain.errors import ZintisError

_LOOK_EVERY = 0.1
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
_STEADY_AFTER = 60.0
"""Seconds; who lived this long is waited for from the beginning when it dies."""

_GIVE_UP_AFTER = 3
"""Deaths before it was ever ready."""

_PATIENCE = 30.0
"""Seconds between asking a program to end and making it."""

_TAIL = 12


class ProgramFailed(ZintisError):
    """A program did not become ready; the text holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run. `is_ready` is asked again and again until it says yes.

    It gets `environment` on top of ours, or with `inherits=False` nothing else: our secrets are not everybody's.
    """

    name: str
    command: Sequence[str]
    folder: Path
    is_ready: Callable[[], Awaitable[bool]]
    environment: Mapping[str, str] = field(default_factory=dict)
    inherits: bool = True


class _Run:
    """One program with its process of the moment."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.log = log
        self.process: Process | None = None
        self.task: asyncio.Task[None] | None = None
        self.ending = False
        self.deaths = 0


class Supervisor:
    """Runs programs until told to stop. `say` tells the person at the terminal; `echo` shows their logs too."""

    def __init__(self, *, logs: Path, say: Callable[[str], None], echo: bool = False) -> None:
        self._logs = logs
        self._say = say
        self._echo = echo
        self._runs: list[_Run] = []

    def start(self, program: Program) -> None:
        """Start a program and keep it running. Its log of the last run is kept beside the new one."""
        self._logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = self._logs / f"{program.name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        run = _Run(program, log)
        self._runs.append(run)
        run.task = asyncio.create_task(self._keep_running(run), name=program.name)

    async def wait_until_ready(self, *, seconds: float) -> None:
        """Wait for every program. Raises `ProgramFailed` when one keeps dying or takes too long."""
        try:
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(self._wait_for(run) for run in self._runs))
        except TimeoutError:
            raise ProgramFailed(f"Not everything was ready after {seconds:.0f} s.") from None

    async def stop(self) -> None:
        """End every program, the last started first."""
        for run in reversed(self._runs):
            run.ending = True
            await _end(run.process)
            if run.task is not None:
                run.task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await run.task
        self._runs.clear()

    def pids(self) -> dict[str, int]:
        """The process id of each program that runs now."""
        alive = ((run.program.name, run.process) for run in self._runs)
        return {name: p.pid for name, p in alive if p is not None and p.returncode is None}

    async def _wait_for(self, run: _Run) -> None:
        while not await run.program.is_ready():
            if run.deaths >= _GIVE_UP_AFTER:
                raise ProgramFailed(f"{run.program.name} does not start. {_tail(run.log)}")
            await asyncio.sleep(_LOOK_EVERY)

    async def _keep_running(self, run: _Run) -> None:
        wait = _FIRST_WAIT
        while not run.ending:
            started = time.monotonic()
            code = await self._run_once(run)
            if run.ending:
                return
            run.deaths += 1
            if time.monotonic() - started > _STEADY_AFTER:
                wait = _FIRST_WAIT
            self._say(
                f"{run.program.name} ended ({_how(code)}); starting it again in {wait:g} s, see {run.log}"
            )
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    async def _run_once(self, run: _Run) -> int:
        with run.log.open("ab") as log:
            run.process = await asyncio.create_subprocess_exec(
                *run.program.command,
                cwd=run.program.folder,
                env=_environment(run.program),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=PIPE if self._echo else log,
                stderr=STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone; we end the others in order
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
            if self._echo:
                await self._show(run, log)
            return await run.process.wait()

    async def _show(self, run: _Run, log: BinaryIO) -> None:
        output = run.process.stdout if run.process else None
        while output is not None and (line := await output.readline()):
            log.write(line)
            log.flush()
            self._say(f"{run.program.name:7}│ {line.decode(errors='replace').rstrip()}")


def _environment(program: Program) -> dict[str, str]:
    return {**(os.environ if program.inherits else {}), **program.environment}


async def _end(process: Process | None) -> None:
    """Ask a process to end, and make it when it does not."""
    if process is None or process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        try:
            async with asyncio.timeout(_PATIENCE):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join([f"The end of {log}:", *(f"  {line}" for line in lines[-_TAIL:])])
