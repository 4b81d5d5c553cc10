"""`zintis run`: the whole service on one machine, ended by Ctrl-C.

Database, migrations and training first, one after the other; then Rasa, web and worker at once; then, when all of them
are ready, where to chat and where the desk is.
"""

import asyncio
import fcntl
import logging
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import psutil

from bot import logs, training
from bot.clock import SystemClock
from bot.desk import agents
from bot.desk.agents import FirstLogin
from bot.postgres import EmbeddedPostgres
from bot.processes import is_port_free
from bot.settings import PROJECT, Settings
from bot.storage.database import Database
from bot.storage.migrate import migrate
from bot.supervisor import Program, Supervisor
from bot.workshop.watching import model_to_serve
from domain.errors import ZintisError

_READY_WITHIN = 180.0
_PORT_PATIENCE = 5.0
"""Seconds that an earlier run gets to leave its port."""

_END_WITHIN = 10.0
"""Seconds that a training gets to end."""

_LOCAL = ("127.0.0.1", "localhost", "::1")
_PROBE = aiohttp.ClientTimeout(total=2)


class CannotRun(ZintisError):
    """Somebody has to do something first; the text says what."""


def run(settings: Settings, *, echo: bool = False) -> None:
    """Run until Ctrl-C or SIGTERM. Raises `ZintisError` with the mend when it cannot."""
    (settings.state_dir / "logs").mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        _only_one(settings.state_dir),
        _own_log(settings),
        _no_child_left(),
        _database(settings) as database_url,
        _nlu_token(settings),
    ):
        _check_ports(settings)
        migrate(database_url)
        asyncio.run(_check_first_login(settings, database_url))
        model = _train(settings)
        asyncio.run(_serve(settings, database_url=database_url, model=model, echo=echo))
    say("Everything has stopped.")


@contextmanager
def _no_child_left() -> Iterator[None]:
    """End what still runs when we leave: a training that was under way, when somebody asked to stop."""
    ourselves = psutil.Process()
    before = set(ourselves.children(recursive=True))
    try:
        yield
    finally:
        left = [p for p in ourselves.children(recursive=True) if p not in before]
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        psutil.wait_procs(left, timeout=_END_WITHIN)


@contextmanager
def _own_log(settings: Settings) -> Iterator[None]:
    """Our own events go to a file like those of the others; the terminal belongs to the operator."""
    with (settings.state_dir / "logs" / "run.log").open("w", encoding="utf-8") as log:
        before = logging.root.handlers
        logs.configure(settings.log_format, process="run", stream=log)
        try:
            yield
        finally:
            logging.root.handlers = before


def say(what: str) -> None:
    """Tell the person at the terminal."""
    print(f"▸ {what}", flush=True)


