"""The system's clock behind the domain's port."""

from datetime import UTC, datetime


class SystemClock:
    """Tells the real time, in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        return datetime.now(UTC)
