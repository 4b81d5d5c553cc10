"""The whole service in one process: web and worker over a real database, a real model, vendors simulated over HTTP.

`resident` is the same person on each of the three channels in turn; `assistant` is the service that they talk to.
"""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import Page, async_playwright
from pydantic import SecretStr
from sqlalchemy import func, select

from bot import server
from bot.app import Services, services
from bot.desk import agents
from bot.processes import free_port
from bot.settings import Settings
from bot.storage.schema import alerts, inbound_messages, outbound_messages
from domain.messages import Channel
from simulators.telegram import TOKEN, TelegramSimulator
from simulators.telegram_people import TelegramUser
from simulators.twilio import ACCOUNT_SID, AUTH_TOKEN, SENDER, TEMPLATE_SID, TwilioSimulator
from simulators.twilio_people import WhatsAppUser
from tests.browser.pages import ARGUMENTS, DESK, Pages, find_chromium
from tests.desk.office import PASSWORD, email_of

PUBLIC_URL = "https://zintis.example"
PATIENCE = 20.0
"""Seconds until a test that waits for an answer is told that none came."""


class Resident(Protocol):
    """A person on some channel."""

    channel: Channel

    async def says(self, text: str) -> None:
        """Write something."""

    async def presses(self, label: str) -> None:
        """Press the newest button whose label ends like this; on WhatsApp: type its number."""

    def heard(self) -> list[str]:
        """Everything that reached the person, as they read it."""


@dataclass
class Assistant:
    """The running service, seen from outside and from its tables."""

    built: Services
    url: str
    telegram: TelegramSimulator
    twilio: TwilioSimulator
    _seen: int = 0

    async def hears(self, resident: Resident, text: str) -> list[str]:
        """The resident writes; the keys of what they are told, once everything has been delivered."""
        await resident.says(text)
        return await self.said()

    async def sees(self, resident: Resident, press: str) -> list[str]:
        """The resident presses a button; the keys of what they are told."""
        await resident.presses(press)
        return await self.said()

    async def said(self) -> list[str]:
        """Keys of what was said since the last look, once nothing is under way any more."""
        await self.settled()
        async with self.built.database.reading() as connection:
            rows = await connection.execute(
                select(outbound_messages.c.id, outbound_messages.c["keys"])
                .where(outbound_messages.c.id > self._seen)
                .order_by(outbound_messages.c.id)
            )
            found = rows.all()
        self._seen = found[-1][0] if found else self._seen
        return [key for _, keys in found for key in keys]

    async def settled(self) -> None:
        """Wait until every message has been answered and every answer has left."""
        await self._looking(self._is_settled)

    async def alerts_settled(self) -> None:
        """Wait until every alert that is due has left and it is stored by which post: the vendor knows it before us."""

        async def look() -> bool:
            async with self.built.database.reading() as connection:
                leaving = select(func.count()).where(alerts.c.state.in_(("queued", "sending")))
                return not await connection.scalar(leaving)

        await self._looking(look)

    async def until(self, is_true: Callable[[], bool]) -> None:
        """Wait for something that happens outside of the database, such as a mail or a changed file."""

        async def look() -> bool:
            return is_true()

        await self._looking(look)

    async def _looking(self, look: Callable[[], Awaitable[bool]]) -> None:
        with self.built.live.watch() as watch:
            async with asyncio.timeout(PATIENCE):
                async for _ in watch.changes(idle_seconds=0.05):
                    if await look():
                        return

    async def _is_settled(self) -> bool:
        async with self.built.database.reading() as connection:
            unanswered = await connection.scalar(
                select(func.count())
                .select_from(inbound_messages)
                .where(inbound_messages.c.answered_at.is_(None))
            )
            leaving = await connection.scalar(
                select(func.count())
                .select_from(outbound_messages)
                .where(outbound_messages.c.state.in_(("queued", "sending")))
            )
        return not unanswered and not leaving


@dataclass
class OnTelegram:
    user: TelegramUser
    channel: Channel = Channel.TELEGRAM

    async def says(self, text: str) -> None:
        said = await self.user.says(text)
        await self._taken(said.update_id)

    async def presses(self, label: str) -> None:
        buttons = [b for m in self.user.chat.sent for b in m.buttons if b.label.endswith(label)]
        said = await self.user.presses(buttons[-1])
        await self._taken(said.update_id)

    async def _taken(self, update_id: int) -> None:
        telegram: Any = self.user._telegram
        await telegram.wait_until_confirmed()

    def heard(self) -> list[str]:
        return [message.text for message in self.user.chat.sent]


@dataclass
class OnWhatsApp:
    user: WhatsAppUser
    channel: Channel = Channel.WHATSAPP

    async def says(self, text: str) -> None:
        assert (await self.user.says(text)).status == 200

    async def presses(self, label: str) -> None:
        line = next(line for line in self.heard()[-1].splitlines() if line.endswith(label))
        await self.says(line.partition(".")[0])

    def heard(self) -> list[str]:
        return [message.body for message in self.user.phone.inbox if message.body]


