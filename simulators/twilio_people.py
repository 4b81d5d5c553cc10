"""People on WhatsApp: what they do becomes webhooks to the service."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from simulators.twilio_messages import WINDOW, Phone, SentMessage, new_sid
from simulators.twilio_webhooks import Attempt
from simulators.waiting import PATIENCE


@dataclass(frozen=True, slots=True)
class Said:
    """What a person sent and how the service took it; `number` is its place among all messages."""

    sid: str
    number: int
    attempt: Attempt

    @property
    def status(self) -> int:
        """What the service answered, 0 for nothing."""
        return self.attempt.status


class Twilio(Protocol):
    """What people need from the simulator."""

    def now(self) -> float:
        """The present moment in seconds."""
        ...

    def next_number(self) -> int:
        """The next place among all messages."""
        ...

    def keep_media(self, sid: str, content: bytes, media_type: str) -> str:
        """Store a file and return its address."""
        ...

    async def deliver(self, phone: Phone, sid: str, fields: Mapping[str, str]) -> Attempt:
        """Post an inbound message to the service."""
        ...

    async def report(self, message: SentMessage, status: str, code: int | None = None) -> None:
        """Post a status callback."""
        ...


class WhatsAppUser:
    """A person with a phone."""

    def __init__(self, twilio: Twilio, phone: Phone) -> None:
        self._twilio = twilio
        self._phone = phone

    @property
    def phone(self) -> Phone:
        """The person's number and what reached it."""
        return self._phone

    async def says(self, text: str, *, reply_to: SentMessage | None = None) -> Said:
        """Write a text, perhaps quoting a message."""
        return await self._send({"Body": text, "MessageType": "text"} | self._reply(reply_to))

    async def presses(self, label: str) -> Said:
        """Press a quick reply under the newest template that has it."""
        for message in reversed(self._phone.inbox):
            if label in message.quick_replies:
                fields = {
                    "Body": label,
                    "ButtonText": label,
                    "ButtonPayload": message.quick_replies[label],
                    "MessageType": "button",
                }
                return await self._send(fields | self._reply(message))
        msg = f"no quick reply {label!r} on the phone"
        raise AssertionError(msg)

    async def sends_photo(self, *, caption: str = "", content: bytes = b"\xff\xd8\xff") -> Said:
        """Send a photo."""
        return await self._send_media(content, "image/jpeg", "image", caption)

    async def sends_album(self, captions: Sequence[str]) -> tuple[Said, ...]:
        """Send several photos at once: as many webhooks, side by side, with nothing that joins them."""
        return tuple(await asyncio.gather(*(self.sends_photo(caption=text) for text in captions)))

    async def sends_document(
        self, *, name: str = "rekins.pdf", content: bytes = b"%PDF-", caption: str = ""
    ) -> Said:
        """Send a file; its name is the body when there is no caption."""
        return await self._send_media(content, "application/pdf", "document", caption or name)

    async def sends_voice(self, *, content: bytes = b"OggS") -> Said:
        """Send a voice message."""
        return await self._send_media(content, "audio/ogg", "audio", "")

    async def sends_sticker(self) -> Said:
        """Send a sticker."""
        return await self._send_media(b"RIFF", "image/webp", "sticker", "")

    async def sends_contact(self, phone: str, name: str) -> Said:
        """Send a card out of the phone book: a vCard file."""
        card = f"BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nTEL:{phone}\nEND:VCARD\n"
        return await self._send_media(card.encode(), "text/vcard", "contacts", "")

    async def sends_location(self, latitude: float, longitude: float, *, label: str = "") -> Said:
        """Share a place on the map."""
        fields = {
            "Body": "",
            "Latitude": str(latitude),
            "Longitude": str(longitude),
            "MessageType": "location",
        }
        return await self._send(fields | ({"Label": label} if label else {}))

    async def forwards(self, text: str) -> Said:
        """Forward somebody's words; whose they were is not told."""
        return await self._send({"Body": text, "MessageType": "text", "Forwarded": "true"})

    async def hears(self, *, after: Said | None = None, patience: float = PATIENCE) -> SentMessage:
        """The first message that reached the phone after something was said; waits for it."""
        return await hear(self._phone, after=after, patience=patience)

    async def reads(self, message: SentMessage) -> None:
        """Open the chat: the sender sees blue ticks."""
        await self._twilio.report(message, "read")

    def last_wrote(self, *, hours_ago: float) -> None:
        """Let time pass: the last message of this person was so long ago."""
        self._phone.last_wrote = self._twilio.now() - hours_ago * 3600

    def lets_window_close(self) -> None:
        """Be silent for a day and a minute."""
        self.last_wrote(hours_ago=WINDOW / 3600 + 1 / 60)

    def blocks_bot(self) -> None:
        """Block the sender: messages are sent and never delivered, and nobody is told."""
        self._phone.blocked = True

    async def opts_out(self) -> Said:
        """Write STOP: Twilio refuses further messages to this number."""
        said = await self._send({"Body": "STOP", "MessageType": "text", "OptOutType": "STOP"})
        self._phone.opted_out = True
        return said

    def leaves_whatsapp(self) -> None:
        """The number has no WhatsApp any more."""
        self._phone.on_whatsapp = False

    async def _send_media(self, content: bytes, media_type: str, kind: str, caption: str) -> Said:
        sid = new_sid("MM")
        fields = {
            "Body": caption,
            "NumMedia": "1",
            "MediaUrl0": self._twilio.keep_media(sid, content, media_type),
            "MediaContentType0": media_type,
            "MessageType": kind,
        }
        return await self._send(fields, sid=sid)

    async def _send(self, fields: Mapping[str, str], *, sid: str = "") -> Said:
        sid = sid or new_sid("SM")
        self._phone.last_wrote = self._twilio.now()
        number = self._phone.last_said = self._twilio.next_number()
        return Said(sid, number, await self._twilio.deliver(self._phone, sid, fields))

    def _reply(self, to: SentMessage | None) -> dict[str, str]:
        if to is None:
            return {}
        return {"OriginalRepliedMessageSid": to.sid, "OriginalRepliedMessageSender": "sender"}


def inbound_form(
    phone: Phone, sid: str, fields: Mapping[str, str], *, account_sid: str, sender: str
) -> dict[str, str]:
    """The whole form of an inbound webhook."""
    context = {"ProfileName": phone.name, "WaId": phone.wa_id}
    form = {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": phone.name,
        "SmsSid": sid,
        "WaId": phone.wa_id,
        "SmsStatus": "received",
        "To": sender,
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": account_sid,
        "ChannelMetadata": json.dumps(
            {"type": "whatsapp", "data": {"context": context}}, separators=(",", ":")
        ),
        "From": phone.address,
        "ApiVersion": "2010-04-01",
    }
    told = {name: sender if value == "sender" else value for name, value in fields.items()}
    return form | told


async def hear(
    phone: Phone, *, after: Said | None = None, patience: float = PATIENCE
) -> SentMessage:
    """The first message that reached a phone after something, by default after its last words."""
    since = phone.last_said if after is None else after.number
    return await phone.changed.until(
        lambda: next((m for m in phone.inbox if m.number > since), None),
        waited_for=f"message on {phone.address}",
        patience=patience,
    )
