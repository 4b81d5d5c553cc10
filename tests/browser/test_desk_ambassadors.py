"""Ambassadors at the desk in Chromium: invited, shut out, and a page for everybody."""

import pytest
from playwright.async_api import expect

from bot.storage import agents as stored
from bot.storage.database import Database
from tests.browser.pages import DESK, IN_BROWSER, PHONE, Pages, accessibility_problems
from tests.browser.test_desk import sit_down
from tests.desk.office import open_office

pytestmark = IN_BROWSER

_WIDE = "document.documentElement.scrollWidth > innerWidth"


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
async def test_an_ambassador_is_invited_and_shut_out_again(
    database: Database, pages: Pages, viewport: dict[str, int]
) -> None:
    async with open_office(database) as office:
        await office.hire("Dace Kalniņa")
        async with database.reading() as connection:
            await stored.set_role(connection, office.agents["Dace Kalniņa"], role="admin")
        page = await sit_down(pages, office, "Dace", "/desk/vestnesi", viewport=viewport)
        assert await accessibility_problems(page) == []
        await page.get_by_label("Vārds un uzvārds").fill("Anna Liepa")
        await page.get_by_role("button", name="Izveidot kodu").press("Enter")
        code = await page.locator("#code-once").inner_text()
        await expect(page.locator("#code-text")).to_contain_text(code)
        await page.get_by_label("Grupas nosaukums").fill("Elejas kaimiņi")
        await page.get_by_role("button", name="Izveidot grupas kodu").click()
        await expect(page.locator("#code-text")).to_contain_text("/saistit GRUPA-")
        assert await accessibility_problems(page) == []
        assert not await page.evaluate(_WIDE)
        await page.locator("#ambassador-1").get_by_role("button", name="Izslēgt").click()
        await expect(page.get_by_role("status").first).to_contain_text("Vēstnesis izslēgts")
        await expect(page.locator("#ambassador-1")).to_contain_text("izslēgts")
        await page.locator("#group-1").get_by_role("button", name="Atvienot").click()
        await expect(page.locator("#group-1")).to_contain_text("atvienota")
