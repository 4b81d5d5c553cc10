"""Queries over tickets, their events and notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, Select, case, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import audit
from bot.storage.schema import (
    agents,
    contacts,
    conversations,
    handles,
    inbound_messages,
    notes,
    outbound_messages,
    staff_files,
    ticket_events,
    tickets,
)
from bot.storage.staff_files import SentFile, sent_file
from domain.conversation import Mode
from domain.messages import AgentId, Channel, ConversationId
from domain.tickets import HandoffReason, Priority, Standing, Ticket, TicketNumber, TicketState

_OPEN = (TicketState.NEW, TicketState.CLAIMED, TicketState.SOLVED)
TO_DO = (TicketState.NEW, TicketState.CLAIMED)
_MOST_LISTED = 10


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


async def _one(connection: AsyncConnection, query: Select[Any]) -> Ticket | None:
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
    await note_event(connection, ticket.number, kind="opened", detail=reason, at=opened_at)
    return ticket


async def lock(connection: AsyncConnection, number: TicketNumber) -> Ticket | None:
    """A ticket by its number, kept from changing until the transaction ends."""
    return await _one(
        connection, select(tickets).where(tickets.c.number == number).with_for_update()
    )


async def lock_both(
    connection: AsyncConnection, one: TicketNumber, other: TicketNumber
) -> tuple[Ticket | None, Ticket | None]:
    """Two tickets, locked in the order of their numbers, so that nobody waits for each other."""
    rows = await connection.execute(
        select(tickets)
        .where(tickets.c.number.in_((one, other)))
        .order_by(tickets.c.number)
        .with_for_update()
    )
    found = {ticket.number: ticket for ticket in map(to_ticket, rows.mappings())}
    return found.get(one), found.get(other)


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


async def open_in(connection: AsyncConnection, conversation: ConversationId) -> Ticket | None:
    """The ticket of a conversation that is not closed yet: the main one, else the first that was split off."""
    return await _one(
        connection,
        select(tickets)
        .where(tickets.c.conversation_id == conversation, tickets.c.state.in_(_OPEN))
        .order_by(tickets.c.main.desc(), tickets.c.number)
        .limit(1)
        .with_for_update(),
    )


async def latest_in(connection: AsyncConnection, conversation: ConversationId) -> Sequence[Ticket]:
    """The newest tickets of a conversation."""
    rows = await connection.execute(
        select(tickets)
        .where(tickets.c.conversation_id == conversation)
        .order_by(tickets.c.number.desc())
        .limit(_MOST_LISTED)
    )
    return [to_ticket(row) for row in rows.mappings()]


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a ticket, as its history and the audit log keep it."""

    kind: str
    at: datetime
    by: AgentId | None = None
    detail: str = ""
    """For the history; it goes when the ticket is erased."""
    logged: str = ""
    """For the audit log, which is never erased: a number or a word of ours, never a text."""
    about: AgentId | None = None
    """The colleague whom it concerns."""


async def save(
    connection: AsyncConnection, ticket: Ticket, *, kind: str, at: datetime, by: AgentId | None
) -> None:
    """Store a changed ticket, the moment of the change and the event of it."""
    await save_state(connection, ticket, Event(kind, at=at, by=by))


async def save_state(connection: AsyncConnection, ticket: Ticket, event: Event) -> None:
    """As `save`, with everything that there is to say about the event."""
    at = event.at
    moments: dict[TicketState, dict[str, datetime | None]] = {
        TicketState.NEW: {"claimed_at": None, "solved_at": None, "closed_at": None},
        TicketState.CLAIMED: {"claimed_at": at},
        TicketState.SOLVED: {"solved_at": at},
        TicketState.CLOSED: {"closed_at": at},
    }
    await _update(connection, ticket, **moments[ticket.state])
    await note(connection, ticket.number, event)


async def save_details(connection: AsyncConnection, ticket: Ticket, event: Event) -> None:
    """Store a ticket whose state did not change, and the event of what did."""
    await _update(connection, ticket)
    await note(connection, ticket.number, event)


