"""Honest replies to what the assistant cannot read: pictures, voice, stickers, contacts, locations."""

from actions.asking import MENU, PERSON, Asked, Reply, say
from domain.answers import Answer
from domain.messages import MessageKind


async def reply_to_attachment(asked: Asked) -> Reply:
    """Say what happens with the thing that was sent."""
    key = _KEYS.get(asked.kind, "attachment.other")
    choices = () if asked.kind is MessageKind.STICKER else (PERSON, MENU)
    return say(asked, Answer(key, {"phone": asked.directory.fallback_phone()}, choices))


_KEYS = {
    MessageKind.PHOTO: "attachment.photo",
    MessageKind.DOCUMENT: "attachment.document",
    MessageKind.VOICE: "attachment.voice",
    MessageKind.STICKER: "attachment.sticker",
    MessageKind.CONTACT: "attachment.contact",
    MessageKind.LOCATION: "attachment.location",
}
