"""`zintis chat`: the web chat's conversation in a terminal, through the same interface as the page. Starts nothing."""

import asyncio
import json
import re
import sys
import threading
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http import HTTPStatus
from typing import Any

import aiohttp

from bot.settings import Settings
from domain.errors import ZintisError

_CONNECT = aiohttp.ClientTimeout(total=None, connect=5)
_LAST_REPLY = 15.0
"""Seconds to wait for the last reply when the input has ended."""

_STREAM_AGAIN = 1.0


class CannotChat(ZintisError):
    """There is nobody to talk to."""


@dataclass
class Conversation:
    """What this terminal has of the conversation."""

    base: str
    web: aiohttp.ClientSession
    token: str
    shown: set[str] = field(default_factory=set)
    replied: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def headers(self) -> dict[str, str]:
        """Who we are."""
        return {"Authorization": f"Bearer {self.token}"}

    async def say(self, words: str) -> None:
        """Send what was typed."""
        self.replied.clear()
        message = {"id": str(uuid.uuid4()), "text": words}
        url = f"{self.base}/chat/messages"
        async with self.web.post(url, json=message, headers=self.headers) as reply:
            if reply.status != HTTPStatus.ACCEPTED:
                print(f"! {(await reply.json())['error']['message']}", flush=True)

    async def listen(self) -> None:
        """Print what the assistant and staff say, until cancelled."""
        while True:
            try:
                async for view in self._views():
                    self._show(view)
            except aiohttp.ClientError:
                print("! The connection broke; trying again …", flush=True)
            await asyncio.sleep(_STREAM_AGAIN)

    async def _views(self) -> AsyncIterator[dict[str, Any]]:
        url = f"{self.base}/chat/stream"
        async with self.web.get(url, headers=self.headers, timeout=_CONNECT) as reply:
            reply.raise_for_status()
            async for line in _lines(reply.content):
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

    def _show(self, view: dict[str, Any]) -> None:
        for message in view["messages"]:
            if message["by"] == "resident" or message["id"] in self.shown:
                continue
            self.shown.add(message["id"])
            self.replied.set()
            print(_written(message), flush=True)


async def chat(settings: Settings) -> None:
    """Talk until the input ends or Ctrl-C. Raises `CannotChat`."""
    base = f"http://{settings.host}:{settings.port}"
    async with aiohttp.ClientSession() as web:
        conversation = Conversation(base, web, await _open(web, base))
        listening: asyncio.Task[None] | None = None
        print("Rakstiet un spiediet Enter; beigt: Ctrl-D.", flush=True)
        async for words in typed():
            await conversation.say(words)
            listening = listening or asyncio.create_task(conversation.listen())
        if listening is not None:
            await _wait_for_reply(conversation)
            listening.cancel()


async def _open(web: aiohttp.ClientSession, base: str) -> str:
    try:
        async with web.post(f"{base}/chat/session", json={}) as reply:
            reply.raise_for_status()
            return str((await reply.json())["token"])
    except (aiohttp.ClientError, TimeoutError):
        raise CannotChat(
            f"Zintis does not answer at {base}: start `make run` in another terminal and wait for its box, "
            "or set ZINTIS_HOST and ZINTIS_PORT to where it runs."
        ) from None


async def _wait_for_reply(conversation: Conversation) -> None:
    try:
        async with asyncio.timeout(_LAST_REPLY):
            await conversation.replied.wait()
    except TimeoutError:
        print("! No reply came.", flush=True)


async def typed() -> AsyncIterator[str]:
    """The lines that are typed. A thread reads them: a terminal knows no other way to wait."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    while (line := await lines.get()) is not None:
        if line.strip():
            yield line.strip()


async def _lines(content: aiohttp.StreamReader) -> AsyncIterator[str]:
    """Lines of any length; the reader's own give up at 64 KB."""
    kept = b""
    async for part in content.iter_any():
        *whole, kept = (kept + part).split(b"\n")
        for line in whole:
            yield line.decode()


def _written(message: dict[str, Any]) -> str:
    """A message as a terminal shows it: who, the words, and the choices (their labels begin with their numbers)."""
    who = message["name"] or "Darbinieks" if message["by"] == "staff" else "Asistents"
    lines = [f"{who}: {plain(message['html'])}"]
    if message["file"]:
        lines.append(f"  [{message['file']['name']}]")
    lines += [f"  {button['label']}" for button in message["buttons"]]
    return "\n".join(lines)


def plain(html: str) -> str:
    """The words of our own HTML, with list items and links still to be seen."""
    reader = _Words()
    reader.feed(html)
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.words)).strip()


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._link = ""
        self._link_from = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "li":
            self.words.append("\n• ")
        if tag == "br":
            self.words.append("\n")
        if tag == "a":
            self._link, self._link_from = dict(attrs).get("href") or "", len(self.words)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "ul", "ol"):
            self.words.append("\n\n")
        if tag == "a" and not self._says_where_it_goes():
            self.words.append(f" ({self._link})")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def _says_where_it_goes(self) -> bool:
        said = "".join(self.words[self._link_from :])
        return not self._link.startswith("http") or said.strip() in self._link
