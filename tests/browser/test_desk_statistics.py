"""The overview in Chromium: screen readers, phones, paper, and the desk's own Content-Security-Policy."""

import os
import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

from playwright.async_api import Page, expect

from bot.desk import agents
from bot.storage.database import Database
from domain.messages import Channel
from tests.browser.pages import DESK, IN_BROWSER, PHONE, Pages, accessibility_problems, on_the_loop
from tests.browser.test_desk import sit_down
from tests.desk.ledger import Ledger, riga
from tests.desk.office import NOON, PASSWORD, Office, content, open_office

pytestmark = IN_BROWSER

OVERVIEW = "/desk/parskats"
PICTURES = os.environ.get("ZINTIS_PICTURES")
"""A folder for screenshots, when somebody wants to look at them."""

_TOPICS = (
    *("bills-pay-where", "bills-ebill", "bills-due-date", "meters-how", "waste-calendar"),
    *("benefits-list", "contacts-phone", "bills-portal", "waste-sorting", "eaddress-create"),
)


async def write_two_months(ledger: Ledger) -> None:
    """A municipality's October and November, the same in every run."""
    chance = random.Random(4)
    start = riga("2026-10-01", "00:00")
    for day in range(54):
        for _ in range(chance.randint(2, 5)):
            at = start + timedelta(days=day, hours=chance.choice([8, 9, 9, 10, 12, 16, 18, 20]))
            said = chance.choices(
                [(), ("clarify.choices",), ("handoff.opened_asked",), ("not_understood.first",)],
                [14, 2, 3, 1],
            )[0]
            topic = chance.choice(_TOPICS[: chance.randint(1, len(_TOPICS))])
            await ledger.asked(
                at,
                *(said or (f"topic.{topic}",)),
                who=f"resident-{chance.randint(1, 40)}",
                channel=chance.choice(list(Channel)),
                intent=f"topic.{topic}",
                confidence=0.4 if said else 0.9,
            )
        if chance.random() < 0.6:
            await _write_ticket(ledger, chance, start + timedelta(days=day, hours=10))


async def _write_ticket(ledger: Ledger, chance: random.Random, opened: datetime) -> None:
    calendar = content().calendar
    answered = opened + timedelta(hours=chance.choice([1, 3, 5, 26, 50]))
    solved = answered + timedelta(hours=chance.choice([2, 20, 30, 150]))
    number = await ledger.ticket(
        opened,
        answered=answered if answered < NOON else None,
        solved=solved if solved < NOON else None,
        answer_by=calendar.deadline(opened, working_days=1),
        solve_by=calendar.deadline(opened, working_days=5),
        queue=chance.choice(["general", "bills", "social"]),
        topic=chance.choice(_TOPICS),
        channel=chance.choice(list(Channel)),
    )
    if solved < NOON and chance.random() < 0.8:
        await ledger.verdict(number, solved, helped=chance.random() < 0.8)


@on_the_loop
async def office(database: Database) -> AsyncIterator[Office]:
    """The desk, a leader and two months of work."""
    await write_two_months(Ledger(database))
    async with open_office(database) as opened:
        await agents.add(
            database,
            email="dace@example.org",
            name="Dace Liepa",
            password=PASSWORD,
            role="supervisor",
        )
        yield opened


async def _keep(page: Page, name: str, *, whole: bool = True) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=whole)


async def test_a_leader_reads_it_with_any_device_and_a_screen_reader(
    office: Office, pages: Pages
) -> None:
    for name, viewport in (("phone", PHONE), ("desk", DESK)):
        page = await sit_down(pages, office, "Dace", OVERVIEW, viewport=viewport)
        await expect(page.get_by_role("img", name="Sarunas: kopā")).to_be_visible()
        await expect(page.get_by_role("heading", name="Nesaprastie jautājumi")).to_be_visible()
        nearest = page.get_by_role("table", name="Kam tie bija tuvākie")
        await expect(nearest.get_by_role("row")).not_to_have_count(1)
        await _keep(page, f"statistics-{name}-top", whole=False)
        await _keep(page, f"statistics-{name}")
        for more in await page.locator(
            "details.stat-more summary, details.stat-rules summary"
        ).all():
            await more.click()
        assert await accessibility_problems(page) == []
        wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(wide) == 0


async def test_it_is_readable_in_the_dark(office: Office, pages: Pages) -> None:
    page = await sit_down(pages, office, "Dace", OVERVIEW, viewport=DESK, color_scheme="dark")
    assert await accessibility_problems(page) == []
    await _keep(page, "statistics-dark")


async def test_it_can_be_printed(office: Office, pages: Pages) -> None:
    page = await sit_down(pages, office, "Dace", OVERVIEW, viewport=DESK)
    await page.emulate_media(media="print")
    await expect(page.get_by_role("img", name="Sarunas: kopā")).to_be_visible()
    await expect(page.get_by_role("rowheader", name="Termiņā, %", exact=True)).to_be_visible()
    for hidden in (".top", ".stat-presets", ".stat-dates", ".stat-file"):
        await expect(page.locator(hidden).first).to_be_hidden()
    await page.set_viewport_size({"width": 794, "height": 1123})
    await _keep(page, "statistics-print")
    if PICTURES:
        await page.pdf(path=Path(PICTURES) / "statistics.pdf", format="A4")


async def test_a_period_is_chosen_and_a_table_downloaded(office: Office, pages: Pages) -> None:
    page = await sit_down(pages, office, "Dace", OVERVIEW, viewport=DESK)
    await page.get_by_role("link", name="Iepriekšējais mēnesis").click()
    await expect(page.get_by_role("heading", name="1.10.2026.–31.10.2026.")).to_be_visible()
    await expect(page.get_by_role("link", name="Iepriekšējais mēnesis")).to_have_attribute(
        "aria-current", "page"
    )

    await page.get_by_label("No", exact=True).fill("2026-11-02")
    await page.get_by_label("līdz", exact=True).fill("2026-11-08")
    await page.get_by_role("button", name="Rādīt").click()
    await expect(page.get_by_role("heading", name="2.11.2026.–8.11.2026.")).to_be_visible()

    async with page.expect_download() as download:
        await page.get_by_role("link", name="tabulu „Kas atbildēja”").click()
    assert (await download.value).suggested_filename == (
        "parskats-iznakums-2026-11-02-2026-11-08.csv"
    )
