"""From a message to what is said about it: the wish, the action, and what to do when nothing is clear."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from actions import (
    attachments,
    centres,
    danger,
    following,
    framing,
    personal_data,
    rating,
    registering,
    relaying,
    returning,
    small_talk,
    tickets,
    topics,
)
from actions.asking import PERSON, Action, Asked, Reply, choice
from domain.answers import Answer, Choice
from domain.aspects import HOURS
from domain.conversation import (
    Command,
    Commands,
    ConversationState,
    Question,
    is_number,
    parse_choice,
    pick,
)
from domain.folding import fold
from domain.languages import Language, spoken_after
from domain.messages import MessageKind
from domain.ratings import stars_in, stars_intent
from domain.relay import Step
from domain.tickets import HandoffReason
from domain.understanding import (
    MOST_OFFERED,
    OFFER_AT,
    Intent,
    Understanding,
    topic_intent,
    topic_of,
)
from domain.urgency import Urgency
from domain.wishes import person_wished

_GREETING = Intent("greet")
_YES, _NO, _NOTED = Intent("affirm"), Intent("deny"), Intent("noted")
_ABUSE = Intent("abuse")
_PERSON_WISHED = Intent("ask_person")
_NONE, _WHICH = Intent("none_of_these"), Intent("which")
_NOWHERE = frozenset({Intent("out_of_scope"), Intent("foreign_language"), Intent("nlu_fallback")})
_REMARKS = frozenset({*_NOWHERE, Intent("thanks"), Intent("complaint"), _ABUSE})
"""What the model may take a comment for."""

_SHORT = 4
"""Words up to which a text that names a place may be nothing but the place ("Un Vilcē?")."""

_URGENT_AT = 0.4
"""Confidence from which numbers for help are given: needlessly is better than never."""


def read_command(
    *,
    kind: MessageKind,
    text: str,
    choice_id: str,
    state: ConversationState,
    commands: Commands,
    urgency: Urgency,
    is_relayed: bool = False,
) -> Command | None:
    """The wish of a message that needs no model: danger, a press, a number, a choice's words, or a command.

    What an ambassador forwards (`is_relayed`) are somebody else's words: no command, but danger all the same.
    """
    if kind is MessageKind.PRESS or choice_id:
        return parse_choice(choice_id)
    if told := urgency.find(text):
        return danger.command(told)
    if is_relayed:
        return None
    return _rating(text, state) or _worded(text, state, commands)


def _worded(text: str, state: ConversationState, commands: Commands) -> Command | None:
    """A command's words, or those of a choice. Swearing after the stars is their comment."""
    always = commands.find(text)
    if always and not (always == _ABUSE and state.question is Question.COMMENT):
        return _command(always, state)
    if picked := pick(text, state.offered):
        return parse_choice(picked)
    return Command(_WHICH) if state.offered and is_number(text) else None


def _rating(text: str, state: ConversationState) -> Command | None:
    """Stars in answer to "Vai tas palīdzēja?"; while choices of something else are open, a number is one of those."""
    if state.question is not Question.HELPED or state.asked_back:
        return None
    stars = stars_in(text)
    return Command(stars_intent(stars), state.subject) if stars else None


def _command(intent: Intent, state: ConversationState) -> Command:
    """Yes and no mean something only as the answer to a question, and "labi" then means yes."""
    if intent == _NOTED and (state.question or state.asked_back or _awaits_more(state)):
        intent = _NO if state.question in _NOT_AGREED else _YES
    if intent not in (_YES, _NO):
        return Command(intent)
    return (
        _to_choices(intent, state)
        or _to_relay(intent, state)
        or _to_question(intent, state)
        or Command(intent)
    )


def _awaits_more(state: ConversationState) -> bool:
    return state.relay is not None and state.relay.step is Step.MORE


def _to_relay(intent: Intent, state: ConversationState) -> Command | None:
    """Yes or no to "Vai tas ir viss?" and to whether the person agreed."""
    meant = _RELAY_ANSWERS.get(state.relay.step) if state.relay else None
    return Command(Intent(meant[intent])) if meant else None


_RELAY_ANSWERS: Mapping[Step, Mapping[Intent, str]] = {
    Step.MORE: {_YES: "relay_done", _NO: "relay_more"},
    Step.CONSENT: {_YES: "relay_yes", _NO: "relay_no"},
}


def _to_choices(intent: Intent, state: ConversationState) -> Command | None:
    """Yes or no to "Vai domājāt …?"."""
    if not state.asked_back:
        return None
    if intent == _NO:
        return Command(_NONE)
    offered = [one for one in state.offered if parse_choice(one.id).intent != _NONE]
    return parse_choice(offered[0].id) if len(offered) == 1 else Command(_YES)


