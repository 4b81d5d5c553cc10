"""What could not be delivered and is not needed any more."""

from bot.storage.database import Database
from bot.storage.tickets import events, failures
from bot.storage.tickets.events import Event
from bot.tickets.transactions import lock
from domain.messages import AgentId, OutboundId
from domain.ports import Clock
from domain.tickets import TicketNumber


class Failures:
    """Settles failed deliveries without sending anything."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def dismiss(self, number: TicketNumber, *, message: OutboundId, by: AgentId) -> bool:
        """Say that a failed message of a ticket's conversation is not needed; False when it is not failed (any more).

        Anyone at the desk may. Raises `TicketConflict` for a ticket that is not there.
        """
        async with self._database.unit_of_work() as work:
            ticket = await lock(work, number)
            if not await failures.lock_failed(work.connection, message, ticket.conversation):
                return False
            event = Event(
                failures.DISMISSED,
                at=self._clock.now(),
                by=by,
                detail=str(message),
                logged=str(message),
            )
            await events.note(work.connection, number, event)
            await work.commit()
        return True
