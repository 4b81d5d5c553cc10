"""The audit log: everything that counts is in it, nothing that is secret is, and nobody changes it."""

from datetime import datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from bot.desk.audit import EVENTS
from bot.storage import agents as stored
from bot.storage import audit, conversations
from bot.storage.audit import Wanted
from bot.storage.personal_data import StoredPersonalData
from bot.storage.schema import audit_log
from domain.messages import Attachment, Channel, FetchedFile, MessageKind
from tests.desk.office import Office, content, email_of, open_office
from tests.desk.test_people import admin, does

PNG = b"\x89PNG\r\n\x1a\n attels"


async def events(office: Office) -> list[str]:
    """The names of what happened, oldest first, without the hiring that tests do."""
    async with office.database.reading() as connection:
        found = await connection.scalars(
            select(audit_log.c.event)
            .where(audit_log.c.event != "agent.added")
            .order_by(audit_log.c.id)
        )
    return list(found)


# ---------------------------------------------------------------------------------------------- what is in it


async def test_deeds_on_a_ticket_are_in_it_without_their_words(office: Office) -> None:
    number = await office.ticket("Iedzīvotāja noslēpums")
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        await anna.does(number, "answer", text="Slepena atbilde")
        await anna.does(number, "note", text="Slepena piezīme")
        await anna.does(number, "give_back")
        await anna.does(number, "claim")
        await anna.does(number, "solve")
    assert await events(office) == [
        "login", "ticket.claimed", "ticket.answered", "ticket.noted", "ticket.given_back",
        "ticket.claimed", "ticket.solved",
    ]  # fmt: skip
    async with office.database.reading() as connection:
        rows = await audit.read(connection, Wanted(ticket=number), limit=100)
    assert {(row.who, row.ticket, row.address) for row in rows} == {("Anna", number, "127.0.0.1")}
    assert "noslēpums" not in str(rows)
    assert "Slepena" not in str(rows)


async def test_deed_that_failed_is_not_in_it(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna, await office.at_work("Pēteris") as peteris:
        await anna.does(number, "claim")
        await peteris.does(number, "claim")
        await peteris.does(number, "answer", text="Arī es")
    assert (await events(office)).count("ticket.claimed") == 1
    assert "ticket.answered" not in await events(office)


async def test_row_goes_with_its_transaction(office: Office) -> None:
    async with office.database.unit_of_work() as work:
        await audit.append(work.connection, "content.changed", at=office.clock.now())
    assert await events(office) == []


async def test_failed_logins_are_in_it_but_not_what_was_typed(office: Office) -> None:
    await office.hire("Anna")
    async with office.person() as thief:
        await thief.log_in(email_of("Anna"), "minējums viens")
        await thief.log_in("mana-parole-nevieta@example.org", "minējums divi")
    async with office.database.reading() as connection:
        rows = await audit.read(connection, Wanted(events=("login",)), limit=10)
    assert [(row.event, row.about, row.who) for row in rows] == [
        ("login.failed", "", ""),
        ("login.failed", "Anna", ""),
    ]
    assert "nevieta" not in str(rows)
    assert "minējums" not in str(rows)


async def test_changes_of_people_are_in_it(office: Office) -> None:
    async with await admin(office) as dace:
        anna = await office.hire("Anna")
        await does(dace, "uzaicinat", name="Zane", email=email_of("Zane"), role="editor")
        await does(dace, f"{anna}/loma", role="supervisor")
        await does(dace, f"{anna}/rindas", **{"queue-bills": "1"})
        await does(dace, f"{anna}/saite")
        await does(dace, f"{anna}/kods")
        await does(dace, f"{anna}/izslegt")
        await does(dace, f"{anna}/ieslegt")
        await does(dace, "prasiba", required="no")
        page = await dace.see("/desk/zurnals")
    assert await events(office) == [
        "login", "agent.invited", "agent.role", "agent.queues", "agent.link", "agent.factor_reset",
        "agent.disabled", "agent.enabled", "setting.second_factor",
    ]  # fmt: skip
    assert "Anna : Darbinieks → Vadītājs" in page.words().replace("Anna:", "Anna :")
    assert "Rēķini, skaitītāji un nodoklis" in page.words()


async def test_opened_file_is_in_it(office: Office) -> None:
    class Shelf:
        async def fetch(self, attachment: Attachment) -> FetchedFile:
            return FetchedFile(PNG, "image/png")

    async with open_office(office.database, files={Channel.TELEGRAM: Shelf()}) as with_files:
        number = await with_files.ticket()
        photo = Attachment(MessageKind.PHOTO, "x", media_type="image/png")
        await with_files.resident_writes(kind=MessageKind.PHOTO, attachments=(photo,))
        async with await with_files.at_work("Anna") as anna:
            page = await anna.see(f"/desk/tickets/{number}")
            address = page.text.split('href="/desk/files/')[1].split('"')[0]
            async with anna.http.get(f"{with_files.url}/desk/files/{address}") as shown:
                assert shown.status == 200
    async with office.database.reading() as connection:
        rows = await audit.read(connection, Wanted(events=("file.",)), limit=10)
    assert [(row.who, row.ticket) for row in rows] == [("Anna", number)]


async def test_erasure_by_a_resident_is_in_it(office: Office) -> None:
    number = await office.ticket("Dzēsiet mani")
    conversation = await office.conversation_of(number)
    async with office.database.unit_of_work() as work:
        held = await conversations.lock(work.connection, conversation)
        await StoredPersonalData(
            work, held, calendar=content().calendar, now=office.clock.now()
        ).erase()
        await work.commit()
    assert await events(office) == ["resident.erased"]


# ---------------------------------------------------------------------------------------------- nobody changes it


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET event = 'x'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "DELETE FROM audit_log WHERE id = 1",
    ],
)
async def test_rows_cannot_be_changed(office: Office, statement: str) -> None:
    async with await office.at_work("Anna"):
        before = await events(office)
    with pytest.raises(DatabaseError, match="append-only"):
        async with office.database.reading() as connection:
            await connection.execute(text(statement))
    assert await events(office) == before == ["login"]


