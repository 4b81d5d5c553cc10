"""Handing over to a person, and how a resident's tickets stand."""

from datetime import datetime, timedelta

from actions.asking import MENU, Asked, Reply, choice, say
from actions.hearing import is_question
from domain.answers import Answer
from domain.conversation import Mode, Question
from domain.folding import fold
from domain.languages import Language
from domain.likeness import ALIKE
from domain.tickets import Handoff, HandoffReason, Ticket, TicketNumber, TicketState
from domain.understanding import Intent, topic_of
from domain.wishes import names_matter, person_wished, tells_matter

_WISH = Intent("ask_person")
_LISTED_FOR = timedelta(days=30)
"""How long a finished ticket is still told of."""


_MAY_RETURN = frozenset({HandoffReason.ASKED, HandoffReason.UNHAPPY})
"""Wishes for a person that may be about what staff have just answered."""

_UNHEARD = frozenset({HandoffReason.NLU_DOWN, HandoffReason.FAILED})
"""Troubles of ours: only the letters of the message tell what it is about."""

_ASKED_ABOUT = frozenset({Question.HELPED, Question.RETURN})

_WITH_WORDS = frozenset({Question.REGISTER, Question.COMMENT})
"""Questions to which words are the answer."""

_THANKS = Intent("thanks")
_FEWEST_WORDS = 2
"""Of what may tell a matter; less is a place or a sigh."""

_SMALL_TALK = frozenset(
    Intent(one)
    for one in (
        *("greet", "goodbye", "thanks", "affirm", "deny", "noted", "ask_person", "help", "repeat"),
        *("are_you_bot", "abuse", "restart", "my_tickets", "my_data", "erase_data", "cancel"),
        "complaint",
    )
)
"""What the assistant may be told that says nothing of a matter."""


async def hand_over(asked: Asked, reason: HandoffReason) -> Reply:
    """Give the conversation to a person: in the solved ticket that it still is about, else as `open_new`."""
    ticket = None if asked.in_group else await _still_about(asked, reason)
    if ticket is not None:
        return await reopen(asked, ticket, "helped.same_reopened")
    return await open_new(asked, reason)


async def _still_about(asked: Asked, reason: HandoffReason) -> Ticket | None:
    """The solved ticket to which a wish for a person belongs.

    It does when nothing else was spoken of since staff answered, and when the resident was just asked whether it does.
    """
    number = _spoken_of(asked)
    ticket = await asked.tickets.find(TicketNumber(number)) if number else None
    if ticket is None or ticket.conversation != asked.conversation:
        return None  # none at all, or a case of the ambassador who asks
    if not ticket.can_return(asked.now):
        return None
    if asked.state.question is not Question.SAME and ticket.state is not TicketState.SOLVED:
        return None
    if reason in _UNHEARD:
        return ticket if ticket.likeness_to(asked.text) >= ALIKE else None
    return ticket if reason in _MAY_RETURN and not _names_matter(asked) else None


def _spoken_of(asked: Asked) -> int:
    """The number of the finished ticket that is the last thing spoken of; 0 when that is something else."""
    state = asked.state
    if state.question is Question.SAME or (state.question in _ASKED_ABOUT and not state.moved_on):
        return int(state.subject)
    return 0 if state.moved_on else state.finished


def _names_matter(asked: Asked) -> bool:
    """Whether a wish for a person says what it is about ("cilvēku par ceļu"); the judgement on likeness came before."""
    matter = person_wished(asked.text)
    return names_matter(asked.text) if matter is None else bool(matter)


def _only_wishes(asked: Asked) -> bool:
    """Whether a message asks for a person and says nothing of what about."""
    understood = asked.understanding
    wishes = understood is not None and understood.is_sure() and understood.intent == _WISH
    return wishes and not _names_matter(asked)


def _matter(asked: Asked) -> str:
    """What an outright wish for a person is about, in the resident's own words; empty when these say nothing of it."""
    understood = asked.understanding
    is_translated = understood is not None and understood.language is not Language.LATVIAN
    return "" if is_translated else person_wished(asked.text) or ""


async def learn_matter(asked: Asked) -> None:
    """What is written after nothing but "cilvēks" says what the ticket is about, until somebody takes it."""
    if asked.mode is not Mode.WAITING or not _tells_matter(asked):
        return
    ticket = await asked.tickets.open_one()
    if ticket is not None and ticket.state is TicketState.NEW and _only_wished(ticket):
        understood = asked.understanding
        is_sure = understood is not None and understood.is_sure()
        await asked.tickets.name_by_words(
            ticket,
            _matter(asked),
            topic=(topic_of(understood.intent) or "") if understood and is_sure else "",
            place=asked.place() or asked.state.place,
        )


