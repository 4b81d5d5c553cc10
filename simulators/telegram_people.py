"""People in Telegram: what they do becomes updates for the bot."""

import itertools
import re
import time
from collections.abc import Sequence
from typing import Protocol

from simulators.telegram_calls import Json
from simulators.telegram_chats import Button, Chat, Files, Said, SentMessage, keyboard_json
from simulators.telegram_html import utf16_length
from simulators.waiting import PATIENCE

_COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,32}(?:@\w+)?")
_MENTION = re.compile(r"(?<![\w/])@\w{4,32}")
MOST_TEXT = 4096


class Telegram(Protocol):
    """What people need from the simulator."""

    @property
    def files(self) -> Files:
        """Where files are kept."""
        ...

    def bot_json(self) -> Json:
        """The bot as a user."""
        ...

    def next_message_id(self, chat: Chat) -> int:
        """A new message id in a chat."""
        ...

    def open_chat(self, chat: Chat) -> Chat:
        """Let the bot see a new chat."""
        ...

    def push(self, kind: str, lane: tuple[str, int], content: Json) -> int:
        """Queue an update."""
        ...

    def open_callback(self, callback_id: str) -> None:
        """Remember a press that the bot should answer."""
        ...


class _Writer:
    """What a person can put into one chat."""

    def __init__(self, telegram: Telegram, chat: Chat, sender: Json) -> None:
        self._telegram = telegram
        self._chat = chat
        self._sender = sender
        self._ids = itertools.count(1)

    @property
    def chat(self) -> Chat:
        """The chat this happens in."""
        return self._chat

    async def says(self, text: str, *, reply_to: SentMessage | Said | None = None) -> Said:
        """Write a text, at most 4096 characters: longer ones an app sends as several messages."""
        if utf16_length(text) > MOST_TEXT:
            msg = "apps split texts beyond 4096 characters themselves"
            raise ValueError(msg)
        return self._put(text=text, **_entities(text), **self._reply(reply_to))

    async def starts(self, argument: str = "") -> Said:
        """Press the start button, perhaps out of a link with an argument."""
        return await self.says(f"/start {argument}".strip())

    async def edits(self, said: Said, text: str) -> Said:
        """Change the words of an earlier message."""
        now = int(time.time())
        content = self._message(said.message_id) | {"text": text, **_entities(text)}
        content |= {"edit_date": max(now, _whole(content["date"]) + 1)}
        update = self._telegram.push("edited_message", ("chat", self._chat.id), content)
        return Said(self._chat.id, said.message_id, update)

    async def presses(self, button: str | Button, *, under: SentMessage | None = None) -> Said:
        """Press a button by its label, under the newest message that has it."""
        message, pressed = self._find(button, under)
        callback_id = f"{self._sender['id']}{next(self._ids):010d}"
        self._telegram.open_callback(callback_id)
        content: Json = {
            "id": callback_id,
            "from": self._sender,
            "message": message.shown | {"reply_markup": keyboard_json(message.rows)},
            "chat_instance": str(self._chat.id),
            "data": pressed.data,
        }
        lane = ("callback", _whole(self._sender["id"]))
        last = max(message.message_id, self._chat.last_said, _newest(self._chat))
        return Said(self._chat.id, last, self._telegram.push("callback_query", lane, content))

    async def sends_photo(
        self, *, caption: str = "", content: bytes = b"\xff\xd8\xff", album: str = ""
    ) -> Said:
        """Send a photo, perhaps as a part of an album."""
        small = self._telegram.files.store(content[:2], folder="photos", suffix=".jpg")
        large = self._telegram.files.store(content, folder="photos", suffix=".jpg")
        sizes = [small.as_json(width=90, height=67), large.as_json(width=1280, height=960)]
        group = {"media_group_id": album} if album else {}
        return self._put(photo=sizes, **_caption(caption), **group)

    async def sends_album(self, captions: Sequence[str]) -> tuple[Said, ...]:
        """Send several photos at once: as many messages with one album id."""
        album = f"1300000{self._telegram.next_message_id(self._chat):07d}"
        return tuple([await self.sends_photo(caption=text, album=album) for text in captions])

    async def sends_document(
        self,
        *,
        name: str = "rekins.pdf",
        media_type: str = "application/pdf",
        content: bytes = b"%PDF-",
        size: int = 0,
        caption: str = "",
    ) -> Said:
        """Send a file; `size` may claim more than the content has."""
        kept = self._telegram.files.store(content, folder="documents", suffix=f"_{name}", size=size)
        shown = kept.as_json(file_name=name, mime_type=media_type)
        return self._put(document=shown, **_caption(caption))

    async def sends_voice(self, *, seconds: int = 4, content: bytes = b"OggS") -> Said:
        """Send a voice message."""
        kept = self._telegram.files.store(content, folder="voice", suffix=".oga")
        return self._put(voice=kept.as_json(duration=seconds, mime_type="audio/ogg"))

    async def sends_sticker(self, *, emoji: str = "👍") -> Said:
        """Send a sticker."""
        kept = self._telegram.files.store(b"RIFF", folder="stickers", suffix=".webp")
        shown = kept.as_json(
            type="regular", width=512, height=512, is_animated=False, is_video=False, emoji=emoji
        )
        return self._put(sticker=shown)

    async def sends_location(self, latitude: float, longitude: float) -> Said:
        """Share a place on the map."""
        return self._put(location={"latitude": latitude, "longitude": longitude})

    async def sends_contact(self, phone: str, name: str) -> Said:
        """Share a card out of the phone book."""
        return self._put(contact={"phone_number": phone, "first_name": name})

    async def sends_poll(self, question: str) -> Said:
        """Send something that the bot has no use for."""
        options = [
            {"persistent_id": str(place), "text": text, "voter_count": 0}
            for place, text in enumerate(("Jā", "Nē"))
        ]
        poll: Json = {
            "id": str(self._telegram.next_message_id(self._chat)),
            "question": question,
            "options": options,
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": True,
            "members_only": False,
        }
        return self._put(poll=poll)

    async def forwards(self, text: str, *, author: str, hidden: bool = True) -> Said:
        """Forward somebody's message; most authors hide who they are and only the name is left."""
        origin: Json = {"type": "hidden_user", "sender_user_name": author}
        if not hidden:
            user = {"id": 555_000_111, "is_bot": False, "first_name": author}
            origin = {"type": "user", "sender_user": user}
        return self._put(text=text, forward_origin=origin | {"date": int(time.time()) - 3600})

    def moves(self, **told: int) -> Said:
        """The service message that this chat became, or was, another one."""
        return self._put(**told)

    def _put(self, **content: object) -> Said:
        message_id = self._telegram.next_message_id(self._chat)
        self._chat.last_said = message_id
        message = self._message(message_id) | content
        update = self._telegram.push("message", ("chat", self._chat.id), message)
        return Said(self._chat.id, message_id, update)

    def _message(self, message_id: int) -> Json:
        return {
            "message_id": message_id,
            "from": self._sender,
            "chat": self._chat.as_json(),
            "date": int(time.time()),
        }

    def _reply(self, to: SentMessage | Said | None) -> Json:
        if to is None:
            return {}
        if isinstance(to, SentMessage):
            return {"reply_to_message": to.shown}
        return {"reply_to_message": self._message(to.message_id) | {"text": "…"}}

    def _find(self, button: str | Button, under: SentMessage | None) -> tuple[SentMessage, Button]:
        messages = [under] if under else list(reversed(self._chat.sent))
        for message in messages:
            for offered in message.buttons:
                if button in (offered, offered.label):
                    return message, offered
        labels = [b.label for message in messages for b in message.buttons]
        msg = f"no button {button!r} in chat {self._chat.id}, there are {labels}"
        raise AssertionError(msg)


