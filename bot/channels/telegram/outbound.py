"""From our own form to Telegram: how a message is sent and what its refusals mean."""

import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import TypedDict

import aiohttp
import structlog
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    Message,
)
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.channels.telegram.http import AiohttpRequest
from bot.channels.telegram.moves import GroupMoves
from domain.errors import (
    ChannelUnavailable,
    ContactUnreachable,
    MessageRefused,
    ZintisError,
)
from domain.messages import OutboundFile, OutboundMessage

log = structlog.get_logger()

POLL_SECONDS = 30
"""How long one long poll lasts when nothing comes."""

_CONNECTIONS = 32
_OPERATORS_FAULT = 60.0
"""Seconds until the next try when our token is refused: somebody has to mend it first."""

_MARKUP = re.compile(r"can't parse (entities|inline|reply)|button|keyboard|entity", re.IGNORECASE)
_NO_PHOTO = re.compile(
    r"photo_invalid_dimensions|image_process_failed|photo_save_file_invalid|photo_ext_invalid|"
    r"too big for a photo",
    re.IGNORECASE,
)
"""Pictures that Telegram takes as documents only: too large, sides of over 10 000 in sum, narrower than 1 to 20."""

_GONE = re.compile(
    r"chat not found|user not found|peer_id_invalid|user_is_deactivated|not enough rights|"
    r"have no rights|chat_write_forbidden|need administrator rights",
    re.IGNORECASE,
)


class SendArguments(TypedDict, total=False):
    """What `Bot.send_message` is called with."""

    chat_id: int
    text: str
    parse_mode: str
    reply_markup: InlineKeyboardMarkup
    link_preview_options: LinkPreviewOptions


class FileArguments(TypedDict, total=False):
    """What `Bot.send_photo` and `Bot.send_document` are called with besides the file."""

    chat_id: int
    caption: str
    parse_mode: str
    reply_markup: InlineKeyboardMarkup


def to_telegram(message: OutboundMessage) -> SendArguments:
    """A message as the Bot API takes it: HTML, one button a line because labels are long."""
    arguments = _plain(message)
    arguments["text"] = message.text
    arguments["parse_mode"] = ParseMode.HTML
    if message.buttons:
        arguments["reply_markup"] = InlineKeyboardMarkup(
            [[InlineKeyboardButton(b.label, callback_data=b.id)] for b in message.buttons]
        )
    return arguments


def _plain(message: OutboundMessage) -> SendArguments:
    """The same without any markup: what is left when Telegram refuses ours."""
    return {
        "chat_id": int(message.handle),
        "text": message.plain,
        "link_preview_options": LinkPreviewOptions(is_disabled=True),
    }


def _forms(message: OutboundMessage) -> Iterator[SendArguments]:
    """A message in forms that ask less and less of Telegram; every choice stands in the plain text too."""
    full = to_telegram(message)
    yield full
    if message.buttons:
        yield {**_plain(message), "reply_markup": full["reply_markup"]}
    yield _plain(message)


def _as_caption(form: SendArguments) -> FileArguments:
    about: FileArguments = {"chat_id": form["chat_id"], "caption": form["text"]}
    if "parse_mode" in form:
        about["parse_mode"] = form["parse_mode"]
    if "reply_markup" in form:
        about["reply_markup"] = form["reply_markup"]
    return about


@asynccontextmanager
async def connect(token: str, *, api_url: str) -> AsyncIterator[Bot]:
    """The API client for as long as the block lasts. Connections are made when they are needed."""
    # The library is on its way to timedelta and warns on each 429 until told that we know.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
    headers = {"User-Agent": AiohttpRequest.USER_AGENT}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        requests = AiohttpRequest(session)
        yield Bot(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=requests,
            get_updates_request=requests,
        )


class TelegramChannel:
    """Sends messages (`domain.ports.Sender`)."""

    def __init__(self, bot: Bot, *, moves: GroupMoves | None = None) -> None:
        """`moves` is told of groups that turn out to have become supergroups."""
        self._bot = bot
        self._moves = moves

    async def send(self, message: OutboundMessage) -> str:
        """Send in the best form that Telegram takes; the id is `<chat>:<message id>`."""
        refused: BadRequest | None = None
        for form in _forms(message):
            try:
                return await self._send(form, message.file)
            except BadRequest as exc:
                if not _MARKUP.search(exc.message):
                    raise to_error(exc) from exc
                refused = exc
                log.warning("telegram.markup_refused", message_id=message.id)
            except TelegramError as exc:
                raise to_error(exc) from exc
        assert refused is not None  # noqa: S101 - the loop ended because of it
        raise MessageRefused(refused.message) from refused

    async def _send(self, form: SendArguments, file: OutboundFile | None) -> str:
        try:
            sent = await self._put(form, file)
        except ChatMigrated as moved:  # the group became a supergroup and has another id now
            if self._moves is not None:
                await self._moves.follow(form["chat_id"], moved.new_chat_id)
            form["chat_id"] = moved.new_chat_id
            sent = await self._put(form, file)
        return f"{sent.chat_id}:{sent.message_id}"

    async def _put(self, form: SendArguments, file: OutboundFile | None) -> Message:
        if file is None:
            return await self._bot.send_message(**form)
        about = _as_caption(form)
        content = InputFile(file.content, filename=file.name)
        if file.is_picture:
            try:
                return await self._bot.send_photo(photo=content, **about)
            except BadRequest as exc:
                if not _NO_PHOTO.search(exc.message):
                    raise
        return await self._bot.send_document(document=content, **about)


def to_error(error: TelegramError) -> ZintisError:
    """What the caller can do about a failure."""
    return next(mean(error) for kind, mean in _MEANINGS if isinstance(error, kind))


def _refusal(error: TelegramError) -> ZintisError:
    gone = _GONE.search(error.message)
    return ContactUnreachable(error.message) if gone else MessageRefused(error.message)


def _asked_to_wait(error: TelegramError) -> ZintisError:
    wait = error.retry_after if isinstance(error, RetryAfter) else 0
    seconds = float(wait) if isinstance(wait, int | float) else wait.total_seconds()
    return ChannelUnavailable("Telegram asks to wait", retry_after=seconds)


_MEANINGS: tuple[tuple[type[TelegramError], Callable[[TelegramError], ZintisError]], ...] = (
    # From the special to the general: to the library a BadRequest is a NetworkError.
    (RetryAfter, _asked_to_wait),
    (Forbidden, lambda e: ContactUnreachable(e.message)),
    (BadRequest, _refusal),
    (
        InvalidToken,
        lambda _: ChannelUnavailable("Telegram refuses the token", retry_after=_OPERATORS_FAULT),
    ),
    (Conflict, lambda e: ChannelUnavailable(e.message)),
    (
        NetworkError,
        lambda e: ChannelUnavailable(f"Telegram is out of reach ({type(e).__name__})"),
    ),
    (TelegramError, lambda e: MessageRefused(e.message)),
)
