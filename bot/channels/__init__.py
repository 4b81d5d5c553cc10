"""One module per channel: proof that a message is genuine, and both converters. Channels do not know each other."""

from dataclasses import dataclass
from typing import Protocol

from domain.messages import Channel, DeliveryState, InboundMessage


@dataclass(frozen=True, slots=True)
class ChannelEvent:
    """A contact blocked the assistant on this channel, or let it in again."""

    handle: str
    blocked: bool


class Receiver(Protocol):
    """Where channels bring what came in: `bot.inbox.Inbox`."""

    async def accept(self, message: InboundMessage) -> bool:
        """Store a message; when this returns it is safe. False when it had been accepted before."""
        ...

    async def note_blocked(self, *, channel: Channel, handle: str, blocked: bool) -> None:
        """Note that a contact blocked the assistant, or unblocked it."""
        ...


class Reporter(Protocol):
    """Where channels bring what vendors report: `bot.outbox.Outbox`."""

    async def report(
        self,
        *,
        channel: Channel,
        vendor_id: str,
        state: DeliveryState,
        error: str = "",
        window_closed: bool = False,
    ) -> bool:
        """Note a report about a message; False when the message is not known (yet)."""
        ...