def _tells_matter(asked: Asked) -> bool:
    """Whether words name the ticket for good: impatience ("es gaidu atbildi") leaves it to what comes after."""
    if asked.state.question in _WITH_WORDS or len(fold(asked.text).split()) < _FEWEST_WORDS:
        return False
    if person_wished(asked.text) is not None:
        return _names_matter(asked)
    understood = asked.understanding
    sure = understood.intent if understood is not None and understood.is_sure() else None
    if sure in _SMALL_TALK:
        return sure != _THANKS and names_matter(asked.text)
    return (sure is not None and is_question(sure)) or tells_matter(asked.text)


def _only_wished(ticket: Ticket) -> bool:
    """Whether nothing more than a wish for a person is known of a ticket, and nobody has named it."""
    return ticket.subject == ticket.first_words and person_wished(ticket.subject) == ""


async def open_new(asked: Asked, reason: HandoffReason) -> Reply:
    """Open a ticket, or name the one that is open already; in a group neither."""
    if asked.in_group:
        ours = reason in (HandoffReason.NLU_DOWN, HandoffReason.FAILED)
        return _ask_to_come_back(asked) if ours else point_to_private_chat(asked)
    existing = await asked.tickets.open_one()
    if existing is not None:
        return say(asked, about("handoff.already", existing))
    left = await asked.tickets.leave_solved()
    place = asked.place() or asked.state.place
    ticket = await asked.tickets.open(
        Handoff(
            asked.conversation,
            reason,
            topic=asked.state.topic,
            place=place,
            subject=_matter(asked),
            is_wish=_only_wishes(asked),
        )
    )
    opened = about(f"handoff.opened_{reason}", ticket)
    return say(asked, opened, *([Answer("helped.left", {"number": left.number})] if left else []))


async def reopen(asked: Asked, ticket: Ticket, key: str) -> Reply:
    """Back to the front of the queue; while another main ticket is open, the resident is told of that one."""
    is_here = (
        ticket.conversation == asked.conversation
    )  # a relayed case has a conversation of its own
    if is_here and ticket.main:
        other = await asked.tickets.open_one()
        if other is not None and other.main:
            return say(asked, about("handoff.already", other))
        if ticket.state is TicketState.CLOSED:
            await asked.tickets.leave_solved()
    return say(asked, about(key, await asked.tickets.save(ticket.reopen())))


def point_to_private_chat(asked: Asked) -> Reply:
    """In a group others read along: nothing about anybody is said, and no ticket is opened."""
    return say(asked, Answer("group.private", {"phone": asked.directory.fallback_phone()}))


def _ask_to_come_back(asked: Asked) -> Reply:
    """In a group: the trouble is ours and will pass."""
    return say(asked, Answer("group.later", {"phone": asked.directory.fallback_phone()}))


async def ask_person(asked: Asked) -> Reply:
    """The resident asked for a person; somebody who has just despaired comes first at the desk."""
    crisis = choice("ask_person", HandoffReason.CRISIS).id
    despairs = asked.subject == HandoffReason.CRISIS or crisis in {
        c.id for c in asked.state.offered
    }
    return await hand_over(asked, HandoffReason.CRISIS if despairs else HandoffReason.ASKED)


async def complain(asked: Asked) -> Reply:
    """The resident is unhappy: a person looks at it."""
    return await hand_over(asked, HandoffReason.UNHAPPY)


async def list_mine(asked: Asked) -> Reply:
    """How the resident's tickets stand: those that are open and those finished lately."""
    tickets = [ticket for ticket in await asked.tickets.latest() if _is_listed(asked, ticket)]
    if not tickets:
        return say(asked, Answer("my_tickets.none", choices=(choice("ask_person"), MENU)))
    lines = tuple(
        Answer(
            f"my_tickets.{standing(ticket, now=asked.now)}",
            {
                "number": ticket.number,
                "answer_by": ticket.answer_by,
                "opened": ticket.opened_at,
                "subject": ticket.subject,
            },
        )
        for ticket in tickets
    )
    return say(asked, Answer("my_tickets.heading"), *lines)


def _is_listed(asked: Asked, ticket: Ticket) -> bool:
    ended = ticket.closed_at or ticket.solved_at or ticket.opened_at
    return not ticket.is_done or asked.now - ended <= _LISTED_FOR


def standing(ticket: Ticket, *, now: datetime) -> str:
    """How a ticket stands, as lists word it: a promise that was kept, or was not, is not repeated."""
    if ticket.is_done:
        return ticket.state
    if ticket.state is TicketState.CLAIMED and ticket.first_answered_at and not ticket.reopened:
        return "answered"
    return "late" if ticket.answer_by < now else ticket.state


def about(key: str, ticket: Ticket) -> Answer:
    """What is said about one ticket: its number and until when there will be an answer."""
    return Answer(key, {"number": ticket.number, "answer_by": ticket.answer_by})
