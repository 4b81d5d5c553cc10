"""The system under test: every process a real one, and the vendors as simulators."""

import asyncio
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import aiohttp
import psutil

from bench import processes
from bench.front import standing_before
from bench.load import ask_steadily, wait_for_answers
from bench.people import STRIDE, Crowd
from bench.processes import Command, Keeper
from bench.questions import Question, Recogniser, first_questions, understood_questions
from bot import training
from bot.content import Content, load
from bot.nlu import RasaNlu
from bot.postgres import EmbeddedPostgres
from bot.processes import free_port
from bot.settings import load_settings
from bot.storage.migrate import migrate
from simulators.telegram import TelegramSimulator
from simulators.twilio import ACCOUNT_SID, AUTH_TOKEN, SENDER, TEMPLATE_SID, TwilioSimulator

PUBLIC_URL = "https://zintis.example"
NLU_TOKEN = secrets.token_urlsafe(32)
_READY_WITHIN = 90.0
_LOOK_EVERY = 0.05
_REHEARSAL_RATE = 30.0
_REHEARSAL_PATIENCE = 15.0

# Twilio repeats once, and only when no connection came about. Its connection overrides in the address of the webhook
# ask for more: five times, after time-outs and errors too. docs/operator.md recommends the same.
TWILIO_WEBHOOK = f"{PUBLIC_URL}/whatsapp/webhook#rc=5&rp=all"


class Model(StrEnum):
    """Who understands."""

    STUB = "stub"
    REAL = "real model"


class NotReady(Exception):
    """A process did not become ready; its log says why."""


@dataclass(slots=True)
class Stack:
    """Everything that runs, and how to reach it."""

    model: Model
    folder: Path
    content: Content
    recogniser: Recogniser
    postgres: EmbeddedPostgres
    database_url: str
    keeper: Keeper
    telegram: TelegramSimulator
    twilio: TwilioSimulator
    session: aiohttp.ClientSession
    web_url: str
    nlu_url: str
    questions: list[Question]
    newest: int = 0

    async def crowd(self, *, telegram: int, whatsapp: int, web: int = 0) -> Crowd:
        """New people, so many on each channel, who have had the introduction."""
        crowd = self.strangers(telegram=telegram, whatsapp=whatsapp, web=web)
        await crowd.greet()
        return crowd

    def strangers(self, *, telegram: int, whatsapp: int, web: int = 0) -> Crowd:
        """New people who have said nothing yet."""
        crowd = Crowd(recogniser=self.recogniser, questions=self.questions)
        first = 1000 + self.newest
        self.newest += max(telegram, whatsapp, web)
        crowd.join_telegram(self.telegram, telegram, first=first)
        crowd.join_whatsapp(self.twilio, whatsapp, first=first)
        crowd.join_web(self.web_url, self.session, web, first=first)
        return crowd

    async def start_worker(self, name: str = "worker") -> None:
        """Start a worker."""
        await self.keeper.start(_ours(name, "worker", _environment(self)))

    async def wait_for(self, path: str, *, seconds: float = _READY_WITHIN) -> None:
        """Wait until the web process answers 200."""
        await wait_until_up(self.session, f"{self.web_url}{path}", seconds=seconds)

    def cpu(self) -> dict[str, float]:
        """Processor seconds used so far, by part; `bench` is this process: senders and simulators."""
        used = {name: processes.cpu_seconds(self.keeper.pid(name)) for name in self.keeper.names()}
        used["postgres"] = processes.cpu_seconds(postgres_pid(self.folder))
        own = psutil.Process().cpu_times()
        return used | {"bench": own.user + own.system}


@asynccontextmanager
async def running(
    model: Model,
    *,
    web_processes: int = 1,
    workers: int = 1,
    settings: Mapping[str, str] | None = None,
    behind_proxy: bool = False,
) -> AsyncIterator[Stack]:
    """The whole system, ready to be written to; everything ends with the block."""
    async with AsyncExitStack() as exits:
        folder = exits.enter_context(_folder())
        postgres = EmbeddedPostgres(folder / "postgres")
        exits.callback(postgres.stop)
        database_url = postgres.start()
        migrate(database_url)
        port = free_port()
        web_url = f"http://127.0.0.1:{port}"
        local_url = web_url
        if behind_proxy:
            local_url = await exits.enter_async_context(standing_before(port))
        routes = {PUBLIC_URL: local_url}
        content = load(load_settings().content_dir)
        stack = Stack(
            model=model,
            folder=folder,
            content=content,
            recogniser=Recogniser(content, now=datetime.now(UTC)),
            postgres=postgres,
            database_url=database_url,
            keeper=Keeper(folder),
            telegram=await exits.enter_async_context(TelegramSimulator(routes=routes)),
            twilio=await exits.enter_async_context(
                TwilioSimulator(webhook_url=TWILIO_WEBHOOK, routes=routes)
            ),
            session=await exits.enter_async_context(
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
            ),
            web_url=web_url,
            nlu_url=f"http://127.0.0.1:{free_port()}",
            questions=[],
        )
        exits.push_async_callback(stack.keeper.stop_all)
        try:
            await _start(
                stack, web_processes=web_processes, workers=workers, settings=settings or {}
            )
        except NotReady as error:
            raise NotReady(f"{error}\n{stack.keeper.last_words()}") from None
        yield stack


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="zintis-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user when we are root
        yield folder


