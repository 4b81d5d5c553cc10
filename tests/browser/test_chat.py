"""The chat page in a browser: talking, coming back, staying safe."""

from playwright.async_api import expect

from tests.browser.chat_page import ChatPage, stored
from tests.browser.pages import IN_BROWSER, PHONE, Pages
from tests.web.service import ChatService

pytestmark = IN_BROWSER

ATTACK = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"


async def test_a_resident_asks_and_reads_the_answer(chat: ChatService, pages: Pages) -> None:
    page = await pages.open(chat.url, viewport=PHONE)
    talk = ChatPage(page)
    await expect(page.get_by_role("heading", name="Labdien!")).to_be_visible()
    await expect(page.get_by_text("Šeit atbild dators, nevis cilvēks.")).to_be_visible()

    await talk.says("Kur samaksāt rēķinu?")

    await talk.hears("internetbankā")
    await talk.has_said("Kur samaksāt rēķinu?")
    await expect(page.get_by_role("heading", name="Labdien!")).to_be_hidden()


async def test_a_topic_of_the_first_page_starts_the_talk(chat: ChatService, pages: Pages) -> None:
    talk = ChatPage(page := await pages.open(chat.url, viewport=PHONE))
    await page.get_by_role("button", name="Rēķini").click()
    await talk.has_said("Rēķini")
    await expect(talk.answers).to_have_count(1)
    await expect(talk.answers.last.get_by_role("button")).not_to_have_count(0)


async def test_a_choice_is_pressed_and_stays_usable_under_newer_messages(
    chat: ChatService, pages: Pages
) -> None:
    talk = ChatPage(await pages.open(chat.url))
    await talk.says("labdien")
    await talk.presses("Rēķini")
    await expect(talk.answers).to_have_count(2)
    await talk.has_said("labdien", "Rēķini")

    await talk.answers.first.get_by_role("button", name="Atkritumi").click()

    await expect(talk.answers).to_have_count(3)
    await talk.has_said("labdien", "Rēķini", "Atkritumi")


async def test_a_conversation_by_keyboard_alone(chat: ChatService, pages: Pages) -> None:
    page = await pages.open(chat.url)
    talk = ChatPage(page)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Pāriet pie ziņas rakstīšanas")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(talk.field).to_be_focused()

    await page.keyboard.type("labdien")
    await page.keyboard.press("Enter")
    await expect(talk.answers).to_have_count(1)
    await expect(talk.field).to_be_focused()

    # Backwards: start again, a person, then the last choice of the answer.
    for name in ("Sākt no jauna", "Jautāt darbiniekam"):
        await page.keyboard.press("Shift+Tab")
        await expect(page.get_by_role("button", name=name).last).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await expect(talk.answers.last.get_by_role("button").last).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(talk.answers).to_have_count(2)


async def test_shift_and_enter_make_a_new_line(chat: ChatService, pages: Pages) -> None:
    page = await pages.open(chat.url)
    talk = ChatPage(page)
    await talk.field.click()
    await page.keyboard.type("labdien,")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("man ir jautājums")
    await page.get_by_role("button", name="Sūtīt").click()
    await talk.has_said("labdien,\nman ir jautājums")


async def test_the_staffs_answer_appears_without_a_reload(chat: ChatService, pages: Pages) -> None:
    page = await pages.open(chat.url)
    talk = ChatPage(page)
    await page.get_by_role("button", name="Jautāt darbiniekam").click()
    await talk.hears("Pieteikuma numurs")
    await expect(talk.who).to_have_text("Jautājums nodots darbiniekam")

    agent, number = await chat.agent("Ilze Kalniņa"), await chat.ticket()
    await chat.tickets.claim(number, by=agent, name="Ilze Kalniņa")
    await chat.tickets.answer(number, text="Labdien! Tūlīt paskatīšos.", by=agent)

    await talk.hears("Tūlīt paskatīšos")
    await expect(talk.answers.last).to_contain_text("Ilze Kalniņa")
    await expect(talk.who).to_have_text("Atbild Ilze Kalniņa")

    # The assistant is silent now, so nothing pretends that it is thinking.
    await talk.says("Paldies!")
    await expect(talk.states.last).to_have_text("Nosūtīts")
    await expect(page.locator("#typing")).to_be_hidden()

    await chat.tickets.solve(number, by=agent)
    await talk.presses("★★★★★ Ļoti labi")
    await talk.hears("Vai vēlaties ko piebilst?")
    await expect(talk.who).to_have_text("Atbild dators")


async def test_a_reload_keeps_the_whole_talk(chat: ChatService, pages: Pages) -> None:
    page = await pages.open(chat.url)
    talk = ChatPage(page)
    await talk.says("labdien")
    await talk.presses("Rēķini")
    await expect(talk.answers).to_have_count(2)
    before = await talk.log.inner_text()
    await talk.field.fill("Vēl gribēju jautāt")

    await page.reload()

    await expect(talk.answers).to_have_count(2)
    assert await talk.log.inner_text() == before
    await expect(talk.field).to_have_value("Vēl gribēju jautāt")


