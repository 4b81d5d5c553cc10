"""The page on which a developer is a resident."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from simulators.__main__ import instructions
from simulators.page import NUMBER, Page
from simulators.telegram import TelegramSimulator
from simulators.twilio import TwilioSimulator
from tests.simulators.receiver import Receiver


@pytest.fixture
async def page(telegram: TelegramSimulator, twilio: TwilioSimulator) -> AsyncIterator[str]:
    server = Page(telegram, twilio).server()
    await server.start()
    yield server.url
    await server.stop()


async def post(url: str, **form: str) -> str:
    async with aiohttp.ClientSession() as session, session.post(url, data=form) as response:
        return await response.text()


async def test_what_is_typed_reaches_the_bot_and_its_buttons_can_be_pressed(
    page: str, telegram: TelegramSimulator, bot: Bot
) -> None:
    shown = await post(f"{page}/telegram", text="Labdien")
    assert "<h2>Telegram</h2>" in shown
    (update,) = await bot.get_updates()
    assert update.message is not None
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("<Jā>", callback_data="yes")]])
    await update.message.reply_text("Vai tas palīdzēja?", reply_markup=markup)
    shown = await post(f"{page}/telegram", press="<Jā>")
    assert "Vai tas palīdzēja?" in shown
    assert "&lt;Jā&gt;" in shown
    (press,) = await bot.get_updates(update.update_id + 1)
    assert press.callback_query is not None
    assert len(telegram.sent) == 1


async def test_what_is_typed_reaches_the_whatsapp_webhook(
    page: str, twilio: TwilioSimulator
) -> None:
    async with Receiver() as receiver:
        receiver.statuses = [200, 403]
        twilio.webhook_url = f"{receiver.url}/whatsapp/webhook"
        await post(f"{page}/whatsapp", text="Labdien")
        await post(f"{page}/whatsapp", text="Vai dzirdat?")
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{page}/whatsapp") as response,
        ):
            shown = await response.text()
    assert [p.form["From"] for p in receiver.posts] == [f"whatsapp:{NUMBER}"] * 2
    assert "(the service answered 403)" in shown


def test_the_instructions_name_the_settings_of_the_service() -> None:
    said = instructions(service="http://127.0.0.1:8080", port=8090)
    assert "ZINTIS_TELEGRAM_API_URL=http://127.0.0.1:8091" in said
    assert "ZINTIS_TWILIO_API_URL=http://127.0.0.1:8092" in said
