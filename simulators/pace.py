"""How fast a vendor lets one send: a bucket of tokens that fills steadily."""

import time


class Bucket:
    """`per_second` tokens a second, at most `burst` saved up; None as rate never refuses."""

    def __init__(self, per_second: float | None, *, burst: float) -> None:
        self._rate = per_second
        self._burst = burst
        self._tokens = burst
        self._seen = time.monotonic()

    def wait(self) -> float:
        """Seconds until a token is there; 0 when there is one now."""
        if self._rate is None:
            return 0.0
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._seen) * self._rate)
        self._seen = now
        return 0.0 if self._tokens >= 1 else (1 - self._tokens) / self._rate

    def take(self) -> None:
        """Use a token up; ask `wait` first."""
        if self._rate is not None:
            self._tokens -= 1
