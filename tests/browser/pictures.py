"""Retakes the pictures of the guides, docs/images: `.venv/bin/pytest tests/browser/pictures.py`.

Not a test, so `make test` does not collect it. The people are invented, the content is real, the model is a fake that
understands what it was taught. ZINTIS_CHROMIUM names the browser, ZINTIS_PICTURES another folder.
"""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import text as sql

from bot.clock import SystemClock
from bot.desk import agents
from bot.storage import agents as stored_agents
from bot.storage import staff_groups
from bot.storage.database import Database
from bot.workshop.status import StatusFile, WatchState
from domain.messages import AgentId, Channel
from domain.tickets import HandoffReason, TicketNumber
from tests.browser.chat_page import ChatPage
from tests.browser.pages import IN_BROWSER, PHONE, Pages, on_the_loop
from tests.browser.test_desk import place_of, sit_down
from tests.browser.test_desk_statistics import OVERVIEW, write_two_months
from tests.desk.ledger import Ledger
from tests.desk.office import NOON, PASSWORD, Office, open_office
from tests.desk.test_lists import moved
from tests.web.service import ChatService, running_chat
from tests.workshop.newsroom import Newsroom, open_newsroom

pytestmark = IN_BROWSER

FOLDER = Path(os.environ.get("ZINTIS_PICTURES") or Path(__file__).parents[2] / "docs" / "images")
WIDE = {"width": 1440, "height": 900}
EDITORS = {"width": 1180, "height": 800}
ON_BOTH = pytest.mark.parametrize(
    ("viewport", "device"), [(WIDE, ""), (PHONE, "-phone")], ids=["desk", "phone"]
)

QUESTION = "Labdien! Kur var nomaksāt rēķinu par ūdeni Elejā?"
NEW_NUMBER = "63007788"


WAITING: tuple[tuple[str, str, int, Channel, dict[str, object]], ...] = (
    (
        "Ceļš uz Vilci nav notīrīts, skolas autobuss netiek cauri",
        "Juris Kalns",
        -2,
        Channel.TELEGRAM,
        {"queue": "kac-eleja"},
    ),
    (
        "Vai bibliotēka Elejā sestdien strādā?",
        "Skaidrīte Žagare",
        1,
        Channel.WEB,
        {"tags": ["bibliotēka"]},
    ),
    (
        "Gribu pieteikt bērnu dārziņā Svētē",
        "Inga Liepa",
        3,
        Channel.WHATSAPP,
        {"queue": "education"},
    ),
    (
        "Kā pieteikt skaitītāja pārbaudi?",
        "Andris Ozols",
        5,
        Channel.TELEGRAM,
        {"queue": "bills", "priority": "high"},
    ),
    (
        "Kur deklarēt dzīvesvietu, ja nav e-paraksta?",
        "Marta Vītola",
        6,
        Channel.TELEGRAM,
        {"queue": "registry"},
    ),
)
"""What is asked, by whom, hours until an answer is due, where, and what else the ticket has."""


async def take(page: Page, name: str, *, height: int | None = None) -> None:
    """Keep what is on the screen, or its first `height` pixels."""
    await page.mouse.move(0, 0)
    await page.evaluate("document.fonts.ready")
    await page.evaluate("document.activeElement.blur()")
    size = page.viewport_size
    assert size is not None
    await page.screenshot(
        path=FOLDER / f"{name}.png",
        animations="disabled",
        clip={"x": 0, "y": 0, "width": size["width"], "height": height or size["height"]},
    )


# ---------------------------------------------------------------------------------------------- the chat


@pytest.mark.parametrize(
    ("viewport", "device"),
    [({"width": 1280, "height": 800}, "desktop"), (PHONE, "phone")],
    ids=["desk", "phone"],
)
async def test_chat(chat: ChatService, pages: Pages, viewport: dict[str, int], device: str) -> None:
    chat.nlu.teach("ka samaksat udens rekinu?", "topic.bills-pay-where")
    page = await pages.open(chat.url, viewport=viewport)
    talk = ChatPage(page)
    await talk.says("labdien")
    await talk.hears("digitālais palīgs")
    await talk.says("ka samaksat udens rekinu?")
    await talk.hears("internetbankā")
    await to_the_last_choice(talk)
    await take(page, f"chat-{device}")


