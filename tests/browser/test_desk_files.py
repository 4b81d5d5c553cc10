"""Pictures, voice messages and downloads in the desk, in Chromium, under the desk's own Content-Security-Policy."""

import base64
from collections.abc import AsyncIterator, Mapping

from playwright.async_api import expect

from bot.storage.database import Database
from domain.errors import FileGone
from domain.messages import Attachment, Channel, FetchedFile, MessageKind
from tests.browser.pages import DESK, IN_BROWSER, Pages, accessibility_problems, on_the_loop
from tests.browser.test_desk import place_of, sit_down
from tests.desk.office import Office, open_office

pytestmark = IN_BROWSER

DOT = base64.b64decode("R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==")
PDF = b"%PDF-1.7"


class FakeFiles:
    """Keeps files by their reference."""

    def __init__(self, kept: Mapping[str, bytes]) -> None:
        self._kept = kept

    async def fetch(self, attachment: Attachment) -> FetchedFile:
        if attachment.reference not in self._kept:
            raise FileGone("told to be gone")
        return FetchedFile(self._kept[attachment.reference], attachment.media_type)


@on_the_loop
async def office(database: Database) -> AsyncIterator[Office]:
    """The desk, and a vendor that keeps three files."""
    files = {Channel.TELEGRAM: FakeFiles({"dot": DOT, "voice": b"OggS", "bill": PDF})}
    async with open_office(database, files=files) as opened:
        await opened.hire("Anna Bērziņa")
        yield opened


async def test_staff_see_hear_and_download_what_was_sent(office: Office, pages: Pages) -> None:
    number = await office.ticket()
    for sent in (
        Attachment(MessageKind.PHOTO, "dot", media_type="image/gif"),
        Attachment(MessageKind.VOICE, "voice", media_type="audio/ogg"),
        Attachment(MessageKind.DOCUMENT, "bill", name="rēķins.pdf"),
        Attachment(MessageKind.DOCUMENT, "lost", name="vecs.pdf"),
        Attachment(MessageKind.LOCATION, latitude=56.65, longitude=23.71),
    ):
        await office.resident_writes(kind=sent.kind, attachments=(sent,))
    page = await sit_down(pages, office, "Anna", place_of(number), viewport=DESK)

    picture = page.locator("img.picture")
    await picture.scroll_into_view_if_needed()
    await expect(picture).to_have_js_property("naturalWidth", 1)
    await expect(page.get_by_label("Balss ziņa")).to_be_visible()
    assert await accessibility_problems(page) == []

    # Its tab opens and closes again by itself; it must not be taken for the next one.
    async with page.expect_popup(), page.expect_download() as download:
        await page.get_by_role("link", name="rēķins.pdf").click()
    assert (await download.value).suggested_filename == "rēķins.pdf"
    assert pages.complaints == []

    async with page.expect_popup() as opened:
        await page.get_by_role("link", name="Fotoattēls").click()
    await expect((await opened.value).locator("img")).to_have_js_property("naturalWidth", 1)

    async with page.expect_popup() as refused:
        await page.get_by_role("link", name="vecs.pdf").click()
    await expect((await refused.value).get_by_role("heading")).to_have_text("Faila vairs nav")
    # Chromium notes the 410, and that the file's policy leaves a picture alone without the browser's own styles.
    pages.complaints.clear()
