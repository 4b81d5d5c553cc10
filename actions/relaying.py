"""What an ambassador does: joins with a code, tells a neighbour's case step by step, adds to it, sees how it stands."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from actions.asking import MENU, PERSON, Asked, Reply, choice, say
from actions.tickets import standing
from domain import relay
from domain.answers import Answer, Choice, Value
from domain.errors import TicketConflict
from domain.invitations import Outcome
from domain.messages import MessageKind
from domain.relay import Case, Draft, Reach, Step
from domain.tickets import TicketNumber, TicketState

_CANCEL = choice("cancel")
_FAMILIES = ("relay", "my_cases", "join", "group")
"""Families of answers that belong to a relay themselves."""

_MOST_OFFERED = 5
"""Open cases to which a list of cases offers to add."""


# ---- becoming one


async def join(asked: Asked) -> Reply:
    """A code that makes the writer an ambassador; in a group everybody read it, so there it does nothing."""
    if asked.in_group:
        return say(asked, Answer("join.in_group"))
    outcome = await asked.invitations.join(asked.subject)
    choices = (choice("new_case"), choice("my_cases")) if outcome is Outcome.DONE else ()
    return say(asked, Answer(f"join.{outcome}", choices=choices))


async def link_group(asked: Asked) -> Reply:
    """A code that links the group in which it is posted."""
    if not asked.in_group:
        return say(asked, Answer("group.link_elsewhere"))
    if not asked.subject:
        return say(asked, Answer("group.link_how"))
    outcome = await asked.invitations.link_group(asked.subject)
    return say(asked, Answer(f"group.link_{outcome}"))


# ---- telling a case


def belongs_to_relay(
    draft: Draft | None, *, kind: MessageKind, text: str, forwarded_from: str
) -> bool:
    """Whether an ambassador's message that is no command begins a relay or continues it: no model need be asked."""
    if kind is MessageKind.PRESS:
        return False
    if draft is None:
        return bool(forwarded_from) or relay.read_addition(text) is not None
    return draft.takes(text)


async def take(asked: Asked) -> Reply | None:
    """The next step of a relay for a message that is no command; None when it is about something else."""
    draft = asked.state.relay
    if not asked.is_ambassador or not belongs_to_relay(
        draft, kind=asked.kind, text=asked.text, forwarded_from=asked.forwarded_from
    ):
        return None
    if draft is None and not asked.forwarded_from:
        return await _add_at_once(asked)
    if draft is None:
        return _go_on(asked, Draft().gather(asked.messages))
    return await _STEPS[draft.step](asked, draft)


async def _gather(asked: Asked, draft: Draft) -> Reply:
    return _go_on(asked, draft.gather(asked.messages))


async def _name(asked: Asked, draft: Draft) -> Reply:
    return _go_on(asked, draft.name(relay.read_name(asked.text), asked.messages))


async def _dial(asked: Asked, draft: Draft) -> Reply:
    return _go_on(asked, draft.dial(relay.read_phone(asked.text), asked.messages))


async def _add(asked: Asked, draft: Draft) -> Reply:
    case = await asked.relays.find(TicketNumber(draft.number or 0))
    if case is None:
        return _end(asked, Answer("relay.unknown_case"))
    return await _add_to(asked, case)


_STEPS = {
    Step.WORDS: _gather,
    Step.MORE: _gather,
    Step.PERSON: _name,
    Step.PHONE: _dial,
    Step.ADDITION: _add,
}
"""What words do at each step; at the others one chooses."""


async def begin(asked: Asked) -> Reply:
    """ "Jauns gadījums": an empty draft. One that is under way goes on."""
    if not asked.is_ambassador:
        return say(asked, Answer("relay.not_ambassador", choices=(PERSON, MENU)))
    return _go_on(asked, asked.state.relay or Draft())


async def finish_words(asked: Asked) -> Reply:
    """ "Vai tas ir viss?" – yes: next is whose case it is."""
    draft = asked.state.relay
    if draft is None or not draft.words:
        return await begin(asked)
    return _go_on(asked, replace(draft, step=Step.PERSON) if draft.step is Step.MORE else draft)


async def await_more(asked: Asked) -> Reply:
    """ "Vai tas ir viss?" – no, there is more to come."""
    draft = asked.state.relay
    if draft is None:
        return await begin(asked)
    return _go_on(asked, replace(draft, step=Step.WORDS) if draft.step is Step.MORE else draft)


async def reach_person(asked: Asked) -> Reply:
    """The answer goes to the person's own phone."""
    return await _choose(asked, Reach.PERSON)


async def reach_both(asked: Asked) -> Reply:
    """The answer goes to the person's own phone and to the ambassador."""
    return await _choose(asked, Reach.BOTH)


async def reach_by_call(asked: Asked) -> Reply:
    """Staff call the person."""
    return await _choose(asked, Reach.CALL)


async def reach_through_ambassador(asked: Asked) -> Reply:
    """The ambassador passes the answer on."""
    return await _choose(asked, Reach.AMBASSADOR)


async def _choose(asked: Asked, reach: Reach) -> Reply:
    draft = asked.state.relay
    if draft is None:
        return await begin(asked)
    if not draft.person:
        return _go_on(asked, draft)
    return _go_on(asked, draft.choose(reach))


