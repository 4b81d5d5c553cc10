"""What follows a solved ticket: "Vai tas palīdzēja?", stars, a comment, and the way back to the queue."""

from collections.abc import Mapping
from dataclasses import replace

from actions.asking import PERSON, Asked, Reply, choice, say
from actions.tickets import about, open_new, reopen
from domain.answers import Answer
from domain.conversation import Question
from domain.ratings import FEWEST, HELPED_AT, MOST, stars_intent
from domain.tickets import HandoffReason, Ticket, TicketNumber, TicketState

STARS: Mapping[str, int] = {stars_intent(stars): stars for stars in range(FEWEST, MOST + 1)}
"""Intents of the choices under "Vai tas palīdzēja?", from few stars to many, and how many each gives."""


def helped_question(number: int, *, person: str = "") -> Answer:
    """ "Vai tas palīdzēja?" about a solved ticket; the number of a choice is the number of its stars.

    With a person it is a relayed case, and its ambassador is asked.
    """
    choices = tuple(choice(stars, number) for stars in STARS)
    if person:
        return Answer("relay.helped", {"number": number, "person": person}, choices)
    return Answer("helped.ask", {"number": number}, choices)


def return_question(number: int) -> Answer:
    """ "Vai lai kolēģi atgriežas pie Jūsu jautājuma?" after few stars."""
    choices = (choice("return_yes", number), choice("return_no", number))
    return Answer("rating.return", {"number": number}, choices=choices)


def same_question(ticket: Ticket) -> Answer:
    """ "Vai tas ir par pieteikumu …?" """
    choices = (choice("same_yes", ticket.number), choice("same_no", ticket.number))
    return Answer("helped.same_ask", {"number": ticket.number, "subject": ticket.subject}, choices)


async def confirm_helped(asked: Asked) -> Reply:
    """ "Vai tas palīdzēja?" – yes: the ticket is closed. An old button changes nothing."""
    ticket = await _find(asked)
    if ticket is not None and ticket.state is TicketState.SOLVED:
        await asked.tickets.save(ticket.confirm())
    return say(asked, Answer("helped.yes"))


async def reopen_unhelped(asked: Asked) -> Reply:
    """ "Vai tas palīdzēja?" – no: the ticket goes back to the front of its queue."""
    return await _bring_back(asked, "helped.no_reopened", HandoffReason.UNHAPPY)


async def reopen_same(asked: Asked) -> Reply:
    """The resident says that the question belongs to the finished ticket."""
    return await _bring_back(asked, "helped.same_reopened", HandoffReason.ASKED)


async def _bring_back(asked: Asked, key: str, reason: HandoffReason) -> Reply:
    """Reopen the ticket that is meant, or what it was merged into; instead of one that is too old a new one opens."""
    ticket = await _find(asked)
    if ticket is not None and ticket.merged_into is not None:
        ticket = await asked.tickets.find(ticket.merged_into)
    if ticket is not None and not ticket.is_done:
        return say(asked, about("handoff.already", ticket))
    if ticket is None or not ticket.can_return(asked.now):
        return await open_new(asked, reason)
    return await reopen(asked, ticket, key)


async def keep_apart(asked: Asked) -> Reply:
    """The resident says that it is another question; the finished ticket is not brought up again."""
    ticket = await _find(asked)
    apart = asked.state.set_apart if ticket is None else (*asked.state.set_apart, ticket.number)
    state = replace(asked.state.settled(), set_apart=apart, moved_on=True)
    return Reply((Answer("helped.same_not", choices=(PERSON,)),), state)


async def rate(asked: Asked, *, stars: int) -> Reply:
    """Stars: many close the ticket and ask for a word; after few the resident is asked what should happen."""
    ticket = await _find(asked)
    if ticket is None:
        return say(asked, Answer("rating.thanks"))
    if not ticket.is_done:
        return say(asked, about("handoff.already", ticket))
    if not ticket.can_be_rated(asked.now):
        return say(asked, Answer("rating.too_late", {"number": ticket.number}))
    await asked.tickets.rate(ticket, stars=stars)
    if stars < HELPED_AT:
        return _ask(asked, return_question(ticket.number), Question.RETURN, ticket)
    if ticket.state is TicketState.SOLVED:
        await asked.tickets.save(ticket.confirm())
    return _ask_for_words(asked, ticket)


async def close_unhelped(asked: Asked) -> Reply:
    """Few stars, but nobody needs to come back to it."""
    ticket = await _find(asked)
    if ticket is None or not ticket.is_done:
        return say(asked, Answer("rating.thanks"))
    if ticket.state is TicketState.SOLVED:
        await asked.tickets.save(ticket.confirm(), helped=False)
    return _ask_for_words(asked, ticket)


async def invite_comment(asked: Asked) -> Reply:
    """ "Vai vēlaties ko piebilst?" – yes, but the words are still to come."""
    return Reply((Answer("rating.write"),), asked.state)


async def skip_comment(asked: Asked) -> Reply:
    """Nothing to add."""
    return say(asked, Answer("rating.thanks"))


async def take_comment(asked: Asked) -> Reply:
    """The words that follow the stars."""
    ticket = await _find(asked)
    if ticket is not None:
        await asked.tickets.comment(ticket, words=asked.text.strip())
    return say(asked, Answer("rating.noted"))


def _ask_for_words(asked: Asked, ticket: Ticket) -> Reply:
    question = Answer("rating.comment", choices=(choice("comment_skip", ticket.number),))
    return _ask(asked, question, Question.COMMENT, ticket)


def _ask(asked: Asked, answer: Answer, question: Question, ticket: Ticket) -> Reply:
    state = replace(asked.state.settled(), question=question, subject=str(ticket.number))
    return Reply((answer,), state)


async def _find(asked: Asked) -> Ticket | None:
    """The ticket that a press names, else the one that was asked about; only the resident's own."""
    number = asked.subject or asked.state.subject
    return await asked.tickets.find(TicketNumber(int(number))) if number.isdecimal() else None
