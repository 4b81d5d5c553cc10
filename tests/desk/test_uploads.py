"""Staff send pictures and documents: what is taken, what is refused in plain words, and what nobody may get past it."""

import io
import re
from collections.abc import AsyncIterator, Sequence

import aiohttp
import pytest
from sqlalchemy import select

from bot.desk import uploads
from bot.desk.pictures import without_metadata
from bot.desk.uploads import LARGEST, LARGEST_WHATSAPP_PICTURE, MOST, NotTaken, Upload, accept
from bot.media import DOCX
from bot.storage.database import Database
from bot.storage.schema import audit_log, staff_files
from domain.messages import Channel, DeliveryState, OutboundId
from domain.tickets import TicketNumber
from tests.desk.office import Office, Person, Seen, open_office
from tests.made_files import PDF, SECRET, archive, docx, exif, jpeg, png

EXE = b"MZ\x90\x00\x03This program cannot be run in DOS mode."
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


async def sends(
    person: Person, number: int, *files: tuple[str, bytes], text: str = "", **fields: str
) -> Seen:
    """The answer form of a ticket, filled in and sent by a browser without scripts."""
    page = await person.see(f"/desk/tickets/{number}")
    form = aiohttp.FormData(quote_fields=False)
    plain = {"csrf": page.hidden_field("csrf"), "form": page.hidden_field("form"), "text": text}
    for name, value in (plain | fields).items():
        form.add_field(name, value, content_type="text/plain")
    for name, content in files:
        form.add_field("files", io.BytesIO(content), filename=name, content_type="image/jpeg")
    async with person.http.post(f"{person.url}/desk/tickets/{number}/answer", data=form) as reply:
        return Seen(reply.status, await reply.text(), dict(reply.headers), str(reply.url.path_qs))


async def kept(office: Office) -> Sequence[tuple[str, str, bytes]]:
    """Name, type and content of what is stored."""
    async with office.database.reading() as connection:
        f = staff_files.c
        found = await connection.execute(select(f.name, f.media_type, f.content).order_by(f.id))
        return [(row.name, row.media_type, bytes(row.content)) for row in found]


@pytest.fixture
async def mine(office: Office) -> AsyncIterator[tuple[Person, TicketNumber]]:
    """An agent, and the number of a ticket that they hold."""
    number = await office.ticket()
    async with await office.at_work("Anna Bērziņa") as anna:
        await anna.does(number, "claim")
        yield anna, number


# ---------------------------------------------------------------------------------------------- what is sent


async def test_an_answer_goes_out_with_its_files_in_order(
    office: Office, mine: tuple[Person, TicketNumber]
) -> None:
    anna, number = mine
    page = await sends(anna, number, ("karte.png", png()), ("rēķins.pdf", PDF), text="Lūdzu!")
    assert (page.status, page.path) == (200, f"/desk/tickets/{number}?done=answered")
    said = await office.outgoing(number)
    shown = [(one.text, one.file.name if one.file else "") for one in said]
    assert shown == [("Lūdzu!", "karte.png"), ("", "rēķins.pdf")]
    assert "Fotoattēls · karte.png · 1 KB" in page.words()
    assert "Dokuments · rēķins.pdf · 1 KB" in page.words()
    assert re.search(r'<img class="picture" src="/desk/files/sent/\d+"', page.text)
    assert [(name, kind) for name, kind, _ in await kept(office)] == [
        ("karte.png", "image/png"),
        ("rēķins.pdf", "application/pdf"),
    ]


async def test_a_file_needs_no_words_and_words_need_no_file(
    office: Office, mine: tuple[Person, TicketNumber]
) -> None:
    anna, number = mine
    await sends(anna, number, ("veidlapa.docx", docx()))
    await sends(anna, number, ("", b""), text="Veidlapa pielikumā.")
    nothing = await sends(anna, number, ("", b""))
    assert (nothing.status, "Atbilde ir tukša" in nothing.text) == (422, True)
    said = await office.outgoing(number)
    assert [(one.text, one.file is not None) for one in said] == [
        ("", True),
        ("Veidlapa pielikumā.", False),
    ]