def _to_question(intent: Intent, state: ConversationState) -> Command | None:
    if state.question is None or state.asked_back:
        return None
    meaning = _ANSWERS[state.question][intent]
    return Command(Intent(meaning), state.subject)


_NOT_AGREED = frozenset({Question.COMMENT, Question.SAME})
"""Questions under an answer or thanks: "labi" is about those and agrees to nothing more."""

_ANSWERS: Mapping[Question, Mapping[Intent, str]] = {
    Question.ERASE: {_YES: "erase_yes", _NO: "erase_no"},
    Question.HELPED: {_YES: "helped_yes", _NO: "helped_no"},
    Question.RETURN: {_YES: "return_yes", _NO: "return_no"},
    Question.COMMENT: {_YES: "comment_yes", _NO: "comment_skip"},
    Question.SAME: {_YES: "same_yes", _NO: "same_no"},
    Question.REGISTER: {_YES: "register", _NO: "register_no"},
}


async def decide(asked: Asked, command: Command | None) -> Reply:
    """What to say to a message and what to remember."""
    asked, expired = await relaying.forget_old(replace(asked, state=_remembered(asked)))
    reply = await _relay(asked, command)
    if reply is None:
        reply = framing.note_moving_on(await _act(asked, command))
        reply = await framing.ask_again(asked, reply)
        reply = await framing.ask_late(asked, reply)
        reply = relaying.ask_on(asked, reply)
    return _framed(asked, replace(reply, answers=(*expired, *reply.answers)))


async def hand_over(asked: Asked, reason: HandoffReason) -> Reply:
    """A trouble of ours kept the message from being understood: a person gets it, and the resident hears so as ever."""
    asked = replace(asked, state=_remembered(asked))
    return _framed(asked, await tickets.hand_over(asked, reason))


def _framed(asked: Asked, reply: Reply) -> Reply:
    reply = framing.frame(asked, reply)
    return replace(reply, state=replace(reply.state, last_turn=asked.now.timestamp()))


async def _relay(asked: Asked, command: Command | None) -> Reply | None:
    """The next step of an ambassador's relay; words of danger belong to the case, but their answer comes first."""
    if command is not None and command.intent not in (danger.CRISIS, danger.EMERGENCY):
        return None
    taken = await relaying.take(asked)
    if taken is None or command is None:
        return taken
    told = await _act(asked, command)
    return replace(taken, answers=(*told.answers, *taken.answers))


def _remembered(asked: Asked) -> ConversationState:
    """What is still remembered, and the language of what was just written."""
    state = asked.state.at(asked.now)
    if asked.kind is MessageKind.PRESS:
        return state
    return replace(state, language=spoken_after(state.language, asked.text))


async def _act(asked: Asked, command: Command | None) -> Reply:
    if command is not None:
        return await _carry_out(replace(asked, subject=command.subject), command.intent)
    if not asked.text and asked.kind is not MessageKind.TEXT:
        return await attachments.reply_to_attachment(asked)
    if asked.understanding is None:
        return await attachments.reply_to_attachment(asked)
    reply = await _answer_words(asked, asked.understanding)
    await tickets.learn_matter(asked)
    return reply


async def _answer_words(asked: Asked, understood: Understanding) -> Reply:
    if person_wished(asked.text) is not None and not _is_urgent(understood):
        return await _reach_person(asked, understood)
    return await _follow(*_heard(asked, understood))


async def _reach_person(asked: Asked, understood: Understanding) -> Reply:
    """Somebody says outright that they want a person: they get one, even when there is an answer to the rest.

    Whether it belongs to a finished ticket is judged by what they want the person for.
    """
    topic = topic_of(understood.intent) if understood.is_sure() else None
    wish = replace(understood, intent=_PERSON_WISHED, confidence=1.0, clauses=(), unheard=False)
    state = replace(asked.state, topic=topic or asked.state.topic)
    asked = replace(asked, understanding=wish, state=state)
    return await returning.answer_or_return(
        asked, understood, lambda: _carry_out(asked, wish.intent), wants_person=True
    )


def _heard(asked: Asked, understood: Understanding) -> tuple[Asked, Understanding]:
    """The message as it was meant: in its own words, and without what it takes back."""
    if understood.corrects:
        understood = understood.without(topic_intent(asked.state.topic))
        asked = replace(asked, state=replace(asked.state, asked_back=False))
    return replace(asked, text=understood.text or asked.text, understanding=understood), understood


