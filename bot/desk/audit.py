"""The audit log as supervisors and administrators read it, and its words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from bot.content import Content
from bot.desk import words
from bot.desk.account import EMAIL_WISHES
from bot.desk.door import Door
from bot.desk.filters import day_start, read_day, read_number
from bot.desk.lists import TITLES, view_of
from bot.desk.pages import render
from bot.desk.people import ROLE_NAMES
from bot.desk.presence import NAMES
from bot.storage import agents as stored
from bot.storage import audit
from bot.storage.alerts import EmailAlerts
from bot.storage.audit import Entry, Wanted
from bot.storage.database import Database
from bot.storage.sessions import StoredSession
from domain.ports import Clock
from domain.working_hours import RIGA, local_day

READERS = ("supervisor", "admin")
PAGE = 100

EVENTS = {
    "login": "Pieslēdzās",
    "login.oidc": "Pieslēdzās ar pašvaldības kontu",
    "login.oidc_linked": "Pirmoreiz pieslēdzās ar pašvaldības kontu, tas piesaistīts",
    "login.oidc_other": "Neielaida: šai e-pasta adresei ir piesaistīts cits pašvaldības konts",
    "login.failed": "Neizdevies mēģinājums pieslēgties",
    "login.oidc_failed": "Neizdevies mēģinājums pieslēgties ar pašvaldības kontu",
    "logout": "Izgāja",
    "logout.oidc": "Aizvests iziet arī no pašvaldības konta",
    "code.failed": "Nepareizs drošības kods",
    "code.recovery": "Izmantoja rezerves kodu",
    "password.changed": "Nomainīja paroli",
    "factor.on": "Ieslēdza drošības kodu",
    "factor.off": "Izslēdza drošības kodu",
    "factor.codes": "Izveidoja jaunus rezerves kodus",
    "agent.added": "Konts izveidots no komandrindas",
    "agent.invited": "Uzaicināja kolēģi",
    "agent.link": "Izsniedza vienreizēju saiti",
    "agent.joined": "Izvēlējās paroli ar vienreizējo saiti",
    "agent.role": "Mainīja lomu",
    "agent.queues": "Mainīja rindas",
    "agent.address": "Mainīja kolēģa e-pasta adresi",
    "agent.disabled": "Izslēdza kontu",
    "agent.enabled": "Ieslēdza kontu",
    "agent.factor_reset": "Noņēma kolēģa drošības kodu",
    "agent.account_unlinked": "Atsaistīja kolēģa pašvaldības kontu",
    "agent.presence": "Mainīja klātbūtni",
    "agent.email": "Mainīja e-pasta paziņojumus",
    "agent.telegram_code": "Izveidoja Telegram kodu",
    "agent.telegram_linked": "Sasaistīja savu Telegram",
    "agent.telegram_dropped": "Atsaistīja savu Telegram",
    "group.code": "Izveidoja kodu darbinieku grupai",
    "group.linked": "Darbinieku grupa pievienota",
    "group.moved": "Darbinieku grupa kļuva par lielgrupu, turpinām tajā",
    "group.words": "Atļāva grupai redzēt iedzīvotāju tekstu",
    "group.no_words": "Aizliedza grupai redzēt iedzīvotāju tekstu",
    "group.off": "Darbinieku grupa izslēgta",
    "reply.written": "Uzrakstīja atbildi grupā",
    "reply.dropped": "Atbildi no grupas nenosūtīja",
    "setting.second_factor": "Mainīja prasību pēc drošības koda",
    "file.sent": "Nosūtīja iedzīvotājam failu",
    "file.viewed": "Atvēra failu",
    "resident.erased": "Iedzīvotājs izdzēsa savus datus",
    "resident.expired": "Glabāšanas termiņš beidzās, saruna izdzēsta",
    "erasure.retried": "Lika vēlreiz dzēst ziņu darbinieku grupā",
    "erasure.settled": "Atzīmēja, ka ziņa darbinieku grupā izdzēsta",
    "ambassador.invited": "Uzaicināja vēstnesi",
    "ambassador.code": "Izsniedza vēstnesim jaunu kodu",
    "ambassador.revoked": "Atsauca vēstneša uzaicinājumu",
    "ambassador.joined": "Vēstnesis izmantoja kodu",
    "ambassador.disabled": "Izslēdza vēstnesi",
    "ambassador.enabled": "Ieslēdza vēstnesi",
    "chat.invited": "Izveidoja kodu grupai",
    "chat.linked": "Grupa piesaistīta",
    "chat.moved": "Grupa kļuva par lielgrupu, turpinām tajā",
    "chat.unlinked": "Atvienoja grupu",
    "export.tickets": "Eksportēja pieteikumus",
    "export.conversation": "Eksportēja sarunu",
    "export.statistics": "Eksportēja pārskatu",
    "content.changed": "Mainīja saturu",
    "content.proposal_used": "Izveidoja tematu no darbinieka ieteikuma",
    "content.proposal_declined": "Noraidīja darbinieka ieteikto tematu",
}
"""What an event is called; those of tickets are in `words.EVENTS`."""

_PREFIXES = {
    "file.sent": "fails Nr. ",
    "file.viewed": "ziņa Nr. ",
    "resident.erased": "saruna Nr. ",
    "resident.expired": "saruna Nr. ",
    "ambassador": "vēstnesis Nr. ",
    "chat": "grupa Nr. ",
}
"""What a number in the detail of an event counts, by the event or its family."""

_GROUPS: Mapping[str, tuple[str, tuple[str, ...] | None]] = {
    "": ("Viss", None),
    "ieeja": ("Pieslēgšanās un paroles", ("login", "logout", "code.", "factor.", "password.")),
    "pieteikumi": ("Pieteikumi", ("ticket.", "reply.")),
    "darbinieki": ("Darbinieki un iestatījumi", ("agent.", "setting.", "group.")),
    "vestnesi": ("Vēstneši un grupas", ("ambassador.", "chat.")),
    "dati": ("Iedzīvotāju dati", ("file.", "resident.", "erasure.", "export.")),
    "saturs": ("Saturs", ("content.",)),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it is shown."""

    at: str
    who: str
    what: str
    ticket: int | None
    about: str
    detail: str
    address: str


