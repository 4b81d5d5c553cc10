"""Stand-ins for the inbox and the outbox, which the channels see as `Receiver` and `Reporter`."""

from sqlalchemy.exc import OperationalError

from domain.messages import Channel, DeliveryState, InboundMessage
from simulators.waiting import Signal


class FakeInbox:
    """Keeps what it accepts; down for the next `outages` calls."""

    def __init__(self) -> None:
        self.accepted: list[InboundMessage] = []
        self.blocked: list[tuple[str, bool]] = []
        self.outages = 0
        self.changed = Signal()

    async def accept(self, message: InboundMessage) -> bool:
        self._fail_if_down()
        if any(known.external_id == message.external_id for known in self.accepted):
            return False
        self.accepted.append(message)
        self.changed.notify()
        return True

    async def note_blocked(self, *, channel: Channel, handle: str, blocked: bool) -> None:
        assert channel
        self._fail_if_down()
        self.blocked.append((handle, blocked))
        self.changed.notify()

    async def wait_for(self, count: int) -> list[InboundMessage]:
        return await self.changed.until(
            lambda: self.accepted if len(self.accepted) >= count else None,
            waited_for=f"{count} messages in the inbox",
        )

    async def wait_for_event(self) -> tuple[str, bool]:
        return await self.changed.until(
            lambda: self.blocked[-1] if self.blocked else None, waited_for="event"
        )

    def _fail_if_down(self) -> None:
        if self.outages:
            self.outages -= 1
            reason = "told to be down"
            raise OperationalError(reason, None, Exception(reason))


class FakeOutbox:
    """Keeps reports about messages it knows; learns of them with `unknown_for` calls' delay."""

    def __init__(self) -> None:
        self.reports: list[tuple[str, DeliveryState, str, bool]] = []
        self.unknown_for = 0

    async def report(
        self,
        *,
        channel: Channel,
        vendor_id: str,
        state: DeliveryState,
        error: str = "",
        window_closed: bool = False,
    ) -> bool:
        assert channel is Channel.WHATSAPP
        if self.unknown_for:
            self.unknown_for -= 1
            return False
        self.reports.append((vendor_id, state, error, window_closed))
        return True