async def _update(connection: AsyncConnection, ticket: Ticket, **moments: datetime | None) -> None:
    await connection.execute(
        update(tickets)
        .where(tickets.c.number == ticket.number)
        .values(
            state=ticket.state,
            queue=ticket.queue,
            subject=ticket.subject,
            agent_id=ticket.agent,
            reopened=ticket.reopened,
            priority=ticket.priority,
            tags=ticket.tags,
            merged_into=ticket.merged_into,
            answer_by=ticket.answer_by,
            solve_by=ticket.solve_by,
            **moments,
        )
    )


async def rate(
    connection: AsyncConnection, number: TicketNumber, *, stars: int, at: datetime
) -> None:
    """Store the stars of a ticket."""
    await connection.execute(
        update(tickets).where(tickets.c.number == number).values(stars=stars, rated_at=at)
    )
    await note_event(connection, number, kind="rated", detail=str(stars), at=at)


async def comment(
    connection: AsyncConnection, number: TicketNumber, *, words: str, at: datetime
) -> None:
    """Store what a resident adds to their stars."""
    await connection.execute(
        update(tickets).where(tickets.c.number == number).values(comment=words)
    )
    await note_event(connection, number, kind="commented", at=at)


async def note_first_answer(
    connection: AsyncConnection, number: TicketNumber, *, at: datetime
) -> None:
    """Note when staff first answered; later answers change nothing."""
    await connection.execute(
        update(tickets)
        .where(tickets.c.number == number, tickets.c.first_answered_at.is_(None))
        .values(first_answered_at=at)
    )


async def note_event(
    connection: AsyncConnection,
    number: TicketNumber,
    *,
    kind: str,
    at: datetime,
    detail: str = "",
    by: AgentId | None = None,
) -> None:
    """As `note`, for what needs no more words."""
    await note(connection, number, Event(kind, at=at, by=by, detail=detail))


async def note(connection: AsyncConnection, number: TicketNumber, event: Event) -> None:
    """Add to the history of a ticket, which is never changed. What agents or the upkeep did is audited too."""
    if event.by is not None or event.logged:
        await audit.append(
            connection,
            f"ticket.{event.kind}",
            at=event.at,
            by=event.by,
            ticket=number,
            about=event.about,
            detail=event.logged,
        )
    await connection.execute(
        insert(ticket_events).values(
            ticket_number=number,
            agent_id=event.by,
            kind=event.kind,
            detail=event.detail,
            at=event.at,
        )
    )


async def has_event(
    connection: AsyncConnection, number: TicketNumber, *, kind: str, detail: str
) -> bool:
    """Whether this very thing happened to a ticket already; sure only while the ticket is locked."""
    found = await connection.scalar(
        select(func.count())
        .select_from(ticket_events)
        .where(
            ticket_events.c.ticket_number == number,
            ticket_events.c.kind == kind,
            ticket_events.c.detail == detail,
        )
    )
    return bool(found)


async def add_note(
    connection: AsyncConnection, number: TicketNumber, *, text: str, by: AgentId, at: datetime
) -> None:
    """Add an internal note, which no resident ever sees."""
    await connection.execute(
        insert(notes).values(ticket_number=number, agent_id=by, text=text, created_at=at)
    )


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One line of the desk's list."""

    ticket: Ticket
    subject: str
    comment: str
    """What the resident added to their stars."""
    contact_name: str
    channel: Channel
    agent_name: str | None
    waiting_for_staff: bool
    """Whether the resident spoke last."""
    needs_answer: bool
    """Whether staff have not answered in it yet, since it was reopened."""
    failed: int
    parked: int
    deadline: datetime
    """Until when the next thing is due: the first answer, then the solution."""
    reachable: bool
    """False when the resident blocked the assistant."""
    last_inbound_at: datetime | None
    solved_at: datetime | None
    urgent: bool
    """The resident wrote of danger."""
    by_ambassador: bool
    """A digital ambassador wrote it down for somebody."""

    @property
    def standing(self) -> Standing:
        """Where the ticket stands as people see it."""
        answered = not self.needs_answer and not self.waiting_for_staff
        return Standing.of(self.ticket.state, answered=answered, parked=self.parked > 0)


