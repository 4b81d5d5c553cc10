"""Bad days: what is lost, out of order or answered twice when processes are killed and others do not answer."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

import psutil

from bench.figures import Spread, Table
from bench.load import ask_steadily, wait_for_answers
from bench.stack import Model, Stack, postgres_pid, running
from simulators.faults import ConnectionReset, Fault, NoAnswer, ServerError, TooManyRequests

_SEED = 20261120
_KILLS = 20
_MODEL_AWAY = 60.0
_PATIENCE = 240.0
_SHARE = 0.1
"""Of the vendors' calls that fail on their bad days."""

_PEOPLE = {"telegram": 24, "whatsapp": 48}

Strike = Callable[[Stack, int], Coroutine[None, None, None]]
"""Makes the trouble; gets the seconds that the asking will take."""


@dataclass(frozen=True, slots=True)
class Day:
    """One kind of bad day."""

    name: str
    messages: int
    per_second: float
    strike: Strike
    allowed_twice: str
    strikes: Callable[[Stack], int]


async def measure(*, quick: bool) -> list[Table]:
    """Live through every bad day."""
    days = _days(quick=quick)
    model = Model.STUB if quick else Model.REAL
    async with running(model, behind_proxy=True) as stack:
        rows = [await _live_through(stack, day) for day in days]
    head = (
        *("", "messages", "strikes", "**lost**", "**out of order**", "**answered twice**"),
        *("vendor gave up", "longest wait"),
    )
    notes = (
        "Targets: lost 0, out of order 0, answered twice at most once per kill (a reply that the vendor took without "
        "saying so has to be sent again: only the vendor could tell that it is a repetition).",
        f"Random moments and faults come from seed {_SEED}. Killed processes start again after half a second.",
        "Senders repeat as the vendors do: Telegram until it is taken, with growing pauses; Twilio at once, with the "
        "connection overrides `#rc=5&rp=all` of docs/operator.md. Before the web process stands a proxy that waits for "
        "it to start, as deploy/Caddyfile does. `vendor gave up` are messages that nobody promised anything about.",
    )
    return [Table(f"Faults, {model}", head, rows, notes)]


def _days(*, quick: bool) -> list[Day]:
    share = 0.1 if quick else 1.0
    kills = max(2, int(_KILLS * share))
    return [
        Day(
            f"`kill -9` of worker and web, {kills} times",
            int(1000 * share),
            10,
            lambda stack, seconds: _kill(stack, kills, seconds),
            "kills",
            lambda _: kills,
        ),
        Day("model server away for a minute", int(400 * share), 5, _take_model_away, "0", _once),
        Day(
            "PostgreSQL restarted, and killed",
            int(300 * share),
            10,
            _restart_postgres,
            "0",
            _thrice,
        ),
        *(
            Day(name, int(300 * share), 10, _vendors_say(fault), "faults", _struck)
            for name, fault in _VENDORS.items()
        ),
    ]


_VENDORS: dict[str, Fault] = {
    "vendors answer 429": TooManyRequests(2),
    "vendors answer 500": ServerError(500),
    "vendors never answer": NoAnswer(),
    "vendors cut the connection": ConnectionReset(),
    "vendors take it and cut the connection": ConnectionReset(taken=True),
}


def _once(_: Stack) -> int:
    return 1


def _thrice(_: Stack) -> int:
    return 3


def _struck(stack: Stack) -> int:
    return len(stack.telegram.faults.happened) + len(stack.twilio.faults.happened)


async def _live_through(stack: Stack, day: Day) -> tuple[str, ...]:
    crowd = await stack.crowd(**_PEOPLE)
    before = _struck(stack)
    seconds = int(day.messages / day.per_second)
    striking = asyncio.create_task(day.strike(stack, seconds))
    await ask_steadily(crowd, per_second=day.per_second, count=day.messages)
    await striking
    await wait_for_answers(crowd, seconds=_PATIENCE)
    await asyncio.sleep(2)  # for repetitions that are still on their way
    verdict = crowd.ledger.verdict()
    strikes = day.strikes(stack) - (before if day.strikes is _struck else 0)
    print(day.name, verdict, crowd.ledger.lost()[:5], flush=True)
    return (
        day.name,
        *(str(n) for n in (verdict.asked, strikes, verdict.lost)),
        *(str(n) for n in (verdict.out_of_order, verdict.twice, verdict.refused)),
        f"{Spread.of(crowd.ledger.waits()).longest:.1f} s",
    )


async def _kill(stack: Stack, kills: int, seconds: int) -> None:
    """`kill -9` of worker or web at random moments."""
    chance = random.Random(_SEED)  # noqa: S311 - the same kills each time, no secret
    moments = sorted(chance.uniform(0.02, 0.98) * seconds for _ in range(kills))
    now = 0.0
    for moment in moments:
        await asyncio.sleep(moment - now)
        now = moment
        stack.keeper.kill(chance.choice(("worker", "web")))


async def _take_model_away(stack: Stack, seconds: int) -> None:
    away = min(_MODEL_AWAY, seconds * 0.8)
    command = await stack.keeper.pause("nlu")
    await asyncio.sleep(away)
    await stack.keeper.start(command)


async def _restart_postgres(stack: Stack, seconds: int) -> None:
    for killed in (False, True, False):
        await asyncio.sleep(seconds / 4)
        if killed:
            psutil.Process(postgres_pid(stack.folder)).kill()
            await asyncio.sleep(1)  # its children notice and end
            await asyncio.to_thread(stack.postgres.start)
        else:
            await asyncio.to_thread(stack.postgres.restart)


def _vendors_say(fault: Fault) -> Strike:
    async def strike(stack: Stack, seconds: int) -> None:
        stack.telegram.faults.randomly(_SHARE, fault, seed=_SEED, only={"sendMessage"})
        stack.twilio.faults.randomly(_SHARE, fault, seed=_SEED, only={"create"})
        await asyncio.sleep(seconds)
        stack.telegram.faults.clear()
        stack.twilio.faults.clear()

    return strike
