"""How long a resident waits: from the webhook's POST to the reply at the vendor, above the model's own time."""

import asyncio
import time

from bench.figures import Spread, Table, milliseconds
from bench.load import ask_steadily, wait_for_answers
from bench.people import Crowd
from bench.stack import NLU_TOKEN, Model, Stack, running
from bot.nlu import RasaNlu

RATE = 5.0
SECONDS = 60.0
TARGET_P50 = 0.050
TARGET_P95 = 0.150


async def measure(*, quick: bool) -> list[Table]:
    """Ask 5 questions a second over both vendors, with the real model."""
    seconds = 10.0 if quick else SECONDS
    async with running(Model.REAL) as stack:
        alone = await time_model(stack, count=int(RATE * seconds / 2))
        crowd = await stack.crowd(telegram=25, whatsapp=25)
        waits = await time_replies(crowd, seconds=seconds)
    return [_table(alone, Spread.of(waits), asked=crowd.ledger.verdict().asked)]


async def time_model(stack: Stack, *, count: int) -> Spread:
    """The model server's own time for the same questions at the same pace, as the worker would see it."""
    taken = []
    async with RasaNlu.connected(stack.nlu_url, token=NLU_TOKEN) as nlu:
        for number in range(count):
            start = time.monotonic()
            await nlu.understand(stack.questions[number % len(stack.questions)].text)
            taken.append(time.monotonic() - start)
            await asyncio.sleep(max(0.0, start + 1 / RATE - time.monotonic()))
    return Spread.of(taken)


async def time_replies(crowd: Crowd, *, seconds: float) -> list[float]:
    """Seconds from each question's POST to its answer."""
    await ask_steadily(crowd, per_second=RATE, count=int(RATE * seconds))
    await wait_for_answers(crowd, seconds=30)
    return crowd.ledger.waits()


def _table(alone: Spread, whole: Spread, *, asked: int) -> Table:
    return Table(
        f"Latency at {RATE:.0f} messages/s, Telegram and WhatsApp mixed",
        ("", "messages", "p50", "p95", "longest"),
        (
            _row("webhook POST → reply at the vendor", whole),
            _row("the model alone (same questions, same pace)", alone),
            (
                "above the model",
                "",
                f"**{milliseconds(whole.p50 - alone.p50)}** (target ≤ {milliseconds(TARGET_P50)})",
                f"**{milliseconds(whole.p95 - alone.p50)}** (target ≤ {milliseconds(TARGET_P95)})",
                "",
            ),
        ),
        (
            f"{asked} asked, {asked - whole.count} unanswered. Above the model: the model's p50 is taken off both "
            "percentiles, which is the stricter way.",
        ),
    )


def _row(name: str, spread: Spread) -> tuple[str, ...]:
    times = (spread.p50, spread.p95, spread.longest)
    return (name, str(spread.count), *(milliseconds(t) for t in times))