async def _start(
    stack: Stack, *, web_processes: int, workers: int, settings: Mapping[str, str]
) -> None:
    await stack.keeper.start(nlu_command(stack.model, stack.content, stack.nlu_url))
    await wait_until_up(stack.session, f"{stack.nlu_url}/", seconds=_READY_WITHIN)
    environment = {**_environment(stack), **settings}
    for number in range(web_processes):
        await stack.keeper.start(_ours(f"web-{number}" if number else "web", "web", environment))
    for number in range(workers):
        await stack.keeper.start(
            _ours(f"worker-{number}" if number else "worker", "worker", environment)
        )
    await stack.wait_for("/readyz")
    await stack.telegram.wait_for_call("setWebhook")
    stack.questions = await _understood(stack)
    await _rehearse(stack)


async def _understood(stack: Stack) -> list[Question]:
    topics = stack.recogniser.sure
    if stack.model is Model.STUB:
        return first_questions(stack.content, topics)
    async with RasaNlu.connected(stack.nlu_url, token=NLU_TOKEN) as nlu:
        return await understood_questions(stack.content, topics, nlu=nlu)


async def _rehearse(stack: Stack) -> None:
    """Ask everything once and keep what its topic answers: some words mean an emergency before any model is asked."""
    crowd = await stack.crowd(telegram=0, whatsapp=-(-len(stack.questions) // STRIDE))
    count = STRIDE * len(crowd.residents)
    await ask_steadily(crowd, per_second=_REHEARSAL_RATE, count=count)
    await wait_for_answers(crowd, seconds=_REHEARSAL_PATIENCE)
    stack.questions = [q for q in stack.questions if q.topic in crowd.answered]


def _environment(stack: Stack) -> dict[str, str]:
    return {
        "ZINTIS_STATE_DIR": str(stack.folder),
        "ZINTIS_DATABASE_URL": stack.database_url,
        "ZINTIS_PORT": stack.web_url.rpartition(":")[2],
        "ZINTIS_PUBLIC_URL": PUBLIC_URL,
        "ZINTIS_NLU_URL": stack.nlu_url,
        "ZINTIS_NLU_TOKEN": NLU_TOKEN,
        "ZINTIS_LOG_FORMAT": "json",
        "ZINTIS_TELEGRAM_TOKEN": stack.telegram.token,
        "ZINTIS_TELEGRAM_API_URL": stack.telegram.url,
        "ZINTIS_TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "ZINTIS_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "ZINTIS_TWILIO_API_URL": stack.twilio.url,
        "ZINTIS_WHATSAPP_FROM": SENDER,
        "ZINTIS_WHATSAPP_TEMPLATE_SID": TEMPLATE_SID,
    }


def nlu_command(model: Model, content: Content, url: str) -> Command:
    """How to start the model server: the real one as `zintis run` does, or the stub."""
    port = url.rpartition(":")[2]
    if model is Model.STUB:
        return Command("nlu", [sys.executable, "-m", "bench.stub", port])
    state = load_settings().state_dir
    trained = training.train(content, state=state)
    return Command(
        "nlu",
        training.server_command(trained, int(port)),
        training.server_environment(state=state, token=NLU_TOKEN),
        training.NLU,
    )


def _ours(name: str, part: str, environment: Mapping[str, str]) -> Command:
    command = [sys.executable, "-P", "-m", "bot.cli", part]
    return Command(name, command, environment)


def postgres_pid(folder: Path) -> int:
    """The process of the embedded server."""
    return int((folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


async def wait_until_up(
    session: aiohttp.ClientSession, url: str, *, seconds: float = _READY_WITHIN
) -> None:
    """Wait until an address answers 200."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            async with session.get(url) as response:
                if response.ok:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(_LOOK_EVERY)
    raise NotReady(f"{url} did not answer within {seconds:.0f} s")
