"""Asking outright for a person: "cilvēku, lūdzu, par lampu pie skolas", "savienojiet ar darbinieku".

Only a wish counts. A question about persons ("cik cilvēku dzīvo novadā", "kurš darbinieks atbild par ielām"), or one
that asks whom to call, is left to the model.
"""

import re
from dataclasses import dataclass

from domain.folding import fold, fold_loosely


def _any(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def _up_to(most: int, words: str) -> str:
    """So many of these words, each with the space behind it, or none."""
    return rf"(?:{_any(words)} ){{0,{most}}}"


_BETWEEN = _up_to(
    4,
    "es man mani mums mus tev jums ludzu tagad tulit uzreiz tomer labak vienkarsi tikai loti gan jau atkal ,",
)
"""What may stand between the parts of a wish."""

_WHICH = _up_to(
    3,
    "kadu kaut no dzivu istu realu normalu parastu jusu musu to atbildigo kompetentu zinosu"
    r" pasvaldibas novada domes kac klientu(?:\sapkalposanas)?\scentra dzivs ists kads",
)
_ACCUSATIVE = _any("cilveku darbinieku darbinieci operatoru konsultantu")
_NOMINATIVE = _any("cilveks darbinieks darbiniece operators konsultants")
_PERSON = f"{_WHICH}(?:{_ACCUSATIVE}|{_NOMINATIVE})"
_WITH = f"{_WHICH}(?:{_ACCUSATIVE}|specialistu)"
_TO = _up_to(2, "kadam dzivam istam jusu pasvaldibas atbildigajam kompetentam") + _any(
    "cilvekam darbiniekam operatoram konsultantam specialistam"
)

_TALK = _any("runat parunat parunaties aprunaties sarunaties sazinaties sarakstities komunicet")
_WANT = "(?:(?:es|man|mums) )?" + _any(
    "gribu gribetu gribam gribas grib velos veletos velamies vajag vajadzetu vajadzigs vajadziga"
    " nepieciesams prasu pieprasu ludzu laujiet"
)
_CAN = "(?:vai )?(?:es )?" + _any("var varu varam varetu drikst drikstu")
_CONNECT = _any(
    "savieno savienojiet savienot pievieno pievienojiet piesledz piesledziet parsledz parsledziet"
    " sasledz sasledziet"
)
_CALL = _any("pasauc pasauciet dod dodiet iedod iedodiet pieaiciniet")
_PASS_ON = _any(
    "nodod nododiet nodot parsuti parsutiet parsutit nosuti nosutiet pajauta pajautajiet paprasi"
    " paprasiet pasaki pasakiet"
)
_ANSWER = _any("atbild atraksta uzraksta piezvana atzvana")

_BEGINS = "^" + _up_to(4, r"labdien labrit labvakar sveiki sveika cau ludzu , \.")
_WHO = r"(?:kas|kam|ko|kurs|kura|kuram|kurai|kuru|kuri|kuras|kuriem|kads|kadu)\b"
_NOT_WHO = f"(?!(?: ,)? {_WHO})"
"""In "vajag cilvēku, kas palīdz ar malku" somebody else is meant."""

_ENDS = rf"\b{_NOT_WHO}(?=$| [.,]| {_any('ludzu par del saistiba jautajuma jo un tagad tulit uzreiz nevis')}\b)"
"""What may follow a bare person: "vajag darbinieku sarakstu" asks for a list."""

_WISHES = tuple(
    re.compile(wish)
    for wish in (
        rf"\b{_WANT} {_BETWEEN}(?:{_TALK} {_BETWEEN}ar {_WITH}|ar {_WITH} {_BETWEEN}{_TALK})\b",
        rf"(?:^|(?<=[.,] )){_CAN} {_BETWEEN}(?:{_TALK} {_BETWEEN}ar {_WITH}|ar {_WITH} {_BETWEEN}{_TALK})\b",
        rf"{_BEGINS}(?:{_TALK} ar {_WITH}|ar {_WITH} {_TALK})\b",
        rf"\b(?:{_WANT} )?{_CONNECT} {_BETWEEN}(?:(?:ar|pie|uz) )?{_WITH}\b",
        rf"\b{_CALL} {_BETWEEN}{_PERSON}{_ENDS}",
        rf"\b{_WANT} {_BETWEEN}{_PERSON}{_ENDS}",
        rf"\b(?:{_WANT} )?{_PASS_ON} {_up_to(4, 'manu musu so to sis jautajumu zinu ludzu talak')}{_TO}\b",
        rf"(?:{_BEGINS}|\b{_WANT} {_BETWEEN}){_any('jautat pajautat rakstit uzrakstit')} {_BETWEEN}{_TO}\b",
        rf"\b{_WANT} {_BETWEEN}uzdot (?:\w+ )?jautajumu {_BETWEEN}{_TO}\b",
        rf"\blai {_up_to(1, 'man mums vinai vinam')}"
        rf"(?:{_ANSWER} {_up_to(1, 'man mums')}{_PERSON}|{_PERSON} {_ANSWER})\b",
        rf"{_BEGINS}{_PERSON}\b(?=$| \.| (?:, )?ludzu\b)",
        rf"{_BEGINS}{_WHICH}(?:{_ACCUSATIVE}|cilveks)\b{_NOT_WHO}(?= [,]| par\b)",
        f"^{_any('человек оператор human operator person')}$",
    )
)

_ASKING = _words("ja kad kur kam kas kurs kura kuri kuru cik cikos kapec ka vai kads kada kadi")
"""Before a wish, in its clause, they make it a question: "kur var runāt ar cilvēku", "ja vajag cilvēku"."""

_ASKS_WHERE = re.compile(
    r"\b(?:kam|kur|ka|kads|kada|kadu|kuru|kurs|kurieni)(?: \w+){0,2}"
    r" (?:(?:pie|sa)?zvan|jazvan|telefon|talrun|numur|adres|griez|versies|ja?iet\b|ja?brauc|ja?rakst)"
    r"|\bklatien"
)
"""Somebody asks how to reach the person otherwise, and that the assistant may know."""

_POLITE = (
    r"l[uū]dzu|paldies|labdien|labr[iī]t|labvakar|sveiki|sveika|[cč]au|un|bet|jo|tagad|t[uū]l[iī]t|uzreiz|n[eē]"
    r"|(?:es\s+)?(?:esmu|mani\s+sauc|dz[iī]voju)(?!\s+bez)(?:\s+\w+){1,2}(?=[.,!?\n]|$)"
)
"""Greetings and who writes: "Labdien, esmu no Elejas, …"."""

_BEFORE = re.compile(rf"^(?:(?:{_POLITE})(?!\w)|[\s,.;:!?–—\"”“)-])+", re.IGNORECASE)
_BEHIND = re.compile(
    r"(?:(?<!\w)(?:l[uū]dzu|paldies|un|bet|jo|tagad|t[uū]l[iī]t|uzreiz)|[\s,.;:!–—\"„“(-])+$",
    re.IGNORECASE,
)
_SAYS_NOTHING = _words(
    "par to so tam sim tiem tas sis ta pasu pats manu savu musu mana sava jusu atbildi pieteikumu"
    " lietu lieta jautajumu jautajuma problemu saistiba ar es man mums tev jums nevis ne bet robotu"
    " robots robotam botu bots masinu masina datoru dators datorprogrammu automatu automats programmu"
    " cilveku cilveks cilvekam dzivu darbinieku darbiniekam atrak atri drizak tiesi te seit vel velreiz"
    " ludzu paldies nu ok labi ja un ka lai no gribu negribu vajag runat parunat runasu nerunasu atbild"
    " atbildet kads kadu steidzami tu tevi neko nesaproti nesaprotu nesaprot nepalidz nepalidzi"
    " pasvaldibas"
)
"""Words that do not say what it is about."""

_TOKEN = re.compile(r"\w+|[^\w\s]+|\n+")
_SENTENCE_ENDS, _PAUSES = frozenset(".!?;:\n…"), frozenset(",-–—(")


def _mark(written: str) -> str:
    """How a mark is kept; a quotation mark or a picture is not."""
    if not _SENTENCE_ENDS.isdisjoint(written):
        return "."
    return "" if _PAUSES.isdisjoint(written) else ","


def person_wished(text: str) -> str | None:
    """What a text that asks outright for a person is about, in its own words; empty when it does not say.

    None for a text that does not ask for one.
    """
    said = _Said.of(text)
    if _ASKS_WHERE.search(said.folded):
        return None
    found = (found for wish in _WISHES for found in wish.finditer(said.folded))
    wished = next((one for one in found if not _is_question(said.folded, one)), None)
    return None if wished is None else _matter(*said.around(wished))


@dataclass(frozen=True, slots=True)
class _Said:
    """A text and its folded words, one space between; "." stands for what ends a sentence, "," for what pauses."""

    text: str
    folded: str
    places: tuple[tuple[int, int, int], ...]
    """Where each word begins among the folded ones, and where it begins and ends in the text."""

    @classmethod
    def of(cls, text: str) -> "_Said":
        words: list[str] = []
        places: list[tuple[int, int, int]] = []
        length = 0
        for token in _TOKEN.finditer(text):
            word = fold_loosely(token.group()) or _mark(token.group())
            if not word:
                continue
            words.append(word)
            places.append((length, *token.span()))
            length += len(word) + 1
        return cls(text, " ".join(words), tuple(places))

    def around(self, found: re.Match[str]) -> tuple[str, str]:
        """What stands before and behind something that was found in the folded words."""
        taken = [place for place in self.places if found.start() <= place[0] < found.end()]
        return self.text[: taken[0][1]], self.text[taken[-1][2] :]


def _is_question(folded: str, wish: re.Match[str]) -> bool:
    """Whether it is asked, not wished, in the clause of a wish; "vai varu" wishes all the same."""
    clause = re.split("[.,]", folded[: wish.start()])[-1].split()
    return not _ASKING.isdisjoint(clause)


def _matter(before: str, behind: str) -> str:
    """What stands around a wish, without politeness; empty when that says nothing."""
    parts = (_BEHIND.sub("", _BEFORE.sub("", part)) for part in (before, behind))
    matter = ", ".join(part for part in parts if part)
    return matter if set(fold(matter).split()) - _SAYS_NOTHING else ""
