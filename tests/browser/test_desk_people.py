"""People and access in Chromium: invited, a code from the phone, at work or not, the log; for everybody's eyes."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from bot.desk import totp
from bot.storage import agents as stored
from bot.storage.database import Database
from tests.browser.pages import DESK, IN_BROWSER, PHONE, Pages, accessibility_problems, on_the_loop
from tests.browser.test_desk import sit_down
from tests.desk.office import PASSWORD, Office, open_office

pytestmark = IN_BROWSER

_WIDE = "document.documentElement.scrollWidth > innerWidth"


@on_the_loop
async def office(database: Database) -> AsyncIterator[Office]:
    """The desk with an administrator and a colleague."""
    async with open_office(database) as opened:
        await opened.hire("Dace Kalniņa")
        await opened.hire("Anna Bērziņa")
        async with database.reading() as connection:
            await stored.set_role(connection, opened.agents["Dace Kalniņa"], role="admin")
        yield opened


async def set_up(page: Page, office: Office) -> str:
    """Go through the set-up of the second factor; the secret."""
    await page.goto(f"{office.url}/desk/konts")
    await page.get_by_label("Parole", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Iestatīt drošības kodu").click()
    secret = (await page.locator("#secret").inner_text()).replace(" ", "")
    await page.get_by_label("Kods no lietotnes").fill(code_now(office, secret))
    await page.get_by_role("button", name="Ieslēgt").click()
    await expect(page.locator(".codes li")).to_have_count(10)
    return secret


def code_now(office: Office, secret: str) -> str:
    return totp.code_at(secret, totp.step_of(office.clock.now()))


async def test_invited_colleague_joins_and_logs_in_with_a_code(
    office: Office, pages: Pages
) -> None:
    dace = await sit_down(pages, office, "Dace", "/desk/darbinieki")
    await dace.get_by_label("Vārds, kā to redz iedzīvotāji").fill("Ilze Liepa")
    await dace.locator("#email").fill("ilze@example.org")
    await dace.get_by_role("button", name="Uzaicināt").click()
    link = await dace.locator("#link-once").inner_text()

    ilze = await pages.open(link)
    await ilze.get_by_label("Parole", exact=True).fill(PASSWORD)
    await ilze.get_by_label("Parole vēlreiz").fill(PASSWORD)
    await ilze.get_by_role("button", name="Saglabāt un pieslēgties").click()
    await ilze.wait_for_url("**/desk/")
    secret = await set_up(ilze, office)
    await ilze.get_by_role("button", name="Iziet").click()
    office.clock.pass_time(minutes=1)
    await ilze.get_by_label("E-pasts").fill("ilze@example.org")
    await ilze.get_by_label("Parole").fill(PASSWORD)
    await ilze.get_by_role("button", name="Pieslēgties").click()
    await ilze.get_by_label("Kods no telefona lietotnes").fill(code_now(office, secret))
    await ilze.get_by_role("button", name="Turpināt").click()
    await ilze.wait_for_url("**/desk/")


async def test_presence_is_switched_in_the_header(office: Office, pages: Pages) -> None:
    anna = await sit_down(pages, office, "Anna")
    await anna.locator(".presence summary").click()
    await anna.get_by_role("button", name="Uz brīdi prom").click()
    await expect(anna.locator(".presence summary")).to_contain_text("Uz brīdi prom")
    await anna.locator(".presence summary").press("Enter")
    await anna.get_by_label("Prombūtnē līdz (ieskaitot)").fill("2026-12-03")
    await anna.get_by_role("button", name="Prombūtnē", exact=True).click()
    await expect(anna.locator(".presence summary")).to_contain_text("Prombūtnē līdz 03.12.2026.")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_is_for_everybody(
    office: Office, pages: Pages, viewport: dict[str, int], scheme: str
) -> None:
    number = await office.ticket()
    page = await sit_down(
        pages, office, "Dace", "/desk/darbinieki", viewport=viewport, color_scheme=scheme
    )
    problems: dict[str, list[str]] = {}
    too_wide: list[str] = []

    async def look(name: str) -> None:
        problems[name] = await accessibility_problems(page)
        if await page.evaluate(_WIDE):
            too_wide.append(name)

    await page.get_by_text("Mainīt", exact=False).first.click()
    await look("colleagues")
    await page.locator(".presence summary").click()
    await look("presence open")
    await page.locator(".presence summary").click()
    await page.get_by_label("Vārds, kā to redz iedzīvotāji").fill("Ilze Liepa")
    await page.locator("#email").fill("ilze@example.org")
    await page.get_by_role("button", name="Uzaicināt").click()
    await look("link shown")
    link = await page.locator("#link-once").inner_text()
    await page.goto(f"{office.url}/desk/tickets/{number}")
    await page.get_by_role("button", name="Paņemt").click()
    await expect(page.get_by_text("Asistents klusē")).to_be_visible()
    await page.goto(f"{office.url}/desk/zurnals")
    await look("log")
    await page.goto(f"{office.url}/desk/konts")
    await look("account")
    await page.get_by_label("Parole", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Iestatīt drošības kodu").click()
    await look("secret")
    await expect(page.get_by_role("img", name="QR kods")).to_be_visible()
    secret = (await page.locator("#secret").inner_text()).replace(" ", "")
    await page.get_by_label("Kods no lietotnes").fill(code_now(office, secret))
    await page.get_by_role("button", name="Ieslēgt").click()
    await look("codes")
    await page.goto(f"{office.url}/desk/konts")
    await look("account with a code")
    await page.goto(link)
    await look("invitation")
    await page.goto(f"{office.url}/desk/")
    await look("list")
    await page.get_by_role("button", name="Iziet").click()
    await page.get_by_label("E-pasts").fill("dace@example.org")
    await page.get_by_label("Parole").fill(PASSWORD)
    await page.get_by_role("button", name="Pieslēgties").click()
    await look("code asked for")
    assert problems == {name: [] for name in problems}
    assert too_wide == []


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
async def test_supervisor_says_that_a_colleague_is_absent(
    office: Office, pages: Pages, viewport: dict[str, int]
) -> None:
    async with office.database.reading() as connection:
        await stored.set_role(connection, office.agents["Dace Kalniņa"], role="supervisor")
    dace = await sit_down(pages, office, "Dace", "/desk/darbinieki", viewport=viewport)
    anna = dace.locator(f"#agent-{office.agents['Anna Bērziņa']}")
    await anna.get_by_text("Klātbūtne").click()
    assert await accessibility_problems(dace) == []
    assert not await dace.evaluate(_WIDE)
    await anna.get_by_label("Prombūtnē līdz (ieskaitot)").fill("2026-11-25")
    await anna.get_by_role("button", name="Prombūtnē").click()
    await expect(anna.get_by_text("Prombūtnē līdz 25.11.2026.")).to_be_visible()
