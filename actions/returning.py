"""The same question again soon after its ticket was finished: it returns to that ticket, another one does not.

Any ticket of the conversation that was finished lately may be meant. It is the same when the words say so
("joprojām", "nepalīdzēja"), or when they are much the same; the same topic, or words that are only alike, leave it in
doubt, and then the resident is asked, under the answer if there is one.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum, auto

from actions import rating, tickets
from actions.asking import Asked, Reply
from actions.hearing import is_question
from domain.conversation import Mode, Question
from domain.folding import fold_loosely
from domain.likeness import ALIKE
from domain.tickets import Ticket
from domain.understanding import Intent, Understanding, topic_intent
from domain.wordings import Wordings

_MUCH_ALIKE = 0.75
"""Likeness from which nobody needs to be asked."""

_COMPLAINT = Intent("complaint")
_TO_PERSON = frozenset({_COMPLAINT, Intent("ask_person")})

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


class _Verdict(IntEnum):
    """What a question has to do with a ticket."""

    OTHER = auto()
    DOUBTFUL = auto()
    SAME = auto()


@dataclass(frozen=True, slots=True)
class _Judged:
    """A ticket and what a question has to do with it."""

    ticket: Ticket
    verdict: _Verdict
    same_topic: bool
    alike: float

    def nearness(self) -> tuple[_Verdict, bool, float]:
        """Greater for the ticket that is meant more likely; likeness counts in tenths, less is chance."""
        return self.verdict, self.same_topic, round(self.alike, 1)


async def answer_or_return(
    asked: Asked,
    understood: Understanding,
    answer: Callable[[], Awaitable[Reply]],
    *,
    wants_person: bool = False,
) -> Reply:
    """The reply of `answer`, unless the question belongs to a ticket that was finished lately.

    `wants_person` says so of words that were understood as what the person is wanted for.
    """
    judged = [_judge(asked, understood, ticket) for ticket in await _finished(asked)]
    near = max(judged, key=_Judged.nearness, default=None)
    if near is None or near.verdict is _Verdict.OTHER:
        return await answer()
    if near.verdict is _Verdict.SAME or wants_person or _wants_person(understood):
        return await _return_to(asked, near.ticket, answer)
    told = await answer() if understood.is_sure() else Reply((), asked.state.settled())
    return _ask_below(told, near.ticket)


async def _return_to(asked: Asked, ticket: Ticket, answer: Callable[[], Awaitable[Reply]]) -> Reply:
    """Reopen a ticket as it is now: until it is locked, staff may change it."""
    found = await asked.tickets.find(ticket.number)
    if found is None or not found.can_return(asked.now):
        return await answer()
    return await tickets.reopen(asked, found, "helped.same_reopened")


async def _finished(asked: Asked) -> Sequence[Ticket]:
    """The tickets to which the question may return, those finished last first."""
    if not asked.state.finished or asked.mode is not Mode.BOT:
        return ()
    found = [
        ticket
        for ticket in await asked.tickets.latest()
        if ticket.can_return(asked.now) and ticket.number not in asked.state.set_apart
    ]
    return sorted(found, key=lambda one: one.solved_at or one.opened_at, reverse=True)


def _wants_person(understood: Understanding) -> bool:
    """Whether a person gets it anyway: then nobody needs to be asked."""
    return understood.is_sure() and not understood.clauses and understood.intent in _TO_PERSON


def _judge(asked: Asked, understood: Understanding, ticket: Ticket) -> _Judged:
    meant = {understood.intent, *(clause.intent for clause in understood.clauses)}
    known = understood.is_sure() or bool(understood.clauses)
    same_topic = known and bool(ticket.topic) and topic_intent(ticket.topic) in meant
    another = known and not same_topic and any(is_question(intent) for intent in meant)
    alike = ticket.likeness_to(asked.text)
    says_so = _says_so(asked, understood, ticket)
    if (says_so and not another) or alike >= (ALIKE if same_topic else _MUCH_ALIKE):
        verdict = _Verdict.SAME
    elif says_so or same_topic or alike >= ALIKE:
        verdict = _Verdict.DOUBTFUL
    else:
        verdict = _Verdict.OTHER
    return _Judged(ticket, verdict, same_topic, alike)


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
        told.state,
        question=Question.SAME,
        subject=str(ticket.number),
        asked_back=False,
        moved_on=True,
    )
    return Reply((*answers, rating.same_question(ticket)), state)
