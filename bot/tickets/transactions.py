"""One transaction over a ticket and its conversation, and who speaks there afterwards."""

from collections.abc import Awaitable, Callable, Sequence

import structlog

from bot.storage import conversations
from bot.storage.conversations import StoredConversation
from bot.storage.database import Database, UnitOfWork
from bot.storage.tickets import records
from domain.errors import TicketConflict
from domain.tickets import Obstacle, Ticket, TicketNumber

log = structlog.get_logger()


async def change(
    database: Database,
    number: TicketNumber,
    apply: Callable[[UnitOfWork, Ticket, StoredConversation], Awaitable[Ticket]],
    *,
    and_solved: bool = False,
) -> Ticket:
    """Do something to a ticket while it and its conversation are locked; what `apply` returns is the ticket now.

    With `and_solved` the solved main ticket of the conversation is locked too.
    """
    async with database.unit_of_work() as work:
        ticket = await lock(work, number, and_solved=and_solved)
        held = await conversations.lock(work.connection, ticket.conversation)
        changed = await apply(work, ticket, held)
        await work.commit()
    log.info("ticket.changed", ticket=number, state=changed.state)
    return changed


async def lock(work: UnitOfWork, number: TicketNumber, *, and_solved: bool = False) -> Ticket:
    """A ticket that must be there; with `and_solved` as `change`."""
    locking = records.lock_with_solved if and_solved else records.lock
    ticket = await locking(work.connection, number)
    if ticket is None:
        raise TicketConflict(Obstacle.MISSING)
    return ticket


async def lock_both(
    work: UnitOfWork, one: TicketNumber, other: TicketNumber, *, more: Sequence[TicketNumber] = ()
) -> tuple[Ticket, Ticket]:
    """Two tickets; the same one twice is a ticket that has nothing to do with itself.

    Those of `more` are locked with them, all in one order.
    """
    if one == other:
        raise TicketConflict(Obstacle.SAME_TICKET)
    found = {
        ticket.number: ticket
        for ticket in await records.lock_all(work.connection, (one, other, *more))
    }
    first, second = found.get(one), found.get(other)
    if first is None or second is None:
        raise TicketConflict(Obstacle.MISSING)
    return first, second


async def set_mode(work: UnitOfWork, held: StoredConversation) -> None:
    """Who speaks in a conversation once its tickets have changed; nothing else about it changes."""
    mode = await records.mode_in(work.connection, held.id)
    await conversations.change(work.connection, held, state=held.state, mode=mode)
