"""What the page of a ticket tells beside the conversation: the person, topics, prepared answers, colleagues."""

import asyncio

import aiohttp
from sqlalchemy import text as sql

from bot.desk.door import BACKGROUND
from bot.storage import viewers
from bot.storage.viewers import Viewer
from domain.messages import Channel
from domain.tickets import TicketNumber
from tests.desk.office import Office, Person, content, email_of, open_office

TOPIC = "bills-pay-where"


async def _execute(office: Office, statement: str, **values: object) -> None:
    async with office.database.reading() as connection:
        await connection.execute(sql(statement), values)


def _place(number: TicketNumber) -> str:
    return f"/desk/tickets/{number}"


# ---------------------------------------------------------------------------------------------- the person


async def test_the_person_and_their_earlier_tickets(office: Office) -> None:
    first = await office.ticket("Kad izved atkritumus?")
    await _execute(
        office, "UPDATE tickets SET state = 'closed', stars = 4 WHERE number = :n", n=first
    )
    number = await office.ticket("Un kad papīru?")
    await _execute(
        office, "UPDATE contacts SET language = 'ru', created_at = '2026-03-09 12:00+02'"
    )
    async with await office.at_work("Anna") as anna:
        page = await anna.see(_place(number))
    words = page.words()
    assert "Vārds Vilma Ozola" in words
    assert "Valoda krievu" in words
    assert "Raksta kopš 09.03.2026." in words
    assert f"Nr. {first} Kad izved atkritumus? Slēgts, 23.11.2026., ★★★★☆ 4 no 5" in words
    assert f'href="/desk/tickets/{first}"' in page.text
    assert "nav sasniedzams" not in words


async def test_an_old_ticket_shows_the_newer_ones_too(office: Office) -> None:
    first = await office.ticket("Kad izved atkritumus?")
    await _execute(office, "UPDATE tickets SET state = 'closed'")
    second = await office.ticket("Un kad papīru?")
    async with await office.at_work("Anna") as anna:
        page = await anna.see(_place(first))
    assert f"Citi pieteikumi Nr. {second} Un kad papīru? Jauns" in page.words()


async def test_a_forwarded_case_names_the_ambassador_and_how_to_reach_the_person(
    office: Office,
) -> None:
    number = await office.ticket()
    await _execute(office, "INSERT INTO ambassadors (name) VALUES ('Dace Vēstnese')")
    await _execute(
        office,
        "UPDATE tickets SET ambassador_id = (SELECT id FROM ambassadors), on_behalf_of = 'Kaimiņiene',"
        " reach_by = 'ambassador', reach_detail = 'pēc pusdienām mājās'",
    )
    await _execute(office, "UPDATE handles SET reachable = false")
    async with await office.at_work("Anna") as anna:
        words = (await anna.see(_place(number))).words()
    told = "Kā sasniegt atbildēt vēstnesim · pēc pusdienām mājās"
    assert f"Vēstnesis Dace Vēstnese Kura vārdā Kaimiņiene {told}" in words
    assert "nav sasniedzams, bloķējis asistentu" in words
    assert "Citi pieteikumi nav" in words


# ---------------------------------------------------------------------------------------------- topics


async def test_the_closest_topics_can_be_inserted_in_the_form_of_the_channel(
    office: Office,
) -> None:
    number = await office.ticket("kur nomaksāt ūdeni", channel=Channel.WHATSAPP)
    office.nlu.teach("kur nomaksāt ūdeni", f"topic.{TOPIC}|centre_where|topic.gone")
    topic = content().topic(TOPIC)
    async with await office.at_work("Anna") as anna:
        before = await anna.see(f"{_place(number)}/temati")
        assert "data-insert" not in before.text
        await anna.does(number, "claim")
        page = await anna.see(f"{_place(number)}/temati")
    assert "Pēc jautājuma „kur nomaksāt ūdeni”" in page.words()
    assert page.text.count("data-insert=") == 1
    assert topic.title in page.words()
    inserted = page.text.partition('data-insert="')[2].partition('"')[0]
    assert "**" not in inserted
    assert f'href="{topic.source}"' in page.text


async def test_thanks_after_a_question_does_not_hide_its_topic(office: Office) -> None:
    number = await office.ticket("kur nomaksāt ūdeni")
    office.nlu.teach("kur nomaksāt ūdeni", f"topic.{TOPIC}")
    await office.resident_writes("gaidīšu")
    async with await office.at_work("Anna") as anna:
        page = await anna.see(f"{_place(number)}/temati")
    assert "Pēc jautājuma „kur nomaksāt ūdeni”" in page.words()


async def test_a_wish_for_a_person_does_not_hide_what_it_is_about(office: Office) -> None:
    office.nlu.teach("par rēķina samaksu", f"topic.{TOPIC}")
    number = await office.ticket("gribu runāt ar cilvēku par rēķina samaksu")
    async with await office.at_work("Anna") as anna:
        page = await anna.see(f"{_place(number)}/temati")
    assert "Pēc jautājuma „par rēķina samaksu”" in page.words()
    assert content().topic(TOPIC).title in page.words()


