"""The Telegram channel against the simulated Bot API: what arrives, what is taken, what failures mean."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from telegram import Bot
from yarl import URL

from bot import metrics
from bot.channels.telegram import TelegramChannel, TelegramIntake, connect
from domain.errors import ChannelUnavailable, ContactUnreachable, MessageRefused
from domain.messages import Button, Channel, MessageKind, OutboundId, OutboundMessage
from simulators.faults import ConnectionReset, ServerError, TooManyRequests
from simulators.server import LocalServer
from simulators.telegram import Paces, PushPace, TelegramSimulator
from simulators.telegram_updates import SECRET_HEADER
from tests.channels import captured
from tests.channels.doubles import FakeInbox
from tests.fakes import FakeClock

SECRET = "s3cret"
QUICK = PushPace(first_retry=0.01, longest_retry=0.05, time_out=5.0)


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator(paces=Paces.unlimited(), push_pace=QUICK) as simulator:
        yield simulator


@pytest.fixture
async def bot(telegram: TelegramSimulator) -> AsyncIterator[Bot]:
    async with connect(telegram.token, api_url=telegram.url) as client:
        yield client


@pytest.fixture
def inbox() -> FakeInbox:
    return FakeInbox()


@pytest.fixture
async def intake(bot: Bot, inbox: FakeInbox) -> AsyncIterator[TelegramIntake]:
    taking = TelegramIntake(bot=bot, inbox=inbox, clock=FakeClock(), secret=SECRET, pause=0.01)
    yield taking
    await taking.close()


@pytest.fixture
async def webhook(telegram: TelegramSimulator, intake: TelegramIntake) -> AsyncIterator[str]:
    """The service's webhook, set at Telegram."""
    app = web.Application()
    app.router.add_post("/telegram/webhook", intake.answer_webhook)
    server = LocalServer(app)
    await server.start()
    address = f"{server.url}/telegram/webhook"
    await intake.introduce([("start", "Sākt"), ("cilveks", "Runāt ar cilvēku")])
    await intake.register_webhook(address)
    yield address
    await server.stop()


@pytest.fixture
async def polling(intake: TelegramIntake) -> AsyncIterator[asyncio.Task[None]]:
    await intake.introduce()
    task = asyncio.create_task(intake.poll())
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def message(
    text: str = "<b>Labdien!</b>", plain: str = "Labdien!", *buttons: Button, chat: int = 7001
) -> OutboundMessage:
    return OutboundMessage(OutboundId(1), Channel.TELEGRAM, str(chat), text, plain, buttons)


def refused(reason: str) -> float:
    return (
        metrics.REGISTRY.get_sample_value(
            "zintis_webhooks_refused_total", {"channel": "telegram", "reason": reason}
        )
        or 0.0
    )


# --- messages leave --------------------------------------------------------------------------


