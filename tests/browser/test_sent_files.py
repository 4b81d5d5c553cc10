"""An agent sends a picture and a document; the resident sees the one and saves the other."""

from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import expect

from bot.storage.database import Database
from tests.browser.chat_page import ChatPage
from tests.browser.pages import DESK, IN_BROWSER, PHONE, Pages, accessibility_problems, on_the_loop
from tests.browser.test_desk import place_of, sit_down
from tests.desk.office import Office, open_office
from tests.made_files import PDF, png
from tests.web.service import ChatService

pytestmark = IN_BROWSER


def content_of(path: Path) -> bytes:
    return path.read_bytes()


@on_the_loop
async def office(database: Database) -> AsyncIterator[Office]:
    """The desk beside the chat, over the same database."""
    async with open_office(database) as opened:
        await opened.hire("Anna Bērziņa")
        yield opened


async def test_a_picture_from_the_desk_is_seen_in_the_web_chat(
    chat: ChatService, office: Office, pages: Pages, tmp_path: Path
) -> None:
    picture, bill, large = (
        tmp_path / "karte.png",
        tmp_path / "rēķins.pdf",
        tmp_path / "liels.pdf",
    )
    picture.write_bytes(png(64, 48))
    bill.write_bytes(PDF)
    large.write_bytes(PDF + bytes(10 * 1024 * 1024))
    phone = await pages.open(chat.url, viewport=PHONE)
    vilma = ChatPage(phone)
    await vilma.says("cilvēks")
    await expect(vilma.who).to_have_text("Jautājums nodots darbiniekam")

    page = await sit_down(pages, office, "Anna", place_of(await chat.ticket()), viewport=DESK)
    await page.get_by_role("button", name="Paņemt").click()
    chosen = page.get_by_label("Pievienot failu")
    await page.get_by_label("Atbilde iedzīvotājam").fill("Lūdzu, karte!")
    await chosen.set_input_files(large)
    await page.get_by_role("button", name="Nosūtīt tūlīt").click()
    problem = await chosen.evaluate("input => input.validationMessage")
    assert problem == "Fails „liels.pdf” ir lielāks par 10 MB."
    await chosen.set_input_files([picture, bill])
    await expect(page.locator("#files-chosen li")).to_have_text(["karte.png", "rēķins.pdf"])
    assert await accessibility_problems(page) == []
    await page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    await page.get_by_role("button", name="Nosūtīt tūlīt").click()
    picture_at_desk = page.locator("img.picture")
    await picture_at_desk.scroll_into_view_if_needed()
    await expect(picture_at_desk).to_have_js_property("naturalWidth", 64)
    await expect(page.get_by_label("Atbilde iedzīvotājam")).to_have_value("")

    shown = phone.get_by_role("img", name="Attēls karte.png")
    await phone.get_by_role("button", name="Saglabāt: karte.png").scroll_into_view_if_needed()
    await expect(shown).to_have_js_property("naturalWidth", 64)
    await vilma.hears("Lūdzu, karte!")
    assert await accessibility_problems(phone) == []
    async with phone.expect_download() as download:
        await phone.get_by_role("button", name="Saglabāt: rēķins.pdf").click()
    saved = await download.value
    assert saved.suggested_filename == "rēķins.pdf"
    assert content_of(await saved.path()) == PDF
