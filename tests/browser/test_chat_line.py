"""The line breaks: nothing typed is lost, nothing is said twice, and the page tells kindly what goes on."""

import asyncio

from playwright.async_api import Route, expect

from tests.browser.chat_page import ChatPage
from tests.browser.pages import IN_BROWSER, Pages
from tests.web.service import ChatService

pytestmark = IN_BROWSER


async def test_what_was_typed_without_internet_is_sent_when_it_is_back(
    chat: ChatService, pages: Pages
) -> None:
    person = await pages.person()
    page = await person.new_page()
    await page.goto(chat.url)
    talk = ChatPage(page)
    await talk.says("labdien")
    await expect(talk.answers).to_have_count(1)

    await person.set_offline(True)
    await talk.says("Kur samaksāt rēķinu?")
    await expect(talk.states.last).to_have_text("Gaida savienojumu – nosūtīsim")
    await expect(talk.line).to_contain_text("Nav savienojuma")
    await person.set_offline(False)

    await talk.hears("internetbankā")
    await expect(talk.line).to_have_text("")
    assert [stored["text"] for stored in await chat.inbound()] == [
        "labdien",
        "Kur samaksāt rēķinu?",
    ]
    pages.complaints.clear()  # Chromium notes every request that failed


async def test_a_page_closed_before_sending_sends_when_it_is_opened_again(
    chat: ChatService, pages: Pages
) -> None:
    person = await pages.person()
    page = await person.new_page()
    await page.goto(chat.url)
    await chat.application.stop()
    await ChatPage(page).says("Kur samaksāt rēķinu?")
    await expect(ChatPage(page).states.last).to_have_text("Gaida savienojumu – nosūtīsim")
    await page.close()
    await chat.application.start()

    again = await person.new_page()
    await again.goto(chat.url)

    await ChatPage(again).hears("internetbankā")
    await ChatPage(again).has_said("Kur samaksāt rēķinu?")
    pages.complaints.clear()


async def test_a_service_that_was_restarted_is_found_again(chat: ChatService, pages: Pages) -> None:
    page = await pages.open(chat.url)
    talk = ChatPage(page)
    await talk.says("cilvēks")
    await talk.hears("Pieteikuma numurs")
    await chat.application.stop()
    agent, number = await chat.agent(), await chat.ticket()
    await chat.tickets.claim(number, by=agent, name="Ilze Kalniņa")
    await chat.tickets.answer(number, text="Atbilde pa to laiku", by=agent)
    await chat.application.start()

    await talk.hears("Atbilde pa to laiku")
    pages.complaints.clear()


async def test_an_answer_to_sending_that_got_lost_does_not_double_the_message(
    chat: ChatService, pages: Pages
) -> None:
    page = await pages.open(chat.url)
    lost = 0

    async def lose(route: Route) -> None:
        nonlocal lost
        if route.request.method == "POST" and lost == 0:
            lost += 1
            await route.fetch()  # it arrives, but the browser never learns of it
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/chat/messages", lose)
    talk = ChatPage(page)
    await talk.says("Kur samaksāt rēķinu?")
    await talk.hears("internetbankā")
    await talk.has_said("Kur samaksāt rēķinu?")
    assert lost == 1
    assert len(await chat.inbound()) == 1
    pages.complaints.clear()


async def test_where_streams_are_held_back_the_page_asks_instead(
    chat: ChatService, pages: Pages
) -> None:
    page = await pages.open("about:blank")
    await page.route("**/chat/stream", lambda route: route.abort())
    await page.goto(chat.url)
    talk = ChatPage(page)
    await talk.says("labdien")
    await page.evaluate("window.stillHere = true")
    await expect(talk.answers).to_have_count(1)
    await talk.says("Kur samaksāt rēķinu?")
    await talk.hears("internetbankā")
    assert await page.evaluate("window.stillHere")
    pages.complaints.clear()