async def test_the_same_form_twice_sends_once(
    office: Office, mine: tuple[Person, TicketNumber]
) -> None:
    anna, number = mine
    for _ in range(2):
        await sends(anna, number, ("a.pdf", PDF), text="Lūdzu", form="one")
    await sends(anna, number, ("a.png", png()), text="Lūdzu", form="one")
    assert [name for name, _, _ in await kept(office)] == ["a.pdf", "a.png"]


async def test_what_was_sent_is_seen_by_staff_and_written_down(
    office: Office, mine: tuple[Person, TicketNumber]
) -> None:
    anna, number = mine
    page = await sends(anna, number, ("rēķins.pdf", PDF))
    address = re.findall(r'href="(/desk/files/sent/\d+)"', page.text)[-1]
    async with anna.http.get(office.url + address) as reply:
        assert await reply.read() == PDF
        assert reply.headers["Content-Disposition"] == (
            "attachment; filename=\"rekins.pdf\"; filename*=UTF-8''r%C4%93%C4%B7ins.pdf"
        )
        assert reply.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
    async with office.person() as stranger:
        assert (await stranger.see(address, follow=False)).status == 303
    assert (await anna.see("/desk/files/sent/999999")).status == 404
    async with office.database.reading() as connection:
        found = await connection.execute(
            select(audit_log.c.event, audit_log.c.ticket_number)
            .where(audit_log.c.event.like("file.%"))
            .order_by(audit_log.c.id)
        )
        assert found.all() == [("file.sent", number), ("file.viewed", number)]


async def test_a_failed_file_shows_red_and_can_be_tried_again(
    office: Office, mine: tuple[Person, TicketNumber]
) -> None:
    anna, number = mine
    await sends(anna, number, ("rēķins.pdf", PDF))
    [said] = await office.outgoing(number)
    await office.becomes(OutboundId(int(said.id[1:])), DeliveryState.FAILED, error="too large")
    page = await anna.see(f"/desk/tickets/{number}")
    assert "neizdevās nosūtīt" in page.words()
    await anna.does(number, "retry", message=said.id[1:])
    [again] = await office.outgoing(number)
    assert (again.state, again.file) == (DeliveryState.QUEUED, said.file)


# ---------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("bilde.jpg", EXE, "sūtīt var tikai attēlus"),
        ("bilde.jpg", SVG, "sūtīt var tikai attēlus"),
        ("bilde.jpg", b"GIF89a" + bytes(20), "sūtīt var tikai attēlus"),
        ("bilde.png", png()[:60], "attēls ir bojāts"),
        ("bilde.png", png().replace(b"IDAT", b"IDAX"), "attēls ir bojāts"),
        ("bilde.jpg", jpeg()[:40], "attēls ir bojāts"),
        ("bilde.jpg", b"\xff\xd8\xff\xd9", "attēls ir bojāts"),
        ("lapa.pdf", b"MZ" + PDF, "sūtīt var tikai attēlus"),
        ("lapa.pdf", b"%PDF-1.7 without an end", "sūtīt var tikai attēlus"),
        ("lapa.pdf", PDF + archive(), "sūtīt var tikai attēlus"),
        ("lapa.docx", archive(), "sūtīt var tikai attēlus"),
        ("lapa.docx", EXE + docx(), "sūtīt var tikai attēlus"),
        ("lapa.docx", docx(names=("word/vbaProject.bin",)), "sūtīt var tikai attēlus"),
        ("lapa.docx", docx(kind="macroEnabled"), "sūtīt var tikai attēlus"),
        ("lapa.docx", docx()[:-30], "sūtīt var tikai attēlus"),
        ("tukšs.pdf", b"", "tas ir tukšs"),
        ("liels.pdf", PDF + bytes(LARGEST), "tas ir lielāks par 10,0 MB"),
    ],
)
async def test_what_cannot_be_sent_is_explained_and_the_words_stay(
    office: Office, mine: tuple[Person, TicketNumber], name: str, content: bytes, reason: str
) -> None:
    anna, number = mine
    page = await sends(anna, number, (name, content), text="Garš teksts, ko žēl pazaudēt")
    assert page.status == 422
    assert f"Failu „{name}” nevar nosūtīt: {reason}" in page.words()
    assert "teksts ir saglabāts. Failus pievienojiet vēlreiz." in page.words()
    assert ">Garš teksts, ko žēl pazaudēt</textarea>" in page.text
    assert await kept(office) == []
    assert await office.outgoing(number) == []


