"""Who may talk to the model server: whoever has its token, nobody else on the machine. Rasa itself, without a model."""

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bot import training
from bot.nlu import RasaNlu, bearer
from bot.processes import free_port
from bot.workshop import model_server
from domain.errors import NluUnavailable

TOKEN = "only-the-service-knows-it"
_READY_WITHIN = 120.0


@dataclass
class Guarded:
    """A running server and what it writes down."""

    url: str
    log: Path

    async def answers(self, method: str, path: str, **headers: str) -> int:
        """The status of its answer."""
        async with (
            aiohttp.ClientSession() as web,
            web.request(
                method, f"{self.url}{path}", json={"text": "labdien"}, headers=headers
            ) as reply,
        ):
            return reply.status


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    """Rasa's server as `zintis run` starts it; what is named as its model is none."""
    no_model, port = tmp_path / "no-model.tar.gz", free_port()
    no_model.write_bytes(b"")
    server = Guarded(f"http://127.0.0.1:{port}", tmp_path / "nlu.log")
    with server.log.open("wb") as log:
        process = subprocess.Popen(  # noqa: ASYNC220 - it only forks; the waiting is ours
            training.server_command(no_model, port),
            cwd=training.NLU,
            env=training.server_environment(state=tmp_path, token=TOKEN),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        await _ready(server)
        yield server
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


async def _ready(server: Guarded) -> None:
    async with asyncio.timeout(_READY_WITHIN):
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                # That it lives is no secret: this is what health checks ask.
                assert await server.answers("GET", "/") == 200
                return
            await asyncio.sleep(0.2)  # a server that starts tells nobody


async def test_only_who_has_the_token_may_ask_or_exchange_the_model(guarded: Guarded) -> None:
    strangers: list[dict[str, str]] = [
        {},
        bearer("a wrong one"),
        bearer(f"{TOKEN}x"),
        {"Authorization": TOKEN},
        {"Authorization": "Bearer"},
    ]
    for headers in strangers:
        for method, path in (
            ("POST", "/model/parse"),
            ("PUT", "/model"),
            ("DELETE", "/model"),
            ("GET", "/domain"),
            ("GET", "/status"),
            ("POST", f"/model/parse?token={TOKEN}"),
        ):
            assert await guarded.answers(method, path, **headers) == 401
    # Let in, and told that there is no model.
    assert await guarded.answers("POST", "/model/parse", **bearer(TOKEN)) == 409


async def test_the_service_sends_it_and_no_log_keeps_it(guarded: Guarded) -> None:
    with pytest.raises(model_server.ModelNotTaken, match="401"):
        await model_server.replace_model(guarded.url, Path("/nowhere"))
    with pytest.raises(model_server.ModelNotTaken, match="400"):
        await model_server.replace_model(guarded.url, Path("/nowhere"), token=TOKEN)
    async with RasaNlu.connected(guarded.url, token=TOKEN) as nlu:
        with pytest.raises(NluUnavailable):
            await nlu.understand("labdien")
    assert await guarded.answers("POST", "/model/parse", **bearer(TOKEN)) == 409
    assert TOKEN not in guarded.log.read_text(encoding="utf-8")
