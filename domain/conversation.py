"""The state of a conversation between turns."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.answers import Choice, ChoiceId
from domain.folding import fold
from domain.languages import Language
from domain.relay import Draft
from domain.understanding import Intent

CONTEXT_LASTS = timedelta(minutes=30)
"""After that a question is read by itself, not as a follow-up to the last one."""


class Mode(StrEnum):
    """Who speaks: the assistant, the assistant with a ticket waiting, or a person (then only the person)."""

    BOT = "bot"
    WAITING = "waiting"
    STAFF = "staff"


class Question(StrEnum):
    """What the assistant asked and expects a yes or no to, or more."""

    ERASE = "erase"
    HELPED = "helped"
    """ "Vai tas palīdzēja?": stars, too."""
    RETURN = "return"
    """After few stars: shall colleagues come back to it?"""
    COMMENT = "comment"
    """After stars: anything to add? Words are the comment."""
    SAME = "same"
    """Whether a question belongs to the ticket that was finished lately."""
    REGISTER = "register"
    """Name and phone for a training; its id is the subject, on the next line the name if only the phone is missing.
    Words are the answer."""


_WAITING = frozenset({Question.HELPED, Question.RETURN})
"""Questions that wait for their answer however long it takes: no answer to them does harm."""


@dataclass(frozen=True, slots=True)
class ConversationState:
    """What the assistant remembers between turns.

    `offered` are the choices of the last reply, `question` an open yes/no question with its `subject`,
    `asked_back` whether the last reply was "Vai domājāt …?", `failed` how many turns in a row were not understood.
    """

    introduced: bool = False
    offered: tuple[Choice, ...] = ()
    question: Question | None = None
    subject: str = ""
    asked_back: bool = False
    failed: int = 0
    topic: str = ""
    place: str = ""
    wanted: str = ""
    """The fixed intent of the last answer that a bare place name would complete ("Un Vilcē?")."""
    last_turn: float = 0.0
    """When the assistant last answered: seconds since the epoch."""
    asked_again: bool = False
    """Whether the open question has been put a second time already, after another question came between."""
    language: Language = Language.LATVIAN
    """In which the resident wrote last, as far as it could be told."""
    finished: int = 0
    """The ticket that staff finished last; 0 when there is none."""
    moved_on: bool = False
    """Whether the resident has spoken of something else since then."""
    to_ask: tuple[int, ...] = ()
    """Finished tickets of which nobody could ask whether they helped: WhatsApp's window was closed, or a colleague held
    the conversation because of another ticket. In an ambassador's conversation their cases are among them."""
    set_apart: tuple[int, ...] = ()
    """Finished tickets of which the resident said that what they ask now is not about them."""
    group_told: bool = False
    """Whether a group was told how it is linked, or was linked once: while it is not, the assistant is silent there."""
    relay: Draft | None = None
    """A case that an ambassador is telling; it stays through questions in between."""

    def settled(self) -> "ConversationState":
        """The state after an ordinary answer: nothing offered, nothing open."""
        return replace(
            self,
            offered=(),
            question=None,
            subject="",
            asked_back=False,
            failed=0,
            asked_again=False,
        )

    def at(self, now: datetime) -> "ConversationState":
        """What is still remembered at this moment.

        What was offered stays for as long as it can be seen, and what was asked about a ticket waits for its answer;
        the thread of the talk is lost, and a yes after an hour erases nothing.
        """
        if now.timestamp() - self.last_turn <= CONTEXT_LASTS.total_seconds():
            return self
        kept = self.question if self.question in _WAITING else None
        return replace(
            self,
            question=kept,
            subject=self.subject if kept else "",
            asked_back=False,
            failed=0,
            topic="",
            place="",
            wanted="",
        )


@dataclass(frozen=True, slots=True)
class Command:
    """A wish that needs no model: a pressed choice, a number, or words that always work."""

    intent: Intent
    subject: str = ""


def parse_choice(choice_id: str) -> Command:
    """What a choice id asks for: the intent and, behind the colon, its subject."""
    intent, _, subject = choice_id.partition(":")
    return Command(Intent(intent), subject)


def pick(text: str, offered: tuple[Choice, ...]) -> ChoiceId | None:
    """The offered choice that a text names: by number (`2`, `2.`, `to otro, lūdzu`), or by its words."""
    folded = fold(text)
    number = _number(" ".join(word for word in folded.split() if word not in _POLITE))
    if number is not None and 1 <= number <= len(offered):
        return offered[number - 1].id
    return next((choice.id for choice in offered if fold(choice.label) == folded), None)


def is_number(text: str) -> bool:
    """Whether a text is nothing but a number that a list of choices could have."""
    folded = fold(text)
    return folded.isdecimal() and len(folded) <= len("99")


def _number(folded: str) -> int | None:
    return int(folded) if is_number(folded) else _ORDINALS.get(folded)


_POLITE = frozenset(
    (
        *("to", "tas", "ta", "tad", "par", "nr", "numur", "numurs", "numuru"),
        *("ludzu", "laikam", "varbut", "es", "gribu", "izvelos", "nemsu"),
    )
)
"""Words around a number that do not change it."""


def _ordinals() -> dict[str, int]:
    stems = {
        1: ("pirm", "vien"),
        2: ("otr", "div"),
        3: ("tres", "tris"),
        4: ("ceturt", "cetr"),
        5: ("piekt", "piec"),
        6: ("sest", "ses"),
    }
    endings = ("ais", "a", "o", "s", "u", "i", "as", "is", "")
    words = {stem + end: n for n, pair in stems.items() for stem in pair for end in endings}
    return words | {"treso": 3, "tresais": 3}


_ORDINALS = _ordinals()


@dataclass(frozen=True, slots=True)
class Commands:
    """Words that work at any step, from content: folded wording to intent."""

    by_words: dict[str, Intent] = field(default_factory=dict)

    def find(self, text: str) -> Intent | None:
        """The command that a text is, whatever its diacritics and punctuation."""
        return self.by_words.get(fold(text))

    def words_for(self, intent: Intent) -> Sequence[str]:
        """The folded wordings of a command, in the order of the content."""
        return [words for words, meant in self.by_words.items() if meant == intent]
