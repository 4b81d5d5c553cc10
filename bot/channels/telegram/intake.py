"""Where updates come in: by webhook or by long polling. Telegram is told so only after the inbox has them."""

import asyncio
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog
from aiohttp import web
from telegram import Bot, BotCommand, Update
from telegram.error import BadRequest, TelegramError

from bot import metrics
from bot.channels import ChannelEvent, Receiver
from bot.channels.telegram.inbound import PRESS_PREFIX, UPDATES_WANTED, to_inbound
from bot.channels.telegram.moves import GroupMoves
from bot.channels.telegram.outbound import POLL_SECONDS, to_error
from bot.channels.telegram.staff_group import StaffGroups
from bot.processes import is_cancelled
from bot.storage.database import DatabaseUnavailable
from domain.errors import ChannelUnavailable, ZintisError
from domain.messages import Channel, InboundMessage, MessageKind
from domain.ports import Clock

log = structlog.get_logger()

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
WEBHOOK_CONNECTIONS = 40
_ANSWER_SECONDS = 10

_UNREADABLE = (AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What the library and our converter raise over an update in a form that nobody expected."""

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0


class TelegramIntake:
    """Takes updates and hands them to the inbox. `pause` is the first wait after a failure, in seconds."""

    def __init__(
        self,
        *,
        bot: Bot,
        inbox: Receiver,
        clock: Clock,
        secret: str,
        staff: StaffGroups | None = None,
        moves: GroupMoves | None = None,
        pause: float = _FIRST_PAUSE,
    ) -> None:
        self._bot = bot
        self._inbox = inbox
        self._clock = clock
        self._secret = secret.encode()
        self._staff = staff
        self._moves = moves
        self._pause = pause
        self._username = ""
        self._answers: set[asyncio.Task[None]] = set()

    async def introduce(self, commands: Sequence[tuple[str, str]] = ()) -> None:
        """Learn our own name, which groups need, and show the menu of commands. Raises `ZintisError`."""
        try:
            self._username = (await self._bot.get_me()).username or ""
            if commands:
                await self._bot.set_my_commands([BotCommand(*command) for command in commands])
        except TelegramError as exc:
            raise to_error(exc) from exc

    async def register_webhook(self, url: str) -> None:
        """Have updates posted to this public address. Raises `ZintisError`."""
        try:
            await self._bot.set_webhook(
                url,
                secret_token=self._secret.decode(),
                allowed_updates=UPDATES_WANTED,
                max_connections=WEBHOOK_CONNECTIONS,
            )
        except TelegramError as exc:
            raise to_error(exc) from exc

    async def answer_webhook(self, request: web.Request) -> web.Response:
        """One update: 200 when it is safe with us, 403 when it is not from Telegram, 503 to have it repeated."""
        given = request.headers.get(SECRET_HEADER, "").encode(errors="surrogateescape")
        if not hmac.compare_digest(given, self._secret):
            return _refuse("secret", status=403)
        try:
            posted = json.loads(await request.text())
        except (LookupError, ValueError, RecursionError):
            return _refuse("form", status=400)
        try:
            await self._take(posted)
        except DatabaseUnavailable:
            return web.Response(status=503)
        return web.Response()

    async def poll(self) -> None:
        """Fetch updates until cancelled, from a webhook's place if need be.

        The offset moves on only past what the inbox has. A webhook that somebody sets later is left alone: then the
        two of us share a token, and the conflict is logged until the operator mends it.
        """
        offset: int | None = None
        pause = self._pause
        while True:
            try:
                if offset is None:
                    await self._leave_webhook()
                    offset = 0
                offset = await self._poll_once(offset)
                pause = self._pause
            except (ChannelUnavailable, DatabaseUnavailable) as exc:
                wait = getattr(exc, "retry_after", None) or pause
                log.warning("telegram.poll_failed", error=_reason(exc), seconds=wait)
                if is_cancelled():
                    return
                await asyncio.sleep(wait)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _leave_webhook(self) -> None:
        try:
            await self._bot.delete_webhook()
        except TelegramError as exc:
            raise _as_unavailable(exc) from exc

    async def _poll_once(self, offset: int) -> int:
        wanted = {"offset": offset, "timeout": POLL_SECONDS, "allowed_updates": UPDATES_WANTED}
        try:
            # In lower case, which the API does not mind: the library's own method reads all updates at once, so
            # that one it cannot read stops those behind it, and then logs their whole content.
            updates = await self._bot.do_api_request(
                "getupdates", api_kwargs=wanted, read_timeout=POLL_SECONDS + _ANSWER_SECONDS
            )
        except TelegramError as exc:
            raise _as_unavailable(exc) from exc
        for update in updates:
            await self._take(update)
            offset = int(update["update_id"]) + 1
        return offset

    async def close(self) -> None:
        """Let the answers to presses finish."""
        await asyncio.gather(*self._answers)

    async def _take(self, posted: Mapping[str, object]) -> None:
        update = self._parse(posted)
        if update is not None:
            await self._follow_group(update)
        if update is not None and self._staff is not None and await self._staff.take(update):
            metrics.INBOUND.labels(Channel.TELEGRAM, "staff").inc()
            return
        message = await self._under_new_id(self._read(update))
        if message is None:
            metrics.INBOUND.labels(Channel.TELEGRAM, "ignored").inc()
            return
        if isinstance(message, ChannelEvent):
            await self._inbox.note_blocked(
                channel=Channel.TELEGRAM, handle=message.handle, blocked=message.blocked
            )
            return
        fresh = await self._inbox.accept(message)
        metrics.INBOUND.labels(Channel.TELEGRAM, "accepted" if fresh else "repeated").inc()
        if message.kind is MessageKind.PRESS:
            self._stop_clock(message.external_id.removeprefix(PRESS_PREFIX))

    async def _follow_group(self, update: Update) -> None:
        """A group says in both of its chats that it became a supergroup: who hears it first matters not."""
        message = update.message
        if message is None or self._moves is None:
            return
        if message.migrate_to_chat_id is not None:
            await self._moves.follow(message.chat.id, message.migrate_to_chat_id)
        if message.migrate_from_chat_id is not None:
            await self._moves.follow(message.migrate_from_chat_id, message.chat.id)

    async def _under_new_id(
        self, message: InboundMessage | ChannelEvent | None
    ) -> InboundMessage | ChannelEvent | None:
        """The same, as from the supergroup when the group has become one."""
        if message is None or self._moves is None:
            return message
        handle = await self._moves.current(message.handle)
        return message if handle == message.handle else replace(message, handle=handle)

    def _parse(self, posted: Mapping[str, object]) -> Update | None:
        """An update. One that cannot be read must not stop those behind it for ever."""
        try:
            return Update.de_json(dict(posted), self._bot)
        except _UNREADABLE as exc:
            _note_unreadable(exc)
            return None

    def _read(self, update: Update | None) -> InboundMessage | ChannelEvent | None:
        """What an update means."""
        if update is None:
            return None
        try:
            return to_inbound(update, username=self._username, now=self._clock.now())
        except _UNREADABLE as exc:
            _note_unreadable(exc)
            return None

    def _stop_clock(self, press_id: str) -> None:
        """Take the clock off the pressed button; nothing waits for it and nothing hangs on it."""
        task = asyncio.create_task(self._answer_press(press_id))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer_press(self, press_id: str) -> None:
        try:
            await self._bot.answer_callback_query(press_id)
        except BadRequest:
            log.info("telegram.press_too_old")
        except TelegramError as exc:
            log.warning("telegram.press_unanswered", error=type(exc).__name__)


def _note_unreadable(error: Exception) -> None:
    metrics.WEBHOOKS_REFUSED.labels(Channel.TELEGRAM, "form").inc()
    log.error("telegram.update_unreadable", error=type(error).__name__)


def _as_unavailable(error: TelegramError) -> ZintisError:
    """While polling every failure of Telegram passes, a refused token too: somebody mends it."""
    meant = to_error(error)
    return meant if isinstance(meant, ChannelUnavailable) else ChannelUnavailable(error.message)


def _reason(error: Exception) -> str:
    """What to log: an error of the database may quote what was being stored, so only its name."""
    return error.reason if isinstance(error, ChannelUnavailable) else type(error).__name__


def _refuse(reason: str, *, status: int) -> web.Response:
    metrics.WEBHOOKS_REFUSED.labels(Channel.TELEGRAM, reason).inc()
    log.warning("telegram.webhook_refused", reason=reason)
    return web.Response(status=status)
