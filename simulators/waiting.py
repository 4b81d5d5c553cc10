"""Waiting for something to happen, by event and never by sleeping."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE = 10.0
"""Seconds until a test that waits is told that nothing came."""


class NothingCame(AssertionError):
    """What was waited for did not happen in time."""


class Signal:
    """Wakes everybody who waits whenever something changed."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def notify(self) -> None:
        """Something changed."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def until(
        self, look: Callable[[], Found | None], *, waited_for: str, patience: float = PATIENCE
    ) -> Found:
        """What `look` finds, as soon as it finds something."""
        try:
            async with asyncio.timeout(patience):
                while (found := look()) is None:
                    await self._changed.wait()
                return found
        except TimeoutError:
            msg = f"no {waited_for} within {patience:g} s"
            raise NothingCame(msg) from None
