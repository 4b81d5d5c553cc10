"""What became of alerts that one worker took, whatever way they went."""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from bot import metrics
from bot.jobs import backoff
from bot.storage import alerts as stored
from bot.storage.alerts import Alert, Way
from bot.storage.database import Database
from domain.errors import ChannelUnavailable
from domain.ports import Clock

log = structlog.get_logger()

LEASE = timedelta(minutes=5)
"""How long other workers leave alone what one is sending."""

GIVE_UP_AFTER = timedelta(hours=24)
"""An alert that could not be sent for this long after its first try is marked failed."""

SLOWER = 60
"""Alerts wait this many times longer than jobs do: half a minute, one, two … up to an hour."""


class Outcomes:
    """Notes them in the table; the administrator's page and `zintis doctor` show them."""

    def __init__(self, *, database: Database, clock: Clock, way: Way) -> None:
        self._database = database
        self._clock = clock
        self._way = way

    async def sent(self, alerts: Sequence[Alert]) -> None:
        """Somebody was told."""
        async with self._database.reading() as connection:
            await stored.mark_sent(connection, alerts, at=self._clock.now(), vendor_id="")
        self.count("sent", alerts)

    async def needless(self, alerts: Sequence[Alert]) -> None:
        """It is not so any more."""
        async with self._database.reading() as connection:
            await stored.forget(connection, alerts)

    async def refused(self, alerts: Sequence[Alert], error: str) -> None:
        """Nobody will take it, now or later."""
        async with self._database.reading() as connection:
            await stored.mark_failed(connection, alerts, error=error)
        self.count("failed", alerts)

    async def postponed(self, alerts: Sequence[Alert], unavailable: ChannelUnavailable) -> None:
        """The vendor cannot take it now: later, with ever longer waits, or never when it is too old."""
        now = self._clock.now()
        old = [alert for alert in alerts if now - alert.first_due > GIVE_UP_AFTER]
        if old:
            await self.refused(old, unavailable.reason)
        young = [alert for alert in alerts if alert not in old]
        if young:
            attempts = max(alert.attempts for alert in young)
            wait = unavailable.retry_after or SLOWER * backoff(attempts - 1)
            due = now + timedelta(seconds=wait)
            async with self._database.reading() as connection:
                await stored.give_back(connection, young, due=due, error=unavailable.reason)
            self.count("retried", young)

    def count(self, outcome: str, alerts: Sequence[Alert]) -> None:
        """For the numbers and the log."""
        metrics.ALERTS.labels(self._way, outcome).inc(len(alerts))
        log.info("alerts.settled", way=self._way, outcome=outcome, alerts=[a.id for a in alerts])
