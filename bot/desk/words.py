"""The words of the desk: states, reasons, times and amounts in Latvian."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from bot.desk.passwords import LONGEST, SHORTEST, Weakness
from bot.storage import messages
from bot.storage.alerts import MailTrouble
from bot.storage.post_erasures import ErasureTrouble
from bot.storage.tickets.holders import Lost
from bot.storage.viewers import Viewer
from domain.messages import Channel, DeliveryState, MessageKind
from domain.persons import Sameness
from domain.ratings import MOST
from domain.relay import Reach
from domain.tickets import (
    LONGEST_TAG,
    MOST_TAGS,
    HandoffReason,
    Obstacle,
    Priority,
    Return,
    Standing,
)
from domain.working_hours import RIGA

CHANNELS = {Channel.TELEGRAM: "Telegram", Channel.WHATSAPP: "WhatsApp", Channel.WEB: "Tīmekļa čats"}

BY_AMBASSADOR = "caur vēstnesi"


def where_from(channel: Channel, *, by_ambassador: bool) -> str:
    """The channel of somebody; that of a relayed case is the ambassador's, so it is not named."""
    return BY_AMBASSADOR if by_ambassador else CHANNELS[channel]


REASONS = {
    HandoffReason.ASKED: "Lūdza darbinieku",
    HandoffReason.NOT_UNDERSTOOD: "Asistents nesaprata",
    HandoffReason.NLU_DOWN: "Asistents nevarēja atbildēt",
    HandoffReason.UNHAPPY: "Atbilde nepalīdzēja",
    HandoffReason.CRISIS: "Krīzes situācija",
    HandoffReason.APPLICATION: "Vēlas iesniegt iesniegumu",
    HandoffReason.FAILED: "Asistentam radās kļūda",
    HandoffReason.RELAYED: "Nodeva digitālais vēstnesis",
    HandoffReason.REGISTRATION: "Piesakās mācībām",
}

FAILURES = {
    messages.NOBODY: "Vēstnesis ir izdzēsis savus datus, tāpēc nav, kam nosūtīt. Piezvaniet cilvēkam.",
    messages.FILE_ERASED: "Fails ir izdzēsts. Pievienojiet to vēlreiz.",
}
"""Our own reasons why a message failed; what a vendor says is shown as it is."""

_MAIL_TROUBLES = {
    MailTrouble.UNKNOWN_CERTIFICATE: (
        "Pasta servera sertifikātam nevar uzticēties: to parakstījis kāds, ko šis serveris nepazīst. Parole netika"
        " nosūtīta. Servera uzturētājam: uzlieciet pasta serverim sertifikātu no pazīstama izdevēja vai pievienojiet"
        " pašvaldības izdevēju šim serverim (SSL_CERT_FILE)."
    ),
    MailTrouble.EXPIRED_CERTIFICATE: (
        "Pasta servera sertifikāts ir beidzies vai vēl nav spēkā. Parole netika nosūtīta. Servera uzturētājam:"
        " atjaunojiet sertifikātu pasta serverī un pārbaudiet, vai šī servera pulkstenis ir pareizs."
    ),
    MailTrouble.OTHERS_CERTIFICATE: (
        "Pasta servera sertifikāts ir izdots citam serverim. Parole netika nosūtīta. Servera uzturētājam: iestatījumā"
        " ZINTIS_SMTP_URL ierakstiet to servera vārdu, kas ir sertifikātā."
    ),
    MailTrouble.WRONG_CERTIFICATE: (
        "Pasta servera sertifikāts nav derīgs. Parole netika nosūtīta. Servera uzturētājam: pārbaudiet sertifikātu"
        " pasta serverī."
    ),
    MailTrouble.NO_TLS: (
        "Ar pasta serveri neizdevās izveidot šifrētu savienojumu. Servera uzturētājam: iestatījumā ZINTIS_SMTP_URL"
        " pārbaudiet portu – smtps:// parasti ir 465, smtp:// ir 587."
    ),
    MailTrouble.NO_ENCRYPTION: (
        "Pasta serveris nepiedāvā šifrētu savienojumu, tāpēc paroli nesūtījām. Servera uzturētājam: ieslēdziet pasta"
        " serverī STARTTLS vai iestatījumā ZINTIS_SMTP_URL lietojiet smtps://."
    ),
    MailTrouble.LOGIN_REFUSED: (
        "Pasta serveris neielaiž. Servera uzturētājam: pārbaudiet lietotāju un paroli iestatījumā ZINTIS_SMTP_URL."
    ),
    MailTrouble.OUT_OF_REACH: (
        "Pasta serveris neatbild. Ja tas nepāriet, servera uzturētājam: pārbaudiet vārdu un portu iestatījumā"
        " ZINTIS_SMTP_URL un vai ugunsmūris savienojumu laiž cauri."
    ),
}

