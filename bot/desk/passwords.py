"""Passwords of staff: argon2id, rules that keep out the guessable, and the same time for unknown people."""

import asyncio
from enum import StrEnum
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.folding import fold

SHORTEST = 10
LONGEST = 200
_FEWEST_DIFFERENT = 5
"""Different characters that a password must have."""

_COMMON = (
    "parole", "password", "qwerty", "asdfgh", "123456", "654321", "abcdef", "admin", "zintis", "novads", "latvija",
    "jelgava",
)  # fmt: skip
"""Beginnings of what is guessed first; longer words may follow them, digits alone may not."""

_MOST_AT_ONCE = 2
"""Hashes at a time: each takes 64 MB and a whole core."""

_hasher = PasswordHasher()
_slots = asyncio.Semaphore(_MOST_AT_ONCE)


class Weakness(StrEnum):
    """Why a password is refused."""

    SHORT = "short"
    LONG = "long"
    GUESSABLE = "guessable"


def weakness(password: str, *, email: str) -> Weakness | None:
    """What is wrong with a new password, None when it is good."""
    if len(password) < SHORTEST:
        return Weakness.SHORT
    if len(password) > LONGEST:
        return Weakness.LONG
    return Weakness.GUESSABLE if _is_guessable(password, email) else None


def _is_guessable(password: str, email: str) -> bool:
    folded, owner = (fold(text).replace(" ", "") for text in (password, email.partition("@")[0]))
    rest = folded
    for word in (*_COMMON, owner):
        rest = rest.replace(word, "") if word else rest
    letters_left = sum(character.isalpha() for character in rest)
    was_common = rest != folded
    return len(set(password)) < _FEWEST_DIFFERENT or (
        was_common and letters_left < _FEWEST_DIFFERENT
    )


async def hash_password(password: str) -> str:
    """What may be stored."""
    async with _slots:
        return await asyncio.to_thread(_hasher.hash, password)


async def is_right(password: str, stored: str | None) -> bool:
    """Whether a password fits what was stored; None (nobody) takes as long and never fits."""
    async with _slots:
        return await asyncio.to_thread(_verify, password, stored)


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _verify(password: str, stored: str | None) -> bool:
    try:
        _hasher.verify(stored or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _nobody() -> str:
    return _hasher.hash("the password of nobody")
