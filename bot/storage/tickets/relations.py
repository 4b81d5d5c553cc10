"""What ties tickets together: links, merges, splits, the other tickets of a resident."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, and_, bindparam, delete, or_, select, union, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import conversations as talks
from bot.storage import persons
from bot.storage.schema import conversations, handles, ticket_links, tickets
from bot.storage.tickets.events import Event
from bot.storage.tickets.records import TO_DO, fetch_one, lock_all, mode_in, save
from domain.messages import AgentId, Channel, ConversationId
from domain.relay import is_case
from domain.tickets import Ticket, TicketNumber, TicketState
from domain.working_hours import WorkingCalendar


@dataclass(frozen=True, slots=True)
class Related:
    """Another ticket, as far as one needs to recognise it."""

    number: TicketNumber
    subject: str
    state: TicketState
    merged: bool = False
    """Whether one of the two was merged into the other; else they are linked."""


_NUMBER = bindparam("number", type_=BigInteger)

_MERGED = union(
    select(tickets.c.number).where(tickets.c.merged_into == _NUMBER),
    select(tickets.c.merged_into).where(
        tickets.c.number == _NUMBER, tickets.c.merged_into.is_not(None)
    ),
).subquery()

_IS_MERGED = tickets.c.number.in_(select(_MERGED.c.number))

_RELATED = (
    select(tickets.c.number, tickets.c.subject, tickets.c.state, _IS_MERGED.label("merged"))
    .where(
        or_(
            tickets.c.number.in_(
                select(ticket_links.c.linked_number).where(ticket_links.c.ticket_number == _NUMBER)
            ),
            _IS_MERGED,
        )
    )
    .order_by(tickets.c.number)
)


async def related(connection: AsyncConnection, number: TicketNumber) -> list[Related]:
    """The tickets that a ticket is linked to, was merged into, or took over; by number."""
    found = await connection.execute(_RELATED, {"number": number})
    return [
        Related(TicketNumber(row.number), row.subject, TicketState(row.state), row.merged)
        for row in found
    ]


@dataclass(frozen=True, slots=True)
class Other:
    """Another open ticket of the same person, and where its answers go."""

    number: TicketNumber
    subject: str
    channel: Channel
    by_ambassador: bool


_OTHERS = (
    select(tickets.c.number, tickets.c.subject, handles.c.channel, handles.c.external_id)
    .join(conversations, conversations.c.id == tickets.c.conversation_id)
    .join(handles, handles.c.id == conversations.c.handle_id)
    .where(
        tickets.c.number != _NUMBER,
        tickets.c.state.in_(TO_DO),
        handles.c.contact_id.in_(persons.members_of(_NUMBER)),
    )
    .order_by(tickets.c.number)
)


async def others_of_resident(connection: AsyncConnection, number: TicketNumber) -> list[Other]:
    """The other open tickets of the person whom a ticket is for, on whatever handle."""
    found = await connection.execute(_OTHERS, {"number": number})
    return [
        Other(
            number=TicketNumber(row.number),
            subject=row.subject,
            channel=Channel(row.channel),
            by_ambassador=is_case(row.external_id),
        )
        for row in found
    ]


async def link(connection: AsyncConnection, one: TicketNumber, other: TicketNumber) -> bool:
    """Link two tickets; False when they were linked already."""
    pairs = [(one, other), (other, one)]
    made = await connection.execute(
        pg_insert(ticket_links)
        .values([{"ticket_number": a, "linked_number": b} for a, b in pairs])
        .on_conflict_do_nothing()
        .returning(ticket_links.c.ticket_number)
    )
    return bool(made.all())


async def unlink(connection: AsyncConnection, one: TicketNumber, other: TicketNumber) -> bool:
    """Take a link away; False when there was none."""
    a, b = ticket_links.c.ticket_number, ticket_links.c.linked_number
    gone = await connection.execute(
        delete(ticket_links)
        .where(or_(and_(a == one, b == other), and_(a == other, b == one)))
        .returning(a)
    )
    return bool(gone.all())


async def forward_merged(
    connection: AsyncConnection, number: TicketNumber, *, to: TicketNumber
) -> None:
    """What was merged into a ticket before follows it into the next one."""
    await connection.execute(
        update(tickets).where(tickets.c.merged_into == number).values(merged_into=to)
    )


async def merged_across(connection: AsyncConnection, contact: int) -> Sequence[TicketNumber]:
    """Tickets that were merged from a contact into one of another, or the other way."""
    one, into = tickets.alias("one"), tickets.alias("into")
    own = (
        select(conversations.c.id)
        .join(handles, handles.c.id == conversations.c.handle_id)
        .where(handles.c.contact_id == contact)
    )
    found = await connection.scalars(
        select(one.c.number)
        .join(into, into.c.number == one.c.merged_into)
        .where(one.c.conversation_id.in_(own) != into.c.conversation_id.in_(own))
    )
    return [TicketNumber(number) for number in found]


async def waiting_in(
    connection: AsyncConnection, conversation: ConversationId
) -> Sequence[TicketNumber]:
    """Tickets of other conversations that were merged into one of this and still wait for its answer."""
    one, into = tickets.alias("one"), tickets.alias("into")
    found = await connection.scalars(
        select(one.c.number)
        .join(into, into.c.number == one.c.merged_into)
        .where(
            into.c.conversation_id == conversation,
            one.c.conversation_id != conversation,
            into.c.state.in_(TO_DO),
        )
    )
    return [TicketNumber(number) for number in found]


async def release(
    connection: AsyncConnection,
    numbers: Sequence[TicketNumber],
    *,
    at: datetime,
    calendar: WorkingCalendar,
    by: AgentId | None = None,
) -> None:
    """Take merged tickets back out: they wait in their queues again, each in its own conversation.

    Deadlines that have passed are counted anew: nobody could keep them, so nobody is told that they were missed.
    """
    for ticket in await lock_all(connection, numbers):
        into = str(ticket.merged_into)
        event = Event("released", at=at, by=by, detail=into, logged=into)
        released = ticket.release().due_anew(
            after=at, answer_by=calendar.answer_by(at), solve_by=calendar.solve_by(at)
        )
        await save(connection, released, event)
        held = await talks.lock(connection, ticket.conversation)
        await talks.set_mode(connection, held.id, await mode_in(connection, held.id))


async def find_split(
    connection: AsyncConnection, ticket: Ticket, *, queue: str, subject: str
) -> Ticket | None:
    """The open ticket that was split off in a conversation with these very words; None when there is none."""
    return await fetch_one(
        connection,
        select(tickets)
        .where(
            tickets.c.conversation_id == ticket.conversation,
            tickets.c.state.in_(TO_DO),
            ~tickets.c.main,
            tickets.c.queue == queue,
            tickets.c.subject == subject,
        )
        .order_by(tickets.c.number)
        .limit(1),
    )


async def inherit(connection: AsyncConnection, number: TicketNumber, *, of: TicketNumber) -> None:
    """Note that a ticket is for the resident of another one: relayed by the same ambassador, reached the same way."""
    parent = tickets.alias("parent")
    names = ("ambassador_id", "on_behalf_of", "reach_by", "reach_detail")
    await connection.execute(
        update(tickets)
        .where(tickets.c.number == number)
        .values(
            {
                name: select(parent.c[name]).where(parent.c.number == of).scalar_subquery()
                for name in names
            }
        )
    )
