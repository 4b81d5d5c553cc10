"""Chromium for the tests of pages. The tests annotate with `from tests.browser.pages import Pages`."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from bot.clock import SystemClock
from bot.storage.database import Database
from tests.browser.pages import ARGUMENTS, Pages, find_chromium, on_the_loop
from tests.desk.office import content
from tests.web.service import ChatService, running_chat


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, for the whole run: starting it takes longer than most tests. What is kept in it, a person keeps."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield launched
        await launched.close()


@on_the_loop
async def pages(browser: Browser) -> AsyncIterator[Pages]:
    """Opens pages; at the end of the test their consoles must be empty, or the test has cleared `complaints`."""
    opened = Pages(browser)
    yield opened
    await opened.close()
    assert opened.complaints == []


@on_the_loop
async def database(database_url: str) -> AsyncIterator[Database]:
    """A pool of connections to the test's database."""
    opened = Database(database_url, pool_size=5)
    yield opened
    await opened.close()


@on_the_loop
async def chat(database_url: str) -> AsyncIterator[ChatService]:
    """The web chat as a running service, with the real content and the real time."""
    async with running_chat(database_url, content=content(), clock=SystemClock()) as service:
        yield service
