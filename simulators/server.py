"""An aiohttp application on 127.0.0.1, and the way from a public address to a local one."""

import asyncio
from collections.abc import Mapping

from aiohttp import web

from simulators.faults import ConnectionReset, Fault, NoAnswer

HOST = "127.0.0.1"


class LocalServer:
    """Serves one application on a free port until stopped."""

    def __init__(self, app: web.Application) -> None:
        # A caller that gives up ends its handler, so a hanging call does not outlive its test.
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5
        )
        self._port = 0
        self.stopping = asyncio.Event()

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{HOST}:{self._port}"

    async def start(self, *, port: int = 0) -> None:
        """Listen; port 0 takes a free one. A port taken before the start may be kept for a restart."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Let hanging calls go and close every connection."""
        self.stopping.set()
        await self._runner.cleanup()

    async def break_off(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        """Never answer, or cut the connection."""
        if isinstance(fault, NoAnswer):
            await self.stopping.wait()
        if isinstance(fault, ConnectionReset | NoAnswer) and request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)


class Routes:
    """Where the public addresses of the service are really reached: `{"https://zintis.example": "http://127.0.0.1:8080"}`."""

    def __init__(self, origins: Mapping[str, str] | None = None) -> None:
        self._origins = dict(origins or {})

    def add(self, public: str, local: str) -> None:
        """Reach everything under this public origin at a local one."""
        self._origins[public.rstrip("/")] = local.rstrip("/")

    def resolve(self, url: str) -> str:
        """The address to connect to, without the fragment, which no request carries."""
        bare = url.partition("#")[0]
        for public, local in self._origins.items():
            if bare == public or bare.startswith((f"{public}/", f"{public}?")):
                return local + bare.removeprefix(public)
        return bare
