"""What residents sent, fetched from the vendors' simulators; and what happens when somebody plays tricks."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web

from bot.channels import telegram, whatsapp
from bot.channels.telegram import TelegramFiles
from bot.channels.whatsapp import WhatsAppFiles
from domain.errors import ChannelUnavailable, FileGone
from domain.messages import LARGEST_FILE, Attachment, FetchedFile, MessageKind
from domain.ports import Files
from simulators.faults import ConnectionReset, ServerError, TooManyRequests
from simulators.server import LocalServer
from simulators.telegram import TelegramSimulator
from simulators.twilio import ACCOUNT_SID, AUTH_TOKEN, TwilioSimulator

JPEG = b"\xff\xd8\xff\xe0 a meter"
SID = "0123456789abcdef" * 2
MEDIA = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM{SID}/Media/ME{SID}"


def document(reference: str, **more: object) -> Attachment:
    plain = Attachment(MessageKind.DOCUMENT, reference)
    return replace(plain, **more)  # type: ignore[arg-type]  # tests name the fields they mean


# ---------------------------------------------------------------------------------------------- Telegram


@pytest.fixture
async def telegram_api() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator() as simulator:
        yield simulator


@pytest.fixture
async def from_telegram(telegram_api: TelegramSimulator) -> AsyncIterator[TelegramFiles]:
    async with telegram.connect(telegram_api.token, api_url=telegram_api.url) as bot:
        yield TelegramFiles(bot)


def stored(telegram_api: TelegramSimulator, content: bytes = JPEG, size: int = 0) -> str:
    return telegram_api.files.store(content, folder="photos", suffix=".jpg", size=size).file_id


async def test_a_photo_on_telegram_is_fetched(
    telegram_api: TelegramSimulator, from_telegram: Files
) -> None:
    photo = document(stored(telegram_api), media_type="image/jpeg")
    assert await from_telegram.fetch(photo) == FetchedFile(JPEG, "image/jpeg")


async def test_what_telegram_does_not_know_or_finds_too_large_is_gone(
    telegram_api: TelegramSimulator, from_telegram: Files
) -> None:
    for reference in ("no-such-file", stored(telegram_api, size=LARGEST_FILE + 1)):
        with pytest.raises(FileGone):
            await from_telegram.fetch(document(reference))


@pytest.mark.parametrize("fault", [ServerError(502), ConnectionReset(), TooManyRequests(3)])
async def test_telegram_that_does_not_answer_now_is_unavailable(
    telegram_api: TelegramSimulator,
    from_telegram: Files,
    fault: ServerError | ConnectionReset | TooManyRequests,
) -> None:
    telegram_api.faults.next(fault)
    with pytest.raises(ChannelUnavailable):
        await from_telegram.fetch(document(stored(telegram_api)))


async def test_a_refused_token_is_the_operators_affair_not_the_files(
    telegram_api: TelegramSimulator,
) -> None:
    token = telegram_api.token[:-1] + "x"
    async with telegram.connect(token, api_url=telegram_api.url) as bot:
        with pytest.raises(ChannelUnavailable):
            await TelegramFiles(bot).fetch(document(stored(telegram_api)))


async def test_a_file_that_is_known_but_not_served_any_more_is_gone() -> None:
    app = web.Application()
    app.router.add_post("/bot{token}/getFile", _knows_one_file)
    server = LocalServer(app)
    await server.start()
    async with telegram.connect("1:x", api_url=server.url) as bot:
        with pytest.raises(FileGone):
            await TelegramFiles(bot).fetch(document("f"))
    await server.stop()


async def _knows_one_file(_: web.Request) -> web.Response:
    result = {"file_id": "f", "file_unique_id": "u", "file_path": "photos/gone.jpg"}
    return web.json_response({"ok": True, "result": result})


# ---------------------------------------------------------------------------------------------- WhatsApp


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioSimulator]:
    async with TwilioSimulator() as simulator:
        yield simulator


@pytest.fixture
async def from_whatsapp(twilio: TwilioSimulator) -> AsyncIterator[WhatsAppFiles]:
    async with whatsapp.connect_files(ACCOUNT_SID, AUTH_TOKEN, api_url=twilio.url) as files:
        yield files


async def test_a_photo_on_whatsapp_is_fetched(
    twilio: TwilioSimulator, from_whatsapp: Files
) -> None:
    photo = document(twilio.keep_media(f"MM{SID}", JPEG, "image/jpeg"))
    assert await from_whatsapp.fetch(photo) == FetchedFile(JPEG, "image/jpeg")


async def test_what_twilio_deleted_or_is_too_large_is_gone(
    twilio: TwilioSimulator, from_whatsapp: Files
) -> None:
    large = twilio.keep_media(f"MM{SID}", bytes(LARGEST_FILE + 1), "image/jpeg")
    for reference in (twilio.url + MEDIA, large):
        with pytest.raises(FileGone):
            await from_whatsapp.fetch(document(reference))


async def test_wrong_credentials_are_the_operators_affair(twilio: TwilioSimulator) -> None:
    photo = document(twilio.keep_media(f"MM{SID}", JPEG, "image/jpeg"))
    async with whatsapp.connect_files(ACCOUNT_SID, "wrong", api_url=twilio.url) as files:
        with pytest.raises(ChannelUnavailable):
            await files.fetch(photo)


async def test_twilio_that_cannot_be_reached_is_unavailable(
    twilio: TwilioSimulator, from_whatsapp: Files
) -> None:
    photo = document(twilio.keep_media(f"MM{SID}", JPEG, "image/jpeg"))
    await twilio.stop()
    with pytest.raises(ChannelUnavailable):
        await from_whatsapp.fetch(photo)


# ---------------------------------------------------------------------------------------------- tricks


@dataclass
class Recorder:
    """A server that is not Twilio's: it keeps what was asked of it, and answers as it was told."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    leads_to: dict[str, str] = field(default_factory=dict)
    status: int = 200
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.path_qs, request.headers.get("Authorization", "")))
        if request.path in self.leads_to:
            return web.Response(status=307, headers={"Location": self.leads_to[request.path]})
        return web.Response(body=JPEG, content_type="image/jpeg", status=self.status)


