"""E-mails to agents: one about each thing at once, or one digest when a working day begins."""

from collections.abc import Callable, Sequence
from email.message import EmailMessage

from bot.alerts.mails import MailWriter
from bot.alerts.outcomes import LEASE, Outcomes
from bot.alerts.smtp import MailServer
from bot.content import Content
from bot.storage import alerts as stored
from bot.storage.alerts import Alert, AlertKind, EmailAlerts, Mailbag, Way
from bot.storage.database import Database
from domain.errors import ChannelUnavailable, MessageRefused
from domain.ports import Clock
from domain.tickets import TicketState

_OF_FREE_TICKETS = (AlertKind.NEW, AlertKind.RETURNED, AlertKind.UNTAKEN)


class Mailing:
    """Sends what is due."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        content: Callable[[], Content],
        server: MailServer,
        sender: str,
        public_url: str | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._content = content
        self._server = server
        self._sender = sender
        self._public_url = public_url
        self._outcomes = Outcomes(database=database, clock=clock, way=Way.EMAIL)

    async def send_due(self) -> None:
        """Send everything that is due, agent by agent."""
        while (bag := await self._take()) is not None:
            true = [alert for alert in bag.alerts if _is_true(alert, bag)]
            await self._outcomes.needless([alert for alert in bag.alerts if alert not in true])
            await self._send(bag, true)

    async def _take(self) -> Mailbag | None:
        async with self._database.unit_of_work() as work:
            now = self._clock.now()
            bag = await stored.take_mailbag(work.connection, now=now, lease=LEASE)
            await work.commit()
        return bag

    async def _send(self, bag: Mailbag, alerts: Sequence[Alert]) -> None:
        letters = list(self._letters(bag, alerts))
        for place, (about, message) in enumerate(letters):
            try:
                await self._server.send(message)
            except MessageRefused as refused:
                await self._outcomes.refused(about, str(refused))
            except ChannelUnavailable as unavailable:
                left = [alert for later, _ in letters[place:] for alert in later]
                await self._outcomes.postponed(left, unavailable)
                return
            else:
                await self._outcomes.sent(about)

    def _letters(
        self, bag: Mailbag, alerts: Sequence[Alert]
    ) -> list[tuple[Sequence[Alert], EmailMessage]]:
        """The e-mails of one agent, each with what it is about."""
        writer = MailWriter(
            sender=self._sender, queues=self._content().queues, public_url=self._public_url
        )
        now = self._clock.now()
        if not alerts:
            return []
        if bag.wants is EmailAlerts.DIGEST:
            return [(alerts, writer.digest(alerts, to=bag.email, now=now))]
        return [([alert], writer.single(alert, to=bag.email, now=now)) for alert in alerts]


def _is_true(alert: Alert, bag: Mailbag) -> bool:
    """Whether it is still so: a ticket may have been taken, answered or finished since."""
    if alert.kind in _OF_FREE_TICKETS:
        return alert.state is TicketState.NEW
    return alert.state is TicketState.CLAIMED and alert.agent == bag.agent
