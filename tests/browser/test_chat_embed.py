"""The chat inside the municipality's own site: one script tag, and nothing of the site is touched."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web
from playwright.async_api import Page, expect

from tests.browser.chat_page import ChatPage, stored
from tests.browser.pages import DESK, IN_BROWSER, PHONE, Pages, accessibility_problems, on_the_loop
from tests.web.service import ChatService

pytestmark = IN_BROWSER

_PAGE = """<!doctype html><html lang="lv"><head><title>Novads</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/site.css"></head>
<body><main><h1>Novads</h1><p>Ziņas <a href="/">par novadu</a></p></main>
<script src="{chat}/chat/embed.js" async></script></body></html>"""
_HOSTILE = "* { display: block !important; color: red !important; font-size: 3px !important; }"


@dataclass(frozen=True)
class Site:
    """Somebody else's web site, at another host than the chat."""

    url: str


@contextlib.asynccontextmanager
async def embedding(chat_url: str) -> AsyncIterator[Site]:
    """A site with strict rules of its own and a style sheet that spoils everything."""
    policy = f"default-src 'none'; style-src 'self'; img-src data:; script-src {chat_url}; frame-src {chat_url}"

    async def page(request: web.Request) -> web.Response:
        return web.Response(
            text=_PAGE.format(chat=chat_url),
            content_type="text/html",
            headers={"Content-Security-Policy": policy},
        )

    async def style(request: web.Request) -> web.Response:
        return web.Response(text=_HOSTILE, content_type="text/css")

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_get("/site.css", style)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Site(f"http://localhost:{runner.addresses[0][1]}/")
    await runner.cleanup()


@on_the_loop
async def site(chat: ChatService) -> AsyncIterator[Site]:
    """A stranger's site: browsers that guard against third parties let the chat keep nothing there."""
    async with embedding(chat.url) as made:
        yield made


@on_the_loop
async def own_site(chat: ChatService) -> AsyncIterator[Site]:
    """The municipality's site with the chat under the same domain, as the operator's guide advises."""
    async with embedding(chat.url.replace("127.0.0.1", "localhost")) as made:
        yield made


def frame_of(page: Page) -> ChatPage:
    return ChatPage(page.frame_locator("zintis-chat iframe"))


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
async def test_a_visitor_of_the_site_talks_in_a_corner_of_it(
    site: Site, pages: Pages, viewport: dict[str, int]
) -> None:
    page = await pages.open(site.url, viewport=viewport)
    button = page.get_by_role("button", name="Jautājiet mums")
    box = await button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    await button.click()
    talk = frame_of(page)
    await talk.says("Kur samaksāt rēķinu?")
    await talk.hears("internetbankā")
    await expect(page.get_by_role("dialog", name="Tērzēšana ar pašvaldību")).to_be_visible()


async def test_it_opens_and_closes_by_keyboard_and_the_focus_follows(
    site: Site, pages: Pages
) -> None:
    page = await pages.open(site.url)
    button = page.get_by_role("button", name="Jautājiet mums")
    await expect(button).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(button).to_be_focused()
    await page.keyboard.press("Enter")
    talk = frame_of(page)
    await expect(talk.field).to_be_focused()
    await page.keyboard.type("labdien")
    await page.keyboard.press("Enter")
    await expect(talk.answers).to_have_count(1)

    await page.keyboard.press("Escape")
    await expect(button).to_be_focused()
    await expect(page.get_by_role("dialog")).to_have_count(0)

    await page.keyboard.press("Enter")
    await expect(talk.field).to_be_focused()
    await talk.view.get_by_role("button", name="Aizvērt tērzēšanu").click()
    await expect(button).to_be_focused()


async def test_the_closed_chat_counts_what_came_and_does_not_call_it_read(
    chat: ChatService, site: Site, pages: Pages
) -> None:
    page = await pages.open(site.url)
    await page.get_by_role("button", name="Jautājiet mums").click()
    talk = frame_of(page)
    await talk.says("cilvēks")
    await talk.hears("Pieteikuma numurs")
    await chat.becomes("read")
    await page.keyboard.press("Escape")

    agent, number = await chat.agent(), await chat.ticket()
    await chat.tickets.claim(number, by=agent, name="Ilze Kalniņa")

    button = page.get_by_role("button", name="Jautājiet mums. Jaunas ziņas: 1")
    await expect(button).to_be_visible()
    await chat.becomes("read", "delivered")
    await button.click()
    await chat.becomes("read", "read")
    await expect(page.get_by_role("dialog")).to_be_visible()


async def test_the_talk_is_kept_on_the_next_page_of_the_site_without_cookies(
    own_site: Site, pages: Pages
) -> None:
    person = await pages.person()
    page = await person.new_page()
    await page.goto(own_site.url)
    await page.get_by_role("button", name="Jautājiet mums").click()
    await frame_of(page).says("labdien")
    await expect(frame_of(page).answers).to_have_count(1)

    await page.reload()

    await page.get_by_role("button", name="Jautājiet mums").click()
    await frame_of(page).has_said("labdien")
    assert await person.cookies() == []
    assert await page.evaluate("localStorage.length + sessionStorage.length") == 0


async def test_nothing_is_loaded_into_the_site_until_somebody_asks(
    chat: ChatService, site: Site, pages: Pages
) -> None:
    person = await pages.person()
    page = await person.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(site.url)
    await expect(page.get_by_role("button", name="Jautājiet mums")).to_be_visible()
    assert [url for url in asked if url.startswith(chat.url)] == [f"{chat.url}/chat/embed.js"]
    assert await stored(person) == []


async def test_axe_finds_nothing_with_the_button_and_with_the_chat_open(
    site: Site, pages: Pages
) -> None:
    page = await pages.open("about:blank")
    await page.route("**/site.css", lambda route: route.fulfill(body="", content_type="text/css"))
    await page.goto(site.url)
    button = page.get_by_role("button", name="Jautājiet mums")
    await expect(button).to_be_visible()
    assert await accessibility_problems(page) == []
    await button.click()
    await expect(frame_of(page).field).to_be_visible()
    assert await accessibility_problems(page) == []


async def test_the_whole_page_refuses_to_stand_inside_another_site(
    chat: ChatService, site: Site, pages: Pages
) -> None:
    page = await pages.open(site.url)
    async with page.expect_console_message(lambda said: "frame-ancestors" in said.text) as refused:
        await page.evaluate(
            "url => document.body.append(Object.assign(document.createElement('iframe'), { src: url }))",
            f"{chat.url}/",
        )
    assert "has been blocked" in (await refused.value).text
    pages.complaints.clear()
