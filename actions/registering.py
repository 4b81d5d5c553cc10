"""Registering for a training: its button, name and phone in words, and a ticket for those who run it."""

import re
from dataclasses import replace

from actions.asking import PERSON, Asked, Reply, choice, say
from actions.centres import list_trainings
from actions.tickets import about
from domain.answers import Answer, Value
from domain.conversation import Question
from domain.folding import fold
from domain.tickets import Handoff, HandoffReason, Ticket
from domain.trainings import Training

_PHONE = re.compile(r"(?:\d[\s-]?){8}")
_NAME_FOLLOWS = "\n"
"""In the subject of the question, between the training and the name that was given."""


async def begin(asked: Asked) -> Reply:
    """ "Pieteikties": asks for name and phone, or for the phone when the name was given already.

    A training that is over leads to those that are not.
    """
    training_id, named, name = asked.subject.partition(_NAME_FOLLOWS)
    training = _open_training(asked, training_id)
    if training is None:
        told = await list_trainings(asked)
        return replace(told, answers=(Answer("register.over"), *told.answers))
    if named:
        return _ask_phone(asked, training, name=name)
    answer = Answer(
        "register.ask",
        {"title": training.title, "starts": training.starts},
        (choice("register_no"),),
    )
    state = replace(asked.state.settled(), question=Question.REGISTER, subject=training.id)
    return Reply((answer,), state)


def _ask_phone(asked: Asked, training: Training, *, name: str) -> Reply:
    state = replace(
        asked.state.settled(),
        question=Question.REGISTER,
        subject=f"{training.id}{_NAME_FOLLOWS}{name}",
    )
    return Reply((Answer("register.phone", choices=(choice("register_no"),)),), state)


def still_asked(subject: str) -> Answer:
    """The question once more, after something else was answered: only for what is still missing."""
    if _NAME_FOLLOWS in subject:
        return Answer("register.still_phone", choices=(choice("register_no"),))
    return Answer("register.still", choices=(choice("register_no"),))


async def take(asked: Asked) -> Reply:
    """Name and phone: a ticket for those who run the training, beside the one that is open already.

    A phone that is missing is asked for once; whoever has none is registered all the same. Whoever is in an open
    registration already hears of that one.
    """
    training_id, named, name = asked.state.subject.partition(_NAME_FOLLOWS)
    training = _open_training(asked, training_id)
    if training is None:
        return await begin(replace(asked, subject=training_id))
    if not named and not _PHONE.search(asked.text):
        return _ask_phone(asked, training, name=asked.text)
    subject = f"{training.title}: {_who(name, asked.text)}"
    if registered := await _registered(asked, subject):
        return say(asked, about("handoff.already", registered))
    is_first = await asked.tickets.open_one() is None
    if is_first:
        await asked.tickets.leave_solved()
    handoff = Handoff(
        asked.conversation,
        HandoffReason.REGISTRATION,
        queue=training.queue,
        subject=subject,
        main=is_first,
    )
    ticket = await asked.tickets.open(handoff)
    values: dict[str, Value] = {
        "title": training.title,
        "number": ticket.number,
        "answer_by": ticket.answer_by,
    }
    return say(asked, Answer(f"handoff.opened_{handoff.reason}", values))


async def _registered(asked: Asked, subject: str) -> Ticket | None:
    """The open registration with the same training, name and phone, however these are spaced.

    A subject too long to be kept whole is like none: what was cut off may be another name.
    """
    return next(
        (
            ticket
            for ticket in await asked.tickets.latest()
            if ticket.reason is HandoffReason.REGISTRATION
            and not ticket.is_done
            and _letters(ticket.first_words) == _letters(subject)
        ),
        None,
    )


def _letters(subject: str) -> str:
    return fold(subject).replace(" ", "")


async def give_up(asked: Asked) -> Reply:
    """The resident changed their mind."""
    return say(asked, Answer("register.cancelled", choices=(choice("training_list"), PERSON)))


def _who(name: str, said: str) -> str:
    """Name and phone on one line; a name that was written a second time stands there once."""
    both = said if fold(name) in fold(said) else f"{name} {said}"
    return " ".join(both.split())


def _open_training(asked: Asked, training_id: str) -> Training | None:
    training = asked.directory.training(training_id, asked.now)
    return training if training and training.queue else None
