"""The list beside a ticket: which list it is, what burns first, and what it costs."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import event

from bot.desk.door import BACKGROUND
from domain.messages import Channel
from tests.desk.office import Office, Person, Seen
from tests.desk.test_lists import counts_on, moved


def beside(page: Seen) -> list[int]:
    """The numbers in the list beside a ticket, in its order."""
    return [int(number) for number in re.findall(r'id="next-(\d+)"', page.text)]


def back_from(page: Seen) -> str:
    """Where the link back leads."""
    return html.unescape(page.text.partition('<a href="')[2] and _href(page, "back"))


def _href(page: Seen, name: str) -> str:
    found = re.search(rf'href="([^"]*)" id="{name}"', page.text)
    assert found is not None
    return found[1]


async def test_the_next_tickets_stand_beside_with_what_burns_first(office: Office) -> None:
    calm = await office.ticket("Mierīgs", who="a")
    late = await office.ticket("Kavēts", who="b", name="Juris Kalns")
    await moved(office, late, answer_by=office.clock.now() - timedelta(hours=1))
    async with await office.at_work("Anna") as anna:
        page = await anna.see(f"/desk/tickets/{calm}")
    assert beside(page) == [late, calm]
    assert counts_on(page)["jauni"] == 2
    assert counts_on(page)["kavejas"] == 1
    assert "kavējas 1 h Kavēts Juris Kalns" in page.words()
    assert re.search(rf'id="next-{calm}"[^>]*aria-current="page"', page.text)


async def test_the_list_that_somebody_came_from_outlasts_the_forms_of_a_ticket(
    office: Office,
) -> None:
    phone = await office.ticket("viens", who="a", channel=Channel.WHATSAPP)
    other = await office.ticket("divi", who="b")
    async with await office.at_work("Anna") as anna:
        await anna.see("/desk/?skats=atvertie&kanals=whatsapp&lapa=1")
        before = await anna.see(f"/desk/tickets/{other}")
        after = await anna.does(other, "claim")
        again = await anna.see(f"/desk/tickets/{other}")
    for page in (before, after, again):
        assert beside(page) == [phone]
        assert back_from(page) == "/desk/?skats=atvertie&kanals=whatsapp"
        assert "Ieslēgti filtri (1)" in page.words()


async def test_another_view_is_chosen_beside_the_ticket(office: Office) -> None:
    free = await office.ticket("brīvs", who="a")
    mine = await office.ticket("mans", who="b")
    async with await office.at_work("Anna") as anna:
        page = await anna.does(mine, "claim")
        assert beside(page) == [free]
        assert back_from(page) == "/desk/"
        page = await anna.see(html.unescape(_href(page, "tab-mani")))
        assert beside(page) == [mine]
        assert beside(await anna.see(f"/desk/tickets/{free}")) == [mine]


async def test_an_open_page_fetches_ticket_and_list_apart_and_changes_no_list(
    office: Office,
) -> None:
    number = await office.ticket()
    quiet = {BACKGROUND: "1"}
    async with await office.at_work("Anna") as anna:
        ticket = await anna.see(f"/desk/tickets/{number}?skats=mani", headers=quiet)
        column = await anna.see(f"/desk/blakus?skats=atvertie&nr={number}", headers=quiet)
        later = await anna.see(f"/desk/tickets/{number}?done=claimed")
    assert (beside(ticket), back_from(ticket)) == ([], "/desk/?skats=mani")
    assert (beside(column), counts_on(column)["atvertie"]) == ([number], 1)
    assert back_from(later) == "/desk/"


@pytest.mark.parametrize(
    "cookie", ["skats%3Dnav", "%00%ff", "x" * 4000, '"', "skats%3Dmani%26rinda%3Dnav"]
)
async def test_a_cookie_that_makes_no_sense_does_no_harm(office: Office, cookie: str) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        anna.http.cookie_jar.update_cookies({"zintis_desk_list": cookie})
        page = await anna.see(f"/desk/tickets/{number}")
    assert page.status == 200


async def test_a_stranger_gets_no_list(office: Office) -> None:
    await office.ticket()
    async with office.person() as nobody:
        page = await nobody.see("/desk/blakus", follow=False)
    assert page.status == 303


async def _asked(office: Office, person: Person, path: str, **headers: str) -> int:
    """How many queries a page takes."""
    asked = []
    engine = office.database._engine.sync_engine

    def note(*given: object) -> None:
        asked.append(given[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert (await person.see(path, headers=headers)).status == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(asked)


async def test_the_list_costs_three_queries_however_long_it_is(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        place = f"/desk/tickets/{number}"
        whole = await _asked(office, anna, place)
        alone = await _asked(office, anna, place, **{BACKGROUND: "1"})
        for who in "abcdef":
            await office.ticket(who=who)
        assert await _asked(office, anna, place) == whole
    assert whole - alone <= 4  # with the note that the session is alive
