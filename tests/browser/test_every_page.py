"""Every page that a browser can open at the desk passes axe-core and fits its screen; a new one must be named."""

from collections.abc import AsyncIterator, Iterable

import pytest
from playwright.async_api import Page, expect

from bot.storage import agents as stored
from bot.storage.database import Database
from domain.tickets import TicketNumber
from tests.browser.pages import DESK, IN_BROWSER, PHONE, Pages, accessibility_problems, on_the_loop
from tests.browser.test_desk import a_full_ticket, place_of, sit_down
from tests.browser.test_editor import ieva, newsroom
from tests.desk.office import Office, open_office
from tests.workshop.newsroom import Newsroom

pytestmark = IN_BROWSER

__all__ = ["newsroom"]

BOTH = pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])

OF_STAFF = {
    "/desk/": "/desk/",
    "/desk/tickets/{number}": "/desk/tickets/{ticket}",
    "/desk/tickets/{number}/druka": "/desk/tickets/{ticket}/druka",
    "/desk/tickets/{number}/ieteikt/{message}": "/desk/tickets/{ticket}/ieteikt/{said}",
    "/desk/meklet": "/desk/meklet?q=zzz",
    "/desk/konts": "/desk/konts",
    "/desk/password": "/desk/password",
    "/desk/parskats": "/desk/parskats",
    "/desk/darbinieki": "/desk/darbinieki",
    "/desk/zurnals": "/desk/zurnals",
    "/desk/pazinojumi": "/desk/pazinojumi",
    "/desk/vestnesi": "/desk/vestnesi",
    "/desk/uzaicinajums/{token}": "/desk/uzaicinajums/nav",
}
OF_STRANGERS = {"/desk/login": "/desk/login", "/desk/login/kods": "/desk/login/kods"}
OF_EDITORS = {
    "/desk/content": "/desk/content",
    "/desk/content/topics/{topic}": "/desk/content/topics/bills-pay-where",
    "/desk/content/topics/{topic}/edit": "/desk/content/topics/bills-pay-where/edit",
    "/desk/content/questions": "/desk/content/questions",
    "/desk/content/new": "/desk/content/new",
    "/desk/content/phone": "/desk/content/phone",
}
FORMS = "/desk/tickets/{number}/"
NO_PAGES = {
    "/desk": "leads to the list",
    "/desk/live": "a stream",
    "/desk/blakus": "a part of the ticket's page",
    "/desk/tickets/{number}/live": "a stream",
    "/desk/jaunumi": "a stream",
    "/desk/content/status": "a part of the editors' pages",
    "/desk/tickets/{number}/temati": "a part of the ticket's page",
    "/desk/files/{message}/{index}": "a file",
    "/desk/files/sent/{message}": "a file",
    "/desk/eksports.csv": "a file",
    "/desk/parskats.csv": "a file",
    "/desk/static/{name}": "a file",
}
"""Routes that show no page of their own, and why."""


@on_the_loop
async def office(database: Database) -> AsyncIterator[Office]:
    """The desk with an administrator and a clerk."""
    async with open_office(database) as opened:
        await opened.hire("Dace Kalniņa")
        await opened.hire("Anna Bērziņa")
        await opened.hire("Pēteris Vītols")
        async with database.reading() as connection:
            await stored.set_role(connection, opened.agents["Dace Kalniņa"], role="admin")
        yield opened


async def test_every_route_has_an_example(office: Office, newsroom: Newsroom) -> None:
    found = office.pages | newsroom.pages
    named = {*OF_STAFF, *OF_STRANGERS, *OF_EDITORS, *NO_PAGES}
    assert {route for route in found - named if not route.startswith(FORMS)} == set()
    assert named - found == set()


async def test_the_address_of_a_form_leads_to_its_ticket(office: Office, pages: Pages) -> None:
    number = await office.ticket()
    page = await sit_down(pages, office, "Anna")
    forms = [r for r in office.pages - {*OF_STAFF, *NO_PAGES} if r.startswith(FORMS)]
    assert forms
    for route in forms:
        await page.goto(office.url + route.format(number=number))
        assert page.url == office.url + place_of(number)


@BOTH
async def test_every_page_of_staff_is_for_everybody(
    office: Office, pages: Pages, viewport: dict[str, int]
) -> None:
    number = await a_full_ticket(office)
    dace = office.agents["Dace Kalniņa"]
    await office.tickets.claim(number, by=dace, name="Dace")
    await office.tickets.answer(number, text="Rīt.", by=dace)
    said = (await office.outgoing(number))[-1].id[1:]
    stranger = await pages.open(f"{office.url}/desk/login", viewport=viewport)
    page = await sit_down(pages, office, "Dace", viewport=viewport)
    problems = {
        **await _problems(stranger, office.url, OF_STRANGERS.values()),
        **await _problems(
            page, office.url, [p.format(ticket=number, said=said) for p in OF_STAFF.values()]
        ),
    }
    assert problems == {path: [] for path in problems}
    pages.complaints.clear()  # an invitation that is none answers 404


@BOTH
async def test_a_ticket_is_for_everybody_in_every_state(
    office: Office, pages: Pages, viewport: dict[str, int]
) -> None:
    page = await sit_down(pages, office, "Anna", viewport=viewport)
    states = await _tickets_in_every_state(office)
    found = await _problems(page, office.url, [place_of(number) for number in states.values()])
    assert found == {path: [] for path in found}
    await page.goto(f"{office.url}/desk/darbinieki")
    assert await accessibility_problems(page) == []
    await expect(page.locator("h1")).to_be_visible()
    pages.complaints.clear()  # a clerk may not see the people: 403


async def _tickets_in_every_state(office: Office) -> dict[str, TicketNumber]:
    anna, peteris = office.agents["Anna Bērziņa"], office.agents["Pēteris Vītols"]
    names = ("new", "mine", "another's", "solved", "confirmed")
    made = {name: await office.ticket(who=name) for name in names}
    await office.tickets.claim(made["another's"], by=peteris, name="Pēteris")
    for name in ("mine", "solved", "confirmed"):
        await office.tickets.claim(made[name], by=anna, name="Anna")
    for name in ("solved", "confirmed"):
        await office.tickets.solve(made[name], by=anna)
    office.clock.pass_time(days=15)
    assert await office.tickets.close_silent(before=office.clock.now()) == 2
    made["solved"] = await office.ticket(who="again")
    await office.tickets.claim(made["solved"], by=anna, name="Anna")
    await office.tickets.solve(made["solved"], by=anna)
    return made


@BOTH
async def test_every_page_of_editors_is_for_everybody(
    newsroom: Newsroom, pages: Pages, viewport: dict[str, int]
) -> None:
    page = await ieva(pages, newsroom, viewport)
    problems = await _problems(page, newsroom.url, OF_EDITORS.values())
    assert problems == {path: [] for path in problems}


async def _problems(page: Page, url: str, paths: Iterable[str]) -> dict[str, list[str]]:
    """What axe finds on each page, and whether it is wider than the screen."""
    found = {}
    for path in paths:
        await page.goto(url + path)
        wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found[path] = await accessibility_problems(page) + (["too wide"] if wider > 0 else [])
    return found
