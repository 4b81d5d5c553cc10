"""Fakes for tests that are about something else. Each stands behind a port of the domain."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from domain.errors import NluUnavailable
from domain.folding import fold
from domain.messages import OutboundMessage
from domain.understanding import Entity, EntityKind, Intent, Ranked, Understanding


class FakeClock:
    """A clock that moves only when it is told to."""

    def __init__(self, now: datetime | None = None) -> None:
        # A Friday morning in Riga, staff at work.
        self._now = now or datetime(2026, 11, 20, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def forward(self, **time: float) -> None:
        self._now += timedelta(**time)


class FakeNlu:
    """Understands what it was told to; everything else it is unsure of. `intent@place#day` names entities too."""

    def __init__(self, meanings: Mapping[str, str] | None = None) -> None:
        self.meanings = {fold(text): intent for text, intent in (meanings or {}).items()}
        self.asked: list[str] = []
        self.down = False

    def teach(self, text: str, intent: str) -> None:
        self.meanings[fold(text)] = intent

    async def understand(self, text: str) -> Understanding:
        self.asked.append(text)
        if self.down:
            reason = "told to be down"
            raise NluUnavailable(reason)
        return self._understand(text)

    def _understand(self, text: str) -> Understanding:
        said, _, day = self.meanings.get(fold(text), "").partition("#")
        meaning, _, place = said.partition("@")
        named = ((EntityKind.PLACE, place), (EntityKind.DATE, day))
        entities = tuple(Entity(kind, value, value) for kind, value in named if value)
        if not meaning:
            return Understanding(Intent("out_of_scope"), 0.05, entities=entities)
        options = meaning.split("|")
        sure = 0.95 if len(options) == 1 else 0.4
        ranking = tuple(Ranked(Intent(option), sure) for option in options)
        return Understanding(ranking[0].intent, sure, ranking, entities)


class FakeSender:
    """Takes every message, or fails as it was told to."""

    def __init__(self) -> None:
        self.sent: list[OutboundMessage] = []
        self.failures: list[Exception] = []

    async def send(self, message: OutboundMessage) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message)
        return f"vendor-{message.id}"
