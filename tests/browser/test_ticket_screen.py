"""The page of a ticket in Chromium: who else looks, what can be inserted, keys, a phone."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from bot.storage.database import Database
from domain.messages import Channel
from domain.tickets import TicketNumber
from tests.browser.pages import DESK, IN_BROWSER, PHONE, Pages, accessibility_problems, on_the_loop
from tests.browser.test_desk import place_of, sit_down
from tests.desk.office import Office, content, open_office

pytestmark = IN_BROWSER

TOPIC = "bills-pay-where"
QUESTION = "kur nomaksāt ūdeni"


@on_the_loop
async def office(database: Database) -> AsyncIterator[Office]:
    """The desk with two agents and a model that knows one question."""
    async with open_office(database) as opened:
        await opened.hire("Anna Bērziņa")
        await opened.hire("Ilze Kalniņa")
        opened.nlu.teach(QUESTION, f"topic.{TOPIC}")
        yield opened


async def claimed(office: Office, pages: Pages, number: TicketNumber, **options: object) -> Page:
    """Anna has taken a ticket."""
    anna = await sit_down(pages, office, "Anna", place_of(number), **options)
    await anna.get_by_role("button", name="Paņemt").click()
    await expect(anna.get_by_text("Asistents klusē")).to_be_visible()
    return anna


async def test_two_agents_see_each_other_and_who_writes(office: Office, pages: Pages) -> None:
    number = await office.ticket()
    anna = await claimed(office, pages, number)
    ilze = await sit_down(pages, office, "Ilze", place_of(number))
    await expect(anna.locator("#viewers")).to_have_text("Šo pieteikumu skatās arī Ilze Kalniņa.")
    await expect(ilze.locator("#viewers")).to_have_text("Šo pieteikumu skatās arī Anna Bērziņa.")

    await anna.get_by_label("Atbilde iedzīvotājam").press_sequentially("Lab")
    await expect(ilze.locator("#viewers")).to_contain_text("Anna Bērziņa (raksta)")
    await anna.get_by_label("Iekšēja piezīme kolēģiem").focus()
    await expect(ilze.locator("#viewers")).to_have_text("Šo pieteikumu skatās arī Anna Bērziņa.")

    await anna.goto(f"{office.url}/desk/")
    await expect(ilze.locator("#viewers")).to_be_empty()


async def test_topic_comes_after_the_page_and_is_inserted_without_sending(
    office: Office, pages: Pages
) -> None:
    number = await office.ticket("vai kāds ir?")
    anna = await claimed(office, pages, number)
    topics = anna.locator("#topics")
    await expect(topics).to_contain_text("tuva temata nav")
    answer = anna.get_by_label("Atbilde iedzīvotājam")
    await answer.fill("Labdien!")

    await office.resident_writes(QUESTION)
    await topics.get_by_role("button", name="Ievietot atbildi").click()

    title = content().topic(TOPIC).title
    await expect(topics).to_contain_text(title)
    text = await answer.input_value()
    assert text.startswith("Labdien!\n\n")
    assert "8848" in text
    await expect(answer).to_be_focused()
    assert await office.outgoing(number) == []
    await anna.keyboard.press("Control+z")
    await expect(answer).to_have_value("Labdien!")


async def test_prepared_answer_is_found_by_typing_and_lands_at_the_caret(
    office: Office, pages: Pages
) -> None:
    number = await office.ticket()
    anna = await claimed(office, pages, number)
    answer = anna.get_by_label("Atbilde iedzīvotājam")
    await answer.fill("Sākums\n\nBeigas")
    await answer.evaluate("area => area.setSelectionRange(6, 6)")

    await anna.get_by_text("Ievietot sagatavi").click()
    search = anna.get_by_label("Meklēt sagatavi")
    await expect(search).to_be_focused()
    await search.fill("ATVADISAN")
    await expect(anna.locator("#prepared-list li:visible")).to_have_count(1)
    await search.press("ArrowDown")
    await expect(anna.get_by_role("button", name="Atvadīšanās")).to_be_focused()
    await anna.keyboard.press("Enter")

    text = await answer.input_value()
    assert text.startswith("Sākums\n\nJa rodas")
    assert text.endswith("Anna Bērziņa\n\nBeigas")
    await expect(answer).to_be_focused()
    await anna.reload()
    await expect(answer).to_have_value(text)


async def test_keys_walk_work_and_stay_silent_while_somebody_types(
    office: Office, pages: Pages
) -> None:
    first = await office.ticket("Pirmais", who="a")
    second = await office.ticket("Otrais", who="b")
    page = await sit_down(pages, office, "Anna")
    await page.keyboard.press("j")
    await expect(page.get_by_role("link", name="Pirmais")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**{place_of(first)}")
    await page.keyboard.press("j")
    await page.wait_for_url(f"**{place_of(second)}")
    await page.keyboard.press("k")
    await page.wait_for_url(f"**{place_of(first)}")
    await page.keyboard.press("c")
    answer = page.get_by_label("Atbilde iedzīvotājam")
    await expect(answer).to_be_visible()
    await page.keyboard.press("r")
    await page.keyboard.type("jckn?i")
    await expect(answer).to_have_value("jckn?i")
    await answer.fill("Sveiki")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".by-agent")).to_contain_text("Sveiki")
    await page.keyboard.press("n")
    await expect(page.get_by_label("Iekšēja piezīme kolēģiem")).to_be_focused()
    await page.locator("#scroll").focus()
    await page.keyboard.press("Escape")
    await page.wait_for_url("**/desk/")


async def test_keys_can_be_switched_off(office: Office, pages: Pages) -> None:
    number = await office.ticket()
    page = await sit_down(pages, office, "Anna", place_of(number))
    await page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Īsceļi")
    await expect(dialog).to_be_visible()
    assert await accessibility_problems(page) == []
    await dialog.get_by_label("Viena taustiņa īsceļi ieslēgti").uncheck()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await page.reload()
    await page.keyboard.press("n")
    await expect(page.get_by_label("Iekšēja piezīme kolēģiem")).not_to_be_focused()
    await page.get_by_role("button", name="Īsceļi").click()
    await dialog.get_by_label("Viena taustiņa īsceļi ieslēgti").check()
    await dialog.get_by_role("button", name="Aizvērt").click()
    await page.keyboard.press("n")
    await expect(page.get_by_label("Iekšēja piezīme kolēģiem")).to_be_focused()


async def test_window_of_whatsapp_ticks_down_while_the_page_is_open(
    office: Office, pages: Pages
) -> None:
    number = await office.ticket(channel=Channel.WHATSAPP, who="w")
    anna = await claimed(office, pages, number)
    hint = anna.locator("#answer-hint")
    await expect(hint).to_contain_text("vēl 23 h")
    await anna.get_by_label("Atbilde iedzīvotājam").fill("Rakstu")
    office.clock.pass_time(hours=1)
    await office.tickets.note(number, text="laiks iet", by=office.agents["Ilze Kalniņa"])
    await anna.evaluate("refresh()")
    await expect(hint).to_contain_text("vēl 22 h")
    await expect(anna.get_by_label("Atbilde iedzīvotājam")).to_have_value("Rakstu")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
async def test_open_page_with_everything_passes_axe_and_fits(
    office: Office, pages: Pages, viewport: dict[str, int]
) -> None:
    await office.ticket(QUESTION)
    async with office.database.reading() as connection:
        await connection.exec_driver_sql("UPDATE tickets SET state = 'closed', stars = 5")
    number = await office.ticket(QUESTION)
    anna = await claimed(office, pages, number, viewport=viewport)
    await sit_down(pages, office, "Ilze", place_of(number))
    await expect(anna.locator("#viewers")).not_to_be_empty()
    await anna.locator(".side details").evaluate_all("all => all.forEach(one => one.open = true)")
    await expect(anna.get_by_role("button", name="Ievietot atbildi")).to_be_visible()
    await anna.get_by_text("Ievietot sagatavi").click()
    assert await accessibility_problems(anna) == []
    assert await anna.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def test_at_a_desk_the_page_itself_does_not_scroll(office: Office, pages: Pages) -> None:
    number = await office.ticket(QUESTION)
    for word in ("Vēl", "Un", "Kad", "Kur", "Kas"):
        await office.resident_writes(f"{word}\n" * 8)
    await office.resident_writes(QUESTION)
    anna = await claimed(office, pages, number)
    await expect(anna.get_by_role("button", name="Ievietot atbildi")).to_be_visible()
    for form in ("describe", "hand_over", "split"):
        await anna.locator(f"#handling-{form}-box summary").click()
    assert await anna.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0


async def test_on_a_phone_the_conversation_and_the_answer_fill_the_first_screen(
    office: Office, pages: Pages
) -> None:
    number = await office.ticket(QUESTION)
    anna = await claimed(office, pages, number, viewport=PHONE)
    await expect(anna.get_by_role("button", name="Nosūtīt tūlīt")).to_be_in_viewport()
    await expect(anna.locator("#lines li").last).to_be_in_viewport()
    assert await anna.locator(".side details[open]").count() == 0


async def test_on_a_phone_a_long_hint_leaves_the_conversation_its_place(
    office: Office, pages: Pages
) -> None:
    number = await office.ticket(QUESTION, channel=Channel.WHATSAPP, who="+37126123456")
    office.clock.pass_time(hours=25)
    anna = await claimed(office, pages, number, viewport=PHONE)
    await expect(anna.locator("#answer-hint")).to_contain_text("logs ir aizvēries")
    await anna.get_by_label("Atbilde iedzīvotājam").fill("Labdien!\n\n\nKaut kas garāks.\n\n\n")
    for place in ("#scroll", "#reply"):
        shown = await anna.locator(place).bounding_box()
        assert shown
        assert shown["height"] > 180
    talk, reply = [await anna.locator(one).bounding_box() for one in (".talk", "#reply")]
    assert talk
    assert reply
    assert reply["y"] + reply["height"] <= talk["y"] + talk["height"] + 1


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
async def test_an_answer_is_proposed_as_a_topic(
    office: Office, pages: Pages, viewport: dict[str, int]
) -> None:
    number = await office.ticket(QUESTION)
    anna = await claimed(office, pages, number, viewport=viewport)
    await anna.get_by_label("Atbilde iedzīvotājam").fill("Ar karti internetā.")
    await anna.get_by_role("button", name="Nosūtīt tūlīt").click()
    assert await accessibility_problems(anna) == []
    await anna.get_by_role("link", name="Izveidot tematu no šīs atbildes").click()
    await expect(anna.get_by_label("Jautājums")).to_have_value(QUESTION)
    assert await accessibility_problems(anna) == []
    await anna.get_by_label("Atbilde").fill("Ar bankas karti internetā.")
    await anna.get_by_role("button", name="Nosūtīt redaktoram").click()
    await expect(anna.get_by_text("Nosūtīts redaktoram.")).to_be_visible()
    await anna.goto(f"{office.url}{place_of(number)}/temati")
    assert await accessibility_problems(anna) == []