@dataclass
class OnWeb:
    session: aiohttp.ClientSession
    url: str
    token: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    channel: Channel = Channel.WEB

    async def says(self, text: str) -> None:
        await self._post({"text": text})

    async def presses(self, label: str) -> None:
        await self.look()
        pressed = [
            b for m in self.messages for b in m.get("buttons", ()) if b["label"].endswith(label)
        ]
        await self._post({"choice": pressed[-1]["id"], "label": pressed[-1]["label"]})

    async def _post(self, words: dict[str, str]) -> None:
        if not self.token:
            async with self.session.post(f"{self.url}/chat/session", json={}) as reply:
                self.token = (await reply.json())["token"]
        body = {"id": str(uuid.uuid4()), **words}
        async with self.session.post(
            f"{self.url}/chat/messages", json=body, headers=self._headers
        ) as reply:
            assert reply.status == 202, await reply.text()

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def look(self) -> None:
        """Read what the page would show."""
        async with self.session.get(f"{self.url}/chat/messages", headers=self._headers) as reply:
            self.messages = (await reply.json())["messages"]

    def heard(self) -> list[str]:
        return [message["html"] for message in self.messages if "html" in message]


@pytest.fixture
def more_settings() -> Mapping[str, Any]:
    """Settings beyond those of the three channels; tests that need a mail server or other content have their own."""
    return {}


@pytest.fixture
async def assistant(
    database_url: str, nlu_url: str, more_settings: Mapping[str, Any]
) -> AsyncIterator[Assistant]:
    """The service with all three channels on."""
    port = free_port()
    local = f"http://127.0.0.1:{port}"
    routes = {PUBLIC_URL: local}
    async with (
        TelegramSimulator(routes=routes) as telegram,
        TwilioSimulator(webhook_url=f"{PUBLIC_URL}/whatsapp/webhook", routes=routes) as twilio,
    ):
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]  # a switch of pydantic-settings, not a setting
            port=port,
            public_url=PUBLIC_URL,
            nlu_url=nlu_url,
            telegram_token=SecretStr(TOKEN),
            telegram_api_url=telegram.url,
            twilio_account_sid=ACCOUNT_SID,
            twilio_auth_token=SecretStr(AUTH_TOKEN),
            twilio_api_url=twilio.url,
            whatsapp_from=SENDER,
            whatsapp_template_sid=TEMPLATE_SID,
            **more_settings,
        )
        async with services(settings, database_url=database_url) as built, _serving(built):
            await telegram.wait_for_call("setWebhook")
            yield Assistant(built, local, telegram, twilio)


@contextlib.asynccontextmanager
async def _serving(built: Services) -> AsyncIterator[None]:
    built.jobs.handle(take_turn=built.turns.take, deliver=built.outbox.deliver)
    runner = web.AppRunner(server.build(built), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", built.settings.port).start()
    worker = asyncio.create_task(built.jobs.run_worker(concurrency=4))
    alerting = asyncio.create_task(built.alerts.run())
    try:
        yield
    finally:
        for task in (alerting, worker):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await runner.cleanup()


@pytest.fixture(params=list(Channel))
async def resident(request: pytest.FixtureRequest, assistant: Assistant) -> AsyncIterator[Resident]:
    """The same person, on one channel after another."""
    match request.param:
        case Channel.TELEGRAM:
            yield OnTelegram(assistant.telegram.user(7001, "Anna"))
        case Channel.WHATSAPP:
            yield OnWhatsApp(assistant.twilio.person())
        case _:
            async with aiohttp.ClientSession() as session:
                yield OnWeb(session, assistant.url)


@pytest.fixture
async def pages() -> AsyncIterator[Pages]:
    """A browser; at the end of the test the consoles of its pages must be empty."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        opened = Pages(launched)
        yield opened
        await launched.close()
        assert opened.complaints == []


class SitDown(Protocol):
    """Somebody comes to work: the account is made, and a browser is at the list of tickets."""

    async def __call__(
        self, name: str, role: str = "staff", *, viewport: dict[str, int] = DESK
    ) -> Page:
        """The page of somebody with this name and role."""


@pytest.fixture
async def sit_down(assistant: Assistant, pages: Pages) -> SitDown:
    """Lets people come to work at the desk."""

    async def come(name: str, role: str = "staff", *, viewport: dict[str, int] = DESK) -> Page:
        await agents.add(
            assistant.built.database,
            email=email_of(name),
            name=name,
            password=PASSWORD,
            role=role,
        )
        page = await pages.open(f"{assistant.url}/desk/login", viewport=viewport)
        await page.get_by_label("E-pasts").fill(email_of(name))
        await page.get_by_label("Parole").fill(PASSWORD)
        await page.get_by_role("button", name="Pieslēgties").click()
        await page.wait_for_url("**/desk/")
        return page

    return come
