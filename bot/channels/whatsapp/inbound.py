"""From the forms that Twilio posts to our own form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.channels import ChannelEvent
from domain.messages import (
    UNNAMED,
    Attachment,
    Channel,
    DeliveryState,
    ExternalId,
    InboundMessage,
    MessageKind,
)

PREFIX = "whatsapp:"
WINDOW_CLOSED = 63016
UNREACHABLE = frozenset({21211, 21610, 21614, 63003, 63024})
"""Not a number, opted out, no WhatsApp there, not a valid recipient: https://www.twilio.com/docs/api/errors."""

_STATES = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "undelivered": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
}
_OPT_OUT = {"STOP": True, "START": False}
_FILE_NAME = re.compile(r"\S[^\n/]*\.\w{2,5}")


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What became of a message. `unreachable` and `window_closed` say why it failed, when that matters to us."""

    vendor_id: str
    handle: str
    state: DeliveryState
    error: str = ""
    window_closed: bool = False
    unreachable: bool = False


def to_inbound(form: Mapping[str, str], *, now: datetime) -> InboundMessage | ChannelEvent:
    """What a message means for us. Twilio tells no time, so it bears `now`. Raises KeyError without sender or id."""
    handle = form["From"].removeprefix(PREFIX)
    opted = _OPT_OUT.get(form.get("OptOutType", ""))
    if opted is not None:
        return ChannelEvent(handle=handle, blocked=opted)
    attachments = _attachments(form)
    choice = form.get("ButtonPayload", "")
    return InboundMessage(
        channel=Channel.WHATSAPP,
        handle=handle,
        external_id=ExternalId(form["MessageSid"]),
        kind=_kind(form, attachments, choice),
        text=_words(form, attachments),
        sent_at=now,
        contact_name=form.get("ProfileName", ""),
        choice=choice,
        attachments=attachments,
        forwarded_from=UNNAMED if _is_forwarded(form) else "",
    )


def to_report(form: Mapping[str, str]) -> StatusReport | None:
    """What became of a message; None for steps that say nothing yet. Raises KeyError without the id."""
    vendor_id = form["MessageSid"]
    state = _STATES.get(form.get("MessageStatus", ""))
    if state is None:
        return None
    code = int(form["ErrorCode"]) if form.get("ErrorCode", "").isdigit() else 0
    return StatusReport(
        vendor_id=vendor_id,
        handle=form.get("To", "").removeprefix(PREFIX),
        state=state,
        error=f"Twilio {code}" if code else "",
        window_closed=code == WINDOW_CLOSED,
        unreachable=state is DeliveryState.FAILED and code in UNREACHABLE,
    )


def _kind(form: Mapping[str, str], attachments: tuple[Attachment, ...], choice: str) -> MessageKind:
    if choice:
        return MessageKind.PRESS
    if attachments:
        return attachments[0].kind
    return MessageKind.TEXT if form.get("Body", "").strip() else MessageKind.OTHER


def _is_forwarded(form: Mapping[str, str]) -> bool:
    """Whether these are somebody else's words; WhatsApp does not say whose."""
    return "true" in (form.get("Forwarded"), form.get("FrequentlyForwarded"))


def _words(form: Mapping[str, str], attachments: tuple[Attachment, ...]) -> str:
    """What the person wrote: not the name of a file, which WhatsApp puts where the caption belongs."""
    body = form.get("Body", "").strip()
    return "" if any(body == attachment.name for attachment in attachments) else body


def _attachments(form: Mapping[str, str]) -> tuple[Attachment, ...]:
    if form.get("Latitude") and form.get("Longitude"):
        return (_place(form),)
    count = int(form.get("NumMedia") or 0)
    return tuple(_file(form, number) for number in range(count))


def _place(form: Mapping[str, str]) -> Attachment:
    return Attachment(
        MessageKind.LOCATION,
        name=form.get("Label") or form.get("Address") or "",
        latitude=float(form["Latitude"]),
        longitude=float(form["Longitude"]),
    )


def _file(form: Mapping[str, str], number: int) -> Attachment:
    media_type = form.get(f"MediaContentType{number}", "")
    kind = _kind_of_file(media_type, form.get("MessageType", ""))
    body = form.get("Body", "").strip()
    named = kind is MessageKind.DOCUMENT and _FILE_NAME.fullmatch(body)
    return Attachment(
        kind,
        reference=form.get(f"MediaUrl{number}", ""),
        name=body if named else "",
        media_type=media_type,
    )


def _kind_of_file(media_type: str, message_type: str) -> MessageKind:
    if message_type == "sticker":
        return MessageKind.STICKER
    if media_type in ("text/vcard", "text/x-vcard"):
        return MessageKind.CONTACT
    family = media_type.partition("/")[0]
    return {
        "image": MessageKind.PHOTO,
        "audio": MessageKind.VOICE,
        "video": MessageKind.OTHER,
    }.get(family, MessageKind.DOCUMENT)
