"""The channels with the real inbox and outbox: from a vendor into the database and back to the vendor."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from sqlalchemy import select

from bot.channels import Receiver, Reporter, telegram, whatsapp
from bot.inbox import Inbox
from bot.jobs import Jobs
from bot.outbox import Outbox
from bot.storage import messages
from bot.storage.database import Database
from bot.storage.messages import NewOutbound
from bot.storage.schema import handles, inbound_messages, outbound_messages
from domain.messages import Channel, ConversationId, DeliveryState
from domain.ports import Sender
from simulators.server import LocalServer
from simulators.telegram import TOKEN, Paces, PushPace, TelegramSimulator
from simulators.twilio import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    SENDER,
    TEMPLATE,
    TEMPLATE_SID,
    TwilioSimulator,
)
from tests.channels.doubles import FakeInbox, FakeOutbox
from tests.fakes import FakeClock

PUBLIC = "https://zintis.example"


@pytest.fixture
async def jobs(database_url: str) -> AsyncIterator[Jobs]:
    queue = Jobs(database_url)
    await queue.open()
    yield queue
    await queue.close()


@pytest.fixture
async def telegram_api() -> AsyncIterator[TelegramSimulator]:
    quick = PushPace(first_retry=0.01, longest_retry=0.05)
    async with TelegramSimulator(paces=Paces.unlimited(), push_pace=quick) as simulator:
        yield simulator


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioSimulator]:
    async with TwilioSimulator(webhook_url=f"{PUBLIC}/whatsapp/webhook") as simulator:
        yield simulator


@pytest.fixture
async def outbox(
    database: Database, jobs: Jobs, telegram_api: TelegramSimulator, twilio: TwilioSimulator
) -> AsyncIterator[Outbox]:
    async with (
        telegram.connect(TOKEN, api_url=telegram_api.url) as bot,
        whatsapp.connect(ACCOUNT_SID, AUTH_TOKEN, api_url=twilio.url) as client,
    ):
        senders: dict[Channel, Sender] = {
            Channel.TELEGRAM: telegram.TelegramChannel(bot),
            Channel.WHATSAPP: whatsapp.WhatsAppChannel(
                client,
                sender=SENDER,
                template_sid=TEMPLATE_SID,
                public_url=PUBLIC,
            ),
        }
        yield Outbox(database=database, jobs=jobs, clock=FakeClock(), senders=senders, paces={})


@pytest.fixture
async def service(
    database: Database,
    jobs: Jobs,
    outbox: Outbox,
    telegram_api: TelegramSimulator,
    twilio: TwilioSimulator,
) -> AsyncIterator[str]:
    clock = FakeClock()
    inbox = Inbox(database=database, jobs=jobs, clock=clock)
    app = web.Application()
    server = LocalServer(app)
    async with telegram.connect(TOKEN, api_url=telegram_api.url) as bot:
        on_telegram = telegram.TelegramIntake(bot=bot, inbox=inbox, clock=clock, secret="s3cret")
        on_whatsapp = whatsapp.WhatsAppIntake(
            inbox=inbox, outbox=outbox, clock=clock, auth_token=AUTH_TOKEN, public_url=PUBLIC
        )
        app.router.add_post("/telegram/webhook", on_telegram.answer_webhook)
        app.router.add_post("/whatsapp/webhook", on_whatsapp.answer_webhook)
        app.router.add_post("/whatsapp/status", on_whatsapp.answer_status)
        await server.start()
        twilio.routes.add(PUBLIC, server.url)
        await on_telegram.register_webhook(f"{server.url}/telegram/webhook")
        yield server.url
        await on_telegram.close()
        await server.stop()


async def conversation_on(database: Database, channel: Channel) -> ConversationId:
    async with database.reading() as connection:
        found = await connection.scalar(
            select(inbound_messages.c.conversation_id).where(inbound_messages.c.channel == channel)
        )
    assert found is not None
    return ConversationId(found)


async def answer(database: Database, conversation: ConversationId, text: str) -> None:
    async with database.unit_of_work() as work:
        reply = NewOutbound(source=text, text=text, plain=text)
        await messages.store_outbound(work.connection, conversation, [reply], at=FakeClock().now())
        await work.commit()


async def states(database: Database) -> list[str]:
    async with database.reading() as connection:
        found = await connection.scalars(
            select(outbound_messages.c.state).order_by(outbound_messages.c.id)
        )
        return list(found)


@pytest.mark.usefixtures("service")
async def test_a_question_on_telegram_is_stored_once_and_its_answer_arrives(
    database: Database, outbox: Outbox, telegram_api: TelegramSimulator
) -> None:
    anna = telegram_api.user(7001, "Anna")
    await anna.says("vai kac ir vaļā?")
    await telegram_api.wait_until_confirmed()
    conversation = await conversation_on(database, Channel.TELEGRAM)
    await answer(database, conversation, "<b>Jā.</b>")
    await outbox.deliver(conversation)
    assert (await anna.hears()).text == "Jā."
    assert await states(database) == [DeliveryState.SENT]


@pytest.mark.usefixtures("service")
async def test_who_blocked_the_bot_is_marked_out_of_reach(
    database: Database, outbox: Outbox, telegram_api: TelegramSimulator
) -> None:
    anna = telegram_api.user(7001, "Anna")
    await anna.says("vai kac ir vaļā?")
    await telegram_api.wait_until_confirmed()
    conversation = await conversation_on(database, Channel.TELEGRAM)
    await answer(database, conversation, "Jā.")
    anna.chat.forbidden = "bot was blocked by the user"
    await outbox.deliver(conversation)
    assert await states(database) == [DeliveryState.FAILED]
    async with database.reading() as connection:
        assert await connection.scalar(select(handles.c.reachable)) is False


@pytest.mark.usefixtures("service")
async def test_an_answer_on_whatsapp_is_followed_until_it_is_read(
    database: Database, outbox: Outbox, twilio: TwilioSimulator
) -> None:
    anna = twilio.person()
    assert (await anna.says("vai kac ir vaļā?")).status == 200
    conversation = await conversation_on(database, Channel.WHATSAPP)
    await answer(database, conversation, "*Jā.*")
    await outbox.deliver(conversation)
    arrived = await anna.hears()
    await twilio.wait_for_status(arrived, "delivered")
    await anna.reads(arrived)
    assert await states(database) == [DeliveryState.READ]


@pytest.mark.usefixtures("service")
async def test_late_news_of_the_closed_window_parks_the_answer_until_the_resident_writes(
    database: Database, outbox: Outbox, twilio: TwilioSimulator
) -> None:
    anna = twilio.person()
    await anna.says("vai kac ir vaļā?")
    conversation = await conversation_on(database, Channel.WHATSAPP)
    anna.lets_window_close()
    await answer(database, conversation, "Jā.")
    await outbox.deliver(conversation)
    await twilio.wait_for_status(twilio.sent[0], "failed")
    assert await states(database) == [DeliveryState.PARKED, DeliveryState.QUEUED]
    await outbox.deliver(conversation)
    template = await anna.hears()
    assert template.body == TEMPLATE.text
    said = await anna.says("Labi")
    await outbox.deliver(conversation)
    assert (await anna.hears(after=said)).body == "Jā."


def test_the_doubles_stand_where_inbox_and_outbox_stand(
    database: Database, jobs: Jobs, outbox: Outbox
) -> None:
    receivers: list[Receiver] = [
        FakeInbox(),
        Inbox(database=database, jobs=jobs, clock=FakeClock()),
    ]
    reporters: list[Reporter] = [FakeOutbox(), outbox]
    assert len(receivers) == len(reporters) == 2
