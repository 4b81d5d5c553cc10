"""Chromium for the tests of pages. The tests annotate with `from tests.browser.pages import Pages`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from bot.clock import SystemClock
from bot.content import load
from tests.browser.pages import ARGUMENTS, Pages, find_chromium
from tests.web.service import ChatService, running_chat


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium, without anything that an earlier test left behind."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield launched
        await launched.close()


@pytest.fixture
async def pages(browser: Browser) -> AsyncIterator[Pages]:
    """Opens pages; at the end of the test their consoles must be empty, or the test has cleared `complaints`."""
    opened = Pages(browser)
    yield opened
    assert opened.complaints == []


@pytest.fixture
async def chat(database_url: str) -> AsyncIterator[ChatService]:
    """The web chat as a running service, with the real content and the real time."""
    content = load(Path("content"))
    async with running_chat(database_url, content=content, clock=SystemClock()) as service:
        yield service
