"""From an update of Telegram to our own form."""

import re
from collections.abc import Callable
from datetime import datetime

from telegram import (
    Animation,
    Audio,
    CallbackQuery,
    Chat,
    ChatMemberUpdated,
    Message,
    MessageEntity,
    Update,
    User,
    Video,
    VideoNote,
)
from telegram.constants import ChatType

from bot.channels import ChannelEvent
from domain.messages import UNNAMED, Attachment, Channel, ExternalId, InboundMessage, MessageKind

PRESS_PREFIX = "cb:"
UPDATES_WANTED = ("message", "edited_message", "callback_query", "my_chat_member")

_GONE = frozenset({"kicked", "left"})
_START = re.compile(r"/start(?:\s.*)?$", re.DOTALL)
_FILES_BEYOND_WORDS = ("animation", "audio", "video", "video_note")
_BEYOND_WORDS = ("dice", "game", "paid_media", "poll", "story")


def to_inbound(
    update: Update, *, username: str, now: datetime
) -> InboundMessage | ChannelEvent | None:
    """What an update means for us; None when it is nothing that needs an answer.

    `username` is the bot's own, to know in a group what is addressed to it. Presses bear no time, so they get `now`.
    """
    if update.callback_query is not None:
        return _from_press(update.callback_query, now=now)
    if update.my_chat_member is not None:
        return _from_membership(update.my_chat_member)
    message = update.edited_message or update.message
    if message is None or not _is_for_us(message, username):
        return None
    return _from_message(message, username)


def _from_message(message: Message, username: str) -> InboundMessage | None:
    kind, attachments = _content(message)
    text = _words(message, username)
    if kind is MessageKind.TEXT and not text:
        return None
    natural = ExternalId(f"{message.chat_id}:{message.message_id}")
    edited = message.edit_date
    if edited is not None and kind is MessageKind.LOCATION:
        return None  # a live location that moves: one message was enough
    return InboundMessage(
        channel=Channel.TELEGRAM,
        handle=str(message.chat_id),
        external_id=ExternalId(f"{natural}:e{int(edited.timestamp())}") if edited else natural,
        kind=kind,
        text=text,
        sent_at=edited or message.date,
        contact_name=_contact_name(message.chat, message.from_user),
        attachments=attachments,
        edit_of=natural if edited else None,
        album=message.media_group_id or "",
        forwarded_from=_original_author(message),
        language=_language(message.from_user),
    )


def _from_press(press: CallbackQuery, *, now: datetime) -> InboundMessage | None:
    if not press.data:
        return None
    chat = press.message.chat if press.message else None
    return InboundMessage(
        channel=Channel.TELEGRAM,
        handle=str(chat.id if chat else press.from_user.id),
        external_id=ExternalId(PRESS_PREFIX + press.id),
        kind=MessageKind.PRESS,
        text=_label(press),
        sent_at=now,
        contact_name=_name(press.from_user),
        choice=press.data,
        language=_language(press.from_user),
    )


def _from_membership(changed: ChatMemberUpdated) -> ChannelEvent:
    gone = changed.new_chat_member.status in _GONE
    return ChannelEvent(handle=str(changed.chat.id), blocked=gone)


def _is_for_us(message: Message, username: str) -> bool:
    """Whether a person speaks to us: always in a private chat, in a group when it names or answers us."""
    if message.from_user is None or message.from_user.is_bot:
        return False
    if message.chat.type == ChatType.PRIVATE:
        return True
    if message.chat.type not in (ChatType.GROUP, ChatType.SUPERGROUP):
        return False
    return _answers_us(message, username) or _names_us(message, username)


def _answers_us(message: Message, username: str) -> bool:
    answered = message.reply_to_message
    author = answered.from_user if answered else None
    name = (author.username or "") if author else ""
    return bool(name) and name.lower() == username.lower()


def _names_us(message: Message, username: str) -> bool:
    called = f"@{username.lower()}"
    for kind, words in _called(message):
        if kind == MessageEntity.MENTION and words == called:
            return True
        if kind == MessageEntity.BOT_COMMAND and ("@" not in words or words.endswith(called)):
            return True
    return False


def _called(message: Message) -> list[tuple[str, str]]:
    entities = message.parse_entities() | message.parse_caption_entities()
    return [(entity.type, words.lower()) for entity, words in entities.items()]


def _words(message: Message, username: str) -> str:
    """The text or caption without our own name; a start link's argument says nothing to anybody."""
    words = message.text or message.caption or ""
    if username:
        words = re.sub(rf"@{re.escape(username)}\b", "", words, flags=re.IGNORECASE)
    words = _storable(words.strip())
    return "/start" if _START.match(words) else words


