"""The day after: a closed window and a "nē", a colleague who is away, one person on two channels, alerts and papers.

As on the first day everything runs for real; only the hours that WhatsApp's window takes to close are moved.
"""

import csv
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from playwright.async_api import Page, expect
from pydantic import SecretStr

from bot.clock import SystemClock
from domain.working_hours import local_day
from simulators.smtp import MailSimulator
from simulators.telegram import SentMessage
from simulators.telegram_people import TelegramGroup
from tests.browser.pages import PHONE, Pages
from tests.desk.office import email_of
from tests.scenarios.at_the_desk import (
    ANNA,
    PETERIS,
    OnPhone,
    OnWebPage,
    a_day_passes,
    answer,
    claim,
    finish,
    line_of,
    look_into,
    unfold,
)
from tests.scenarios.conftest import Assistant, OnTelegram, OnWhatsApp, SitDown

pytestmark = pytest.mark.browser

ILZE = "Ilze Ozola"


@pytest.fixture
async def post() -> AsyncIterator[MailSimulator]:
    """The mail server of the municipality."""
    async with MailSimulator() as running:
        yield running


@pytest.fixture
def more_settings(post: MailSimulator) -> Mapping[str, Any]:
    return {"smtp_url": SecretStr(post.url), "smtp_from": "Zintis <zintis@example.org>"}


# ------------------------------------------------------------------ the window, and "nē"


async def test_an_answer_waits_for_the_window_and_a_no_comes_first(
    assistant: Assistant, sit_down: SitDown
) -> None:
    anna = await sit_down(ANNA)
    janis = OnPhone(assistant, OnTelegram(assistant.telegram.user(7001, "Jānis")))
    vilma = OnPhone(assistant, OnWhatsApp(assistant.twilio.person(name="Vilma")))
    for resident in (janis, vilma):
        await resident.says("cilvēks")
        await assistant.settled()
    await look_into(anna, 1002)
    await claim(anna)
    await _the_answer_is_parked_and_released(assistant, vilma, anna)
    await _no_puts_it_before_the_older_one(assistant, vilma, anna)
    await _stars_by_number_on_both_channels(assistant, vilma, janis, anna)


async def _the_answer_is_parked_and_released(
    assistant: Assistant, vilma: OnPhone, anna: Page
) -> None:
    # While the window is open the button says so; a day later it says what will happen instead.
    person = assistant.twilio.person()
    await expect(anna.locator("#answer-hint")).to_contain_text("WhatsApp logs atvērts")
    await a_day_passes(assistant, person)
    await look_into(anna, 1002)
    await expect(anna.locator("#answer-hint")).to_contain_text("logs ir aizvēries")
    await answer(anna, "Rēķins ir izlabots.", button="Saglabāt un paziņot iedzīvotājam")
    parked = line_of(anna, "Rēķins ir izlabots.")
    await expect(parked.locator(".delivery")).to_have_text("gaida 24 h logu")
    await expect(line_of(anna, "Automātisks WhatsApp paziņojums").last).to_be_visible()
    await anna.get_by_role("link", name="Gaida logu").click()
    await expect(anna.locator("#beside-title")).to_have_text("Gaida logu")
    await anna.get_by_role("link", name="← Pieteikumi").click()
    await expect(anna.locator("#ticket-1002")).to_contain_text("gaida 24 h logu")
    await anna.locator("#ticket-1002 a").first.click()

    # Only the template has reached the phone; its button brings the answer, and the desk sees how far it got.
    template = person.phone.inbox[-1]
    assert template.quick_replies
    assert not any("izlabots" in said for said in vilma.person.heard())
    assert (await person.presses("Saņemt atbildi")).status == 200
    await vilma.hears("Rēķins ir izlabots.")
    await expect(parked.locator(".delivery")).to_contain_text("piegādāts ✓✓")
    await person.reads(next(m for m in person.phone.inbox if "izlabots" in m.body))
    await expect(parked.locator(".delivery")).to_contain_text("izlasīts ✓✓")
    await expect(anna.get_by_role("button", name="Nosūtīt tūlīt")).to_be_visible()


