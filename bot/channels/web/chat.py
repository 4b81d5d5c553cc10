"""The interface behind the page: sessions, messages in, news out, and what the page says it showed."""

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import wraps
from typing import TypeVar

import structlog
from aiohttp import web
from pydantic import BaseModel, ValidationError

from bot import metrics
from bot.channels.web import refusals
from bot.channels.web.inbound import PostedMessage, PostedSeen, to_inbound
from bot.channels.web.limits import Limit
from bot.channels.web.outbound import to_web, vendor_id
from bot.channels.web.pages import OWN_PRIVACY_PAGE, Assets, Pages
from bot.channels.web.refusals import Refused
from bot.channels.web.visitors import is_from_our_page, new_token, read_handle
from bot.content import Content
from bot.inbox import Inbox
from bot.live import Live
from bot.media import hand_over
from bot.outbox import Outbox
from bot.peers import address_of
from bot.storage import conversations, staff_files, web_chat
from bot.storage.database import Database, DatabaseUnavailable
from bot.storage.web_chat import Position, View, read_position
from domain.messages import Channel, ConversationId, DeliveryState, OutboundId
from domain.ports import Clock

log = structlog.get_logger()

LARGEST_BODY = 16 * 1024
"""Bytes; the longest message takes about a quarter, in JSON."""

KEEP_ALIVE = 20.0
"""Seconds of silence after which a stream says that it is alive: proxies close what is silent for a minute."""

MOST_STREAMS = 8
"""Open pages of one visitor; whoever has more tabs open polls in the others."""

MOST_STREAMS_AT_ADDRESS = 200

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Posted = TypeVar("Posted", bound=BaseModel)


