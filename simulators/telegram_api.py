"""The methods of the Bot API: what they do, and in whose words they refuse."""

import asyncio
import itertools
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from simulators.pace import Bucket
from simulators.pictures import size_of
from simulators.server import HOST
from simulators.telegram_calls import Json, Parameters, Refusal, Upload, bad_request
from simulators.telegram_chats import (
    Chat,
    Files,
    SentMessage,
    StoredFile,
    keyboard_json,
    read_keyboard,
)
from simulators.telegram_html import Formatted, MarkupError, parse, utf16_length
from simulators.telegram_updates import OK, Pusher, Updates, Webhook

MOST_TEXT = 4096
MOST_CAPTION = 1024
MOST_DOWNLOAD = 20 * 1024 * 1024
MOST_PHOTO = 10 * 1024 * 1024
MOST_DOCUMENT = 50 * 1024 * 1024
MOST_SIDES = 10_000
"""Width and height of a photo together."""
MOST_RATIO = 20
MOST_NOTICE = 200
_SECRET_SHAPE = re.compile(r"[A-Za-z0-9_-]{1,256}")
_COMMAND_SHAPE = re.compile(r"/?[a-z0-9_]{1,32}")
_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
_IGNORED = ("setMyName", "setMyDescription", "setMyShortDescription", "deleteMyCommands")

Method: TypeAlias = Callable[[Parameters], object]


@dataclass(frozen=True, slots=True)
class Paces:
    """How fast one may send: to one private chat, to one group, and to all; None does not limit."""

    per_chat: float | None = 1.0
    chat_burst: int = 5
    per_group: float | None = 20 / 60
    group_burst: int = 20
    overall: float | None = 30.0
    overall_burst: int = 30

    @classmethod
    def unlimited(cls) -> "Paces":
        """No limits at all, for measuring the service and not the vendor."""
        return cls(per_chat=None, per_group=None, overall=None)


