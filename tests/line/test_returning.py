"""Soon after a ticket was finished: the same question returns to it, another one goes to the assistant."""

import pytest
from sqlalchemy import select, update

from bot.storage.database import Database
from bot.storage.schema import tickets
from domain.messages import AgentId, Channel
from domain.tickets import TicketState
from tests.line.conftest import Line

PAY, DUE = "topic.bills-pay-where", "topic.bills-due-date"
ASKED = "rēķins par ūdeni atnāca divreiz"


@pytest.fixture(params=list(Channel))
async def closed(request: pytest.FixtureRequest, line: Line, ilze: AgentId) -> None:
    """A ticket about a bill that came twice, closed with five stars, on one channel after another."""
    line.channel = request.param
    await close_one(line, ilze)


async def close_one(line: Line, agent: AgentId, *, topic: str = "") -> None:
    await line.hears(ASKED)
    if topic:
        line.nlu.teach("par tematu", f"topic.{topic}")
        await line.hears("par tematu")
        await line.hears(ASKED)
    await line.hears("cilvēks")
    async with line.database.reading() as connection:
        number = (await connection.execute(select(tickets.c.number))).scalar_one()
    await line.tickets.claim(number, by=agent, name="Ilze")
    await line.tickets.solve(number, by=agent)
    await line.hears("5")
    await line.hears("nē")


async def states(database: Database) -> list[str]:
    async with database.reading() as connection:
        rows = await connection.execute(select(tickets.c.state).order_by(tickets.c.number))
        return list(rows.scalars())


@pytest.mark.parametrize(
    "words",
    [
        "Rekins par udeni atkal atnaca divreiz",
        "joprojām nekas nav mainījies",
        "rakstu par to pašu",
        "tas nepalīdzēja",
    ],
)
async def test_the_same_returns_to_its_ticket(line: Line, closed: None, words: str) -> None:
    assert await line.hears(words) == ["helped.same_reopened"]
    assert await states(line.database) == [TicketState.NEW]


async def test_the_same_words_return_even_when_staff_named_the_ticket_otherwise(
    line: Line, ilze: AgentId
) -> None:
    await close_one(line, ilze)
    async with line.database.unit_of_work() as work:
        await work.connection.execute(update(tickets).values(subject="Pārrēķins Elejā"))
        await work.commit()

    assert await line.hears("Rekins par udeni atkal atnaca divreiz") == ["helped.same_reopened"]


async def test_a_new_question_goes_to_the_assistant(line: Line, closed: None) -> None:
    line.nlu.teach("kur samaksāt", PAY)
    assert await line.hears("kur samaksāt") == [PAY]
    assert await line.hears("blublu") == ["not_understood.first"]
    assert await states(line.database) == [TicketState.CLOSED]


async def test_the_same_topic_is_answered_and_asked_about(line: Line, ilze: AgentId) -> None:
    line.nlu.teach("kur maksāt tagad", PAY)
    await close_one(line, ilze, topic="bills-pay-where")
    assert await line.hears("kur maksāt tagad") == [PAY, "helped.same_ask"]
    assert await line.hears("Nē, cits jautājums") == ["helped.same_not"]
    assert await line.hears("kur maksāt tagad") == [PAY]
    assert await states(line.database) == [TicketState.CLOSED]


async def test_starting_anew_keeps_what_was_said_not_to_be_the_same(
    line: Line, ilze: AgentId
) -> None:
    line.nlu.teach("kur maksāt tagad", PAY)
    await close_one(line, ilze, topic="bills-pay-where")
    await line.hears("kur maksāt tagad")
    await line.hears("Nē, cits jautājums")
    await line.hears("sākt no jauna")
    assert await line.hears("kur maksāt tagad") == [PAY]


async def test_who_says_that_it_is_the_same_is_sent_back(line: Line, ilze: AgentId) -> None:
    line.nlu.teach("kur maksāt tagad", PAY)
    await close_one(line, ilze, topic="bills-pay-where")
    await line.hears("kur maksāt tagad")
    assert await line.hears("jā") == ["helped.same_reopened"]
    assert await states(line.database) == [TicketState.NEW]