async def test_one_bad_file_holds_back_all(
    office: Office, mine: tuple[Person, TicketNumber]
) -> None:
    anna, number = mine
    page = await sends(anna, number, ("labs.pdf", PDF), ("slikts.pdf", EXE), text="Lūdzu")
    assert (page.status, await kept(office)) == (422, [])


async def test_too_many_files(office: Office, mine: tuple[Person, TicketNumber]) -> None:
    anna, number = mine
    page = await sends(anna, number, *[("a.pdf", PDF)] * (MOST + 1), text="Lūdzu")
    assert "ne vairāk kā 5 failus" in page.words()
    assert await kept(office) == []


async def test_whoever_lost_the_ticket_sends_no_file(
    office: Office, mine: tuple[Person, TicketNumber]
) -> None:
    anna, number = mine
    await anna.does(number, "give_back")
    page = await sends(anna, number, ("a.pdf", PDF), text="Vēl mans teksts")
    assert page.status == 409
    assert "Vēl mans teksts</textarea>" in page.text
    assert await kept(office) == []


async def test_a_stranger_is_asked_to_log_in_and_their_files_are_not_kept(
    office: Office, mine: tuple[Person, TicketNumber]
) -> None:
    _, number = mine
    async with office.person() as stranger:
        page = await sends(stranger, number, ("a.pdf", PDF), text="Sesija beidzās")
    assert page.status == 401
    assert page.hidden_field("draft_answer") == "Sesija beidzās"
    assert await kept(office) == []


async def test_a_form_of_another_session_or_site_sends_nothing(
    office: Office, mine: tuple[Person, TicketNumber]
) -> None:
    anna, number = mine
    page = await sends(anna, number, ("a.pdf", PDF), text="Mans teksts", csrf="foreign")
    assert (page.status, "Mans teksts</textarea>" in page.text) == (403, True)
    form = aiohttp.FormData({"text": "x"}, default_to_multipart=True)
    async with anna.http.post(
        f"{office.url}/desk/tickets/{number}/answer",
        data=form,
        headers={"Sec-Fetch-Site": "cross-site"},
    ) as reply:
        assert reply.status == 403
    assert await kept(office) == []


async def test_a_form_that_is_none_is_refused(mine: tuple[Person, TicketNumber]) -> None:
    anna, number = mine
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with anna.http.post(
        f"{anna.url}/desk/tickets/{number}/answer", data=b"nonsense", headers=headers
    ) as reply:
        assert reply.status == 400
    many = aiohttp.FormData()
    for _ in range(100):
        many.add_field("files", b"", filename="a.pdf")
    async with anna.http.post(f"{anna.url}/desk/tickets/{number}/answer", data=many) as reply:
        assert reply.status == 400


async def test_a_request_beyond_all_measure_is_explained(
    office: Office, mine: tuple[Person, TicketNumber], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, number = mine
    long = await sends(anna, number, text="a" * (uploads.LARGEST_FIELD + 1))
    assert (long.status, "Atgriezieties iepriekšējā lapā" in long.words()) == (413, True)
    monkeypatch.setattr(uploads, "LARGEST_REQUEST", 200_000)
    large = await sends(anna, number, ("a.pdf", PDF + bytes(250_000)), text="Lūdzu")
    assert (large.status, "faili par lieliem" in large.words()) == (413, True)
    assert await kept(office) == []


# ---------------------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\Anna\\rēķins.pdf", "rēķins.pdf"),
        ("REKINS.PDF", "REKINS.PDF"),
        ("rekins.exe", "rekins.pdf"),
        ("a\u202efdp.exe", "afdp.pdf"),
        ("..", "pielikums.pdf"),
        ("ā" * 300 + ".pdf", "ā" * 80 + ".pdf"),
    ],
)
def test_names_lead_nowhere_and_say_what_it_is(given: str, named: str) -> None:
    [file] = accept([Upload(given, PDF)], channels=[Channel.TELEGRAM])
    assert (file.name, file.media_type) == (named, "application/pdf")


