"""`zintis chat`: what the page would show, in words."""

import io
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web

from bot.processes import free_port
from bot.settings import Settings
from bot.terminal import CannotChat, chat, plain


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>Labdien!</p><p>Ko jautāsiet?</p>", "Labdien!\n\nKo jautāsiet?"),
        (
            "<p>Var maksāt:</p><ul><li>bankā</li><li>kasē</li></ul>",
            "Var maksāt:\n\n• bankā\n• kasē",
        ),
        (
            '<p>Skat. <a href="https://www.jnku.lv/">JNKU</a></p>',
            "Skat. JNKU (https://www.jnku.lv/)",
        ),
        ('<p><a href="https://www.jnku.lv/">www.jnku.lv</a></p>', "www.jnku.lv"),
        ('<p>Zvaniet <a href="tel:8848">8848</a></p>', "Zvaniet 8848"),
    ],
)
def test_html_becomes_words(html: str, words: str) -> None:
    assert plain(html) == words


class WebChat:
    """The web chat's interface with one canned reply."""

    def __init__(self, port: int) -> None:
        self.settings = Settings(host="127.0.0.1", port=port)
        self.heard: list[str] = []

    async def open_session(self, _request: web.Request) -> web.Response:
        """A token for whoever asks."""
        return web.json_response({"token": "t"}, status=201)

    async def take_message(self, request: web.Request) -> web.Response:
        """Remember what was said."""
        assert request.headers["Authorization"] == "Bearer t"
        self.heard.append((await request.json())["text"])
        return web.json_response({}, status=202)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """One view: the resident's words and the reply."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(
            b': alive\n\nid: 1\ndata: {"messages": [{"id": "i1", "by": "resident", "text": "labdien"}, '
            b'{"id": "o1", "by": "assistant", "html": "<p>Sveiki!</p>", "name": "", '
            b'"file": null, "buttons": [{"id": "topic.x", "label": "1. Par atkritumiem"}]}]}\n\n'
        )
        return response


@pytest.fixture
async def web_chat() -> AsyncIterator[WebChat]:
    """A running web chat."""
    fake = WebChat(free_port())
    app = web.Application()
    app.router.add_post("/chat/session", fake.open_session)
    app.router.add_post("/chat/messages", fake.take_message)
    app.router.add_get("/chat/stream", fake.stream)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", fake.settings.port).start()
    yield fake
    await runner.cleanup()


Typing = Callable[[str], None]


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Typing:
    """Types lines into the terminal and ends the input."""

    def type_lines(lines: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))

    return type_lines


async def test_a_question_is_answered_with_numbered_choices(
    web_chat: WebChat, typing: Typing, capsys: pytest.CaptureFixture[str]
) -> None:
    typing("\n  labdien \n")
    await chat(web_chat.settings)
    assert web_chat.heard == ["labdien"]
    assert capsys.readouterr().out.endswith("Asistents: Sveiki!\n  1. Par atkritumiem\n")


async def test_without_a_running_service_it_says_so(typing: Typing) -> None:
    typing("")
    with pytest.raises(CannotChat, match="start `make run` in another terminal"):
        await chat(Settings(host="127.0.0.1", port=free_port()))
