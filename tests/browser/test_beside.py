"""The list beside a ticket in Chromium: there on wide screens, alive, and never in the way of what is typed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Page, Route, expect

from bot.storage.database import Database
from tests.browser.pages import IN_BROWSER, PHONE, Pages, accessibility_problems, on_the_loop
from tests.browser.test_desk import place_of, sit_down
from tests.desk.office import Office, open_office
from tests.desk.test_lists import moved

pytestmark = IN_BROWSER

WIDE = {"width": 1440, "height": 900}
WIDER = {"width": 1920, "height": 1080}
NARROW = {"width": 1100, "height": 800}


@on_the_loop
async def office(database: Database) -> AsyncIterator[Office]:
    """The desk with two agents."""
    async with open_office(database) as opened:
        await opened.hire("Anna Bērziņa")
        await opened.hire("Ilze Kalniņa")
        yield opened


async def listed(page: Page) -> list[str]:
    """The numbers beside the ticket, from above."""
    return await page.locator(".next-link .row-number").all_text_contents()


async def test_an_answer_follows_an_answer_without_going_back_to_the_list(
    office: Office, pages: Pages
) -> None:
    first = await office.ticket("Pirmais", who="a")
    second = await office.ticket("Otrais", who="b")
    page = await sit_down(pages, office, "Anna", place_of(first), viewport=WIDE)
    await expect(page.locator("#beside-title")).to_have_text("Nepaņemtie")
    await page.get_by_role("button", name="Paņemt").click()
    await page.get_by_label("Atbilde iedzīvotājam").fill("Labdien")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".by-agent")).to_contain_text("Labdien")
    assert await listed(page) == [str(second)]
    await page.locator("#scroll").focus()
    await page.keyboard.press("j")
    await page.wait_for_url(f"**{place_of(second)}")
    await page.get_by_role("link", name="Mani 1").click()
    await page.locator(f"#next-{first}").click()
    await page.wait_for_url(f"**{place_of(first)}")
    await expect(page.locator("#beside-title")).to_have_text("Mani")
    await page.locator("#scroll").focus()
    await page.keyboard.press("Escape")
    await page.wait_for_url("**/desk/?skats=mani")


async def test_the_way_back_leads_to_the_view_chosen_beside_the_ticket(
    office: Office, pages: Pages
) -> None:
    number = await office.ticket("Pirmais", who="a")
    page = await sit_down(pages, office, "Anna", place_of(number), viewport=WIDE)
    await page.get_by_role("link", name="Visi atvērtie").click()
    await expect(page.locator("#beside-title")).to_have_text("Visi atvērtie")
    await page.get_by_role("link", name="← Pieteikumi").click()
    await page.wait_for_url("**/desk/?skats=atvertie")


async def test_keys_go_on_from_where_a_taken_ticket_stood(office: Office, pages: Pages) -> None:
    numbers = [await office.ticket(f"Nr. {who}", who=who) for who in "abc"]
    page = await sit_down(pages, office, "Anna", place_of(numbers[1]), viewport=WIDE)
    await page.keyboard.press("c")
    await expect(page.get_by_text("Asistents klusē")).to_be_visible()
    assert str(numbers[1]) not in await listed(page)
    await page.keyboard.press("j")
    await page.wait_for_url(f"**{place_of(numbers[2])}")


async def test_the_list_follows_what_happens_anywhere(office: Office, pages: Pages) -> None:
    number = await office.ticket("Pirmais", who="a")
    page = await sit_down(pages, office, "Anna", place_of(number), viewport=WIDE)
    await page.get_by_role("button", name="Paņemt").click()
    await page.get_by_label("Atbilde iedzīvotājam").fill("Rakstu")
    other = await office.ticket("Jauns jautājums", who="b")
    await expect(page.locator(f"#next-{other}")).to_contain_text("Jauns jautājums")
    await expect(page.locator("#tab-jauni .count")).to_have_text("1")
    await office.tickets.claim(other, by=office.agents["Ilze Kalniņa"], name="Ilze Kalniņa")
    await expect(page.locator("#beside-next")).to_contain_text("Neviens pieteikums negaida.")
    await expect(page.get_by_label("Atbilde iedzīvotājam")).to_have_value("Rakstu")
    await expect(page.locator("#jump")).to_be_hidden()


async def test_another_view_leaves_what_is_typed_and_chosen(office: Office, pages: Pages) -> None:
    number = await office.ticket("Pirmais", who="a")
    late = await office.ticket("Otrais", who="b")
    await moved(office, late, answer_by=office.clock.now() - timedelta(hours=1))
    page = await sit_down(pages, office, "Anna", place_of(number), viewport=WIDE)
    await page.get_by_role("button", name="Paņemt").click()
    await page.get_by_label("Atbilde iedzīvotājam").fill("Rakstu")
    await page.set_input_files(
        "#files", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}
    )
    await page.locator("#tab-kavejas").click()
    await expect(page.locator("#beside-title")).to_have_text("Kavējas")
    assert await listed(page) == [str(late)]
    await expect(page.locator("#files-chosen")).to_contain_text("a.pdf")
    await office.resident_writes("Vēl kas", who="a")
    await expect(page.locator("#lines")).to_contain_text("Vēl kas")
    await expect(page.locator("#beside-title")).to_have_text("Kavējas")
    await page.reload()
    await expect(page.locator("#beside-title")).to_have_text("Kavējas")


async def test_a_view_that_was_on_its_way_does_not_replace_the_chosen_one(
    office: Office, pages: Pages
) -> None:
    number = await office.ticket("Pirmais", who="a")
    page = await sit_down(pages, office, "Anna", place_of(number), viewport=WIDE)
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.route("**/desk/blakus?skats=jauni*", hold)
    async with page.expect_request("**/desk/blakus?skats=jauni*"):
        await page.evaluate("void refreshBeside()")
    await page.locator("#tab-atvertie").click()
    await expect(page.locator("#beside-title")).to_have_text("Visi atvērtie")
    async with page.expect_response("**/desk/blakus?skats=jauni*"):
        held.set()
    other = await office.ticket("Otrais", who="b")
    await expect(page.locator(f"#next-{other}")).to_be_visible()
    await expect(page.locator("#beside-title")).to_have_text("Visi atvērtie")


async def test_on_narrow_screens_the_views_stay_on_the_list(office: Office, pages: Pages) -> None:
    number = await office.ticket("Pirmais", who="a")
    for viewport in (NARROW, PHONE):
        page = await sit_down(pages, office, "Anna", place_of(number), viewport=viewport)
        await expect(page.locator("#beside")).to_be_hidden()
        await expect(page.locator("#scroll")).to_be_in_viewport()
    page = await sit_down(pages, office, "Anna", place_of(number), viewport=NARROW)
    await page.set_viewport_size({"width": WIDE["width"], "height": WIDE["height"]})
    await expect(page.locator("#beside")).to_be_visible()
    other = await office.ticket("Otrais", who="b")
    await expect(page.locator(f"#next-{other}")).to_be_visible()


@pytest.mark.parametrize("viewport", [WIDE, WIDER], ids=["1440", "1920"])
async def test_three_columns_pass_axe_and_fit(
    office: Office, pages: Pages, viewport: dict[str, int]
) -> None:
    for who in "abcdefghijklmnopqrstuv":
        number = await office.ticket("Kad izvedīs atkritumus no Vilces un Elejas?" * 2, who=who)
    await moved(office, number, answer_by=office.clock.now() - timedelta(hours=1))
    page = await sit_down(pages, office, "Anna", place_of(number), viewport=viewport)
    await expect(page.get_by_role("link", name="Viss saraksts")).to_be_attached()
    assert await accessibility_problems(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert await page.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0
    await page.goto(f"{office.url}/desk/blakus?skats=jauni")
    assert await accessibility_problems(page) == []
