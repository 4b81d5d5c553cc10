"""The editors' pages in Chromium: from a question to an example, on a desk and on a phone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.desk import agents
from bot.storage.database import Database
from bot.workshop.status import StatusFile, WatchState
from tests.browser.pages import DESK, IN_BROWSER, PHONE, Pages, accessibility_problems, on_the_loop
from tests.desk.office import PASSWORD
from tests.workshop.newsroom import Newsroom, open_newsroom

pytestmark = IN_BROWSER


@on_the_loop
async def newsroom(database: Database, tmp_path: Path) -> AsyncIterator[Newsroom]:
    """The editors' pages, an editor, and a question that was not understood."""
    async with open_newsroom(database, tmp_path) as opened:
        await agents.add(
            database, email="ieva@example.org", name="Ieva", password=PASSWORD, role="editor"
        )
        await opened.asked("kur udeni nomaksat ar karti", times=4)
        await opened.asked("kur ūdeni var nomaksāt ar karti")
        yield opened


async def ieva(pages: Pages, newsroom: Newsroom, viewport: dict[str, int] = DESK) -> Page:
    page = await pages.open(f"{newsroom.url}/desk/content", viewport=viewport)
    await page.fill("#email", "ieva@example.org")
    await page.fill("#password", PASSWORD)
    await page.click("button.primary")
    return page


async def test_two_clicks_turn_a_question_into_an_example(pages: Pages, newsroom: Newsroom) -> None:
    page = await ieva(pages, newsroom)
    await page.get_by_role("link", name="Nesaprastie jautājumi").click()

    await page.get_by_role("button", name="Kur samaksāt rēķinu par ūdeni").click()
    await expect(page.locator(".diff-added")).to_have_count(2)
    await page.get_by_role("button", name="Saglabāt").click()

    await expect(page.get_by_role("status").filter(has_text="Saglabāts")).to_be_visible()
    text = (newsroom.directory / "topics/bills/bills-pay-where.md").read_text(encoding="utf-8")
    assert "  - kur udeni nomaksat ar karti\n  - kur ūdeni var nomaksāt ar karti\n" in text


async def test_two_clicks_turn_questions_into_a_draft_that_can_be_finished(
    pages: Pages, newsroom: Newsroom
) -> None:
    page = await ieva(pages, newsroom)
    await page.get_by_role("link", name="Nesaprastie jautājumi").click()

    await page.get_by_role("button", name="Uzmetums").click()
    await expect(page.locator(".editor-diff")).to_contain_text("- kur ūdeni var nomaksāt ar karti")
    await page.get_by_role("button", name="Saglabāt").click()

    await expect(page.get_by_role("status").filter(has_text="Uzmetums saglabāts")).to_be_visible()
    assert len(list((newsroom.directory / "drafts").glob("*/*.md"))) == 1
    assert await accessibility_problems(page) == []
    await page.get_by_role("link", name="Pabeigt").click()
    await expect(page.locator("#title")).to_have_value("Kur udeni nomaksat ar karti")
    await expect(page.locator("#body")).to_be_empty()


async def test_a_form_counts_letters_and_questions(pages: Pages, newsroom: Newsroom) -> None:
    page = await ieva(pages, newsroom)
    await page.get_by_role("link", name="Jauns temats", exact=True).click()

    await page.fill("#body", "Atbilde.")
    await page.fill("#examples", "viens\ndivi\n\n")

    await expect(page.locator("#body-count")).to_have_text("8 no 900 zīmēm")
    await expect(page.locator("#examples-count")).to_have_text("Jautājumi: 2, vajag vēl 8")


async def test_the_page_follows_the_watcher(pages: Pages, newsroom: Newsroom) -> None:
    status = StatusFile(newsroom.state_dir)
    now = newsroom.clock.now()
    status.write(WatchState.TRAINING, "Mācu jaunu modeli.", at=now)
    page = await ieva(pages, newsroom)
    await expect(page.locator("#watch")).to_contain_text("Mācu jaunu modeli.")

    status.write(WatchState.RELEASED, "Jaunais modelis strādā.", at=now)

    await expect(page.locator("#watch")).to_contain_text("Jaunais modelis strādā.")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
async def test_every_page_is_accessible_and_fits(
    pages: Pages, newsroom: Newsroom, viewport: dict[str, int]
) -> None:
    page = await ieva(pages, newsroom, viewport)
    for path in (
        "/desk/content",
        "/desk/content/topics/bills-pay-where",
        "/desk/content/topics/bills-pay-where/edit",
        "/desk/content/questions",
        "/desk/content/new",
        "/desk/content/phone",
    ):
        await page.goto(newsroom.url + path)
        assert await accessibility_problems(page) == []
        wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0
    await page.goto(f"{newsroom.url}/desk/content/questions")
    await page.locator(".question-likely button").first.click()
    assert await accessibility_problems(page) == []