class AuditPage:
    """The page /desk/zurnals."""

    def __init__(self, *, database: Database, clock: Clock, content: Callable[[], Content]) -> None:
        self._database = database
        self._clock = clock
        self._content = content

    def add_to(self, router: web.UrlDispatcher, door: Door) -> None:
        """Add the route; there is no form, because nothing in the log can be changed."""
        router.add_get("/zurnals", door.page(self.show, only=READERS))

    async def show(self, request: web.Request, session: StoredSession) -> web.Response:
        """Rows that fit the filters, newest first."""
        asked = request.query
        wanted = read_filters(asked)
        today = local_day(self._clock.now())
        async with self._database.reading() as connection:
            entries = await audit.read(connection, wanted, limit=PAGE + 1)
            colleagues = await stored.list_colleagues(connection, today=today)
        queues = self._content().queues
        return render(
            "audit.html",
            session=session,
            lines=[to_line(entry, queues=queues) for entry in entries[:PAGE]],
            older=_older(asked, entries) if len(entries) > PAGE else "",
            newest=_address({**asked, "pirms": ""}) if wanted.before else "",
            groups={name: title for name, (title, _) in _GROUPS.items()},
            group=asked.get("veids", ""),
            colleagues=colleagues,
            agent=wanted.agent,
            ticket=wanted.ticket or "",
            since=_shown_day(asked.get("no", "")),
            until=_shown_day(asked.get("lidz", "")),
        )


def read_filters(asked: Mapping[str, str]) -> Wanted:
    """What an address asks for; what makes no sense is left out."""
    _, events = _GROUPS.get(asked.get("veids", ""), _GROUPS[""])
    last = read_day(asked.get("lidz", ""))
    return Wanted(
        events=events,
        agent=read_number(asked.get("kas", "")),
        ticket=read_number(asked.get("pieteikums", "")),
        since=day_start(read_day(asked.get("no", ""))),
        until=day_start(last, days_later=1),
        before=read_number(asked.get("pirms", "")),
    )


def _shown_day(text: str) -> str:
    return (read_day(text) or "") and text


def _older(asked: Mapping[str, str], entries: list[Entry]) -> str:
    return _address({**asked, "pirms": str(entries[PAGE - 1].id)})


def _address(asked: Mapping[str, str]) -> str:
    return f"/desk/zurnals?{urlencode({name: value for name, value in asked.items() if value})}"


def to_line(entry: Entry, *, queues: Mapping[str, str]) -> Line:
    """A row in Latvian."""
    kind = entry.event.removeprefix("ticket.")
    at = entry.at.astimezone(RIGA)
    return Line(
        at=f"{at:%d.%m.%Y. %H.%M.%S}",
        who=entry.who,
        what=EVENTS.get(entry.event) or words.EVENTS.get(kind, entry.event),
        ticket=entry.ticket,
        about=entry.about,
        detail=_detail(entry, queues),
        address=entry.address,
    )


def _detail(entry: Entry, queues: Mapping[str, str]) -> str:
    if entry.event.startswith("agent."):
        return _about_agent(entry, queues)
    if entry.event.startswith("export."):
        return _exported(entry)
    if entry.event.startswith("ticket."):
        return _about_ticket(entry, queues)
    if entry.event == "setting.second_factor":
        return "obligāts visiem" if entry.detail == "yes" else "pēc izvēles"
    prefix = _PREFIXES.get(entry.event) or _PREFIXES.get(entry.event.partition(".")[0], "")
    return f"{prefix}{entry.detail}"


def _about_ticket(entry: Entry, queues: Mapping[str, str]) -> str:
    kind = entry.event.removeprefix("ticket.")
    if kind == "moved":
        return queues.get(entry.detail, entry.detail)
    return words.detail_of(kind, entry.detail)


def _about_agent(entry: Entry, queues: Mapping[str, str]) -> str:
    parts = entry.detail.split()
    if entry.event == "agent.queues":
        return ", ".join(queues.get(part, part) for part in parts) or "visas rindas"
    if entry.event in ("agent.role", "agent.invited", "agent.added"):
        return " → ".join(ROLE_NAMES.get(part, part) for part in parts)
    if entry.event == "agent.presence":
        names = {str(presence): name for presence, name in NAMES.items()}
        return " ".join(names.get(part, part) for part in parts)
    if entry.event == "agent.email":
        return EMAIL_WISHES.get(EmailAlerts(entry.detail), "")
    return entry.detail


def _exported(entry: Entry) -> str:
    if entry.event == "export.conversation":
        return "ar piezīmēm" if entry.detail else ""
    if entry.event != "export.tickets":
        return entry.detail
    view, count = entry.detail.split()
    return f"{TITLES[view_of({'skats': view})]}: {words.tickets(int(count))}"
