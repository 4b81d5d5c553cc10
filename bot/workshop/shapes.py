"""Numbers and days in texts that cannot be: a phone with a digit too few, the 31st of February, a year far away."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain

from bot.content.reading import Files, Read
from bot.workshop.passages import entries, passages, signs
from domain.errors import ContentProblem

_LINK = re.compile(r"\]\([^)]*\)|https?://\S+")
_PHONE_SHAPE = re.compile(r"(?<![\d.,/-])(?:\+?371[ ]?)?\d(?:[ -]?\d){6,8}(?![\d.,]?\d)")
_PHONE = re.compile(r"(\+?371)?[2689]\d{7}")
_CALLS = re.compile(r"tālr|zvan|telefon|\bSMS\b", re.IGNORECASE)
_CALLED = re.compile(
    r"(?:tālr\w*\.?|zvan\w*|telefon\w*)[\s:*]+(?:uz\s+|ir\s+|pa\s+)?\**(\d{5,6})\b",
    re.IGNORECASE,
)
_SHORT_LINE = re.compile(r"11[68]\d{2,3}|18\d{2,3}")
"""Numbers of public services with five or six digits, such as 116111."""

_WRITTEN = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")
_ISO = re.compile(r"(?<![\d-])(\d{4})-(\d{2})-(\d{2})(?![\d-])")
_MONTHS = (
    *("janvār", "februār", "mart", "aprīl", "maij", "jūnij"),
    *("jūlij", "august", "septembr", "oktobr", "novembr", "decembr"),
)
_OF_MONTH = re.compile(rf"(?<![\d.,])(\d{{1,2}})\.\s*({'|'.join(_MONTHS)})\w*", re.IGNORECASE)
_LEAP_YEAR = 2028
_FAR = timedelta(days=6 * 365)
"""Nobody promises what will be true in six years."""


def misshapen_phones(files: Files) -> Iterator[ContentProblem]:
    """Numbers beside words of calling that cannot be a phone."""
    for line in chain(passages(files), signs(files)):
        text = _LINK.sub("", line.text).replace("**", "")
        for found in chain(_too_many_or_few(text), _too_short(text)):
            yield line.problem(
                f"„{found}” neizskatās pēc tālruņa numura: Latvijā tajā ir astoņi cipari; pārbaudiet"
            )


def _too_many_or_few(text: str) -> Iterator[str]:
    if _CALLS.search(text):
        for found in _PHONE_SHAPE.findall(text):
            if not _PHONE.fullmatch(re.sub(r"[ -]", "", found)):
                yield found


def _too_short(text: str) -> Iterator[str]:
    yield from (n for n in _CALLED.findall(text) if not _SHORT_LINE.fullmatch(n))


def impossible_days(files: Files) -> Iterator[ContentProblem]:
    """Days in texts that no calendar has."""
    for line in passages(files):
        for found in _impossible(_LINK.sub("", line.text)):
            yield line.problem(f"„{found}”: tādas dienas kalendārā nav; pārbaudiet")


def _impossible(text: str) -> Iterator[str]:
    for match in _WRITTEN.finditer(text):
        if not _is_day(int(match[3]), int(match[2]), int(match[1])):
            yield match.group()
    for match in _ISO.finditer(text):
        if not _is_day(int(match[1]), int(match[2]), int(match[3])):
            yield match.group()
    for match in _OF_MONTH.finditer(text):
        month = _MONTHS.index(match[2].lower()) + 1
        if not _is_day(_LEAP_YEAR, month, int(match[1])):
            yield match.group()


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def doubtful_dates(files: Files, today: date) -> Iterator[ContentProblem]:
    """Fields whose date cannot be meant: compared in the future, valid for ever, over before it begins."""
    for read, path, entry in _dated(files):
        verified = getattr(entry, "verified_on", None)
        if verified is not None and verified > today:
            message = (
                f"verified_on: {verified} vēl nav pienācis; ierakstiet dienu, kad salīdzinājāt"
            )
            yield read.problem(message, *path, "verified_on")
        until = entry.valid_until  # type: ignore[attr-defined] # every dated entry has one
        if until > today + _FAR:
            message = f"valid_until: {until} ir pārāk tālu; pārbaudiet gadu"
            yield read.problem(message, *path, "valid_until")
        starts = getattr(entry, "starts", None)
        if starts is not None and until < starts.date():
            message = (
                f"valid_until: {until} ir pirms sākuma ({starts:%Y-%m-%d}); pārbaudiet datumus"
            )
            yield read.problem(message, *path, "valid_until")


def _dated(files: Files) -> Iterator[tuple[Read[object], tuple[str | int, ...], object]]:
    for topic in files.topics:
        yield topic.front, (), topic.front.value
    yield from entries(files)
