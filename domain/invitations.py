"""One-time codes: who may become an ambassador, and which group belongs to us.

A code is read aloud over the phone and typed on a small screen, so it has no letters that look like digits, and it is
understood in any case, with or without its dashes. It is kept as a digest only.
"""

import hashlib
import re
import secrets
from datetime import timedelta
from enum import StrEnum

VALID_FOR = timedelta(days=14)
"""How long a code waits for its owner."""

MOST_TRIES = 5
TRIES_WITHIN = timedelta(hours=1)
"""Codes that one contact may try within this time; after that even the right one waits."""

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_DIGITS = "23456789"
_PART = 4

# Each part holds a digit, so that "vēstnesis mans kods" is no code.
_FORM = r"(?=[A-Z]{0,3}\d)[A-Z0-9]{4}"
_CODE = re.compile(
    rf"(?<!\w)(?P<kind>V[EĒ]STNESIS|GRUPA)[\s–—-]{{1,3}}(?P<first>{_FORM})[\s–—-]{{0,3}}(?P<second>{_FORM})(?!\w)",
    re.IGNORECASE,
)
HIDDEN = "[kods dzēsts]"


class Redemption(StrEnum):
    """What a code is for; with a digest behind a colon it is the choice of the message that brought the code."""

    AMBASSADOR = "join"
    GROUP = "link_group"


_KINDS = {"V": Redemption.AMBASSADOR, "G": Redemption.GROUP}
_WORDS = {Redemption.AMBASSADOR: "VESTNESIS", Redemption.GROUP: "GRUPA"}


class Outcome(StrEnum):
    """What became of a code that somebody sent."""

    DONE = "done"
    ALREADY = "already"
    WRONG = "wrong"
    TOO_OFTEN = "too_often"


def new_code(redemption: Redemption) -> str:
    """A fresh code such as `VESTNESIS-7KQ4-M2XD`."""
    return f"{_WORDS[redemption]}-{_new_part()}-{_new_part()}"


def _new_part() -> str:
    """Four characters, at least one of them a digit."""
    part = [secrets.choice(_LETTERS + _DIGITS) for _ in range(_PART)]
    part[secrets.randbelow(_PART)] = secrets.choice(_DIGITS)
    return "".join(part)


def digest(code: str) -> str:
    """The digest of a code as `new_code` makes it."""
    return hashlib.sha256(code.encode()).hexdigest()


def take_code(text: str) -> tuple[str, str]:
    """A text without the codes in it, and the choice that the first code stands for; empty when there is none."""
    found = _CODE.search(text)
    if found is None:
        return text, ""
    redemption = _KINDS[found["kind"][0].upper()]
    code = f"{_WORDS[redemption]}-{found['first']}-{found['second']}".upper()
    return _CODE.sub(HIDDEN, text), f"{redemption}:{digest(code)}"
