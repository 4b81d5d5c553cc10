"""A visitor of the web chat who speaks HTTP: what the page's script does, without a page."""

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import aiohttp


@dataclass
class Visitor:
    """Somebody's browser, without a page."""

    session: aiohttp.ClientSession
    url: str
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    streams: list["Stream"] = field(default_factory=list)

    async def open_session(self) -> None:
        async with self.session.post(f"{self.url}/chat/session", json={}) as response:
            assert response.status == 201, await response.text()
            self.token = (await response.json())["token"]

    async def post(self, path: str, body: object, **headers: str) -> tuple[int, dict[str, Any]]:
        """The status and the answer."""
        async with self.session.post(
            f"{self.url}{path}", json=body, headers=self._headers | headers
        ) as response:
            return response.status, await response.json()

    async def says(self, text: str, *, message_id: str = "", **headers: str) -> int:
        """Write something; the status."""
        if not self.token:
            await self.open_session()
        body = {"id": message_id or str(uuid.uuid4()), "text": text}
        return (await self.post("/chat/messages", body, **headers))[0]

    async def presses(self, choice: str, label: str) -> int:
        """Press a choice; the status."""
        body = {"id": str(uuid.uuid4()), "choice": choice, "label": label}
        return (await self.post("/chat/messages", body))[0]

    async def looks(self, after: str = "") -> dict[str, Any]:
        """What the page would show."""
        async with self.session.get(
            f"{self.url}/chat/messages", params={"after": after}, headers=self._headers
        ) as response:
            assert response.status == 200, await response.text()
            seen: dict[str, Any] = await response.json()
            return seen

    async def listens(self, after: str = "") -> "Stream":
        """Open the stream."""
        headers = self._headers | ({"Last-Event-ID": after} if after else {})
        response = await self.session.get(f"{self.url}/chat/stream", headers=headers)
        self.streams.append(Stream(response))
        return self.streams[-1]

    async def leaves(self) -> None:
        """Close everything."""
        for stream in self.streams:
            stream.response.close()
        await self.session.close()

    async def hears(self, count: int) -> dict[str, Any]:
        """What the page shows once this many messages came to the visitor."""
        stream = await self.listens()
        heard = 0
        while heard < count:
            told = await stream.event()
            came = sum(said["by"] != "resident" for said in told["messages"])
            heard = came if told["whole"] else heard + came
        return await self.looks()

    @property
    def _headers(self) -> dict[str, str]:
        bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.headers | bearer


@dataclass
class Stream:
    """Server-sent events as they come."""

    response: aiohttp.ClientResponse

    async def event(self) -> dict[str, Any]:
        """The next one."""
        lines = (await asyncio.wait_for(self._block(), 10)).split("\n")
        told: dict[str, Any] = json.loads(
            next(line for line in lines if line.startswith("data: "))[6:]
        )
        assert f"id: {told['position']}" in lines
        return told

    async def until(self, words: str) -> dict[str, Any]:
        """The first event in which somebody says this to the visitor."""
        while True:
            told = await self.event()
            if any(words in said.get("html", "") for said in told["messages"]):
                return told

    async def ends(self) -> bool:
        """Whether the server closed it."""
        return await asyncio.wait_for(self.response.content.read(), 10) == b""

    async def _block(self) -> str:
        return (await self.response.content.readuntil(b"\n\n")).decode().strip()
