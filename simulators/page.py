"""A plain page on which one can be a resident on Telegram and on WhatsApp, without tokens and without phones."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from aiohttp import web

from simulators.server import LocalServer
from simulators.telegram import SentMessage as TelegramMessage
from simulators.telegram import TelegramSimulator
from simulators.twilio import SentMessage as WhatsAppMessage
from simulators.twilio import TwilioSimulator
from simulators.twilio_people import WhatsAppUser

CHAT_ID = 7001
NUMBER = "+37126000001"
_TITLES = {"telegram": "Telegram", "whatsapp": "WhatsApp"}
_STYLE = (
    "body{font:16px sans-serif;margin:1rem}section{display:inline-block;width:48%;vertical-align:top}"
    "iframe{width:100%;height:70vh;border:1px solid #999}textarea{width:100%}"
    ".said{text-align:right;color:#06c}pre{font:inherit;white-space:pre-wrap;margin:.5rem}"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One message on the page: ours or the service's, with the buttons under it."""

    text: str
    own: bool = False
    buttons: tuple[str, ...] = ()


@dataclass(slots=True)
class Page:
    """Serves the page and passes on what is typed there."""

    telegram: TelegramSimulator
    twilio: TwilioSimulator
    lines: dict[str, list[Line]] = field(
        default_factory=lambda: {channel: [] for channel in _TITLES}
    )

    def server(self) -> LocalServer:
        """The page, ready to be started."""
        self.telegram.on_sent.append(self._hear_telegram)
        self.twilio.on_sent.append(self._hear_whatsapp)
        app = web.Application()
        app.router.add_get("/", self._show)
        app.router.add_get("/{channel:telegram|whatsapp}", self._show_lines)
        app.router.add_post("/{channel:telegram|whatsapp}", self._say)
        return LocalServer(app)

    def _hear_telegram(self, message: TelegramMessage) -> None:
        labels = tuple(button.label for button in message.buttons)
        self.lines["telegram"].append(Line(message.text, buttons=labels))

    def _hear_whatsapp(self, message: WhatsAppMessage) -> None:
        text = message.body if message.reached else f"(did not arrive) {message.body}"
        self.lines["whatsapp"].append(Line(text, buttons=tuple(message.quick_replies)))

    async def _show(self, _: web.Request) -> web.Response:
        columns = "".join(_column(channel, title) for channel, title in _TITLES.items())
        return _html(f"<h1>Simulated residents</h1>{columns}")

    async def _show_lines(self, request: web.Request) -> web.Response:
        channel = request.match_info["channel"]
        lines = "".join(_show_line(channel, line) for line in reversed(self.lines[channel]))
        return _html(lines, head='<meta http-equiv="refresh" content="1">')

    async def _say(self, request: web.Request) -> web.Response:
        channel = request.match_info["channel"]
        form = {name: str(value) for name, value in (await request.post()).items()}
        said = form.get("press") or form.get("text", "").strip()
        if said:
            self.lines[channel].append(Line(said, own=True))
            await self._pass_on(channel, form, said)
        back = channel if form.get("press") else ""
        raise web.HTTPSeeOther(f"/{back}")

    async def _pass_on(self, channel: str, form: Mapping[str, str], said: str) -> None:
        pressed = "press" in form
        if channel == "telegram":
            user = self.telegram.user(CHAT_ID)
            await (user.presses(said) if pressed else user.says(said))
            return
        person: WhatsAppUser = self.twilio.person(NUMBER)
        taken = await (person.presses(said) if pressed else person.says(said))
        if taken.status not in range(200, 300):
            answer = f"(the service answered {taken.status or 'nothing'})"
            self.lines[channel].append(Line(answer))


async def serve(*, service: str, page_port: int, telegram_port: int, twilio_port: int) -> None:
    """Run both simulators and the page until cancelled; `service` is where Zintis listens."""
    telegram = TelegramSimulator()
    twilio = TwilioSimulator(webhook_url=f"{service}/whatsapp/webhook#rc=2&rp=all")
    telegram.user(CHAT_ID)
    server = Page(telegram, twilio).server()
    try:
        await telegram.start(port=telegram_port)
        await twilio.start(port=twilio_port)
        await server.start(port=page_port)
        await asyncio.Event().wait()
    finally:
        await server.stop()
        await twilio.stop()
        await telegram.stop()


def _column(channel: str, title: str) -> str:
    return (
        f'<section><h2>{title}</h2><form method="post" action="/{channel}">'
        f'<label>Write<textarea name="text" rows="2"></textarea></label><button>Send</button>'
        f'</form><iframe title="{title}" src="/{channel}"></iframe></section>'
    )


def _show_line(channel: str, line: Line) -> str:
    buttons = "".join(
        f'<button name="press" value="{escape(label)}">{escape(label)}</button> '
        for label in line.buttons
    )
    form = f'<form method="post" action="/{channel}">{buttons}</form>' if buttons else ""
    kind = "said" if line.own else "heard"
    return f'<div class="{kind}"><pre>{escape(line.text)}</pre>{form}</div>'


def _html(body: str, *, head: str = "") -> web.Response:
    document = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Simulators</title>'
        f"{head}<style>{_STYLE}</style></head><body>{body}</body></html>"
    )
    return web.Response(text=document, content_type="text/html")
