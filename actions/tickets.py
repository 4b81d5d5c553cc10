"""Handing over to a person, and how a resident's tickets stand."""

from datetime import timedelta

from actions.asking import MENU, Asked, Reply, choice, say
from domain.answers import Answer
from domain.tickets import Handoff, HandoffReason, Ticket, TicketState

_LISTED_FOR = timedelta(days=30)
"""How long a finished ticket is still told of."""


async def hand_over(asked: Asked, reason: HandoffReason) -> Reply:
    """Open a ticket, or name the one that is open already; in a group neither."""
    if asked.in_group:
        ours = reason in (HandoffReason.NLU_DOWN, HandoffReason.FAILED)
        return _ask_to_come_back(asked) if ours else point_to_private_chat(asked)
    existing = await asked.tickets.open_one()
    if existing is not None and existing.state is not TicketState.SOLVED:
        return say(asked, about("handoff.already", existing))
    if existing is not None:
        ticket = await asked.tickets.save(existing.reopen())
    else:
        place = asked.place() or asked.state.place
        handoff = Handoff(asked.conversation, reason, topic=asked.state.topic, place=place)
        ticket = await asked.tickets.open(handoff)
    return say(asked, about(f"handoff.opened_{reason}", ticket))


def point_to_private_chat(asked: Asked) -> Reply:
    """In a group others read along: nothing about anybody is said, and no ticket is opened."""
    return say(asked, Answer("group.private", {"phone": asked.directory.fallback_phone()}))


def _ask_to_come_back(asked: Asked) -> Reply:
    """In a group: the trouble is ours and will pass."""
    return say(asked, Answer("group.later", {"phone": asked.directory.fallback_phone()}))


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
    """How the resident's tickets stand: those that are open and those finished lately."""
    tickets = [ticket for ticket in await asked.tickets.latest() if _is_listed(asked, ticket)]
    if not tickets:
        return say(asked, Answer("my_tickets.none", choices=(choice("ask_person"), MENU)))
    lines = tuple(
        Answer(
            f"my_tickets.{_standing(asked, ticket)}",
            {
                "number": ticket.number,
                "answer_by": ticket.answer_by,
                "opened": ticket.opened_at,
                "subject": ticket.subject,
            },
        )
        for ticket in tickets
    )
    return say(asked, Answer("my_tickets.heading"), *lines)


def _is_listed(asked: Asked, ticket: Ticket) -> bool:
    ended = ticket.closed_at or ticket.solved_at or ticket.opened_at
    return not ticket.is_done or asked.now - ended <= _LISTED_FOR


def _standing(asked: Asked, ticket: Ticket) -> str:
    """How a ticket stands, as the list words it: a promise that was not kept is not repeated."""
    if ticket.is_done:
        return ticket.state
    if ticket.state is TicketState.CLAIMED and ticket.first_answered_at and not ticket.reopened:
        return "answered"
    return "late" if ticket.answer_by < asked.now else ticket.state


def about(key: str, ticket: Ticket) -> Answer:
    """What is said about one ticket: its number and until when there will be an answer."""
    return Answer(key, {"number": ticket.number, "answer_by": ticket.answer_by})