async def to_the_last_choice(talk: ChatPage) -> None:
    """Scroll as somebody does who has read the answer."""
    await talk.answers.last.get_by_role("button").last.scroll_into_view_if_needed()


# ---------------------------------------------------------------------------------------------- the desk


@on_the_loop
async def office(database: Database) -> AsyncIterator[Office]:
    """A desk with five people."""
    async with open_office(database, public_url="http://zintis.example", sends_mail=True) as opened:
        for name, role, queues in (
            ("Dace Liepa", "admin", ()),
            ("Anna Bērziņa", "staff", ("general", "kac-eleja")),
            ("Ilze Kalniņa", "staff", ("general", "bills")),
            ("Pēteris Vītols", "supervisor", ()),
            ("Kārlis Zariņš", "editor", ("building",)),
        ):
            await hire(opened, name, role, queues)
        yield opened


async def hire(office: Office, name: str, role: str, queues: tuple[str, ...]) -> AgentId:
    """Somebody at the desk with a role and queues."""
    made = await office.hire(name)
    async with office.database.reading() as connection:
        await stored_agents.set_role(connection, made, role=role)
        await stored_agents.set_queues(connection, made, queues=queues)
    return made


async def open_tickets(office: Office) -> TicketNumber:
    """What waits this Monday; the number of Vilma's, who is answered."""
    office.nlu.teach(QUESTION, "topic.bills-pay-where|topic.bills-due-date")
    before = await office.ticket("Kad izved šķirotos atkritumus?", channel=Channel.WHATSAPP)
    await moved(office, before, state="closed", stars=5, opened_at=NOON - timedelta(days=12))
    for who, (question, name, hours, channel, more) in enumerate(WAITING):
        number = await office.ticket(question, who=f"r{who}", name=name, channel=channel)
        await moved(office, number, answer_by=NOON + timedelta(hours=hours), **more)
    danger = await office.ticket(
        "Pagrabā smird pēc gāzes", who="aija", name="Aija Strazda", reason=HandoffReason.CRISIS
    )
    await moved(office, danger, answer_by=NOON + timedelta(hours=7))
    vilma = await office.ticket(QUESTION, channel=Channel.WHATSAPP)
    await office.was_understood(await office.conversation_of(vilma), "topic.bills-pay-where")
    return vilma


async def _read(office: Office) -> None:
    """Whatever was sent was read."""
    async with office.database.reading() as connection:
        await connection.execute(sql("UPDATE outbound_messages SET state = 'read'"))
        await connection.execute(
            sql("UPDATE contacts SET language = 'lv', created_at = '2026-03-09 12:00+02'")
        )


@ON_BOTH
async def test_list_and_search(
    office: Office, pages: Pages, viewport: dict[str, int], device: str
) -> None:
    vilma = await open_tickets(office)
    await office.tickets.claim(vilma, by=office.agents["Anna Bērziņa"], name="Anna Bērziņa")
    page = await sit_down(pages, office, "Dace", viewport=viewport)
    await page.get_by_role("link", name="Visi atvērtie").click()
    await expect(page.locator("#tab-atvertie")).to_have_attribute("aria-current", "page")
    await take(page, f"desk-list{device}")
    await page.get_by_role("searchbox").fill("elej")
    await page.get_by_role("searchbox").press("Enter")
    await expect(page.locator("mark").first).to_be_visible()
    await take(page, f"desk-search{device}")


