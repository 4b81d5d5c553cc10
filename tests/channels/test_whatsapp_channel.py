"""The WhatsApp channel against the simulated Twilio: what arrives, what is taken, what failures mean."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from twilio.rest import Client
from yarl import URL

from bot import metrics
from bot.channels.whatsapp import WhatsAppChannel, WhatsAppIntake, connect
from domain.errors import ChannelUnavailable, ContactUnreachable, MessageRefused, WindowClosed
from domain.messages import Channel, DeliveryState, MessageKind, OutboundId, OutboundMessage
from simulators.faults import ConnectionReset, ServerError, TooManyRequests
from simulators.server import LocalServer
from simulators.twilio import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    SENDER,
    TEMPLATE,
    TEMPLATE_SID,
    LateReply,
    TwilioSimulator,
)
from simulators.twilio_signature import HEADER, sign
from tests.channels import captured
from tests.channels.doubles import FakeInbox, FakeOutbox
from tests.fakes import FakeClock

PUBLIC = "https://zintis.example"
ANNA = "+37126000001"


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioSimulator]:
    async with TwilioSimulator(webhook_url=f"{PUBLIC}/whatsapp/webhook") as simulator:
        yield simulator


@pytest.fixture
async def client(twilio: TwilioSimulator) -> AsyncIterator[Client]:
    async with connect(ACCOUNT_SID, AUTH_TOKEN, api_url=twilio.url) as connected:
        yield connected


@pytest.fixture
def channel(client: Client) -> WhatsAppChannel:
    return WhatsAppChannel(
        client,
        sender=SENDER,
        template_sid=TEMPLATE_SID,
        public_url=PUBLIC,
    )


@pytest.fixture
def inbox() -> FakeInbox:
    return FakeInbox()


@pytest.fixture
def outbox() -> FakeOutbox:
    return FakeOutbox()


@pytest.fixture
async def service(
    twilio: TwilioSimulator, inbox: FakeInbox, outbox: FakeOutbox
) -> AsyncIterator[str]:
    """The service behind its public address; gives the local one."""
    intake = WhatsAppIntake(
        inbox=inbox,
        outbox=outbox,
        clock=FakeClock(),
        auth_token=AUTH_TOKEN,
        public_url=PUBLIC,
        early=(0.001, 0.001),
    )
    app = web.Application()
    app.router.add_post("/whatsapp/webhook", intake.answer_webhook)
    app.router.add_post("/whatsapp/status", intake.answer_status)
    server = LocalServer(app)
    await server.start()
    twilio.routes.add(PUBLIC, server.url)
    yield server.url
    await server.stop()


def message(text: str = "*Labdien!*", *, template: bool = False) -> OutboundMessage:
    return OutboundMessage(
        OutboundId(1), Channel.WHATSAPP, ANNA, text, "Labdien!", template=template
    )


def refused(reason: str) -> float:
    return (
        metrics.REGISTRY.get_sample_value(
            "zintis_webhooks_refused_total", {"channel": "whatsapp", "reason": reason}
        )
        or 0.0
    )


# --- messages leave --------------------------------------------------------------------------


@pytest.mark.usefixtures("service")
async def test_a_message_reaches_the_phone_and_its_fate_comes_back(
    twilio: TwilioSimulator, channel: WhatsAppChannel, outbox: FakeOutbox
) -> None:
    anna = twilio.person(ANNA)
    await anna.says("Labdien")
    sent = await channel.send(message())
    arrived = await anna.hears()
    assert (arrived.sid, arrived.body) == (sent, "*Labdien!*")
    await twilio.wait_for_status(arrived, "delivered")
    await anna.reads(arrived)
    assert [state for _, state, _, _ in outbox.reports] == [
        DeliveryState.SENT,
        DeliveryState.DELIVERED,
        DeliveryState.READ,
    ]
    assert {vendor_id for vendor_id, *_ in outbox.reports} == {sent}


@pytest.mark.usefixtures("service")
async def test_a_report_may_come_before_the_message_is_noted(
    twilio: TwilioSimulator, channel: WhatsAppChannel, outbox: FakeOutbox
) -> None:
    outbox.unknown_for = 2
    await twilio.person(ANNA).says("Labdien")
    await channel.send(message())
    await twilio.wait_for_status(twilio.sent[0], "sent")
    assert outbox.reports[0][1] is DeliveryState.SENT


@pytest.mark.usefixtures("service")
async def test_a_report_about_nothing_of_ours_is_let_go(
    twilio: TwilioSimulator, channel: WhatsAppChannel, outbox: FakeOutbox
) -> None:
    outbox.unknown_for = 3
    await twilio.person(ANNA).says("Labdien")
    await channel.send(message())
    report = await twilio.wait_for_status(twilio.sent[0], "sent")
    assert (report.status, outbox.unknown_for) == (204, 0)


@pytest.mark.usefixtures("service")
async def test_late_news_of_the_closed_window_reaches_the_outbox(
    twilio: TwilioSimulator, channel: WhatsAppChannel, outbox: FakeOutbox
) -> None:
    await channel.send(message())
    await twilio.wait_for_status(twilio.sent[0], "failed")
    vendor_id = twilio.sent[0].sid
    assert outbox.reports == [(vendor_id, DeliveryState.FAILED, "Twilio 63016", True)]


async def test_the_closed_window_said_at_once(
    twilio: TwilioSimulator, channel: WhatsAppChannel
) -> None:
    twilio.late_reply = LateReply.AT_ONCE
    with pytest.raises(WindowClosed):
        await channel.send(message())


async def test_the_template_passes_outside_the_window(
    twilio: TwilioSimulator, channel: WhatsAppChannel
) -> None:
    await channel.send(message("", template=True))
    assert (await twilio.person(ANNA).hears()).body == TEMPLATE.text


async def test_without_an_approved_template_none_is_sent(client: Client) -> None:
    bare = WhatsAppChannel(client, sender=SENDER)
    with pytest.raises(MessageRefused, match="ZINTIS_WHATSAPP_TEMPLATE_SID"):
        await bare.send(message("", template=True))


@pytest.mark.usefixtures("service")
async def test_people_out_of_reach(
    twilio: TwilioSimulator, channel: WhatsAppChannel, inbox: FakeInbox
) -> None:
    anna = twilio.person(ANNA)
    await anna.says("Labdien")
    anna.leaves_whatsapp()
    await channel.send(message())
    await twilio.wait_for_status(twilio.sent[0], "failed")
    assert inbox.blocked == [(ANNA, True)]
    await anna.opts_out()
    with pytest.raises(ContactUnreachable, match="21610"):
        await channel.send(message())


async def test_what_can_never_be_sent_is_refused_for_good(channel: WhatsAppChannel) -> None:
    with pytest.raises(MessageRefused, match="21617"):
        await channel.send(message("a" * 1601))


@pytest.mark.parametrize(
    ("fault", "retry_after"),
    [
        (TooManyRequests(7), 7.0),
        (TooManyRequests(None), None),
        (ServerError(503), None),
        (ConnectionReset(), None),
    ],
)
async def test_bad_days_of_twilio_pass(
    twilio: TwilioSimulator,
    channel: WhatsAppChannel,
    fault: TooManyRequests | ServerError | ConnectionReset,
    retry_after: float | None,
) -> None:
    twilio.faults.next(fault)
    with pytest.raises(ChannelUnavailable) as unavailable:
        await channel.send(message())
    assert unavailable.value.retry_after == retry_after


async def test_wrong_credentials_wait_for_the_operator(twilio: TwilioSimulator) -> None:
    async with connect(ACCOUNT_SID, "wrong", api_url=twilio.url) as stranger:
        with pytest.raises(ChannelUnavailable, match="20003") as wrong:
            await WhatsAppChannel(stranger, sender=SENDER).send(message())
    assert wrong.value.retry_after == 60


# --- messages come ---------------------------------------------------------------------------


@pytest.mark.usefixtures("service")
async def test_every_kind_of_message_is_taken(twilio: TwilioSimulator, inbox: FakeInbox) -> None:
    anna = twilio.person(ANNA, "Anna")
    await anna.says("Labdien")
    await anna.sends_location(56.41, 23.7)
    await anna.sends_photo(caption="Skaitītājs")
    await anna.sends_document()
    await anna.sends_voice()
    await anna.sends_sticker()
    await anna.sends_contact("+37120000000", "Jānis")
    await anna.forwards("Rīt nebūs ūdens")
    assert [m.kind for m in inbox.accepted] == [
        MessageKind.TEXT,
        MessageKind.LOCATION,
        MessageKind.PHOTO,
        MessageKind.DOCUMENT,
        MessageKind.VOICE,
        MessageKind.STICKER,
        MessageKind.CONTACT,
        MessageKind.TEXT,
    ]
    assert {(m.handle, m.contact_name) for m in inbox.accepted} == {(ANNA, "Anna")}


@pytest.mark.usefixtures("service")
async def test_the_parts_of_an_album_are_taken_one_by_one(
    twilio: TwilioSimulator, inbox: FakeInbox
) -> None:
    said = await twilio.person(ANNA).sends_album(["Bedres", "", ""])
    assert [part.status for part in said] == [200, 200, 200]
    assert len({m.external_id for m in inbox.accepted}) == 3


@pytest.mark.usefixtures("service")
async def test_a_pressed_quick_reply_is_taken(
    twilio: TwilioSimulator, channel: WhatsAppChannel, inbox: FakeInbox
) -> None:
    anna = twilio.person(ANNA)
    await channel.send(message("", template=True))
    await anna.hears()
    await anna.presses("Saņemt atbildi")
    (press,) = inbox.accepted
    assert (press.kind, press.text) == (MessageKind.PRESS, "Saņemt atbildi")


@pytest.mark.usefixtures("service")
async def test_a_message_that_twilio_repeats_is_taken_once(
    twilio: TwilioSimulator, inbox: FakeInbox
) -> None:
    twilio.webhook_url += "#rc=2&rp=all"
    inbox.outages = 1
    said = await twilio.person(ANNA).says("Labdien")
    assert [a.status for a in twilio.attempts] == [503, 200]
    form = twilio.attempts[-1].form
    again = await twilio.deliver(twilio.person(ANNA).phone, said.sid, form)
    assert (again.status, again.answer, len(inbox.accepted)) == (200, "<Response/>", 1)


@pytest.mark.usefixtures("service")
async def test_stop_is_noted(twilio: TwilioSimulator, inbox: FakeInbox) -> None:
    await twilio.person(ANNA).opts_out()
    assert (inbox.blocked, inbox.accepted) == ([(ANNA, True)], [])


@pytest.mark.parametrize("path", ["/whatsapp/webhook", "/whatsapp/status"])
@pytest.mark.parametrize(
    "signed_for",
    ["", "http://127.0.0.1/whatsapp/webhook", f"{PUBLIC}/whatsapp/other", f"{PUBLIC}/whatsapp"],
)
async def test_what_twilio_did_not_sign_is_refused_and_counted(
    service: str, inbox: FakeInbox, path: str, signed_for: str
) -> None:
    form = captured.form("text")
    before = refused("signature")
    signature = sign(signed_for, form, auth_token=AUTH_TOKEN) if signed_for else ""
    assert await post(service + path, form, signature) == 403
    assert (inbox.accepted, refused("signature")) == ([], before + 1)


async def test_a_changed_or_left_out_field_is_refused(service: str, inbox: FakeInbox) -> None:
    form = captured.form("location")
    signature = sign(f"{PUBLIC}/whatsapp/webhook", form, auth_token=AUTH_TOKEN)
    changed = form | {"Body": "Nosūtiet naudu"}
    shortened = {name: value for name, value in form.items() if value}
    for tampered in (changed, shortened):
        assert await post(f"{service}/whatsapp/webhook", tampered, signature) == 403
    assert await post(f"{service}/whatsapp/webhook", form, signature) == 200
    assert len(inbox.accepted) == 1


async def test_the_query_of_the_address_is_signed_too(service: str) -> None:
    form = captured.form("text")
    signature = sign(f"{PUBLIC}/whatsapp/webhook?a=1%20b", form, auth_token=AUTH_TOKEN)
    assert await post(f"{service}/whatsapp/webhook?a=1%20b", form, signature) == 200
    assert await post(f"{service}/whatsapp/webhook", form, signature) == 403


@pytest.mark.parametrize("path", ["/whatsapp/webhook", "/whatsapp/status"])
async def test_a_genuine_form_without_its_id_is_refused(service: str, path: str) -> None:
    form = {"From": "whatsapp:+37126000001", "Body": "Labdien"}
    signature = sign(PUBLIC + path, form, auth_token=AUTH_TOKEN)
    assert await post(service + path, form, signature) == 400


@pytest.mark.parametrize(
    ("charset", "body"), [("; charset=nonsense", b"From=a"), ("", b"From=\xff\xfe")]
)
async def test_what_nobody_can_read_is_refused_and_breaks_nothing(
    service: str, charset: str, body: bytes
) -> None:
    """By hand: a proper client cannot be made to send this."""
    address = URL(service)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    kind = f"application/x-www-form-urlencoded{charset}"
    head = f"POST /whatsapp/webhook HTTP/1.1\r\nHost: zintis\r\nContent-Type: {kind}\r\n{HEADER}: x\r\n"
    head += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode(errors="surrogateescape") + body)
    assert b" 403 " in await reader.readline()
    writer.close()
    await writer.wait_closed()


async def post(url: str, form: dict[str, str], signature: str) -> int:
    headers = {HEADER: signature, "Content-Type": "application/x-www-form-urlencoded"}
    async with (
        aiohttp.ClientSession(requote_redirect_url=False) as session,
        session.post(url, data=urlencode(form), headers=headers) as response,
    ):
        return response.status
