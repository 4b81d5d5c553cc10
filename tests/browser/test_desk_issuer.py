"""Logging in with the municipality's own account in Chromium: out to the issuer's page, back to the desk."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from bot.storage.database import Database
from tests.browser.pages import DESK, IN_BROWSER, PHONE, Pages, accessibility_problems, on_the_loop
from tests.desk.accounts import Municipality, open_municipality
from tests.desk.office import email_of

pytestmark = IN_BROWSER

_BUTTON = "Pieslēgties ar pašvaldības kontu"


@on_the_loop
async def town(database: Database) -> AsyncIterator[Municipality]:
    """The desk and the issuer, where Anna is known to both and Berta only to the issuer."""
    async with open_municipality(database) as opened:
        await opened.employs("Anna Bērziņa")
        yield opened


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
async def test_agent_signs_in_and_arrives_where_they_wanted(
    town: Municipality, pages: Pages, viewport: dict[str, int]
) -> None:
    number = await town.office.ticket()
    page = await pages.open(f"{town.office.url}/desk/tickets/{number}", viewport=viewport)
    assert await accessibility_problems(page) == []
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    await page.get_by_role("button", name=_BUTTON).press("Enter")
    await page.wait_for_url(f"{town.accounts.url}/**")
    await page.get_by_role("button", name=email_of("Anna")).click()
    await page.wait_for_url(f"{town.office.url}/desk/tickets/{number}")
    await expect(page.get_by_role("button", name="Paņemt")).to_be_visible()


async def test_who_turns_back_at_the_issuer_reads_what_to_do(
    town: Municipality, pages: Pages
) -> None:
    page = await pages.open(f"{town.office.url}/desk/login")
    await page.get_by_role("button", name=_BUTTON).click()
    await page.get_by_role("button", name="Atcelt").click()
    await expect(page.get_by_role("alert")).to_contain_text("netika pabeigta")
    assert await accessibility_problems(page) == []
    # The page of the failed sign-in is answered with 401, which the console calls an error.
    assert [line for line in pages.complaints if "401" not in line] == []
    pages.complaints.clear()


async def test_agent_leaves_the_issuer_together_with_the_desk(
    town: Municipality, pages: Pages
) -> None:
    page = await pages.open(f"{town.office.url}/desk/login")
    await page.get_by_role("button", name=_BUTTON).click()
    await page.get_by_role("button", name=email_of("Anna")).click()
    await page.wait_for_url(f"{town.office.url}/desk/")
    assert len(town.accounts.signed_in) == 1
    await page.get_by_role("button", name="Iziet").click()
    await page.wait_for_url(f"{town.office.url}/desk/login?izgajis=1")
    await expect(page.get_by_role("status")).to_contain_text("Uz redzēšanos")
    assert town.accounts.signed_in == set()
