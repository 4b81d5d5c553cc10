"""Stars that a resident gives to a solved ticket, one to five: as a number, drawn, or in words."""

import re

from domain.folding import fold
from domain.understanding import Intent

FEWEST, MOST = 1, 5

HELPED_AT = 3
"""Stars from which the answer counts as one that helped."""

_DRAWN = re.compile(r"[*★⭐🌟\s\ufe0f]+")
_NUMBER = re.compile(r"([1-5])(?: 5)?")
"""`4`, and `4/5` or `4 no 5` as they fold."""

_BESIDE = frozenset(
    (
        *(
            "zvaigzne",
            "zvaigznes",
            "zvaigznites",
            "zvaigznite",
            "zvaigznu",
            "balles",
            "punkti",
            "stars",
        ),
        *(
            "ludzu",
            "paldies",
            "lieku",
            "dodu",
            "vertejums",
            "vertejumu",
            "vertesu",
            "no",
            "nu",
            "bija",
        ),
    )
)
"""Words around a rating that do not change it."""

_WORDS = {
    1: ("viens", "viena", "vienu", "loti slikti", "nemaz", "nemaz nepalidzeja", "briesmigi"),
    2: ("divi", "divas", "divus", "slikti", "vaji", "ne visai", "maz palidzeja", "плохо", "bad"),
    3: (
        "tris",
        "viduveji",
        "videji",
        "ta neko",
        "daleji",
        "daleji palidzeja",
        "normali",
        "нормально",
    ),
    4: ("cetri", "cetras", "cetrus", "labi", "diezgan labi", "gandriz labi", "хорошо", "good"),
    5: (
        "pieci",
        "piecas",
        "piecus",
        "loti labi",
        "lieliski",
        "izcili",
        "teicami",
        "loti palidzeja",
    ),
}
_OTHERS = {
    "очень плохо": 1,
    "ужасно": 1,
    "very bad": 1,
    "отлично": 5,
    "очень хорошо": 5,
    "very good": 5,
    "excellent": 5,
}
_STARS = {fold(words): stars for stars, many in _WORDS.items() for words in many} | {
    fold(words): stars for words, stars in _OTHERS.items()
}


def stars_intent(stars: int) -> Intent:
    """The intent of the choice that gives so many stars."""
    return Intent(f"stars_{stars}")


def stars_in(text: str) -> int | None:
    """The stars that a text is, and nothing else; None when it says something more, or something else."""
    if text.strip() and _DRAWN.fullmatch(text):
        drawn = sum(not (sign.isspace() or sign == "\ufe0f") for sign in text)
        return drawn if FEWEST <= drawn <= MOST else None
    words = " ".join(word for word in fold(text).split() if word not in _BESIDE)
    number = _NUMBER.fullmatch(words)
    return int(number[1]) if number else _STARS.get(words)