async def test_without_the_model_the_page_says_so_and_works(office: Office) -> None:
    number = await office.ticket("kur nomaksāt ūdeni")
    office.nlu.down = True
    async with await office.at_work("Anna") as anna:
        found = await anna.see(f"{_place(number)}/temati")
        page = await anna.see(_place(number))
    assert (found.status, page.status) == (200, 200)
    assert "valodas modelis neatbild" in found.words()


async def test_an_expired_topic_is_not_offered(office: Office) -> None:
    number = await office.ticket("kur nomaksāt ūdeni")
    office.nlu.teach("kur nomaksāt ūdeni", f"topic.{TOPIC}")
    async with await office.at_work("Anna") as anna:
        office.clock.pass_time(days=3650)
        await anna.log_in(email_of("Anna"))
        page = await anna.see(f"{_place(number)}/temati")
    assert "tuva temata nav" in page.words()


# ---------------------------------------------------------------------------------------------- prepared answers


async def test_prepared_answers_are_filled_in(office: Office) -> None:
    named = await office.ticket(who="a", name="Vilma Ozola")
    nameless = await office.ticket(who="b", name="")
    async with await office.at_work("Anna Bērziņa") as anna:
        page = await anna.does(named, "claim")
        other = await anna.does(nameless, "claim")
    assert 'data-insert="Labdien, Vilma Ozola!' in page.text
    assert "Mani sauc Anna Bērziņa" in page.text
    assert f"Pieteikuma numurs: {named}." in page.text
    assert 'data-insert="Labdien!' in other.text
    assert "Lūdzu skaitītāja fotoattēlu" not in page.text  # belongs to the queue of bills


# ---------------------------------------------------------------------------------------------- colleagues


async def _open_stream(
    person: Person, office: Office, number: TicketNumber
) -> aiohttp.ClientResponse:
    """What an open page holds; when its first line is here the agent counts as looking soon."""
    response = await person.http.get(
        f"{office.url}{_place(number)}/live", headers={"Accept": "text/event-stream"}
    )
    await response.content.readline()
    return response


async def _until_others(
    office: Office, number: TicketNumber, stream: aiohttp.ClientResponse, expected: list[Viewer]
) -> None:
    """Follow Anna's stream until the page that it calls for would show these colleagues."""
    async with asyncio.timeout(20):
        async for _ in stream.content:
            async with office.database.reading() as connection:
                found = await viewers.others(connection, number, office.agents["Anna"])
            if list(found) == expected:
                return


async def test_two_replicas_tell_each_other_who_looks_and_who_writes(office: Office) -> None:
    number = await office.ticket()
    async with (
        open_office(office.database) as replica,
        await office.at_work("Anna") as anna,
        await replica.at_work("Ilze") as ilze,
    ):
        heard = await _open_stream(anna, office, number)
        stream = await _open_stream(ilze, replica, number)
        await _until_others(office, number, heard, [Viewer("Ilze", writing=False)])
        page = await anna.see(_place(number))
        assert "Šo pieteikumu skatās arī Ilze." in page.words()
        mine = await ilze.see(_place(number))
        assert "Šo pieteikumu skatās arī Anna." in mine.words()
        said = await ilze.post(
            f"{_place(number)}/viewing",
            {"csrf": mine.hidden_field("csrf"), "writing": "1"},
            headers={BACKGROUND: "1"},
        )
        assert said.status == 204
        await _until_others(office, number, heard, [Viewer("Ilze", writing=True)])
        assert "skatās arī Ilze (raksta)." in (await anna.see(_place(number))).words()
        stream.close()
        await _until_others(office, number, heard, [])
        heard.close()


async def test_rows_of_a_killed_process_do_not_count_and_go(office: Office) -> None:
    number = await office.ticket()
    anna, ilze = await office.hire("Anna"), await office.hire("Ilze")
    async with office.database.reading() as connection:
        await viewers.see(connection, number, ilze)
    await _execute(office, "UPDATE ticket_viewers SET seen_at = seen_at - interval '61 seconds'")
    async with office.database.reading() as connection:
        assert list(await viewers.others(connection, number, anna)) == []
        await viewers.see(connection, number, anna)
        assert await connection.scalar(sql("SELECT count(*) FROM ticket_viewers")) == 1
        assert await viewers.see(connection, TicketNumber(999_999), anna) is None


async def test_leaving_one_page_keeps_another_that_was_seen_later(office: Office) -> None:
    number = await office.ticket()
    anna, ilze = await office.hire("Anna"), await office.hire("Ilze")
    async with office.database.reading() as connection:
        first = await viewers.see(connection, number, ilze)
        second = await viewers.see(connection, number, ilze)
        assert first is not None
        assert second is not None
        await viewers.leave(connection, number, ilze, last_seen=first)
        assert len(await viewers.others(connection, number, anna)) == 1
        await viewers.leave(connection, number, ilze, last_seen=second)
        assert list(await viewers.others(connection, number, anna)) == []
