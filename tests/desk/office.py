"""A desk on a real database: residents who write, agents who log in, a clock that the test holds."""

import asyncio
import html
import itertools
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType, TracebackType

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import Table, func, select
from sqlalchemy import text as sql

from bot.content import Content, load
from bot.desk import Desk, agents
from bot.desk.oidc import Issuer
from bot.inbox import Inbox
from bot.jobs import Jobs
from bot.live import Live
from bot.outbox import Outbox
from bot.storage import conversations, messages
from bot.storage import tickets as stored
from bot.storage.database import Database
from bot.storage.messages import NewOutbound
from bot.tickets import ConversationTickets, TicketService
from domain.folding import fold
from domain.messages import (
    AgentId,
    Attachment,
    Channel,
    ConversationId,
    DeliveryState,
    ExternalId,
    InboundMessage,
    MessageKind,
    OutboundId,
)
from domain.ports import Files
from domain.tickets import Handoff, HandoffReason, TicketNumber
from tests.fakes import FakeNlu

PASSWORD = "zvirbuļu dārza vārti"
NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""A Monday, 12.00 in Riga."""

_external = itertools.count(1)


@dataclass
class HeldClock:
    """Time that passes when the test says so."""

    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment

    def pass_time(self, **length: float) -> None:
        self.moment += timedelta(**length)


@cache
def content() -> Content:
    """The real content: the desk shows its words."""
    return load(Path(__file__).parents[2] / "content")


@dataclass
class Office:
    """The running desk and what the test needs around it."""

    url: str
    database: Database
    jobs: Jobs
    clock: HeldClock
    inbox: Inbox
    outbox: Outbox
    tickets: TicketService
    nlu: FakeNlu
    pages: frozenset[str]
    """The routes that can be opened in a browser."""
    agents: dict[str, AgentId] = field(default_factory=dict)

    async def hire(self, name: str) -> AgentId:
        """Somebody new at the desk; their e-mail is their first name."""
        made = await agents.add(self.database, email=email_of(name), name=name, password=PASSWORD)
        self.agents[name] = made
        return made

    async def resident_writes(
        self,
        text: str = "",
        *,
        who: str = "vilma",
        name: str = "Vilma Ozola",
        channel: Channel = Channel.TELEGRAM,
        kind: MessageKind = MessageKind.TEXT,
        attachments: tuple[Attachment, ...] = (),
        edit_of: str | None = None,
        forwarded_from: str = "",
    ) -> ConversationId:
        """A message arrives; returns its conversation."""
        message = InboundMessage(
            channel=channel,
            handle=who,
            external_id=ExternalId(str(next(_external))),
            kind=kind,
            text=text,
            sent_at=self.clock.now(),
            contact_name=name,
            attachments=attachments,
            edit_of=ExternalId(edit_of) if edit_of else None,
            forwarded_from=forwarded_from,
        )
        assert await self.inbox.accept(message)
        async with self.database.reading() as connection:
            found = await conversations.find_by_handle(connection, channel=channel, handle=who)
        assert found is not None
        return found

    async def ticket(
        self,
        question: str = "Kad atvērs bibliotēku?",
        *,
        who: str = "vilma",
        name: str = "Vilma Ozola",
        channel: Channel = Channel.TELEGRAM,
        reason: HandoffReason = HandoffReason.ASKED,
        topic: str = "",
    ) -> TicketNumber:
        """A resident asked something that became a ticket."""
        conversation = await self.resident_writes(question, who=who, name=name, channel=channel)
        async with self.database.unit_of_work() as work:
            opened = await ConversationTickets(
                work,
                conversation=conversation,
                content=content(),
                now=self.clock.now(),
                words=question,
                is_question=True,
            ).open(Handoff(conversation, reason, topic))
            await work.commit()
        return opened.number

    async def assistant_says(
        self, source: str, *, who: str = "vilma", channel: Channel = Channel.TELEGRAM
    ) -> OutboundId:
        """The assistant answered before a person took over."""
        async with self.database.unit_of_work() as work:
            found = await conversations.find_by_handle(work.connection, channel=channel, handle=who)
            assert found is not None
            new = NewOutbound(source=source, text=source, plain=source)
            [made] = await messages.store_outbound(
                work.connection, found, [new], at=self.clock.now()
            )
            await work.commit()
        return made

    async def becomes(self, message: OutboundId, state: DeliveryState, *, error: str = "") -> None:
        """The vendor reported how far a message got."""
        async with self.database.reading() as connection:
            await messages.set_state(connection, [message], state, at=self.clock.now(), error=error)

    async def hours_ago(self, number: TicketNumber, hours: float) -> None:
        """The resident of a ticket wrote last so many hours ago."""
        heard = self.clock.now() - timedelta(hours=hours)
        async with self.database.reading() as connection:
            await connection.execute(
                sql("UPDATE conversations SET last_inbound_at = :heard WHERE id = :conversation"),
                {"heard": heard, "conversation": await self.conversation_of(number)},
            )

    async def was_understood(self, conversation: ConversationId, intent: str) -> None:
        """The assistant noted how it understood what was said last."""
        async with self.database.reading() as connection:
            await connection.execute(
                sql(
                    "UPDATE inbound_messages SET intent = :intent, confidence = 0.87"
                    " WHERE id = (SELECT max(id) FROM inbound_messages WHERE conversation_id = :conversation)"
                ),
                {"intent": intent, "conversation": conversation},
            )

    async def outgoing(self, number: TicketNumber) -> list[stored.Spoken]:
        """What agents sent in the conversation of a ticket."""
        async with self.database.reading() as connection:
            row = await stored.row_of(connection, number)
            assert row is not None
            said = await stored.timeline(connection, row.ticket.conversation)
        return [one for one in said if one.by == "agent"]

    async def conversation_of(self, number: TicketNumber) -> ConversationId:
        """The conversation of a ticket."""
        async with self.database.reading() as connection:
            row = await stored.row_of(connection, number)
        assert row is not None
        return row.ticket.conversation

    async def count(self, table: Table) -> int:
        """How many rows a table has."""
        async with self.database.reading() as connection:
            return await connection.scalar(select(func.count()).select_from(table)) or 0

    def person(self) -> "Person":
        """Somebody with a browser that runs no scripts."""
        return Person(self.url)

    async def at_work(self, name: str) -> "Person":
        """An agent who is hired and logged in."""
        if name not in self.agents:
            await self.hire(name)
        person = self.person()
        await person.log_in(email_of(name))
        return person


def email_of(name: str) -> str:
    """The e-mail of an agent in these tests."""
    return f"{fold(name.split(maxsplit=1)[0])}@example.org"


@dataclass(frozen=True)
class Seen:
    """A page as it came back."""

    status: int
    text: str
    headers: Mapping[str, str]
    path: str

    def hidden_field(self, name: str) -> str:
        """The value of the first hidden field of that name, empty when there is none."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        return html.unescape(found[1]) if found else ""

    def words(self) -> str:
        """The page without its tags."""
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", self.text)).split())


