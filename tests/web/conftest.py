"""The web chat over a real database, with a clock that the test holds, and a visitor who speaks HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.content import Content, load
from tests.fakes import FakeClock
from tests.web.service import ChatService, running_chat
from tests.web.visitor import Visitor


@pytest.fixture(scope="session")
def content() -> Content:
    """The real content of the municipality."""
    return load(Path("content"))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def chat(database_url: str, content: Content, clock: FakeClock) -> AsyncIterator[ChatService]:
    """The running service."""
    async with running_chat(database_url, content=content, clock=clock) as service:
        yield service


@pytest.fixture
async def visitor(chat: ChatService) -> AsyncIterator[Visitor]:
    """A person who has not written yet."""
    person = Visitor(aiohttp.ClientSession(), chat.url)
    yield person
    await person.leaves()


@pytest.fixture
async def stranger(chat: ChatService) -> AsyncIterator[Visitor]:
    """Another person."""
    person = Visitor(aiohttp.ClientSession(), chat.url)
    yield person
    await person.leaves()