async def _follow(asked: Asked, understood: Understanding) -> Reply:
    if _is_urgent(understood):
        return await _carry_out(asked, understood.intent)
    if _is_comment(asked, understood):
        return await rating.take_comment(asked)
    if _is_registration(asked, understood):
        return await registering.take(asked)
    return await returning.answer_or_return(asked, understood, lambda: _answer(asked, understood))


def _is_urgent(understood: Understanding) -> bool:
    urgent = understood.intent in (danger.CRISIS, danger.EMERGENCY)
    return urgent and understood.confidence >= _URGENT_AT


def _is_comment(asked: Asked, understood: Understanding) -> bool:
    """Whether the words after the stars are the comment: they are, unless they ask for something."""
    if asked.state.question is not Question.COMMENT or "?" in asked.text or understood.clauses:
        return False
    return not understood.is_sure() or understood.intent in _REMARKS


def _is_registration(asked: Asked, understood: Understanding) -> bool:
    """Whether words after "vārds un tālrunis" are that: they are, unless they surely ask for something."""
    if asked.state.question is not Question.REGISTER or understood.clauses:
        return False
    asks = understood.is_sure() and understood.intent not in _NOWHERE
    return not asks and ("?" not in asked.text)


async def _answer(asked: Asked, understood: Understanding) -> Reply:
    if understood.clauses:
        return await _answer_each(asked, understood)
    if followed := await following.follow_up(asked, understood):
        return followed
    if asked.place() and len(fold(asked.text).split()) <= _SHORT and not _names_topic(understood):
        return await centres.name_place(asked)
    if understood.is_sure():
        return _unheard(understood, await _carry_out(asked, understood.intent))
    return await _ask_back(asked, understood)


async def _answer_each(asked: Asked, understood: Understanding) -> Reply:
    """Several questions, one answer under the other; the choices of each would be too many."""
    reply = Reply((), asked.state)
    for clause in understood.clauses:
        told = await _carry_out(
            replace(asked, understanding=clause, state=reply.state), clause.intent
        )
        answers = tuple(replace(answer, choices=()) for answer in told.answers)
        reply = Reply((*reply.answers, *answers), told.state)
    last = replace(reply.answers[-1], choices=(PERSON,))
    return _unheard(understood, Reply((*reply.answers[:-1], last), reply.state))


def _unheard(understood: Understanding, reply: Reply) -> Reply:
    """What was answered, and honestly that there was more."""
    if not understood.unheard:
        return reply
    return replace(reply, answers=(*reply.answers, Answer("several.rest")))


def _names_topic(understood: Understanding) -> bool:
    return understood.is_sure() and understood.intent not in _NOWHERE


async def _carry_out(asked: Asked, intent: Intent) -> Reply:
    if topic := topic_of(intent):
        told = await topics.answer_topic(asked, topic)
        return (
            centres.on_that_day(asked, told)
            if asked.directory.aspects.is_about(topic, HOURS)
            else told
        )
    command = _command(intent, asked.state)
    if command.intent != intent:
        return await _carry_out(replace(asked, subject=command.subject), command.intent)
    if _is_foreign(asked) and intent in (_GREETING, *_NOWHERE):
        return await small_talk.frame_foreign(asked)
    if asked.in_group and intent in _PRIVATE:
        return tickets.point_to_private_chat(asked)
    action = _ACTIONS.get(intent)
    return await (action or _fail)(asked)


def _is_foreign(asked: Asked) -> bool:
    understood = asked.understanding
    return understood is not None and understood.language is not Language.LATVIAN


async def _ask_back(asked: Asked, understood: Understanding) -> Reply:
    """Up to three choices in human words; never twice in a row, then a person is offered."""
    options = _options(asked, understood)
    if not options or asked.state.asked_back:
        return await _fail(asked)
    answer = Answer("clarify.choices", choices=(*options, choice("none_of_these")))
    # What was told before is no longer what the talk is about: "pa telefonu" now would mean the new question.
    state = replace(
        asked.state.settled(),
        asked_back=True,
        failed=asked.state.failed,
        topic="",
        wanted="",
    )
    return Reply((answer,), state)


def _options(asked: Asked, understood: Understanding) -> tuple[Choice, ...]:
    likely = [ranked.intent for ranked in understood.ranking if ranked.confidence >= OFFER_AT]
    return tuple(choice(intent) for intent in likely if _can_offer(asked, intent))[:MOST_OFFERED]


def _can_offer(asked: Asked, intent: Intent) -> bool:
    if topic := topic_of(intent):
        return asked.directory.is_current(topic, asked.now)
    return intent in _OFFERABLE


