"""Latvian as it is typed: folding, and the ways people bend spelling on purpose or by accident."""

import random
import re
import unicodedata
from collections.abc import Callable

_WORD = re.compile(r"[0-9]+|[^\W\d_]+", re.UNICODE)
_DIGRAPHS = (
    ("aa", "a"),
    ("ee", "e"),
    ("ii", "i"),
    ("uu", "u"),
    ("sh", "s"),
    ("ch", "c"),
    ("zh", "z"),
    ("lj", "l"),
    ("nj", "n"),
    ("kj", "k"),
    ("gj", "g"),
    ("w", "v"),
    ("x", "ks"),
    ("q", "k"),
    ("y", "i"),
)
_CHAT = {
    "ā": "aa",
    "ē": "ee",
    "ī": "ii",
    "ū": "uu",
    "č": "ch",
    "š": "sh",
    "ž": "zh",
    "ģ": "g",
    "ķ": "k",
    "ļ": "l",
    "ņ": "n",
}
_LETTERS = "aeiusrtnlkmdpvjbgzoc"
_SHORTEST_TO_BEND = 4


def bare(text: str) -> str:
    """The text without garumzīmes and mīkstinājumi, otherwise as it was; Cyrillic й and ё lose theirs too."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def fold_word(word: str) -> str:
    """One spelling for all the ways to type a word: `šodien`, `sodien` and `Shodien` become `sodien`."""
    folded = bare(word.casefold())
    for written, meant in _DIGRAPHS:
        folded = folded.replace(written, meant)
    return folded


def words(text: str) -> list[tuple[str, int, int]]:
    """The folded words of a text, each with where it starts and ends in the text as written."""
    return [(fold_word(m.group()), m.start(), m.end()) for m in _WORD.finditer(text)]


def chat(text: str, rng: random.Random | None = None) -> str:
    """Chat spelling: aa for ā, sh for š, the softened letters plain."""
    del rng
    return "".join(_CHAT.get(c, c) for c in unicodedata.normalize("NFC", text.lower()))


def typo(text: str, rng: random.Random) -> str:
    """The text with one slip of a finger in a longer word: swapped, dropped, doubled or wrong letter."""
    places = [m for m in _WORD.finditer(text) if len(m.group()) >= _SHORTEST_TO_BEND]
    if not places:
        return text
    spot = rng.choice(places)
    at = rng.randrange(spot.start() + 1, spot.end() - 1)
    edits: tuple[Callable[[], str], ...] = (
        lambda: text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        lambda: text[:at] + text[at + 1 :],
        lambda: text[:at] + text[at] + text[at:],
        lambda: text[:at] + rng.choice(_LETTERS) + text[at + 1 :],
    )
    return rng.choice(edits)()
