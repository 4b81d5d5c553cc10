"""What stands around an answer: the introduction, warnings, the resident's language, a question still open."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from actions import registering
from actions.asking import Asked, Reply
from actions.personal_data import erase_question
from actions.rating import helped_question, return_question
from domain.answers import Answer
from domain.conversation import Question
from domain.languages import Language, language_of
from domain.messages import MessageKind
from domain.tickets import TicketNumber, TicketState

_CAME_BETWEEN = (
    "topic",
    "centre",
    "access",
    "training",
    "day",
    "followup",
    "clarify",
    "not_understood",
    "out_of_scope",
    "help",
    "menu",
)
"""Families of answers that belong to another question than the open one."""

_SMALL_TALK = ("greet", "thanks", "goodbye", "are_you_bot")
"""Families of answers under which a question does not disturb either."""

_DONE = ("helped.yes", "rating.thanks", "rating.noted", "handoff.opened_relayed")
"""Answers after which a ticket or a relay is done with, and the next ticket may be asked about."""

_ELSEWHERE = (
    *(
        "topic",
        "centre",
        "access",
        "training",
        "register",
        "day",
        "followup",
        "clarify",
        "not_understood",
    ),
    *("out_of_scope", "official_application", "foreign_language", "emergency", "crisis"),
)
"""Families of answers to something that is not what staff answered before."""

_AT_ONCE = ("emergency", "crisis")
"""Families of answers before which nothing may stand."""

_QUESTIONS: Mapping[Question, Callable[[str], Answer]] = {
    Question.ERASE: lambda _: erase_question(),
    Question.HELPED: lambda subject: helped_question(int(subject)),
    Question.RETURN: lambda subject: return_question(int(subject)),
    Question.REGISTER: registering.still_asked,
}
"""Questions that are put again; whoever passes over another one need not be asked twice."""


async def ask_again(asked: Asked, reply: Reply) -> Reply:
    """An open yes or no question is put once more after the answer to another one; never a third time.

    After a list of cases whether one helped is asked under a later answer.
    """
    before = asked.state
    put = _QUESTIONS.get(before.question) if before.question else None
    if put is None or before.asked_again or reply.state.question:
        return reply
    if before.question is Question.HELPED and _lists_cases(reply):
        later = (int(before.subject), *reply.state.to_ask)
        return Reply(reply.answers, replace(reply.state, to_ask=later))
    if not _is_between(reply):
        return reply
    still_open = replace(reply.state, question=before.question, subject=before.subject)
    if reply.state.asked_back:
        return Reply(reply.answers, still_open)
    question = await _to_reader(asked, put(before.subject))
    answers = tuple(replace(answer, choices=()) for answer in reply.answers)
    return Reply((*answers, question), replace(still_open, asked_again=True))


async def _to_reader(asked: Asked, question: Answer) -> Answer:
    """ "Vai tas palīdzēja?" about an ambassador's case in the words for them; any other question as it is."""
    number = question.values.get("number")
    if question.key != "helped.ask" or not isinstance(number, int):
        return question
    case = await asked.relays.find(TicketNumber(number))
    return helped_question(number, person=case.person) if case else question


def _is_between(reply: Reply) -> bool:
    return any(_family(answer) in _CAME_BETWEEN for answer in reply.answers)


def _lists_cases(reply: Reply) -> bool:
    """Whether an ambassador gets the list of their cases, whose choices leave no room for a question."""
    return any(_family(answer) == "my_cases" for answer in reply.answers)


def note_moving_on(reply: Reply) -> Reply:
    """Remember that something else was spoken of since staff finished a ticket."""
    elsewhere = any(_is_elsewhere(answer) for answer in reply.answers)
    return replace(reply, state=replace(reply.state, moved_on=True)) if elsewhere else reply


def _is_elsewhere(answer: Answer) -> bool:
    return _family(answer) in _ELSEWHERE and answer.key != "clarify.which"


