"""Registering for a training: its button, name and phone in words, and a ticket for those who run it."""

import re
from dataclasses import replace

from actions.asking import PERSON, Asked, Reply, choice, say
from actions.centres import list_trainings
from domain.answers import Answer, Value
from domain.conversation import Question
from domain.tickets import Handoff, HandoffReason
from domain.trainings import Training

_PHONE = re.compile(r"(?:\d[\s-]?){8}")


async def begin(asked: Asked) -> Reply:
    """ "Pieteikties": asks for name and phone; a training that is over leads to those that are not."""
    training = _open_training(asked, asked.subject)
    if training is None:
        told = await list_trainings(asked)
        return replace(told, answers=(Answer("register.over"), *told.answers))
    answer = Answer(
        "register.ask",
        {"title": training.title, "starts": training.starts},
        (choice("register_no"),),
    )
    state = replace(asked.state.settled(), question=Question.REGISTER, subject=training.id)
    return Reply((answer,), state)


def still_asked() -> Answer:
    """The question once more, after something else was answered."""
    return Answer("register.still", choices=(choice("register_no"),))


async def take(asked: Asked) -> Reply:
    """Name and phone: a ticket for those who run the training, or a note to the one that is open already.

    A phone that is missing is asked for once; whoever has none is registered all the same.
    """
    training_id, asked_twice, before = asked.state.subject.partition("\n")
    training = _open_training(asked, training_id)
    if training is None:
        return await begin(replace(asked, subject=training_id))
    who = f"{before} {asked.text}".strip()
    if not asked_twice and not _PHONE.search(asked.text):
        state = replace(asked.state, subject=f"{training.id}\n{asked.text}")
        return Reply((Answer("register.phone", choices=(choice("register_no"),)),), state)
    existing = await asked.tickets.open_one()
    if existing is not None:
        return say(
            asked,
            Answer("register.noted", {"title": training.title, "number": existing.number}),
        )
    await asked.tickets.leave_solved()
    handoff = Handoff(
        asked.conversation,
        HandoffReason.REGISTRATION,
        queue=training.queue,
        subject=f"{training.title}: {who}",
    )
    ticket = await asked.tickets.open(handoff)
    values: dict[str, Value] = {
        "title": training.title,
        "number": ticket.number,
        "answer_by": ticket.answer_by,
    }
    return say(asked, Answer(f"handoff.opened_{handoff.reason}", values))


async def give_up(asked: Asked) -> Reply:
    """The resident changed their mind."""
    return say(asked, Answer("register.cancelled", choices=(choice("training_list"), PERSON)))


def _open_training(asked: Asked, training_id: str) -> Training | None:
    training = asked.directory.training(training_id, asked.now)
    return training if training and training.queue else None
