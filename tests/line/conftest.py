"""The straight line over a real database, with a fake model and fake vendors; jobs are done at once, by hand."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.content import Content, load
from bot.inbox import Inbox
from bot.jobs import Jobs
from bot.outbox import Outbox
from bot.storage import conversations
from bot.storage.conversations import StoredConversation
from bot.storage.database import Database
from bot.storage.schema import agents, inbound_messages, outbound_messages
from bot.tickets import TicketService
from bot.turn import Turns
from domain.messages import (
    AgentId,
    Channel,
    ConversationId,
    ExternalId,
    InboundMessage,
    MessageKind,
)
from tests.fakes import FakeClock, FakeNlu, FakeSender


@pytest.fixture(scope="session")
def content() -> Content:
    """The real content of the municipality."""
    return load(Path("content"))


@dataclass
class Line:
    """Inbox, turns and outbox around one database, and a resident who writes."""

    database: Database
    inbox: Inbox
    turns: Turns
    outbox: Outbox
    tickets: TicketService
    jobs: Jobs
    clock: FakeClock
    content: Content
    nlu: FakeNlu
    sender: FakeSender
    served: list[Content]
    """The content of the moment."""
    channel: Channel = Channel.TELEGRAM
    handle: str = "77"
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def message(self, text: str = "", **more: object) -> InboundMessage:
        """A message of the resident, not sent yet."""
        plain = InboundMessage(
            channel=self.channel,
            handle=self.handle,
            external_id=ExternalId(f"{self.handle}:{next(self._numbers)}"),
            kind=MessageKind.TEXT,
            text=text,
            sent_at=self.clock.now(),
            contact_name="Anna",
        )
        return replace(plain, **more)  # type: ignore[arg-type]  # tests name the fields they mean

    def publish(self, **changed: object) -> None:
        """An editor saves: from now on the content is this."""
        self.served[0] = replace(self.served[0], **changed)  # type: ignore[arg-type]  # tests name the fields they mean

    async def accepts(self, text: str = "", **more: object) -> InboundMessage:
        """The resident sends something; nothing is answered yet."""
        message = self.message(text, **more)
        await self.inbox.accept(message)
        return message

    async def hears(self, text: str = "", **more: object) -> list[str]:
        """The resident sends something and everything waiting is answered; the keys of what was said."""
        await self.accepts(text, **more)
        before = len(await self.said())
        await self.turn()
        return (await self.said())[before:]

    async def presses(self, choice: str) -> list[str]:
        """The resident presses a button."""
        return await self.hears(kind=MessageKind.PRESS, choice=choice)

    async def turn(self) -> None:
        """Take turns until nothing is unanswered."""
        conversation = await self.conversation()
        while await self.unanswered():
            await self.turns.take(conversation.id)

    async def unanswered(self) -> int:
        async with self.database.reading() as connection:
            rows = await connection.execute(
                select(inbound_messages.c.id).where(inbound_messages.c.answered_at.is_(None))
            )
            return len(rows.all())

    async def deliver(self) -> None:
        """Deliver what waits."""
        await self.outbox.deliver((await self.conversation()).id)

    async def conversation(self) -> StoredConversation:
        async with self.database.reading() as connection:
            found = await conversations.find_by_handle(
                connection, channel=self.channel, handle=self.handle
            )
            assert found is not None
            return await conversations.find(connection, ConversationId(found))

    async def said(self) -> list[str]:
        """Keys of everything the assistant said, in order."""
        async with self.database.reading() as connection:
            rows = await connection.execute(
                select(outbound_messages.c["keys"]).order_by(outbound_messages.c.id)
            )
            return [key for keys in rows.scalars() for key in keys]

    async def states(self) -> list[str]:
        """Delivery states of everything said, in order."""
        async with self.database.reading() as connection:
            rows = await connection.execute(
                select(outbound_messages.c.state).order_by(outbound_messages.c.id)
            )
            return list(rows.scalars())

    async def stored(self) -> list[str]:
        """Texts of everything the resident sent, as stored."""
        async with self.database.reading() as connection:
            rows = await connection.execute(
                select(inbound_messages.c.text).order_by(inbound_messages.c.id)
            )
            return list(rows.scalars())


async def add_agent(database: Database, email: str) -> AgentId:
    """Somebody at the desk."""
    async with database.unit_of_work() as work:
        made = await work.connection.execute(
            agents.insert()
            .values(email=email, name=email, password_hash="-")
            .returning(agents.c.id)
        )
        await work.commit()
        return AgentId(made.scalar_one())


@pytest.fixture
async def ilze(database: Database) -> AgentId:
    """A clerk."""
    return await add_agent(database, "ilze@example.org")


@pytest.fixture
async def line(database: Database, database_url: str, content: Content) -> AsyncIterator[Line]:
    """A line with Telegram on."""
    async with opened_line(database, database_url, content) as opened:
        yield opened


@asynccontextmanager
async def opened_line(
    database: Database, database_url: str, content: Content
) -> AsyncIterator[Line]:
    """A line with Telegram on, for tests that have an event loop of their own."""
    clock, nlu, sender, served = FakeClock(), FakeNlu(), FakeSender(), [content]
    jobs = Jobs(database_url)
    await jobs.open()
    yield Line(
        database=database,
        inbox=Inbox(database=database, jobs=jobs, clock=clock),
        turns=Turns(database=database, jobs=jobs, clock=clock, nlu=nlu, content=lambda: served[0]),
        outbox=Outbox(
            database=database,
            jobs=jobs,
            clock=clock,
            senders={Channel.TELEGRAM: sender, Channel.WHATSAPP: sender},
            paces={},
        ),
        tickets=TicketService(database=database, jobs=jobs, clock=clock, content=lambda: served[0]),
        jobs=jobs,
        clock=clock,
        content=content,
        nlu=nlu,
        sender=sender,
        served=served,
    )
    await jobs.close()