async def test_row_outlives_its_ticket_and_agent(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
    async with office.database.reading() as connection:
        await connection.execute(text("DELETE FROM tickets"))
        await connection.execute(text("DELETE FROM agents"))
    assert await events(office) == ["login", "ticket.claimed"]


# ---------------------------------------------------------------------------------------------- the page


@pytest.mark.parametrize(
    ("role", "status"), [("staff", 403), ("editor", 403), ("supervisor", 200), ("admin", 200)]
)
async def test_supervisors_and_administrators_read_it(
    office: Office, role: str, status: int
) -> None:
    async with await office.at_work("Anna") as anna:
        async with office.database.reading() as connection:
            await stored.set_role(connection, office.agents["Anna"], role=role)
        page = await anna.see("/desk/zurnals")
    assert (page.status, "Pieslēdzās" in page.text) == (status, status == 200)


async def test_filters(office: Office) -> None:
    number = await office.ticket()
    async with await admin(office) as dace, await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        office.clock.pass_time(hours=1)
        await dace.see("/desk/")

        async def rows(query: str) -> list[str]:
            page = await dace.see(f"/desk/zurnals?{query}")
            assert page.status == 200
            cells = page.text.split("<tbody>")[-1].split("<tr>")[1:]
            return [cell.split("<td>")[3].split("</td>")[0] for cell in cells]

        anna_did = ["Paņēma", "Pieslēdzās"]
        here = office.agents["Anna"]
        assert await rows("veids=pieteikumi") == ["Paņēma"]
        assert await rows(f"pieteikums={number}") == ["Paņēma"]
        assert (await rows(f"kas={here}&no=2026-11-23&lidz=2026-11-23"))[:2] == anna_did
        assert await rows(f"kas={here}&veids=ieeja") == ["Pieslēdzās"]
        assert await rows("veids=ieeja&lidz=2026-11-22") == []
        assert await rows("veids=ieeja&no=2026-11-24") == []


@pytest.mark.parametrize(
    "query",
    ["kas=%F0%9F%98%80", "kas=99999999999999999999", "no=9999-12-31&lidz=9999-12-31", "veids=x",
     "pieteikums=1%27%20OR%201=1", "pirms=-1", "no=%00"],
)  # fmt: skip
async def test_nonsense_in_the_address_is_no_error(office: Office, query: str) -> None:
    async with await admin(office) as dace:
        assert (await dace.see(f"/desk/zurnals?{query}")).status == 200


async def test_older_rows_are_on_the_next_page(office: Office) -> None:
    async with await admin(office) as dace:
        async with office.database.unit_of_work() as work:
            for number in range(150):
                at: datetime = office.clock.now()
                await audit.append(work.connection, "content.changed", at=at, detail=f"t-{number}")
            await work.commit()
        page = await dace.see("/desk/zurnals?veids=saturs")
        assert (page.text.count("<tr><td>"), "t-50<" in page.text) == (100, True)
        older = page.text.split('<p class="buttons">')[1].split('href="')[1].split('"')[0]
        page = await dace.see(older.replace("&amp;", "&"))
        assert (page.text.count("<tr><td>"), "t-49<" in page.text) == (50, True)
        assert "Jaunākie" in page.words()


def test_every_event_of_ours_has_its_words() -> None:
    assert all(words and words[0].isupper() for words in EVENTS.values())
