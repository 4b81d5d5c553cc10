"""Other languages: which one a message is in, and its words in Latvian key words, for a model that knows Latvian."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.folding import fold, fold_loosely
from domain.wordings import Wordings

_ENGLISH = frozenset(
    re.findall(
        r"\w+",
        """the how where what when which who can could my is are does you your please need want have of for with there
        get pay much this from not hello hi thanks thank i we it at on about should would like""",
    )
)
"""Words that English needs and Latvian does not have (`to`, `do`, `man`, `par` would be both)."""

_SPOKEN_RUSSIAN = frozenset(
    re.findall(
        r"\w+",
        """gde kak kogda skolko mozno nuzno pozalusta pazalusta spasibo kuda cto sto kto kakoj kakaja kakie zaplatit
        oplatit sdat sdelat poluchit polucit ponimaju hocu cocu dom vodu vody musor za moj moja moi menja mne
        stoit nado vyvoz musora pokazanija scetcik scetcika voda svet u nas est li
        nahoditsja nahoditsa rabotajet rabotaet zdravstvujte privet pomogite""",
    )
)
"""Russian in Latin letters, folded loosely; only with two of them is a message taken for Russian."""

_FEWEST = 2
_FEWEST_TO_CHANGE = 3
_ENGLISH_SHARE = 0.25
_SPOKEN_SHARE = 0.5


class Language(StrEnum):
    """What residents write in."""

    LATVIAN = "lv"
    RUSSIAN = "ru"
    ENGLISH = "en"


def language_of(text: str) -> Language:
    """The language of a message; Latvian unless another is plain to see."""
    letters = [c for c in text if c.isalpha()]
    cyrillic = sum("\u0400" <= c <= "\u04ff" for c in letters)
    if letters and cyrillic * 2 > len(letters):
        return Language.RUSSIAN
    words = fold(text).split()
    if _share(words, _ENGLISH) >= _ENGLISH_SHARE:
        return Language.ENGLISH
    if _share(fold_loosely(text).split(), _SPOKEN_RUSSIAN) >= _SPOKEN_SHARE:
        return Language.RUSSIAN
    return Language.LATVIAN


def spoken_after(before: Language, text: str) -> Language:
    """The language of somebody who wrote this: a word or two of Latvian ("jā", "Eleja") change nothing."""
    written = language_of(text)
    if written is Language.LATVIAN and len(text.split()) < _FEWEST_TO_CHANGE:
        return before
    return written


def _share(words: list[str], known: frozenset[str]) -> float:
    """How much of a text is made of these words; nothing when there are too few to tell."""
    hits = sum(word in known for word in words)
    return hits / len(words) if hits >= _FEWEST else 0.0


@dataclass(frozen=True, slots=True)
class Gist:
    """A message in Latvian key words, and how much of it was known, 0 to 1."""

    text: str
    known: float


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Municipal words of other languages and what they are in Latvian; empty: a word to pass over."""

    entries: Mapping[Language, Wordings[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, written: Mapping[Language, Mapping[str, str]]) -> "Lexicon":
        """As editors wrote it: beginnings of words, longer wordings before shorter ones."""
        return cls(
            {
                language: Wordings.of(
                    (_plain(words, language), latvian)
                    for words, latvian in sorted(entries.items(), key=_length, reverse=True)
                )
                for language, entries in written.items()
            }
        )

    def gist(self, text: str, language: Language) -> Gist:
        """What a message says, in Latvian key words."""
        words = fold_loosely(_plain(text, language)).split()
        said: list[str] = []
        at = known = 0
        while at < len(words):
            length, latvian = self._entry(words, at, language)
            known += length
            said.append(latvian if length else _unknown(words[at], language))
            at += max(length, 1)
        meant = [word for word in dict.fromkeys(said) if word]
        return Gist(" ".join(meant), known / len(words) if words else 0.0)

    def _entry(self, words: list[str], at: int, language: Language) -> tuple[int, str]:
        """How many words the entry that stands here takes up, and what they are in Latvian."""
        known: Wordings[str] = self.entries.get(language, Wordings())
        return next(known.at(words, at), (0, ""))


def _length(entry: tuple[str, str]) -> tuple[int, int]:
    return len(entry[0].split()), len(entry[0])


def _unknown(word: str, language: Language) -> str:
    """Names of places stand in English sentences as they are; Russian words do not help the model."""
    return word if language is Language.ENGLISH else ""


def _plain(text: str, language: Language) -> str:
    """Russian in the few Latin letters that it is typed with when there are no others: `счёт` and `schjot` meet."""
    if language is not Language.RUSSIAN:
        return text
    folded = "".join(_LETTERS.get(letter, letter) for letter in text.casefold())
    for written, meant in _TYPED:
        folded = folded.replace(written, meant)
    return folded


_LETTERS = dict(
    zip(
        "абвгдезийклмнопрстуфхцчшщыэюяіїєґё",
        (*"abvgdeziiklmnoprstufhccs", "sc", "i", "e", "iu", "ia", "i", "i", "ie", "g", "e"),
        strict=True,
    )
) | {"ж": "z", "ь": "", "ъ": ""}
_TYPED = (("kh", "h"), ("ts", "c"), ("yo", "e"), ("jo", "e"), ("j", "i"), ("y", "i"), ("w", "v"))