class BotApi:
    """One bot: its chats, its updates and the methods it calls."""

    def __init__(self, bot: Json, *, paces: Paces, updates: Updates, pusher: Pusher) -> None:
        self.bot = bot
        self.updates = updates
        self.pusher = pusher
        self.files = Files()
        self.chats: dict[int, Chat] = {}
        self.callbacks: set[str] = set()
        self.message_ids = itertools.count(1)
        self.sent: list[SentMessage] = []
        self.on_sent: list[Callable[[SentMessage], None]] = []
        self.notices: list[tuple[str, str]] = []
        self.commands: list[Json] = []
        self._paces = paces
        self._overall = Bucket(paces.overall, burst=paces.overall_burst)
        self._buckets: dict[int, Bucket] = {}
        self._methods: dict[str, tuple[str, Method]] = {
            name.lower(): (name, method) for name, method in self._named_methods()
        }

    def _named_methods(self) -> list[tuple[str, Method]]:
        return [
            ("getMe", lambda _: self._me()),
            ("setWebhook", self._set_webhook),
            ("deleteWebhook", self._delete_webhook),
            ("getWebhookInfo", lambda _: self._webhook_info()),
            ("getUpdates", self._get_updates),
            ("sendMessage", self._send_message),
            ("sendPhoto", self._send_photo),
            ("sendDocument", self._send_document),
            ("sendChatAction", self._send_chat_action),
            ("editMessageText", self._edit_text),
            ("editMessageReplyMarkup", self._edit_markup),
            ("deleteMessage", self._delete_message),
            ("answerCallbackQuery", self._answer_callback),
            ("getFile", self._get_file),
            ("getChat", lambda p: self._chat(p).as_json()),
            ("setMyCommands", self._set_commands),
            ("getMyCommands", lambda _: self.commands),
            *((name, lambda _: True) for name in _IGNORED),
        ]

    def name_of(self, method: str) -> str:
        """A method as the documentation writes it: the API itself does not mind the case."""
        found = self._methods.get(method.lower())
        return found[0] if found else method

    async def call(self, method: str, parameters: Parameters) -> Json:
        """The body of the answer; raises `Refusal`."""
        found = self._methods.get(method.lower())
        if found is None:
            raise Refusal(404, "Not Found: method not found")
        result = found[1](parameters)
        if asyncio.iscoroutine(result):
            result = await result
        if isinstance(result, _Remark):
            return {"ok": True, "result": True, "description": result.text}
        return {"ok": True, "result": result}

    # --- updates -----------------------------------------------------------------------------

    def _me(self) -> Json:
        return self.bot | {
            "can_join_groups": True,
            "can_read_all_group_messages": True,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    async def _get_updates(self, parameters: Parameters) -> object:
        if self.pusher.webhook is not None:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self._choose_kinds(parameters)
        offset = parameters.integer("offset")
        if offset:
            self.updates.confirm(before=offset)
        limit = min(max(parameters.integer("limit", 100), 1), 100)
        seconds = min(max(parameters.integer("timeout"), 0), 50)
        batch = await self.updates.poll(limit=limit, seconds=seconds)
        return [update.as_json() for update in batch]

    def _choose_kinds(self, parameters: Parameters) -> None:
        if "allowed_updates" in parameters.values:
            self.updates.allowed = frozenset(parameters.list_of_text("allowed_updates"))

    async def _set_webhook(self, parameters: Parameters) -> object:
        url = parameters.text("url")
        if not url:
            return await self._delete_webhook(parameters)
        _check_webhook_url(url)
        secret = parameters.text("secret_token")
        if secret and not _SECRET_SHAPE.fullmatch(secret):
            raise bad_request("secret token contains unallowed characters")
        most = min(max(parameters.integer("max_connections", 40), 1), 100)
        self._choose_kinds(parameters)
        self._drop_pending(parameters)
        webhook = Webhook(url, secret, most)
        if self.pusher.webhook == webhook:
            return _Remark("Webhook is already set")
        self.updates.end_poll("terminated by setWebhook request")
        await self.pusher.set(webhook)
        return _Remark("Webhook was set")

    async def _delete_webhook(self, parameters: Parameters) -> object:
        self._drop_pending(parameters)
        if self.pusher.webhook is None:
            return _Remark("Webhook is already deleted")
        await self.pusher.unset()
        return _Remark("Webhook was deleted")

    def _drop_pending(self, parameters: Parameters) -> None:
        if parameters.flag("drop_pending_updates"):
            self.updates.clear()

    def _webhook_info(self) -> Json:
        webhook = self.pusher.webhook
        info: Json = {
            "url": webhook.url if webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates),
        }
        if webhook is None:
            return info
        info |= {"max_connections": webhook.max_connections, "ip_address": HOST}
        if self.updates.allowed:
            info |= {"allowed_updates": sorted(self.updates.allowed)}
        failed = [a for a in self.pusher.attempts if a.status not in OK]
        if failed:
            said = failed[-1].error or f"Wrong response from the webhook: {failed[-1].status}"
            info |= {"last_error_date": int(time.time()), "last_error_message": said}
        return info

    # --- sending -----------------------------------------------------------------------------

    def _send_message(self, parameters: Parameters) -> Json:
        chat = self._open_chat(parameters)
        if not parameters.text("text"):
            raise bad_request("message text is empty")
        said = _read_text(parameters, "text")
        if not said.text.strip():
            raise bad_request("text must be non-empty")
        if utf16_length(said.text) > MOST_TEXT:
            raise bad_request("message is too long")
        return self._put(chat, parameters, "text", said, {"text": said.text})

    def _send_photo(self, parameters: Parameters) -> Json:
        chat = self._open_chat(parameters)
        said = _read_caption(parameters)
        file = self._file_of(parameters, "photo", folder="photos", suffix=".jpg")
        width, height = _check_photo(file)
        shown: Json = {"photo": [file.as_json(width=width, height=height)]}
        return self._put(chat, parameters, "photo", said, shown, file=file)

    def _send_document(self, parameters: Parameters) -> Json:
        chat = self._open_chat(parameters)
        said = _read_caption(parameters)
        file = self._file_of(parameters, "document", folder="documents", suffix="")
        if file.size > MOST_DOCUMENT:
            raise Refusal(413, "Request Entity Too Large")
        upload = _upload(parameters, "document")
        named = {"file_name": upload.name} if upload is not None else {}
        shown: Json = {"document": file.as_json(**named)}
        return self._put(chat, parameters, "document", said, shown, file=file)

    def _put(
        self,
        chat: Chat,
        parameters: Parameters,
        kind: str,
        said: Formatted,
        shown: Json,
        *,
        file: StoredFile | None = None,
    ) -> Json:
        rows = read_keyboard(parameters.parsed("reply_markup"))
        self._keep_pace(chat)
        reply = parameters.parsed("reply_parameters")
        message = SentMessage(
            chat_id=chat.id,
            message_id=self.next_message_id(chat),
            kind=kind,
            text=said.text,
            source=parameters.text("text") or parameters.text("caption"),
            at=time.monotonic(),
            entities=tuple(e.as_json() for e in said.entities),
            rows=rows,
            file=file,
            reply_to=reply.get("message_id") if isinstance(reply, dict) else None,
        )
        message.shown = self._show(chat, message) | shown
        chat.sent.append(message)
        self.sent.append(message)
        for listener in self.on_sent:
            listener(message)
        chat.changed.notify()
        return message.shown

    def next_message_id(self, chat: Chat) -> int:
        """Supergroups count for themselves; private chats and groups share the bot's own count."""
        return next(chat.message_ids if chat.type == "supergroup" else self.message_ids)

    def _show(self, chat: Chat, message: SentMessage) -> Json:
        shown: Json = {
            "message_id": message.message_id,
            "from": self.bot,
            "chat": chat.as_json(),
            "date": int(time.time()),
        }
        name = "entities" if message.kind == "text" else "caption_entities"
        if message.kind != "text" and message.text:
            shown["caption"] = message.text
        if message.entities:
            shown[name] = list(message.entities)
        if message.rows:
            shown["reply_markup"] = keyboard_json(message.rows)
        return shown

    def _keep_pace(self, chat: Chat) -> None:
        bucket = self._buckets.get(chat.id)
        if bucket is None:
            private = chat.type == "private"
            rate = self._paces.per_chat if private else self._paces.per_group
            burst = self._paces.chat_burst if private else self._paces.group_burst
            bucket = self._buckets[chat.id] = Bucket(rate, burst=burst)
        wait = max(bucket.wait(), self._overall.wait())
        if wait > 0:
            raise too_fast(math.ceil(wait))
        bucket.take()
        self._overall.take()

    def _chat(self, parameters: Parameters) -> Chat:
        if not parameters.text("chat_id"):
            raise bad_request("chat_id is empty")
        chat = self.chats.get(parameters.integer("chat_id"))
        if chat is None:
            raise bad_request("chat not found")
        return chat

    def _open_chat(self, parameters: Parameters) -> Chat:
        chat = self._chat(parameters)
        if chat.moved_to is not None:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.moved_to,
            )
        if chat.forbidden:
            raise Refusal(403, f"Forbidden: {chat.forbidden}")
        return chat

    def _file_of(
        self, parameters: Parameters, name: str, *, folder: str, suffix: str
    ) -> StoredFile:
        upload = _upload(parameters, name)
        if upload is not None:
            return self.files.store(upload.content, folder=folder, suffix=suffix or upload.name)
        reference = parameters.text(name)
        if not reference:
            raise bad_request(f"there is no {name} in the request")
        if reference.startswith(("http://", "https://")):
            return self.files.store(b"", folder=folder, suffix=suffix)
        found = self.files.find(reference)
        if found is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return found

    def _send_chat_action(self, parameters: Parameters) -> bool:
        chat = self._open_chat(parameters)
        action = parameters.text("action")
        if action not in _ACTIONS:
            raise bad_request("wrong parameter action in request")
        chat.actions.append(action)
        chat.changed.notify()
        return True

    # --- changing what was sent --------------------------------------------------------------

    def _edit_text(self, parameters: Parameters) -> Json:
        chat, message = self._sent_message(parameters)
        said = _read_text(parameters, "text")
        if not said.text.strip():
            raise bad_request("message text is empty")
        if utf16_length(said.text) > MOST_TEXT:
            raise bad_request("message is too long")
        rows = read_keyboard(parameters.parsed("reply_markup"))
        if (said.text, rows) == (message.text, message.rows):
            raise bad_request(_NOT_MODIFIED)
        message.text, message.source, message.rows = said.text, parameters.text("text"), rows
        message.entities = tuple(e.as_json() for e in said.entities)
        message.shown = self._show(chat, message) | {"text": said.text}
        chat.changed.notify()
        return message.shown

    def _edit_markup(self, parameters: Parameters) -> Json:
        chat, message = self._sent_message(parameters)
        rows = read_keyboard(parameters.parsed("reply_markup"))
        if rows == message.rows:
            raise bad_request(_NOT_MODIFIED)
        message.rows = rows
        message.shown.pop("reply_markup", None)
        if rows:
            message.shown["reply_markup"] = keyboard_json(rows)
        chat.changed.notify()
        return message.shown

    def _delete_message(self, parameters: Parameters) -> bool:
        chat = self._open_chat(parameters)
        wanted = parameters.integer("message_id")
        if not any(m.message_id == wanted for m in chat.sent):
            raise bad_request("message to delete not found")
        chat.sent[:] = [m for m in chat.sent if m.message_id != wanted]
        return True

    def _sent_message(self, parameters: Parameters) -> tuple[Chat, SentMessage]:
        chat = self._open_chat(parameters)
        wanted = parameters.integer("message_id")
        found = next((m for m in reversed(chat.sent) if m.message_id == wanted), None)
        if found is None:
            raise bad_request("message to edit not found")
        return chat, found

    def _answer_callback(self, parameters: Parameters) -> bool:
        callback_id, notice = parameters.text("callback_query_id"), parameters.text("text")
        if callback_id not in self.callbacks:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        if utf16_length(notice) > MOST_NOTICE:
            raise bad_request("MESSAGE_TOO_LONG")
        self.callbacks.discard(callback_id)
        self.notices.append((callback_id, notice))
        return True

    # --- files and commands ------------------------------------------------------------------

    def _get_file(self, parameters: Parameters) -> Json:
        kept = self.files.find(parameters.text("file_id"))
        if kept is None:
            raise bad_request("invalid file_id")
        if kept.size > MOST_DOWNLOAD:
            raise bad_request("file is too big")
        return kept.as_json(file_path=kept.path)

    def _set_commands(self, parameters: Parameters) -> bool:
        commands = parameters.parsed("commands")
        if not isinstance(commands, list):
            raise bad_request('parameter "commands" is required')
        for command in commands:
            if not _COMMAND_SHAPE.fullmatch(str(command.get("command", ""))):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:  # noqa: PLR2004 - their limit
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands = commands
        return True