async def _no_puts_it_before_the_older_one(
    assistant: Assistant, vilma: OnPhone, anna: Page
) -> None:
    await finish(anna)
    await vilma.hears("Vai atbilde palīdzēja?")
    await vilma.says("nē")
    await vilma.hears("nodevu darbiniekam vēlreiz")
    await anna.goto(f"{assistant.url}/desk/")
    await expect(anna.locator("#tickets .row-number")).to_have_text(["1002", "1001"])
    await expect(anna.locator("#ticket-1002")).to_contain_text("atvērts no jauna")
    await anna.locator("#ticket-1002 a").first.click()
    await claim(anna)
    await answer(anna, "Jaunais rēķins ir Jūsu pastkastē.")
    await vilma.hears("Jaunais rēķins")


async def _stars_by_number_on_both_channels(
    assistant: Assistant, vilma: OnPhone, janis: OnPhone, anna: Page
) -> None:
    await finish(anna)
    await assistant.settled()
    await vilma.says("5")
    await vilma.hears("Vai vēlaties ko piebilst?")
    await expect(anna.locator("#facts")).to_contain_text("★★★★★")

    await look_into(anna, 1001)
    await claim(anna)
    await answer(anna, "Labdien, Jāni! Piezvanīšu.")
    await finish(anna)
    await janis.hears("Vai atbilde palīdzēja?")
    await janis.says("4")
    await janis.hears("Vai vēlaties ko piebilst?")
    await janis.says("ātri, bet sarežģīti")
    await janis.hears("Kolēģi to izlasīs")
    await expect(anna.locator("#facts")).to_contain_text("ātri, bet sarežģīti")
    await expect(anna.locator("#reply")).to_contain_text("Pieteikums ir slēgts.")


# ------------------------------------------------------------------ colleagues, one person


async def test_colleagues_take_over_sort_and_find_one_person_on_two_channels(
    assistant: Assistant, pages: Pages, sit_down: SitDown
) -> None:
    anna, ilze = await sit_down(ANNA), await sit_down(ILZE)
    on_page = OnWebPage(await pages.open(f"{assistant.url}/", viewport=PHONE))
    await on_page.says("cilvēks")
    await on_page.hears("1001")
    on_phone = OnPhone(assistant, OnTelegram(assistant.telegram.user(7001, "Vilma")))
    await on_phone.says("cilvēks")
    await on_phone.hears("1002")
    await _ilze_takes_over_from_anna(assistant, on_page, anna, ilze)
    await _ilze_opens_it_again(on_page, ilze)
    await _two_tickets_of_one_person_become_one(on_page, on_phone, ilze)
    await _another_question_is_split_off_and_linked(assistant, ilze)


async def _ilze_takes_over_from_anna(
    assistant: Assistant, on_page: OnWebPage, anna: Page, ilze: Page
) -> None:
    await look_into(anna, 1001)
    await claim(anna)
    await on_page.hears(ANNA)
    await look_into(ilze, 1001)
    await expect(ilze.locator("#handling-take_over-box")).to_have_count(0)  # Anna is at work
    await anna.locator(".presence summary").click()
    today = local_day(SystemClock().now()).isoformat()
    await anna.get_by_label("Prombūtnē līdz (ieskaitot)").fill(today)
    await anna.get_by_role("button", name="Prombūtnē").click()
    await expect(anna.locator(".presence summary")).to_contain_text("Prombūtnē līdz")

    await look_into(ilze, 1001)
    await unfold(ilze, "take_over")
    await ilze.get_by_label("Kāpēc pārņemat").fill("Anna šodien slimo")
    await ilze.get_by_role("button", name="Pārņemt", exact=True).click()
    await expect(ilze.get_by_text("Pieteikums tagad ir Jūsu.")).to_be_visible()
    await on_page.hears(ILZE)
    await anna.goto(f"{assistant.url}/desk/?skats=mani")
    await expect(anna.locator("#lost")).to_contain_text(f"pārņēma {ILZE}")
    await anna.locator("#lost a").click()
    await expect(anna.locator(".by-note")).to_contain_text("Anna šodien slimo")


async def _ilze_opens_it_again(on_page: OnWebPage, ilze: Page) -> None:
    await finish(ilze)
    await on_page.hears("Vai atbilde palīdzēja?")
    await unfold(ilze, "reopen")
    await ilze.get_by_label("Kāpēc atverat no jauna").fill("Nospiedu kļūdas dēļ")
    await ilze.get_by_role("button", name="Atvērt no jauna").click()
    await expect(ilze.get_by_text("ir atvērts no jauna un ir pie Jums")).to_be_visible()
    await on_page.hears("tomēr vēl nav pabeigts")


