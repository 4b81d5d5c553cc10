"""Files from staff on their way out: over the vendors' simulators, which refuse what the vendors refuse."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import select, update

from bot.channels import telegram, whatsapp
from bot.channels.telegram import TelegramChannel
from bot.channels.whatsapp import PublicFiles, WhatsAppChannel
from bot.content import Content, load
from bot.inbox import Inbox
from bot.jobs import Jobs
from bot.outbox import Outbox
from bot.storage import conversations
from bot.storage.database import Database
from bot.storage.schema import agents, handles, outbound_messages, staff_files
from bot.storage.staff_files import NewFile
from bot.tickets import ConversationTickets, TicketService
from domain.errors import ContactUnreachable, MessageRefused
from domain.messages import (
    AgentId,
    Channel,
    ConversationId,
    ExternalId,
    InboundMessage,
    MessageKind,
    OutboundFile,
    OutboundId,
    OutboundMessage,
)
from domain.tickets import Handoff, HandoffReason, TicketNumber
from simulators.server import LocalServer
from simulators.telegram import Paces, TelegramSimulator
from simulators.twilio import ACCOUNT_SID, AUTH_TOKEN, SENDER, TEMPLATE_SID, TwilioSimulator
from tests.fakes import FakeClock
from tests.made_files import PDF, jpeg, png

PUBLIC = "https://zintis.example"
PHONE = "+37126000001"
TOKEN = "t" * 43


def file(name: str, content: bytes, media_type: str) -> OutboundFile:
    return OutboundFile(name=name, media_type=media_type, content=content, token=TOKEN)


MAP = file("karte.png", png(), "image/png")
BILL = file("rēķins „maijs”.pdf", PDF, "application/pdf")


# ---------------------------------------------------------------------------------------------- Telegram


@pytest.fixture
async def telegram_api() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator(paces=Paces.unlimited()) as simulator:
        simulator.user(7001, "Anna")
        yield simulator


@pytest.fixture
async def on_telegram(telegram_api: TelegramSimulator) -> AsyncIterator[TelegramChannel]:
    async with telegram.connect(telegram_api.token, api_url=telegram_api.url) as bot:
        yield TelegramChannel(bot)


def message(attached: OutboundFile, text: str = "", plain: str = "") -> OutboundMessage:
    return OutboundMessage(
        OutboundId(1), Channel.TELEGRAM, "7001", text, plain or text, file=attached
    )


async def test_a_picture_is_shown_with_its_caption(
    telegram_api: TelegramSimulator, on_telegram: TelegramChannel
) -> None:
    sent = await on_telegram.send(message(MAP, "<b>Lūdzu!</b>", "Lūdzu!"))
    [shown] = telegram_api.chat(7001).sent
    assert (sent, shown.kind, shown.text) == (f"7001:{shown.message_id}", "photo", "Lūdzu!")
    assert shown.file is not None
    assert shown.file.content == MAP.content


async def test_a_document_keeps_its_latvian_name(
    telegram_api: TelegramSimulator, on_telegram: TelegramChannel
) -> None:
    await on_telegram.send(message(BILL))
    [shown] = telegram_api.chat(7001).sent
    assert (shown.kind, shown.text) == ("document", "")
    assert shown.shown["document"]["file_name"] == "rēķins „maijs”.pdf"  # type: ignore[index]  # JSON
    assert shown.file is not None
    assert shown.file.content == PDF


async def test_a_picture_that_telegram_shows_to_nobody_goes_as_a_document(
    telegram_api: TelegramSimulator, on_telegram: TelegramChannel
) -> None:
    long = file("grafiks.png", png(2, 60), "image/png")
    wide = file("plāns.jpg", jpeg(size=(9000, 1001)), "image/jpeg")
    large = file("liels.png", png(more=bytes(10 * 1024 * 1024)), "image/png")
    for one in (long, wide, large):
        await on_telegram.send(message(one, "Lūdzu"))
    assert [(s.kind, s.text) for s in telegram_api.chat(7001).sent] == [("document", "Lūdzu")] * 3


async def test_a_caption_whose_markup_is_refused_goes_plain(
    telegram_api: TelegramSimulator, on_telegram: TelegramChannel
) -> None:
    await on_telegram.send(message(MAP, "<b>Lūdzu", "Lūdzu"))
    assert [s.text for s in telegram_api.chat(7001).sent] == ["Lūdzu"]


async def test_what_telegram_refuses_for_good_is_said(
    telegram_api: TelegramSimulator, on_telegram: TelegramChannel
) -> None:
    with pytest.raises(MessageRefused, match="caption is too long"):
        await on_telegram.send(message(MAP, "a" * 1025))
    telegram_api.chat(7001).forbidden = "bot was blocked by the user"
    with pytest.raises(ContactUnreachable):
        await on_telegram.send(message(BILL))


# ---------------------------------------------------------------------------------------------- WhatsApp


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioSimulator]:
    async with TwilioSimulator(webhook_url=f"{PUBLIC}/whatsapp/webhook") as simulator:
        yield simulator


@pytest.fixture(scope="module")
def content() -> Content:
    return load(Path("content"))


class Town:
    """A resident on WhatsApp with a ticket, the agent who holds it, and all that is between them."""

    def __init__(
        self, *, database: Database, jobs: Jobs, outbox: Outbox, content: Content, clock: FakeClock
    ) -> None:
        self.database = database
        self.clock = clock
        self.outbox = outbox
        self.inbox = Inbox(database=database, jobs=jobs, clock=clock)
        self.tickets = TicketService(
            database=database, jobs=jobs, clock=clock, content=lambda: content
        )
        self.content = content
        self.agent = AgentId(0)
        self.number = TicketNumber(0)
        self.conversation = ConversationId(0)
        self.url = ""

    async def opens(self) -> None:
        """A resident asks, an agent takes it."""
        await self.resident_writes()
        async with self.database.unit_of_work() as work:
            found = await conversations.find_by_handle(
                work.connection, channel=Channel.WHATSAPP, handle=PHONE
            )
            assert found is not None
            self.conversation = found
            ticket = await ConversationTickets(
                work,
                conversation=found,
                content=self.content,
                now=self.clock.now(),
                words="Kur ir karte?",
                is_question=True,
            ).open(Handoff(found, HandoffReason.ASKED, ""))
            made = await work.connection.scalar(
                agents.insert()
                .values(email="ilze@example.org", name="Ilze", password_hash="none")
                .returning(agents.c.id)
            )
            await work.commit()
        self.number, self.agent = ticket.number, AgentId(made or 0)
        await self.tickets.claim(self.number, by=self.agent, name="Ilze")
        await self.outbox.deliver(self.conversation)

    async def resident_writes(self) -> None:
        asked = InboundMessage(
            channel=Channel.WHATSAPP,
            handle=PHONE,
            external_id=ExternalId(self.clock.now().isoformat()),
            kind=MessageKind.TEXT,
            text="Kur ir karte?",
            sent_at=self.clock.now(),
        )
        await self.inbox.accept(asked)

    async def answers(self, text: str, *files: NewFile) -> None:
        await self.tickets.answer(self.number, text=text, by=self.agent, files=files)

    async def states(self) -> list[str]:
        """How far the agent's messages got."""
        async with self.database.reading() as connection:
            o = outbound_messages.c
            found = await connection.scalars(
                select(o.state).where(o.agent_id.is_not(None)).order_by(o.id)
            )
            return list(found)

    async def token(self) -> str:
        async with self.database.reading() as connection:
            return str(await connection.scalar(select(staff_files.c.token)))

    async def status_of(self, token: str) -> int:
        """What the address of a file answers."""
        async with (
            aiohttp.ClientSession() as anybody,
            anybody.get(f"{self.url}/files/{token}") as reply,
        ):
            return reply.status