REACH: Mapping[str, str] = {
    Reach.PERSON: "rakstīt pašam",
    Reach.BOTH: "rakstīt pašam un vēstnesim",
    Reach.CALL: "zvanīt",
    Reach.AMBASSADOR: "atbildēt vēstnesim",
}
"""How to reach the person of a forwarded case."""

STATES = {
    Standing.NEW: "Jauns",
    Standing.CLAIMED: "Paņemts",
    Standing.WAITS_FOR_RESIDENT: "Gaida iedzīvotāju",
    Standing.WAITS_FOR_WINDOW: "Gaida 24 h logu",
    Standing.SOLVED: "Atrisināts",
    Standing.CLOSED: "Slēgts",
}

PRIORITIES = {
    Priority.LOW: "Zema",
    Priority.NORMAL: "Parasta",
    Priority.HIGH: "Augsta",
    Priority.URGENT: "Steidzama",
}

EVENTS = {
    "opened": "Pieteikums izveidots",
    "urgent": "Iedzīvotājs raksta par briesmām: izlasiet tūlīt",
    "urgent_told": "Asistents šajā sarunā pateica palīdzības tālruni, un neko citu",
    "claimed": "Paņēma",
    "answered": "Atbildēja",
    "noted": "Pievienoja piezīmi",
    "proposed": "Ieteica redaktoram tematu no atbildes",
    "given_back": "Atdeva rindai",
    "taken_over": "Pārņēma no kolēģa",
    "solved": "Pabeidza",
    "reopened": "Iedzīvotājs atvēra no jauna",
    "reopened_by_agent": "Atvēra no jauna",
    "retried": "Lika nosūtīt vēlreiz neizdevušos ziņu",
    "rated": "Iedzīvotājs novērtēja atbildi",
    "commented": "Iedzīvotājs piebilda pie vērtējuma",
    "late_told": "Paziņots, ka atbilde kavējas",
    "unsolved_told": "Paziņots, ka risinājums kavējas",
    "closed_unhelped": "Slēgts: nepalīdzēja, bet iedzīvotājs neko vairāk nelūdz",
    "confirmed": "Iedzīvotājs apstiprināja, ka atbilde palīdzēja",
    "relay_added": "Vēstnesis piebilda",
    "relay_call": "Cilvēks lūdz piezvanīt; rakstīto atbildi nodos vēstnesis",
    "relay_unreachable": "Cilvēkam nav savas WhatsApp sarunas: atbildi nodos vēstnesis; ja vajag, piezvaniet",
    "dismissed": "Atzīmēja, ka nepiegādātā ziņa vairs nav vajadzīga",
    "closed_silent": "Slēgts: nedēļu bez atbildes no iedzīvotāja",
    "closed_for_next": "Slēgts: sarunā turpinās cits pieteikums",
    "handed_over": "Nodeva kolēģim",
    "moved": "Nodeva citai rindai",
    "returned": "Atgriezts rindā automātiski",
    "named": "Iedzīvotājs uzrakstīja, par ko ir pieteikums",
    "routed": "Pēc iedzīvotāja vārdiem nonāca rindā",
    "renamed": "Mainīja tematu",
    "prioritized": "Mainīja prioritāti",
    "tagged": "Mainīja birkas",
    "merged": "Slēdza, pievienojot pieteikumam",
    "absorbed": "Pievienoja šim pieteikumu",
    "linked": "Saistīja ar pieteikumu",
    "unlinked": "Noņēma saiti ar pieteikumu",
    "split": "Nodalīja jaunu pieteikumu",
    "split_from": "Nodalīja no pieteikuma",
    "joined": "Atzīmēja, ka tas pats cilvēks ir pieteikumā",
    "parted": "Atzīmēja, ka cits cilvēks ir pieteikumā",
    "released": "Atkal gaida rindā, vairs nav pievienots pieteikumam",
}

