"""How tests open pages: phones and desks as contexts of one browser.

A page that logs an error or breaks a Content-Security-Policy fails its test: the console is watched.

Chromium is started once and spoken to on one event loop, so the tests and whatever they open run on that loop too: each
module of tests has `pytestmark = IN_BROWSER` and makes its services with `@on_the_loop` instead of `@pytest.fixture`.
"""

import os
import shutil
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect

IN_BROWSER = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
on_the_loop = pytest_asyncio.fixture(loop_scope="session")

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",  # the tests may run as root, in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_PATIENCE = 20_000
"""Milliseconds that an expected thing may take; it mostly takes none."""

_ENDED = "401 (Unauthorized)"
"""What a page was just asking for in the background when somebody logged out is refused, and Chromium notes it."""

_GONE = "net::ERR_CONNECTION_REFUSED"
"""What a page asks for after its test has ended the service, before the page itself is closed."""

expect.set_options(timeout=_PATIENCE)


def find_chromium() -> str | None:
    """The browser named in ZINTIS_CHROMIUM, else one on the PATH, else None: then Playwright's own is used."""
    named = os.environ.get("ZINTIS_CHROMIUM")
    return named or next(filter(None, map(shutil.which, _NAMES)), None)


class Pages:
    """Opens pages like different people with different devices, and gathers what goes wrong in them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._people: list[BrowserContext] = []
        self.complaints: list[str] = []
        """What the pages' consoles said that nobody expected."""

    async def person(self, *, viewport: dict[str, int] = DESK, **options: Any) -> BrowserContext:  # noqa: ANN401 - whatever Playwright takes
        """Somebody with a browser of their own: nothing is shared with the others."""
        touch = viewport == PHONE
        context = await self._browser.new_context(
            viewport={"width": viewport["width"], "height": viewport["height"]},
            has_touch=touch,
            locale="lv-LV",
            timezone_id="Europe/Riga",
            **options,
        )
        self._people.append(context)
        context.set_default_timeout(_PATIENCE)
        context.on("page", self._listen)
        return context

    async def open(self, url: str, *, viewport: dict[str, int] = DESK, **options: Any) -> Page:  # noqa: ANN401 - whatever Playwright takes
        """A page that somebody new opened."""
        person = await self.person(viewport=viewport, **options)
        page = await person.new_page()
        await page.goto(url)
        return page

    async def close(self) -> None:
        """Everybody goes home: nothing of theirs is left for the next test."""
        for person in self._people:
            await person.close()

    def _listen(self, page: Page) -> None:
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(
            known in message.text for known in (_ENDED, _GONE)
        ):
            self.complaints.append(message.text)


async def accessibility_problems(page: Page, *, ignoring: tuple[str, ...] = ()) -> list[str]:
    """What axe-core finds against WCAG 2.1 AA and its best practices, one line each."""
    found = await Axe().run(page)
    return [
        f"{violation['id']}: {violation['help']} ({node['html'][:200]})"
        for violation in found.response["violations"]
        for node in violation["nodes"]
        if violation["id"] not in ignoring
    ]
