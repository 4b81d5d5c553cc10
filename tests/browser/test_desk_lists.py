"""Lists and search in Chromium: on a phone and at a desk, live, for everybody."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from bot.desk import agents
from bot.storage.database import Database
from domain.tickets import HandoffReason
from tests.browser.pages import DESK, IN_BROWSER, PHONE, Pages, accessibility_problems, on_the_loop
from tests.browser.test_desk import sit_down
from tests.desk.office import PASSWORD, Office, email_of, open_office
from tests.desk.test_lists import moved

pytestmark = IN_BROWSER


@on_the_loop
async def office(database: Database) -> AsyncIterator[Office]:
    """The desk with somebody who leads."""
    async with open_office(database) as opened:
        await agents.add(
            database, email=email_of("Dace"), name="Dace", password=PASSWORD, role="supervisor"
        )
        yield opened


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
async def test_views_filters_search_and_paper_are_for_everybody(
    office: Office, pages: Pages, viewport: dict[str, int]
) -> None:
    number = await office.ticket("Kad atvērs bibliotēku?", reason=HandoffReason.CRISIS)
    await moved(office, number, queue="bills", priority="high", tags=["gramatas"])
    await office.ticket("Cits jautājums", who="b", name="Juris Kalns")
    problems: dict[str, list[str]] = {}
    page = await sit_down(pages, office, "Dace", viewport=viewport)
    problems["list"] = await accessibility_problems(page)

    await page.get_by_role("link", name="Visi atvērtie").click()
    await expect(page.locator("#tab-atvertie")).to_be_in_viewport()
    await page.get_by_text("Filtri").click()
    await page.get_by_label("Rinda").select_option("bills")
    await page.get_by_role("button", name="Rādīt").click()
    await expect(page.locator(".row")).to_have_count(1)
    await expect(page.locator("#tab-atvertie .count")).to_have_text("1")
    problems["filtered"] = await accessibility_problems(page)

    await page.get_by_role("searchbox").fill("bibliotek")
    await page.get_by_role("searchbox").press("Enter")
    await expect(page.locator("mark").first).to_have_text("bibliotēku")
    assert "bibliotek" not in page.url
    problems["found"] = await accessibility_problems(page)

    await page.get_by_role("link", name="Kad atvērs").click()
    await page.get_by_role("link", name="Drukāt").click()
    await expect(page.get_by_role("heading", name=f"Pieteikums Nr. {number}")).to_be_visible()
    problems["paper"] = await accessibility_problems(page)
    await page.get_by_role("link", name="← Pieteikums").click()
    await page.get_by_role("link", name="← Pieteikumi").click()
    await expect(page.locator("#tab-atvertie .count")).to_have_text("1")
    assert "rinda=bills" in page.url
    assert problems == {name: [] for name in problems}


async def test_filtered_list_and_its_counts_follow(office: Office, pages: Pages) -> None:
    page = await sit_down(pages, office, "Dace")
    await page.goto(f"{office.url}/desk/?skats=atvertie&rinda=bills")
    await expect(page.get_by_text("Ar šiem filtriem šeit nekā nav.")).to_be_visible()
    number = await office.ticket("Rēķins", who="a")
    await office.ticket("Cits", who="b")
    await moved(office, number, queue="bills")
    await expect(page.get_by_role("link", name="Rēķins")).to_be_visible()
    await expect(page.locator("#tab-jauni .count")).to_have_text("1")
    await expect(page.get_by_role("link", name="Cits")).to_be_hidden()
