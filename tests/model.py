"""The real model: trained when its inputs changed, served as `zintis run` serves it."""

import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot import training
from bot.content import load
from bot.processes import die_with_parent, free_port
from bot.settings import PROJECT

_READY_WITHIN = 120.0
_LOOK_EVERY = 0.1
"""Seconds."""


@contextmanager
def running_model() -> Iterator[str]:
    """A server of the model for today's content, for the time of the block; gives its URL."""
    model = training.train(load(PROJECT / "content"))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        training.server_command(model, port),
        cwd=Path(training.NLU),
        env=training.server_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # A test run that is killed cleans nothing up; the child only asks the kernel before it is Rasa.
        preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no lock is taken there
    ) as process:
        try:
            _wait_until_ready(url, process)
            yield url
        finally:
            process.terminate()


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while time.monotonic() < deadline:
        assert process.poll() is None, "the model server ended"
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(_LOOK_EVERY)
    message = "the model server does not answer"
    raise AssertionError(message)