SAMENESS = {
    Sameness.SAID: "cilvēks pats to apliecināja",
    Sameness.PHONE: "sakrīt tālruņa numurs",
    Sameness.KNOWN: "noskaidrots citādi, klātienē vai zvanot",
}
"""How an agent knows that two contacts are one person."""

RETURNS = {
    Return.ABSENT: "darbinieks ir prombūtnē",
    Return.DISABLED: "darbinieka konts ir izslēgts",
    Return.DEADLINE: "atbildes termiņš ir tuvu vai pagājis, un veselu darba stundu pieteikumā nekas nav darīts",
    Return.SOLUTION: "risinājuma termiņš ir tuvu vai pagājis, un astoņas darba stundas pieteikumā nekas nav darīts",
}

OBSTACLES = {
    Obstacle.MISSING: "Pieteikuma ar šādu numuru nav.",
    Obstacle.SAME_HOLDER: "Pieteikums jau ir pie šī kolēģa.",
    Obstacle.SAME_QUEUE: "Pieteikums jau ir šajā rindā.",
    Obstacle.SAME_TICKET: "Tas ir šis pats pieteikums. Norādiet citu.",
    Obstacle.UNFIT: "Šim kolēģim pieteikumu pašlaik nodot nevar: kolēģis ir prombūtnē vai strādā citās rindās.",
    Obstacle.ABSENT: (
        "Jums ir atzīmēta prombūtne, tāpēc pieteikums pie Jums nepaliktu: tas uzreiz atgrieztos rindā. Ja esat darbā, "
        "augšā pie sava vārda izvēlieties „Darbā” un mēģiniet vēlreiz."
    ),
    Obstacle.NOT_ALLOWED: (
        "Pārņemt pieteikumu no kolēģa var vadītājs; cits šīs rindas darbinieks – tikai tad, kad kolēģis ir prombūtnē."
    ),
    Obstacle.STILL_OPEN: "Pieteikums nav pabeigts, tāpēc atvērt to no jauna nevajag.",
    Obstacle.OTHER_OPEN: (
        "Šim iedzīvotājam šajā sarunā jau ir cits atvērts pieteikums. Turpiniet tajā; abus var saistīt."
    ),
    Obstacle.OTHER_RESIDENT: "Tas ir cita iedzīvotāja vai jau pabeigts pieteikums. To var saistīt, bet ne apvienot.",
    Obstacle.OTHER_OVER: "Otrs pieteikums jau ir pabeigts. To var saistīt, bet ne apvienot.",
    Obstacle.TAGS: f"Birku var būt ne vairāk kā {MOST_TAGS}, un katrā – ne vairāk kā {LONGEST_TAG} rakstzīmes.",
}
"""Why something cannot be done, where it does not depend on who holds the ticket."""

NO_WORDS = "(bez teksta)"

DELIVERIES = {
    DeliveryState.QUEUED: "gaida nosūtīšanu",
    DeliveryState.SENDING: "tiek nosūtīts",
    DeliveryState.SENT: "nosūtīts",
    DeliveryState.DELIVERED: "piegādāts",
    DeliveryState.READ: "izlasīts",
    DeliveryState.PARKED: "gaida 24 h logu",
    DeliveryState.FAILED: "neizdevās nosūtīt",
}

