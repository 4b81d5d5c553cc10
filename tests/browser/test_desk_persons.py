"""One person on Telegram and WhatsApp, joined at the desk by two agents in Chromium, and taken apart again."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from bot.storage.database import Database
from domain.messages import Channel
from domain.persons import Sameness
from domain.tickets import TicketNumber
from tests.browser.pages import DESK, IN_BROWSER, PHONE, Pages, accessibility_problems, on_the_loop
from tests.browser.test_desk import place_of, sit_down
from tests.desk.office import Office, open_office

pytestmark = IN_BROWSER

PHONE_NUMBER = "+37126123456"
_WIDTH = "[document.documentElement.scrollWidth, innerWidth]"


@on_the_loop
async def office(database: Database) -> AsyncIterator[Office]:
    """The desk with two agents."""
    async with open_office(database) as opened:
        await opened.hire("Anna Bērziņa")
        await opened.hire("Pēteris Vītols")
        yield opened


async def on_two_channels(office: Office) -> tuple[TicketNumber, TicketNumber]:
    """Vilma asks on Telegram and on WhatsApp."""
    first = await office.ticket("Kad izvedīs atkritumus?")
    second = await office.ticket(
        "Kāpēc neizveda atkritumus?", who=PHONE_NUMBER, channel=Channel.WHATSAPP
    )
    return first, second


def joining(page: Page) -> Any:  # noqa: ANN401 - Playwright's locator
    return page.locator("#handling-join-box summary")


async def test_one_person_on_two_channels_becomes_one_case_and_two_again(
    office: Office, pages: Pages
) -> None:
    first, second = await on_two_channels(office)
    peteris = await sit_down(pages, office, "Pēteris", place_of(second))
    anna = await sit_down(pages, office, "Anna", place_of(first))
    await expect(anna.locator("#handling-merge-box")).to_have_count(0)

    await joining(anna).press("Enter")
    await anna.get_by_label("Iespējams, šis").select_option(str(second))
    await anna.get_by_label("Kā tas zināms").select_option(label="sakrīt tālruņa numurs")
    await anna.get_by_role("button", name="Savienot", exact=True).press("Enter")
    await expect(anna.get_by_text("Savienots: šī cilvēka pieteikumi")).to_be_visible()
    kin = peteris.get_by_role("heading", name="Tas pats cilvēks")
    await expect(kin).to_be_visible()  # on a page that was open all the time
    await expect(peteris.locator("#kin")).to_contain_text(f"Nr. {first} Vilma Ozola · Telegram")

    await anna.locator("#handling-merge-box summary").click()
    await anna.get_by_label("Kuram šī iedzīvotāja pieteikumam pievienot").select_option(str(second))
    await anna.get_by_role("button", name="Apvienot", exact=True).click()
    await expect(anna.get_by_text("Pieteikumi apvienoti. Turpiniet šajā.")).to_be_visible()
    await anna.get_by_role("button", name="Paņemt").click()
    await anna.get_by_label("Atbilde iedzīvotājam").fill("Izvedīsim rīt.")
    await anna.get_by_role("button", name="Nosūtīt tūlīt").click()
    await expect(anna.get_by_text("Atbilde nodota nosūtīšanai.")).to_be_visible()
    assert [said.text for said in await office.outgoing(second)] == ["Izvedīsim rīt."]
    assert await office.outgoing(first) == []

    await peteris.get_by_role("button", name=f"Nav tas pats cilvēks: Nr. {first}").click()
    await expect(peteris.get_by_text("Vairs nav savienots.")).to_be_visible()
    await expect(peteris.get_by_role("heading", name="Tas pats cilvēks")).to_have_count(0)
    await peteris.goto(f"{office.url}/desk/")
    await expect(peteris.locator(f"#ticket-{first}")).to_be_visible()


async def test_news_do_not_take_away_what_is_being_filled_in(office: Office, pages: Pages) -> None:
    first, second = await on_two_channels(office)
    anna = await sit_down(pages, office, "Anna", place_of(first))
    await joining(anna).click()
    number = anna.get_by_label("Cita šī cilvēka pieteikuma numurs")
    await number.fill(str(second))
    await office.resident_writes("Vēl kas")
    await expect(anna.get_by_role("log").get_by_text("Vēl kas")).to_be_visible()
    await expect(number).to_be_focused()
    await expect(number).to_have_value(str(second))


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_person_passes_axe_and_fits(
    office: Office, pages: Pages, viewport: dict[str, int], scheme: str
) -> None:
    first, second = await on_two_channels(office)
    await office.ticket("Cits jautājums", who="vilma2")
    by = office.agents["Anna Bērziņa"]
    await office.tickets.join(first, other=second, why=Sameness.SAID, by=by)
    options: dict[str, Any] = {"viewport": viewport, "color_scheme": scheme}
    page = await sit_down(pages, office, "Anna", place_of(first), **options)
    if viewport == PHONE:
        await page.locator("#person-box > summary").click()
    await joining(page).click()
    await expect(page.get_by_label("Iespējams, šis")).to_be_visible()
    assert await accessibility_problems(page) == []
    wide, width = await page.evaluate(_WIDTH)
    assert wide <= width

    await page.get_by_label("Kā tas zināms").select_option(label="sakrīt tālruņa numurs")
    await page.get_by_role("button", name="Savienot", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("Izvēlieties pieteikumu")
    await expect(page.get_by_label("Kā tas zināms")).to_have_value("phone")
    await expect(page.get_by_label("Kā tas zināms")).to_be_visible()
    assert await accessibility_problems(page) == []
    pages.complaints.clear()  # 422 stands in the console
