"""Staff see what residents sent: over the vendors' simulators, with residents who play tricks."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bot.channels import telegram, whatsapp
from bot.media import UNKNOWN, name_file, recognise
from bot.storage.database import Database
from domain.messages import LARGEST_FILE, Attachment, Channel, FetchedFile, MessageKind
from simulators.telegram import TelegramSimulator
from simulators.twilio import ACCOUNT_SID, AUTH_TOKEN, TwilioSimulator
from simulators.twilio_messages import new_sid
from tests.desk.office import Office, Person, Seen, open_office

JPEG = b"\xff\xd8\xff\xe0 skaititajs"
PDF = b"%PDF-1.7 rekins"
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@dataclass
class Post:
    """What residents send, and the desk that looks at it."""

    office: Office
    telegram: TelegramSimulator
    twilio: TwilioSimulator
    anna: Person
    tickets: list[int] = field(default_factory=list)

    async def sends(self, attachment: Attachment, *, channel: Channel = Channel.TELEGRAM) -> Seen:
        """A resident with a ticket sends something; the page of that ticket."""
        number = self.tickets[0] if self.tickets else await self.office.ticket(channel=channel)
        self.tickets = [number]
        await self.office.resident_writes(
            channel=channel, kind=attachment.kind, attachments=(attachment,)
        )
        return await self.anna.see(f"/desk/tickets/{number}")

    def on_telegram(self, content: bytes, *, size: int = 0) -> str:
        return self.telegram.files.store(content, folder="x", suffix="", size=size).file_id

    def on_whatsapp(self, content: bytes, media_type: str) -> str:
        return self.twilio.keep_media(new_sid("MM"), content, media_type)

    async def opens(self, page: Seen) -> tuple[int, bytes, dict[str, str]]:
        """Follow the link to the file on a page: status, content and headers."""
        async with self.anna.http.get(self.office.url + address_on(page)) as response:
            return response.status, await response.read(), dict(response.headers)


def address_on(page: Seen) -> str:
    found: list[str] = re.findall(r'<a href="(/desk/files/[^"]+)"', page.text)
    return found[-1]


@pytest.fixture
async def post(database: Database) -> AsyncIterator[Post]:
    async with (
        TelegramSimulator() as on_telegram,
        TwilioSimulator() as on_whatsapp,
        telegram.connect(on_telegram.token, api_url=on_telegram.url) as bot,
        whatsapp.connect_files(ACCOUNT_SID, AUTH_TOKEN, api_url=on_whatsapp.url) as media,
        open_office(
            database,
            files={Channel.TELEGRAM: telegram.TelegramFiles(bot), Channel.WHATSAPP: media},
        ) as office,
        await office.at_work("Anna") as anna,
    ):
        yield Post(office, on_telegram, on_whatsapp, anna)


# ---------------------------------------------------------------------------------------------- what is seen


async def test_photo_is_seen_in_the_conversation(post: Post) -> None:
    page = await post.sends(
        Attachment(MessageKind.PHOTO, post.on_telegram(JPEG), media_type="image/jpeg")
    )
    assert f'<img class="picture" src="{address_on(page)}" alt=""' in page.text
    status, content, headers = await post.opens(page)
    assert (status, content, headers["Content-Type"]) == (200, JPEG, "image/jpeg")
    assert headers["Content-Disposition"].startswith('inline; filename="attels-')
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, no-store"


async def test_document_on_whatsapp_is_downloaded_under_its_name(post: Post) -> None:
    reference = post.on_whatsapp(PDF, "application/pdf")
    page = await post.sends(
        Attachment(MessageKind.DOCUMENT, reference, name="rēķins.pdf"), channel=Channel.WHATSAPP
    )
    assert "<img class" not in page.text
    assert "Dokuments · rēķins.pdf" in page.words()
    _, content, headers = await post.opens(page)
    assert (content, headers["Content-Type"]) == (PDF, "application/pdf")
    assert headers["Content-Disposition"] == (
        "attachment; filename=\"rekins.pdf\"; filename*=UTF-8''r%C4%93%C4%B7ins.pdf"
    )


async def test_voice_message_is_heard_in_the_conversation(post: Post) -> None:
    page = await post.sends(
        Attachment(MessageKind.VOICE, post.on_telegram(b"OggS..."), media_type="audio/ogg")
    )
    assert re.search(rf'<audio [^>]*controls[^>]* src="{address_on(page)}"', page.text)
    assert "media-src 'self'" in page.headers["Content-Security-Policy"]
    _, content, headers = await post.opens(page)
    assert (content, headers["Content-Type"]) == (b"OggS...", "audio/ogg")


async def test_place_and_contact_card_are_words(post: Post) -> None:
    await post.sends(Attachment(MessageKind.LOCATION, latitude=56.65, longitude=23.71))
    page = await post.sends(Attachment(MessageKind.CONTACT, "+37126000001", name="Jānis Ozols"))
    assert "Atrašanās vieta · 56.65000, 23.71000" in page.words()
    assert "iekopējiet koordinātas kartes meklētājā" in page.words()
    assert "Kontakts · Jānis Ozols · +37126000001" in page.words()
    assert "/desk/files/" not in page.text


async def test_contact_card_on_whatsapp_is_a_file(post: Post) -> None:
    reference = post.on_whatsapp(b"BEGIN:VCARD", "text/vcard")
    card = Attachment(MessageKind.CONTACT, reference, media_type="text/vcard")
    page = await post.sends(card, channel=Channel.WHATSAPP)
    assert reference not in page.text
    _, _, headers = await post.opens(page)
    assert headers["Content-Type"] == UNKNOWN
    assert re.search(r'filename="kontakts-\d+\.vcf"', headers["Content-Disposition"])


# ---------------------------------------------------------------------------------------------- what cannot be had


async def test_file_that_the_vendor_no_longer_has_is_explained(post: Post) -> None:
    for reference in ("forgotten", post.on_telegram(JPEG, size=LARGEST_FILE + 1)):
        page = await post.sends(Attachment(MessageKind.DOCUMENT, reference, name="x.pdf"))
        seen = await post.anna.see(address_on(page))
        assert seen.status == 410
        assert "Telegram šo failu vairs neglabā, vai arī tas ir lielāks par 20 MB" in seen.words()


async def test_vendor_that_is_away_is_explained(post: Post) -> None:
    page = await post.sends(Attachment(MessageKind.DOCUMENT, post.on_telegram(PDF), name="x.pdf"))
    await post.telegram.stop()
    seen = await post.anna.see(address_on(page))
    assert seen.status == 503
    assert "Fails nav zudis: pēc brīža mēģiniet vēlreiz." in seen.words()


async def test_channel_that_is_off_is_explained(post: Post, database: Database) -> None:
    page = await post.sends(Attachment(MessageKind.DOCUMENT, post.on_telegram(PDF), name="x.pdf"))
    async with open_office(database) as without, without.person() as anna:
        await anna.log_in("anna@example.org")
        assert (await anna.see(address_on(page))).status == 503


# ---------------------------------------------------------------------------------------------- tricks


async def test_strangers_get_no_file(post: Post) -> None:
    page = await post.sends(Attachment(MessageKind.DOCUMENT, post.on_telegram(PDF), name="x.pdf"))
    address = address_on(page)
    async with post.office.person() as stranger:
        led = await stranger.see(address, follow=False)
        alone = await stranger.see(address, headers={"Sec-Fetch-Dest": "image"})
    assert (led.status, alone.status) == (303, 401)
    assert led.headers["Location"].startswith("/desk/login?next=")
    assert "%PDF" not in led.text + alone.text
    assert post.telegram.calls_of("getFile") == []


async def test_conversation_that_never_became_a_ticket_is_not_for_staff(post: Post) -> None:
    photo = Attachment(MessageKind.PHOTO, post.on_telegram(JPEG))
    page = await post.sends(photo)
    await post.office.resident_writes(who="janis", kind=MessageKind.PHOTO, attachments=(photo,))
    mine, number, _ = re.split(r"(?<=/)(\d+)(?=/)", address_on(page))
    for address in (f"{mine}{int(number) + 1}/0", f"{mine}{number}/1", f"{mine}999999/0"):
        assert (await post.anna.see(address)).status == 404
    assert post.telegram.calls_of("getFile") == []


@pytest.mark.parametrize("content", [HTML, SVG, b"", b"MZ\x90", b"\x00" * 64])
async def test_whatever_pretends_to_be_a_picture_is_only_downloaded(
    post: Post, content: bytes
) -> None:
    reference = post.on_whatsapp(content, "image/jpeg")
    picture = Attachment(MessageKind.PHOTO, reference, name="a.jpg", media_type="image/jpeg")
    page = await post.sends(picture, channel=Channel.WHATSAPP)
    status, _, headers = await post.opens(page)
    assert (status, headers["Content-Type"]) == (200, UNKNOWN)
    assert headers["Content-Disposition"].startswith('attachment; filename="a.jpg.bin"')
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_svg_is_never_a_picture_on_the_page(post: Post) -> None:
    reference = post.on_whatsapp(SVG, "image/svg+xml")
    page = await post.sends(
        Attachment(MessageKind.PHOTO, reference, media_type="image/svg+xml"),
        channel=Channel.WHATSAPP,
    )
    assert "<img class" not in page.text
    _, _, headers = await post.opens(page)
    assert headers["Content-Type"] == UNKNOWN


async def test_address_of_another_host_is_never_asked(post: Post) -> None:
    elsewhere = post.on_whatsapp(JPEG, "image/jpeg").replace(post.twilio.url, post.telegram.url)
    photo = Attachment(MessageKind.PHOTO, elsewhere, media_type="image/jpeg")
    page = await post.sends(photo, channel=Channel.WHATSAPP)
    assert elsewhere not in page.text
    assert (await post.anna.see(address_on(page))).status == 410


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Windows\\win.ini", "win.ini.pdf"),
        ("rekins.pdf", "rekins.pdf"),
        ("REKINS.PDF", "REKINS.PDF"),
        ("rekins.pdf.exe", "rekins.pdf.exe.pdf"),
        ("...", "dokuments-7.pdf"),
        ("", "dokuments-7.pdf"),
        ("a\u202efdp.exe", "afdp.exe.pdf"),
        ('x"; filename="y.exe\r\nSet-Cookie: a=b', "x_; filename=_y.exeSet-Cookie_ a=b.pdf"),
        ("ā" * 300 + ".pdf", "ā" * 80 + ".pdf"),
    ],
)
def test_names_lead_nowhere_and_do_not_lie(given: str, named: str) -> None:
    attachment = Attachment(MessageKind.DOCUMENT, "f", name=given)
    assert name_file(attachment, FetchedFile(PDF, ""), number=7) == named


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("iesniegums.docx", "iesniegums.docx"),
        ("līgums.edoc", "līgums.edoc"),
        ("lapa.html", "lapa.html.bin"),
        ("zīme.svg", "zīme.svg.bin"),
        ("skripts.js", "skripts.js.bin"),
        ("bilde.png", "bilde.png.bin"),
    ],
)
def test_what_is_not_recognised_keeps_only_harmless_endings(given: str, named: str) -> None:
    attachment = Attachment(MessageKind.DOCUMENT, "f", name=given)
    assert name_file(attachment, FetchedFile(HTML, "text/html"), number=7) == named


async def test_name_of_a_file_breaks_no_header(post: Post) -> None:
    name = 'x"\r\nSet-Cookie: a=b; ../../y.pdf'
    page = await post.sends(Attachment(MessageKind.DOCUMENT, post.on_telegram(PDF), name=name))
    _, _, headers = await post.opens(page)
    assert (
        headers["Content-Disposition"] == "attachment; filename=\"y.pdf\"; filename*=UTF-8''y.pdf"
    )
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x01\x0a\x03WEBPVP8 ", "image/webp"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90", "audio/mpeg"),
        (b"\x00\x00\x00\x20ftypisom", "video/mp4"),
        (b"\x00\x00\x00\x20ftypheic", UNKNOWN),
        (b" \xff\xd8\xff", UNKNOWN),
        (b"RIFF", UNKNOWN),
    ],
)
def test_files_are_known_by_their_first_bytes(content: bytes, media_type: str) -> None:
    assert recognise(content) == media_type