async def confirm(asked: Asked) -> Reply:
    """The person agreed: now, and only now, it becomes a ticket."""
    draft = asked.state.relay
    if draft is None or draft.step is not Step.CONSENT:
        return await begin(asked)
    ticket = await asked.relays.open(draft)
    opened = _values(Case(ticket, draft.person, draft.reach or Reach.AMBASSADOR))
    return _end(asked, Answer("handoff.opened_relayed", opened), choice("my_cases"))


async def refuse(asked: Asked) -> Reply:
    """The person did not agree: everything is forgotten."""
    if asked.state.relay is None:
        return await begin(asked)
    await asked.relays.drop(asked.state.relay)
    return _end(asked, Answer("relay.refused"), choice("new_case"))


async def cancel(asked: Asked) -> Reply:
    """ "Atcelt": a relay under way is forgotten."""
    if asked.state.relay is None:
        return say(asked, Answer("cancel.nothing", choices=(MENU,)))
    await asked.relays.drop(asked.state.relay)
    return _end(asked, Answer("relay.cancelled"), choice("new_case"))


# ---- cases that are open


async def list_cases(asked: Asked) -> Reply:
    """ "Mani gadījumi": the ambassador's cases and how they stand."""
    if not asked.is_ambassador:
        return say(asked, Answer("relay.not_ambassador", choices=(PERSON, MENU)))
    cases = await asked.relays.latest()
    if not cases:
        return say(asked, Answer("my_cases.none", choices=(choice("new_case"),)))
    lines = [
        Answer(f"my_cases.{standing(case.ticket, now=asked.now)}", _values(case)) for case in cases
    ]
    going_on = [case for case in cases if case.ticket.state is not TicketState.CLOSED]
    add = [choice("case_add", case.ticket.number) for case in going_on[:_MOST_OFFERED]]
    lines[-1] = replace(lines[-1], choices=(*add, choice("new_case")))
    return say(asked, Answer("my_cases.heading"), *lines)


async def begin_addition(asked: Asked) -> Reply:
    """A press on "Piebilst": the next words go to that case."""
    case = await _case(asked, asked.subject)
    if case is None:
        return say(asked, Answer("relay.unknown_case"))
    if asked.state.relay is not None and asked.state.relay.words:
        return _go_on(asked, asked.state.relay)
    return _go_on(asked, Draft(Step.ADDITION, person=case.person, number=case.ticket.number))


async def _add_at_once(asked: Asked) -> Reply:
    case = await _case(asked, str(relay.read_addition(asked.text) or ""))
    return say(asked, Answer("relay.unknown_case")) if case is None else await _add_to(asked, case)


async def _add_to(asked: Asked, case: Case) -> Reply:
    try:
        case = await asked.relays.add(case, asked.messages)
    except TicketConflict:
        return _end(asked, Answer("relay.case_closed", _values(case)), choice("new_case"))
    return _end(asked, Answer("relay.added", _values(case)))


async def _case(asked: Asked, number: str) -> Case | None:
    known = asked.is_ambassador and number.isdecimal()
    return await asked.relays.find(TicketNumber(int(number))) if known else None


def _values(case: Case) -> dict[str, Value]:
    return {
        "number": case.ticket.number,
        "person": case.person,
        "answer_by": case.ticket.answer_by,
        "opened": case.ticket.opened_at,
    }


# ---- the question that is open


def _go_on(asked: Asked, draft: Draft) -> Reply:
    state = replace(asked.state.settled(), relay=draft)
    return Reply((question(draft),), state)


def _end(asked: Asked, answer: Answer, *choices: Choice) -> Reply:
    state = replace(asked.state.settled(), relay=None)
    return Reply((replace(answer, choices=choices),), state)


def question(draft: Draft) -> Answer:
    """What a draft waits for, as a question."""
    values: dict[str, Value] = {
        "person": draft.person,
        "phone_number": draft.phone,
        "count": len(draft.words),
        "number": draft.number or 0,
    }
    key = f"relay.ask_{draft.step}"
    if draft.step is Step.CONSENT:
        key = f"relay.consent_{draft.reach}"
    return Answer(key, values, (*_CHOICES.get(draft.step, ()), _CANCEL))


_CHOICES: Mapping[Step, tuple[Choice, ...]] = {
    Step.MORE: (choice("relay_done"), choice("relay_more")),
    Step.REACH: (
        choice("relay_to_person"),
        choice("relay_to_both"),
        choice("relay_by_call"),
        choice("relay_through_me"),
    ),
    Step.CONSENT: (choice("relay_yes"), choice("relay_no")),
}


def ask_on(asked: Asked, reply: Reply) -> Reply:
    """The open question of a relay once more, under the answer to something else."""
    draft = reply.state.relay
    if draft is None or reply.state.asked_back or _is_about_relay(reply):
        return reply
    answers = tuple(replace(answer, choices=()) for answer in reply.answers)
    return Reply((*answers, question(draft)), reply.state)


def _is_about_relay(reply: Reply) -> bool:
    return any(answer.key.partition(".")[0] in _FAMILIES for answer in reply.answers)


async def forget_old(asked: Asked) -> tuple[Asked, tuple[Answer, ...]]:
    """Without a relay that was left lying for a day, or whose ambassador is none any more; and what to say of it."""
    draft = asked.state.relay
    idle = timedelta(seconds=asked.now.timestamp() - asked.state.last_turn)
    if draft is None or (asked.is_ambassador and idle <= relay.LASTS):
        return asked, ()
    await asked.relays.drop(draft)
    without = replace(asked, state=replace(asked.state.settled(), relay=None))
    return without, (Answer("relay.expired"),)
