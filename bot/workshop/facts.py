"""Facts out of all content files: whose phone, e-mail or address is named where, and who names another one."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations, groupby

from bot.content.reading import Files, Read
from bot.workshop.passages import Passage, passages
from domain.errors import ContentProblem
from domain.folding import fold

_LINK = re.compile(r"\]\([^)]*\)|https?://\S+")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LONG = re.compile(r"(?<![\d.,/@-])(?:\+371[ ]?)?([26][ ]?(?:\d[ ]?){6}\d)(?![\d.,]?\d)")
_SHORT = re.compile(r"(?<![\d.,/-])(?!(?:19|20)\d\d)(\d{4})(?![\d/]|[.,]\d| ?(?:EUR|€))")
_NAME = r"[A-ZĀČĒĢĪĶĻŅŠŪŽ]\w+"
_STREET = re.compile(rf"\b({_NAME}(?: {_NAME})?) iel(?:a|ā|as|u) (\d+\w?(?:[/-]\d+\w?)?)")
_DEPARTMENT_EMAIL = re.compile(r"parvald|nodala|centrs|bibliotek|skola")
"""Such an address is a department's own, whoever is named beside it."""

_CALLS = re.compile(r"tālr|telefon|zvan|numur|\bSMS\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[A-ZĀČĒĢĪĶĻŅŠŪŽ*])")
_ONLY_A_SOURCE = re.compile(r"\W*(?:mājas)?(?:lap|vietn|portāl|saistoš|noteikum)", re.IGNORECASE)
_SAME_EMAIL = 0.95
"""How alike two e-mail addresses are that differ by a slip."""

