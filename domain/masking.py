"""Personal codes, card numbers and passwords are masked before anything is stored or logged."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Secret(StrEnum):
    """What must never be kept."""

    PERSONAL_CODE = "personal_code"
    CARD_NUMBER = "card_number"
    PASSWORD = "password"  # noqa: S105 - the name of a kind, not a password


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without secrets and the kinds that were taken out."""

    text: str
    found: tuple[Secret, ...]


_SHOWN = {
    Secret.PERSONAL_CODE: "[personas kods dzēsts]",
    Secret.CARD_NUMBER: "[kartes numurs dzēsts]",
    Secret.PASSWORD: "[parole dzēsta]",
}

_INVISIBLE = "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+"
_BESIDE_DIGITS = re.compile(rf"(?<=\d){_INVISIBLE}|{_INVISIBLE}(?=\d)")
"""Copied out of documents, or put there to hide a number from us: nobody sees them, so nobody misses them."""

_DASH = "[-\u2010-\u2015\u2212]"

# Latvian personal code: ddmmyy-xxxxx, or since 2017-07-01 32xxxx-xxxxx (Fizisko personu reģistra likums, 7. pants).
# Written like a date (12.11.50-12345) it needs the dash: a date with a meter reading behind it is none.
_PERSONAL_CODE = re.compile(
    rf"(?<!\d)(?:\d{{6}}(?:\s{{0,3}}{_DASH}\s{{0,3}}|[./_]|\s)?"
    rf"|\d{{2}}(?P<apart>[\s.])\d{{2}}(?P=apart)\d{{2}}\s?{_DASH}\s?)\d{{5}}(?!\d)"
)

_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_GROUPS = re.compile(rf"(?<!\d)\d+(?:(?:\s{{1,2}}|\s?(?:{_DASH}|[./])\s?)\d+)*")
"""Numbers in a row: a card's four groups, and before or behind them its date or whatever else was typed."""

_ISSUED = re.compile(r"4\d{12}|4\d{15}|4\d{18}|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|6\d{15,18}")
"""Beginnings and lengths of the cards that exist: in a row of numbers some would pass the check by chance."""

_MOST_GROUPS = 7
"""Groups of a card as people type it: four of four digits, or with the last one cut."""

_LONGEST_CARD = 19

_PASSWORD = re.compile(
    r"(?P<name>\b(?:parol[a-zē]*|password|пароль|pin(?:\s?[12])?(?:\s?kod[a-zs]*)?|cvc|cvv)\b"
    r"(?:\s+(?:ir|man|mana|bija)\b)*)"
    r"(?:(?P<sign>\s*[:=]\s*)(?!\[parole dzēsta\])\S+|(?P<dash>(?:\s*[-–])?\s*)(?=\S{0,80}\d)\S+)",
    re.IGNORECASE,
)


def mask(text: str) -> Masked:
    """Replace every secret by a word in brackets; the rest of the text stays as it was."""
    found: list[Secret] = []

    def taken(secret: Secret) -> str:
        found.append(secret)
        return _SHOWN[secret]

    def without_cards(row: re.Match[str]) -> str:
        shown = row[0]
        for start, end in reversed(list(_cards(row[0]))):
            shown = shown[:start] + taken(Secret.CARD_NUMBER) + shown[end:]
        return shown

    masked = _BESIDE_DIGITS.sub("", text)
    masked = _PASSWORD.sub(
        lambda m: m["name"] + (m["sign"] or m["dash"] or "") + taken(Secret.PASSWORD), masked
    )
    masked = _PERSONAL_CODE.sub(_masker(is_personal_code, Secret.PERSONAL_CODE, taken), masked)
    masked = _CARD.sub(_masker(is_card_number, Secret.CARD_NUMBER, taken), masked)
    masked = _GROUPS.sub(without_cards, masked)
    return Masked(masked, tuple(dict.fromkeys(found)))


def _masker(
    holds: Callable[[str], bool], secret: Secret, taken: Callable[[Secret], str]
) -> Callable[[re.Match[str]], str]:
    return lambda m: taken(secret) if holds(m[0]) else m[0]


def _cards(row: str) -> Iterator[tuple[int, int]]:
    """Where cards stand in a row of numbers; a card never ends within a group of digits."""
    groups = list(re.finditer(r"\d+", row))
    after = 0
    for first, group in enumerate(groups):
        if group.start() >= after and (length := _card_at(groups[first : first + _MOST_GROUPS])):
            after = groups[first + length - 1].end()
            yield group.start(), after


def _card_at(groups: list[re.Match[str]]) -> int:
    """How many of these groups make a card, from the first on; 0 when none do."""
    digits = ""
    for count, group in enumerate(groups, start=1):
        digits += group[0]
        if len(digits) > _LONGEST_CARD:
            break
        if _ISSUED.fullmatch(digits) and is_card_number(digits):
            return count
    return 0


def is_personal_code(text: str) -> bool:
    """Whether eleven digits have the shape of a Latvian personal code (a day and a month, or 32)."""
    digits = re.sub(r"\D", "", text)
    if digits.startswith("32"):
        return True
    day, month = int(digits[:2]), int(digits[2:4])
    return 1 <= day <= 31 and 1 <= month <= 12  # noqa: PLR2004 - days and months


def is_card_number(text: str) -> bool:
    """Whether the digits pass the Luhn check (ISO/IEC 7812-1) of payment cards."""
    digits = [int(c) for c in reversed(text) if c.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