async def ask_late(asked: Asked, reply: Reply) -> Reply:
    """Under an answer: whether a ticket helped of which nobody could ask when it was finished; once.

    Not under a list of cases: its choices would have to go, and a number would be one of them or stars.
    """
    waiting = reply.state.to_ask
    taken = reply.state.question or reply.state.asked_back or reply.state.relay
    if not waiting or taken or not _is_light(reply):
        return reply
    number, *rest = waiting
    left = Reply(reply.answers, replace(reply.state, to_ask=tuple(rest)))
    ticket = await asked.tickets.find(TicketNumber(number))
    if ticket is None or ticket.state is not TicketState.SOLVED:
        return await ask_late(asked, left)
    answers = tuple(replace(answer, choices=()) for answer in reply.answers)
    state = replace(left.state, question=Question.HELPED, subject=str(number))
    question = await _to_reader(asked, helped_question(number))
    return Reply((*answers, question), state)


def _is_light(reply: Reply) -> bool:
    return all(
        _family(answer) in (*_CAME_BETWEEN, *_SMALL_TALK) or answer.key in _DONE
        for answer in reply.answers
    )


def frame(asked: Asked, reply: Reply) -> Reply:
    """The answer under what must be said before it."""
    around = (*_introduction(asked), *_warnings(asked))
    state = replace(reply.state, introduced=True) if around else reply.state
    said = (*_language(asked, reply), *_without_second_greeting(asked, reply.answers))
    if any(_family(answer) in _AT_ONCE for answer in said):
        said, around = around, said
    return Reply((*around, *said), state)


def _introduction(asked: Asked) -> tuple[Answer, ...]:
    return () if asked.state.introduced else (Answer("intro.first"),)


def _warnings(asked: Asked) -> tuple[Answer, ...]:
    if not asked.masked:
        return ()
    key = asked.masked[0] if len(asked.masked) == 1 else "several"
    return (Answer(f"masked.{key}"),)


def _language(asked: Asked, reply: Reply) -> tuple[Answer, ...]:
    """A line in the resident's language above an answer in ours."""
    if told := about_ticket(reply.answers, asked.state.language):
        return told
    if asked.kind is MessageKind.PRESS:
        return ()
    return in_language_of(asked.text, reply.answers)


def in_language_of(text: str, answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """A line in the language of a text above answers in ours; none when it is ours."""
    return _line(answers, language_of(text), _OUTCOMES)


def about_ticket(answers: Sequence[Answer], language: Language) -> tuple[Answer, ...]:
    """What answers say about a ticket, in the resident's language, with its number and time."""
    return _line(answers, language, _ABOUT_TICKETS)


def _line(
    answers: Sequence[Answer], language: Language, outcomes: Mapping[str, str]
) -> tuple[Answer, ...]:
    found = ((outcomes.get(a.key) or outcomes.get(_family(a)), a.values) for a in answers)
    outcome, values = next((pair for pair in found if pair[0]), (None, {}))
    if language is Language.LATVIAN or outcome is None:
        return ()
    return (Answer(f"foreign.{outcome}_{language}", values),)


def _without_second_greeting(asked: Asked, answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """The introduction greets already; only the menu under the greeting is kept."""
    if asked.state.introduced:
        return answers
    return tuple(
        replace(answer, key="intro.menu") if answer.key == "greet.hello" else answer
        for answer in answers
    )


def _family(answer: Answer) -> str:
    return answer.key.partition(".")[0]


_OUTCOMES: Mapping[str, str] = {
    "emergency": "urgent",
    "crisis": "urgent",
    "clarify": "unsure",
    **dict.fromkeys(
        ("topic", "centre", "access", "training", "followup", "help", "menu", "my_data", "erase"),
        "answer",
    ),
    "my_tickets": "answer",
}
"""What the line in another language says, by the family of the answer below it."""

_ABOUT_TICKETS: Mapping[str, str] = {
    "handoff": "person",
    "helped.no_reopened": "person",
    "helped.same_reopened": "person",
    "staff.claimed": "claimed",
    "staff.reopened": "claimed",
    "staff.late": "late",
    "staff.unsolved": "unsolved",
    "helped.ask": "helped",
    "rating.return": "return",
    "rating.comment": "comment",
}
"""The same for what is said about a ticket, by key or family; it needs no message to answer."""
