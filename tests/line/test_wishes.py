"""Who says outright that they want a person gets one, and what they name is what the ticket is about."""

import pytest
from sqlalchemy import select

from bot.storage.schema import ticket_events, tickets
from domain.languages import Language
from domain.messages import AgentId
from domain.tickets import TicketNumber
from tests.line.conftest import Line

LAMP, PAY = "topic.contacts-streetlight", "topic.bills-pay-where"


async def kept(line: Line) -> list[tuple[str, str, str]]:
    async with line.database.reading() as connection:
        rows = await connection.execute(
            select(tickets.c.subject, tickets.c.first_words, tickets.c.queue).order_by(
                tickets.c.number
            )
        )
        return [tuple(row) for row in rows]


async def number_of(line: Line) -> TicketNumber:
    async with line.database.reading() as connection:
        return TicketNumber((await connection.execute(select(tickets.c.number))).scalar_one())


@pytest.mark.parametrize(
    "words", ["cilvēku, lūdzu, par lampu pie skolas", "savienojiet ar cilvēku par lampu pie skolas"]
)
async def test_a_wish_is_stronger_than_the_topic_it_names(line: Line, words: str) -> None:
    line.nlu.teach(words, LAMP)
    assert (await line.hears(words))[-1] == "handoff.opened_asked"
    about, queue = "par lampu pie skolas", line.content.topic_queue("contacts-streetlight")
    assert await kept(line) == [(about, about, queue)]


async def test_a_question_about_a_person_is_answered(line: Line) -> None:
    line.nlu.teach("kurš darbinieks atbild par lampu", LAMP)
    assert (await line.hears("kurš darbinieks atbild par lampu"))[-1] == LAMP
    assert await kept(line) == []


async def test_danger_goes_before_a_wish(line: Line) -> None:
    line.nlu.teach("gribu runāt ar cilvēku, man ir ļoti slikti", "emergency")
    assert (await line.hears("gribu runāt ar cilvēku, man ir ļoti slikti"))[0] == "emergency.call"


async def test_a_wish_that_says_nothing_more_is_about_the_question_before_it(line: Line) -> None:
    await line.hears("rēķins par ūdeni atnāca divreiz")
    await line.hears("Labdien, gribu runāt ar dzīvu cilvēku")
    assert [subject for subject, _, _ in await kept(line)] == ["rēķins par ūdeni atnāca divreiz"]


async def test_in_another_language_the_subject_is_in_the_residents_own_words(line: Line) -> None:
    words = "Нужен человек, счёт за воду"
    gist = line.content.lexicon.gist(words, Language.RUSSIAN).text
    assert "cilvēk" in gist
    line.nlu.teach(gist, "ask_person")
    await line.hears(words)
    assert [subject for subject, _, _ in await kept(line)] == [words]


@pytest.mark.parametrize(
    "wish",
    [
        "nepalīdzēja, gribu runāt ar cilvēku",
        "gribu parunāt ar kādu darbinieku? Paldies jau iepriekš",
        "mani sauc Ilze Bērziņa no Elejas, gribu cilvēku",
    ],
)
async def test_a_sigh_or_a_name_is_not_what_it_is_about(line: Line, wish: str) -> None:
    await line.hears("rēķins par ūdeni atnāca divreiz")
    await line.hears(wish)
    assert [subject for subject, _, _ in await kept(line)] == ["rēķins par ūdeni atnāca divreiz"]


# ---- with a ticket that was solved


async def solve_one(line: Line, agent: AgentId, *, topic: str = "") -> None:
    if topic:
        line.nlu.teach("par kasi", topic)
        await line.hears("par kasi")
    await line.hears("rēķins par ūdeni atnāca divreiz")
    await line.hears("cilvēks")
    number = await number_of(line)
    await line.tickets.claim(number, by=agent, name="Ilze")
    await line.tickets.solve(number, by=agent)


@pytest.mark.parametrize(
    "wish",
    [
        "Labdien, vai varu runāt ar cilvēku šodien?",
        "tas nav tas, ko es jautāju, gribu cilvēku",
        "nepalīdzēja, gribu runāt ar cilvēku",
    ],
)
async def test_a_wish_that_says_nothing_more_returns_to_the_solved_ticket(
    line: Line, ilze: AgentId, wish: str
) -> None:
    await solve_one(line, ilze)
    assert await line.hears(wish) == ["helped.same_reopened"]
    assert len(await kept(line)) == 1


async def test_a_wish_about_something_else_opens_a_ticket_of_its_own(
    line: Line, ilze: AgentId
) -> None:
    await solve_one(line, ilze)
    line.nlu.teach("vajag cilvēku par lampu pie skolas", LAMP)
    assert await line.hears("vajag cilvēku par lampu pie skolas") == [
        "handoff.opened_asked",
        "helped.left",
    ]


