"""What the watcher is doing, told through a small file: the desk and the terminal read the same."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from domain.errors import ZintisError


class AlreadyWatched(ZintisError):
    """Another process watches this content."""


class WatchState(StrEnum):
    """Where the watcher is."""

    READY = "ready"
    TRAINING = "training"
    MEASURING = "measuring"
    RELEASED = "released"
    REFUSED = "refused"
    BROKEN = "broken"
    """The content files have mistakes; the old content is served."""

    FAILED = "failed"
    """Training or measuring itself failed; the old model is served."""


@dataclass(frozen=True, slots=True)
class Status:
    """The watcher's last word. `details` are lines under it: mistakes, or questions that became worse."""

    state: WatchState
    words: str
    at: str
    details: tuple[str, ...] = ()


class StatusFile:
    """Writes and reads the status of one installation."""

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / "workshop"
        self._file = self._folder / "status.json"

    @contextmanager
    def watching(self) -> Iterator[None]:
        """The time of one watcher. Raises `AlreadyWatched`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "watch.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyWatched(
                    "Saturam jau seko cits process (tas darbojas kopā ar `make run`)."
                ) from None
            yield

    def is_watched(self) -> bool:
        """Whether a watcher is alive: the kernel frees its lock whatever happens to it."""
        path = self._folder / "watch.lock"
        if not path.is_file():
            return False
        with path.open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def write(
        self, state: WatchState, words: str, *, at: datetime, details: tuple[str, ...] = ()
    ) -> Status:
        """Tell everybody."""
        status = Status(state, words, at.isoformat(timespec="seconds"), details)
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(status), ensure_ascii=False), encoding="utf-8")
        fresh.replace(self._file)
        return status

    def read(self) -> Status | None:
        """The last word, None when nobody ever watched."""
        if not self._file.is_file():
            return None
        told = json.loads(self._file.read_text(encoding="utf-8"))
        return Status(WatchState(told["state"]), told["words"], told["at"], tuple(told["details"]))
