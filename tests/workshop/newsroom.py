"""A desk with the editors' pages over a copy of the real content, and residents whose questions were not understood."""

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import text as sql

from bot.desk import Desk, agents
from bot.desk.editors import EditorPages
from bot.jobs import Jobs
from bot.live import Live
from bot.outbox import Outbox
from bot.storage import conversations
from bot.storage.database import Database
from bot.tickets import TicketService
from bot.workshop.live_content import LiveContent, stamp
from domain.messages import Channel, ConversationId
from tests.desk.office import PASSWORD, HeldClock, Person, email_of, routes_to_open
from tests.fakes import FakeNlu

REAL_CONTENT = Path(__file__).parents[2] / "content"
_numbers = itertools.count(1)


def copy_of_content(folder: Path) -> Path:
    """The real content, for a test to change."""
    copy = folder / "content"
    shutil.copytree(REAL_CONTENT, copy)
    return copy


@dataclass
class Newsroom:
    """The running pages and what is around them."""

    url: str
    database: Database
    clock: HeldClock
    directory: Path
    state_dir: Path
    live_content: LiveContent
    pages: frozenset[str]
    """The routes that can be opened in a browser."""

    async def editor(self, name: str = "Ieva Redaktore", role: str = "editor") -> Person:
        """Somebody who is logged in."""
        await agents.add(
            self.database, email=email_of(name), name=name, password=PASSWORD, role=role
        )
        person = Person(self.url)
        await person.log_in(email_of(name))
        return person

    async def take_over(self) -> None:
        """What every process does by itself within two seconds."""
        await self.live_content.take_over(stamp(self.directory))

    async def asked(
        self,
        text: str,
        *,
        intent: str = "out_of_scope",
        confidence: float = 0.3,
        said: str = "not_understood.first",
        times: int = 1,
        at: datetime | None = None,
        conversation: ConversationId | None = None,
    ) -> ConversationId:
        """A resident, another one each time or that of a conversation, asked something and was told this."""
        moment, known = at or self.clock.now(), conversation
        for _ in range(times):
            conversation = known or await self._resident(moment)
            async with self.database.reading() as connection:
                message = await connection.scalar(
                    sql(
                        "INSERT INTO inbound_messages (conversation_id, channel, external_id, kind, text,"
                        " sent_at, received_at, answered_at, intent, confidence)"
                        " VALUES (:c, 'web', :e, 'text', :t, :at, :at, :at, :i, :p) RETURNING id"
                    ),
                    {
                        "c": conversation,
                        "e": str(next(_numbers)),
                        "t": text,
                        "at": moment,
                        "i": intent,
                        "p": confidence,
                    },
                )
                await connection.execute(
                    sql(
                        "INSERT INTO outbound_messages (conversation_id, reply_to, keys, created_at)"
                        " VALUES (:c, :m, ARRAY[:k], :at)"
                    ),
                    {"c": conversation, "m": message, "k": said, "at": moment},
                )
        assert conversation is not None
        return conversation

    async def was_helped(self, topic: str, *, yes: int, no: int) -> None:
        """Residents said whether the answer to their ticket helped."""
        now = self.clock.now()
        for word in ["confirmed"] * yes + ["reopened"] * no:
            conversation = await self._resident(now)
            async with self.database.reading() as connection:
                number = await connection.scalar(
                    sql(
                        "INSERT INTO tickets (conversation_id, reason, state, topic, opened_at, answer_by, solve_by)"
                        " VALUES (:c, 'asked', 'closed', :t, :at, :at, :at) RETURNING number"
                    ),
                    {"c": conversation, "t": topic, "at": now},
                )
                await connection.execute(
                    sql("INSERT INTO ticket_events (ticket_number, kind, at) VALUES (:n, :k, :at)"),
                    {"n": number, "k": word, "at": now},
                )

    async def _resident(self, at: datetime) -> ConversationId:
        async with self.database.unit_of_work() as work:
            made = await conversations.heard_from(
                work.connection,
                channel=Channel.WEB,
                handle=f"visitor-{next(_numbers)}",
                name="",
                language="lv",
                at=at,
            )
            await work.commit()
        return made


@asynccontextmanager
async def open_newsroom(database: Database, folder: Path) -> AsyncIterator[Newsroom]:
    """The desk with its editors' pages on a free port."""
    clock = HeldClock()
    directory = await asyncio.to_thread(copy_of_content, folder)
    live_content = LiveContent(directory)
    jobs = Jobs(database.url)
    await jobs.open()
    app = web.Application()
    Desk(
        database=database,
        tickets=TicketService(
            database=database, jobs=jobs, clock=clock, content=live_content.current
        ),
        outbox=Outbox(database=database, jobs=jobs, clock=clock, senders={}, paces={}),
        live=Live(database.url),
        clock=clock,
        content=live_content.current,
        files={},
        nlu=FakeNlu(),
        editors=EditorPages(
            database=database,
            clock=clock,
            content=live_content.current,
            content_dir=directory,
            state_dir=folder / "state",
        ),
    ).add_to(app)
    server = TestServer(app)
    await server.start_server()
    try:
        yield Newsroom(
            url=str(server.make_url("")).rstrip("/"),
            database=database,
            clock=clock,
            directory=directory,
            state_dir=folder / "state",
            live_content=live_content,
            pages=routes_to_open(app),
        )
    finally:
        await server.close()
        await jobs.close()
