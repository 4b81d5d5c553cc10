"""Handing over to a person, and what a resident can do about their tickets."""

from actions.asking import MENU, Asked, Reply, choice, say
from domain.answers import Answer
from domain.errors import TicketConflict
from domain.tickets import Handoff, HandoffReason, Ticket, TicketNumber, TicketState


async def hand_over(asked: Asked, reason: HandoffReason) -> Reply:
    """Open a ticket, or name the one that is open already."""
    existing = await asked.tickets.open_one()
    if existing is not None and existing.state is not TicketState.SOLVED:
        return say(asked, _about("handoff.already", existing))
    if existing is not None:
        ticket = existing.reopen()
        await asked.tickets.save(ticket)
    else:
        handoff = Handoff(asked.conversation, reason, topic=asked.state.topic)
        ticket = await asked.tickets.open(handoff)
    return say(asked, _about(f"handoff.opened_{reason}", ticket))


async def ask_person(asked: Asked) -> Reply:
    """The resident asked for a person; somebody who has just despaired comes first at the desk."""
    crisis = choice("ask_person", HandoffReason.CRISIS).id
    despairs = asked.subject == HandoffReason.CRISIS or crisis in {
        c.id for c in asked.state.offered
    }
    return await hand_over(asked, HandoffReason.CRISIS if despairs else HandoffReason.ASKED)


async def complain(asked: Asked) -> Reply:
    """The resident is unhappy: a person looks at it."""
    return await hand_over(asked, HandoffReason.UNHAPPY)


async def list_mine(asked: Asked) -> Reply:
    """The state of the resident's tickets."""
    tickets = await asked.tickets.latest()
    if not tickets:
        return say(asked, Answer("my_tickets.none", choices=(choice("ask_person"), MENU)))
    lines = tuple(
        Answer(
            f"my_tickets.{ticket.state}",
            {"number": ticket.number, "answer_by": ticket.answer_by, "opened": ticket.opened_at},
        )
        for ticket in tickets
    )
    return say(asked, Answer("my_tickets.heading"), *lines)


def helped_question(number: int) -> Answer:
    """ "Vai tas palīdzēja?" about a solved ticket."""
    return Answer(
        "helped.ask",
        {"number": number},
        choices=(choice("helped_yes", number), choice("helped_no", number)),
    )


async def confirm_helped(asked: Asked) -> Reply:
    """ "Vai tas palīdzēja?" – yes: the ticket is closed. An old button changes nothing."""
    ticket = await _solved(asked)
    if ticket is not None:
        await asked.tickets.save(ticket.confirm())
    return say(asked, Answer("helped.yes"))


async def reopen_unhelped(asked: Asked) -> Reply:
    """ "Vai tas palīdzēja?" – no: the ticket goes back to the front of its queue."""
    ticket = await _solved(asked)
    if ticket is None:
        return await hand_over(asked, HandoffReason.UNHAPPY)
    reopened = ticket.reopen()
    try:
        await asked.tickets.save(reopened)
    except TicketConflict:
        return await hand_over(asked, HandoffReason.UNHAPPY)
    return say(asked, _about("helped.no_reopened", reopened))


async def _solved(asked: Asked) -> Ticket | None:
    number = asked.subject or asked.state.subject
    if not number.isdecimal():
        return None
    ticket = await asked.tickets.find(TicketNumber(int(number)))
    return ticket if ticket and ticket.state is TicketState.SOLVED else None


def _about(key: str, ticket: Ticket) -> Answer:
    return Answer(key, {"number": ticket.number, "answer_by": ticket.answer_by})