async def _fail(asked: Asked) -> Reply:
    """Not understood: once an honest sentence with ways on, the second time in a row a ticket."""
    if asked.state.failed or asked.state.asked_back:
        return await tickets.hand_over(asked, HandoffReason.NOT_UNDERSTOOD)
    if _is_foreign(asked):
        told = await small_talk.frame_foreign(asked)
        return replace(told, state=replace(told.state, failed=1))
    answer = Answer("not_understood.first", choices=(PERSON, choice("help")))
    state = replace(asked.state.settled(), failed=asked.state.failed + 1)
    return Reply((answer,), state)


async def _say_nothing_open(asked: Asked) -> Reply:
    """A yes or no to nothing: which of the things offered, or what it is about."""
    if asked.state.offered:
        return Reply((Answer("clarify.which", choices=asked.state.offered),), asked.state)
    return await _ask_what_then(asked)


async def _ask_what_then(asked: Asked) -> Reply:
    """A no to nothing that was asked: what it is about."""
    answer = Answer("affirm.nothing", choices=small_talk.menu(asked))
    return Reply((answer,), asked.state.settled())


async def _stay_silent(asked: Asked) -> Reply:
    """The button of WhatsApp's template: pressing it has released the answer that was parked."""
    return Reply((), asked.state)


_ACTIONS: Mapping[str, Action] = {
    "greet": small_talk.greet,
    "goodbye": small_talk.say_goodbye,
    "thanks": small_talk.accept_thanks,
    "help": small_talk.show_help,
    "menu": small_talk.show_group,
    "restart": small_talk.restart,
    "are_you_bot": small_talk.admit_machine,
    "abuse": small_talk.calm,
    "out_of_scope": small_talk.point_elsewhere,
    "foreign_language": small_talk.frame_foreign,
    "official_application": small_talk.name_ways_to_apply,
    "emergency": danger.call_for_help,
    "crisis": danger.stand_by,
    "noted": small_talk.note,
    "repeat": following.repeat,
    "affirm": _say_nothing_open,
    "which": _say_nothing_open,
    "deny": _ask_what_then,
    "none_of_these": _fail,
    "release": _stay_silent,
    "ask_person": tickets.ask_person,
    "complaint": tickets.complain,
    "my_tickets": tickets.list_mine,
    "helped_yes": rating.confirm_helped,
    "helped_no": rating.reopen_unhelped,
    **{intent: partial(rating.rate, stars=stars) for intent, stars in rating.STARS.items()},
    "return_yes": rating.reopen_unhelped,
    "return_no": rating.close_unhelped,
    "comment_yes": rating.invite_comment,
    "comment_skip": rating.skip_comment,
    "same_yes": rating.reopen_same,
    "same_no": rating.keep_apart,
    "my_data": personal_data.show_data,
    "erase_data": personal_data.ask_before_erasing,
    "erase_yes": personal_data.erase,
    "erase_no": personal_data.keep,
    "centre_where": centres.tell_where,
    "centre_hours": centres.tell_hours,
    "centre_phone": centres.tell_phone,
    "centre_list": centres.list_centres,
    "access_points": centres.list_access_points,
    "training_list": centres.list_trainings,
    "register": registering.begin,
    "register_no": registering.give_up,
    "join": relaying.join,
    "link_group": relaying.link_group,
    "new_case": relaying.begin,
    "my_cases": relaying.list_cases,
    "case_add": relaying.begin_addition,
    "relay_done": relaying.finish_words,
    "relay_more": relaying.await_more,
    "relay_to_person": relaying.reach_person,
    "relay_to_both": relaying.reach_both,
    "relay_by_call": relaying.reach_by_call,
    "relay_through_me": relaying.reach_through_ambassador,
    "relay_yes": relaying.confirm,
    "relay_no": relaying.refuse,
    "cancel": relaying.cancel,
}

_PRIVATE = frozenset(
    {
        "ask_person",
        "complaint",
        "my_tickets",
        "helped_yes",
        "helped_no",
        "my_data",
        "erase_data",
        "erase_yes",
        "erase_no",
        "new_case",
        "my_cases",
        "case_add",
        "cancel",
        "register",
    }
)
"""Wishes about one person's data, which nobody else in a group may see answered."""

_OFFERABLE = frozenset(
    {
        "centre_where",
        "centre_hours",
        "centre_phone",
        "centre_list",
        "access_points",
        "training_list",
        "my_tickets",
        "my_data",
        "official_application",
        "ask_person",
    }
)
"""Fixed intents that make sense as a choice in "Vai domājāt …?"."""

__all__ = ["decide", "hand_over", "read_command"]