def test_a_document_of_word_is_known_by_what_is_in_it() -> None:
    [file] = accept([Upload("iesniegums.zip", docx())], channels=[Channel.WHATSAPP])
    assert (file.name, file.media_type) == ("iesniegums.docx", DOCX)


# ---------------------------------------------------------------------------------------------- pictures


def test_a_picture_tells_nothing_about_where_it_was_taken() -> None:
    for content, media_type in ((jpeg(), "image/jpeg"), (png(), "image/png")):
        clean = without_metadata(content, media_type)
        assert SECRET in content
        assert SECRET not in clean
        assert without_metadata(clean, media_type) == clean


def test_what_follows_a_picture_goes_away() -> None:
    for made, media_type in ((jpeg, "image/jpeg"), (png, "image/png")):
        assert without_metadata(made(more=archive()), media_type) == without_metadata(
            made(), media_type
        )


def test_a_picture_keeps_its_light_its_colours_and_how_it_is_turned() -> None:
    upright, turned = (without_metadata(jpeg(orientation=way), "image/jpeg") for way in (1, 6))
    assert b"Exif" not in upright
    assert turned.count(b"Exif") == 1
    for part in (b"ICC_PROFILE\x00\x01\x01colours", b"light\xff\x00more\xff\xd0light", b"a second"):
        assert part in upright


@pytest.mark.parametrize("order", ["<", ">"])
def test_how_it_is_turned_is_read_in_either_order_of_bytes(order: str) -> None:
    given = jpeg().replace(exif(1), exif(8, order=order))
    assert b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x08" in without_metadata(given, "image/jpeg")


# ---------------------------------------------------------------------------------------------- WhatsApp


def test_whatsapp_takes_no_large_pictures() -> None:
    scan = jpeg().replace(b"a second scan", b"a" * LARGEST_WHATSAPP_PICTURE)
    for channel in (Channel.TELEGRAM, Channel.WEB):
        assert len(accept([Upload("liels.jpg", scan)], channels=[channel])) == 1
    assert len(accept([Upload("mazs.png", png())], channels=[Channel.WHATSAPP])) == 1
    with pytest.raises(NotTaken, match=r"WhatsApp nepieņem attēlus, kas lielāki par 5,0 MB"):
        accept([Upload("liels.jpg", scan)], channels=[Channel.WHATSAPP, Channel.TELEGRAM])


async def test_without_a_public_address_the_desk_says_before_that_whatsapp_takes_no_files(
    office: Office,
) -> None:
    number = await office.ticket(channel=Channel.WHATSAPP)
    async with await office.at_work("Anna Bērziņa") as anna:
        page = await anna.does(number, "claim")
        assert "Uz WhatsApp failus pašlaik nosūtīt nevar" in page.words()
        assert 'type="file"' not in page.text
        refused = await sends(anna, number, ("a.pdf", PDF), text="Lūdzu")
        assert (refused.status, await kept(office)) == (422, [])


async def test_with_a_public_address_words_and_files_are_messages_of_their_own_on_whatsapp(
    database: Database,
) -> None:
    async with (
        open_office(database, public_url="http://zintis.example") as office,
        await office.at_work("Anna Bērziņa") as anna,
    ):
        number = await office.ticket(channel=Channel.WHATSAPP)
        await anna.does(number, "claim")
        await sends(anna, number, ("a.pdf", PDF), text="Lūdzu")
        said = await office.outgoing(number)
    assert [(one.text, one.file is not None) for one in said] == [("Lūdzu", False), ("", True)]
