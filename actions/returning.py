"""The same question again soon after its ticket was finished: it returns to that ticket, another one does not.

It is the same when the words say so ("joprojām", "nepalīdzēja"), or when they are much the same; the same topic, or
words that are only alike, leave it in doubt, and then the resident is asked, under the answer if there is one.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from enum import Enum, auto

from actions import rating
from actions.asking import Asked, Reply
from actions.hearing import is_question
from domain.conversation import Mode, Question
from domain.folding import fold_loosely
from domain.likeness import ALIKE, likeness, traits
from domain.tickets import Ticket, TicketNumber
from domain.understanding import Intent, Understanding, topic_intent
from domain.wordings import Wordings

_MUCH_ALIKE = 0.75
"""Likeness from which nobody needs to be asked."""

_COMPLAINT = Intent("complaint")

_AGAIN = Wordings.of(
    (words, True)
    for words in (
        *(
            "joprojām",
            "vēl arvien",
            "vēljoprojām",
            "nepalīdz",
            "neatrisin",
            "par to pašu",
            "tas pats jautājum",
        ),
        *(
            "to pašu jautājum",
            "tāpat nav",
            "nekas nav mainīj",
            "nekas nav notic",
            "manu pieteikumu",
            "mans pieteikum",
        ),
    )
)
"""By which words somebody says that it is the same thing still."""


class _Verdict(Enum):
    """What a question has to do with the ticket."""

    SAME = auto()
    DOUBTFUL = auto()
    OTHER = auto()


async def answer_or_return(
    asked: Asked, understood: Understanding, answer: Callable[[], Awaitable[Reply]]
) -> Reply:
    """The reply of `answer`, unless the question belongs to the ticket that was finished lately."""
    ticket = await _finished(asked)
    verdict = _judge(asked, understood, ticket) if ticket else _Verdict.OTHER
    if ticket is None or verdict is _Verdict.OTHER:
        return await answer()
    if verdict is _Verdict.SAME:
        return await rating.reopen(asked, ticket, "helped.same_reopened")
    told = await answer() if understood.is_sure() else Reply((), asked.state.settled())
    return _ask_below(told, ticket)


async def _finished(asked: Asked) -> Ticket | None:
    if not asked.state.finished or asked.state.apart or asked.mode is not Mode.BOT:
        return None
    ticket = await asked.tickets.find(TicketNumber(asked.state.finished))
    return ticket if ticket and ticket.can_return(asked.now) else None


def _judge(asked: Asked, understood: Understanding, ticket: Ticket) -> _Verdict:
    meant = {understood.intent, *(clause.intent for clause in understood.clauses)}
    known = understood.is_sure() or bool(understood.clauses)
    same_topic = known and bool(ticket.topic) and topic_intent(ticket.topic) in meant
    another = known and not same_topic and any(is_question(intent) for intent in meant)
    said = traits(asked.text)
    alike = max(likeness(said, traits(ticket.subject)), likeness(said, traits(ticket.first_words)))
    says_so = _says_so(asked, understood, ticket)
    if (says_so and not another) or alike >= (ALIKE if same_topic else _MUCH_ALIKE):
        return _Verdict.SAME
    return _Verdict.DOUBTFUL if says_so or same_topic or alike >= ALIKE else _Verdict.OTHER


def _says_so(asked: Asked, understood: Understanding, ticket: Ticket) -> bool:
    """Whether the words themselves say that it is the same; a complaint about another topic does not."""
    if asked.state.topic not in ("", ticket.topic):
        return False
    complains = understood.intent == _COMPLAINT and understood.is_sure()
    return complains or any(_AGAIN.within(fold_loosely(asked.text).split()))


def _ask_below(told: Reply, ticket: Ticket) -> Reply:
    """The question about the ticket, under what could be answered; only its own choices are offered."""
    answers = tuple(replace(answer, choices=()) for answer in told.answers)
    state = replace(
        told.state, question=Question.SAME, subject=str(ticket.number), asked_back=False
    )
    return Reply((*answers, rating.same_question(ticket)), state)