async def test_two_tabs_show_the_same_talk(chat: ChatService, pages: Pages) -> None:
    person = await pages.person()
    first, second = await person.new_page(), await person.new_page()
    await first.goto(chat.url)
    await ChatPage(first).says("labdien")
    await expect(ChatPage(first).answers).to_have_count(1)
    await second.goto(chat.url)
    await ChatPage(second).says("Kur samaksāt rēķinu?")
    for tab in (first, second):
        await ChatPage(tab).hears("internetbankā")
        await ChatPage(tab).has_said("labdien", "Kur samaksāt rēķinu?")


async def test_markup_that_somebody_types_is_only_text(chat: ChatService, pages: Pages) -> None:
    page = await pages.open(chat.url)
    talk = ChatPage(page)
    await talk.says(ATTACK)
    await talk.has_said(ATTACK)
    await talk.says("cilvēks")
    await talk.hears("Pieteikuma numurs")
    agent, number = await chat.agent(ATTACK), await chat.ticket()
    await chat.tickets.claim(number, by=agent, name=ATTACK)
    await chat.tickets.answer(number, text=ATTACK, by=agent)

    await expect(page.locator(".said.staff .bubble")).to_have_text(ATTACK)
    await page.reload()
    await expect(page.locator(".said.staff .bubble")).to_have_text(ATTACK)

    assert "hacked" not in await page.title()
    assert await talk.log.locator("img, script").count() == 0


async def test_markup_that_slipped_through_the_server_does_nothing_either(
    chat: ChatService, pages: Pages
) -> None:
    page = await pages.open(chat.url)
    talk = ChatPage(page)
    await talk.says("labdien")
    await expect(talk.answers).to_have_count(1)
    await chat.run(
        "UPDATE outbound_messages SET text = '<p>Drošs</p><form action=//evil><input></form>"
        '<iframe src=//evil></iframe><a href="javascript:alert(1)">saite</a><svg onload=x></svg>\''
    )
    await page.reload()
    await expect(talk.answers).to_contain_text("Drošs")
    assert await talk.answers.locator("form, input, iframe, svg, a[href]").count() == 0
    # Parsing it alone makes the policy complain about the handler, which it stopped.
    assert all("Content Security Policy" in complaint for complaint in pages.complaints)
    pages.complaints.clear()


async def test_messages_are_read_once_the_page_shows_them(chat: ChatService, pages: Pages) -> None:
    talk = ChatPage(await pages.open(chat.url))
    await talk.says("labdien")
    await expect(talk.answers).to_have_count(1)
    await chat.becomes("read")


async def test_the_browser_keeps_a_token_and_no_cookies(chat: ChatService, pages: Pages) -> None:
    person = await pages.person()
    page = await person.new_page()
    await page.goto(chat.url)
    assert await stored(person) == []
    await ChatPage(page).says("labdien")
    await expect(ChatPage(page).answers).to_have_count(1)
    assert await stored(person) == ["zintis.token", "zintis.unsent"]


async def test_a_shared_computer_forgets_the_talk(chat: ChatService, pages: Pages) -> None:
    person = await pages.person()
    page = await person.new_page()
    await page.goto(chat.url)
    talk = ChatPage(page)
    await talk.says("labdien")
    await expect(talk.answers).to_have_count(1)

    await page.get_by_role("button", name="Aizmirst sarunu šajā ierīcē").click()
    await page.get_by_role("button", name="Jā, aizmirst").click()

    await expect(talk.answers).to_have_count(0)
    await expect(page.get_by_role("heading", name="Labdien!")).to_be_visible()
    assert await stored(person) == []
    await talk.says("Kur samaksāt rēķinu?")
    await talk.hears("internetbankā")
    await page.reload()
    await talk.has_said("Kur samaksāt rēķinu?")


async def test_erased_data_leaves_the_page_too(chat: ChatService, pages: Pages) -> None:
    page = await pages.open(chat.url)
    talk = ChatPage(page)
    await talk.says("mans noslēpums")
    await expect(talk.answers).to_have_count(1)
    await page.get_by_role("button", name="Dzēst manus datus").first.click()
    await talk.presses("Jā, dzēst")
    await expect(talk.answers).to_have_count(1)
    await talk.hears("izdzēsti")
    await talk.has_said()


async def test_a_masked_number_disappears_from_the_page(chat: ChatService, pages: Pages) -> None:
    talk = ChatPage(await pages.open(chat.url))
    await talk.says("mans kods ir 010190-12345")
    await talk.has_said("mans kods ir [personas kods dzēsts]")


async def test_a_browser_that_keeps_nothing_still_talks(chat: ChatService, pages: Pages) -> None:
    person = await pages.person()
    await person.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })"
    )
    page = await person.new_page()
    await page.goto(chat.url)
    await ChatPage(page).says("Kur samaksāt rēķinu?")
    await ChatPage(page).hears("internetbankā")


async def test_without_scripts_the_page_says_whom_to_call(chat: ChatService, pages: Pages) -> None:
    page = await pages.open(chat.url, java_script_enabled=False)
    await expect(page.get_by_text("izslēgts JavaScript")).to_be_visible()
