"""Questions at a steady pace, whether or not answers come, and waiting for the last of them."""

import asyncio
import itertools
import random
import time
from collections.abc import Callable

from bench.people import Crowd

_LOOK_EVERY = 0.05


async def ask_steadily(
    crowd: Crowd,
    *,
    per_second: float,
    count: int,
    seed: int = 1,
    after_each: Callable[[int], None] = lambda _: None,
) -> None:
    """Have the crowd ask so many questions, one after another through all people in random order."""
    people = list(crowd.residents)
    random.Random(seed).shuffle(people)  # noqa: S311 - load, no secret
    start = time.monotonic()
    asking: set[asyncio.Task[None]] = set()
    for number, resident in enumerate(itertools.islice(itertools.cycle(people), count)):
        await asyncio.sleep(max(0.0, start + number / per_second - time.monotonic()))
        task = asyncio.create_task(crowd.ask_next(resident))
        asking.add(task)
        task.add_done_callback(asking.discard)
        after_each(number)
    await asyncio.gather(*asking)


async def wait_for_answers(crowd: Crowd, *, seconds: float) -> bool:
    """Wait until nothing is open; False when that took too long."""
    deadline = time.monotonic() + seconds
    while crowd.ledger.open:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_LOOK_EVERY)
    return True
