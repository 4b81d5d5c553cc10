"""What comes in and what goes out, in our own form."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

ConversationId = NewType("ConversationId", int)
InboundId = NewType("InboundId", int)
OutboundId = NewType("OutboundId", int)
StaffFileId = NewType("StaffFileId", int)
AgentId = NewType("AgentId", int)
ExternalId = NewType("ExternalId", str)
"""The vendor's own id of a message, unique within its channel."""


LARGEST_FILE = 20 * 1024 * 1024
"""Bytes of a file that is fetched from a vendor; Telegram gives no larger ones."""


class Channel(StrEnum):
    """Where residents write."""

    TELEGRAM = "telegram"
    WHATSAPP = "whatsapp"
    WEB = "web"


def is_group(channel: Channel, handle: str) -> bool:
    """Whether a handle is a group in which several people read: Telegram gives those negative ids."""
    return channel is Channel.TELEGRAM and handle.startswith("-")


UNNAMED = "-"
"""Stands for the author of a forwarded message where the channel does not name one."""


class MessageKind(StrEnum):
    """What sort of thing a resident sent."""

    TEXT = "text"
    PRESS = "press"
    LOCATION = "location"
    CONTACT = "contact"
    PHOTO = "photo"
    DOCUMENT = "document"
    VOICE = "voice"
    STICKER = "sticker"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file or card within a message; `reference` is what the channel needs to fetch it (file id or URL)."""

    kind: MessageKind
    reference: str = ""
    name: str = ""
    media_type: str = ""
    size: int | None = None
    """In bytes, None when the vendor does not say."""
    latitude: float | None = None
    longitude: float | None = None

    def is_file(self) -> bool:
        """Whether there is something to fetch. A contact card is words on one channel and a file on another."""
        if self.kind is MessageKind.LOCATION or not self.reference:
            return False
        return self.kind is not MessageKind.CONTACT or bool(self.media_type)


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """What a resident sent, as its vendor gave it to us. Neither the content nor the type is to be trusted."""

    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One thing a resident sent. `handle` is their id on the channel; `sent_at` is the vendor's clock."""

    channel: Channel
    handle: str
    external_id: ExternalId
    kind: MessageKind
    text: str
    sent_at: datetime
    contact_name: str = ""
    choice: str = ""
    """The id of the pressed choice, for `MessageKind.PRESS`."""
    attachments: tuple[Attachment, ...] = ()
    edit_of: ExternalId | None = None
    album: str = ""
    """Vendor's id of the album that the message is a part of, else empty."""
    forwarded_from: str = ""
    """Shown name of the original author of a forwarded message, or `UNNAMED`; else empty."""
    language: str = ""
    """The language of the person's app as the channel says it (`lv`, `ru`), else empty."""


class DeliveryState(StrEnum):
    """How far an outbound message got."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PARKED = "parked"
    FAILED = "failed"

    def can_become(self, later: "DeliveryState") -> bool:
        """Whether a report of `later` is news: vendors report twice and out of order."""
        return later in _NEXT[self]


_NEXT: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.QUEUED: frozenset(
        {DeliveryState.SENDING, DeliveryState.PARKED, DeliveryState.FAILED}
    ),
    DeliveryState.SENDING: frozenset(DeliveryState) - {DeliveryState.SENDING},
    DeliveryState.SENT: frozenset(
        {
            DeliveryState.DELIVERED,
            DeliveryState.READ,
            DeliveryState.PARKED,
            DeliveryState.FAILED,
        }
    ),
    DeliveryState.DELIVERED: frozenset({DeliveryState.READ}),
    DeliveryState.READ: frozenset(),
    DeliveryState.PARKED: frozenset({DeliveryState.QUEUED, DeliveryState.FAILED}),
    DeliveryState.FAILED: frozenset({DeliveryState.QUEUED}),
}


@dataclass(frozen=True, slots=True)
class Button:
    """A choice as a channel shows it; `id` comes back when it is pressed (at most 64 bytes)."""

    id: str
    label: str


SENT_PICTURES = frozenset({"image/jpeg", "image/png"})
"""Media types of what staff send that every channel shows as a picture."""


@dataclass(frozen=True, slots=True)
class OutboundFile:
    """A file that staff send. Whoever knows `token` gets it while it may be fetched from outside."""

    name: str
    media_type: str
    content: bytes
    token: str

    @property
    def is_picture(self) -> bool:
        """Whether it is shown in the conversation; everything else is downloaded."""
        return self.media_type in SENT_PICTURES


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message ready for its channel.

    `text` carries the channel's markup, `plain` says the same without any, for a channel that refuses the markup.
    `template` is set when only an approved template may be sent (WhatsApp outside the 24 h window).
    The text of a message with a `file` is its caption and may be empty.
    """

    id: OutboundId
    channel: Channel
    handle: str
    text: str
    plain: str
    buttons: tuple[Button, ...] = field(default=())
    template: bool = False
    file: OutboundFile | None = None
