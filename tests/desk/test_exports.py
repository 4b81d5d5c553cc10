"""What leaves the desk, who may take it, and what the audit log says."""

import csv
import io

import pytest
from sqlalchemy import text

from bot.desk.lists import MOST_EXPORTED
from domain.messages import Attachment, MessageKind
from tests.desk.office import Office, Person, leader
from tests.desk.test_lists import moved


async def rows(person: Person, query: str) -> list[list[str]]:
    """A downloaded list without its title and headings."""
    page = await person.see(f"/desk/eksports.csv?{query}")
    assert page.status == 200
    return list(csv.reader(io.StringIO(page.text), delimiter=";"))[2:]


async def test_list_is_taken_away_as_it_is_filtered(office: Office) -> None:
    bills = await office.ticket("=1+1", who="a", name="@Vilma")
    await moved(office, bills, queue="bills", priority="high", tags=["rekini"])
    await office.ticket("cits", who="b")
    async with await leader(office) as dace:
        listed = await dace.see("/desk/?skats=atvertie&rinda=bills")
        assert 'href="/desk/eksports.csv?skats=atvertie&amp;rinda=bills"' in listed.text
        [row] = await rows(dace, "skats=atvertie&rinda=bills")
        everything = await rows(dace, "skats=atvertie")
        log = await dace.see("/desk/zurnals?veids=dati")
    assert row == [
        *(str(bills), "23.11.2026. 12:00", "Jauns", "Augsta", "rekini"),
        *("Rēķini, skaitītāji un nodoklis", "Telegram", "Lūdza darbinieku", "'=1+1", "'@Vilma"),
        *("", "24.11.2026. 17:00", ""),
    ]
    assert len(everything) == 2
    assert "Eksportēja pieteikumus Visi atvērtie: 1 pieteikums" in log.words()


async def test_file_opens_in_a_spreadsheet(office: Office) -> None:
    async with (
        await leader(office, "admin") as dace,
        dace.http.get(f"{office.url}/desk/eksports.csv?skats=mani") as response,
    ):
        raw = await response.read()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="pieteikumi-mani-2026-11-23.csv"'
    )


async def closed(office: Office, count: int) -> None:
    """So many tickets of long ago."""
    number = await office.ticket("sen")
    await moved(office, number, state="closed")
    async with office.database.reading() as connection:
        await connection.execute(
            text(
                "INSERT INTO tickets (conversation_id, reason, state, opened_at, answer_by, solve_by)"
                " SELECT conversation_id, reason, state, opened_at, answer_by, solve_by"
                " FROM tickets CROSS JOIN generate_series(2, :count)"
            ),
            {"count": count},
        )


async def test_a_list_that_is_too_long_says_so_on_the_page_and_in_the_file(office: Office) -> None:
    await closed(office, MOST_EXPORTED)
    asked = "skats=atrisinatie"
    async with await leader(office) as dace, await office.at_work("Anna") as anna:
        whole = await dace.see(f"/desk/eksports.csv?{asked}")
        assert "tikai pirmie" not in whole.text
        assert "Failā būs tikai" not in (await dace.see(f"/desk/?{asked}")).text
        await office.ticket("vēl viens", who="b")
        await moved(office, await office.ticket("un vēl", who="c"), state="closed")
        cut = await dace.see(f"/desk/eksports.csv?{asked}")
        page = await dace.see(f"/desk/?{asked}")
        assert "Failā būs tikai" not in (await anna.see(f"/desk/?{asked}")).text
    assert len(whole.text.splitlines()) == len(cut.text.splitlines()) == MOST_EXPORTED + 2
    assert "(tikai pirmie 10\N{NO-BREAK SPACE}000 pieteikumi;" in cut.text.splitlines()[0]
    assert "Failā būs tikai pirmie 10 000 pieteikumi." in page.words()


@pytest.mark.parametrize("role", ["staff", "editor"])
async def test_only_leaders_and_administrators_take_lists_away(office: Office, role: str) -> None:
    async with await leader(office, role) as dace:
        refused = await dace.see("/desk/eksports.csv?skats=atvertie")
        page = await dace.see("/desk/")
    assert refused.status == 403
    assert "eksports.csv" not in page.text


async def test_conversation_on_paper_has_notes_only_when_asked_for(office: Office) -> None:
    number = await office.ticket("Kad atvērs <bibliotēku>?")
    await office.assistant_says("Nodošu darbiniekam.")
    photo = Attachment(MessageKind.PHOTO, name="a.jpg", size=10_000)
    await office.resident_writes(kind=MessageKind.PHOTO, attachments=(photo,))
    async with await office.at_work("Anna") as anna, await leader(office) as dace:
        await anna.does(number, "claim")
        await anna.does(number, "answer", text="Atvērta no **9**.")
        await anna.does(number, "note", text="Slepena piezīme")
        plain = await anna.see(f"/desk/tickets/{number}/druka")
        full = await anna.see(f"/desk/tickets/{number}/druka?piezimes=1")
        missing = await anna.see("/desk/tickets/1/druka")
        log = (await dace.see("/desk/zurnals?veids=dati")).words()
    assert plain.status == 200
    for shown in (
        *("Vilma Ozola 23.11.2026. 12:00", "Asistents 23.11.2026. 12:00", "Anna 23.11.2026. 12:00"),
        *("Kad atvērs <bibliotēku>?", "[Fotoattēls · a.jpg · 10 KB]", "Rinda Klientu apkalpošana"),
    ):
        assert shown in plain.words()
    assert "Slepena" not in plain.text
    assert "Piezīme: Anna 23.11.2026. 12:00 Slepena piezīme" in full.words()
    assert "style=" not in full.text
    assert missing.status == 404
    assert log.count(f"Eksportēja sarunu Pieteikums Nr. {number}") == 2
    assert f"Pieteikums Nr. {number} ar piezīmēm" in log


async def test_paper_needs_a_login(office: Office) -> None:
    number = await office.ticket()
    async with office.person() as nobody:
        page = await nobody.see(f"/desk/tickets/{number}/druka", follow=False)
    assert page.status == 303
