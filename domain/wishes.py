"""Asking outright for a person: "cilvēku, lūdzu, par lampu pie skolas", "savienojiet ar darbinieku".

Only a wish counts. A question about persons ("cik cilvēku dzīvo novadā", "kurš darbinieks atbild par ielām"), or one
that asks whom to call, is left to the model: in doubt "gribu …" gets a person, and a question the model. What the wish
is about counts only when it is told in so many words; a sigh, a greeting or a name is no matter.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import dropwhile, pairwise

from domain.folding import fold_loosely


def _any(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


def _words(listed: str) -> frozenset[str]:
    return frozenset(fold_loosely(listed).split())


def _up_to(most: int, words: str) -> str:
    """So many of these words, each with the space behind it, or none."""
    return rf"(?:{_any(words)} ){{0,{most}}}"


_FILLERS = "es man mani mums mus tev jums ludzu tagad tulit uzreiz tomer labak vienkarsi tikai loti gan jau atkal tacu"
_FILLING = _words(_FILLERS)
_BETWEEN = _up_to(4, f"{_FILLERS} ,")
"""What may stand between the parts of a wish."""

_WHO = r"(?:kas|kam|ko|kurs|kura|kuram|kurai|kuru|kuri|kuras|kuriem|kads|kadu)\b"

_WHICH = _up_to(
    3,
    "kadu kaut no dzivu istu realu normalu parastu jusu musu to atbildigo kompetentu zinosu"
    r" pasvaldibas novada domes kac klientu(?:\sapkalposanas)?\scentra dzivs ists kads",
)
_ACCUSATIVE = _any("cilveku darbinieku darbinieci operatoru konsultantu")
_NOMINATIVE = _any("cilveks darbinieks darbiniece operators konsultants")
_PERSON = f"{_WHICH}(?:{_ACCUSATIVE}|{_NOMINATIVE})"
_SOMEBODY = f"{_WHICH}(?:{_ACCUSATIVE}|specialistu)"
_WITH = f"{_WHICH}(?:{_ACCUSATIVE}|{_any('specialistu darbiniekiem operatoriem konsultantiem specialistiem')})"
_ASKED_OF = _any(
    "ludzu par ka lai vai kad kapec kur cik jo un nevis tagad manu musu savu so to zinu"
)
_TO = (
    _up_to(2, "kadam dzivam istam jusu pasvaldibas atbildigajam kompetentam")
    + rf"(?:{_any('darbiniekam operatoram konsultantam specialistam')}"
    + rf"|cilvekam\b(?=$| [.,]| (?:{_WHO}|{_ASKED_OF}\b)))"
)
"""In "nosūtiet cilvēkam palīdzību" somebody else is meant."""

_TALK = _any("runat parunat parunaties aprunaties sarunaties sazinaties sarakstities komunicet")
_WANT = "(?:(?:es|man|mums) )?" + _any(
    "gribu gribetu gribam gribas grib velos veletos velamies vajag vajadzetu vajadzigs vajadziga"
    " nepieciesams prasu pieprasu ludzu laujiet"
)
_EMAIL = "e , past|epast"
_HOW = f"(?:telefon|brivdien|sestdien|svetdien|darba laik|atalinati|krieviski|{_EMAIL})"
_NOT_HOW = rf"(?![^.,]*(?<!\bpar )\b{_HOW})"
"""Behind "vai varu runāt ar darbinieku" such a word asks how and when staff can be reached."""

_WILL = re.compile(f"(?:(?:es|man|mums) )?{_any('gribu gribetu gribam velos veletos velamies')} ")
"""A want that nobody has to be asked about; "vajag" may be a question."""

_CAN = "(?:vai )?(?:es )?" + _any("var varu varam varetu drikst drikstu")
_YOU = _up_to(2, "jus tu kads ludzu ,")
_CAN_YOU = f"(?:(?:vai )?{_YOU}{_any('var vari varat varetu varesiet')} {_NOT_HOW}{_BETWEEN})?"
"""Asked of the assistant, with what it is to do behind: "vai jūs varētu savienot …"."""

_CONNECT = _any(
    "savieno savienojiet savienot pievieno pievienojiet pievienot piesledz piesledziet pieslegt"
    " parsledz parsledziet parslegt sasledz sasledziet saslegt"
)
_CALL = _any("pasauc pasauciet pasaukt dod dodiet dot iedod iedodiet iedot pieaiciniet pieaicinat")
_PASS_ON = _any(
    "nodod nododiet nodot parsuti parsutiet parsutit nosuti nosutiet pajauta pajautajiet paprasi"
    " paprasiet pasaki pasakiet"
)
_ANSWER = _any("atbild atraksta uzraksta piezvana atzvana")

_GREETS = r"labdien labrit labvakar sveiki sveika cau ludzu , \."
_BEGINS = "^" + _up_to(4, _GREETS)
_BEGINS_REPLYING = "^" + _up_to(4, f"{_GREETS} paldies labi nu ne")
"""Before "cilvēku" only: "paldies, darbiniece" thanks one."""

_TO_SPEAK = r"(?:\w+ ){0,2}(?:pa|iz|ap|no)?(?:runa|jauta|stast|skaidr|atbild|uzdo)"
_NOT_ELSE = rf"(?!(?: ,)? (?:{_WHO}|lai (?!{_TO_SPEAK})))(?! par \w+(?:nieku|nieci)\b)"
"""Somebody else is meant in "vajag cilvēku, kas palīdz ar malku", "…, lai nopļautu zāli", "… par sētnieku"."""

_AT_ONCE = _any("tagad tulit uzreiz steidzami atri atrak")
_ENDS = (
    rf"\b{_NOT_ELSE}(?=$| [.,]"
    rf"| (?:un (?!\w+u\b)\w+|{_AT_ONCE}|{_any('ludzu par del saistiba jautajuma jo nevis lai sodien')})\b)"
)
"""What may follow a bare person: "vajag darbinieku sarakstu" asks for a list, and "un mašīnu" for help at home."""

_TALK_WITH = rf"(?:{_TALK} {_BETWEEN}ar {_WITH}|ar {_WITH} {_BETWEEN}{_TALK})\b"
_WISHES = tuple(
    re.compile(wish)
    for wish in (
        rf"\b{_WANT} {_BETWEEN}{_TALK_WITH}",
        rf"(?:^|(?<=[.,] )){_CAN} {_BETWEEN}{_TALK_WITH}{_NOT_HOW}",
        rf"{_BEGINS}(?:{_TALK} ar {_WITH}|ar {_WITH} {_TALK})\b",
        rf"\b(?:{_WANT} )?{_CAN_YOU}{_CONNECT} {_BETWEEN}(?:{_any('ar pie uz')} {_WITH}\b|{_SOMEBODY}{_ENDS})",
        rf"\b{_CAN_YOU}{_CALL} {_BETWEEN}{_PERSON}{_ENDS}",
        rf"\b{_WANT} {_BETWEEN}(?:{_PERSON}|ar {_WITH}){_ENDS}",
        rf"\b(?:{_WANT} )?{_PASS_ON} {_up_to(4, 'manu musu so to sis jautajumu zinu ludzu talak')}{_TO}\b",
        rf"(?:{_BEGINS}|\b{_WANT} {_BETWEEN}){_any('jautat pajautat rakstit uzrakstit')} {_BETWEEN}{_TO}\b",
        rf"\b{_WANT} {_BETWEEN}uzdot (?:\w+ )?jautajumu {_BETWEEN}{_TO}\b",
        rf"\blai {_up_to(1, 'man mums vinai vinam')}"
        rf"(?:{_ANSWER} {_up_to(1, 'man mums')}{_PERSON}|{_PERSON} {_up_to(1, 'man mums')}{_ANSWER})\b(?! par sav)",
        rf"{_BEGINS}{_PERSON}\b(?=$| \.| (?:, )?ludzu\b)",
        rf"{_BEGINS}{_WHICH}(?:{_ACCUSATIVE}|cilveks)\b{_NOT_ELSE}(?= [,]| par\b)",
        rf"{_BEGINS_REPLYING}{_WHICH}{_ACCUSATIVE} {_BETWEEN}{_any('vajag vajadzetu gribu gribetu velos')}{_ENDS}",
        rf"{_BEGINS_REPLYING}{_WHICH}{_ACCUSATIVE}\b(?=$| \.| (?:, )?ludzu\b)",
        f"^{_any('человек оператор human operator person')}$",
    )
)

_ASKING = _words("ja kad kur kam kas kurs kura kuri kuru cik cikos kapec ka vai kads kada kadi")
"""Before a wish, in its clause, they make it a question: "kur var runāt ar cilvēku", "ja vajag cilvēku"."""

_OWN_CLAUSE = 2
"""Words from which a question before "gribu" stands for itself: "kad būs siltums gribu runāt ar cilvēku"."""

_ASKS_WHERE = re.compile(
    r"\b(?:kam|kur|ka|kads|kada|kadu|kuru|kurs|kurieni)(?: \w+){0,2}"
    r" (?:(?:pie|sa)?zvan|jazvan|telefon|talrun|numur|adres|griez|versies"
    rf"|{_EMAIL}|(?<!\bka )(?:iet|rakstit)\b|jaiet\b|braukt|jabrauc|jarakst)"
    r"|\bklatien"
)
"""Somebody asks how to reach the person otherwise, and that the assistant may know."""

_POLITE = _words(
    "lūdzu paldies labdien labrīt labvakar sveiki sveika čau ei hei un bet jo tagad tūlīt uzreiz nē"
)
"""Cut off where a matter begins and ends."""

_INTRODUCES = re.compile(
    r"(?:(?:te|seit) )?(?:(?:esmu(?! bez\b| \w+(?:jis|jusi)\b)|dzivoju)(?: \w+){1,2}"
    r"|(?:mani sauc|mans vards(?: ir)?|varda)(?: \w+){1,3})(?: no(?: \w+){1,2})?"
)
"""A clause that says who writes: "mani sauc Ilze Bērziņa no Elejas"; "esmu bez apkures" is a matter."""

_SAYS_NOTHING = (
    _POLITE
    | _words(  # politeness
        "jau iepriekš sveiks halo hallo ok okei labi nu jā aha ak ja iespējams vēlams pateicos atvainojiet piedodiet"
        " jauku dienu cienījamie godātie"
    )
    | _words(  # time
        "ātrāk ātri drīzāk steidzami šodien rīt rītdien vakar šovakar šorīt beidzot vēl vēlreiz atkal ilgi laiks laiku"
        " laika reizi reizes stundu stundas minūtes dienas dienām nedēļu"
    )
    | _words(  # persons and machines
        "cilvēks cilvēku cilvēkam cilvēki cilvēkiem dzīvs dzīvu darbinieks darbinieku darbiniekam pašvaldības"
        " robots robotu robotam bots botu botam mašīnu dators datoru datorprogrammu automāts automātu programmu"
    )
    | _words(  # who writes
        "gads gadi gadu gadus vārds uzvārds sauc esmu"
    )
    | _words(  # what it is all about, without saying it
        "lieta lietu jautājums jautājumu jautājuma problēma problēmu pieteikumu saistībā steidzama vajadzība"
    )
    | _words(  # sighs, and what is said of the assistant
        "wtf lol omg blin jēga jēgas jēgu neko nekas nekā neviens varu var vari varat varētu varbūt nevaru nevar"
        " nevarat nemāku nemākat gribu gribēju gribētu grib negribu vajag vajadzētu pietiek beidz"
        " saku teicu teici neder nezinu"
    )
    | _words(  # what joins words
        "viss visu visi vienu miers es man mani mans mana manu mums mūsu tu tev tevi jūs jums jūsu tas tā to tam"
        " šo šis šim tiem tādu pats pašu sava savu sev ko kas kam kur kad kāpēc ka kā cik vai kāds kādu kāda kaut"
        " lai par ar no uz pie pa pēc te šeit tur tiešām arī tikai tad ir esat esi bija būt būtu nevis vienkārši"
        " tomēr labāk vispār īsti galīgi pilnīgi ļoti"
    )
    | _words(  # in Russian
        "здравствуйте привет пожалуйста спасибо хорошо да нет я мы вы мне кто то нибудь есть тут здесь жду ждать"
        " подожду сколько долго еще ответ ответа человек человека хочу"
    )
)
"""Words that do not say what it is about, with those of `_SAY_NOTHING_HOWEVER_THEY_END`."""

_SAY_NOTHING_HOWEVER_THEY_END = tuple(
    _words(
        "nesap sapr palidz nepalidz apnic apnik bezjed stulb mulk muld kaitin pacietib"
        " atbild neatbild gaid jagaid runa nerun parun rakst jauta prasi"
    )
)

_FEWEST = 2
"""Words that say something, from which they tell a matter."""

_POINTS = _words("manu savu mūsu jūsu šo to tādu vienu kādu")
"""May stand between "par" and what it is about; alone it names nothing: "par to"."""

_TOKEN = re.compile(r"\w+|[^\w\s]+|\n+")
_SENTENCE_ENDS, _PAUSES = frozenset(".!?;:\n…"), frozenset(",-–—(")
_MARKS = frozenset(".,")


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


def tells_matter(text: str) -> bool:
    """Whether words say what something is about: by "par …", or by enough of them."""
    said = _Said.of(text)
    telling = [said.words[at] for clause in said.telling() for at in clause]
    return _names_one(said.words) or len([word for word in telling if _says(word)]) >= _FEWEST


def names_matter(text: str) -> bool:
    """Whether "par …" says what a text is about; "par to" and "par manu pieteikumu" name nothing."""
    return _names_one(_Said.of(text).words)


@dataclass(frozen=True, slots=True)
class _Said:
    """A text and its folded words, one space between; "." stands for what ends a sentence, "," for what pauses."""

    text: str
    folded: str
    words: tuple[str, ...]
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
        return cls(text, " ".join(words), tuple(words), tuple(places))

    def around(self, found: re.Match[str]) -> tuple[str, str]:
        """What stands before and behind something that was found in the folded words."""
        taken = [place for place in self.places if found.start() <= place[0] < found.end()]
        return self.text[: taken[0][1]], self.text[taken[-1][2] :]

    def telling(self) -> list[range]:
        """Where the words are of each clause that says something."""
        marks = [at for at, word in enumerate(self.words) if word in _MARKS]
        bounds = pairwise([-1, *marks, len(self.words)])
        clauses = [range(before + 1, mark) for before, mark in bounds]
        return [one for one in clauses if _tells(self.words[one.start : one.stop])]


def _says(word: str) -> bool:
    """Whether a word says something; a number alone, or a letter, does not."""
    is_empty = len(word) == 1 or word.isdigit() or word in _SAYS_NOTHING
    return not is_empty and not word.startswith(_SAY_NOTHING_HOWEVER_THEY_END)


def _tells(clause: Sequence[str]) -> bool:
    told = " ".join(dropwhile(_POLITE.__contains__, clause))
    return _names_one(clause) or (any(map(_says, clause)) and not _INTRODUCES.fullmatch(told))


def _names_one(words: Sequence[str]) -> bool:
    """Whether behind a "par" there is something that it is about; "kas par kaunu" is a sigh."""
    behind = (
        dropwhile(_POINTS.__contains__, words[at + 1 :])
        for at in range(len(words))
        if words[at] == "par" and words[at - 1 : at] != ("kas",)
    )
    named = (next(after, ".") for after in behind)
    return any(word.isdigit() or (word not in _MARKS and _says(word)) for word in named)


def _is_question(folded: str, wish: re.Match[str]) -> bool:
    """Whether it is asked, not wished, in the clause of a wish; "vai varu" wishes all the same."""
    clause = re.split("[.,]", folded[: wish.start()].replace("ja iespejams ", ""))[-1].split()
    asking = [at for at, word in enumerate(clause) if word in _ASKING]
    if not asking:
        return False
    between = [word for word in clause[asking[-1] + 1 :] if word not in _FILLING]
    stands_alone = clause[asking[-1]] != "ja" and len(between) >= _OWN_CLAUSE
    return not (stands_alone and _WILL.match(wish.group()))


def _matter(before: str, behind: str) -> str:
    """What stands around a wish, without politeness; empty when that says nothing."""
    matter = ", ".join(part for part in map(_told, (before, behind)) if part)
    return matter if tells_matter(matter) else ""


def _told(part: str) -> str:
    """From the first to the last clause that says something."""
    said = _Said.of(part)
    telling = [at for clause in said.telling() for at in clause]
    kept = [at for at in telling if said.words[at] not in _POLITE]
    return said.text[said.places[kept[0]][1] : said.places[kept[-1]][2]] if kept else ""
