"""The desk and the mail server, and the rounds between them."""

from collections.abc import AsyncIterator

import pytest

from bot.alerts import AlertRounds, Mailing, MailServer
from bot.storage import alerts
from bot.storage.alerts import EmailAlerts
from bot.storage.database import Database
from simulators.smtp import MailSimulator
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
    )


async def wishes(office: Office, name: str, wish: EmailAlerts) -> None:
    """An agent says when they want e-mail."""
    now = office.clock.now()
    digest = wish is EmailAlerts.DIGEST
    due = content().calendar.next_opening(now) if digest else now
    async with office.database.unit_of_work() as work:
        await alerts.set_email_wish(work.connection, office.agents[name], wish, at=now, due=due)
        await work.commit()
