"""The highest rate that the line keeps up with, and what then has no more to give."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from bench.figures import Spread, Table, milliseconds, per_second
from bench.load import ask_steadily, wait_for_answers
from bench.people import Crowd
from bench.stack import Model, Stack, running

_STEP = 10
_FROM = {Model.STUB: 60, Model.REAL: 40}
_TARGET = {Model.STUB: 100, Model.REAL: 60}
_MOST = 160
_SECONDS = 20.0
_BACKLOG = 1.0
"""Seconds' worth of messages that may be on their way when the asking stops; more is a backlog that grows."""

_TELEGRAM, _WHATSAPP, _WEB = 80, 200, 80
"""People. With Telegram's 30/s and WhatsApp's 80/s this mix meets Telegram's limit at 135/s and WhatsApp's at 144/s."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one rate did."""

    rate: int
    left: int
    """Questions without an answer when the asking stopped."""
    waits: Spread
    cores: Mapping[str, float]
    """Cores used by each part."""
    lost: int

    @property
    def kept_up(self) -> bool:
        """Whether the backlog did not grow."""
        return self.left <= self.rate * _BACKLOG and not self.lost


async def measure(*, quick: bool) -> list[Table]:
    """Raise the rate until the backlog grows, with the stub and with the real model."""
    return [await _climb(model, quick=quick) for model in (Model.STUB, Model.REAL)]


async def _climb(model: Model, *, quick: bool) -> Table:
    steps: list[Step] = []
    async with running(model) as stack:
        for rate in range(_FROM[model], _MOST + 1, 40 if quick else _STEP):
            crowd = await stack.crowd(telegram=_TELEGRAM, whatsapp=_WHATSAPP, web=_WEB)
            steps.append(await _try(stack, crowd, rate=rate, seconds=5 if quick else _SECONDS))
            print(steps[-1], flush=True)
            await crowd.leave()
            if not steps[-1].kept_up:
                break
    return _table(model, steps)


async def _try(stack: Stack, crowd: Crowd, *, rate: int, seconds: float) -> Step:
    before, start = stack.cpu(), time.monotonic()
    await ask_steadily(crowd, per_second=rate, count=int(rate * seconds), seed=rate)
    left, took, after = crowd.ledger.open, time.monotonic() - start, stack.cpu()
    await wait_for_answers(crowd, seconds=60)
    return Step(
        rate=rate,
        left=left,
        waits=Spread.of(crowd.ledger.waits()),
        cores={part: (after[part] - before[part]) / took for part in after},
        lost=crowd.ledger.verdict().lost,
    )


def _table(model: Model, steps: list[Step]) -> Table:
    best = max((step.rate for step in steps if step.kept_up), default=0)
    parts = list(steps[0].cores)
    return Table(
        f"Throughput, {model}: **{per_second(best)}** (target ≥ {per_second(_TARGET[model])})",
        ("messages/s", "p50", "p95", "open at the end", *(f"{part} (cores)" for part in parts)),
        [
            (
                str(step.rate),
                milliseconds(step.waits.p50),
                milliseconds(step.waits.p95),
                str(step.left),
                *(f"{step.cores[part]:.2f}" for part in parts),
            )
            for step in steps
        ],
        ("`bench` is the senders and the simulated vendors, which share the machine.",),
    )
