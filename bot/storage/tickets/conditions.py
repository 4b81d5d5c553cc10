"""What the tables say about a ticket without a column for it: who spoke last, what is due, whether there is danger."""

from sqlalchemy import and_, case, exists, func, or_, select

from bot.storage.schema import constant, inbound_messages, outbound_messages, ticket_events, tickets
from domain.messages import DeliveryState
from domain.tickets import HandoffReason, Priority, TicketState

RELEASE = "release"
"""The choice under the template of WhatsApp, which fetches what waits for its window."""

# The newest by number, not by time: that is one step down an index, however long the conversation is.
LAST_SAID = (
    select(inbound_messages.c.received_at)
    .where(
        inbound_messages.c.conversation_id == tickets.c.conversation_id,
        inbound_messages.c.choice != RELEASE,
    )
    .order_by(inbound_messages.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
"""When the resident of a ticket spoke last; to press "Saņemt atbildi" is to listen."""
LAST_ANSWERED = (
    select(func.max(ticket_events.c.at))
    .where(ticket_events.c.ticket_number == tickets.c.number, ticket_events.c.kind == "answered")
    .scalar_subquery()
)
"""When an agent last answered in a ticket; what was answered in another one of its conversation does not count."""

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

IS_PARKED = and_(
    outbound_messages.c.conversation_id == tickets.c.conversation_id,
    outbound_messages.c.state == constant(DeliveryState.PARKED),
)
"""Which messages wait for the resident of a ticket to open WhatsApp's window."""

MOST_URGENT_FIRST = (
    or_(IS_URGENT, tickets.c.priority == Priority.URGENT).desc(),
    case((tickets.c.state == TicketState.NEW, tickets.c.reopened), else_=0).desc(),
    case({priority: priority.rank for priority in Priority}, value=tickets.c.priority),
    DEADLINE,
    tickets.c.number,
)
"""The order of open tickets: danger and urgent ones, then reopened ones, then by priority, then by deadline."""
