"""What stands before the web process in production: a proxy that waits for a process which is just starting again.

Caddy does so with `lb_try_duration` (deploy/Caddyfile). Twilio repeats at once and then gives up, so without it the
seconds of a restart cost WhatsApp messages.
"""

import asyncio
import contextlib
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_TRY_FOR = 12.0
_TRY_EVERY = 0.1
_CHUNK = 65536


@asynccontextmanager
async def standing_before(port: int) -> AsyncIterator[str]:
    """The address of a proxy to a local port."""
    open_connections: set[asyncio.Task[None]] = set()

    async def accept(reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - the server makes one for each connection
        open_connections.add(task)
        try:
            await _connect_through(port, reader, writer)
        finally:
            open_connections.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    host, own_port = server.sockets[0].getsockname()
    try:
        yield f"http://{host}:{own_port}"
    finally:
        server.close()
        for task in open_connections:
            task.cancel()
        await asyncio.gather(*open_connections, return_exceptions=True)


async def _connect_through(port: int, reader: StreamReader, writer: StreamWriter) -> None:
    inner = await _dial(port)
    if inner is not None:
        await asyncio.wait(
            [
                asyncio.create_task(_copy(reader, inner[1])),
                asyncio.create_task(_copy(inner[0], writer)),
            ],
            return_when=asyncio.FIRST_COMPLETED,
        )
        inner[1].close()
    writer.close()


async def _dial(port: int) -> tuple[StreamReader, StreamWriter] | None:
    deadline = time.monotonic() + _TRY_FOR
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            return await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(_TRY_EVERY)
    return None


async def _copy(source: StreamReader, to: StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await source.read(_CHUNK):
            to.write(chunk)
            await to.drain()