async def test_a_message_leaves_formatted_with_one_button_a_line(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    telegram.user(7001)
    buttons = (Button("topic.bills-pay-where", "1. Kur samaksāt"), Button("help", "2. Palīdzība"))
    sent = await TelegramChannel(bot).send(message("<b>Labdien!</b>", "Labdien!", *buttons))
    (arrived,) = telegram.sent
    assert sent == f"7001:{arrived.message_id}"
    assert (arrived.text, [e["type"] for e in arrived.entities]) == ("Labdien!", ["bold"])
    assert [[b.data for b in row] for row in arrived.rows] == [["topic.bills-pay-where"], ["help"]]


async def test_refused_markup_falls_back_to_plain_text_with_its_buttons(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    telegram.user(7001)
    await TelegramChannel(bot).send(message("<h1>Labdien", "Labdien!", Button("help", "Jā")))
    (arrived,) = telegram.sent
    assert (arrived.text, len(arrived.buttons)) == ("Labdien!", 1)


async def test_refused_buttons_fall_back_to_the_words_alone(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    telegram.user(7001)
    await TelegramChannel(bot).send(message("1. Jā", "1. Jā", Button("ā" * 33, "1. Jā")))
    (arrived,) = telegram.sent
    assert (arrived.text, arrived.buttons) == ("1. Jā", ())


async def test_what_can_never_be_sent_is_refused_for_good(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    telegram.user(7001)
    with pytest.raises(MessageRefused, match="too long"):
        await TelegramChannel(bot).send(message("a" * 4097, "a" * 4097))


async def test_people_out_of_reach(telegram: TelegramSimulator, bot: Bot) -> None:
    channel = TelegramChannel(bot)
    with pytest.raises(ContactUnreachable, match="Chat not found"):
        await channel.send(message(chat=404))
    anna = telegram.user(7001)
    await anna.blocks_bot()
    with pytest.raises(ContactUnreachable, match="blocked"):
        await channel.send(message())
    anna.deletes_account()
    with pytest.raises(ContactUnreachable, match="deactivated"):
        await channel.send(message())


async def test_a_group_that_moved_is_followed(telegram: TelegramSimulator, bot: Bot) -> None:
    old, new = telegram.group(-4001), telegram.group(-1004001)
    old.chat.moved_to = new.chat.id
    sent = await TelegramChannel(bot).send(message(chat=-4001))
    assert sent.startswith("-1004001:")


@pytest.mark.parametrize(
    ("fault", "retry_after"),
    [
        (TooManyRequests(7), 7.0),
        (ServerError(502), None),
        (ServerError(500), None),
        (ConnectionReset(), None),
    ],
)
async def test_bad_days_of_telegram_pass(
    telegram: TelegramSimulator,
    bot: Bot,
    fault: TooManyRequests | ServerError | ConnectionReset,
    retry_after: float | None,
) -> None:
    telegram.user(7001)
    telegram.faults.next(fault)
    with pytest.raises(ChannelUnavailable) as unavailable:
        await TelegramChannel(bot).send(message())
    assert unavailable.value.retry_after == retry_after


async def test_telegram_out_of_reach_and_a_wrong_token_pass_too() -> None:
    async with TelegramSimulator() as telegram:
        address = telegram.url
        async with connect("110201543:" + "x" * 35, api_url=address) as stranger:
            with pytest.raises(ChannelUnavailable, match="token") as wrong:
                await TelegramChannel(stranger).send(message())
            assert wrong.value.retry_after == 60
    async with connect("110201543:" + "x" * 35, api_url=address) as lost:
        with pytest.raises(ChannelUnavailable, match="out of reach"):
            await TelegramChannel(lost).send(message())


# --- updates come by webhook -------------------------------------------------------------------


@pytest.mark.usefixtures("webhook")
async def test_a_message_is_taken_and_telegram_told_so(
    telegram: TelegramSimulator, inbox: FakeInbox
) -> None:
    await telegram.user(7001).says("Labdien")
    await telegram.wait_until_confirmed()
    assert [(m.handle, m.text) for m in inbox.accepted] == [("7001", "Labdien")]
    assert [command["command"] for command in telegram.commands] == ["start", "cilveks"]


@pytest.mark.usefixtures("webhook")
async def test_a_press_is_taken_and_its_clock_stopped(
    telegram: TelegramSimulator, inbox: FakeInbox, bot: Bot, intake: TelegramIntake
) -> None:
    anna = telegram.user(7001)
    await TelegramChannel(bot).send(message("a", "a", Button("help", "Palīdzība")))
    await anna.presses("Palīdzība")
    await telegram.wait_until_confirmed()
    (press,) = inbox.accepted
    assert (press.kind, press.choice, press.text) == (MessageKind.PRESS, "help", "Palīdzība")
    await telegram.wait_for_call("answerCallbackQuery")
    await intake.close()
    assert not telegram.open_presses


@pytest.mark.usefixtures("webhook")
async def test_a_press_that_cannot_be_answered_in_time_is_taken_all_the_same(
    telegram: TelegramSimulator, inbox: FakeInbox, bot: Bot
) -> None:
    anna = telegram.user(7001)
    await TelegramChannel(bot).send(message("a", "a", Button("help", "Palīdzība")))
    telegram.faults.next(ServerError(), only={"answerCallbackQuery"})
    await anna.presses("Palīdzība")
    await telegram.wait_until_confirmed()
    telegram.open_presses.clear()
    await anna.presses("Palīdzība")
    await telegram.wait_until_confirmed()
    assert len(inbox.accepted) == 2


@pytest.mark.usefixtures("webhook")
async def test_while_the_database_is_down_telegram_keeps_the_update(
    telegram: TelegramSimulator, inbox: FakeInbox
) -> None:
    inbox.outages = 2
    await telegram.user(7001).says("viens")
    await telegram.user(7001).says("divi")
    await telegram.wait_until_confirmed()
    assert [m.text for m in inbox.accepted] == ["viens", "divi"]
    assert [a.status for a in telegram.attempts] == [503, 503, 200, 200]


@pytest.mark.usefixtures("webhook")
async def test_blocking_is_noted(telegram: TelegramSimulator, inbox: FakeInbox) -> None:
    await telegram.user(7001).blocks_bot()
    assert await inbox.wait_for_event() == ("7001", True)


@pytest.mark.usefixtures("webhook")
async def test_in_a_group_only_what_is_meant_for_us_is_taken(
    telegram: TelegramSimulator, inbox: FakeInbox, bot: Bot
) -> None:
    group = telegram.group(-4001)
    anna = group.member(telegram.user(7001))
    await anna.says("kurš zina, vai kac ir vaļā?")
    await anna.says("@zintis_simulated_bot vai kac ir vaļā?")
    await TelegramChannel(bot).send(message(chat=-4001))
    await anna.says("un rīt?", reply_to=telegram.sent[0])
    await telegram.wait_until_confirmed()
    assert [m.text for m in inbox.accepted] == ["vai kac ir vaļā?", "un rīt?"]


@pytest.mark.parametrize("headers", [{}, {SECRET_HEADER: "wrong"}, {SECRET_HEADER: "ā"}])
async def test_who_does_not_know_the_secret_is_refused_and_counted(
    webhook: str, inbox: FakeInbox, headers: dict[str, str]
) -> None:
    before = refused("secret")
    status = await post(webhook, json.dumps(captured.update("text")), headers)
    assert (status, inbox.accepted, refused("secret")) == (403, [], before + 1)


async def test_a_secret_in_letters_that_nobody_can_read_is_refused(webhook: str) -> None:
    """By hand: a proper client cannot be made to send this."""
    address = URL(webhook)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    head = f"POST {address.path} HTTP/1.1\r\nHost: zintis\r\nContent-Length: 0\r\n{SECRET_HEADER}: "
    writer.write(head.encode() + b"\xff\r\nConnection: close\r\n\r\n")
    assert b" 403 " in await reader.readline()
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    ("body", "status"), [("{", 400), ("[]", 200), ("{}", 200), ('{"update_id": 1}', 200)]
)
async def test_what_cannot_be_read_is_not_asked_for_again(
    webhook: str, inbox: FakeInbox, body: str, status: int
) -> None:
    assert await post(webhook, body, {SECRET_HEADER: SECRET}) == status
    assert inbox.accepted == []


async def post(url: str, body: str, headers: dict[str, str]) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body.encode(), headers=headers) as response,
    ):
        return response.status


# --- updates come by long polling --------------------------------------------------------------


@pytest.mark.usefixtures("polling")
async def test_polling_takes_messages_and_confirms_them_afterwards(
    telegram: TelegramSimulator, inbox: FakeInbox
) -> None:
    await telegram.user(7001).says("viens")
    await telegram.user(7002).says("divi")
    await telegram.wait_until_confirmed()
    assert [m.text for m in inbox.accepted] == ["viens", "divi"]


@pytest.mark.usefixtures("polling")
async def test_the_offset_stays_where_the_inbox_failed(
    telegram: TelegramSimulator, inbox: FakeInbox
) -> None:
    await telegram.wait_until_polled()
    inbox.outages = 3
    await telegram.user(7001).says("viens")
    await telegram.user(7001).says("divi")
    await telegram.wait_until_confirmed()
    assert [m.text for m in inbox.accepted] == ["viens", "divi"]


@pytest.mark.usefixtures("polling")
async def test_polling_survives_bad_days(telegram: TelegramSimulator, inbox: FakeInbox) -> None:
    await telegram.wait_until_polled()
    telegram.faults.next(
        ServerError(502), ConnectionReset(), ConnectionReset(taken=True), only={"getUpdates"}
    )
    await telegram.user(7001).says("viens")
    await telegram.user(7001).says("divi")
    await telegram.wait_until_confirmed()
    assert [m.text for m in inbox.accepted] == ["viens", "divi"]
    assert len(telegram.faults.happened) == 3


async def test_polling_takes_the_place_of_a_webhook_and_loses_nothing(
    telegram: TelegramSimulator, bot: Bot, inbox: FakeInbox, intake: TelegramIntake
) -> None:
    await bot.set_webhook("http://127.0.0.1:9/gone")
    await telegram.user(7001).says("Labdien")
    task = asyncio.create_task(intake.poll())
    await telegram.wait_until_confirmed()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [m.text for m in inbox.accepted] == ["Labdien"]


@pytest.mark.usefixtures("polling")
async def test_a_webhook_that_somebody_sets_later_is_left_alone(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    await telegram.wait_until_polled()
    await bot.set_webhook("http://127.0.0.1:9/production")
    calls = len(telegram.calls_of("getUpdates"))
    await telegram.wait_for_call("getUpdates", times=calls + 2)
    assert (await bot.get_webhook_info()).url == "http://127.0.0.1:9/production"
    assert len(telegram.calls_of("deleteWebhook")) == 1


@pytest.mark.usefixtures("polling")
async def test_one_unreadable_update_does_not_stop_the_others(
    telegram: TelegramSimulator, inbox: FakeInbox
) -> None:
    before = refused("form")
    without_type = {"message_id": 1, "date": 1_790_000_000, "chat": {"id": 7001}}
    telegram.push("message", ("chat", 7001), without_type)
    await telegram.user(7001).says("Labdien")
    await telegram.wait_until_confirmed()
    assert [m.text for m in inbox.accepted] == ["Labdien"]
    assert refused("form") == before + 1
