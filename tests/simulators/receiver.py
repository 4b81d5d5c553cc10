"""A small web server that takes webhooks and answers as it is told."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from simulators.server import LocalServer
from simulators.waiting import Signal


@dataclass(frozen=True, slots=True)
class Post:
    """One request that came."""

    path: str
    headers: Mapping[str, str]
    json: Mapping[str, object]
    form: Mapping[str, str]


class Receiver:
    """Keeps what is posted; `statuses` are the next answers, 200 when there are none."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.statuses: list[int] = []
        self.hold = asyncio.Event()
        self.hold.set()
        self.changed = Signal()
        self.at_once = 0
        self.most_at_once = 0
        app = web.Application()
        app.router.add_post("/{path:.*}", self._take)
        self._server = LocalServer(app)

    @property
    def url(self) -> str:
        return self._server.url

    async def __aenter__(self) -> "Receiver":
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.hold.set()
        await self._server.stop()

    async def wait_until_busy(self, *, at_once: int) -> None:
        await self.changed.until(
            lambda: self.at_once >= at_once or None, waited_for="requests side by side"
        )

    async def _take(self, request: web.Request) -> web.Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        is_json = request.content_type == "application/json"
        body = await request.json() if is_json else {}
        form = {} if is_json else {k: str(v) for k, v in (await request.post()).items()}
        self.posts.append(Post(request.raw_path, dict(request.headers), body, form))
        self.changed.notify()
        await self.hold.wait()
        self.at_once -= 1
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)
