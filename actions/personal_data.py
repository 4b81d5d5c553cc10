"""A resident's rights: to see what is stored and to have it erased (GDPR, Art. 15 and 17)."""

from dataclasses import replace

from actions.asking import MENU, Asked, Reply, choice, say
from domain.answers import Answer
from domain.conversation import ConversationState, Question


async def show_data(asked: Asked) -> Reply:
    """What is stored about the resident."""
    values = await asked.data.summary()
    return say(asked, Answer("my_data.summary", values, (choice("erase_data"), MENU)))


async def ask_before_erasing(asked: Asked) -> Reply:
    """Erasing cannot be taken back: ask once."""
    state = replace(asked.state.settled(), question=Question.ERASE)
    return Reply((erase_question(),), state)


def erase_question() -> Answer:
    """ "Vai tiešām dzēst?" """
    return Answer("erase.confirm", choices=(choice("erase_yes"), choice("erase_no")))


async def erase(asked: Asked) -> Reply:
    """Erase; only after the question was asked, so that a forwarded old button does nothing."""
    if asked.state.question is not Question.ERASE:
        return await ask_before_erasing(asked)
    await asked.data.erase()
    return Reply((Answer("erase.done"),), ConversationState())


async def keep(asked: Asked) -> Reply:
    """The resident changed their mind."""
    return say(asked, Answer("erase.cancelled", choices=(MENU,)))