_KINDS = {"phone": "tālrunis", "sms": "SMS numurs", "email": "e-pasts", "address": "adrese"}
_HEADS = "pārvald|nodaļ|inspekcij|aģentūr|bibliotēk|dienest"
_ALIASES = {
    "JNKU": r"JNKU|Jelgavas novada KU\b|Jelgavas novada komunāl\w+ uzņēm\w+",
    "Jelgavas novada pašvaldība": r"(?:Jelgavas novada )?pašvaldīb\w*(?: central\w+ administrācij\w+)?"
    r"|central\w+ administrācij\w+|\bdom(?:e|ē|ei)\b(?!@)",
    "Būvvalde": r"būvvald\w*",
    "CleanR": r"CleanR",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """What one line says of somebody. `whom` is empty when nobody is named near."""

    whom: str
    kind: str
    value: str
    shown: str
    at: Passage
    block: int = 0
    """Lines without an empty one between them have the same number."""


def facts(files: Files) -> list[Fact]:
    """Every fact of every file."""
    bodies = _Bodies(files)
    found: list[Fact] = []
    for _, lines in groupby(passages(files), key=lambda p: (p.file, p.subject)):
        found += _said(list(lines), bodies)
    return [*found, *_listed(files, bodies)]


def contradictions(files: Files) -> Iterator[ContentProblem]:
    """Two values for one body that never stand side by side, and numbers one digit away from a known one."""
    known = facts(files)
    told: set[tuple[str, int]] = set()
    for fact, others in _opposed(known):
        if (fact.at.file, fact.at.line) not in told:
            told.add((fact.at.file, fact.at.line))
            yield fact.at.problem(_opposed_words(fact, others))
    for fact, other in _slips(known):
        if (fact.at.file, fact.at.line) not in told:
            yield fact.at.problem(
                f"{fact.shown} ir ļoti līdzīgs tam, kas rakstīts citur: {other.shown} "
                f"({other.at.file}:{other.at.line}); pārbaudiet, vai tā nav kļūda"
            )


def _opposed_words(fact: Fact, others: Sequence[Fact]) -> str:
    first, more = others[0], len(others) - 1
    where = f"{first.at.file}:{first.at.line}" + (f" un vēl {more} vietās" if more > 1 else "")
    if more == 1:
        where += f" un {others[1].at.file}:{others[1].at.line}"
    return (
        f"{fact.whom}: {_KINDS[fact.kind]} šeit ir {fact.shown}, bet citur – {first.shown} ({where}); "
        "pārbaudiet, kurš ir pareizs"
    )


def _opposed(known: Sequence[Fact]) -> Iterator[tuple[Fact, list[Fact]]]:
    """Facts that stand against a value said more often, or as often but in another file."""
    by_whom: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in known:
        if fact.whom:
            by_whom[fact.whom, fact.kind].append(fact)
    for same in by_whom.values():
        by_value: dict[str, list[Fact]] = defaultdict(list)
        for fact in same:
            by_value[fact.value].append(fact)
        ranked = sorted(by_value.values(), key=lambda said: -len({one.at.file for one in said}))
        for place, said in enumerate(ranked[1:], start=1):
            against = [other for other in ranked[:place] if not _side_by_side(said, other)]
            if len(against) == place:
                yield from ((fact, against[0]) for fact in said)


def _side_by_side(one: Sequence[Fact], other: Sequence[Fact]) -> bool:
    """Whether some text names both, so that its author knew of both; almost equal ones only in one paragraph."""
    near = _nearly(one[0].value, other[0].value) or _on_one_street(one[0], other[0])

    def places(said: Sequence[Fact]) -> set[tuple[str, str, int]]:
        return {(f.at.file, f.at.subject, f.block if near else 0) for f in said}

    return bool(places(one) & places(other))


def _slips(known: Sequence[Fact]) -> Iterator[tuple[Fact, Fact]]:
    """Numbers and e-mails nearly like one that is said as often or more often, and of no other body."""
    by_value: dict[str, list[Fact]] = defaultdict(list)
    for fact in known:
        if fact.kind in ("phone", "sms", "email"):
            by_value[fact.value].append(fact)
    for one, other in combinations(by_value, 2):
        if _nearly(one, other):
            rare, known_one = sorted((by_value[one], by_value[other]), key=len)
            yield from (
                (fact, known_one[0])
                for fact in rare
                if not _side_by_side(rare, known_one) and not _two_bodies(rare, known_one)
            )


def _two_bodies(one: Sequence[Fact], other: Sequence[Fact]) -> bool:
    """Whether each value has owners of its own: neighbours in a telephone exchange have neighbouring numbers."""
    mine, theirs = {f.whom for f in one}, {f.whom for f in other}
    return "" not in mine | theirs and not mine & theirs


def _on_one_street(one: Fact, other: Fact) -> bool:
    return one.kind == other.kind == "address" and one.value.split()[0] == other.value.split()[0]


def _nearly(one: str, other: str) -> bool:
    if "@" in one and "@" in other:
        return SequenceMatcher(a=one, b=other, autojunk=False).ratio() >= _SAME_EMAIL
    return _one_digit_apart(one, other)


def _one_digit_apart(one: str, other: str) -> bool:
    """One digit another, or two neighbours exchanged; for numbers only."""
    if len(one) != len(other) or not (one + other).isdecimal():
        return False
    places = [n for n, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(places) == 2:  # noqa: PLR2004 - a pair
        first, second = places
        return second == first + 1 and one[first] == other[second] and one[second] == other[first]
    return len(places) == 1


# ---- reading


class _Bodies:
    """Who may be meant: centres and access points by name, companies, departments, the municipality."""

    def __init__(self, files: Files) -> None:
        named: dict[str, str] = {}
        if files.centres:
            named = {c.name: c.id for c in files.centres.value.centres if c.kind == "centre"}
        if files.access_points:
            named |= {p.name: p.id for p in files.access_points.value.access_points}
        self._named = [(name, re.compile(_any_case(name), re.IGNORECASE)) for name in named]
        self._named += [(who, re.compile(alias, re.IGNORECASE)) for who, alias in _ALIASES.items()]
        self._department = re.compile(rf"\b[A-ZĀČĒĢĪĶĻŅŠŪŽ]\w+(?:s|u)\s+(?:{_HEADS})\w*")
        self._company = re.compile(r"(?:SIA|AS|uzņēm\w+)\s+„([^”]+)”")

    def mentions(self, text: str) -> list[tuple[int, str]]:
        """Who is named at which letter, in order; a page that is only the source of a fact is nobody."""
        found: dict[int, tuple[int, str]] = {}
        for who, pattern in self._named:
            for match in pattern.finditer(text):
                found.setdefault(match.start(), (match.end(), who))
        for match in self._department.finditer(text):
            words = fold(match.group()).split()
            found.setdefault(match.start(), (match.end(), " ".join(w[:7] for w in words)))
        for match in self._company.finditer(text):
            found.setdefault(match.start(), (match.end(), match[1]))
        return [
            (start, who)
            for start, (end, who) in sorted(found.items())
            if not _ONLY_A_SOURCE.match(text[end:])
        ]


def _any_case(name: str) -> str:
    """A name in any of its cases: `Elejas pagasta pārvaldē` is `Elejas pagasta pārvalde`."""
    words = name.removeprefix("Jelgavas novada ").split()
    stems = [re.escape(w[:-1] if len(w) > 4 else w) + r"\w*" for w in words]  # noqa: PLR2004 - shorter ones do not bend
    return r"\b" + r"\s+".join(stems)


def _said(lines: list[Passage], bodies: _Bodies) -> Iterator[Fact]:
    """Facts of one text: of whom the sentence names before, else the heading above, else the only one named."""
    texts = [_LINK.sub("]", line.text).replace("**", "") for line in lines]
    named = {who for text in (lines[0].title, *texts) for _, who in bodies.mentions(text)}
    block, carried = 0, named.pop() if len(named) == 1 else ""
    for line, text in zip(lines, texts, strict=True):
        block += not text.strip()
        for sentence in _SENTENCE.split(text):
            yield from _of_sentence(sentence, line, bodies, block, carried)
        if text.rstrip().endswith(":"):
            last = bodies.mentions(text)
            carried = last[-1][1] if last else carried


def _of_sentence(
    text: str, line: Passage, bodies: _Bodies, block: int, carried: str
) -> Iterator[Fact]:
    mentions = bodies.mentions(text)
    for start, kind, value, shown in _values(text):
        before = [who for at, who in mentions if at < start]
        whom = before[-1] if before else carried
        if kind == "email" and _DEPARTMENT_EMAIL.search(value):
            whom = ""
        yield Fact(whom, kind, value, shown, line, block)


def _values(text: str) -> Iterator[tuple[int, str, str, str]]:
    """Where, what kind, the value as it is compared and as it is written."""
    for match in _EMAIL.finditer(text):
        yield match.start(), "email", match.group().lower(), match.group()
    without = _EMAIL.sub(lambda m: " " * len(m.group()), text)
    for match in _LONG.finditer(without):
        kind = "sms" if re.search(r"\bSMS\b", without[: match.start()]) else "phone"
        yield match.start(), kind, match[1].replace(" ", ""), match.group().strip()
    if _CALLS.search(without):
        for match in _SHORT.finditer(without):
            yield match.start(), "phone", match[1], match[1]
    for match in _STREET.finditer(without):
        yield match.start(), "address", f"{fold(match[1])[:4]} {match[2].lower()}", match.group()


def _listed(files: Files, bodies: _Bodies) -> Iterator[Fact]:
    """Facts that have a field of their own: of centres and access points, and a topic's phone."""
    if files.centres:
        read, general = files.centres, files.centres.value.fallback_phone
        yield from _field("", "phone", general, read.file, read.text.line_of(("fallback_phone",)))
        for number, centre in enumerate(read.value.centres):
            mentions = bodies.mentions(centre.name)
            whom = mentions[-1][1] if mentions else centre.name
            yield from _entry(read, ("centres", number), centre, whom)
        named = {centre.id: centre.name for centre in read.value.centres}
        yield from _phones_of_topics(files, named, general)
    if files.access_points:
        for number, point in enumerate(files.access_points.value.access_points):
            yield from _entry(files.access_points, ("access_points", number), point, point.name)


def _entry(
    read: Read[object], path: tuple[str | int, ...], entry: object, whom: str
) -> Iterator[Fact]:
    for kind in ("phone", "email", "address"):
        value = getattr(entry, kind, None)
        yield from _field(whom, kind, value, read.file, read.text.line_of((*path, kind)))


def _phones_of_topics(files: Files, named: Mapping[str, str], general: str) -> Iterator[Fact]:
    """A topic whose id begins with a centre's gives that centre's phone, unless it gives the general one."""
    for topic in files.topics:
        phone, front = topic.front.value.phone, topic.front
        own = (name for id_, name in named.items() if topic.stem.startswith(f"{id_}-"))
        whom = next(own, "") if phone != general else ""
        yield from _field(whom, "phone", phone, front.file, front.text.line_of(("phone",)))


def _field(whom: str, kind: str, value: str | None, file: str, line: int) -> Iterator[Fact]:
    if not value:
        return
    at = Passage(file, line, value, f"field:{line}")
    plain = value.removeprefix("+371").lower()
    if kind == "address":
        for match in _STREET.finditer(value):
            yield Fact(whom, kind, f"{fold(match[1])[:4]} {match[2].lower()}", match.group(), at)
    elif len(plain) > 3:  # noqa: PLR2004 - 112 and 110 are nobody's own
        yield Fact(whom, kind, plain, value, at)
