"""The worker process: takes turns, delivers, keeps things tidy. Any number may run at once."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Literal

import structlog

from bot import logs, metrics
from bot.app import Services, services
from bot.jobs import QueueUnavailable, backoff
from bot.processes import is_cancelled, run, stop_asked
from bot.settings import Settings
from bot.storage.database import DatabaseUnavailable
from bot.upkeep import Upkeep

log = structlog.get_logger()

_TIDYING_PATIENCE = 1.0
_WORKING_PATIENCE = 25.0
"""Seconds; the queue gives jobs under way 20 of them."""


async def serve(settings: Settings, *, database_url: str) -> None:
    """Work until SIGTERM or SIGINT; jobs under way are finished first."""
    asked = stop_asked()
    if settings.metrics_port is not None:
        metrics.serve(settings.metrics_port, host=settings.host)
    async with services(settings, database_url=database_url, repeatable=True) as built:
        built.jobs.handle(take_turn=built.turns.take, deliver=built.outbox.deliver)
        upkeep = Upkeep(
            database=built.database,
            jobs=built.jobs,
            tickets=built.tickets,
            clock=built.clock,
            content=built.content,
            keep_days=settings.keep_days,
        )
        working = asyncio.create_task(_work(built))
        tidying = asyncio.create_task(upkeep.run())
        alerting = asyncio.create_task(built.alerts.run())
        log.info("worker.ready", concurrency=settings.worker_concurrency)
        await _first_of(asked.wait(), working, tidying, alerting)
        await _end(alerting, patience=_TIDYING_PATIENCE)
        await _end(tidying, patience=_TIDYING_PATIENCE)
        await _end(working, patience=_WORKING_PATIENCE)
    log.info("worker.stopped")


async def _work(built: Services) -> None:
    """Run the queue's worker; when the database goes away, come back when it does."""
    attempts = 0
    while True:
        try:
            await built.jobs.run_worker(concurrency=built.settings.worker_concurrency)
        except (QueueUnavailable, DatabaseUnavailable) as error:
            log.warning("worker.database_unavailable", error=type(error).__name__)
            if is_cancelled():  # the queue may answer a cancellation with the trouble it has
                return
        else:
            return
        await asyncio.sleep(backoff(attempts))
        attempts = min(attempts + 1, 4)


async def _end(task: asyncio.Task[None], *, patience: float) -> None:
    """Cancel, again after each `patience` seconds: a database that goes away at that moment hides a cancellation."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=patience)
    with contextlib.suppress(asyncio.CancelledError):
        task.result()


async def _first_of(stop: Coroutine[None, None, Literal[True]], *tasks: asyncio.Task[None]) -> None:
    stopping = asyncio.create_task(stop)
    done, _ = await asyncio.wait((stopping, *tasks), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    for task in done:
        task.result()


def main(settings: Settings, *, database_url: str) -> None:
    """The process: logs first, then work."""
    logs.configure(settings.log_format, process="worker")
    run(serve(settings, database_url=database_url))