@pytest.fixture
async def recorders() -> AsyncIterator[tuple[Recorder, Recorder]]:
    """Two servers: one stands for Twilio's API, one for any other place."""
    made, servers = (Recorder(), Recorder()), []
    for recorder in made:
        app = web.Application()
        app.router.add_get("/{anything:.*}", recorder.answer)
        server = LocalServer(app)
        await server.start()
        recorder.url = server.url
        servers.append(server)
    yield made
    for server in servers:
        await server.stop()


async def test_only_media_of_our_own_account_are_asked_for(
    recorders: tuple[Recorder, Recorder],
) -> None:
    api, elsewhere = recorders
    host = api.url.removeprefix("http://")
    tricks = (
        elsewhere.url + MEDIA,
        f"http://{host}@{elsewhere.url.removeprefix('http://')}{MEDIA}",
        f"{api.url}.evil.example{MEDIA}",
        f"http://user:word@{host}{MEDIA}",
        f"{api.url}{MEDIA}/../../../../Accounts.json",
        f"{api.url}{MEDIA}?x=1",
        f"{api.url}{MEDIA}\n",
        api.url + MEDIA.replace(ACCOUNT_SID, "AC" + "1" * 32),
        api.url + "/metrics",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "",
    )
    async with whatsapp.connect_files(ACCOUNT_SID, AUTH_TOKEN, api_url=api.url) as files:
        for reference in tricks:
            with pytest.raises(FileGone):
                await files.fetch(document(reference))
    assert api.asked == elsewhere.asked == []


async def test_a_redirect_is_followed_without_our_credentials(
    recorders: tuple[Recorder, Recorder],
) -> None:
    api, store = recorders
    signed = "/kept/1?Signature=a%2Fb%3D"
    api.leads_to = {MEDIA: store.url + signed}
    async with whatsapp.connect_files(ACCOUNT_SID, AUTH_TOKEN, api_url=api.url) as files:
        assert (await files.fetch(document(api.url + MEDIA))).content == JPEG
    assert [path for path, credentials in api.asked if credentials.startswith("Basic ")] == [MEDIA]
    assert store.asked == [(signed, "")]


@pytest.mark.parametrize(
    "place",
    ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://a:b@127.0.0.1/x", MEDIA, "http://["],
)
async def test_a_redirect_to_nowhere_good_is_not_followed(
    recorders: tuple[Recorder, Recorder], place: str
) -> None:
    api, _ = recorders
    api.leads_to = {MEDIA: place}
    async with whatsapp.connect_files(ACCOUNT_SID, AUTH_TOKEN, api_url=api.url) as files:
        with pytest.raises(ChannelUnavailable):
            await files.fetch(document(api.url + MEDIA))
    assert len(api.asked) <= 4


@pytest.mark.parametrize(
    ("status", "meant"),
    [(403, FileGone), (410, FileGone), (429, ChannelUnavailable), (503, ChannelUnavailable)],
)
async def test_what_answers_of_twilio_mean(
    recorders: tuple[Recorder, Recorder], status: int, meant: type[Exception]
) -> None:
    api, _ = recorders
    api.status = status
    async with whatsapp.connect_files(ACCOUNT_SID, AUTH_TOKEN, api_url=api.url) as files:
        with pytest.raises(meant):
            await files.fetch(document(api.url + MEDIA))
