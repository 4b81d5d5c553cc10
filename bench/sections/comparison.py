"""Stock Rasa with its own Telegram and Twilio channels: the same model, simulators, questions and faults."""

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from bench.figures import Spread, Table, milliseconds, per_second
from bench.ledger import Verdict
from bench.load import ask_steadily, wait_for_answers
from bench.people import Crowd
from bench.processes import Keeper
from bench.questions import Question, Recogniser, first_questions
from bench.stack import wait_until_up
from bench.stock import StockUnavailable, prepare
from bot.content import load
from bot.processes import free_port
from bot.settings import load_settings
from simulators.telegram import TelegramSimulator
from simulators.twilio import TwilioSimulator

_RATE = 5.0
_SECONDS = 30.0
_STEPS = range(20, 121, 20)
_STEP_SECONDS = 15.0
_BACKLOG = 1.0
_KILLS = 10
_KILLED_MESSAGES = 500
_SEED = 20261120


@dataclass(slots=True)
class _Running:
    telegram: TelegramSimulator
    twilio: TwilioSimulator
    keeper: Keeper
    recogniser: Recogniser
    questions: list[Question]
    newest: int = 0

    async def crowd(self, *, telegram: int = 24, whatsapp: int = 48) -> Crowd:
        """New people who have been greeted."""
        crowd = Crowd(recogniser=self.recogniser, questions=self.questions)
        first = 1000 + self.newest
        self.newest += max(telegram, whatsapp)
        crowd.join_telegram(self.telegram, telegram, first=first)
        crowd.join_whatsapp(self.twilio, whatsapp, first=first)
        await crowd.greet(per_second=15.0)
        return crowd


async def measure(*, quick: bool) -> list[Table]:
    """The same measures as ours, as far as stock Rasa can be asked for them."""
    try:
        async with _running() as rasa:
            return await _measure(rasa, share=0.2 if quick else 1.0)
    except StockUnavailable as error:
        return [Table("Stock Rasa", ("", ""), [("not measured", str(error))])]


async def _measure(rasa: _Running, *, share: float) -> list[Table]:
    crowd = await rasa.crowd()
    await ask_steadily(crowd, per_second=_RATE, count=int(_RATE * _SECONDS * share))
    await wait_for_answers(crowd, seconds=10)
    rasa.questions = [q for q in rasa.questions if q.topic in crowd.answered] or rasa.questions
    waits = Spread.of(crowd.ledger.waits())
    best = await _climb(rasa, seconds=_STEP_SECONDS * share)
    killed = await _kill(rasa, messages=int(_KILLED_MESSAGES * share), kills=int(_KILLS * share))
    return [_table(waits, best, killed, kills=int(_KILLS * share))]


async def _climb(rasa: _Running, *, seconds: float) -> int:
    best = 0
    for rate in _STEPS:
        crowd = await rasa.crowd(telegram=54, whatsapp=146)
        await ask_steadily(crowd, per_second=rate, count=int(rate * seconds))
        left = crowd.ledger.open
        await wait_for_answers(crowd, seconds=30)
        verdict = crowd.ledger.verdict()
        print(f"stock Rasa at {rate}/s: {left} open at the end, {verdict}", flush=True)
        if left > rate * _BACKLOG:
            break
        best = rate
    return best


async def _kill(rasa: _Running, *, messages: int, kills: int) -> Verdict:
    crowd = await rasa.crowd()
    chance = random.Random(_SEED)  # noqa: S311 - the same kills each time, no secret
    seconds = messages / _RATE
    asking = asyncio.create_task(ask_steadily(crowd, per_second=_RATE, count=messages))
    start = time.monotonic()
    for moment in sorted(chance.uniform(0.02, 0.98) * seconds for _ in range(kills)):
        await asyncio.sleep(max(0.0, start + moment - time.monotonic()))
        rasa.keeper.kill("rasa")
    await asking
    await wait_for_answers(crowd, seconds=90)
    return crowd.ledger.verdict()


@asynccontextmanager
async def _running() -> AsyncIterator[_Running]:
    async with AsyncExitStack() as exits:
        name = exits.enter_context(tempfile.TemporaryDirectory(prefix="zintis-bench-"))
        folder, port = Path(name), free_port()
        content = load(load_settings().content_dir)
        recogniser = Recogniser(content, now=datetime.now(UTC))
        stock = await asyncio.to_thread(prepare, content, recogniser.sure, folder=folder)
        base = f"http://127.0.0.1:{port}"
        twilio = TwilioSimulator(webhook_url=f"{base}/webhooks/twilio/webhook#rc=5&rp=all")
        telegram = await exits.enter_async_context(TelegramSimulator())
        await exits.enter_async_context(twilio)
        keeper = Keeper(folder)
        exits.push_async_callback(keeper.stop_all)
        await keeper.start(stock.server(port, telegram=telegram, twilio=twilio))
        session = await exits.enter_async_context(aiohttp.ClientSession())
        await wait_until_up(session, f"{base}/")
        questions = first_questions(content, recogniser.sure)
        yield _Running(telegram, twilio, keeper, recogniser, questions)


def _table(waits: Spread, best: int, killed: Verdict, *, kills: int) -> Table:
    rows = (
        (f"latency at {_RATE:.0f}/s, p50", milliseconds(waits.p50)),
        (f"latency at {_RATE:.0f}/s, p95", milliseconds(waits.p95)),
        ("throughput", per_second(best)),
        (f"`kill -9` {kills} times in {killed.asked} messages: lost", f"**{killed.lost}**"),
        ("… the vendor gave up", str(killed.refused)),
        ("… out of order", str(killed.out_of_order)),
        ("… answered twice", str(killed.twice)),
    )
    notes = (
        "Rasa 3.6.21 with RulePolicy (a rule and a response per topic) on the same pipeline and training data, its "
        "own `telegram` and `twilio` channels, trackers and locks in memory as by default. It asks Telegram `getMe` "
        "for each message, checks neither Telegram's secret nor Twilio's signature, and takes no status callbacks.",
        "Its channels have the vendors' addresses built in; bench/stock_server.py leads them to the simulators.",
        "Nothing stands between it and the vendors here, as a dead process is the same to it with a proxy or without: "
        "its state is gone. Killed, it needs several seconds to load again.",
    )
    return Table("Comparison: stock Rasa with its own channels", ("", "stock Rasa"), rows, notes)