@contextmanager
def _only_one(state_dir: Path) -> Iterator[None]:
    """Two runs on the same data would fight; the kernel frees the lock whatever happens to us."""
    with (state_dir / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun(
                f"Zintis runs already on the data in {state_dir}: stop it there with Ctrl-C, or name another "
                "folder in ZINTIS_STATE_DIR."
            ) from None
        yield


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    if settings.database_url is not None:
        yield settings.database_url
        return
    say("Database (embedded PostgreSQL)")
    server = EmbeddedPostgres(settings.state_dir / "postgres")
    try:
        yield server.start()
    finally:
        server.stop()


@contextmanager
def _nlu_token(settings: Settings) -> Iterator[None]:
    """A new token for the model server of this run, in a file that only our user reads; none when one is set."""
    if settings.nlu_token is not None or not _nlu_is_ours(settings):
        yield
        return
    file = settings.nlu_token_file
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as written:
        written.write(secrets.token_urlsafe(32))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _check_ports(settings: Settings) -> None:
    _need_port(settings.host, settings.port, mend="ZINTIS_PORT=8090")
    if _nlu_is_ours(settings):
        mend = "ZINTIS_NLU_URL=http://127.0.0.1:5006"
        _need_port("127.0.0.1", _nlu_port(settings), mend=mend)


def _need_port(host: str, port: int, *, mend: str) -> None:
    deadline = time.monotonic() + _PORT_PATIENCE
    while not is_port_free(host, port):
        if time.monotonic() > deadline:
            raise CannotRun(
                f"Port {port} is taken by another program: stop that one, or choose another port with {mend}."
            )
        time.sleep(0.1)


def _nlu_is_ours(settings: Settings) -> bool:
    """Whether Rasa is to run here; a URL of another machine means that somebody else runs it."""
    return urlsplit(settings.nlu_url).hostname in _LOCAL


def _nlu_port(settings: Settings) -> int:
    return urlsplit(settings.nlu_url).port or 80


def _train(settings: Settings) -> Path | None:
    """The model for the present content; None when Rasa runs elsewhere."""
    if not _nlu_is_ours(settings):
        return None
    return model_to_serve(settings, progress=_training_progress(), at=SystemClock().now())


def _training_progress() -> Callable[[str], None]:
    """Shows what the training says, under a heading that appears only when there is something to train."""
    said: list[str] = []

    def show(line: str) -> None:
        if not said:
            say("Training the understanding: content or training data changed")
        said.append(line)
        print(f"    {line}", flush=True)

    return show


async def _serve(settings: Settings, *, database_url: str, model: Path | None, echo: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    supervisor = Supervisor(logs=settings.state_dir / "logs", say=say, echo=echo)
    say("Understanding (Rasa), web and worker")
    try:
        for program in _programs(settings, database_url=database_url, model=model):
            supervisor.start(program)
        if await _finished_before(stop, supervisor.wait_until_ready(seconds=_READY_WITHIN)):
            login = await _first_login(settings, database_url)
            print(box(announcement(settings, login)), flush=True)
            await stop.wait()
        say("Stopping")
    finally:
        await supervisor.stop()


async def _finished_before(stop: asyncio.Event, work: Awaitable[None]) -> bool:
    """Whether the work ended before somebody asked to stop."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        working.cancel()
        return False
    await working
    return True


def _programs(settings: Settings, *, database_url: str, model: Path | None) -> Iterator[Program]:
    if model is not None:
        yield Program(
            name="nlu",
            command=training.server_command(model, _nlu_port(settings)),
            folder=training.NLU,
            environment=training.server_environment(
                state=settings.state_dir, token=settings.nlu_secret
            ),
            inherits=False,
            is_ready=_answers(f"{settings.nlu_url}/"),
        )
    web = f"http://{reachable(settings.host)}:{settings.port}"
    yield _part("web", database_url, is_ready=_answers(f"{web}/healthz"))
    yield _part("worker", database_url, is_ready=_answers(f"{web}/readyz"))
    if model is not None:
        yield Program(
            name="workshop",
            command=[sys.executable, "-m", "bot.cli", "content", "watch"],
            folder=PROJECT,
            environment={"PYTHONUNBUFFERED": "1"},
            is_ready=_at_once,
        )


def _part(name: str, database_url: str, *, is_ready: Callable[[], Awaitable[bool]]) -> Program:
    return Program(
        name=name,
        command=[sys.executable, "-m", "bot.cli", name, "--no-migrate"],
        folder=PROJECT,
        environment={"ZINTIS_DATABASE_URL": database_url, "PYTHONUNBUFFERED": "1"},
        is_ready=is_ready,
    )


async def _at_once() -> bool:
    return True


def _answers(url: str) -> Callable[[], Awaitable[bool]]:
    async def is_ready() -> bool:
        try:
            async with aiohttp.ClientSession(timeout=_PROBE) as session, session.get(url) as reply:
                return reply.ok
        except (aiohttp.ClientError, TimeoutError):
            return False

    return is_ready


async def _check_first_login(settings: Settings, database_url: str) -> None:
    """Refuse what was chosen for the first login before the training, not after it. Raises `AgentRefused`."""
    async with _pool(database_url) as database:
        await agents.check_first_admin(
            database, email=settings.admin_email, password=_chosen_password(settings)
        )


async def _first_login(settings: Settings, database_url: str) -> FirstLogin | None:
    async with _pool(database_url) as database:
        return await agents.ensure_first_admin(
            database, email=settings.admin_email, password=_chosen_password(settings)
        )


@asynccontextmanager
async def _pool(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, pool_size=1)
    try:
        yield database
    finally:
        await database.close()


def _chosen_password(settings: Settings) -> str | None:
    return settings.admin_password.get_secret_value() if settings.admin_password else None


def reachable(host: str) -> str:
    """The name under which this machine reaches a server that listens on `host`."""
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - read, not bound


def announcement(settings: Settings, login: FirstLogin | None) -> list[str]:
    """What the operator wants to know now."""
    address = settings.public_url or f"http://{reachable(settings.host)}:{settings.port}"
    lines = [
        "Zintis is ready.",
        "",
        f"Chat (tērzēšana)     {address}/",
        f"Desk (darba galds)   {address}/desk/",
    ]
    lines += [
        *_login_lines(settings, login),
        "",
        f"Telegram             {_telegram_state(settings)}",
        f"WhatsApp             {_whatsapp_state(settings)}",
        f"Logs                 {settings.state_dir / 'logs'}",
        "Stop                 Ctrl-C",
    ]
    return lines


def _login_lines(settings: Settings, login: FirstLogin | None) -> list[str]:
    if login is None:
        return ["Logins               `.venv/bin/zintis agent add` makes another one"]
    shown = [f"First login          {login.email}", f"  password           {login.password}"]
    if settings.admin_password is None:
        shown.append("  Shown only this once: write it down, and change it at the desk.")
    return shown


def _telegram_state(settings: Settings) -> str:
    if not settings.telegram_on:
        return "off (set ZINTIS_TELEGRAM_TOKEN)"
    return f"on, {settings.telegram_updates}"


def _whatsapp_state(settings: Settings) -> str:
    if not settings.whatsapp_on:
        return "off (set ZINTIS_TWILIO_ACCOUNT_SID and the others)"
    if settings.public_url is None:
        return "on, but deaf: Twilio needs ZINTIS_PUBLIC_URL"
    return "on"


def box(lines: list[str]) -> str:
    """A frame around lines, so that they are found among everything else."""
    width = max(len(line) for line in lines)
    middle = [f"│ {line:<{width}} │" for line in lines]
    return "\n".join([f"┌{'─' * (width + 2)}┐", *middle, f"└{'─' * (width + 2)}┘"])
