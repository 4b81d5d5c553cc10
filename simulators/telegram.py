"""The Bot API of Telegram, simulated: https://core.telegram.org/bots/api, as far as the service uses it.

Not simulated: MarkdownV2, inline mode, payments, channels, answers given within the response to a webhook. Two
liberties: plain http is allowed as webhook address on 127.0.0.1 (as with a self-hosted server in local mode), and an
https address may be routed to a local port.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from aiohttp import web

from simulators.faults import Faults, ServerError, TooManyRequests
from simulators.server import LocalServer, Routes
from simulators.telegram_api import BotApi, Paces, too_fast
from simulators.telegram_calls import Json, Refusal, read_parameters
from simulators.telegram_chats import Button, Chat, Files, Said, SentMessage
from simulators.telegram_people import TelegramGroup, TelegramUser, hear
from simulators.telegram_updates import Attempt, Pusher, PushPace, Update, Updates
from simulators.waiting import PATIENCE, Signal

TOKEN = "110201543:simulated-token-of-no-real-bot"  # noqa: S105 - opens nothing but the simulator
_TOKEN_SHAPE = re.compile(r"\d+:[\w-]{20,}")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a method and what became of it."""

    method: str
    values: Mapping[str, str]
    at: float
    status: int
    description: str = ""


class TelegramSimulator:
    """A Bot API server with one bot, and the people who write to it.

    `async with TelegramSimulator() as telegram:` listens on `telegram.url`; that is what the service's
    TELEGRAM_API_URL has to be.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "zintis_simulated_bot",
        paces: Paces | None = None,
        push_pace: PushPace | None = None,
        routes: Mapping[str, str] | None = None,
        latency: float = 0.0,
    ) -> None:
        self.token = token
        self.faults = Faults(quiet={"getUpdates"})
        self.routes = Routes(routes)
        self.latency = latency
        self.calls: list[Call] = []
        self.called = Signal()
        self._updates = Updates()
        self._pusher = Pusher(self._updates, routes=self.routes, pace=push_pace or PushPace())
        bot: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Zintis",
            "username": username,
        }
        self._api = BotApi(bot, paces=paces or Paces(), updates=self._updates, pusher=self._pusher)
        self._users: dict[int, TelegramUser] = {}
        app = web.Application(client_max_size=60 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        app.router.add_route("*", "/{anything:.*}", self._nothing)
        self._server = LocalServer(app)

    # --- running -----------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The address of the server: what stands for https://api.telegram.org."""
        return self._server.url

    async def start(self, *, port: int = 0) -> None:
        """Listen on 127.0.0.1."""
        await self._server.start(port=port)

    async def stop(self) -> None:
        """Stop pushing and listening."""
        self._updates.end_poll("terminated by the end of the simulator")
        await self._pusher.unset()
        await self._server.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # --- people ------------------------------------------------------------------------------

    def user(
        self, chat_id: int = 7001, name: str = "Anna", *, language: str = "lv"
    ) -> TelegramUser:
        """A person with a private chat; the same id gives the same person."""
        if chat_id not in self._users:
            chat = self._api.chats.setdefault(chat_id, Chat(chat_id, "private", name))
            self._users[chat_id] = TelegramUser(self, chat, language=language)
        return self._users[chat_id]

    def group(self, chat_id: int = -4001, title: str = "Elejas kaimiņi") -> TelegramGroup:
        """A group that the bot is in."""
        return TelegramGroup(
            self, self._api.chats.setdefault(chat_id, Chat(chat_id, "group", title))
        )

    def supergroup(self, chat_id: int, title: str = "Elejas kaimiņi") -> TelegramGroup:
        """A supergroup that the bot is in."""
        return TelegramGroup(self, self.open_chat(Chat(chat_id, "supergroup", title)))

    def chat(self, chat_id: int) -> Chat:
        """A chat with everything that the bot said in it."""
        return self._api.chats[chat_id]

    async def wait_for_reply(
        self, chat_id: int, *, after: Said | None = None, patience: float = PATIENCE
    ) -> SentMessage:
        """The bot's first message in a chat after something was said there."""
        return await hear(self._api.chats[chat_id], after=after, patience=patience)

    async def wait_for_call(self, method: str, *, times: int = 1) -> Call:
        """The n-th call of a method since the start, whatever became of it."""

        def look() -> Call | None:
            calls = self.calls_of(method)
            return calls[times - 1] if len(calls) >= times else None

        return await self.called.until(look, waited_for=f"{method} number {times}")

    async def wait_until_confirmed(self, *, patience: float = PATIENCE) -> None:
        """Until the bot has taken every update: confirmed by offset or answered with 2xx."""
        await self._updates.changed.until(
            lambda: not self._updates or None,
            waited_for="confirmation of all updates",
            patience=patience,
        )

    async def wait_until_polled(self) -> None:
        """Until the bot waits for updates."""
        await self._updates.changed.until(
            lambda: self._updates.polled or None, waited_for="long poll"
        )

    def calls_of(self, method: str) -> list[Call]:
        """The calls of one method, in order."""
        return [call for call in self.calls if call.method == method]

    @property
    def attempts(self) -> list[Attempt]:
        """Every push to the webhook, in order of their ends."""
        return self._pusher.attempts

    async def wait_for_attempt(self, look: Callable[[Attempt], bool]) -> Attempt:
        """The first push to the webhook of which this is true."""
        return await self._pusher.attempted.until(
            lambda: next((a for a in self.attempts if look(a)), None), waited_for="such a push"
        )

    @property
    def pending(self) -> list[Update]:
        """Updates that the bot has not confirmed."""
        return self._updates.pending()

    # --- what the bot did ----------------------------------------------------------------------

    @property
    def sent(self) -> list[SentMessage]:
        """Every message of the bot, in the order of arrival."""
        return self._api.sent

    @property
    def on_sent(self) -> list[Callable[[SentMessage], None]]:
        """Called for each message as it arrives."""
        return self._api.on_sent

    @property
    def notices(self) -> list[tuple[str, str]]:
        """Answers to pressed buttons: the press's id and the text shown."""
        return self._api.notices

    @property
    def open_presses(self) -> set[str]:
        """Presses that still show a clock because the bot has not answered them."""
        return self._api.callbacks

    @property
    def commands(self) -> list[Json]:
        """The menu of commands that the bot has set."""
        return self._api.commands

    # --- what people need (the protocol of telegram_people) ------------------------------------

    @property
    def files(self) -> Files:
        """Files that people and the bot sent."""
        return self._api.files

    def bot_json(self) -> Json:
        """The bot as a user."""
        return self._api.bot

    def next_message_id(self, chat: Chat) -> int:
        """A new message id in a chat."""
        return self._api.next_message_id(chat)

    def open_chat(self, chat: Chat) -> Chat:
        """Let the bot see a new chat."""
        return self._api.chats.setdefault(chat.id, chat)

    def push(self, kind: str, lane: tuple[str, int], content: Json) -> int:
        """Queue an update for the bot."""
        return self._updates.add(kind, lane, content)

    def open_callback(self, callback_id: str) -> None:
        """Remember a press that the bot should answer."""
        self._api.callbacks.add(callback_id)

    # --- HTTP --------------------------------------------------------------------------------

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        if self.latency:
            await asyncio.sleep(self.latency)
        fault = self.faults.take(self._api.name_of(name))
        if isinstance(fault, ServerError):
            return _error_page(fault.status)
        if fault is not None and not isinstance(fault, TooManyRequests) and not fault.taken:
            return await self._server.break_off(request, fault)
        too_many = fault if isinstance(fault, TooManyRequests) else None
        status, body = await self._perform(request, name, too_many)
        if fault is not None and too_many is None:
            return await self._server.break_off(request, fault)
        return web.json_response(body, status=status)

    async def _perform(
        self, request: web.Request, name: str, fault: TooManyRequests | None
    ) -> tuple[int, Json]:
        at = time.monotonic()
        values: Mapping[str, str] = {}
        description = ""
        try:
            self._check_token(request)
            parameters = await read_parameters(request)
            values = parameters.values
            if fault is not None:
                raise too_fast(fault.retry_after or 1)
            body = await self._api.call(name, parameters)
            status = 200
        except Refusal as refusal:
            status, description, body = refusal.code, refusal.description, refusal.as_json()
        self.calls.append(Call(self._api.name_of(name), values, at, status, description))
        self.called.notify()
        return status, body

    def _check_token(self, request: web.Request) -> None:
        token = request.match_info["token"]
        if token == self.token:
            return
        if _TOKEN_SHAPE.fullmatch(token):
            raise Refusal(401, "Unauthorized")
        raise Refusal(404, "Not Found")

    async def _nothing(self, _: web.Request) -> web.Response:
        return web.json_response(Refusal(404, "Not Found").as_json(), status=404)

    async def _download(self, request: web.Request) -> web.Response:
        kept = self.files.at(request.match_info["path"])
        if request.match_info["token"] != self.token or kept is None:
            return web.json_response(Refusal(404, "Not Found").as_json(), status=404)
        return web.Response(body=kept.content, content_type="application/octet-stream")


def _error_page(status: int) -> web.Response:
    page = f"<html><head><title>{status}</title></head><body><center>nginx</center></body></html>"
    return web.Response(status=status, text=page, content_type="text/html")


__all__ = [
    "TOKEN",
    "Attempt",
    "Button",
    "Call",
    "Paces",
    "PushPace",
    "Said",
    "SentMessage",
    "TelegramSimulator",
]
