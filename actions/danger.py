"""Numbers for help: to whoever is in danger, at once and before anything else."""

from actions import framing
from actions.asking import Asked, Reply, choice, say
from domain.answers import Answer
from domain.conversation import Command
from domain.tickets import HandoffReason
from domain.understanding import Intent
from domain.urgency import Danger

CRISIS, EMERGENCY = Intent("crisis"), Intent("emergency")

_PERSON = choice("ask_person", HandoffReason.CRISIS)
"""A person, for somebody in despair: such a ticket stands first at the desk."""


def command(danger: Danger) -> Command:
    """The wish of words that tell of danger."""
    if danger is Danger.DESPAIR:
        return Command(CRISIS)
    return Command(EMERGENCY, "" if danger is Danger.OTHER else danger)


def answer_keys(danger: Danger) -> tuple[str, ...]:
    """What is said to a danger: by the assistant itself, and while a person leads the conversation."""
    if danger is Danger.DESPAIR:
        return "crisis.call", "crisis.claimed"
    return ("emergency.call" if danger is Danger.OTHER else f"emergency.{danger}",)


def numbers_only(danger: Danger, text: str) -> tuple[Answer, ...]:
    """All that is said in a conversation that a person leads: the numbers, in the language of the text too."""
    answers = (Answer(answer_keys(danger)[-1]),)
    return (*framing.in_language_of(text, answers), *answers)


async def call_for_help(asked: Asked) -> Reply:
    """The emergency numbers at once, the right one first."""
    danger = Danger(asked.subject) if asked.subject else Danger.OTHER
    await asked.tickets.note_urgent(danger)
    return say(asked, Answer(answer_keys(danger)[0]))


async def stand_by(asked: Asked) -> Reply:
    """Somebody despairs: numbers at once, kindly, and a person."""
    await asked.tickets.note_urgent(Danger.DESPAIR)
    return say(asked, Answer(answer_keys(Danger.DESPAIR)[0], choices=(_PERSON,)))
