"""What the ambassador of a relayed case, and the person whom it is for, are told beside the words of staff."""

from collections.abc import Sequence
from dataclasses import replace

from actions.asking import choice
from bot.storage.ambassadors import CaseRoute
from domain.answers import Answer, Value
from domain.conversation import ConversationState, Question

_OF_CASES = {
    "staff.claimed": "relay.claimed",
    "staff.late": "relay.late",
    "staff.reopened": "relay.reopened",
    "staff.unsolved": "relay.unsolved",
}


def for_ambassador(answer: Answer, route: CaseRoute) -> Answer:
    """The same, said to the ambassador of a case: the assistant goes on speaking with them."""
    key = _OF_CASES.get(answer.key)
    if key is None:
        return answer
    return replace(answer, key=key, values={**_told(route), **answer.values})


def asked_whether_helped(answers: Sequence[Answer]) -> Value | None:
    """The number of the ticket about which a yes or no of the ambassador is from now on; None when nothing is asked."""
    return next((one.values["number"] for one in answers if one.key == "relay.helped"), None)


def left_to_ask(state: ConversationState, *, now: Value | None) -> tuple[int, ...]:
    """What an ambassador is to be asked about later: also what is being asked when something else comes between.

    `now` is the ticket that they are asked about instead, if that is what comes.
    """
    is_open = state.question in (Question.HELPED, Question.RETURN)
    asked = (int(state.subject),) if is_open else ()
    return tuple(number for number in dict.fromkeys((*asked, *state.to_ask)) if number != now)


def to_pass_on(route: CaseRoute) -> Answer:
    """What stands above an answer that the ambassador is to pass on."""
    return Answer("relay.pass_on", _told(route), (choice("case_add", route.number),))


def for_person(route: CaseRoute) -> Answer:
    """What stands above an answer that the person gets themselves."""
    told: dict[str, Value] = {"ambassador": route.ambassador_name, "number": int(route.number)}
    return Answer("relay.for_you", told)


def _told(route: CaseRoute) -> dict[str, Value]:
    return {"person": route.person, "number": int(route.number)}