async def _two_tickets_of_one_person_become_one(
    on_page: OnWebPage, on_phone: OnPhone, ilze: Page
) -> None:
    await on_page.says("Telegram es arī rakstīju, mans numurs tur ir 1002")
    await expect(ilze.get_by_role("log").get_by_text("Telegram es arī")).to_be_visible()
    await unfold(ilze, "join")
    await ilze.get_by_label("Cita šī cilvēka pieteikuma numurs").fill("1002")
    why = ilze.get_by_label("Kā tas zināms")
    await why.select_option(label="cilvēks pats to apliecināja")
    await ilze.get_by_role("button", name="Savienot", exact=True).click()
    await expect(ilze.locator("#kin")).to_contain_text("Nr. 1002 Vilma · Telegram")

    await ilze.locator("#kin a").first.click()
    await expect(ilze.locator(".head-number")).to_have_text("Nr. 1002")
    await unfold(ilze, "merge")
    await ilze.get_by_label("Kuram šī iedzīvotāja pieteikumam pievienot").select_option("1001")
    await ilze.get_by_role("button", name="Apvienot", exact=True).click()
    await expect(ilze.locator(".head-number")).to_have_text("Nr. 1001")
    await expect(ilze.locator("#handling-related")).to_contain_text("Šeit pievienots Nr. 1002")
    before = on_phone.person.heard()
    await answer(ilze, "Vilma, atbildu šeit par abiem.")
    await on_page.hears("atbildu šeit par abiem")
    assert on_phone.person.heard() == before


async def _another_question_is_split_off_and_linked(assistant: Assistant, ilze: Page) -> None:
    await unfold(ilze, "split")
    await ilze.get_by_label("Par ko ir otrs jautājums").fill("Nedeg lampa pie skolas")
    await ilze.get_by_role("button", name="Izveidot pieteikumu").click()
    await expect(ilze.get_by_text("Jauns pieteikums izveidots")).to_be_visible()
    await expect(ilze.locator("#handling-related")).to_contain_text("Nedeg lampa pie skolas")

    neighbour = OnPhone(assistant, OnWhatsApp(assistant.twilio.person(name="Juris")))
    await neighbour.says("cilvēks")
    await neighbour.hears("1004")
    await ilze.locator("#handling-related a").filter(has_text="1003").click()
    await unfold(ilze, "link")
    await ilze.get_by_label("Otra pieteikuma numurs").fill("1004")
    await ilze.get_by_role("button", name="Saistīt", exact=True).click()
    await expect(ilze.locator("#handling-related")).to_contain_text("Saistīts ar Nr. 1004")
    await claim(ilze)
    await ilze.get_by_role("button", name="Noņemt saiti ar Nr. 1004").click()
    await expect(ilze.locator("#handling-related")).not_to_contain_text("1004")


# ------------------------------------------------------------------ alerts, and finding again


async def test_the_group_answers_and_the_answer_is_found_again(
    assistant: Assistant, sit_down: SitDown, post: MailSimulator
) -> None:
    peteris = await sit_down(PETERIS, "admin")
    group = assistant.telegram.group(-9001, "Darbinieki")
    await _peteris_wants_to_know(assistant, peteris, group)
    vilma = OnPhone(assistant, OnWhatsApp(assistant.twilio.person(name="Vilma")))
    await vilma.says("cilvēks")
    await vilma.hears("1001")
    await _a_reply_in_the_group_is_an_answer(assistant, vilma, peteris, group)
    await assistant.until(lambda: bool(post.mails))
    assert post.mails[0].recipient == email_of(PETERIS)
    assert post.mails[0].message["Subject"] == "Jauns pieteikums Nr. 1001"
    assert "Vilma" not in post.mails[0].message.get_content()
    await _it_is_found_filtered_saved_and_printed(assistant, peteris)