TICKS = {DeliveryState.SENT: "✓", DeliveryState.DELIVERED: "✓✓", DeliveryState.READ: "✓✓"}

KINDS = {
    MessageKind.LOCATION: "Atrašanās vieta",
    MessageKind.CONTACT: "Kontakts",
    MessageKind.PHOTO: "Fotoattēls",
    MessageKind.DOCUMENT: "Dokuments",
    MessageKind.VOICE: "Balss ziņa",
    MessageKind.STICKER: "Uzlīme",
}
OTHER_KIND = "Pielikums"
PLACE_HINT = "Lai redzētu šo vietu, iekopējiet koordinātas kartes meklētājā."

DONE = {
    "claimed": "Pieteikums ir Jūsu. Asistents šajā sarunā tagad klusē.",
    "claimed_at_work": "Pieteikums ir Jūsu, un Jūs atkal esat „Darbā”. Asistents šajā sarunā tagad klusē.",
    "taken_over": (
        "Pieteikums tagad ir Jūsu. Iemesls ir piezīmē, un iedzīvotājs uzzinās, kas turpmāk atbildēs."
    ),
    "reopened": (
        "Pieteikums ir atvērts no jauna un ir pie Jums. Iemesls ir piezīmē. Iedzīvotājam to paziņojām tikai tad, ja "
        "bijām teikuši, ka tas ir pabeigts."
    ),
    "answered": "Atbilde nodota nosūtīšanai.",
    "noted": "Piezīme saglabāta. Iedzīvotājs to neredz.",
    "given_back": "Pieteikums atdots rindai.",
    "solved": (
        "Pabeigts. Iedzīvotājam (vēstneša nodotā gadījumā – vēstnesim) pajautājām, vai atbilde palīdzēja. "
        "Ja sarunā vēl runā kolēģis, pajautāsim, kad kolēģis būs beidzis; ja WhatsApp 24 stundu logs ir aizvēries – "
        "kad iedzīvotājs vai vēstnesis atkal uzrakstīs."
    ),
    "proposed": "Nosūtīts redaktoram. Paldies!",
    "dismissed": "Atzīmēts, ka šī ziņa vairs nav vajadzīga.",
    "retried": "Mēģinām nosūtīt vēlreiz.",
    "described": "Saglabāts.",
    "handed_over": "Pieteikums nodots kolēģim. Iemesls ir piezīmē, un iedzīvotājam paziņojām, kas turpmāk atbildēs.",
    "moved": "Pieteikums nodots citai rindai. Iemesls ir piezīmē.",
    "merged": "Pieteikumi apvienoti. Turpiniet šajā.",
    "linked": "Pieteikumi saistīti.",
    "unlinked": "Saite noņemta.",
    "split": "Jauns pieteikums izveidots un saistīts ar šo. Tas gaida savā rindā.",
    "joined": "Savienots: šī cilvēka pieteikumi tagad redzami kopā. Iedzīvotājs to neredz.",
    "parted": "Vairs nav savienots. Ja pieteikumi bija apvienoti, tie atkal gaida rindā katrs savā sarunā.",
    "password": "Parole nomainīta. Citās ierīcēs būs jāpieslēdzas no jauna.",
}
"""What a page says after something was done; the keys stand in its address."""

WEAK = {
    Weakness.SHORT: f"Parolei jābūt vismaz {SHORTEST} rakstzīmes garai.",
    Weakness.LONG: f"Parole nedrīkst būt garāka par {LONGEST} rakstzīmēm.",
    Weakness.GUESSABLE: "Šo paroli ir viegli uzminēt. Izvēlieties vairākus nesaistītus vārdus.",
}