class TelegramUser(_Writer):
    """A person in a private chat with the bot."""

    def __init__(self, telegram: Telegram, chat: Chat, *, language: str) -> None:
        sender: Json = {"id": chat.id, "is_bot": False, "first_name": chat.title}
        sender |= {"language_code": language} if language else {}
        super().__init__(telegram, chat, sender)

    @property
    def id(self) -> int:
        """The person's id, which is also that of the private chat."""
        return self._chat.id

    @property
    def json(self) -> Json:
        """The person as the Bot API shows them."""
        return self._sender

    async def hears(self, *, after: Said | None = None, patience: float = PATIENCE) -> SentMessage:
        """The first message of the bot after something was said; waits for it."""
        return await hear(self._chat, after=after, patience=patience)

    async def blocks_bot(self) -> Said:
        """Stop the bot: it may not write here any more."""
        self._chat.forbidden = "bot was blocked by the user"
        return self._member("member", "kicked")

    async def unblocks_bot(self) -> Said:
        """Start the bot again."""
        self._chat.forbidden = ""
        return self._member("kicked", "member")

    def deletes_account(self) -> None:
        """Leave Telegram; the bot is not told."""
        self._chat.forbidden = "user is deactivated"

    def _member(self, old: str, new: str) -> Said:
        return _membership(self._telegram, self._chat, self._sender, old=old, new=new)


