"""The tickets themselves: found and locked, stored new, stored changed together with the event of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import tickets
from bot.storage.tickets.events import Event, note
from domain.conversation import Mode
from domain.messages import AgentId, ConversationId
from domain.tickets import HandoffReason, Priority, Ticket, TicketNumber, TicketState

_OPEN = (TicketState.NEW, TicketState.CLAIMED, TicketState.SOLVED)
TO_DO = (TicketState.NEW, TicketState.CLAIMED)
_MOST_LISTED = 10

_SOLVED_MAIN = and_(tickets.c.state == TicketState.SOLVED, tickets.c.main)

LARGEST_NUMBER = 2**63 - 1
"""PostgreSQL counts no further, and a press may carry any number."""


def to_ticket(row: RowMapping) -> Ticket:
    """A ticket out of a row of its table."""
    return Ticket(
        number=TicketNumber(row["number"]),
        conversation=ConversationId(row["conversation_id"]),
        reason=HandoffReason(row["reason"]),
        state=TicketState(row["state"]),
        opened_at=row["opened_at"],
        answer_by=row["answer_by"],
        solve_by=row["solve_by"],
        queue=row["queue"],
        topic=row["topic"],
        agent=None if row["agent_id"] is None else AgentId(row["agent_id"]),
        reopened=row["reopened"],
        priority=Priority(row["priority"]),
        tags=tuple(row["tags"]),
        main=row["main"],
        merged_into=None if row["merged_into"] is None else TicketNumber(row["merged_into"]),
        subject=row["subject"],
        first_words=row["first_words"],
        stars=row["stars"],
        first_answered_at=row["first_answered_at"],
        solved_at=row["solved_at"],
        closed_at=row["closed_at"],
    )


async def fetch_one(connection: AsyncConnection, query: Select[Any]) -> Ticket | None:
    """The ticket that a query over their table finds; None when there is none."""
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else to_ticket(row)


async def insert_ticket(
    connection: AsyncConnection,
    *,
    conversation: ConversationId,
    reason: HandoffReason,
    opened_at: datetime,
    answer_by: datetime,
    solve_by: datetime,
    queue: str,
    topic: str,
    subject: str,
    main: bool = True,
) -> Ticket:
    """Store a new ticket; its number comes from the database."""
    row = await connection.execute(
        insert(tickets)
        .values(
            conversation_id=conversation,
            reason=reason,
            opened_at=opened_at,
            answer_by=answer_by,
            solve_by=solve_by,
            queue=queue,
            topic=topic,
            subject=subject,
            first_words=subject,
            main=main,
        )
        .returning(tickets)
    )
    ticket = to_ticket(row.mappings().one())
    await note(connection, ticket.number, Event("opened", at=opened_at, detail=reason))
    return ticket


async def lock(connection: AsyncConnection, number: TicketNumber) -> Ticket | None:
    """A ticket by its number, kept from changing until the transaction ends.

    No lock here keeps anybody from adding what names the ticket, as events and alerts do: only who erases it does.
    """
    return await fetch_one(
        connection,
        select(tickets).where(tickets.c.number == number).with_for_update(key_share=True),
    )


async def lock_with_solved(connection: AsyncConnection, number: TicketNumber) -> Ticket | None:
    """As `lock`, and with it the solved main ticket of the same conversation, in the order of their numbers."""
    talk = select(tickets.c.conversation_id).where(tickets.c.number == number).scalar_subquery()
    solved = and_(tickets.c.conversation_id == talk, _SOLVED_MAIN)
    rows = await connection.execute(
        select(tickets)
        .where(or_(tickets.c.number == number, solved))
        .order_by(tickets.c.number)
        .with_for_update(key_share=True)
    )
    found = map(to_ticket, rows.mappings())
    return next((ticket for ticket in found if ticket.number == number), None)


async def lock_all(
    connection: AsyncConnection, numbers: Sequence[TicketNumber]
) -> Sequence[Ticket]:
    """Tickets, locked in the order of their numbers, so that nobody waits for each other."""
    rows = await connection.execute(
        select(tickets)
        .where(tickets.c.number.in_(numbers))
        .order_by(tickets.c.number)
        .with_for_update(key_share=True)
    )
    return [to_ticket(row) for row in rows.mappings()]


async def mode_in(connection: AsyncConnection, conversation: ConversationId) -> Mode:
    """Who speaks in a conversation by its tickets; sure only while the conversation is locked."""
    found = await connection.scalars(
        select(tickets.c.state).where(
            tickets.c.conversation_id == conversation, tickets.c.state.in_(TO_DO)
        )
    )
    states = set(found)
    if TicketState.CLAIMED in states:
        return Mode.STAFF
    return Mode.WAITING if states else Mode.BOT


async def open_in(
    connection: AsyncConnection,
    conversation: ConversationId,
    *,
    states: Sequence[TicketState] = _OPEN,
) -> Ticket | None:
    """The ticket of a conversation that is not closed yet.

    One that staff have yet to finish comes before one that is solved, the main one before those that were split off.
    """
    return await fetch_one(
        connection,
        select(tickets)
        .where(tickets.c.conversation_id == conversation, tickets.c.state.in_(states))
        .order_by(tickets.c.state.in_(TO_DO).desc(), tickets.c.main.desc(), tickets.c.number)
        .limit(1)
        .with_for_update(key_share=True),
    )


async def solved_main_in(
    connection: AsyncConnection, conversation: ConversationId
) -> Ticket | None:
    """The main ticket of a conversation, when staff have solved it and nobody has closed it yet."""
    return await fetch_one(
        connection,
        select(tickets)
        .where(tickets.c.conversation_id == conversation, _SOLVED_MAIN)
        .with_for_update(key_share=True),
    )


async def has_main_to_do(connection: AsyncConnection, conversation: ConversationId) -> bool:
    """Whether staff have yet to finish the main ticket of a conversation; sure only while that is locked."""
    found = await connection.scalar(
        select(tickets.c.number).where(
            tickets.c.conversation_id == conversation, tickets.c.state.in_(TO_DO), tickets.c.main
        )
    )
    return found is not None


async def latest_in(connection: AsyncConnection, conversation: ConversationId) -> Sequence[Ticket]:
    """The newest tickets of a conversation."""
    rows = await connection.execute(
        select(tickets)
        .where(tickets.c.conversation_id == conversation)
        .order_by(tickets.c.number.desc())
        .limit(_MOST_LISTED)
    )
    return [to_ticket(row) for row in rows.mappings()]


async def save(connection: AsyncConnection, ticket: Ticket, event: Event) -> None:
    """Store a ticket whose state changed, the moment of the change and the event of it.

    One that goes on was neither solved nor closed: when it ends again, that moment counts.
    """
    at = event.at
    moments: dict[TicketState, dict[str, datetime | None]] = {
        TicketState.NEW: {"claimed_at": None, "solved_at": None, "closed_at": None},
        TicketState.CLAIMED: {"claimed_at": at, "solved_at": None, "closed_at": None},
        TicketState.SOLVED: {"solved_at": at, "closed_at": None},
        TicketState.CLOSED: {"closed_at": at},
    }
    await _update(connection, ticket, **moments[ticket.state])
    await note(connection, ticket.number, event)


async def save_details(connection: AsyncConnection, ticket: Ticket, event: Event) -> None:
    """Store a ticket whose state did not change, and the event of what did."""
    await _update(connection, ticket)
    await note(connection, ticket.number, event)


async def note_first_answer(
    connection: AsyncConnection, number: TicketNumber, *, at: datetime
) -> None:
    """Note when staff first answered; later answers change nothing."""
    await connection.execute(
        update(tickets)
        .where(tickets.c.number == number, tickets.c.first_answered_at.is_(None))
        .values(first_answered_at=at)
    )


async def _update(connection: AsyncConnection, ticket: Ticket, **moments: datetime | None) -> None:
    await connection.execute(
        update(tickets)
        .where(tickets.c.number == ticket.number)
        .values(
            state=ticket.state,
            queue=ticket.queue,
            topic=ticket.topic,
            subject=ticket.subject,
            first_words=ticket.first_words,
            agent_id=ticket.agent,
            reopened=ticket.reopened,
            priority=ticket.priority,
            tags=ticket.tags,
            merged_into=ticket.merged_into,
            main=ticket.main,
            answer_by=ticket.answer_by,
            solve_by=ticket.solve_by,
            **moments,
        )
    )