def _content(message: Message) -> tuple[MessageKind, tuple[Attachment, ...]]:
    for is_there, read in _READERS:
        if is_there(message):
            attachment = read(message)
            return attachment.kind, (attachment,)
    if file := next(filter(None, (getattr(message, n) for n in _FILES_BEYOND_WORDS)), None):
        return MessageKind.OTHER, (_other_file(file),)
    if any(getattr(message, name) for name in _BEYOND_WORDS):
        return MessageKind.OTHER, (Attachment(MessageKind.OTHER),)
    return MessageKind.TEXT, ()


def _location(message: Message) -> Attachment:
    place = message.location or (message.venue.location if message.venue else None)
    assert place is not None  # noqa: S101 - asked for only when there is one
    name = message.venue.title if message.venue else ""
    return Attachment(
        MessageKind.LOCATION, name=name, latitude=place.latitude, longitude=place.longitude
    )


def _contact(message: Message) -> Attachment:
    card = message.contact
    assert card is not None  # noqa: S101 - asked for only when there is one
    name = " ".join(filter(None, (card.first_name, card.last_name)))
    return Attachment(MessageKind.CONTACT, reference=card.phone_number, name=name)


def _photo(message: Message) -> Attachment:
    largest = message.photo[-1]
    return Attachment(
        MessageKind.PHOTO, largest.file_id, media_type="image/jpeg", size=largest.file_size
    )


def _document(message: Message) -> Attachment:
    file = message.document
    assert file is not None  # noqa: S101 - asked for only when there is one
    return Attachment(
        MessageKind.DOCUMENT,
        file.file_id,
        name=file.file_name or "",
        media_type=file.mime_type or "",
        size=file.file_size,
    )


def _voice(message: Message) -> Attachment:
    recording = message.voice
    assert recording is not None  # noqa: S101 - asked for only when there is one
    return Attachment(
        MessageKind.VOICE,
        recording.file_id,
        media_type=recording.mime_type or "",
        size=recording.file_size,
    )


def _sticker(message: Message) -> Attachment:
    sticker = message.sticker
    assert sticker is not None  # noqa: S101 - asked for only when there is one
    return Attachment(MessageKind.STICKER, sticker.file_id, name=sticker.emoji or "")


def _other_file(file: Animation | Audio | Video | VideoNote) -> Attachment:
    """Music and moving pictures: nothing that we answer, but staff can open them. Round videos say no more."""
    return Attachment(
        MessageKind.OTHER,
        file.file_id,
        name=getattr(file, "file_name", None) or "",
        media_type=getattr(file, "mime_type", None) or "",
        size=file.file_size,
    )


_READERS: tuple[tuple[Callable[[Message], object], Callable[[Message], Attachment]], ...] = (
    (lambda m: m.location or m.venue, _location),
    (lambda m: m.contact, _contact),
    (lambda m: m.photo, _photo),
    # A moving picture comes as a document too; it is none to anybody who sees it.
    (lambda m: m.document and not m.animation, _document),
    (lambda m: m.voice, _voice),
    (lambda m: m.sticker, _sticker),
)


def _label(press: CallbackQuery) -> str:
    """The words on the pressed button, empty when the message is too old to be shown."""
    message = press.message
    if not isinstance(message, Message) or message.reply_markup is None:
        return ""
    buttons = (button for row in message.reply_markup.inline_keyboard for button in row)
    return next((b.text for b in buttons if b.callback_data == press.data), "")


def _original_author(message: Message) -> str:
    origin = message.forward_origin
    if origin is None:
        return ""
    for name in ("sender_user_name", "sender_user", "sender_chat", "chat"):
        author = getattr(origin, name, None)
        if isinstance(author, str):
            return author
        if author is not None:
            return getattr(author, "full_name", None) or author.effective_name or UNNAMED
    return UNNAMED


def _contact_name(chat: Chat, user: User | None) -> str:
    """Who a conversation is with: a person, or a whole group."""
    return _name(user) if chat.type == ChatType.PRIVATE else _storable(chat.title or "")


def _name(user: User | None) -> str:
    return _storable(user.full_name) if user else ""


def _storable(text: str) -> str:
    """Half a character, which JSON can carry and no database takes, becomes a question mark."""
    return text.encode(errors="replace").decode()


def _language(user: User | None) -> str:
    return (user.language_code or "").partition("-")[0] if user else ""