@pytest.fixture
async def town(
    database: Database, database_url: str, twilio: TwilioSimulator, content: Content
) -> AsyncIterator[Town]:
    clock, jobs = FakeClock(), Jobs(database_url)
    await jobs.open()
    async with whatsapp.connect(ACCOUNT_SID, AUTH_TOKEN, api_url=twilio.url) as client:
        sender = WhatsAppChannel(
            client, sender=SENDER, template_sid=TEMPLATE_SID, public_url=PUBLIC
        )
        outbox = Outbox(
            database=database, jobs=jobs, clock=clock, senders={Channel.WHATSAPP: sender}, paces={}
        )
        made = Town(database=database, jobs=jobs, outbox=outbox, content=content, clock=clock)
        app = web.Application()
        intake = whatsapp.WhatsAppIntake(
            inbox=made.inbox, outbox=outbox, clock=clock, auth_token=AUTH_TOKEN, public_url=PUBLIC
        )
        app.router.add_post("/whatsapp/status", intake.answer_status)
        PublicFiles(database=database, clock=clock).add_to(app)
        server = LocalServer(app)
        await server.start()
        twilio.routes.add(PUBLIC, server.url)
        made.url = server.url
        twilio.person(PHONE).phone.last_wrote = twilio.now()
        await made.opens()
        yield made
        await server.stop()
    await jobs.close()