@ON_BOTH
async def test_ticket(office: Office, pages: Pages, viewport: dict[str, int], device: str) -> None:
    vilma = await open_tickets(office)
    by_ilze = office.agents["Ilze Kalniņa"]
    note = "Vilmai pagājušajā mēnesī bija parāds – pārbaudīts, samaksāts."
    await office.tickets.note(vilma, text=note, by=by_ilze)
    ilze = await sit_down(pages, office, "Ilze", place_of(vilma))
    page = await sit_down(pages, office, "Anna", place_of(vilma), viewport=viewport)
    await page.get_by_role("button", name="Paņemt").click()
    await page.get_by_label("Atbilde iedzīvotājam").fill("Labdien, Vilma! Tūlīt noskaidrošu.")
    await page.get_by_role("button", name="Nosūtīt tūlīt").click()
    await expect(page.locator(".by-agent")).to_be_visible()
    await _read(office)
    await ilze.get_by_label("Iekšēja piezīme kolēģiem").press_sequentially("Es")
    await expect(page.locator("#viewers")).to_contain_text("raksta")
    await page.reload()
    await expect(page.locator(".by-agent")).to_contain_text("izlasīts")
    if not device:
        await expect(page.get_by_role("button", name="Ievietot atbildi").first).to_be_visible()
    await page.evaluate("toEnd(document.querySelector('#scroll'))")
    await take(page, f"desk-ticket{device}")


@ON_BOTH
async def test_people_alerts_ambassadors_and_the_log(
    office: Office, pages: Pages, viewport: dict[str, int], device: str
) -> None:
    vilma = await open_tickets(office)
    await office.tickets.claim(vilma, by=office.agents["Anna Bērziņa"], name="Anna Bērziņa")
    await office.tickets.answer(vilma, text="Labdien!", by=office.agents["Anna Bērziņa"])
    async with office.database.reading() as connection:
        code = staff_groups.new_code()
        expires = NOON + staff_groups.CODE_LASTS
        await staff_groups.invite_group(
            connection, code, by=office.agents["Dace Liepa"], expires_at=expires
        )
        await staff_groups.link_group(
            connection, code, chat="-1", title="Novada darbinieki", at=NOON
        )
    page = await sit_down(pages, office, "Dace", "/desk/vestnesi", viewport=viewport)
    for name in ("Anna Liepa", "Valdis Krūmiņš"):
        await page.get_by_label("Vārds un uzvārds").fill(name)
        await page.get_by_role("button", name="Izveidot kodu").press("Enter")
    await page.locator("#ambassador-1").get_by_role("button", name="Izslēgt").click()
    await page.goto(f"{office.url}/desk/vestnesi")
    await page.get_by_label("Grupas nosaukums").fill("Elejas kaimiņi")
    await page.get_by_role("button", name="Izveidot grupas kodu").click()
    await page.goto(f"{office.url}/desk/vestnesi")
    await take(page, f"desk-ambassadors{device}")
    for path, name in (
        ("/desk/darbinieki", "people"),
        ("/desk/pazinojumi", "alerts"),
        (f"/desk/zurnals?no={NOON:%F}&lidz={NOON:%F}", "audit"),
    ):
        await page.goto(office.url + path)
        await take(page, f"desk-{name}{device}")


@ON_BOTH
async def test_the_overview(
    office: Office, pages: Pages, viewport: dict[str, int], device: str
) -> None:
    await write_two_months(Ledger(office.database))
    page = await sit_down(pages, office, "Dace", OVERVIEW, viewport=viewport)
    await expect(page.get_by_role("img", name="Sarunas: kopā")).to_be_visible()
    await take(page, f"desk-statistics{device}")


# ---------------------------------------------------------------------------------------------- the editors' pages


@on_the_loop
async def newsroom(database: Database, tmp_path: Path) -> AsyncIterator[Newsroom]:
    """The editors' pages, an editor, and questions that were not understood."""
    async with open_newsroom(database, tmp_path) as opened:
        await agents.add(
            database, email="ieva@example.org", name="Ieva Liepa", password=PASSWORD, role="editor"
        )
        await opened.asked("kur udeni nomaksat ar karti", times=4)
        await opened.asked("kur ūdeni var nomaksāt ar karti")
        await opened.asked("vai var noīrēt telti ciema svētkiem", times=3)
        await opened.asked("kur nomaksāt naudas sodu", times=2)
        for topic, times in (("bills-pay-where", 12), ("waste-calendar", 7), ("bills-due-date", 5)):
            await opened.asked(
                "jautājums",
                intent=f"topic.{topic}",
                said=f"topic.{topic}",
                confidence=0.9,
                times=times,
            )
        await opened.was_helped("bills-pay-where", yes=5, no=1)
        yield opened


