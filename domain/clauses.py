"""Several questions in one message: where one ends and the next begins."""

import re
from collections.abc import Iterable

from domain.folding import fold

MOST_CLAUSES = 3
_FEWEST = 2
_FEWEST_WORDS = 2
_SENTENCE = re.compile(r"(?<=[?!;])\s*|(?<=[^\d\s]\.)\s+|\n+")
_ASKS = (
    "kur kad ka cik cikos vai kas ko kam kurs kura kuru kuri kuras kads kada kadi kadas kadu kuros kurai kuram"
    " kapec lidz"
)
_BARE = {"a": "[aā]", "e": "[eē]", "i": "[iī]", "u": "[uū]", "s": "[sš]"}


_INFINITIVE = re.compile(r"(?!bet\b)\w{2,}(?<!ie)t(?:ies)?\W*")
"""A word in -iet is more often a request ("pasakiet") than something to do ("iet")."""


def _any_spelling(word: str) -> str:
    return "".join(_BARE.get(letter, letter) for letter in word)


_AND = r"(?:un|k[aā] ar[iī])(?: v[eē]l| ar[iī])*\s+"
_ASKING = rf"(?=(?:{'|'.join(map(_any_spelling, _ASKS.split()))})\b)"
_JOINT = re.compile(rf"(?:,|(?<![\s,]))\s+{_AND}{_ASKING}", re.IGNORECASE)
"""White space counts from where it begins, or a message of nothing else would take a second to read."""
_COMMA = re.compile(rf",\s+{_ASKING}", re.IGNORECASE)
_BEGINS_WITH_AND = re.compile(rf"^{_AND}", re.IGNORECASE)


def split(text: str) -> tuple[str, ...]:
    """The questions of a message that has two or three; empty for any other.

    Sentences are kept apart, and so is what follows "un" when it begins like a question. Greetings, single words and
    statements ("Es dzīvoju Elejā.") are no questions: what they tell is only understood with the rest.
    """
    return _questions(piece for part in _SENTENCE.split(text) for piece in _JOINT.split(part))


def split_at_commas(text: str) -> tuple[str, ...]:
    """The same where only a comma stands between ("kur ir KAC, cikos strādā").

    Most such commas part a main clause from a subordinate one ("ko darīt, kad nav ūdens"): each must be understood.
    """
    return _questions(_COMMA.split(text))


def split_at_verbs(text: str) -> tuple[str, ...]:
    """The same where two things to do share one beginning: "kā nodot rādījumus un samaksāt rēķinu".

    Each gets the beginning ("kā nodot rādījumus", "kā samaksāt rēķinu"). Much that is one errand looks like this
    ("aizbraukt un samaksāt"): each must be understood.
    """
    words = _BEGINS_WITH_AND.sub("", text.strip()).split()
    verbs = [place for place, word in enumerate(words) if _INFINITIVE.fullmatch(fold(word))]
    joints = [place for place in verbs[1:] if fold(words[place - 1]) == "un"]
    if len(joints) != 1 or verbs[0] == 0:
        return ()
    (joint,) = joints
    beginning = words[: verbs[0]]
    return " ".join(words[: joint - 1]), " ".join([*beginning, *words[joint:]])


def sentences(text: str) -> tuple[str, ...]:
    """The questions of a message in any language: two or three sentences that end with a question mark."""
    asked = tuple(part.strip() for part in _SENTENCE.split(text) if part.rstrip().endswith("?"))
    return asked if _FEWEST <= len(asked) <= MOST_CLAUSES else ()


def _questions(pieces: Iterable[str]) -> tuple[str, ...]:
    stripped = (_BEGINS_WITH_AND.sub("", piece.strip()) for piece in pieces)
    questions = tuple(piece for piece in stripped if _asks(piece))
    return questions if _FEWEST <= len(questions) <= MOST_CLAUSES else ()


def _asks(clause: str) -> bool:
    """Whether a clause has the form of a question."""
    words = fold(clause).split()
    return len(words) >= _FEWEST_WORDS and (clause.endswith("?") or words[0] in _ASKS.split())