async def test_a_message_that_is_refused_says_why_and_can_be_tried_again(
    chat: ChatService, pages: Pages
) -> None:
    page = await pages.open(chat.url)
    refused = "Šo ziņu neizdevās pieņemt."

    async def refuse(route: Route) -> None:
        await route.fulfill(status=422, json={"error": {"code": "unreadable", "message": refused}})

    await page.route("**/chat/messages", refuse, times=1)
    talk = ChatPage(page)
    await talk.says("Kur samaksāt rēķinu?")
    await expect(talk.states.last).to_contain_text(refused)
    await page.get_by_role("button", name="Mēģināt vēlreiz").click()
    await talk.hears("internetbankā")
    await talk.has_said("Kur samaksāt rēķinu?")
    pages.complaints.clear()


async def test_too_many_messages_are_slowed_down_and_none_is_lost(
    chat: ChatService, pages: Pages
) -> None:
    page = await pages.open(chat.url)
    talk = ChatPage(page)
    many = [f"labdien {number}" for number in range(17)]
    for text in many:
        await talk.says(text)
    await expect(talk.line).to_contain_text("Ziņu ir ļoti daudz")
    await talk.has_said(*many)
    await expect(page.locator(".said.waiting, .said.sending")).to_have_count(0)
    assert [stored["text"] for stored in await chat.inbound()] == many
    pages.complaints.clear()


async def test_a_slow_answer_is_announced_and_then_excused(chat: ChatService, pages: Pages) -> None:
    chat.nlu.down = True
    page = await pages.open("about:blank")
    await page.clock.install()
    await page.goto(chat.url)
    talk = ChatPage(page)
    await talk.says("kāds jautājums")
    await expect(page.get_by_text("Gatavo atbildi…")).to_be_visible()
    await page.clock.fast_forward(11_000)
    await expect(page.get_by_text("Atbilde kavējas, bet tā būs.")).to_be_visible()
    chat.nlu.down = False
    await expect(talk.answers).to_have_count(1)
    await expect(page.locator("#typing")).to_be_hidden()
    pages.complaints.clear()


async def test_an_answer_comes_even_if_the_page_asked_for_it_a_moment_too_early(
    chat: ChatService, pages: Pages
) -> None:
    person = await pages.person()
    page = await person.new_page()
    asked_early, was_sent = asyncio.Event(), asyncio.Event()

    async def send_slowly(route: Route) -> None:
        # Between token and message the browser says that the page is shown: it asks, and nothing is known yet.
        await page.evaluate("dispatchEvent(new Event('pageshow'))")
        await asked_early.wait()
        await route.continue_()

    async def answer_slowly(route: Route) -> None:
        nothing_said = await route.fetch()
        asked_early.set()
        await was_sent.wait()
        await route.fulfill(response=nothing_said)

    await page.route("**/chat/messages", send_slowly)
    await page.route("**/chat/stream", answer_slowly, times=1)
    await page.goto(chat.url)
    talk = ChatPage(page)
    await talk.says("Kur samaksāt rēķinu?")
    await expect(talk.states.last).to_have_text("Nosūtīts")
    was_sent.set()

    await talk.hears("internetbankā")
    pages.complaints.clear()  # Chromium notes the 404


async def test_nobody_writes_into_a_page_that_does_not_listen_yet(
    chat: ChatService, pages: Pages
) -> None:
    person = await pages.person()
    page = await person.new_page()
    loaded = asyncio.Event()

    async def load_slowly(route: Route) -> None:
        await loaded.wait()
        await route.continue_()

    await page.route("**/chat.js", load_slowly)
    await page.goto(chat.url, wait_until="commit")
    talk = ChatPage(page)
    await expect(talk.field).to_be_disabled()
    for button in await page.locator("button[data-choice]").all():
        await expect(button).to_be_disabled()
    loaded.set()

    await talk.says("Kur samaksāt rēķinu?")
    await talk.hears("internetbankā")