async def test_editors(newsroom: Newsroom, pages: Pages, database: Database) -> None:
    with StatusFile(newsroom.state_dir).watching():
        await walk_through(newsroom, pages)
    await _the_new_number_in_the_chat(newsroom, pages, database)


async def walk_through(newsroom: Newsroom, pages: Pages) -> None:
    """From the list of topics to the new model, as the guide tells it."""
    page = await pages.open(f"{newsroom.url}/desk/login?next=/desk/content", viewport=EDITORS)
    await page.get_by_label("E-pasts").fill("ieva@example.org")
    await page.get_by_label("Parole").fill(PASSWORD)
    await page.get_by_role("button", name="Pieslēgties").click()
    await take(page, "redaktors-temati")
    await page.goto(f"{newsroom.url}/desk/content/topics/bills-pay-where")
    await take(page, "redaktors-temats")
    await page.get_by_role("link", name="Labot").click()
    await page.get_by_label("Tālrunis", exact=True).fill(NEW_NUMBER)
    await page.set_viewport_size({"width": 1180, "height": 960})
    await page.evaluate("scrollTo(0, 0)")
    await take(page, "redaktors-labot")
    await page.set_viewport_size({"width": 1180, "height": 800})
    await page.get_by_role("button", name="Apskatīt izmaiņas").click()
    await take(page, "redaktors-izmainas")
    await page.get_by_role("button", name="Saglabāt").click()
    await newsroom.take_over()
    await page.goto(f"{newsroom.url}/desk/content/phone?vecais=8848")
    await page.get_by_label("Jaunais numurs").fill(NEW_NUMBER)
    await page.get_by_role("button", name="Apskatīt izmaiņas").click()
    await take(page, "redaktors-numurs")
    await page.goto(f"{newsroom.url}/desk/content/questions")
    await take(page, "redaktors-nesaprastie")
    await page.get_by_role("button", name="Jauns temats no jautājuma „kur nomaksāt").click()
    await expect(page.get_by_role("heading", name="Jauns temats")).to_be_visible()
    await page.get_by_label("Virsraksts").fill("Kur nomaksāt naudas sodu")
    await page.get_by_label("Grupa").select_option("bills")
    answer = "Naudas sodu samaksājiet pēc rekvizītiem, kas ir Jūsu **lēmumā**."
    await page.get_by_label("Atbilde", exact=True).fill(answer)
    await take(page, "redaktors-jauns")
    words = (
        "Jaunais modelis (nr. 4) strādā: pareizi uzreiz vai pēc viena pārjautājuma 96,2 %, no atbildēm uzreiz"
        " pareizas 98,1 %, svešiem jautājumiem kļūdaini atbild 2,1 % (iepriekš: 96,1 %, 98,4 %, 2,1 %)."
    )
    StatusFile(newsroom.state_dir).write(WatchState.RELEASED, words, at=newsroom.clock.now())
    await page.goto(f"{newsroom.url}/desk/content")
    await take(page, "redaktors-modelis", height=330)


async def _the_new_number_in_the_chat(newsroom: Newsroom, pages: Pages, database: Database) -> None:
    content = newsroom.live_content.current()
    async with running_chat(database.url, content=content, clock=SystemClock()) as chat:
        page = await pages.open(chat.url, viewport={"width": 390, "height": 760})
        talk = ChatPage(page)
        await talk.says("kur samaksāt rēķinu")
        await talk.hears(NEW_NUMBER)
        await to_the_last_choice(talk)
        await take(page, "redaktors-terzesana")
