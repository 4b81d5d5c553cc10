"""How often somebody may ask: a bucket of tokens for each key, in the memory of this process.

Each replica counts for itself: with three of them a visitor may do three times as much, which harms nobody.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_MOST_KEYS = 20_000
"""Beyond this the keys that asked least recently are forgotten."""


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Limit:
    """Lets `burst` through at once and `per_second` on average; `now` tells monotonic seconds."""

    def __init__(self, *, burst: int, per_second: float, now: Callable[[], float]) -> None:
        self._burst = burst
        self._rate = per_second
        self._now = now
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_for(self, key: str) -> float:
        """Seconds until `key` may ask; 0 when it may now, and then this counts."""
        bucket = self._filled(key)
        if bucket.left >= 1:
            bucket.left -= 1
            return 0.0
        return (1 - bucket.left) / self._rate

    def _filled(self, key: str) -> _Bucket:
        now = self._now()
        bucket = self._buckets.setdefault(key, _Bucket(float(self._burst), now))
        bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._rate)
        bucket.at = now
        self._buckets.move_to_end(key)
        if len(self._buckets) > _MOST_KEYS:
            self._buckets.popitem(last=False)
        return bucket
