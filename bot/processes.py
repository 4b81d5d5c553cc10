"""Processes: that they end with their parent and when they are asked to, and that their ports are free."""

import asyncio
import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine

import uvloop

_PR_SET_PDEATHSIG = 1
"""From <linux/prctl.h>."""

_LONGEST_GOODBYE = 28.0
"""Seconds; supervisors and container engines wait 30."""


def die_with_parent(signal_number: signal.Signals) -> Callable[[], None] | None:
    """What a child must do first so that the kernel signals it when its parent is gone, `kill -9` included.

    For `preexec_fn`. Only Linux can do this; elsewhere there is nothing to do and the next start finds the leftovers.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl  # loaded here: after the fork nothing may be loaded any more
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, int(signal_number))
        if os.getppid() != parent:  # it died in between
            os.kill(os.getpid(), signal_number)

    return ask


def stop_asked() -> asyncio.Event:
    """Set when somebody asks this process to end, by SIGTERM or SIGINT; call it before anything else starts."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask() -> None:
        asked.set()
        # Whatever still hangs then may be cut off: other processes take it up, as after any `kill -9`.
        loop.call_later(_LONGEST_GOODBYE, os._exit, 1)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask)
    return asked


def run(main: Coroutine[None, None, None]) -> None:
    """Run a process's main coroutine, on the faster of the event loops that there are."""
    uvloop.run(main)


def is_cancelled() -> bool:
    """Whether the task that asks was cancelled, although it still runs.

    A cancellation gets lost when it hits a query whose connection breaks over it: then only the breaking is raised.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def is_port_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