class WebChat:
    """The web channel. `add_to` gives an application its routes.

    `keeps_days` is how long messages are kept, for the privacy notice (None: until they are erased);
    `frame_ancestors` are the sites that may embed the chat (none named: every site, see `Pages`).
    """

    def __init__(
        self,
        *,
        inbox: Inbox,
        outbox: Outbox,
        database: Database,
        live: Live,
        clock: Clock,
        content: Callable[[], Content],
        privacy_url: str | None = None,
        public_url: str | None = None,
        keeps_days: int | None = None,
        frame_ancestors: Sequence[str] = (),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._database = database
        self._live = live
        self._clock = clock
        self._public_url = public_url
        self._assets = Assets()
        self._pages = Pages(
            assets=self._assets,
            content=content,
            privacy_url=privacy_url,
            keeps_days=keeps_days,
            frame_ancestors=frame_ancestors,
        )
        # A person types a message in some seconds; a library's computers share one address.
        self._sessions = Limit(burst=30, per_second=30 / 600, now=now)
        self._newcomers = Limit(burst=30, per_second=30 / 600, now=now)
        self._by_visitor = Limit(burst=15, per_second=0.5, now=now)
        self._by_address = Limit(burst=60, per_second=3, now=now)
        self._looks_by_address = Limit(burst=300, per_second=20, now=now)
        self._streams: Counter[str] = Counter()
        self._open: set[asyncio.Task[None]] = set()

    def add_to(self, app: web.Application) -> None:
        """Add the routes, and end open streams when the application stops."""
        app.router.add_get("/", self._pages.show_chat)
        app.router.add_get(OWN_PRIVACY_PAGE, self._pages.show_privacy)
        app.router.add_get("/favicon.ico", self._assets.answer_icon)
        app.router.add_get("/chat/embed.js", self._assets.answer_embed)
        app.router.add_get("/chat/static/{version}/{name}", self._assets.answer)
        app.router.add_post("/chat/session", _kindly(self.open_session))
        app.router.add_post("/chat/messages", _kindly(self.take_message))
        app.router.add_post("/chat/seen", _kindly(self.note_seen))
        app.router.add_get("/chat/messages", _kindly(self.tell_news))
        app.router.add_get(r"/chat/files/o{message:\d{1,18}}", _kindly(self.show_file))
        app.router.add_get("/chat/stream", _kindly(self.stream_news))
        app.on_shutdown.append(self._end_streams)

    async def open_session(self, request: web.Request) -> web.Response:
        """`POST /chat/session`: a token for a new visitor. Nothing is stored until they write."""
        self._check_origin(request)
        await _read_body(request)
        self._count(self._sessions, address_of(request))
        return _json({"token": new_token()}, status=201)

    async def take_message(self, request: web.Request) -> web.Response:
        """`POST /chat/messages`: 202 once the message is safe. The same message again changes nothing."""
        self._check_origin(request)
        handle = _handle(request)
        self._count(self._by_visitor, handle)
        self._count(self._by_address, address_of(request))
        posted = _read(PostedMessage, await _read_body(request))
        # A token can be made up too, so whoever writes first is counted, not only who asks for a token.
        if await self._find(handle) is None:
            self._count(self._newcomers, address_of(request))
        is_new = await self._inbox.accept(to_inbound(posted, handle=handle, at=self._clock.now()))
        metrics.INBOUND.labels(Channel.WEB, "accepted" if is_new else "repeated").inc()
        return _json({"accepted": posted.id, "repeated": not is_new}, status=202)

    async def note_seen(self, request: web.Request) -> web.Response:
        """`POST /chat/seen`: the page got messages, or showed them."""
        self._check_origin(request)
        handle = _handle(request)
        self._count(self._looks_by_address, address_of(request))
        seen = _read(PostedSeen, await _read_body(request))
        state = DeliveryState.READ if seen.shown else DeliveryState.DELIVERED
        for message_id in seen.ids:
            await self._outbox.report(
                channel=Channel.WEB, vendor_id=vendor_id(handle, message_id[1:]), state=state
            )
        return _json({}, status=200)

    async def tell_news(self, request: web.Request) -> web.Response:
        """`GET /chat/messages?after=<position>`: what was said, or what was said since."""
        handle = _handle(request)
        self._count(self._looks_by_address, address_of(request))
        conversation = await self._conversation(handle)
        known = read_position(request.query.get("after", ""))
        view = await self._view(conversation, known)
        if view is None:
            raise refusals.nothing_said()
        return _json(to_web(view), status=200)

    async def show_file(self, request: web.Request) -> web.Response:
        """`GET /chat/files/<id of a message>`: what staff sent with it, only into its own conversation."""
        handle = _handle(request)
        self._count(self._looks_by_address, address_of(request))
        conversation = await self._conversation(handle)
        async with self._database.reading() as connection:
            file = await staff_files.find_for_resident(
                connection, OutboundId(int(request.match_info["message"])), conversation
            )
        if file is None:
            raise refusals.no_file()
        return hand_over(file.content, media_type=file.media_type, name=file.name)

    async def stream_news(self, request: web.Request) -> web.StreamResponse:
        """`GET /chat/stream`: the same as server-sent events, from `Last-Event-ID` on."""
        handle = _handle(request)
        address = address_of(request)
        self._count(self._looks_by_address, address)
        conversation = await self._conversation(handle)
        known = read_position(request.headers.get("Last-Event-ID", ""))
        with self._counted(handle, address):
            response = web.StreamResponse(
                headers={
                    "Content-Type": "text/event-stream; charset=utf-8",
                    "Cache-Control": "no-store",
                    "X-Accel-Buffering": "no",  # nginx would hold the events back
                    "X-Content-Type-Options": "nosniff",
                }
            )
            await response.prepare(request)
            await self._write_until_stopped(response, conversation, known)
        return response

    async def _write_until_stopped(
        self, response: web.StreamResponse, conversation: ConversationId, known: Position | None
    ) -> None:
        """A task of its own, so that stopping the service can end it without breaking the response."""
        writing = asyncio.create_task(self._write_news(response, conversation, known))
        self._open.add(writing)
        writing.add_done_callback(self._open.discard)
        try:
            await asyncio.wait([writing])
        finally:
            writing.cancel()
            with contextlib.suppress(
                asyncio.CancelledError, ConnectionResetError, DatabaseUnavailable
            ):
                await writing

    async def _write_news(
        self, response: web.StreamResponse, conversation: ConversationId, known: Position | None
    ) -> None:
        async for news in self._news(conversation, known):
            await response.write(news)

    async def _news(
        self, conversation: ConversationId, known: Position | None
    ) -> AsyncIterator[bytes]:
        """Events for one page. The first always comes, so that the page knows that the line is open."""
        told: View | None = None
        with self._live.watch(conversation) as watch:
            async for changed in _at_once_and_then(watch.changes(idle_seconds=KEEP_ALIVE)):
                if not changed:
                    yield b": alive\n\n"
                    continue
                view = await self._view(conversation, told.position if told else known)
                if view is None:
                    return
                if told is None or _is_news(told, view):
                    yield _event(view)
                told = view

    async def _view(self, conversation: ConversationId, known: Position | None) -> View | None:
        async with self._database.reading() as connection:
            return await web_chat.view_since(connection, conversation, known=known)

    async def _conversation(self, handle: str) -> ConversationId:
        found = await self._find(handle)
        if found is None:
            raise refusals.nothing_said()
        return found

    async def _find(self, handle: str) -> ConversationId | None:
        async with self._database.reading() as connection:
            return await conversations.find_by_handle(
                connection, channel=Channel.WEB, handle=handle
            )

    def _check_origin(self, request: web.Request) -> None:
        if not is_from_our_page(request, public_url=self._public_url):
            raise refusals.foreign_origin()

    def _count(self, limit: Limit, key: str) -> None:
        wait = limit.wait_for(key)
        if wait > 0:
            raise refusals.too_often(wait)

    @contextlib.contextmanager
    def _counted(self, handle: str, address: str) -> Iterator[None]:
        """Count an open stream while it is open."""
        if (
            self._streams[handle] >= MOST_STREAMS
            or self._streams[address] >= MOST_STREAMS_AT_ADDRESS
        ):
            raise refusals.too_often(KEEP_ALIVE)
        self._streams.update((handle, address))
        try:
            yield
        finally:
            self._streams.subtract((handle, address))
            for key in (handle, address):
                if self._streams[key] <= 0:
                    del self._streams[key]

    async def _end_streams(self, app: web.Application) -> None:
        for writing in tuple(self._open):
            writing.cancel()


async def _at_once_and_then(changes: AsyncIterator[bool]) -> AsyncIterator[bool]:
    yield True
    async for changed in changes:
        yield changed


def _is_news(told: View, view: View) -> bool:
    return view.whole or (view.position, view.mode, view.agent_name) != (
        told.position,
        told.mode,
        told.agent_name,
    )


def _event(view: View) -> bytes:
    data = json.dumps(to_web(view), ensure_ascii=False)
    return f"id: {view.position}\ndata: {data}\n\n".encode()


def _handle(request: web.Request) -> str:
    handle = read_handle(request)
    if handle is None:
        raise refusals.no_token()
    return handle


async def _read_body(request: web.Request) -> bytes:
    if request.content_type != "application/json":
        raise refusals.not_json()
    body = b""
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise refusals.too_large()
    return body


def _read(model: type[Posted], body: bytes) -> Posted:
    try:
        return model.model_validate_json(body)
    except ValidationError:
        raise refusals.unreadable() from None  # its text quotes what was written


def _json(shown: object, *, status: int) -> web.Response:
    return web.json_response(
        shown,
        status=status,
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )


def _kindly(handler: Handler) -> Handler:
    """The handler, whose refusals the page can show; a database that is away is one of them."""

    @wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refused as refused:
            log.info("web.refused", code=refused.code)
            return refused.to_response()
        except DatabaseUnavailable as error:
            log.warning("web.database_unavailable", error=type(error).__name__)
            return refusals.unavailable().to_response()

    return answer
