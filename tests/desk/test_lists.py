"""Views, filters and pages of the list."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from bot.desk.lists import PAGE
from bot.storage import agents
from bot.storage import tickets as stored
from bot.storage.schema import ambassadors, tickets
from bot.tickets import ConversationTickets
from domain.messages import Channel, DeliveryState
from domain.tickets import TicketNumber
from domain.urgency import Danger
from tests.desk.office import Office, Person, Seen, content, tickets_on


def counts_on(page: Seen) -> dict[str, int]:
    """What stands on the views."""
    found = re.findall(r'id="tab-(\w+)".*?class="count[^"]*">(\d+)<', page.text)
    return {name: int(count) for name, count in found}


async def seen(person: Person, **asked: str) -> list[int]:
    """The tickets at an address."""
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return tickets_on(await person.see(f"/desk/?{query}"))


async def moved(office: Office, number: TicketNumber, **values: object) -> None:
    """A ticket that is as the test needs it."""
    async with office.database.unit_of_work() as work:
        await work.connection.execute(
            update(tickets).where(tickets.c.number == number).values(**values)
        )
        await work.commit()


async def test_each_view_shows_and_counts_its_own(office: Office) -> None:
    late = await office.ticket("vecs", who="a")
    await moved(office, late, answer_by=office.clock.now() - timedelta(hours=1))
    failed = await office.ticket("neaizgāja", who="b")
    await office.becomes(await office.assistant_says("x", who="b"), DeliveryState.FAILED)
    parked = await office.ticket("gaida", who="c", channel=Channel.WHATSAPP)
    waiting = await office.assistant_says("x", who="c", channel=Channel.WHATSAPP)
    await office.becomes(waiting, DeliveryState.PARKED)
    mine = await office.ticket("mans", who="d")
    async with await office.at_work("Anna") as anna:
        await anna.does(mine, "claim")
        page = await anna.see("/desk/")
        assert await seen(anna, skats="jauni") == [late, failed, parked]
        assert await seen(anna, skats="mani") == [mine]
        assert await seen(anna, skats="kavejas") == [late]
        assert await seen(anna, skats="logs") == [parked]
        assert await seen(anna, skats="nepiegadatie") == [failed]
        assert await seen(anna, skats="atvertie") == [late, failed, parked, mine]
        assert await seen(anna, skats="atrisinatie") == []
    assert counts_on(page) == {
        "jauni": 3,
        "mani": 1,
        "kavejas": 1,
        "logs": 1,
        "nepiegadatie": 1,
        "atvertie": 4,
        "atrisinatie": 0,
    }


async def test_own_queues_are_a_view_of_those_who_have_some(office: Office) -> None:
    """Somebody else works in the others: what is nobody's would be everybody's."""
    bills = await office.ticket("rēķins", who="a")
    other = await office.ticket("cits", who="b")
    await moved(office, bills, queue="bills")
    await office.hire("Pēteris")
    async with await office.at_work("Anna") as anna:
        assert "rindas" not in counts_on(await anna.see("/desk/"))
        assert await seen(anna, skats="rindas") == [bills, other]
        async with office.database.unit_of_work() as work:
            await agents.set_queues(work.connection, office.agents["Anna"], queues=["bills"])
            await work.commit()
        assert counts_on(await anna.see("/desk/"))["rindas"] == 1
        assert await seen(anna, skats="rindas") == [bills]


async def test_danger_written_later_burns_as_a_crisis_does(office: Office) -> None:
    first = await office.ticket("viens", who="a")
    urgent = await office.ticket("divi", who="b")
    conversation = await office.conversation_of(urgent)
    async with office.database.unit_of_work() as work:
        await ConversationTickets(
            work,
            conversation=conversation,
            content=content(),
            now=office.clock.now(),
            words="",
            is_question=False,
        ).note_urgent(Danger.FIRE)
        await work.commit()
    async with await office.at_work("Anna") as anna:
        page = await anna.see("/desk/")
        assert tickets_on(page) == [urgent, first]
        assert page.words().count("steidzami") == 1
        assert "steidzami" in (await anna.see(f"/desk/tickets/{urgent}")).words()


async def test_ticket_of_an_ambassador_says_so(office: Office) -> None:
    number = await office.ticket()
    async with office.database.unit_of_work() as work:
        made = await work.connection.scalar(
            insert(ambassadors).values(name="Maija").returning(ambassadors.c.id)
        )
        await work.commit()
    await moved(office, number, ambassador_id=made)
    async with await office.at_work("Anna") as anna:
        assert "vēstnesis" in (await anna.see("/desk/")).words()


async def test_filters_narrow_every_view_and_its_count(office: Office) -> None:
    bills = await office.ticket("viens", who="a")
    await moved(office, bills, queue="bills")
    phone = await office.ticket("divi", who="b", channel=Channel.WHATSAPP)
    await moved(office, phone, priority="high", tags=["rekini", "zvanit"])
    office.clock.pass_time(days=3)
    held = await office.ticket("trīs", who="c")
    async with await office.at_work("Anna") as anna:
        await anna.does(held, "claim")
        everything = {"skats": "atvertie"}
        assert await seen(anna, **everything, rinda="bills") == [bills]
        assert await seen(anna, **everything, kanals="whatsapp") == [phone]
        agent = str(office.agents["Anna"])
        assert await seen(anna, **everything, darbinieks=agent) == [held]
        assert await seen(anna, **everything, prioritate="high") == [phone]
        assert await seen(anna, **everything, birka="R%C4%93%C4%B7ini") == [phone]
        assert await seen(anna, **everything, no="2026-11-24") == [held]
        assert await seen(anna, **everything, lidz="2026-11-23") == [phone, bills]
        assert await seen(anna, **everything, rinda="bills", kanals="whatsapp") == []
        page = await anna.see("/desk/?skats=atvertie&rinda=bills")
        assert counts_on(page)["atvertie"] == 1
        assert "Filtri (1)" in page.words()
        everybody = await anna.see("/desk/?skats=atvertie")
        assert "prioritāte: augsta" in everybody.words()
        assert "#rekini #zvanit" in everybody.words()
        assert '<option value="rekini">' in everybody.text
        assert 'href="/desk/?skats=kavejas&amp;rinda=bills"' in page.text


@pytest.mark.parametrize(
    "odd",
    [
        "rinda=nav",
        "kanals=pasts",
        "darbinieks=x",
        "prioritate=x",
        "birka=!",
        "no=vakar",
        "lidz=9999-99-99",
        "lapa=x",
    ],
)
async def test_filters_that_make_no_sense_are_left_out(office: Office, odd: str) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        page = await anna.see(f"/desk/?{odd}")
    assert (page.status, tickets_on(page)) == (200, [number])
    assert "Filtri (" not in page.words()


async def test_long_list_goes_on_on_another_page(office: Office) -> None:
    first = await office.ticket("pirmais", who="x")
    async with office.database.unit_of_work() as work:
        for number in range(PAGE):
            found = await stored.lock(work.connection, first)
            assert found is not None
            await work.connection.execute(
                insert(tickets).values(
                    conversation_id=await office.resident_writes("vēl", who=f"r{number}"),
                    reason=found.reason,
                    opened_at=found.opened_at,
                    answer_by=found.answer_by,
                    solve_by=found.solve_by,
                )
            )
        await work.commit()
    async with await office.at_work("Anna") as anna:
        begin = await anna.see("/desk/?rinda=general")
        end = await anna.see("/desk/?rinda=general&lapa=2")
    assert len(tickets_on(begin)) == PAGE
    assert 'href="/desk/?skats=jauni&amp;lapa=2&amp;rinda=general"' in begin.text
    assert [*tickets_on(begin), *tickets_on(end)] == sorted({*tickets_on(begin), *tickets_on(end)})
    assert len(tickets_on(end)) == 1
    assert "← Iepriekšējie" in end.words()
