"""The embedded PostgreSQL: starts, is found, keeps its data, survives what an earlier run left behind."""

import hashlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import psycopg
import pytest

from bot.postgres import EmbeddedPostgres, PostgresFailed, borrowed, embedded, running_url
from bot.settings import PROJECT


def _numbers(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT n FROM numbers ORDER BY n").fetchall()]


def _keep(url: str, number: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS numbers (n int)")
        connection.execute("INSERT INTO numbers VALUES (%s)", [number])


@pytest.fixture
def folder(place: Path) -> Path:
    """Where the server's data goes."""
    return place / "postgres"


def test_data_outlives_a_restart(folder: Path) -> None:
    server = EmbeddedPostgres(folder, durable=False)
    _keep(server.start(), 1)
    url = server.restart()
    _keep(url, 2)
    assert _numbers(url) == [1, 2]
    server.stop()
    server.stop()
    assert running_url(folder) is None


def test_a_command_borrows_the_server_that_runs(folder: Path) -> None:
    with embedded(folder, durable=False) as running:
        with borrowed(folder) as url:
            assert url == running
        _keep(running, 1)  # still there
    with borrowed(folder) as own:
        assert _numbers(own) == [1]
    assert running_url(folder) is None


def test_a_stale_note_of_another_process_is_no_server(folder: Path) -> None:
    with embedded(folder, durable=False) as url:
        _keep(url, 1)
    (folder / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{folder / 'data'}\n")
    assert running_url(folder) is None
    with embedded(folder, durable=False) as url:
        assert _numbers(url) == [1]


def test_a_path_too_long_for_a_socket_still_works(place: Path) -> None:
    with embedded(place / ("long" * 25), durable=False) as url:
        _keep(url, 1)


def test_a_socket_never_goes_into_a_place_that_somebody_else_prepared(place: Path) -> None:
    folder = place / ("long" * 25)
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]
    trap = Path(tempfile.gettempdir()) / f"zintis-{digest}"
    trap.symlink_to(place)
    try:
        with pytest.raises(PostgresFailed, match="somebody else"):
            EmbeddedPostgres(folder, durable=False).start()
        assert place.stat().st_mode & 0o777 == 0o755, "what the link points to stays as it was"
    finally:
        trap.unlink()


def test_the_servers_log_is_for_its_owner_only(folder: Path) -> None:
    with embedded(folder, durable=False):
        assert (folder / "postgres.log").stat().st_mode & 0o077 == 0


def test_nothing_is_left_of_a_killed_run(folder: Path) -> None:
    script = (
        "import sys, pathlib\n"
        "from bot.postgres import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(pathlib.Path(sys.argv[1]), durable=False)\n"
        "print(server.start(), flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    ) as parent:
        assert parent.stdout is not None
        _keep(parent.stdout.readline().strip(), 1)
        server = psutil.Process(int((folder / "data" / "postmaster.pid").read_text().split()[0]))
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    # Linux ends the server with its parent; elsewhere the next run does; the data stays.
    next_run = EmbeddedPostgres(folder, durable=False)
    assert _numbers(next_run.start()) == [1]
    next_run.stop()
    psutil.wait_procs([server], timeout=10)
    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE
