"""A day at the client service centre: two agents in their browsers, and a resident on each channel in turn.

Everything runs for real: web and worker, the database, the model, the vendors' protocols, Chromium for the desk and for
the web chat. What single pages do in detail is told in tests/browser; here is what a day is made of, in its order.
"""

import pytest
from playwright.async_api import Page, expect

from domain.messages import Channel
from simulators.telegram_people import TelegramUser
from tests.browser.pages import PHONE, Pages
from tests.made_files import png
from tests.scenarios.at_the_desk import (
    ANNA,
    PETERIS,
    OnPhone,
    OnWebPage,
    Somebody,
    answer,
    claim,
    finish,
)
from tests.scenarios.conftest import Assistant, OnTelegram, OnWhatsApp, SitDown

pytestmark = pytest.mark.browser


@pytest.fixture(params=list(Channel))
async def resident(request: pytest.FixtureRequest, assistant: Assistant, pages: Pages) -> Somebody:
    match request.param:
        case Channel.TELEGRAM:
            return OnPhone(assistant, OnTelegram(assistant.telegram.user(7001, "Vilma")))
        case Channel.WHATSAPP:
            return OnPhone(assistant, OnWhatsApp(assistant.twilio.person()))
        case _:
            return OnWebPage(await pages.open(f"{assistant.url}/", viewport=PHONE))


async def test_a_ticket_from_the_first_word_to_the_stars(
    assistant: Assistant, resident: Somebody, sit_down: SitDown
) -> None:
    anna, peteris = await sit_down(ANNA, "supervisor"), await sit_down(PETERIS, "admin")
    await _a_person_is_asked_for(resident, anna, peteris)
    await _one_takes_it_and_answers(resident, anna, peteris)
    await _it_is_handed_over_and_solved(resident, anna, peteris)
    await _two_stars_bring_it_back(assistant, resident, anna, peteris)
    await _five_stars_close_it(assistant, resident, anna, peteris)

    # The same trouble within a week comes back to the same ticket.
    await resident.says("mans rēķins joprojām ir dubults, nepalīdzēja")
    await anna.goto(f"{assistant.url}/desk/")
    await expect(anna.locator("#ticket-1001")).to_be_visible()


async def _a_person_is_asked_for(resident: Somebody, anna: Page, peteris: Page) -> None:
    # What the assistant knows it answers itself; nothing of it reaches the desk.
    await resident.says("labdien, kur var samaksat udens rekinu?")
    await resident.hears("Latvijas Pasta")
    await expect(anna.get_by_text("Neviens pieteikums negaida.")).to_be_visible()

    # A person is asked for: both open lists show the ticket without a reload.
    await resident.says("cilvēks")
    await resident.hears("1001")
    for page in (anna, peteris):
        await expect(page.locator("#ticket-1001")).to_be_visible()
        await page.locator("#ticket-1001 a").first.click()
        await expect(page.get_by_role("button", name="Paņemt")).to_be_visible()


async def _one_takes_it_and_answers(resident: Somebody, anna: Page, peteris: Page) -> None:
    # One takes it, the other is told who has it; from now on the assistant is silent.
    await claim(anna)
    await expect(peteris.get_by_text(f"Jau paņēma {ANNA}.")).to_be_visible()
    await resident.hears(ANNA)
    await resident.says("palīdzība, man rēķins ir dubults")
    await expect(anna.locator("#lines").get_by_text("man rēķins ir dubults")).to_be_visible()

    # The answer goes out with a picture; a note stays in.
    await anna.get_by_label("Pievienot failu").set_input_files(
        {"name": "rekins.png", "mimeType": "image/png", "buffer": png()}
    )
    await answer(anna, "Labdien! Lūdzu, salīdziniet ar šo rēķinu.")
    await resident.hears("Lūdzu, salīdziniet ar šo rēķinu.")
    await resident.sees_picture()
    await anna.get_by_label("Iekšēja piezīme kolēģiem").fill("Zvanīju JNKU, gaidu atbildi.")
    await anna.get_by_role("button", name="Saglabāt piezīmi").click()
    await expect(peteris.locator(".by-note")).to_contain_text("Zvanīju JNKU")


async def _it_is_handed_over_and_solved(resident: Somebody, anna: Page, peteris: Page) -> None:
    # It is handed over with a reason, and the colleague goes on where it stood.
    await anna.locator("#handling-hand_over-box summary").click()
    await anna.get_by_label("Kam nodot").select_option(label=PETERIS)
    await anna.get_by_label("Iemesls kolēģiem").fill("Eju pusdienās")
    await anna.get_by_role("button", name="Nodot", exact=True).click()
    await expect(anna.get_by_text(f"Jau paņēma {PETERIS}.")).to_be_visible()
    await answer(peteris, "Rēķins ir izlabots.")
    await resident.hears("Rēķins ir izlabots.")
    await finish(peteris)


async def _two_stars_bring_it_back(
    assistant: Assistant, resident: Somebody, anna: Page, peteris: Page
) -> None:
    # Two stars: whether somebody should come back is asked, and "jā" puts the ticket before everybody again.
    await resident.hears("Vai atbilde palīdzēja?")
    await resident.says("2")
    await assistant.settled()
    await resident.says("jā")
    await anna.goto(f"{assistant.url}/desk/")
    await expect(anna.locator("#ticket-1001")).to_be_visible()
    await claim(peteris)
    await answer(peteris, "Piezvanīju Jums, viss ir kārtībā.")
    await finish(peteris)
    await resident.hears("viss ir kārtībā")


async def _five_stars_close_it(
    assistant: Assistant, resident: Somebody, anna: Page, peteris: Page
) -> None:
    # Five stars and a comment close it, and the head of the centre sees them.
    await assistant.settled()
    await resident.says("5")
    await assistant.settled()
    await resident.says("paldies, ļoti laipni")
    await expect(peteris.locator("#reply")).to_contain_text("Pieteikums ir slēgts.")
    await expect(peteris.locator("#facts")).to_contain_text("paldies, ļoti laipni")
    await anna.get_by_role("link", name="Pārskats").click()
    await expect(anna.get_by_role("heading", level=1)).to_be_visible()
    await expect(anna.locator("main")).to_contain_text("5,0")


async def test_an_ambassador_brings_a_neighbours_case_and_the_answer_back(
    assistant: Assistant, sit_down: SitDown
) -> None:
    peteris = await sit_down(PETERIS, "admin")
    ilga: TelegramUser = assistant.telegram.user(7002, "Ilga")
    on_phone = OnPhone(assistant, OnTelegram(ilga))

    # The administrator invites; the code is sent to the assistant once.
    await peteris.get_by_role("link", name="Vēstneši").click()
    await peteris.get_by_label("Vārds un uzvārds").fill("Ilga Kalniņa")
    await peteris.get_by_role("button", name="Izveidot kodu").click()
    code = await peteris.locator("#code-once").inner_text()
    await on_phone.says(code)
    await on_phone.hears("vēstnešu pulkā")

    # A case is told in steps: the words, whose they are, how to reach the person, and that the person agreed.
    await on_phone.says("jauns gadījums")
    for words in (
        "Kaimiņienei Vilmai nav siltuma jau trešo dienu",
        "jā",
        "Vilma Ozola",
        "4",
        "jā",
    ):
        await assistant.settled()
        await on_phone.says(words)
    await on_phone.hears("1001")

    # The desk shows whose case it is and who brought it; the answer goes back to the ambassador.
    await peteris.goto(f"{assistant.url}/desk/tickets/1001")
    await expect(peteris.locator("#person")).to_contain_text("Ilga Kalniņa")
    await expect(peteris.locator("#person")).to_contain_text("Vilma Ozola")
    await claim(peteris)
    await answer(peteris, "Avārijas brigāde jau brauc pie Vilmas.")
    await on_phone.hears("Avārijas brigāde jau brauc pie Vilmas.")
    await on_phone.hears("Lūdzu, nododiet")
    await on_phone.says("mani gadījumi")
    await on_phone.hears("Vilma Ozola")
