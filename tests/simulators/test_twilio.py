"""The twilio library talks to the simulated API and is refused what the real one refuses."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from bot.channels.whatsapp import connect
from domain.errors import ChannelUnavailable
from simulators.faults import ConnectionReset, NoAnswer, ServerError, TooManyRequests
from simulators.twilio import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    SENDER,
    TEMPLATE,
    TEMPLATE_SID,
    LateReply,
    Template,
    TwilioSimulator,
)
from tests.simulators.receiver import Receiver

ANNA = "whatsapp:+37126000001"
PUBLIC = "https://zintis.example"


@pytest.fixture
async def client(twilio: TwilioSimulator) -> AsyncIterator[Client]:
    async with connect(ACCOUNT_SID, AUTH_TOKEN, api_url=twilio.url) as connected:
        yield connected


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as server:
        yield server


@pytest.fixture
def open_window(twilio: TwilioSimulator) -> None:
    twilio.person("+37126000001").last_wrote(hours_ago=1)


@pytest.fixture
def webhooks(twilio: TwilioSimulator, receiver: Receiver) -> None:
    twilio.routes.add(PUBLIC, receiver.url)
    twilio.webhook_url = f"{PUBLIC}/whatsapp/webhook?from=twilio"


# --- sending -------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.*BasicAuth:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The 'auth' parameter:DeprecationWarning")
@pytest.mark.usefixtures("open_window")
async def test_the_library_with_its_own_http_client_can_send(twilio: TwilioSimulator) -> None:
    async with AsyncTwilioHttpClient() as http:
        stock = Client(ACCOUNT_SID, AUTH_TOKEN, http_client=http)
        stock.api.base_url = twilio.url
        sent = await stock.messages.create_async(to=ANNA, from_=SENDER, body="Labdien")
        found = await stock.messages(sent.sid).fetch_async()
    assert (sent.status, sent.to, sent.direction) == ("queued", ANNA, "outbound-api")
    assert (found.sid, found.body) == (sent.sid, "Labdien")


@pytest.mark.usefixtures("open_window")
async def test_free_text_reaches_the_phone_within_the_window(
    twilio: TwilioSimulator, client: Client
) -> None:
    sent = await client.messages.create_async(to=ANNA, from_=SENDER, body="Labdien")
    arrived = await twilio.person("+37126000001").hears()
    assert (arrived.sid, arrived.body) == (sent.sid, "Labdien")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"to": ANNA, "from_": SENDER}, 21619),
        ({"to": ANNA, "from_": SENDER, "body": "a" * 1601}, 21617),
        ({"to": ANNA, "from_": SENDER, "body": "🙂" * 801}, 21617),
        ({"to": ANNA, "from_": SENDER, "media_url": [f"{PUBLIC}/a", f"{PUBLIC}/b"]}, 21623),
        ({"to": ANNA, "from_": SENDER, "media_url": ["ftp://example.org/a.pdf"]}, 21620),
        ({"to": "", "from_": SENDER, "body": "a"}, 21604),
        ({"to": ANNA, "body": "a"}, 21603),
        ({"to": ANNA, "from_": "whatsapp:+37129999999", "body": "a"}, 63007),
        ({"to": "+37126000001", "from_": SENDER, "body": "a"}, 21910),
        ({"to": "whatsapp:26000001x", "from_": SENDER, "body": "a"}, 21211),
        ({"to": ANNA, "from_": SENDER, "content_sid": "HX1"}, 21655),
        ({"to": ANNA, "from_": SENDER, "content_sid": "HX" + "1" * 32}, 21655),
        (
            {
                "to": ANNA,
                "from_": SENDER,
                "content_sid": TEMPLATE_SID,
                "content_variables": "[1]",
            },
            21656,
        ),
        ({"to": ANNA, "from_": SENDER, "body": "a", "status_callback": "/status"}, 21609),
    ],
)
@pytest.mark.usefixtures("open_window")
async def test_messages_that_are_refused_at_once(
    client: Client, arguments: dict[str, str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await client.messages.create_async(**arguments)
    assert (refused.value.status, refused.value.code) == (400, code)


@pytest.mark.parametrize(
    ("account", "token", "status", "code"),
    [(ACCOUNT_SID, "wrong", 401, 20003), ("AC" + "1" * 32, AUTH_TOKEN, 401, 20003)],
)
async def test_wrong_credentials_are_refused(
    twilio: TwilioSimulator, account: str, token: str, status: int, code: int
) -> None:
    async with connect(account, token, api_url=twilio.url) as stranger:
        with pytest.raises(TwilioRestException) as refused:
            await stranger.messages.create_async(to=ANNA, from_=SENDER, body="a")
    assert (refused.value.status, refused.value.code) == (status, code)


async def test_who_opted_out_gets_nothing(
    twilio: TwilioSimulator, client: Client, receiver: Receiver
) -> None:
    twilio.webhook_url = f"{receiver.url}/webhook"
    await twilio.person("+37126000001").opts_out()
    with pytest.raises(TwilioRestException) as refused:
        await client.messages.create_async(to=ANNA, from_=SENDER, body="a")
    assert refused.value.code == 21610


async def test_a_sender_has_a_limit_of_messages_a_second() -> None:
    async with (
        TwilioSimulator(per_second=3) as twilio,
        connect(ACCOUNT_SID, AUTH_TOKEN, api_url=twilio.url) as client,
    ):
        twilio.person("+37126000001").last_wrote(hours_ago=1)
        for _ in range(3):
            await client.messages.create_async(to=ANNA, from_=SENDER, body="a")
        with pytest.raises(ChannelUnavailable, match="asks to wait"):
            await client.messages.create_async(to=ANNA, from_=SENDER, body="a")


# --- the window and what is said later -------------------------------------------------------


@pytest.mark.usefixtures("webhooks")
@pytest.mark.parametrize("late", [LateReply.CALLBACK_FAILED, LateReply.CALLBACK_UNDELIVERED])
async def test_free_text_outside_the_window_is_accepted_and_fails_later(
    twilio: TwilioSimulator, client: Client, late: LateReply
) -> None:
    twilio.late_reply = late
    twilio.person("+37126000001").lets_window_close()
    created = await client.messages.create_async(
        to=ANNA, from_=SENDER, body="a", status_callback=f"{PUBLIC}/whatsapp/status"
    )
    assert created.status == "queued"
    report = await twilio.wait_for_status(twilio.sent[0], late.value)
    assert report.form["ErrorCode"] == "63016"
    assert twilio.person("+37126000001").phone.inbox == []


async def test_free_text_outside_the_window_can_be_refused_at_once(
    twilio: TwilioSimulator, client: Client
) -> None:
    twilio.late_reply = LateReply.AT_ONCE
    with pytest.raises(TwilioRestException) as refused:
        await client.messages.create_async(to=ANNA, from_=SENDER, body="a")
    assert refused.value.code == 63016


async def test_a_template_opens_no_window_but_passes(
    twilio: TwilioSimulator, client: Client
) -> None:
    anna = twilio.person("+37126000001")
    await client.messages.create_async(to=ANNA, from_=SENDER, content_sid=TEMPLATE_SID)
    assert (await anna.hears()).body == TEMPLATE.text
    assert not anna.phone.window_open(twilio.now())


@pytest.mark.usefixtures("webhooks")
async def test_missing_variables_of_a_template_fail_later(
    twilio: TwilioSimulator, client: Client
) -> None:
    sid = "HX" + "a" * 32
    twilio.templates[sid] = Template("Biļete {{1}}")
    await client.messages.create_async(
        to=ANNA, from_=SENDER, content_sid=sid, status_callback=f"{PUBLIC}/status"
    )
    report = await twilio.wait_for_status(twilio.sent[0], "failed")
    assert report.form["ErrorCode"] == "63028"
    await client.messages.create_async(
        to=ANNA, from_=SENDER, content_sid=sid, content_variables='{"1": "1042"}'
    )
    assert (await twilio.person("+37126000001").hears()).body == "Biļete 1042"


@pytest.mark.usefixtures("webhooks", "open_window")
async def test_the_fate_of_a_message_is_told_in_signed_steps(
    twilio: TwilioSimulator, client: Client, receiver: Receiver
) -> None:
    await client.messages.create_async(
        to=ANNA, from_=SENDER, body="a", status_callback=f"{PUBLIC}/whatsapp/status?x=1"
    )
    await twilio.wait_for_status(twilio.sent[0], "delivered")
    await twilio.person("+37126000001").reads(twilio.sent[0])
    assert [post.form["MessageStatus"] for post in receiver.posts] == ["sent", "delivered", "read"]
    validator = RequestValidator(AUTH_TOKEN)
    for post in receiver.posts:
        signature = post.headers["X-Twilio-Signature"]
        assert validator.validate(PUBLIC + post.path, dict(post.form), signature)


@pytest.mark.usefixtures("webhooks", "open_window")
async def test_who_blocked_the_sender_never_gets_it_and_nobody_is_told(
    twilio: TwilioSimulator, client: Client
) -> None:
    anna = twilio.person("+37126000001")
    anna.blocks_bot()
    await client.messages.create_async(
        to=ANNA, from_=SENDER, body="a", status_callback=f"{PUBLIC}/whatsapp/status"
    )
    await twilio.wait_for_status(twilio.sent[0], "sent")
    assert [a.form["MessageStatus"] for a in twilio.attempts] == ["sent"]
    assert anna.phone.inbox == []


# --- inbound -------------------------------------------------------------------------------


@pytest.mark.usefixtures("webhooks")
async def test_inbound_messages_are_signed_over_the_public_address_and_every_field(
    twilio: TwilioSimulator, receiver: Receiver
) -> None:
    said = await twilio.person("+37126000001", "Anna").sends_location(56.41, 23.7)
    (post,) = receiver.posts
    assert said.status == 200
    assert (post.form["Body"], post.form["WaId"]) == ("", "37126000001")
    assert (post.form["From"], post.form["ProfileName"]) == (ANNA, "Anna")
    validator = RequestValidator(AUTH_TOKEN)
    signature = post.headers["X-Twilio-Signature"]
    assert validator.validate(PUBLIC + post.path, dict(post.form), signature)
    without_empty = {name: value for name, value in post.form.items() if value}
    assert not validator.validate(PUBLIC + post.path, without_empty, signature)
    assert not validator.validate(receiver.url + post.path, dict(post.form), signature)


@pytest.mark.usefixtures("webhooks")
async def test_a_quick_reply_carries_its_payload_and_what_it_answers(
    twilio: TwilioSimulator, client: Client, receiver: Receiver
) -> None:
    anna = twilio.person("+37126000001")
    sent = await client.messages.create_async(to=ANNA, from_=SENDER, content_sid=TEMPLATE_SID)
    await anna.hears()
    await anna.presses("Saņemt atbildi")
    form = receiver.posts[-1].form
    assert (form["ButtonText"], form["ButtonPayload"]) == ("Saņemt atbildi", "release")
    assert form["OriginalRepliedMessageSid"] == sent.sid


@pytest.mark.usefixtures("webhooks")
async def test_an_album_is_several_webhooks_and_media_need_the_credentials(
    twilio: TwilioSimulator, receiver: Receiver
) -> None:
    await twilio.person("+37126000001").sends_album(["Viens", ""])
    forms = [post.form for post in receiver.posts]
    assert sorted(form["Body"] for form in forms) == ["", "Viens"]
    assert {form["NumMedia"] for form in forms} == {"1"}
    async with connect(ACCOUNT_SID, AUTH_TOKEN, api_url=twilio.url) as client:
        found = await client.request_async("GET", forms[0]["MediaUrl0"])
    assert found.status_code == 200


@pytest.mark.usefixtures("webhooks")
async def test_an_error_of_the_service_is_not_repeated_unless_the_address_says_so(
    twilio: TwilioSimulator, receiver: Receiver
) -> None:
    receiver.statuses = [503]
    lost = await twilio.person("+37126000001").says("Labdien")
    assert (lost.status, len(receiver.posts)) == (503, 1)
    twilio.webhook_url = f"{PUBLIC}/whatsapp/webhook#rc=2&rp=all"
    receiver.statuses = [503, 503]
    taken = await twilio.person("+37126000001").says("Labdien")
    assert (taken.status, len(receiver.posts)) == (200, 4)
    tokens = {post.headers["I-Twilio-Idempotency-Token"] for post in receiver.posts[1:]}
    assert len(tokens) == 1


async def test_a_service_that_is_down_is_tried_once_more(twilio: TwilioSimulator) -> None:
    async with Receiver() as gone:
        twilio.webhook_url = f"{gone.url}/webhook"
    said = await twilio.person("+37126000001").says("Labdien")
    assert (said.status, said.attempt.error, len(twilio.attempts)) == (0, "ct", 2)


async def test_a_slow_service_is_given_up_after_the_total_time(receiver: Receiver) -> None:
    receiver.hold.clear()
    async with TwilioSimulator(webhook_url=f"{receiver.url}/hook", total_time=0.05) as twilio:
        said = await twilio.person("+37126000001").says("Labdien")
    assert (said.status, said.attempt.error, len(twilio.attempts)) == (0, "rt", 1)


# --- faults --------------------------------------------------------------------------------


@pytest.mark.usefixtures("open_window")
async def test_scripted_faults_strike_one_after_another(
    twilio: TwilioSimulator, client: Client
) -> None:
    twilio.faults.next(TooManyRequests(7), ServerError(500), ConnectionReset(taken=True))
    with pytest.raises(ChannelUnavailable) as wait:
        await client.messages.create_async(to=ANNA, from_=SENDER, body="a")
    assert wait.value.retry_after == 7
    for text in ("b", "c"):
        with pytest.raises(ChannelUnavailable):
            await client.messages.create_async(to=ANNA, from_=SENDER, body=text)
    await client.messages.create_async(to=ANNA, from_=SENDER, body="d")
    assert [m.body for m in twilio.sent] == ["c", "d"]


@pytest.mark.usefixtures("open_window")
async def test_no_answer_lets_the_caller_wait(twilio: TwilioSimulator, client: Client) -> None:
    twilio.faults.next(NoAnswer())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await client.messages.create_async(to=ANNA, from_=SENDER, body="a")
    assert twilio.sent == []


@pytest.mark.usefixtures("webhooks")
async def test_the_fallback_address_is_tried_once_the_first_one_failed(
    twilio: TwilioSimulator, receiver: Receiver
) -> None:
    twilio.fallback_url = f"{PUBLIC}/whatsapp/webhook"
    receiver.statuses = [503]
    said = await twilio.person("+37126000001").says("Labdien")
    first, second = receiver.posts
    assert said.status == 200
    assert second.form["MessageSid"] == first.form["MessageSid"] == said.sid
    assert second.form["ErrorUrl"] == twilio.webhook_url
    signature = second.headers["X-Twilio-Signature"]
    assert RequestValidator(AUTH_TOKEN).validate(twilio.fallback_url, dict(second.form), signature)
