"""Danger and despair get the right number at once: before the model, in any state, and without false alarms."""

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.content import Content, load
from bot.storage.schema import agents, ticket_events, tickets
from domain.messages import AgentId
from domain.tickets import HandoffReason, TicketNumber
from domain.urgency import Danger
from tests.line.conftest import Line

URGENT = {
    Danger.DESPAIR: [
        "negribu vairs dzīvot",
        "Es vairs negribu dzivot",
        "gribu nomirt",
        "GRIBU NOMIRT!!!",
        "dzīvei vairs nav jēgas",
        "man nav vairs spēka dzīvot",
        "domāju par pašnāvību",
        "visiem būtu labāk bez manis",
        "labāk būtu, ja manis nebūtu",
        "meita saka, ka negrib vairs dzīvot",
        "pakāršos šķūnī",
        "mamma visu laiku runā par nāvi",
        "man gribas mirt",
        "draudzene neredz jēgas dzīvot",
        "meita griež sev rokas",
        "brālis draud ar sevi kaut ko izdarīt",
        "я не хочу больше жить",
        "хочу умереть",
        "ne hochu zhit",
        "I want to die",
        "i dont want to live anymore",
    ],
    Danger.GAS: [
        "smird pēc gāzes",
        "virtuvē ož gāze",
        "jutu gazes smaku kapnu telpa",
        "kāpņutelpā gāzes smaka",
        "gaazes noplude pagrabaa",
        "пахнет газом",
        "i smell gas in the kitchen",
    ],
    Danger.FIRE: [
        "deg māja",
        "PALIGAA DEGG MAAJA",
        "kaimiņiem deg šķūnis",
        "ugunsgrēks Elejā",
        "no dzīvokļa nāk dūmi",
        "mežs deg",
        "kūla deg pie mājām",
        "auto deg uz ceļa",
        "aizdegās skurstenis",
        "горит дом",
        "пожар!",
        "the house is on fire",
    ],
    Danger.VIOLENCE: [
        "mani sit",
        "vīrs mani sit",
        "kaimiņienes vīrs ir dzēris un sit viņu",
        "svešs vīrietis lauž durvis",
        "kāds laužas iekšā mājā",
        "man uzbruka uz ielas",
        "kaimiņš draud ar nazi",
        "durvis uzlauztas, mājā svešs cilvēks",
        "izsauciet policiju",
        "муж бьёт меня, вызовите полицию",
        "someone is breaking into my house",
    ],
    Danger.MEDICAL: [
        "vajag ātro palīdzību",
        "cilvēks guļ bez samaņas",
        "vectēvs neelpo",
        "viņš tur roku pie sirds un viņam trūkst gaisa",
        "vīram sagrozījusies mute un nevar parunāt",
        "cilvēks guļ zemē un neatbild",
        "tētim sirdslēkme",
        "bērns aizrijies",
        "avārija uz ceļa, ir cietušie",
        "kāds slīkst upē",
        "вызовите скорую",
        "i need an ambulance",
    ],
    Danger.PIPE: [
        "plīsusi ūdens caurule",
        "truba parsprāga",
        "pagrabs applūst",
        "no griestiem līst ūdens",
        "plīsa ūdensvads uz ielas",
        "kanalizācija nāk ārā pa podu",
        "прорвало трубу",
        "burst pipe in the basement",
    ],
}

HARMLESS = [
    "mednieki pie mājām šauj, vai tas ir atļauts",
    "neviens neatbild pa telefonu",
    "neredzu jēgu maksāt par konteineru",
    "vai ir ugunskura aizliegums",
    "vai drīkst kurināt ugunskuru dārzā",
    "ugunsdrošības noteikumi",
    "dūmu detektors, vai obligāts",
    "pabalsts pēc ugunsgrēka",
    "vai pašvaldība palīdz, ja nodega māja, kāds ir pabalsts",
    "kur samaksāt gāzes rēķinu",
    "gāzes skaitītāja rādījums",
    "cik maksā gāze",
    "gāzes tarifs no janvāra",
    "kad mirušam cilvēkam jākārto apliecība",
    "tēvs nomira, ko darīt",
    "kā reģistrēt nāvi",
    "negribu vairs dzīvot pilsētā, gribu deklarēties laukos",
    "negribu dzīvot šajā dzīvoklī, kā mainīt adresi",
    "gribu nomirt no smiekliem, cik jauks bots",
    "nedeg ielas lampa",
    "kāpēc dienā deg laternas",
    "cik maksā degviela",
    "degvielas kompensācija",
    "kad ieslēgs apkuri",
    "ūdens rēķins par lielu",
    "cik maksā ūdens caurules ierīkošana",
    "kā pieslēgties ūdensvadam",
    "nav ūdens krānā",
    "plūdu karte Svētei",
    "pabalsts pēc plūdiem, ja applūda māja",
    "kur nodot vecos radiatorus",
    "pārplīsa atkritumu maiss",
    "nozaga atkritumu konteineru",
    "man nozaga naudu no konta",
    "uzlauza manu facebook kontu",
    "uzlauza e-pasta paroli",
    "kāds izmanto manu telefona numuru krāpšanai",
    "kur ir pašvaldības policija",
    "kad strādā policija",
    "pirmās palīdzības kursi",
    "bērnam jāiet uz pirmo klasi",
    "pabalsts pēc insulta, rehabilitācija",
    "invaliditāte pēc infarkta",
    "ģimenes ārsts Elejā",
    "vīrs mani pierakstīja pie sevis, kā izrakstīties",
    "parole nokrita un netieku iekšā",
    "sit augstu vilnis, kad tirgus",
    "vai šauj fejerverkus Jaungadā",
    "cik ātri atnāk atbilde",
    "dzīvoju viens, vai pienākas pabalsts",
    "negribu runāt ar robotu",
    "labāk rakstīt e-pastā",
    "где пожарная часть",
    "счёт за газ",
    "как оплатить газ",
    "не хочу платить",
    "where to pay the gas bill",
    "i want to live in Eleja",
    "water pipe installation price",
]