class TelegramGroup:
    """A group in which the bot is a member that hears everything (privacy mode off)."""

    def __init__(self, telegram: Telegram, chat: Chat) -> None:
        self._telegram = telegram
        self._chat = chat

    @property
    def chat(self) -> Chat:
        """The group's chat."""
        return self._chat

    def member(self, user: TelegramUser) -> _Writer:
        """A person as a member of this group."""
        return _Writer(self._telegram, self._chat, user.json)

    async def adds_bot(self, by: TelegramUser) -> Said:
        """A member adds the bot."""
        return _membership(self._telegram, self._chat, by.json, old="left", new="member")

    async def kicks_bot(self, by: TelegramUser) -> Said:
        """A member removes the bot."""
        self._chat.forbidden = f"bot was kicked from the {self._chat.type} chat"
        return _membership(self._telegram, self._chat, by.json, old="member", new="kicked")

    async def grows(self, by: TelegramUser, *, into: int) -> "TelegramGroup":
        """Become a supergroup, which has another id and counts its messages anew.

        The bot is told three times, as by the real one (github.com/tdlib/telegram-bot-api/issues/266): it came into the
        new chat, and a service message in each of the two names the other. That it left the old one it is not told.
        """
        new = self._telegram.open_chat(Chat(into, "supergroup", self._chat.title))
        self._chat.moved_to = into
        _membership(self._telegram, new, by.json, old="left", new="member")
        _Writer(self._telegram, self._chat, by.json).moves(migrate_to_chat_id=into)
        _Writer(self._telegram, new, by.json).moves(migrate_from_chat_id=self._chat.id)
        return TelegramGroup(self._telegram, new)


def _membership(telegram: Telegram, chat: Chat, by: Json, *, old: str, new: str) -> Said:
    content: Json = {
        "chat": chat.as_json(),
        "from": by,
        "date": int(time.time()),
        "old_chat_member": _member_json(telegram.bot_json(), old),
        "new_chat_member": _member_json(telegram.bot_json(), new),
    }
    update = telegram.push("my_chat_member", ("member", chat.id), content)
    return Said(chat.id, max(chat.last_said, _newest(chat)), update)


def _member_json(bot: Json, status: str) -> Json:
    until: Json = {"until_date": 0} if status == "kicked" else {}
    return {"user": bot, "status": status} | until


async def hear(chat: Chat, *, after: Said | None = None, patience: float = PATIENCE) -> SentMessage:
    """The first message in a chat after something, by default after the last words of a person."""
    since = chat.last_said if after is None else after.message_id
    return await chat.changed.until(
        lambda: next((m for m in chat.sent if m.message_id > since), None),
        waited_for=f"message in chat {chat.id} after {since}",
        patience=patience,
    )


def _newest(chat: Chat) -> int:
    return chat.sent[-1].message_id if chat.sent else 0


def _caption(text: str) -> Json:
    return {"caption": text} if text else {}


def _whole(number: object) -> int:
    return int(str(number))


def _entities(text: str) -> Json:
    found = [
        {
            "type": kind,
            "offset": utf16_length(text[: match.start()]),
            "length": utf16_length(match[0]),
        }
        for kind, pattern in (("bot_command", _COMMAND), ("mention", _MENTION))
        for match in pattern.finditer(text)
    ]
    return {"entities": found} if found else {}