def tickets_on(page: Seen) -> list[int]:
    """The numbers in a list, in its order."""
    return [int(number) for number in re.findall(r'id="ticket-(\d+)"', page.text)]


class Person:
    """A browser without scripts: keeps cookies, follows links, posts forms."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def __aenter__(self) -> "Person":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.http.close()

    async def see(
        self, path: str, *, follow: bool = True, headers: Mapping[str, str] | None = None
    ) -> Seen:
        """Open a page."""
        async with self.http.get(
            self.url + path, allow_redirects=follow, headers=headers
        ) as response:
            return await _seen(response)

    async def post(
        self,
        path: str,
        fields: Mapping[str, str],
        *,
        follow: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> Seen:
        """Send a form exactly as given."""
        async with self.http.post(
            self.url + path, data=dict(fields), allow_redirects=follow, headers=headers
        ) as response:
            return await _seen(response)

    async def log_in(self, email: str, password: str = PASSWORD, *, follow: bool = True) -> Seen:
        """Fill in the login page."""
        page = await self.see("/desk/login", follow=False)
        fields = {"csrf": page.hidden_field("csrf"), "email": email, "password": password}
        return await self.post("/desk/login", fields, follow=follow)

    async def does(self, number: int, action: str, /, **fields: str) -> Seen:
        """Open a ticket and send one of its forms."""
        page = await self.see(f"/desk/tickets/{number}")
        sent = {"csrf": page.hidden_field("csrf"), "form": page.hidden_field("form"), **fields}
        return await self.post(f"/desk/tickets/{number}/{action}", sent)

    def cookie(self, name: str) -> str:
        """The value of a cookie, empty when there is none."""
        return next((c.value for c in self.http.cookie_jar if c.key == name), "")


async def leader(office: Office, role: str = "supervisor") -> Person:
    """Somebody with a role, logged in."""
    email = f"{role}@example.org"
    await agents.add(office.database, email=email, name="Dace Liepa", password=PASSWORD, role=role)
    person = office.person()
    await person.log_in(email)
    return person


async def _seen(response: aiohttp.ClientResponse) -> Seen:
    return Seen(
        response.status, await response.text(), dict(response.headers), str(response.url.path_qs)
    )


@asynccontextmanager
async def open_office(
    database: Database,
    *,
    public_url: str | None = None,
    files: Mapping[Channel, Files] = MappingProxyType({}),
    sends_mail: bool = False,
    clock: HeldClock | None = None,
    port: int | None = None,
    issuer: Issuer | None = None,
) -> AsyncIterator[Office]:
    """The desk on a free port, or on `port`, listening to its database."""
    clock = clock or HeldClock()
    jobs = Jobs(database.url)
    await jobs.open()
    live = Live(database.url)
    outbox = Outbox(database=database, jobs=jobs, clock=clock, senders={}, paces={})
    nlu = FakeNlu()
    service = TicketService(database=database, jobs=jobs, clock=clock, content=content)
    app = web.Application()
    Desk(
        database=database,
        tickets=service,
        outbox=outbox,
        live=live,
        clock=clock,
        content=content,
        files=files,
        nlu=nlu,
        public_url=public_url,
        sends_mail=sends_mail,
        issuer=issuer,
    ).add_to(app)
    app.cleanup_ctx.append(lambda _app: _listen(live))
    server = TestServer(app, port=port)
    await server.start_server()
    try:
        yield Office(
            url=str(server.make_url("")).rstrip("/"),
            database=database,
            jobs=jobs,
            clock=clock,
            inbox=Inbox(database=database, jobs=jobs, clock=clock),
            outbox=outbox,
            tickets=service,
            nlu=nlu,
            pages=routes_to_open(app),
        )
    finally:
        await server.close()
        await jobs.close()


def routes_to_open(app: web.Application) -> frozenset[str]:
    """Every route of an application that answers GET, with its placeholders."""
    return frozenset(
        route.resource.canonical
        for route in app.router.routes()
        if route.method == "GET" and route.resource is not None
    )


async def _listen(live: Live) -> AsyncIterator[None]:
    listening = asyncio.create_task(live.listen())
    yield
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
