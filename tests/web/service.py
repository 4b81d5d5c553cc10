"""The web chat as a running service: real database, queue, inbox, turns and outbox; only the model is a fake."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web
from sqlalchemy import insert, select, text

from bot.channels.web import WebChat, WebSender
from bot.content import Content
from bot.inbox import Inbox
from bot.jobs import Jobs
from bot.live import Live
from bot.outbox import Outbox
from bot.processes import free_port
from bot.storage.database import Database
from bot.storage.schema import agents, inbound_messages, outbound_messages, tickets
from bot.tickets import TicketService
from bot.turn import Turns
from domain.messages import AgentId, Channel
from domain.ports import Clock
from domain.tickets import TicketNumber
from tests.fakes import FakeNlu

EVERYBODY_ASKS = {
    "kur samaksāt rēķinu": "topic.bills-pay-where",
    "labdien": "greet",
}


@dataclass
class ChatService:
    """The service and the people behind it."""

    url: str
    database: Database
    jobs: Jobs
    inbox: Inbox
    outbox: Outbox
    tickets: TicketService
    nlu: FakeNlu
    live: Live
    application: "Application"

    async def agent(self, name: str = "Ilze Kalniņa") -> AgentId:
        """A new member of staff."""
        async with self.database.unit_of_work() as work:
            made = await work.connection.scalar(
                insert(agents)
                .values(email=f"{uuid.uuid4()}@novads.example", name=name, password_hash="none")
                .returning(agents.c.id)
            )
            await work.commit()
        assert made is not None
        return AgentId(made)

    async def ticket(self) -> TicketNumber:
        """The newest ticket."""
        async with self.database.reading() as connection:
            number = await connection.scalar(
                select(tickets.c.number).order_by(tickets.c.number.desc()).limit(1)
            )
        assert number is not None
        return TicketNumber(number)

    async def inbound(self) -> list[dict[str, Any]]:
        """Everything that residents sent, as stored."""
        async with self.database.reading() as connection:
            rows = await connection.execute(
                select(inbound_messages).order_by(inbound_messages.c.id)
            )
            return [dict(row) for row in rows.mappings()]

    async def states(self) -> list[str]:
        """Delivery states of everything said to residents."""
        async with self.database.reading() as connection:
            rows = await connection.execute(
                select(outbound_messages.c.state).order_by(outbound_messages.c.id)
            )
            return list(rows.scalars())

    async def becomes(self, *states: str) -> None:
        """Wait until the delivery states are these."""
        with self.live.watch() as watch:
            async with asyncio.timeout(10):
                while await self.states() != list(states):
                    await anext(watch.changes(idle_seconds=0.2))

    async def run(self, statement: str) -> None:
        """Change the database behind everybody's back."""
        async with self.database.unit_of_work() as work:
            await work.connection.execute(text(statement))
            await work.commit()


class Application:
    """The HTTP side, which a test may stop and start again at the same port."""

    def __init__(self, chat: WebChat, live: Live, *, port: int) -> None:
        self._chat = chat
        self._live = live
        self._port = port
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        self._chat.add_to(app)
        app.cleanup_ctx.append(self._listen)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()

    async def stop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _listen(self, app: web.Application) -> AsyncIterator[None]:
        listening = asyncio.create_task(self._live.listen())
        yield
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


@contextlib.asynccontextmanager
async def running_chat(
    database_url: str,
    *,
    content: Content,
    clock: Clock,
    **options: Any,  # noqa: ANN401 - whatever `WebChat` takes
) -> AsyncIterator[ChatService]:
    """The service for the time of the block; `options` go to `WebChat`."""
    port = free_port()
    database = Database(database_url, pool_size=8)
    jobs = Jobs(database_url)
    nlu = FakeNlu(EVERYBODY_ASKS)
    url = f"http://127.0.0.1:{port}"
    shown = replace(content, privacy_url=content.privacy_url or f"{url}/privatums")
    turns = Turns(database=database, jobs=jobs, clock=clock, nlu=nlu, content=lambda: shown)
    outbox = Outbox(
        database=database, jobs=jobs, clock=clock, senders={Channel.WEB: WebSender()}, paces={}
    )
    jobs.handle(take_turn=turns.take, deliver=outbox.deliver)
    await jobs.open()
    worker = asyncio.create_task(jobs.run_worker(concurrency=2))
    inbox = Inbox(database=database, jobs=jobs, clock=clock)
    live = Live(database_url)
    chat = WebChat(
        inbox=inbox,
        outbox=outbox,
        database=database,
        live=live,
        clock=clock,
        content=lambda: shown,
        **options,
    )
    application = Application(chat, live, port=port)
    await application.start()
    try:
        yield ChatService(
            url=url,
            database=database,
            jobs=jobs,
            inbox=inbox,
            outbox=outbox,
            tickets=TicketService(database=database, jobs=jobs, clock=clock, content=lambda: shown),
            nlu=nlu,
            live=live,
            application=application,
        )
    finally:
        await application.stop()
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        await jobs.close()
        await database.close()
