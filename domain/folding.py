"""Words as people type them on phones: without garumzīmes, in any case."""

import re
import unicodedata

_NOT_WORD = re.compile(r"[^0-9a-zа-яіїєґ]+")
_MARKS = re.compile("[\u0300-\u036f]+")
"""What NFD takes off Latin and Cyrillic letters."""

_TWICE = re.compile(r"([a-z])\1+")
_CHAT = (("sh", "s"), ("ch", "c"), ("zh", "z"))
"""Spellings without Latvian letters, and what they fold to."""


def fold(text: str) -> str:
    """Lower case, no diacritics, single spaces, no punctuation: `Pilsētā!` and `pilseta` are one."""
    stripped = unicodedata.normalize("NFD", text.casefold())
    return _NOT_WORD.sub(" ", _MARKS.sub("", stripped)).strip()


def fold_loosely(text: str) -> str:
    """Folded, and chat spelling too: `Shodien` and `šodien`, `gaaze` and `gāze`, `degg` and `deg` are one."""
    folded = _TWICE.sub(r"\1", fold(text))
    for written, meant in _CHAT:
        folded = folded.replace(written, meant)
    return folded
