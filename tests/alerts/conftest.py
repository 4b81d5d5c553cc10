"""The desk and the mail server, and the rounds between them."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.alerts import AlertRounds, Blanking, Mailing, MailServer, Posting
from bot.channels import telegram
from bot.storage import agents as stored_agents
from bot.storage import alerts
from bot.storage.alerts import EmailAlerts
from bot.storage.database import Database
from simulators.server import LocalServer
from simulators.smtp import MailSimulator
from simulators.telegram import TOKEN, Paces, PushPace, TelegramSimulator
from tests.alerts.staffroom import Staffroom
from tests.desk.office import Office, content, open_office


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    """The desk with two agents."""
    async with open_office(database, sends_mail=True) as opened:
        for name in ("Anna", "Pēteris"):
            await opened.hire(name)
        yield opened


@pytest.fixture
async def post() -> AsyncIterator[MailSimulator]:
    """The mail server of the municipality."""
    async with MailSimulator() as running:
        yield running


@pytest.fixture
def rounds(office: Office, post: MailSimulator) -> AlertRounds:
    """What a worker does."""
    return rounds_of(office, MailServer(post.url, timeout=2))


def rounds_of(office: Office, server: MailServer) -> AlertRounds:
    """The rounds of one worker."""
    return AlertRounds(
        database=office.database,
        clock=office.clock,
        content=content,
        mailing=Mailing(
            database=office.database,
            clock=office.clock,
            content=content,
            server=server,
            sender="Zintis <zintis@example.org>",
            public_url="https://asistents.example.lv",
        ),
        posting=None,
        blanking=None,
    )


async def wishes(office: Office, name: str, wish: EmailAlerts) -> None:
    """An agent says when they want e-mail."""
    now = office.clock.now()
    digest = wish is EmailAlerts.DIGEST
    due = content().calendar.next_opening(now) if digest else now
    async with office.database.unit_of_work() as work:
        await alerts.set_email_wish(work.connection, office.agents[name], wish, at=now, due=due)
        await work.commit()


@pytest.fixture
async def api() -> AsyncIterator[TelegramSimulator]:
    quick = PushPace(first_retry=0.01, longest_retry=0.05)
    async with TelegramSimulator(paces=Paces.unlimited(), push_pace=quick) as simulator:
        yield simulator


@pytest.fixture
async def staffroom(office: Office, api: TelegramSimulator) -> AsyncIterator[Staffroom]:
    """The desk's web process and the worker's rounds on one Telegram; the group is linked."""
    await office.hire("Dace")
    async with office.database.reading() as connection:
        await stored_agents.set_role(connection, office.agents["Dace"], role="admin")
    app = web.Application()
    server = LocalServer(app)
    moves = telegram.GroupMoves(database=office.database, clock=office.clock)
    async with (
        telegram.connect(TOKEN, api_url=api.url) as bot,
        await office.at_work("Dace") as dace,
    ):
        staff = telegram.StaffGroups(
            bot=bot,
            database=office.database,
            tickets=office.tickets,
            clock=office.clock,
            moves=moves,
        )
        intake = telegram.TelegramIntake(
            bot=bot,
            inbox=office.inbox,
            clock=office.clock,
            secret="s3cret",
            staff=staff,
            moves=moves,
        )
        app.router.add_post("/telegram/webhook", intake.answer_webhook)
        await server.start()
        await intake.introduce()
        await intake.register_webhook(f"{server.url}/telegram/webhook")
        posts = telegram.StaffPosts(bot, moves=moves)
        rounds = AlertRounds(
            database=office.database,
            clock=office.clock,
            content=content,
            mailing=None,
            posting=Posting(
                database=office.database,
                clock=office.clock,
                content=content,
                posts=posts,
                public_url=None,
            ),
            blanking=Blanking(database=office.database, clock=office.clock, posts=posts),
        )
        room = Staffroom(office, api, rounds, posts, dace)
        await room.link()
        yield room
        await intake.close()
        await staff.close()
        await server.stop()