_DAYS = (
    "pirmdiena",
    "otrdiena",
    "trešdiena",
    "ceturtdiena",
    "piektdiena",
    "sestdiena",
    "svētdiena",
)
_MONTHS = (
    "janvāris",
    "februāris",
    "marts",
    "aprīlis",
    "maijs",
    "jūnijs",
    "jūlijs",
    "augusts",
    "septembris",
    "oktobris",
    "novembris",
    "decembris",
)


_LANGUAGES = {
    "lv": "latviešu",
    "ru": "krievu",
    "en": "angļu",
    "uk": "ukraiņu",
    "lt": "lietuviešu",
    "et": "igauņu",
    "de": "vācu",
    "pl": "poļu",
}


def language(code: str) -> str:
    """`latviešu`; the code itself for a rare language."""
    return _LANGUAGES.get(code.partition("-")[0], code) or "nav zināma"


def date_of(at: datetime) -> str:
    """`03.11.2026.`"""
    return f"{at.astimezone(RIGA):%d.%m.%Y}."


_NUMBERED = frozenset(
    (
        *("merged", "absorbed", "linked", "unlinked", "split", "split_from", "parted", "released"),
        "closed_for_next",
    )
)
_TOLD = frozenset(
    (
        *("handed_over", "moved", "routed", "named", "renamed", "tagged"),
        *("taken_over", "reopened_by_agent"),
    )
)


def happened(kind: str, detail: str) -> str:
    """An event of a ticket with what there is to say about it: `Mainīja prioritāti: Augsta`."""
    said = EVENTS.get(kind, kind)
    more = detail_of(kind, detail) or (detail if kind in _TOLD else "")
    return f"{said}: {more}" if more else said


def detail_of(kind: str, detail: str) -> str:
    """What a number or a word of ours in an event means; empty when that is nothing for people."""
    if kind in _NUMBERED and detail:
        return f"Nr. {detail}"
    if kind == "joined":
        number, _, why = detail.partition(" ")
        return f"Nr. {number}, {SAMENESS[Sameness(why)]}"
    if kind == "retried" and detail:
        return f"ziņa Nr. {detail}"
    if kind == "prioritized":
        return PRIORITIES[Priority(detail)]
    return RETURNS[Return(detail)] if kind == "returned" else ""


def lost(one: Lost, now: datetime) -> str:
    """`pārņēma Dace Liepa (šodien plkst. 14.05).` – why a ticket is not with its holder any more."""
    if one.kind == "taken_over":
        return (
            f"pārņēma {one.by or 'kolēģis'} ({moment(one.at, now)}). Iemesls ir pieteikuma piezīmē."
        )
    return f"atgriezts rindā ({moment(one.at, now)}): {RETURNS[Return(one.why)]}."


_POST_TROUBLES: Mapping[str, str] = {
    ErasureTrouble.GROUP_GREW: "Grupa ir kļuvusi par lielgrupu, un agrākās ziņas asistents tajā vairs nevar mainīt.",
    ErasureTrouble.OUT_OF_GROUP: "Asistents vairs nav šajā grupā vai nedrīkst tajā rakstīt.",
}


def erasure_failure(error: str) -> str:
    """Why a post in a group was not blanked; what Telegram says itself is shown as it is."""
    return _POST_TROUBLES.get(error, error)


def alert_failure(error: str) -> str:
    """Why an alert did not arrive and what to mend; what a vendor says itself is shown as it is."""
    for trouble, said in _MAIL_TROUBLES.items():
        if error.startswith(trouble):
            answer = error.removeprefix(trouble).strip(" :")
            return f"{said} Atbilde: {answer}" if answer else said
    return error


def plural(count: int, one: str, many: str) -> str:
    """The form that goes with a number: 1, 21, 31 … but not 11 take the singular."""
    return one if count % 10 == 1 and count % 100 != 11 else many  # noqa: PLR2004 - grammar


