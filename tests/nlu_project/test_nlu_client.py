"""The client of the understanding service against servers that behave and that do not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.nlu import RasaNlu
from domain.errors import NluUnavailable
from domain.understanding import Entity, EntityKind, Intent, Ranked

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PARSED = {
    "text": "kur ir kac Elejā",
    "intent": {"name": "centre_where", "confidence": 0.9},
    "intent_ranking": [
        {"name": "centre_where", "confidence": 0.9},
        {"name": "centre_hours", "confidence": 0.05},
    ],
    "entities": [{"entity": "place", "value": "eleja", "start": 11, "end": 16, "extractor": "x"}],
}


class Server:
    """Answers POST /model/parse with the handlers given, the last one again and again."""

    def __init__(self) -> None:
        self.handlers: list[Handler] = []
        self.asked: list[object] = []
        self.tokens: list[str] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.tokens.append(request.headers.get("Authorization", ""))
        self.asked.append(await request.json())
        handler = self.handlers[min(len(self.asked), len(self.handlers)) - 1]
        return await handler(request)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def nlu(server: Server) -> AsyncIterator[RasaNlu]:
    app = web.Application()
    app.router.add_post("/model/parse", server.answer)
    async with (
        TestServer(app) as running,
        RasaNlu.connected(str(running.make_url("/")), token="opensesame") as client,
    ):
        yield client


async def parsed(_: web.Request) -> web.Response:
    return web.json_response(PARSED)


async def hang_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def test_a_text_becomes_an_understanding(server: Server, nlu: RasaNlu) -> None:
    server.handlers = [parsed]

    understanding = await nlu.understand("kur ir kac Elejā")

    assert understanding.intent == "centre_where"
    assert understanding.confidence == 0.9
    assert understanding.ranking == (
        Ranked(Intent("centre_where"), 0.9),
        Ranked(Intent("centre_hours"), 0.05),
    )
    assert understanding.entities == (Entity(EntityKind.PLACE, "eleja", "Elejā"),)
    assert server.asked == [{"text": "kur ir kac Elejā"}]


async def test_a_text_that_means_nothing_is_out_of_scope(server: Server, nlu: RasaNlu) -> None:
    async def nothing(_: web.Request) -> web.Response:
        return web.json_response({"text": "", "intent": {"name": None}, "entities": []})

    server.handlers = [nothing]

    understanding = await nlu.understand("")

    assert (understanding.intent, understanding.confidence) == ("out_of_scope", 0.0)


async def test_a_dropped_connection_is_tried_once_more(server: Server, nlu: RasaNlu) -> None:
    server.handlers = [hang_up, parsed]

    understanding = await nlu.understand("labdien")

    assert understanding.intent == "centre_where"
    assert len(server.asked) == 2
    assert server.tokens == ["Bearer opensesame"] * 2


async def test_a_server_that_keeps_hanging_up_is_unavailable(server: Server, nlu: RasaNlu) -> None:
    server.handlers = [hang_up]

    with pytest.raises(NluUnavailable):
        await nlu.understand("labdien")
    assert len(server.asked) == 2


async def test_nobody_listening_is_unavailable(unused_port: int) -> None:
    async with RasaNlu.connected(f"http://127.0.0.1:{unused_port}") as client:
        with pytest.raises(NluUnavailable):
            await client.understand("labdien")


async def test_a_server_that_is_too_slow_is_unavailable_and_not_asked_again(
    server: Server, nlu: RasaNlu, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = asyncio.Event()

    async def wait(_: web.Request) -> web.Response:
        await released.wait()
        return web.Response()

    server.handlers = [wait]
    monkeypatch.setattr(nlu._session, "_timeout", nlu._session.timeout.__class__(total=0.05))

    with pytest.raises(NluUnavailable, match="TimeoutError"):
        await nlu.understand("labdien")
    released.set()
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "reply",
    ["not json", "[]", '{"intent_ranking": [{"name": "x", "confidence": 7}]}', '{"entities": 1}'],
)
async def test_nonsense_is_unavailable(server: Server, nlu: RasaNlu, reply: str) -> None:
    async def nonsense(_: web.Request) -> web.Response:
        return web.Response(text=reply, content_type="application/json")

    server.handlers = [nonsense]

    with pytest.raises(NluUnavailable):
        await nlu.understand("labdien")


async def test_an_error_of_the_server_is_unavailable(server: Server, nlu: RasaNlu) -> None:
    async def fail(_: web.Request) -> web.Response:
        return web.Response(status=500)

    server.handlers = [fail]

    with pytest.raises(NluUnavailable):
        await nlu.understand("labdien")


async def test_the_error_does_not_repeat_what_the_resident_wrote(
    server: Server, nlu: RasaNlu
) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(text=(await request.json())["text"], content_type="application/json")

    server.handlers = [echo]

    with pytest.raises(NluUnavailable) as caught:
        await nlu.understand("Jānis Bērziņš, 010170-12345")
    assert "Bērziņš" not in str(caught.value)


async def test_a_very_long_text_is_cut(server: Server, nlu: RasaNlu) -> None:
    server.handlers = [parsed]

    await nlu.understand("a" * 100_000)

    (asked,) = server.asked
    assert asked == {"text": "a" * 2_000}