_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


@dataclass(frozen=True, slots=True)
class _Remark:
    """A result `true` with a remark beside it."""

    text: str


def too_fast(seconds: int) -> Refusal:
    """The refusal of those who send too fast."""
    return Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def _read_text(parameters: Parameters, name: str) -> Formatted:
    mode = parameters.text("parse_mode").lower()
    if not mode:
        return Formatted(parameters.text(name).strip())
    if mode != "html":
        raise bad_request("unsupported parse_mode")
    try:
        said = parse(parameters.text(name))
    except MarkupError as exc:
        raise bad_request(f"can't parse entities: {exc}") from None
    return said


def _read_caption(parameters: Parameters) -> Formatted:
    said = _read_text(parameters, "caption")
    if utf16_length(said.text) > MOST_CAPTION:
        raise bad_request("message caption is too long")
    return said


def _check_photo(file: StoredFile) -> tuple[int, int]:
    """Width and height of what may be sent as a photo; one that lies elsewhere is taken as it is."""
    if file.size > MOST_PHOTO:
        raise bad_request(f"file of size {file.size} bytes is too big for a photo")
    if not file.content:
        return 1280, 960
    found = size_of(file.content)
    if found is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if sum(found) > MOST_SIDES or max(found) > MOST_RATIO * min(found):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return found


def _upload(parameters: Parameters, name: str) -> Upload | None:
    reference = parameters.text(name)
    if reference.startswith("attach://"):
        return parameters.uploads.get(reference.removeprefix("attach://"))
    return parameters.uploads.get(name)


def _check_webhook_url(url: str) -> None:
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in {HOST, "localhost"}
    if parts.scheme != "https" and not local:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if parts.scheme == "https" and (parts.port or 443) not in {443, 80, 88, 8443}:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
