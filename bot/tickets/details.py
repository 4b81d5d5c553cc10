"""What a ticket is about: its subject, its priority, its tags."""

from bot.storage.database import Database, UnitOfWork
from bot.storage.tickets import records
from bot.storage.tickets.events import Event
from bot.tickets.transactions import lock
from domain.messages import AgentId
from domain.ports import Clock
from domain.tickets import Priority, Ticket, TicketNumber


class Details:
    """Says what tickets are about, without a word to the resident."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def describe(
        self,
        number: TicketNumber,
        *,
        by: AgentId,
        subject: str | None = None,
        priority: Priority | None = None,
        tags: tuple[str, ...] | None = None,
    ) -> Ticket:
        """Say what a ticket is about, how much it matters, and its tags; None leaves something as it is."""
        async with self._database.unit_of_work() as work:
            ticket = await lock(work, number)
            now = self._clock.now()
            if subject is not None:
                renamed = ticket.rename(subject)
                event = Event("renamed", at=now, by=by, detail=renamed.subject)
                ticket = await _keep(work, renamed, event, instead_of=ticket)
            if priority is not None:
                event = Event("prioritized", at=now, by=by, detail=priority, logged=priority)
                ticket = await _keep(work, ticket.prioritize(priority), event, instead_of=ticket)
            if tags is not None:
                event = Event("tagged", at=now, by=by, detail=", ".join(tags))
                ticket = await _keep(work, ticket.tag(tags), event, instead_of=ticket)
            await work.commit()
        return ticket


async def _keep(work: UnitOfWork, changed: Ticket, event: Event, *, instead_of: Ticket) -> Ticket:
    """Store what is different now; where nothing is, nothing happened."""
    if changed != instead_of:
        await records.save_details(work.connection, changed, event)
    return changed
