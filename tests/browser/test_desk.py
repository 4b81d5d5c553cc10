"""The desk in Chromium: two agents at once, live pages, drafts, keyboards and screen readers."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import delete

from bot.storage.database import Database
from bot.storage.schema import outbound_messages, sessions, tickets
from domain.messages import Attachment, Channel, DeliveryState, MessageKind, OutboundId
from domain.tickets import HandoffReason, TicketNumber
from tests.browser.pages import DESK, IN_BROWSER, PHONE, Pages, accessibility_problems, on_the_loop
from tests.desk.office import PASSWORD, Office, email_of, open_office

pytestmark = IN_BROWSER


@on_the_loop
async def office(database: Database) -> AsyncIterator[Office]:
    """The desk with two agents."""
    async with open_office(database) as opened:
        await opened.hire("Anna Bērziņa")
        await opened.hire("Pēteris Vītols")
        yield opened


async def sit_down(
    pages: Pages,
    office: Office,
    name: str,
    path: str = "/desk/",
    **options: Any,  # noqa: ANN401 - whatever Playwright takes
) -> Page:
    """An agent logs in and opens a page."""
    page = await pages.open(f"{office.url}/desk/login?next={path}", **options)
    await page.get_by_label("E-pasts").fill(email_of(name))
    await page.get_by_label("Parole").fill(PASSWORD)
    await page.get_by_role("button", name="Pieslēgties").click()
    await page.wait_for_url(f"**{path}")
    return page


def place_of(number: TicketNumber) -> str:
    return f"/desk/tickets/{number}"


# ---------------------------------------------------------------------------------------------- two agents


async def test_one_takes_the_ticket_and_the_other_sees_it_at_once(
    office: Office, pages: Pages
) -> None:
    number = await office.ticket("Kad izvedīs atkritumus?")
    anna = await sit_down(pages, office, "Anna", place_of(number))
    peteris = await sit_down(pages, office, "Pēteris", place_of(number))
    await expect(peteris.get_by_role("button", name="Paņemt")).to_be_visible()

    await anna.get_by_role("button", name="Paņemt").click()

    await expect(anna.get_by_text("Asistents klusē")).to_be_visible()
    await expect(peteris.get_by_text("Jau paņēma Anna Bērziņa.")).to_be_visible()
    await expect(peteris.get_by_role("button", name="Paņemt")).to_be_hidden()
    await expect(peteris.get_by_label("Atbilde iedzīvotājam")).to_be_hidden()


async def test_a_page_that_follows_does_not_swallow_a_click(office: Office, pages: Pages) -> None:
    number = await office.ticket()
    anna = await sit_down(pages, office, "Anna", place_of(number))
    peteris = await sit_down(pages, office, "Pēteris", place_of(number))
    take = peteris.get_by_role("button", name="Paņemt")
    await take.hover()
    await peteris.mouse.down()
    async with peteris.expect_response(
        lambda answer: answer.url.partition("?")[0].endswith(place_of(number))
    ):
        await anna.get_by_role("button", name="Paņemt").click()
    await peteris.wait_for_timeout(500)  # what came would stand there by now
    await expect(take).to_be_visible()

    async with peteris.expect_response(lambda answer: answer.request.method == "POST"):
        await peteris.mouse.up()
    await expect(peteris.get_by_text("Jau paņēma Anna Bērziņa.").first).to_be_visible()
    pages.complaints.clear()  # 409: Anna was first


async def test_answer_goes_out_and_a_note_stays_in(office: Office, pages: Pages) -> None:
    number = await office.ticket()
    anna = await sit_down(pages, office, "Anna", place_of(number))
    await anna.get_by_role("button", name="Paņemt").click()
    await expect(anna.get_by_text("Asistents klusē")).to_be_visible()
    said_before = await office.count(outbound_messages)

    note = anna.get_by_label("Iekšēja piezīme kolēģiem")
    await note.fill("Slepena piezīme")
    await anna.get_by_role("button", name="Saglabāt piezīmi").click()
    await expect(anna.get_by_text("Piezīme saglabāta.")).to_be_visible()
    await expect(note).to_have_value("")
    assert await office.count(outbound_messages) == said_before

    answer = anna.get_by_label("Atbilde iedzīvotājam")
    await answer.fill("Atbilde")
    await answer.press("Control+Enter")
    await expect(anna.get_by_text("Atbilde nodota nosūtīšanai.")).to_be_visible()
    await expect(answer).to_have_value("")
    assert [one.text for one in await office.outgoing(number)] == ["Atbilde"]
    await expect(anna.locator(".by-note")).to_contain_text("Piezīme – iedzīvotājs to neredz")


async def test_impatient_double_click_sends_once(office: Office, pages: Pages) -> None:
    number = await office.ticket()
    anna = await sit_down(pages, office, "Anna", place_of(number))
    await anna.get_by_role("button", name="Paņemt").click()
    await anna.get_by_label("Atbilde iedzīvotājam").fill("Labdien")
    await anna.get_by_role("button", name="Nosūtīt tūlīt").dblclick()
    await expect(anna.locator(".by-agent")).to_have_count(1)
    assert len(await office.outgoing(number)) == 1


# ---------------------------------------------------------------------------------------------- live


async def test_new_words_appear_while_an_answer_is_typed(office: Office, pages: Pages) -> None:
    number = await office.ticket("Pirmais")
    anna = await sit_down(pages, office, "Anna", place_of(number))
    await anna.get_by_role("button", name="Paņemt").click()
    answer = anna.get_by_label("Atbilde iedzīvotājam")
    await answer.fill("Es jau rakstu")

    await office.resident_writes("Otrais jautājums")

    await expect(anna.locator("#lines").get_by_text("Otrais jautājums")).to_be_visible()
    await expect(answer).to_have_value("Es jau rakstu")
    await expect(answer).to_be_focused()


async def test_delivery_is_followed_without_reload(office: Office, pages: Pages) -> None:
    number = await office.ticket()
    anna = await sit_down(pages, office, "Anna", place_of(number))
    await anna.get_by_role("button", name="Paņemt").click()
    await anna.get_by_label("Atbilde iedzīvotājam").fill("Labdien")
    await anna.get_by_role("button", name="Nosūtīt tūlīt").click()
    mine = anna.locator(".by-agent")
    await expect(mine).to_contain_text("gaida nosūtīšanu")
    [sent] = await office.outgoing(number)
    message = OutboundId(int(sent.id[1:]))
    for state, words in (
        (DeliveryState.SENT, "nosūtīts ✓"),
        (DeliveryState.READ, "izlasīts ✓✓"),
        (DeliveryState.FAILED, "neizdevās nosūtīt"),
    ):
        await office.becomes(message, state)
        await expect(mine).to_contain_text(words)
    await anna.get_by_role("button", name="Mēģināt vēlreiz").click()
    await expect(mine).to_contain_text("gaida nosūtīšanu")


async def test_list_and_its_counts_follow(office: Office, pages: Pages) -> None:
    anna = await sit_down(pages, office, "Anna")
    await expect(anna.get_by_text("Neviens pieteikums negaida.")).to_be_visible()
    first = await office.ticket("Pirmais jautājums", who="a")
    await expect(anna.get_by_role("link", name="Pirmais jautājums")).to_be_visible()
    await office.ticket("Otrais jautājums", who="b")
    await expect(anna.locator("#tab-jauni .count")).to_have_text("2")
    await expect(anna).to_have_title("Nepaņemtie (2) – Zintis, darba galds")
    peteris = office.agents["Pēteris Vītols"]
    await office.tickets.claim(first, by=peteris, name="Pēteris Vītols")
    await expect(anna.get_by_role("link", name="Pirmais jautājums")).to_be_hidden()
    await expect(anna.locator("#tab-jauni .count")).to_have_text("1")


async def test_note_of_a_colleague_appears(office: Office, pages: Pages) -> None:
    number = await office.ticket()
    anna = await sit_down(pages, office, "Anna", place_of(number))
    await office.tickets.note(number, text="No Pētera", by=office.agents["Pēteris Vītols"])
    await expect(anna.locator(".by-note")).to_contain_text("No Pētera")


async def test_ticket_whose_resident_was_erased_says_so(office: Office, pages: Pages) -> None:
    number = await office.ticket()
    anna = await sit_down(pages, office, "Anna", place_of(number))
    async with office.database.reading() as connection:
        await connection.execute(delete(tickets))
    await office.resident_writes("vēl")
    await expect(anna.get_by_text("Šī pieteikuma vairs nav")).to_be_visible()
    pages.complaints.clear()  # the 404 stands in the console


# ---------------------------------------------------------------------------------------------- nothing typed is lost


async def test_draft_survives_a_reload_and_belongs_to_its_ticket(
    office: Office, pages: Pages
) -> None:
    number = await office.ticket("viens", who="a")
    other = await office.ticket("divi", who="b")
    anna = await sit_down(pages, office, "Anna", place_of(number))
    for mine in (number, other):
        await anna.goto(office.url + place_of(mine))
        await anna.get_by_role("button", name="Paņemt").click()
        await expect(anna.get_by_text("Asistents klusē")).to_be_visible()
    await anna.goto(office.url + place_of(number))
    await anna.get_by_label("Atbilde iedzīvotājam").fill("Melnraksts")
    await anna.reload()
    await expect(anna.get_by_label("Atbilde iedzīvotājam")).to_have_value("Melnraksts")
    await anna.goto(office.url + place_of(other))
    await expect(anna.get_by_label("Atbilde iedzīvotājam")).to_have_value("")


async def test_draft_survives_a_session_that_ended(office: Office, pages: Pages) -> None:
    number = await office.ticket()
    anna = await sit_down(pages, office, "Anna", place_of(number))
    await anna.get_by_role("button", name="Paņemt").click()
    await anna.get_by_label("Atbilde iedzīvotājam").fill("Rakstīts pirms sesijas beigām")
    async with office.database.reading() as connection:
        await connection.execute(delete(sessions))
    await office.resident_writes("vai kāds ir?")
    await anna.get_by_role("link", name="Pieslēgties vēlreiz").click()
    await anna.get_by_label("E-pasts").fill(email_of("Anna"))
    await anna.get_by_label("Parole").fill(PASSWORD)
    await anna.get_by_role("button", name="Pieslēgties").click()
    await expect(anna.get_by_label("Atbilde iedzīvotājam")).to_have_value(
        "Rakstīts pirms sesijas beigām"
    )
    pages.complaints.clear()  # the 401 stands in the console


async def test_draft_is_kept_readable_when_the_ticket_leaves(office: Office, pages: Pages) -> None:
    number = await office.ticket()
    anna = await sit_down(pages, office, "Anna", place_of(number))
    await anna.get_by_role("button", name="Paņemt").click()
    await anna.get_by_label("Atbilde iedzīvotājam").fill("Pusgatava atbilde")
    await office.tickets.give_back(number, by=office.agents["Anna Bērziņa"])
    kept = anna.get_by_label("Jūsu nenosūtītais teksts")
    await expect(kept).to_have_value("Pusgatava atbilde")
    await anna.get_by_role("button", name="Paņemt").click()
    await expect(anna.get_by_label("Atbilde iedzīvotājam")).to_have_value("Pusgatava atbilde")


async def test_leaving_with_an_unsent_answer_is_asked_about(office: Office, pages: Pages) -> None:
    number = await office.ticket()
    anna = await sit_down(pages, office, "Anna", place_of(number))
    await anna.get_by_role("button", name="Paņemt").click()
    await anna.get_by_label("Atbilde iedzīvotājam").fill("Nenosūtīts")
    asked: list[str] = []

    async def say_no(dialog: object) -> None:
        asked.append(dialog.message)  # type: ignore[attr-defined]  # Playwright's Dialog
        await dialog.dismiss()  # type: ignore[attr-defined]  # the same

    anna.on("dialog", say_no)
    await anna.get_by_role("button", name="Pabeigt").click()
    assert asked == ["Atbildes laukā ir nenosūtīts teksts vai fails. Vai tomēr turpināt?"]
    await expect(anna.get_by_label("Atbilde iedzīvotājam")).to_have_value("Nenosūtīts")


async def test_logging_out_leaves_no_draft_on_the_computer(office: Office, pages: Pages) -> None:
    number = await office.ticket()
    anna = await sit_down(pages, office, "Anna", place_of(number))
    await anna.get_by_label("Iekšēja piezīme kolēģiem").fill("Slepens")
    await anna.get_by_role("button", name="Iziet").click()
    await expect(anna.get_by_text("Darbs ir beigts.")).to_be_visible()
    assert await anna.evaluate("localStorage.length + sessionStorage.length") == 0


async def test_counter_tells_into_how_many_messages_an_answer_falls(
    office: Office, pages: Pages
) -> None:
    number = await office.ticket(who="whatsapp:+37120000001", channel=Channel.WHATSAPP)
    anna = await sit_down(pages, office, "Anna", place_of(number))
    await anna.get_by_role("button", name="Paņemt").click()
    answer, counter = anna.get_by_label("Atbilde iedzīvotājam"), anna.locator("#answer-count")
    for length, said in (
        (1, "1 rakstzīme"),
        (1700, "1700 rakstzīmes – aizies 2 ziņās"),
        (8021, "Par garu: 21 rakstzīme par daudz"),
    ):
        await answer.fill("a" * length)
        await expect(counter).to_have_text(said)


# ---------------------------------------------------------------------------------------------- everybody can use it


async def a_full_ticket(office: Office) -> TicketNumber:
    """A ticket with everything that a page can show."""
    await office.resident_writes("Mans kods 120190-11111", channel=Channel.WHATSAPP, who="w")
    said = await office.assistant_says(
        "Labdien!\n\n- viens\n- divi", channel=Channel.WHATSAPP, who="w"
    )
    await office.becomes(said, DeliveryState.FAILED, error="63016")
    parked = await office.assistant_says("Gaida", channel=Channel.WHATSAPP, who="w")
    await office.becomes(parked, DeliveryState.PARKED)
    photo = Attachment(MessageKind.PHOTO, name="a.jpg", size=10_000)
    await office.resident_writes(
        channel=Channel.WHATSAPP, who="w", kind=MessageKind.PHOTO, attachments=(photo,)
    )
    number = await office.ticket(
        "Palīdziet", channel=Channel.WHATSAPP, who="w", reason=HandoffReason.CRISIS
    )
    await office.tickets.note(number, text="Piezīme", by=office.agents["Pēteris Vītols"])
    return number


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_passes_axe(
    office: Office, pages: Pages, viewport: dict[str, int], scheme: str
) -> None:
    number = await a_full_ticket(office)
    await office.ticket("cits", who="b")
    problems: dict[str, list[str]] = {}
    options: dict[str, Any] = {"viewport": viewport, "color_scheme": scheme}
    stranger = await pages.open(f"{office.url}/desk/login", **options)
    problems["login"] = await accessibility_problems(stranger)
    page = await sit_down(pages, office, "Anna", **options)
    for path in ("/desk/", "/desk/?skats=mani", "/desk/password", place_of(number)):
        await page.goto(office.url + path)
        problems[path] = await accessibility_problems(page)
    await page.get_by_role("button", name="Paņemt").click()
    await expect(page.get_by_text("Asistents klusē")).to_be_visible()
    await office.hours_ago(number, 30)
    await page.reload()
    await page.get_by_text("Vēsture").click()
    problems["mine, parked"] = await accessibility_problems(page)
    await page.get_by_label("Atbilde iedzīvotājam").fill(" ")
    await page.get_by_role("button", name="Saglabāt un paziņot iedzīvotājam").click()
    problems["empty answer"] = await accessibility_problems(page)
    await page.goto(f"{office.url}/desk/tickets/999")
    problems["not there"] = await accessibility_problems(page)
    assert problems == {name: [] for name in problems}
    pages.complaints.clear()  # 422 and 404 stand in the console


_WIDE = """[...document.querySelectorAll("*")]
    .filter(e => document.documentElement.scrollWidth > innerWidth && e.getBoundingClientRect().right > innerWidth + 1)
    .map(e => e.className || e.tagName)"""


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
async def test_nothing_is_wider_than_the_screen(
    office: Office, pages: Pages, viewport: dict[str, int]
) -> None:
    long_word = "ļoti" * 60
    number = await office.ticket(long_word, name=long_word)
    page = await sit_down(pages, office, "Anna", viewport=viewport)
    for path in ("/desk/", place_of(number)):
        await page.goto(office.url + path)
        wide = await page.evaluate(_WIDE)
        assert wide == []


async def test_day_at_the_desk_without_a_mouse(office: Office, pages: Pages) -> None:
    number = await office.ticket("Ar tastatūru")
    page = await sit_down(pages, office, "Anna")
    await page.get_by_role("link", name="Ar tastatūru").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**{place_of(number)}")
    await page.get_by_role("button", name="Paņemt").press("Enter")
    answer = page.get_by_label("Atbilde iedzīvotājam")
    await answer.focus()
    await page.keyboard.type("Labdien")
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Pievienot failu")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Nosūtīt tūlīt")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".by-agent")).to_contain_text("Labdien")


async def test_desk_works_without_scripts(office: Office, pages: Pages) -> None:
    number = await office.ticket()
    page = await sit_down(pages, office, "Anna", place_of(number), java_script_enabled=False)
    await page.get_by_role("button", name="Paņemt").click()
    await page.get_by_label("Atbilde iedzīvotājam").fill("Bez skriptiem")
    await page.get_by_role("button", name="Nosūtīt tūlīt").click()
    await expect(page.locator(".by-agent")).to_contain_text("Bez skriptiem")
    await page.get_by_role("button", name="Pabeigt").click()
    await expect(page.locator("#reply")).to_contain_text("Pabeigts.")
