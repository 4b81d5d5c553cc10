"""Processes of the system under test: started, killed, started again at once, measured."""

import asyncio
import contextlib
import os
import platform
import signal
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bot.processes import die_with_parent
from bot.settings import PROJECT

_RESTART_AFTER = 0.5
"""Seconds, as in `zintis run` after the first death; here after each, because we kill far more often than life does."""

# Without bytecode on the disk each start would compile every library again: nobody runs it so.
ENVIRONMENT = {n: v for n, v in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True, slots=True)
class Command:
    """How to start a process."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = PROJECT


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of a process with its children, in bytes; PSS counts shared pages once."""

    resident: int
    proportional: int


class Keeper:
    """Keeps processes running until told to stop."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._processes: dict[str, Process] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._commands: dict[str, Command] = {}

    async def start(self, command: Command) -> None:
        """Start a process and keep it running."""
        self._commands[command.name] = command
        self._processes[command.name] = await self._launch(command)
        self._tasks[command.name] = asyncio.create_task(self._keep(command))

    def kill(self, name: str) -> None:
        """`kill -9`; it is started again."""
        with contextlib.suppress(ProcessLookupError):
            self._processes[name].kill()

    def pid(self, name: str) -> int:
        """The process id of the moment."""
        return self._processes[name].pid

    def names(self) -> list[str]:
        """All that are kept running."""
        return list(self._processes)

    def last_words(self) -> str:
        """The ends of all logs, for when something did not start."""
        logs = sorted(self._logs.glob("*.log"))
        return "\n".join(f"{log.stem}: {log.read_text()[-1500:]}" for log in logs)

    async def stop(self, name: str) -> None:
        """End a process for good."""
        task = self._tasks.pop(name)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        process = self._processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(15):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def pause(self, name: str) -> Command:
        """End a process; what has to be started to have it back."""
        await self.stop(name)
        return self._commands[name]

    async def stop_all(self) -> None:
        """End everything, the last started first."""
        for name in reversed(list(self._processes)):
            await self.stop(name)

    async def _keep(self, command: Command) -> None:
        while True:
            await self._processes[command.name].wait()
            await asyncio.sleep(_RESTART_AFTER)
            self._processes[command.name] = await self._launch(command)

    async def _launch(self, command: Command) -> Process:
        with (self._logs / f"{command.name}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *command.arguments,
                cwd=command.folder,
                env={**ENVIRONMENT, **command.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )


def cpu_seconds(pid: int) -> float:
    """Processor time that a process and its living children have used."""
    total = 0.0
    for process in family(pid):
        with contextlib.suppress(psutil.Error):
            used = process.cpu_times()
            total += used.user + used.system
    return total


def memory(pid: int) -> Memory:
    """What a process and its children hold now."""
    resident = proportional = 0
    for process in family(pid):
        with contextlib.suppress(psutil.Error):
            found = process.memory_full_info()
            resident += found.rss
            proportional += getattr(found, "pss", found.rss)  # PSS only where /proc has it
    return Memory(resident, proportional)


def family(pid: int) -> list[psutil.Process]:
    """A process and all that descend from it."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def machine() -> str:
    """What the figures were measured on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    size = psutil.virtual_memory().total / 2**30
    return (
        f"{platform.system()} {platform.machine()}, {cores} cores, {size:.0f} GiB, "
        f"Python {platform.python_version()}"
    )
