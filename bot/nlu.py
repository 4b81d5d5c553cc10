"""The client of the understanding service: a text goes out, an `Understanding` comes back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import aiohttp
from pydantic import BaseModel, Field, ValidationError

from domain.errors import NluUnavailable
from domain.understanding import Entity, EntityKind, Intent, Ranked, Understanding

_TIMEOUT = aiohttp.ClientTimeout(total=2.0)
_CONNECTIONS = 32
_NOTHING = Intent("out_of_scope")
_LONGEST_TEXT = 2_000
"""Characters; what a longer message asks is said by then, and parsing time grows with length."""


class _RankedIntent(BaseModel):
    name: str
    confidence: float = Field(ge=0, le=1)


class _FoundEntity(BaseModel):
    entity: EntityKind
    value: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class _Parsed(BaseModel):
    """What POST /model/parse answers, as far as we use it."""

    intent_ranking: list[_RankedIntent] = []
    entities: list[_FoundEntity] = []


class RasaNlu:
    """Understands texts by asking Rasa's server over one pool of connections."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        """`url` is where the server listens, `session` the pool to use."""
        self._url = f"{url.rstrip('/')}/model/parse"
        self._session = session

    @classmethod
    @asynccontextmanager
    async def connected(cls, url: object, *, token: str = "") -> AsyncIterator[Self]:
        """A client whose connections are closed at the end. `token` opens the server; empty where it is open."""
        connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
        async with aiohttp.ClientSession(
            connector=connector, timeout=_TIMEOUT, headers=bearer(token)
        ) as session:
            yield cls(str(url), session)

    async def understand(self, text: str) -> Understanding:
        """The meaning of a text. Raises `NluUnavailable`."""
        asked = text[:_LONGEST_TEXT]
        try:
            reply = await self._ask_twice(asked)
            return _understanding(_Parsed.model_validate_json(reply), asked)
        except (aiohttp.ClientError, TimeoutError, ValidationError) as exc:
            # named by its kind only: the error's text could hold the resident's words
            raise NluUnavailable(type(exc).__name__) from exc

    async def _ask_twice(self, text: str) -> bytes:
        """One retry on a fresh connection: a pooled one may have been closed by a restarted server."""
        try:
            return await self._ask(self._session, text)
        except aiohttp.ClientConnectionError as first:
            if isinstance(first, TimeoutError):
                raise
            connector = aiohttp.TCPConnector(force_close=True)
            async with aiohttp.ClientSession(
                connector=connector, timeout=_TIMEOUT, headers=self._session.headers
            ) as fresh:
                return await self._ask(fresh, text)

    async def _ask(self, session: aiohttp.ClientSession, text: str) -> bytes:
        async with session.post(self._url, json={"text": text}, raise_for_status=True) as response:
            return await response.read()


def bearer(token: str) -> dict[str, str]:
    """The header that opens the model server: in a URL, logs would keep it."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def _understanding(parsed: _Parsed, text: str) -> Understanding:
    ranking = tuple(Ranked(Intent(one.name), one.confidence) for one in parsed.intent_ranking)
    first = ranking[0] if ranking else Ranked(_NOTHING, 0.0)
    return Understanding(
        intent=first.intent,
        confidence=first.confidence,
        ranking=ranking,
        entities=tuple(
            Entity(found.entity, found.value, text[found.start : found.end])
            for found in parsed.entities
        ),
    )
