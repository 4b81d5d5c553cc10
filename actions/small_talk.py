"""Greetings, thanks, the menu, and what the assistant says about itself."""

from actions.asking import MENU, PERSON, Asked, Reply, choice, say
from domain.answers import Answer, Choice
from domain.conversation import ConversationState, Question


async def greet(asked: Asked) -> Reply:
    """Greet back; the introduction, when it is due, is said before this."""
    return say(asked, Answer("greet.hello", choices=menu(asked)))


async def say_goodbye(asked: Asked) -> Reply:
    """Part politely."""
    return say(asked, Answer("goodbye.bye"))


async def accept_thanks(asked: Asked) -> Reply:
    """Answer a thank-you; it leaves "Vai tas palīdzēja?" open, after which most people thank."""
    answer = Answer("thanks.welcome")
    if asked.state.question is Question.HELPED:
        return Reply((answer,), asked.state)
    return say(asked, answer)


async def show_help(asked: Asked) -> Reply:
    """What the assistant can do, as a menu of groups; or the topics of one group."""
    if asked.subject:
        return await show_group(asked)
    own = AMBASSADORS_OWN if asked.is_ambassador else ()
    return say(asked, Answer("help.menu", choices=(*own, *menu(asked), PERSON)))


async def show_group(asked: Asked) -> Reply:
    """The most asked topics of a group."""
    topics = [
        choice(f"topic.{topic}")
        for topic in asked.directory.group_topics(asked.subject)
        if asked.directory.is_current(topic, asked.now)
    ]
    if not topics:
        return say(asked, Answer("help.menu", choices=(*menu(asked), PERSON)))
    return say(asked, Answer(f"menu.{asked.subject}", choices=(*topics, MENU)))


async def restart(asked: Asked) -> Reply:
    """Forget where the conversation stood and begin again; a relay under way is erased."""
    if asked.state.relay is not None:
        await asked.relays.drop(asked.state.relay)
    fresh = ConversationState(
        introduced=True,
        language=asked.state.language,
        finished=asked.state.finished,
        moved_on=True,
        to_ask=asked.state.to_ask,
        set_apart=asked.state.set_apart,
    )
    return Reply((Answer("restart.done", choices=menu(asked)),), fresh)


async def admit_machine(asked: Asked) -> Reply:
    """Yes, a machine answers (EU AI Act, Art. 50), and a person can be asked for."""
    return say(asked, Answer("are_you_bot.yes", choices=(PERSON,)))


async def calm(asked: Asked) -> Reply:
    """Stay kind when somebody swears: a phone first, and a person here."""
    return say(asked, Answer("abuse.calm", choices=(PERSON, MENU)))


async def point_elsewhere(asked: Asked) -> Reply:
    """Say that this is not known here, without guessing, and who may know."""
    phone = asked.directory.fallback_phone()
    return say(asked, Answer("out_of_scope.pointer", {"phone": phone}, (PERSON, MENU)))


async def frame_foreign(asked: Asked) -> Reply:
    """Say in Russian and English that the assistant speaks Latvian and that a person can help."""
    phone = asked.directory.fallback_phone()
    return say(asked, Answer("foreign_language.frame", {"phone": phone}, (PERSON,)))


async def name_ways_to_apply(asked: Asked) -> Reply:
    """A chat message is not an official application (Iesniegumu likums); name the valid ways."""
    return say(asked, Answer("official_application.how", choices=(PERSON,)))


async def note(asked: Asked) -> Reply:
    """ "Labi", "skaidrs" after an answer: nothing more is asked."""
    return Reply((Answer("thanks.noted"),), asked.state)


AMBASSADORS_OWN = (choice("new_case"), choice("my_cases"))
"""What the menu holds for ambassadors only."""


def menu(asked: Asked) -> tuple[Choice, ...]:
    """The groups of topics as choices."""
    return tuple(choice("menu", group) for group in asked.directory.groups())