@pytest.fixture(scope="module")
def real() -> Content:
    return load(Path("content"))


@pytest.mark.parametrize(("danger", "text"), [(d, t) for d, texts in URGENT.items() for t in texts])
def test_danger_is_recognised_by_its_words(real: Content, danger: Danger, text: str) -> None:
    assert real.urgency.find(text) is danger


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_sounds_like_danger_is_none(real: Content, text: str) -> None:
    assert real.urgency.find(text) is None


def test_no_example_question_of_another_topic_is_taken_for_danger(real: Content) -> None:
    taken = {
        (topic.id, example)
        for topic in real.topics.values()
        for example in topic.examples
        if topic.id != "bills-emergency" and real.urgency.find(example)
    }
    assert taken == set()


@pytest.mark.parametrize(
    ("words", "key", "number"),
    [
        ("deg māja", "emergency.fire", "112"),
        ("smird pēc gāzes", "emergency.gas", "114"),
        ("vīrs mani sit", "emergency.violence", "110"),
        ("cilvēks neelpo", "emergency.medical", "113"),
        ("plīsa caurule", "emergency.pipe", "8848"),
        ("negribu vairs dzīvot", "crisis.call", "112"),
    ],
)
async def test_the_right_number_comes_first_even_while_the_model_is_down(
    line: Line, content: Content, words: str, key: str, number: str
) -> None:
    line.nlu.down = True
    assert await line.hears(words) == [key, "intro.first"]
    numbers = [word.strip(":*.") for word in content.phrase(key).split()]
    assert next(word for word in numbers if word.isdecimal()) == number


async def test_danger_comes_before_an_open_question_and_drops_it(line: Line) -> None:
    await line.hears("dzēst manus datus")
    assert await line.hears("negribu vairs dzīvot") == ["crisis.call"]
    assert await line.hears("jā") == ["clarify.which"]
    assert await line.stored() != []


async def test_who_despairs_and_asks_for_a_person_comes_first_at_the_desk(line: Line) -> None:
    await line.hears("gribu nomirt")
    assert await line.hears("cilvēks") == ["handoff.opened_crisis"]
    async with line.database.reading() as connection:
        assert await connection.scalar(select(tickets.c.reason)) == HandoffReason.CRISIS


async def test_in_a_claimed_conversation_the_assistant_is_silent_but_the_ticket_is_marked(
    line: Line,
) -> None:
    await line.hears("cilvēks")
    await line.tickets.claim(await only_ticket(line), by=await ilze(line), name="Ilze")
    assert await line.hears("palīgā, deg māja") == []
    assert await events(line) == [("urgent", Danger.FIRE)]


async def test_a_waiting_ticket_is_marked_too(line: Line) -> None:
    await line.hears("cilvēks")
    assert await line.hears("smird pēc gāzes") == ["emergency.gas"]
    assert await events(line) == [("urgent", Danger.GAS)]


async def ilze(line: Line) -> AgentId:
    async with line.database.unit_of_work() as work:
        made = await work.connection.execute(
            agents.insert()
            .values(email="ilze@example.org", name="Ilze", password_hash="-")
            .returning(agents.c.id)
        )
        await work.commit()
        return AgentId(made.scalar_one())


async def only_ticket(line: Line) -> TicketNumber:
    async with line.database.reading() as connection:
        return TicketNumber((await connection.execute(select(tickets.c.number))).scalar_one())


async def events(line: Line) -> list[tuple[str, str]]:
    async with line.database.reading() as connection:
        rows = await connection.execute(
            select(ticket_events.c.kind, ticket_events.c.detail).where(
                ticket_events.c.kind == "urgent"
            )
        )
        return [(row.kind, row.detail) for row in rows]
