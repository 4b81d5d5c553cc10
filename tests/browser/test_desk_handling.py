"""The panel beside a ticket in Chromium: by keyboard, on a phone, and for screen readers."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import expect

from bot.storage.database import Database
from tests.browser.pages import DESK, IN_BROWSER, PHONE, Pages, accessibility_problems, on_the_loop
from tests.browser.test_desk import place_of, sit_down
from tests.desk.office import Office, open_office

pytestmark = IN_BROWSER

FORMS = ("describe", "hand_over", "split", "merge", "link")
_WIDTH = "[document.documentElement.scrollWidth, innerWidth]"


@on_the_loop
async def office(database: Database) -> AsyncIterator[Office]:
    """The desk with two agents."""
    async with open_office(database) as opened:
        await opened.hire("Anna Bērziņa")
        await opened.hire("Pēteris Vītols")
        yield opened


async def test_a_ticket_is_handed_over_by_keyboard_and_appears_at_the_colleagues(
    office: Office, pages: Pages
) -> None:
    number = await office.ticket()
    peteris = await sit_down(pages, office, "Pēteris", "/desk/?skats=mani")
    anna = await sit_down(pages, office, "Anna", place_of(number))
    await anna.get_by_role("button", name="Paņemt").press("Enter")
    await expect(anna.get_by_text("Asistents klusē")).to_be_visible()

    await anna.locator("#handling-hand_over-box summary").press("Enter")
    await anna.get_by_label("Kam nodot").select_option(label="Pēteris Vītols")
    reason = anna.get_by_label("Iemesls kolēģiem")
    await reason.fill("Zini labāk")
    await reason.press("Control+Enter")

    await expect(anna.get_by_text("Pieteikums nodots kolēģim.")).to_be_visible()
    await expect(anna.get_by_text("Jau paņēma Pēteris Vītols.")).to_be_visible()
    await expect(anna.get_by_label("Kam nodot")).to_have_count(0)
    await expect(peteris.locator(f"#ticket-{number}")).to_be_visible()


async def test_while_somebody_types_in_the_panel_news_do_not_take_it_away(
    office: Office, pages: Pages
) -> None:
    number = await office.ticket()
    anna = await sit_down(pages, office, "Anna", place_of(number))
    await anna.locator("#handling-describe-box summary").click()
    subject = anna.get_by_label("Temats")
    await subject.fill("Ielas apgaism")
    await office.resident_writes("Vēl kas")
    await expect(anna.get_by_role("log").get_by_text("Vēl kas")).to_be_visible()
    await expect(subject).to_be_focused()
    await expect(subject).to_have_value("Ielas apgaism")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_unfolded_panel_passes_axe_and_fits(
    office: Office, pages: Pages, viewport: dict[str, int], scheme: str
) -> None:
    number = await office.ticket()
    by = office.agents["Anna Bērziņa"]
    await office.tickets.split(number, queue="building", subject="Ceļš uz skolu", by=by)
    options: dict[str, Any] = {"viewport": viewport, "color_scheme": scheme}
    page = await sit_down(pages, office, "Anna", place_of(number), **options)
    for form in FORMS:
        await page.locator(f"#handling-{form}-box summary").click()
    await expect(page.get_by_text("Saistīts ar")).to_be_visible()
    assert await accessibility_problems(page) == []
    wide, width = await page.evaluate(_WIDTH)
    assert wide <= width

    await page.get_by_label("Temats").fill(" ")
    await page.get_by_role("button", name="Saglabāt", exact=True).click()
    await expect(page.get_by_role("alert")).to_have_text("Uzrakstiet, par ko ir pieteikums.")
    await expect(page.get_by_label("Temats")).to_be_visible()
    assert await accessibility_problems(page) == []
    pages.complaints.clear()  # 422 stands in the console
