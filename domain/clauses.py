"""Several questions in one message: where one ends and the next begins."""

import re

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


def _any_spelling(word: str) -> str:
    return "".join(_BARE.get(letter, letter) for letter in word)


_JOINT = re.compile(
    rf"(?:,|(?<![\s,]))\s+(?:un|k[aā] ar[iī])(?: v[eē]l| ar[iī])*\s+"
    rf"(?=(?:{'|'.join(map(_any_spelling, _ASKS.split()))})\b)",
    re.IGNORECASE,
)
"""White space counts from where it begins, or a message of nothing else would take a second to read."""


def split(text: str) -> tuple[str, ...]:
    """The questions of a message that has two or three; empty for any other.

    Sentences are kept apart, and so is what follows "un" when it begins like a question. Greetings, single words and
    statements ("Es dzīvoju Elejā.") are no questions: what they tell is only understood with the rest.
    """
    pieces = [piece.strip() for part in _SENTENCE.split(text) for piece in _JOINT.split(part)]
    questions = tuple(piece for piece in pieces if _asks(piece))
    return questions if _FEWEST <= len(questions) <= MOST_CLAUSES else ()


def _asks(clause: str) -> bool:
    """Whether a clause has the form of a question."""
    words = fold(clause).split()
    return len(words) >= _FEWEST_WORDS and (clause.endswith("?") or words[0] in _ASKS.split())
