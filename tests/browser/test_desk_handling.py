"""The panel beside a ticket in Chromium: by keyboard, on a phone, and for screen readers."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from playwright.async_api import expect

from bot.storage import agents as people
from bot.storage.agents import Presence
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


async def test_a_supervisor_takes_over_by_keyboard_and_the_holder_sees_it_at_once(
    office: Office, pages: Pages
) -> None:
    number = await office.ticket()
    async with office.database.reading() as connection:
        await people.set_role(connection, office.agents["Pēteris Vītols"], role="supervisor")
    await office.tickets.claim(number, by=office.agents["Anna Bērziņa"], name="Anna Bērziņa")
    mine = await sit_down(pages, office, "Anna", "/desk/?skats=mani")
    anna = await sit_down(pages, office, "Anna", place_of(number))
    await anna.locator("#answer").fill("Rīt būs")
    peteris = await sit_down(pages, office, "Pēteris", place_of(number))
    await peteris.locator("#handling-take_over-box summary").press("Enter")
    reason = peteris.get_by_label("Kāpēc pārņemat")
    await reason.fill("Anna ir sapulcē")
    await reason.press("Control+Enter")

    await expect(peteris.get_by_text("Pieteikums tagad ir Jūsu.")).to_be_visible()
    await expect(peteris.locator("#answer")).to_be_visible()
    await expect(anna.get_by_text("Jau paņēma Pēteris Vītols.")).to_be_visible()
    await expect(anna.locator("#kept-text")).to_have_value("Rīt būs")
    await expect(anna.get_by_role("log").get_by_text("Anna ir sapulcē")).to_be_visible()
    await expect(mine.locator("#lost")).to_contain_text("pārņēma Pēteris Vītols")
    await expect(mine.locator(f"#ticket-{number}")).to_have_count(0)
    assert await accessibility_problems(mine) == []


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
async def test_who_finished_by_mistake_opens_the_ticket_again(
    office: Office, pages: Pages, viewport: dict[str, int]
) -> None:
    number = await office.ticket()
    anna = await sit_down(pages, office, "Anna", place_of(number), viewport=viewport)
    await anna.get_by_role("button", name="Paņemt").click()
    await anna.get_by_role("button", name="Pabeigt").click()
    await anna.locator("#handling-reopen-box summary").click()
    assert await accessibility_problems(anna) == []
    wide, width = await anna.evaluate(_WIDTH)
    assert wide <= width
    await anna.get_by_label("Kāpēc atverat no jauna").fill("Nospiedu kļūdas dēļ")
    await anna.get_by_role("button", name="Atvērt no jauna").click()
    await expect(anna.get_by_text("Pieteikums ir atvērts no jauna un ir pie Jums.")).to_be_visible()
    await expect(anna.locator("#answer")).to_be_visible()
    await expect(anna.get_by_role("log").get_by_text("tomēr vēl nav pabeigts")).to_be_visible()


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
async def test_whoever_is_absent_comes_to_work_with_the_claim(
    office: Office, pages: Pages, viewport: dict[str, int]
) -> None:
    number = await office.ticket()
    async with office.database.reading() as connection:
        await people.set_presence(
            connection, office.agents["Anna Bērziņa"], presence=Presence.ABSENT, until=None
        )
    anna = await sit_down(pages, office, "Anna", place_of(number), viewport=viewport)
    await expect(anna.get_by_text("Jums ir atzīmēta prombūtne.")).to_be_visible()
    assert await accessibility_problems(anna) == []
    await anna.get_by_role("button", name="Esmu darbā, paņemt").click()
    await expect(anna.get_by_text("Jūs atkal esat „Darbā”.")).to_be_visible()
    await expect(anna.locator("#answer")).to_be_visible()


async def test_on_a_phone_an_absence_with_its_day_leaves_the_header_whole(
    office: Office, pages: Pages
) -> None:
    async with office.database.reading() as connection:
        await people.set_presence(
            connection,
            office.agents["Anna Bērziņa"],
            presence=Presence.ABSENT,
            until=date(2026, 12, 31),
        )
    anna = await sit_down(pages, office, "Anna", viewport=PHONE)
    await expect(anna.locator(".presence summary")).to_contain_text("Prombūtnē")
    ends, begins = [await anna.locator(f".{one}").bounding_box() for one in ("brand", "who")]
    assert ends
    assert begins
    assert ends["x"] + ends["width"] <= begins["x"]
    presence = await anna.locator(".presence").bounding_box()
    assert presence
    assert presence["x"] >= begins["x"]
