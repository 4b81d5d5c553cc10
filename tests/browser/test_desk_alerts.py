"""Alerts in Chromium: silent until switched on, then told once, with number and queue only."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, expect
from sqlalchemy import update

from bot.storage import agents as stored_agents
from bot.storage import staff_groups
from bot.storage.database import Database
from bot.storage.post_erasures import ErasureTrouble
from bot.storage.schema import post_erasures, tickets
from domain.tickets import TicketNumber
from tests.browser.pages import DESK, IN_BROWSER, PHONE, Pages, accessibility_problems, on_the_loop
from tests.desk.office import PASSWORD, Office, email_of, open_office

pytestmark = IN_BROWSER

_RECORD = """
    const real = window.Notification;
    window.told = [];
    window.asked = 0;
    window.played = 0;
    class Recorded extends real {
      constructor(title, options) {
        super(title, options);
        window.told.push(`${title} | ${options.body}`);
      }
      static requestPermission() {
        window.asked += 1;
        return real.requestPermission();
      }
    }
    window.Notification = Recorded;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) {
      window.played += 1;
      return start.apply(this, when);
    };
"""
_WIDE = "document.documentElement.scrollWidth > innerWidth"


@on_the_loop
async def office(database: Database) -> AsyncIterator[Office]:
    """The desk with two agents."""
    async with open_office(database, sends_mail=True) as opened:
        await opened.hire("Anna Bērziņa")
        await opened.hire("Pēteris Vītols")
        yield opened


async def sit_down(pages: Pages, office: Office, **options: Any) -> tuple[BrowserContext, Page]:  # noqa: ANN401 - whatever Playwright takes
    """Anna logs in with a browser that remembers what it is asked to tell, and opens her account."""
    person = await pages.person(**options)
    await person.add_init_script(_RECORD)
    page = await person.new_page()
    await page.goto(f"{office.url}/desk/login?next=/desk/konts")
    await page.get_by_label("E-pasts").fill(email_of("Anna"))
    await page.get_by_label("Parole").fill(PASSWORD)
    await page.get_by_role("button", name="Pieslēgties").click()
    await page.wait_for_url("**/desk/konts")
    return person, page


async def is_late(office: Office, number: TicketNumber) -> None:
    async with office.database.reading() as connection:
        await connection.execute(
            update(tickets)
            .where(tickets.c.number == number)
            .values(answer_by=office.clock.now() - timedelta(hours=1))
        )


async def test_nothing_is_asked_or_told_until_it_is_switched_on(
    office: Office, pages: Pages
) -> None:
    person, account = await sit_down(pages, office, permissions=["notifications"])
    page = await person.new_page()
    await page.goto(f"{office.url}/desk/")
    number = await office.ticket()
    await expect(page.get_by_role("link", name=str(number))).to_be_visible()
    assert await page.evaluate("[window.told, window.asked, window.played]") == [[], 0, 0]
    assert await account.evaluate("window.asked") == 0
    await expect(page.locator("#alert")).to_be_hidden()


async def test_a_new_ticket_and_an_answer_are_told_once(office: Office, pages: Pages) -> None:
    before = await office.ticket("Vecs jautājums", who="zenta")
    person, page = await sit_down(pages, office, permissions=["notifications"])
    await page.get_by_role("button", name="Rādīt paziņojumus").click()
    await expect(page.get_by_role("button", name="Rādīt paziņojumus")).to_have_attribute(
        "aria-pressed", "true"
    )
    await page.get_by_role("button", name="Atskaņot skaņu").click()
    await expect(page.get_by_role("button", name="Atskaņot skaņu")).to_have_attribute(
        "aria-pressed", "true"
    )
    number = await office.ticket("Man slikti iet, saka Vilma", name="Vilma Ozola")
    await expect(page.locator("#alert")).to_contain_text(f"Jauns pieteikums Nr. {number}")
    assert await page.evaluate("[window.told, window.asked]") == [
        [f"Jauns pieteikums Nr. {number} | Klientu apkalpošana"],
        1,
    ]
    assert await page.evaluate("window.played") == 4

    office.clock.pass_time(minutes=1)
    await office.tickets.claim(before, by=office.agents["Anna Bērziņa"], name="Anna Bērziņa")
    office.clock.pass_time(minutes=1)
    await office.resident_writes("Vai dzirdat?", who="zenta")
    answered = f"Iedzīvotājs atbildēja pieteikumā Nr. {before}"
    await expect(page.locator("#alert")).to_contain_text(answered)
    told = await page.evaluate("window.told")
    assert told[1:] == [f"{answered} | Klientu apkalpošana"]

    await page.goto(f"{office.url}/desk/")
    await is_late(office, before)
    late = f"Kavējas pieteikums Nr. {before}"
    await expect(page.locator("#alert")).to_contain_text(late)
    assert await page.evaluate("window.told") == [f"{late} | Klientu apkalpošana"]
    await person.close()


async def test_a_browser_that_forbids_says_so(office: Office, pages: Pages) -> None:
    _, page = await sit_down(pages, office)
    await page.evaluate("Notification.requestPermission = async () => 'denied'")
    await page.get_by_role("button", name="Rādīt paziņojumus").click()
    await expect(page.locator("#alert-hint")).to_contain_text("neatļauj")
    await expect(page.get_by_role("button", name="Rādīt paziņojumus")).to_have_attribute(
        "aria-pressed", "false"
    )


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
async def test_the_switches_are_for_everybody(
    office: Office, pages: Pages, viewport: dict[str, int]
) -> None:
    _, page = await sit_down(pages, office, viewport=viewport)
    await page.get_by_role("button", name="Atskaņot skaņu").press("Enter")
    number = await office.ticket()
    await expect(page.locator("#alert")).to_contain_text(f"Nr. {number}")
    assert await accessibility_problems(page) == []
    assert not await page.evaluate(_WIDE)


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
async def test_the_page_of_alerts_is_for_everybody(
    office: Office, pages: Pages, viewport: dict[str, int]
) -> None:
    now = office.clock.now()
    async with office.database.reading() as connection:
        await stored_agents.set_role(connection, office.agents["Anna Bērziņa"], role="admin")
        for chat, title in (("-1", "Darbinieki"), ("-2", "Bijušie")):
            code = staff_groups.new_code()
            await staff_groups.invite_group(
                connection,
                code,
                expires_at=now + staff_groups.CODE_LASTS,
                by=office.agents["Anna Bērziņa"],
            )
            await staff_groups.link_group(connection, code, chat=chat, title=title, at=now)
        former = await staff_groups.find_group(connection, "-2")
        assert former is not None
        for message, state in ((1, "failed"), (2, "queued")):
            await connection.execute(
                post_erasures.insert().values(
                    group_id=former.id,
                    ticket_number=1000 + message,
                    post=f"-2:{message}",
                    posted_at=now,
                    state=state,
                    attempts=1,
                    error=ErasureTrouble.OUT_OF_GROUP,
                    due_at=now,
                    created_at=now,
                )
            )
        await staff_groups.switch_off(connection, former.id, at=now)
    _, page = await sit_down(pages, office, viewport=viewport)
    await page.get_by_role("button", name="Sasaistīt Telegram").click()
    await expect(page.locator("#telegram-code")).to_contain_text("/darbinieks ")
    problems = await accessibility_problems(page)
    await page.goto(f"{office.url}/desk/pazinojumi")
    await page.get_by_role("button", name="Nerādīt iedzīvotāju tekstu").click()
    await expect(page.get_by_text("redz tikai numuru, rindu un iemeslu")).to_be_visible()
    await page.get_by_role("button", name="Pievienot grupu").click()
    await expect(page.locator("#group-code")).to_contain_text("/grupa ")
    problems += await accessibility_problems(page)
    assert not await page.evaluate(_WIDE)
    await page.get_by_role("button", name="Izdzēsts grupā").click()
    await expect(page.get_by_text("neizdevās", exact=True)).to_have_count(0)
    await expect(page.get_by_text("mēģinām vēlreiz (1)")).to_be_visible()
    assert problems == []
    assert not await page.evaluate(_WIDE)