async def test_a_wish_about_the_same_topic_returns_to_the_solved_ticket(
    line: Line, ilze: AgentId
) -> None:
    line.nlu.teach("vajag cilvēku par maksājumiem kasē", PAY)
    await solve_one(line, ilze, topic=PAY)
    assert await line.hears("vajag cilvēku par maksājumiem kasē") == ["helped.same_reopened"]
    assert len(await kept(line)) == 1


async def test_a_wish_about_another_topic_leaves_the_solved_ticket(
    line: Line, ilze: AgentId
) -> None:
    line.nlu.teach("vajag cilvēku par lampu pie skolas", LAMP)
    await solve_one(line, ilze, topic=PAY)
    assert "helped.left" in await line.hears("vajag cilvēku par lampu pie skolas")
    assert len(await kept(line)) == 2


# ---- "cilvēks" first, the matter after it


@pytest.mark.parametrize("wish", ["cilvēks", "Labdien, gribu runāt ar cilvēku", "operatoru lūdzu"])
async def test_what_is_written_next_is_what_the_ticket_is_about(line: Line, wish: str) -> None:
    line.nlu.teach("labdien", "greet")
    line.nlu.teach("lampa pie skolas nedeg", LAMP)
    await line.hears(wish)
    await line.hears("Labdien")
    await line.hears("paldies")
    await line.hears("lampa pie skolas nedeg")
    await line.hears("un vēl ceļš nav tīrīts")
    about = "lampa pie skolas nedeg"
    assert [row[:2] for row in await kept(line)] == [(about, about)]
    async with line.database.reading() as connection:
        told = await connection.execute(
            select(ticket_events.c.agent_id, ticket_events.c.detail).where(
                ticket_events.c.kind == "named"
            )
        )
        assert [tuple(row) for row in told] == [(None, about)]


@pytest.mark.parametrize(
    "impatience",
    [
        "cik ilgi vēl jāgaida",
        "labi gaidīšu",
        "es gaidu atbildi",
        "vai kāds te ir",
        "ei dod cilvēku",
    ],
)
@pytest.mark.parametrize("heard_as", ["complaint", "nlu_fallback"])
async def test_impatience_does_not_name_the_ticket(
    line: Line, impatience: str, heard_as: str
) -> None:
    line.nlu.teach(impatience, heard_as)
    await line.hears("cilvēks")
    await line.hears(impatience)
    assert [subject for subject, _, _ in await kept(line)] == ["cilvēks"]
    await line.hears("lampa pie skolas nedeg")
    assert [subject for subject, _, _ in await kept(line)] == ["lampa pie skolas nedeg"]


async def test_thanks_for_something_do_not_name_the_ticket(line: Line) -> None:
    line.nlu.teach("pateicos par sniegto informāciju", "thanks")
    await line.hears("cilvēks")
    await line.hears("pateicos par sniegto informāciju")
    assert [subject for subject, _, _ in await kept(line)] == ["cilvēks"]


async def test_a_complaint_that_says_about_what_names_the_ticket(line: Line) -> None:
    line.nlu.teach("man ir sūdzība par ceļu", "complaint")
    await line.hears("cilvēks")
    await line.hears("man ir sūdzība par ceļu")
    assert [subject for subject, _, _ in await kept(line)] == ["man ir sūdzība par ceļu"]


async def test_a_sure_question_names_the_ticket_in_few_words(line: Line) -> None:
    line.nlu.teach("lampa lūdzu", LAMP)
    await line.hears("cilvēks")
    await line.hears("lampa lūdzu")
    assert [subject for subject, _, _ in await kept(line)] == ["lampa lūdzu"]


async def test_a_wish_that_names_the_matter_names_the_ticket_that_is_open(line: Line) -> None:
    await line.hears("cilvēks")
    assert await line.hears("gribu darbinieku par sniegu uz ceļa") == ["handoff.already"]
    assert [subject for subject, _, _ in await kept(line)] == ["par sniegu uz ceļa"]


async def test_a_ticket_that_says_its_matter_keeps_it(line: Line) -> None:
    await line.hears("rēķins par ūdeni atnāca divreiz")
    await line.hears("cilvēks")
    await line.hears("lampa pie skolas nedeg")
    assert [subject for subject, _, _ in await kept(line)] == ["rēķins par ūdeni atnāca divreiz"]


async def test_what_somebody_at_the_desk_has_named_or_taken_keeps_its_name(
    line: Line, ilze: AgentId
) -> None:
    await line.hears("cilvēks")
    number = await number_of(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.hears("lampa pie skolas nedeg")
    assert [subject for subject, _, _ in await kept(line)] == ["cilvēks"]
    await line.tickets.describe(number, subject="Lampa", by=ilze)
    await line.tickets.give_back(number, by=ilze)
    await line.hears("lampa pie skolas joprojām nedeg")
    assert [subject for subject, _, _ in await kept(line)] == ["Lampa"]