# The newest by number, not by time: that is one step down an index, however long the conversation is.
LAST_SAID = (
    select(inbound_messages.c.received_at)
    .where(inbound_messages.c.conversation_id == tickets.c.conversation_id)
    .order_by(inbound_messages.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
"""When the resident of a ticket spoke last."""
LAST_ANSWERED = (
    select(outbound_messages.c.created_at)
    .where(
        outbound_messages.c.conversation_id == tickets.c.conversation_id,
        outbound_messages.c.agent_id.is_not(None),
    )
    .order_by(outbound_messages.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
"""When an agent last answered in the conversation of a ticket."""

_LAST_REOPENED = (
    select(func.max(ticket_events.c.at))
    .where(ticket_events.c.ticket_number == tickets.c.number, ticket_events.c.kind == "reopened")
    .scalar_subquery()
)


# A reopened ticket needs an answer anew, so the first answer ever does not count for it.
NEEDS_ANSWER = case(
    (tickets.c.first_answered_at.is_(None), True),
    (tickets.c.reopened == 0, False),
    (tickets.c.state == TicketState.NEW, True),
    else_=func.coalesce(_LAST_REOPENED > LAST_ANSWERED, True),
)
DEADLINE = case((NEEDS_ANSWER, tickets.c.answer_by), else_=tickets.c.solve_by)
"""Until when the next thing is due: the first answer, then the solution."""

IS_URGENT = or_(
    tickets.c.reason == HandoffReason.CRISIS,
    exists().where(
        ticket_events.c.ticket_number == tickets.c.number, ticket_events.c.kind == "urgent"
    ),
)
"""Whether the resident wrote of danger, in the question itself or later."""


def _count(state: str) -> Any:  # noqa: ANN401 - a column expression has no shorter type
    return (
        select(func.count())
        .where(
            outbound_messages.c.conversation_id == tickets.c.conversation_id,
            outbound_messages.c.state == state,
        )
        .scalar_subquery()
    )


def select_rows() -> Select[Any]:
    """Tickets as the list shows them; `read_row` reads one."""
    return (
        select(
            tickets,
            contacts.c.name.label("contact_name"),
            handles.c.channel,
            agents.c.name.label("agent_name"),
            (func.coalesce(LAST_SAID > LAST_ANSWERED, True)).label("waiting_for_staff"),
            _count("failed").label("failed"),
            _count("parked").label("parked"),
            NEEDS_ANSWER.label("needs_answer"),
            DEADLINE.label("deadline"),
            IS_URGENT.label("urgent"),
            handles.c.reachable,
            conversations.c.last_inbound_at,
        )
        .join(conversations, conversations.c.id == tickets.c.conversation_id)
        .join(handles, handles.c.id == conversations.c.handle_id)
        .join(contacts, contacts.c.id == handles.c.contact_id)
        .outerjoin(agents, agents.c.id == tickets.c.agent_id)
    )


def read_row(row: RowMapping) -> TicketRow:
    """A line of the list out of a row of `select_rows`."""
    return TicketRow(
        ticket=to_ticket(row),
        subject=row["subject"],
        comment=row["comment"],
        contact_name=row["contact_name"],
        channel=Channel(row["channel"]),
        agent_name=row["agent_name"],
        waiting_for_staff=row["waiting_for_staff"],
        needs_answer=row["needs_answer"],
        failed=row["failed"],
        parked=row["parked"],
        deadline=row["deadline"],
        reachable=row["reachable"],
        last_inbound_at=row["last_inbound_at"],
        solved_at=row["solved_at"],
        urgent=row["urgent"],
        by_ambassador=row["ambassador_id"] is not None,
    )


MOST_URGENT_FIRST = (
    or_(IS_URGENT, tickets.c.priority == Priority.URGENT).desc(),
    case((tickets.c.state == TicketState.NEW, tickets.c.reopened), else_=0).desc(),
    case({priority: priority.rank for priority in Priority}, value=tickets.c.priority),
    DEADLINE,
    tickets.c.number,
)
"""The order of open tickets: danger and urgent ones, then reopened ones, then by priority, then by deadline."""


async def held_by(connection: AsyncConnection, agent: AgentId) -> list[TicketNumber]:
    """The claimed tickets of an agent."""
    found = await connection.scalars(
        select(tickets.c.number)
        .where(tickets.c.state == TicketState.CLAIMED, tickets.c.agent_id == agent)
        .order_by(tickets.c.number)
    )
    return [TicketNumber(number) for number in found]


async def row_of(connection: AsyncConnection, number: TicketNumber) -> TicketRow | None:
    """One ticket as the list shows it."""
    found = (await connection.execute(select_rows().where(tickets.c.number == number))).mappings()
    row = found.one_or_none()
    return None if row is None else read_row(row)


async def lock_late(
    connection: AsyncConnection,
    *,
    due_before: datetime,
    told_ahead: timedelta,
    heard_since: datetime,
) -> Ticket | None:
    """A ticket that nobody has claimed, due before a moment, of which the resident has not been told.

    Told counts for one deadline: a notice is given at most `told_ahead` before it. Residents on WhatsApp can be told
    only when they wrote since `heard_since`, and nobody while staff hold the conversation because of another ticket.
    Ticket and conversation are locked; what another process holds is passed over.
    """
    return await _one(
        connection,
        select(tickets)
        .join(conversations, conversations.c.id == tickets.c.conversation_id)
        .join(handles, handles.c.id == conversations.c.handle_id)
        .where(
            tickets.c.state == TicketState.NEW,
            conversations.c.mode != Mode.STAFF,
            tickets.c.answer_by < due_before,
            NEEDS_ANSWER,
            or_(
                tickets.c.late_told_at.is_(None),
                tickets.c.late_told_at < tickets.c.answer_by - told_ahead,
            ),
            handles.c.reachable,
            or_(
                handles.c.channel != Channel.WHATSAPP,
                conversations.c.last_inbound_at > heard_since,
            ),
        )
        .order_by(tickets.c.answer_by)
        .limit(1)
        .with_for_update(of=[tickets, conversations], skip_locked=True),
    )


async def note_late_told(
    connection: AsyncConnection, number: TicketNumber, *, at: datetime
) -> None:
    """Note that the resident was told that the answer is late."""
    await connection.execute(
        update(tickets).where(tickets.c.number == number).values(late_told_at=at)
    )
    await note_event(connection, number, kind="late_told", at=at)


async def long_solved(
    connection: AsyncConnection, *, before: datetime, limit: int = 100
) -> list[Ticket]:
    """Tickets solved before a moment that the resident never confirmed."""
    rows = await connection.execute(
        select(tickets)
        .where(tickets.c.state == TicketState.SOLVED, tickets.c.solved_at < before)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [to_ticket(row) for row in rows.mappings()]


@dataclass(frozen=True, slots=True)
class Spoken:
    """One line of the timeline that the desk and the web chat show."""

    id: str
    """`i<id>` for inbound, `o<id>` for outbound, `n<id>` for notes, `e<id>` for events."""
    by: str
    """resident, assistant, agent, note or event."""
    at: datetime
    text: str
    kind: str = ""
    agent_name: str = ""
    state: str = ""
    error: str = ""
    intent: str = ""
    confidence: float | None = None
    edited: bool = False
    forwarded_from: str = ""
    attachments: tuple[Mapping[str, Any], ...] = ()
    buttons: tuple[Mapping[str, str], ...] = ()
    html: str = ""
    template: bool = False
    file: SentFile | None = None

    def place(self) -> tuple[datetime, str, int]:
        """Where it stands among what else was said: parts of one answer have the same moment."""
        return self.at, self.id[0], int(self.id[1:])


async def timeline(
    connection: AsyncConnection, conversation: ConversationId, *, limit: int = 500
) -> list[Spoken]:
    """Everything said in a conversation, oldest first; the newest `limit` of each side."""
    said = await _inbound(connection, conversation, limit)
    said += await _outbound(connection, conversation, limit)
    return sorted(said, key=Spoken.place)


async def _inbound(
    connection: AsyncConnection, conversation: ConversationId, limit: int
) -> list[Spoken]:
    rows = await connection.execute(
        select(inbound_messages)
        .where(inbound_messages.c.conversation_id == conversation)
        .order_by(inbound_messages.c.id.desc())
        .limit(limit)
    )
    return [
        Spoken(
            id=f"i{row['id']}",
            by="resident",
            at=row["received_at"],
            text=row["text"],
            kind=row["kind"],
            intent=row["intent"],
            confidence=row["confidence"],
            edited=row["edit_of"] is not None,
            forwarded_from=row["forwarded_from"],
            attachments=tuple(row["attachments"]),
        )
        for row in rows.mappings()
    ]


async def _outbound(
    connection: AsyncConnection, conversation: ConversationId, limit: int
) -> list[Spoken]:
    rows = await connection.execute(
        select(
            outbound_messages,
            agents.c.name.label("agent_name"),
            staff_files.c.name.label("file_name"),
            staff_files.c.media_type.label("file_type"),
            staff_files.c.size.label("file_size"),
        )
        .outerjoin(agents, agents.c.id == outbound_messages.c.agent_id)
        .outerjoin(staff_files, staff_files.c.id == outbound_messages.c.file_id)
        .where(outbound_messages.c.conversation_id == conversation)
        .order_by(outbound_messages.c.id.desc())
        .limit(limit)
    )
    return [
        Spoken(
            id=f"o{row['id']}",
            by="assistant" if row["agent_id"] is None else "agent",
            at=row["created_at"],
            text=row["source"],
            agent_name=row["agent_name"] or "",
            state=row["state"],
            error=row["error"],
            file=sent_file(row),
            buttons=tuple(row["buttons"]),
            html=row["text"],
            template=row["template"],
        )
        for row in rows.mappings()
    ]


async def history(connection: AsyncConnection, number: TicketNumber) -> list[Spoken]:
    """Notes and events of a ticket, oldest first; the notes of tickets that were merged into it too."""
    merged = select(tickets.c.number).where(tickets.c.merged_into == number)
    noted = await connection.execute(
        select(notes, agents.c.name.label("agent_name"))
        .outerjoin(agents, agents.c.id == notes.c.agent_id)
        .where(or_(notes.c.ticket_number == number, notes.c.ticket_number.in_(merged)))
    )
    happened = await connection.execute(
        select(ticket_events, agents.c.name.label("agent_name"))
        .outerjoin(agents, agents.c.id == ticket_events.c.agent_id)
        .where(ticket_events.c.ticket_number == number)
    )
    lines = [
        Spoken(
            id=f"n{row['id']}",
            by="note",
            at=row["created_at"],
            text=row["text"],
            agent_name=row["agent_name"] or "",
        )
        for row in noted.mappings()
    ] + [
        Spoken(
            id=f"e{row['id']}",
            by="event",
            at=row["at"],
            text=row["detail"],
            kind=row["kind"],
            agent_name=row["agent_name"] or "",
        )
        for row in happened.mappings()
    ]
    return sorted(lines, key=Spoken.place)


async def overdue_count(connection: AsyncConnection, *, now: datetime, grace: timedelta) -> int:
    """Tickets without a first answer whose deadline passed more than `grace` ago."""
    found = await connection.scalar(
        select(func.count())
        .select_from(tickets)
        .where(
            tickets.c.state.in_((TicketState.NEW, TicketState.CLAIMED)),
            tickets.c.first_answered_at.is_(None),
            tickets.c.answer_by < now - grace,
        )
    )
    return found or 0