def amount(length: timedelta) -> tuple[int, str]:
    """A length of time in its largest sensible unit, rounded down."""
    minutes = int(length / timedelta(minutes=1))
    if minutes < 60:  # noqa: PLR2004 - minutes of an hour
        return minutes, "min"
    hours = minutes // 60
    return (hours, "h") if hours < 48 else (hours // 24, "d.")  # noqa: PLR2004 - two days


def time_left(deadline: datetime, now: datetime) -> str:
    """`atlikušas 3 h`, `atlikusi 1 d.`, `kavējas 2 d.`"""
    if deadline < now:
        count, unit = amount(now - deadline)
        return f"kavējas {max(count, 1)} {unit}"
    count, unit = amount(deadline - now)
    if not count:
        return "atlikusi mazāk nekā minūte"
    return f"{plural(count, 'atlikusi', 'atlikušas')} {count} {unit}"


def hours_left(length: timedelta) -> str:
    """`vēl 5 h`, `vēl 40 min`: how long something stays open."""
    count, unit = amount(length)
    return f"vēl {max(count, 1)} {unit}"


def clock_time(moment: datetime) -> str:
    """`14.05`"""
    local = moment.astimezone(RIGA)
    return f"{local.hour}.{local.minute:02}"


def day(moment: datetime, now: datetime) -> str:
    """`Šodien`, `Vakar`, `otrdiena, 3. marts`, with the year when it is another one."""
    then, today = moment.astimezone(RIGA).date(), now.astimezone(RIGA).date()
    near = {0: "Šodien", -1: "Vakar", 1: "Rīt"}.get((then - today).days)
    return near or _date(then, today)


def _date(then: date, today: date) -> str:
    year = "" if then.year == today.year else f"{then.year}. gada "
    return f"{_DAYS[then.weekday()]}, {year}{then.day}. {_MONTHS[then.month - 1]}"


def moment(at: datetime, now: datetime) -> str:
    """`šodien plkst. 14.05`, `otrdiena, 3. marts, plkst. 9.00`"""
    shown = day(at, now)
    comma = "" if shown in ("Šodien", "Vakar", "Rīt") else ","
    return f"{shown.lower()}{comma} plkst. {clock_time(at)}"


def stamp(at: datetime) -> str:
    """`3.11.2026. 14:05`: a moment on paper or in a spreadsheet, where nobody knows what today is."""
    local = at.astimezone(RIGA)
    return f"{local.day}.{local.month}.{local.year}. {local:%H:%M}"


def size(count: int | None) -> str:
    """A file's size: `340 KB`, `1,2 MB`; empty when it is not known."""
    if count is None:
        return ""
    kilobytes = count / 1024
    if kilobytes < 1024:  # noqa: PLR2004 - kilobytes of a megabyte
        return f"{max(1, round(kilobytes))} KB"
    return f"{kilobytes / 1024:.1f} MB".replace(".", ",")


def percent(share: float | None) -> str:
    """`87 %`; empty when it is not known."""
    return "" if share is None else f"{round(share * 100)} %"


def rating(stars: int | None, comment: str) -> str:
    """`★★★★☆ 4 no 5 – „ātri un skaidri”`; empty when nobody rated."""
    if stars is None:
        return ""
    drawn = "★" * stars + "☆" * (MOST - stars)
    return f"{drawn} {stars} no {MOST}" + (f" – „{comment}”" if comment else "")


def tickets(count: int) -> str:
    """`1 pieteikums`, `1 200 pieteikumi`: a number of tickets."""
    shown = f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")
    return f"{shown} {plural(count, 'pieteikums', 'pieteikumi')}"


def listed(names: Sequence[str]) -> str:
    """`Ilze`, `Ilze un Pēteris`, `Ilze, Pēteris un Anna`."""
    return " un ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def looked_at(viewers: Iterable[Viewer]) -> str:
    """`Šo pieteikumu skatās arī Ilze Kalniņa (raksta).`; empty when nobody else does."""
    names = [f"{viewer.name} (raksta)" if viewer.writing else viewer.name for viewer in viewers]
    return f"Šo pieteikumu skatās arī {listed(names)}." if names else ""