async def test_words_that_are_only_alike_leave_it_to_the_resident(line: Line, closed: None) -> None:
    assert await line.hears("par ūdeni rēķins nav atnācis") == ["helped.same_ask"]
    assert await line.hears("1") == ["helped.same_reopened"]


async def test_still_in_a_question_about_something_else_is_asked_about(
    line: Line, closed: None
) -> None:
    line.nlu.teach("vai joprojām jāmaksā līdz 25", DUE)
    assert await line.hears("vai joprojām jāmaksā līdz 25") == [DUE, "helped.same_ask"]


async def test_a_complaint_about_an_answer_is_not_about_the_ticket(
    line: Line, closed: None
) -> None:
    line.nlu.teach("kur samaksāt", PAY)
    line.nlu.teach("tas man nepalīdz", "complaint")
    await line.hears("kur samaksāt")
    assert await line.hears("tas man nepalīdz") == ["handoff.opened_unhappy"]
    assert await states(line.database) == [TicketState.CLOSED, TicketState.NEW]


async def test_danger_and_commands_go_first(line: Line, closed: None) -> None:
    assert await line.hears("joprojām deg māja") == ["emergency.fire"]
    assert await line.hears("mani dati") == ["my_data.summary"]
    assert await states(line.database) == [TicketState.CLOSED]


async def test_after_a_week_it_is_a_new_question(line: Line, closed: None) -> None:
    line.clock.forward(days=8)
    assert await line.hears(ASKED) == ["not_understood.first"]
    assert await states(line.database) == [TicketState.CLOSED]


async def test_while_another_ticket_waits_nothing_returns(line: Line, closed: None) -> None:
    await line.hears("cilvēks")
    assert "helped.same_reopened" not in await line.hears(ASKED)
    assert await states(line.database) == [TicketState.CLOSED, TicketState.NEW]


async def test_starting_anew_does_not_forget_the_ticket(line: Line, closed: None) -> None:
    await line.hears("sākt no jauna")
    assert await line.hears(ASKED) == ["helped.same_reopened"]


# ---------------------------------------------------------------------------------------------- several tickets

ROAD = "ceļš uz skolu nav tīrīts"


@pytest.fixture
async def two(line: Line, ilze: AgentId) -> None:
    """A ticket about a bill, and a day later one about a road, both closed with stars."""
    for question in (ASKED, ROAD):
        await line.hears(question)
        await line.hears("cilvēks")
        async with line.database.reading() as connection:
            found = await connection.execute(
                select(tickets.c.number).where(tickets.c.state == TicketState.NEW)
            )
            number = found.scalar_one()
        await line.tickets.claim(number, by=ilze, name="Ilze")
        await line.tickets.solve(number, by=ilze)
        await line.hears("5")
        await line.hears("nē")
        line.clock.forward(days=1)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Rekins par udeni atkal atnaca divreiz", [TicketState.NEW, TicketState.CLOSED]),
        ("Cels uz skolu atkal nav tirits", [TicketState.CLOSED, TicketState.NEW]),
        ("joprojām nekas nav mainījies", [TicketState.CLOSED, TicketState.NEW]),
        ("rēķins par ūdeni joprojām nav pareizs", [TicketState.NEW, TicketState.CLOSED]),
    ],
)
async def test_the_same_returns_to_that_of_several_tickets_which_it_is_about(
    line: Line, two: None, words: str, expected: list[str]
) -> None:
    assert await line.hears(words) == ["helped.same_reopened"]
    assert await states(line.database) == expected


async def test_another_question_than_one_ticket_may_still_be_the_other(
    line: Line, two: None
) -> None:
    assert await line.hears("ceļš ir slikts uz skolu") == ["helped.same_ask"]
    assert await line.hears("nē") == ["helped.same_not"]
    assert await line.hears("ceļš ir slikts uz skolu") == ["not_understood.first"]
    assert await line.hears(ASKED) == ["helped.same_reopened"]
    assert await states(line.database) == [TicketState.NEW, TicketState.CLOSED]


async def test_each_ticket_is_remembered_for_its_own_week(line: Line, two: None) -> None:
    line.clock.forward(days=5, hours=12)
    assert await line.hears(ASKED) == ["not_understood.first"]
    assert await line.hears(ROAD) == ["helped.same_reopened"]
