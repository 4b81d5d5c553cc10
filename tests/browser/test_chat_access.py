"""Everybody can use the chat: axe-core, small and large screens, large letters, fingers, dark rooms."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.chat_page import ChatPage
from tests.browser.pages import DESK, IN_BROWSER, PHONE, Pages, accessibility_problems
from tests.web.service import ChatService

pytestmark = IN_BROWSER

SMALLEST = {"width": 320, "height": 640}
ZOOMED = {"width": 640, "height": 400}
"""1280 × 800 at 200 %."""

_SMALL_TARGETS = """() => [...document.querySelectorAll('button, textarea, .rights a, .call')]
  .map((element) => [element.getBoundingClientRect(), element.textContent.trim()])
  .filter(([box]) => box.width && (box.height < 43.5 || box.width < 43.5))
  .map(([box, words]) => `${words} ${box.width}x${box.height}`)"""
_TOO_WIDE = """() => document.documentElement.scrollWidth > window.innerWidth"""


async def talking(page: Page) -> ChatPage:
    """A talk with everything in it: choices, old choices, a waiting ticket."""
    talk = ChatPage(page)
    await talk.says("labdien")
    await talk.presses("Rēķini")
    await expect(talk.answers).to_have_count(2)
    return talk


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
async def test_axe_finds_nothing_before_and_in_a_talk(
    chat: ChatService, pages: Pages, viewport: dict[str, int], scheme: str
) -> None:
    page = await pages.open(chat.url, viewport=viewport, color_scheme=scheme)
    assert await accessibility_problems(page) == []
    talk = await talking(page)
    assert await accessibility_problems(page) == []
    await talk.says("cilvēks")
    await talk.hears("Pieteikuma numurs")
    agent, number = await chat.agent(), await chat.ticket()
    await chat.tickets.claim(number, by=agent, name="Ilze Kalniņa")
    await chat.tickets.answer(number, text="Labdien!", by=agent)
    await expect(page.locator(".said.staff")).to_have_count(1)
    assert await accessibility_problems(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_the_menu_the_question_and_the_notice(
    chat: ChatService, pages: Pages, scheme: str
) -> None:
    page = await pages.open(chat.url, viewport=PHONE, color_scheme=scheme)
    # The talk behind a menu or a question is inert, so there is no main part for the moment.
    behind = ("landmark-one-main",)
    await page.get_by_role("button", name="Izvēlne").click()
    assert await accessibility_problems(page, ignoring=behind) == []
    await page.get_by_role("button", name="Aizmirst sarunu šajā ierīcē").click()
    assert await accessibility_problems(page, ignoring=behind) == []
    await page.goto(f"{chat.url}/privatums")
    assert await accessibility_problems(page) == []
    await page.goto(f"{chat.url}/?embed=1")
    assert await accessibility_problems(page) == []


async def test_axe_finds_nothing_when_the_line_is_broken(chat: ChatService, pages: Pages) -> None:
    person = await pages.person(viewport=PHONE)
    page = await person.new_page()
    await page.goto(chat.url)
    await person.set_offline(True)
    await ChatPage(page).says("labdien")
    await expect(ChatPage(page).line).to_contain_text("Nav savienojuma")
    assert await accessibility_problems(page) == []
    pages.complaints.clear()


@pytest.mark.parametrize("viewport", [SMALLEST, ZOOMED, PHONE], ids=["smallest", "zoomed", "phone"])
@pytest.mark.parametrize("size", ["normal", "large"])
async def test_nothing_has_to_be_scrolled_sideways(
    chat: ChatService, pages: Pages, viewport: dict[str, int], size: str
) -> None:
    page = await pages.open(chat.url, viewport=viewport)
    if size == "large":
        await page.get_by_role("button", name="Lielāki burti").click()
    assert not await page.evaluate(_TOO_WIDE)
    talk = await talking(page)
    assert not await page.evaluate(_TOO_WIDE)
    await expect(talk.field).to_be_in_viewport(ratio=1)
    await expect(page.get_by_role("button", name="Sūtīt")).to_be_in_viewport(ratio=1)


async def test_a_finger_hits_everything(chat: ChatService, pages: Pages) -> None:
    page = await pages.open(chat.url, viewport=PHONE)
    assert await page.evaluate(_SMALL_TARGETS) == []
    await talking(page)
    assert await page.evaluate(_SMALL_TARGETS) == []
    await page.get_by_role("button", name="Izvēlne").click()
    assert await page.evaluate(_SMALL_TARGETS) == []


async def test_large_letters_are_remembered(chat: ChatService, pages: Pages) -> None:
    page = await pages.open(chat.url)
    letters = "getComputedStyle(document.getElementById('message')).fontSize"
    assert await page.evaluate(letters) == "18px"
    await page.get_by_role("button", name="Lielāki burti").click()
    await page.reload()
    assert await page.evaluate(letters) == "22px"
    await page.get_by_role("button", name="Parasti burti").click()
    assert await page.evaluate(letters) == "18px"


async def test_the_menu_of_a_phone_takes_and_returns_the_focus(
    chat: ChatService, pages: Pages
) -> None:
    page = await pages.open(chat.url, viewport=PHONE)
    menu = page.get_by_role("button", name="Izvēlne")
    await menu.focus()
    await page.keyboard.press("Enter")
    await expect(menu).to_have_attribute("aria-expanded", "true")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Vai piezvaniet 63022238")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(menu).to_be_focused()
    await expect(menu).to_have_attribute("aria-expanded", "false")


async def test_a_reader_hears_new_messages_but_not_the_old_ones_again(
    chat: ChatService, pages: Pages
) -> None:
    page = await pages.open(chat.url)
    talk = await talking(page)
    await expect(talk.log).to_have_attribute("aria-live", "polite")
    await page.route("**/chat/stream", lambda route: None)  # the history does not come
    await page.reload()
    await expect(talk.log).to_have_attribute("aria-busy", "true")
    await page.unroute("**/chat/stream")
    await page.reload()
    await expect(talk.log).to_have_attribute("aria-busy", "false")


async def test_a_long_answer_is_shown_from_its_beginning(chat: ChatService, pages: Pages) -> None:
    page = await pages.open(chat.url, viewport=PHONE)
    talk = ChatPage(page)
    await talk.says("labdien")
    await expect(talk.answers).to_have_count(1)
    await expect(talk.answers.first.locator("time")).to_be_in_viewport()


async def test_who_reads_further_up_is_not_pulled_down(chat: ChatService, pages: Pages) -> None:
    page = await pages.open(chat.url, viewport=PHONE)
    talk = await talking(page)
    await talk.log.evaluate("log => log.scrollTo(0, 0)")
    await chat.agent()
    await chat.run(
        "INSERT INTO outbound_messages (conversation_id, text, state, agent_id)"
        " SELECT c.id, '<p>Jaunums</p>', 'sent', a.id FROM conversations c, agents a"
    )
    newer = page.get_by_role("button", name="Jauna ziņa")
    await expect(newer).to_be_visible()
    assert await talk.log.evaluate("log => log.scrollTop") == 0
    await newer.click()
    await expect(page.get_by_text("Jaunums")).to_be_in_viewport()
    await expect(newer).to_be_hidden()