async def _peteris_wants_to_know(assistant: Assistant, peteris: Page, group: TelegramGroup) -> None:
    # E-mail at once; a group that is told and an account that may answer there, each by a code.
    user = assistant.telegram.user(7100, "Pēteris")
    await peteris.get_by_role("link", name=PETERIS).click()
    await peteris.get_by_label("Sūtīt man e-pastu").select_option(
        label="Uzreiz, kad kaut kas notiek"
    )
    await peteris.get_by_role("button", name="Saglabāt").click()
    await expect(peteris.get_by_text("E-pasta paziņojumi mainīti.")).to_be_visible()
    await peteris.get_by_role("button", name="Sasaistīt Telegram").click()
    await user.says(await peteris.locator("#telegram-code").inner_text())
    assert PETERIS in (await user.hears()).text
    await peteris.get_by_role("link", name="Paziņojumi").first.click()
    await peteris.get_by_role("button", name="Pievienot grupu").click()
    await group.adds_bot(user)
    said = await group.member(user).says(await peteris.locator("#group-code").inner_text())
    told = await assistant.telegram.wait_for_reply(group.chat.id, after=said)
    assert "darbinieku grupa" in told.text


async def _posted(group: TelegramGroup, words: str) -> SentMessage:
    return await group.chat.changed.until(
        lambda: next((m for m in group.chat.sent if words in m.text), None), waited_for=words
    )


async def _a_reply_in_the_group_is_an_answer(
    assistant: Assistant, vilma: OnPhone, peteris: Page, group: TelegramGroup
) -> None:
    posted = await _posted(group, "Jauns pieteikums Nr. 1001")
    await assistant.alerts_settled()
    member = group.member(assistant.telegram.user(7100, "Pēteris"))
    await member.says("Bibliotēka rīt būs vaļā no plkst. 9.", reply_to=posted)
    question = await _posted(group, "Sūtīt iedzīvotājam?")
    assert not any("Bibliotēka" in said for said in vilma.person.heard())
    await member.presses("Sūtīt iedzīvotājam", under=question)
    pressed = await assistant.telegram.wait_for_call("answerCallbackQuery")
    assert pressed.values["text"].startswith("Nosūtīts iedzīvotājam.")
    await vilma.hears("Bibliotēka rīt būs vaļā")
    await vilma.hears(PETERIS)
    await vilma.says("paldies, un vai sestdien arī?")
    await _posted(group, "vai sestdien arī?")
    await look_into(peteris, 1001)
    await expect(line_of(peteris, "Bibliotēka rīt")).to_contain_text(PETERIS)


async def _it_is_found_filtered_saved_and_printed(assistant: Assistant, peteris: Page) -> None:
    other = OnPhone(assistant, OnTelegram(assistant.telegram.user(7001, "Jānis")))
    await other.says("cilvēks")
    await other.hears("1002")
    await peteris.goto(f"{assistant.url}/desk/?skats=atvertie")
    await peteris.get_by_role("searchbox").fill("biblioteka rit vala")
    await peteris.get_by_role("button", name="Meklēt").click()
    await expect(peteris.locator("mark").first).to_have_text("Bibliotēka")
    await expect(peteris.locator("#tickets, .tickets").locator(".row")).to_have_count(1)

    await peteris.goto(f"{assistant.url}/desk/?skats=atvertie")
    await expect(peteris.locator(".row")).to_have_count(2)
    await peteris.get_by_text("Filtri").click()
    await peteris.get_by_label("Kanāls").select_option(label="WhatsApp")
    await peteris.get_by_role("button", name="Rādīt").click()
    await expect(peteris.locator(".row")).to_have_count(1)
    async with peteris.expect_download() as coming:
        await peteris.get_by_role("link", name="Lejupielādēt CSV").click()
    file = await (await coming.value).path()
    [_, columns, *rows] = csv.reader(file.read_text("utf-8-sig").splitlines(), delimiter=";")
    saved = [dict(zip(columns, row, strict=True)) for row in rows]
    assert [(row["Nr."], row["Kanāls"], row["Darbinieks"]) for row in saved] == [
        ("1001", "WhatsApp", PETERIS)
    ]

    await peteris.locator("#ticket-1001 a").first.click()
    await peteris.get_by_role("link", name="Drukāt").click()
    await expect(peteris.locator(".print-lines")).to_contain_text("Bibliotēka rīt būs vaļā")
    assert await peteris.pdf()
