"""An ambassador on WhatsApp: forwarded words begin a case there too, though nobody says whose they were."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import Select, select

from bot.channels import whatsapp
from bot.content import load
from bot.inbox import Inbox
from bot.jobs import Jobs
from bot.outbox import Outbox
from bot.storage import ambassadors as stored
from bot.storage.database import Database
from bot.storage.schema import inbound_messages, outbound_messages, tickets
from bot.tickets import TicketService
from bot.turn import Turns
from domain.invitations import VALID_FOR, Redemption, digest, new_code
from domain.messages import UNNAMED, AgentId, Channel, ConversationId
from domain.tickets import TicketNumber
from simulators.server import LocalServer
from simulators.twilio import ACCOUNT_SID, AUTH_TOKEN, SENDER, TEMPLATE_SID, TwilioSimulator
from simulators.twilio_people import WhatsAppUser
from tests.fakes import FakeClock, FakeNlu
from tests.line.conftest import add_agent

PUBLIC = "https://zintis.example"


@dataclass
class Service:
    """The running line; `answer` does what workers would do."""

    database: Database
    twilio: TwilioSimulator
    turns: Turns
    outbox: Outbox
    tickets: TicketService
    clock: FakeClock
    ilze: AgentId

    async def answer(self) -> None:
        """Take every turn that waits and deliver what comes of it."""
        m, o = inbound_messages.c, outbound_messages.c
        while waiting := await self._ids(select(m.conversation_id).where(m.answered_at.is_(None))):
            for conversation in waiting:
                await self.turns.take(conversation)
        for conversation in await self._ids(select(o.conversation_id).where(o.state == "queued")):
            await self.outbox.deliver(conversation)

    async def _ids(self, query: Select[int]) -> list[ConversationId]:
        async with self.database.reading() as connection:
            found = await connection.execute(query.distinct())
            return [ConversationId(row[0]) for row in found]

    async def invite(self) -> str:
        """A fresh code out of the desk."""
        code = new_code(Redemption.AMBASSADOR)
        async with self.database.unit_of_work() as work:
            await stored.add(
                work.connection,
                name="Anna",
                code_hash=digest(code),
                expires_at=self.clock.now() + VALID_FOR,
                by=self.ilze,
            )
            await work.commit()
        return code

    async def said_in(self, number: TicketNumber) -> list[tuple[str, str]]:
        """What stands in the conversation of a case: the words and whose they were."""
        m = inbound_messages.c
        async with self.database.reading() as connection:
            rows = await connection.execute(
                select(m.text, m.forwarded_from)
                .join(tickets, tickets.c.conversation_id == m.conversation_id)
                .where(tickets.c.number == number)
                .order_by(m.id)
            )
            return [(text, author) for text, author in rows]


@pytest.fixture
async def service(database: Database, database_url: str) -> AsyncIterator[Service]:
    clock, content = FakeClock(), load(Path("content"))
    jobs = Jobs(database_url)
    await jobs.open()
    inbox = Inbox(database=database, jobs=jobs, clock=clock)
    app = web.Application()
    server = LocalServer(app)
    async with (
        TwilioSimulator(webhook_url=f"{PUBLIC}/whatsapp/webhook") as twilio,
        whatsapp.connect(ACCOUNT_SID, AUTH_TOKEN, api_url=twilio.url) as client,
    ):
        sender = whatsapp.WhatsAppChannel(
            client, sender=SENDER, template_sid=TEMPLATE_SID, public_url=PUBLIC
        )
        outbox = Outbox(
            database=database,
            jobs=jobs,
            clock=clock,
            senders={Channel.WHATSAPP: sender},
            paces={},
        )
        intake = whatsapp.WhatsAppIntake(
            inbox=inbox, outbox=outbox, clock=clock, auth_token=AUTH_TOKEN, public_url=PUBLIC
        )
        app.router.add_post("/whatsapp/webhook", intake.answer_webhook)
        app.router.add_post("/whatsapp/status", intake.answer_status)
        await server.start()
        twilio.routes.add(PUBLIC, server.url)
        yield Service(
            database=database,
            twilio=twilio,
            turns=Turns(
                database=database,
                jobs=jobs,
                clock=clock,
                nlu=FakeNlu(),
                content=lambda: content,
            ),
            outbox=outbox,
            tickets=TicketService(
                database=database, jobs=jobs, clock=clock, content=lambda: content
            ),
            clock=clock,
            ilze=await add_agent(database, "ilze@example.org"),
        )
        await server.stop()
    await jobs.close()


@pytest.fixture
async def anna(service: Service) -> WhatsAppUser:
    """An ambassador."""
    person = service.twilio.person("+37126000001")
    await person.says(await service.invite())
    await service.answer()
    assert "vēstnešu pulkā" in heard(person)
    return person


def heard(person: WhatsAppUser) -> str:
    """What reached a person last."""
    return person.phone.inbox[-1].body


async def test_what_is_forwarded_becomes_a_case_and_the_answer_comes_back(
    service: Service, anna: WhatsAppUser
) -> None:
    await anna.forwards("Meitiņ, man Elejā nav ūdens")
    await anna.forwards("Kam lai zvana?")
    await service.answer()
    assert "ziņu skaits: 2" in heard(anna)
    for words in ("1", "Vilma Ozola", "4", "1"):
        await anna.says(words)
        await service.answer()
    async with service.database.reading() as connection:
        row = (await connection.execute(select(tickets))).one()
    number = TicketNumber(row.number)
    assert str(number) in heard(anna)
    assert row.queue == "kac-eleja"
    assert await service.said_in(number) == [
        ("Meitiņ, man Elejā nav ūdens", UNNAMED),
        ("Kam lai zvana?", UNNAMED),
    ]

    await service.tickets.claim(number, by=service.ilze, name="Ilze")
    await service.tickets.answer(number, text="Ūdens būs rīt.", by=service.ilze)
    await service.answer()
    passed_on, answer = (message.body for message in anna.phone.inbox[-2:])
    assert "Lūdzu, nododiet" in passed_on
    assert answer == "Ūdens būs rīt."


async def test_what_a_resident_forwards_begins_no_case(service: Service) -> None:
    person = service.twilio.person("+37126000002")
    await person.forwards("Rīt nebūs ūdens")
    await service.answer()
    assert "gadījum" not in heard(person)
