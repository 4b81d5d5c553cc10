"""What ties tickets together: links, merges, splits, the other tickets of a resident."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, and_, delete, or_, select, union, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import conversations, handles, ticket_links, tickets
from bot.storage.tickets.records import TO_DO, fetch_one
from domain.tickets import Ticket, TicketNumber, TicketState


@dataclass(frozen=True, slots=True)
class Related:
    """Another ticket, as far as one needs to recognise it."""

    number: TicketNumber
    subject: str
    state: TicketState
    merged: bool = False
    """Whether one of the two was merged into the other; else they are linked."""


async def related(connection: AsyncConnection, number: TicketNumber) -> list[Related]:
    """The tickets that a ticket is linked to, was merged into, or took over; by number."""
    merged = union(
        select(tickets.c.number).where(tickets.c.merged_into == number),
        select(tickets.c.merged_into).where(
            tickets.c.number == number, tickets.c.merged_into.is_not(None)
        ),
    ).subquery()
    linked = select(ticket_links.c.linked_number).where(ticket_links.c.ticket_number == number)
    is_merged = tickets.c.number.in_(select(merged.c.number))
    found = await connection.execute(
        select(tickets.c.number, tickets.c.subject, tickets.c.state, is_merged.label("merged"))
        .where(or_(tickets.c.number.in_(linked), is_merged))
        .order_by(tickets.c.number)
    )
    return [
        Related(TicketNumber(row.number), row.subject, TicketState(row.state), row.merged)
        for row in found
    ]


async def others_of_resident(connection: AsyncConnection, number: TicketNumber) -> list[Related]:
    """The other open tickets of the resident whom a ticket is for, on whatever channel."""
    others = tickets.alias("others")
    found = await connection.execute(
        select(others.c.number, others.c.subject, others.c.state)
        .select_from(tickets, others)
        .where(
            tickets.c.number == number,
            others.c.number != number,
            others.c.state.in_(TO_DO),
            # An ambassador's conversation carries the cases of several residents.
            others.c.on_behalf_of == tickets.c.on_behalf_of,
            _contact_of(others.c.conversation_id) == _contact_of(tickets.c.conversation_id),
        )
        .order_by(others.c.number)
    )
    return [Related(TicketNumber(row.number), row.subject, TicketState(row.state)) for row in found]


def _contact_of(conversation: ColumnElement[int]) -> ScalarSelect[int]:
    return (
        select(handles.c.contact_id)
        .join(conversations, conversations.c.handle_id == handles.c.id)
        .where(conversations.c.id == conversation)
        .scalar_subquery()
    )


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