NEW_BILL = NewFile("rēķins.pdf", "application/pdf", PDF)
NEW_MAP = NewFile("karte.png", "image/png", png())


async def test_twilio_fetches_the_files_and_they_arrive_after_the_words(
    town: Town, twilio: TwilioSimulator
) -> None:
    await town.answers("Lūdzu, karte un rēķins.", NEW_MAP, NEW_BILL)
    await town.outbox.deliver(town.conversation)
    claimed, words, card, bill = twilio.sent
    assert "Ilze" in claimed.body
    assert (words.body, words.media) == ("Lūdzu, karte un rēķins.", ())
    assert (card.body, bill.body) == ("", "")
    for one in (card, bill):
        await twilio.wait_for_status(one, "delivered")
    assert [(f.content, f.media_type) for f in (*card.fetched, *bill.fetched)] == [
        (NEW_MAP.content, "image/png"),
        (PDF, "application/pdf"),
    ]
    assert "rekins.pdf" in bill.fetched[0].disposition
    assert await town.states() == ["delivered"] * 3


async def test_a_file_of_which_twilio_gets_nothing_shows_as_failed(
    town: Town, twilio: TwilioSimulator
) -> None:
    await town.answers("", NewFile("tukšs.pdf", "application/pdf", b""))
    await town.outbox.deliver(town.conversation)
    await twilio.wait_for_status(twilio.sent[-1], "failed")
    assert await town.states() == ["failed"]
    assert twilio.sent[-1].error_code == 63019


async def test_whatsapp_refuses_what_is_no_picture_or_too_large(
    town: Town, twilio: TwilioSimulator
) -> None:
    large = NewFile("liels.png", "image/png", png(more=bytes(5 * 1024 * 1024)))
    for one in (large, NewFile("a.jpg", "image/jpeg", b"MZ")):
        await town.answers("", one)
        await town.outbox.deliver(town.conversation)
        await twilio.wait_for_status(twilio.sent[-1], "failed")
        assert twilio.sent[-1].error_code == 63021


async def test_outside_the_window_files_wait_with_the_words(
    town: Town, twilio: TwilioSimulator
) -> None:
    town.clock.forward(days=10)
    await town.answers("Lūdzu!", NEW_BILL)
    await town.outbox.deliver(town.conversation)
    await town.outbox.deliver(town.conversation)
    assert twilio.sent[-1].content_sid == TEMPLATE_SID
    assert await town.states() == ["parked", "parked"]
    assert await town.status_of(await town.token()) == 404
    await town.resident_writes()
    await town.outbox.deliver(town.conversation)
    await twilio.wait_for_status(twilio.sent[-1], "delivered")
    assert twilio.sent[-1].fetched[0].content == PDF
    assert await town.states() == ["delivered", "delivered"]


async def test_the_address_of_a_file_ends_after_a_week(town: Town) -> None:
    await town.answers("", NEW_BILL)
    token = await town.token()
    assert await town.status_of(token) == 404  # nothing left yet
    await town.outbox.deliver(town.conversation)
    assert await town.status_of(token) == 200
    assert await town.status_of(token[:-1] + ("a" if token[-1] != "a" else "b")) == 404
    assert await town.status_of("../staff") == 404
    town.clock.forward(days=7, seconds=1)
    assert await town.status_of(token) == 404


async def test_what_goes_out_on_other_channels_has_no_public_address(town: Town) -> None:
    await town.answers("", NEW_BILL)
    await town.outbox.deliver(town.conversation)
    async with town.database.unit_of_work() as work:
        await work.connection.execute(update(handles).values(channel=Channel.WEB))
        await work.commit()
    assert await town.status_of(await town.token()) == 404


async def test_without_a_public_address_twilio_is_not_even_asked(twilio: TwilioSimulator) -> None:
    async with whatsapp.connect(ACCOUNT_SID, AUTH_TOKEN, api_url=twilio.url) as client:
        channel = WhatsAppChannel(client, sender=SENDER)
        with pytest.raises(MessageRefused, match="ZINTIS_PUBLIC_URL"):
            await channel.send(replace(message(BILL), channel=Channel.WHATSAPP, handle=PHONE))
    assert twilio.sent == []
