"""After a ticket of several is solved: what is asked about it, and what "nē", "cilvēks" and a new matter do."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.storage.schema import outbound_messages, ticket_events, tickets
from bot.storage.statistics import counting
from domain.conversation import Mode
from domain.messages import AgentId, Channel
from domain.tickets import Ticket, TicketNumber, TicketState
from tests.line.conftest import Line, add_agent

PAY = "topic.bills-pay-where"
BILL, ROAD = "rēķins par ūdeni atnāca divreiz", "ceļš nav tīrīts pie skolas"
NEW, CLAIMED, SOLVED, CLOSED = TicketState


@pytest.fixture
async def janis(line: Line) -> AgentId:
    return await add_agent(line.database, "janis@example.org")


async def ask_for_person(line: Line, question: str = BILL) -> TicketNumber:
    """A resident asks something that the assistant does not know, and then for a person."""
    await line.hears(question)
    await line.hears("cilvēks")
    return (await numbers(line))[-1]


async def solve(line: Line, number: TicketNumber, by: AgentId) -> None:
    await line.tickets.claim(number, by=by, name="Ilze")
    await line.tickets.solve(number, by=by)


async def split(
    line: Line, number: TicketNumber, by: AgentId, *, about: str = "Ceļš uz skolu"
) -> Ticket:
    return await line.tickets.split(number, queue="general", subject=about, by=by)


async def numbers(line: Line) -> list[TicketNumber]:
    return [TicketNumber(number) for number, *_ in await kept(line, tickets.c.number)]


async def states(line: Line) -> list[TicketState]:
    return [TicketState(state) for (state,) in await kept(line, tickets.c.state)]


async def kept(line: Line, *columns: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - any column
    async with line.database.reading() as connection:
        rows = await connection.execute(select(*columns).order_by(tickets.c.number))
        return [tuple(row) for row in rows]


async def events(line: Line, number: TicketNumber) -> list[str]:
    async with line.database.reading() as connection:
        found = await connection.scalars(
            select(ticket_events.c.kind)
            .where(ticket_events.c.ticket_number == number)
            .order_by(ticket_events.c.id)
        )
        return list(found)


async def asked_about(line: Line) -> list[TicketNumber]:
    """The tickets of which "Vai atbilde palīdzēja?" was asked, in order."""
    async with line.database.reading() as connection:
        found = await connection.scalars(
            select(outbound_messages.c.plain)
            .where(outbound_messages.c["keys"].contains(["helped.ask"]))
            .order_by(outbound_messages.c.id)
        )
        said = list(found)
    known = await numbers(line)
    return [number for text in said for number in known if f"Nr. {number}" in text]


# ---------------------------------------------------------------------------------------------- two tickets


@pytest.fixture
async def both(line: Line, ilze: AgentId, janis: AgentId) -> tuple[TicketNumber, TicketNumber]:
    """A ticket and one that was split off it, each held by somebody."""
    number = await ask_for_person(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    made = await split(line, number, ilze)
    await line.tickets.claim(made.number, by=janis, name="Jānis")
    return number, made.number


async def test_no_brings_back_the_split_ticket_that_was_asked_about(
    line: Line, both: tuple[TicketNumber, TicketNumber], ilze: AgentId, janis: AgentId
) -> None:
    main, other = both
    await line.tickets.solve(main, by=ilze)
    await line.tickets.solve(other, by=janis)
    assert await asked_about(line) == [other]
    assert await line.hears("nē") == ["helped.no_reopened"]
    assert await kept(line, tickets.c.state, tickets.c.reopened) == [(SOLVED, 0), (NEW, 1)]


async def test_no_to_a_split_ticket_counts_while_the_main_one_waits(
    line: Line, both: tuple[TicketNumber, TicketNumber], ilze: AgentId, janis: AgentId
) -> None:
    main, other = both
    await line.tickets.give_back(main, by=ilze)
    await line.tickets.solve(other, by=janis)
    assert await line.hears("nē") == ["helped.no_reopened"]
    assert await states(line) == [NEW, NEW]


async def test_what_was_solved_while_a_colleague_talked_is_asked_about_afterwards(
    line: Line, both: tuple[TicketNumber, TicketNumber], ilze: AgentId, janis: AgentId
) -> None:
    main, other = both
    await line.tickets.solve(main, by=ilze)
    assert await asked_about(line) == []
    await line.tickets.solve(other, by=janis)
    assert await asked_about(line) == [other]
    assert await line.hears("jā") == ["helped.yes", "helped.ask"]
    assert await asked_about(line) == [other, main]
    assert await line.hears("jā") == ["helped.yes"]
    assert await states(line) == [CLOSED, CLOSED]


async def test_after_stars_and_comment_the_other_one_is_asked_about(
    line: Line, both: tuple[TicketNumber, TicketNumber], ilze: AgentId, janis: AgentId
) -> None:
    main, other = both
    await line.tickets.solve(main, by=ilze)
    await line.tickets.solve(other, by=janis)
    assert await line.hears("5") == ["rating.comment"]
    assert await line.hears("nē") == ["rating.thanks", "helped.ask"]
    assert await line.hears("2") == ["rating.return"]
    assert await line.hears("jā") == ["helped.no_reopened"]
    assert await states(line) == [NEW, CLOSED]


async def test_it_is_asked_under_an_answer_when_the_colleague_gives_the_other_one_back(
    line: Line, both: tuple[TicketNumber, TicketNumber], ilze: AgentId, janis: AgentId
) -> None:
    line.nlu.teach("kur samaksāt", PAY)
    main, other = both
    await line.tickets.solve(main, by=ilze)
    await line.hears("kur samaksāt")
    assert await asked_about(line) == []
    await line.tickets.give_back(other, by=janis)
    assert await line.hears("kur samaksāt") == [PAY, "helped.ask"]
    assert await asked_about(line) == [main]


async def test_it_is_asked_when_the_other_one_is_merged_away(
    line: Line, both: tuple[TicketNumber, TicketNumber], ilze: AgentId, janis: AgentId
) -> None:
    main, other = both
    third = await split(line, other, janis, about="Atkritumi")
    await line.tickets.solve(main, by=ilze)
    await line.tickets.merge(other, into=third.number, by=janis)
    assert await asked_about(line) == [main]
    assert (await line.conversation()).mode is Mode.WAITING


async def test_what_was_opened_again_meanwhile_is_not_asked_about_twice(
    line: Line, both: tuple[TicketNumber, TicketNumber], ilze: AgentId, janis: AgentId
) -> None:
    main, other = both
    await line.tickets.solve(main, by=ilze)
    await line.tickets.give_back(other, by=janis)
    await line.presses(f"helped_no:{main}")
    await solve(line, other, janis)
    assert await line.hears("jā") == ["helped.yes"]
    assert await asked_about(line) == [other]


async def test_outside_the_window_both_are_asked_about_one_after_the_other(
    line: Line, ilze: AgentId, janis: AgentId
) -> None:
    line.channel, line.handle = Channel.WHATSAPP, "+37120000001"
    line.nlu.teach("kur samaksāt", PAY)
    main = await ask_for_person(line)
    await line.tickets.claim(main, by=ilze, name="Ilze")
    other = (await split(line, main, ilze)).number
    await line.tickets.claim(other, by=janis, name="Jānis")
    line.clock.forward(hours=25)
    await line.tickets.solve(main, by=ilze)
    await line.tickets.solve(other, by=janis)
    assert await asked_about(line) == []
    assert await line.hears("kur samaksāt") == [PAY, "helped.ask"]
    assert await line.hears("jā") == ["helped.yes", "helped.ask"]
    assert await asked_about(line) == [other, main]


async def test_no_to_what_was_merged_brings_back_the_ticket_that_took_it_over(
    line: Line, both: tuple[TicketNumber, TicketNumber], ilze: AgentId, janis: AgentId
) -> None:
    main, other = both
    await line.tickets.merge(main, into=other, by=ilze)
    assert await line.presses(f"helped_no:{main}") == []
    await line.tickets.solve(other, by=janis)
    assert await line.presses(f"helped_no:{main}") == ["helped.no_reopened"]
    assert await states(line) == [CLOSED, NEW]


# ---------------------------------------------------------------------------------------------- a person again


@pytest.fixture(params=list(Channel))
async def solved(request: pytest.FixtureRequest, line: Line, ilze: AgentId) -> TicketNumber:
    """A ticket about a bill that was just solved, and the resident has not said anything to it."""
    line.channel = request.param
    number = await ask_for_person(line)
    await solve(line, number, ilze)
    return number


async def helped(line: Line) -> list[bool]:
    """What the statistics say of the tickets that were solved."""
    async with line.database.reading() as connection:
        found = await counting.verdicts(
            connection,
            first=line.clock.now().replace(year=2000),
            until=line.clock.now().replace(year=2100),
        )
    return [verdict.helped for verdict in found]


async def test_a_person_right_after_the_answer_is_about_that_ticket(
    line: Line, solved: TicketNumber
) -> None:
    assert await line.hears("cilvēks") == ["helped.same_reopened"]
    assert await states(line) == [NEW]


@pytest.mark.parametrize("between", ["paldies", "2", "7", "labdien"])
async def test_thanks_a_greeting_and_stars_are_no_other_matter(
    line: Line, ilze: AgentId, between: str
) -> None:
    line.nlu.teach("paldies", "thanks")
    line.nlu.teach("labdien", "greet")
    await solve(line, await ask_for_person(line), ilze)
    await line.hears(between)
    assert await line.hears("cilvēks") == ["helped.same_reopened"]
    assert await states(line) == [NEW]


async def test_a_person_about_something_else_gets_a_ticket_of_its_own(
    line: Line, solved: TicketNumber
) -> None:
    line.clock.forward(hours=20)
    await line.hears(ROAD)
    assert await line.hears("cilvēks") == ["handoff.opened_asked", "helped.left"]
    assert await kept(line, tickets.c.state, tickets.c.subject) == [(CLOSED, BILL), (NEW, ROAD)]
    assert (await events(line, solved))[-1] == "closed_for_next"
    assert await helped(line) == []


async def test_an_answer_in_between_is_remembered_longer_than_the_thread_of_the_talk(
    line: Line, solved: TicketNumber
) -> None:
    line.nlu.teach("kur samaksāt", PAY)
    await line.hears("kur samaksāt")
    line.clock.forward(hours=3)
    assert await line.hears("cilvēks") == ["handoff.opened_asked", "helped.left"]
    assert await states(line) == [CLOSED, NEW]


async def test_not_understood_twice_is_a_new_matter_too(line: Line, solved: TicketNumber) -> None:
    await line.hears("ceļš nav tīrīts")
    assert await line.hears("pie skolas sniegs") == [
        "handoff.opened_not_understood",
        "helped.left",
    ]
    assert await states(line) == [CLOSED, NEW]


async def test_a_person_after_another_question_is_not_about_the_old_ticket(
    line: Line, solved: TicketNumber
) -> None:
    assert await line.hears("par ūdeni rēķins nav atnācis") == ["helped.same_ask"]
    assert await line.hears("Nē, cits jautājums") == ["helped.same_not"]
    assert await line.hears("cilvēks") == ["handoff.opened_asked", "helped.left"]
    assert await states(line) == [CLOSED, NEW]


async def test_a_person_instead_of_yes_is_a_yes(line: Line, solved: TicketNumber) -> None:
    await line.hears("par ūdeni rēķins nav atnācis")
    assert await line.hears("cilvēks") == ["helped.same_reopened"]
    assert await states(line) == [NEW]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("gribu runāt ar cilvēku", [NEW]),
        ("varu par to parunāt ar cilvēku", [NEW]),
        ("gribu runāt ar cilvēku par sniegu", [CLOSED, NEW]),
        ("gribu runāt ar cilvēku, rēķins par ūdeni atnācis divreiz", [NEW]),
    ],
)
async def test_a_wish_for_a_person_may_say_what_about(
    line: Line, ilze: AgentId, wish: str, expected: list[TicketState]
) -> None:
    line.nlu.teach(wish, "ask_person")
    await solve(line, await ask_for_person(line), ilze)
    await line.hears(wish)
    assert await states(line) == expected


async def test_despair_is_a_ticket_of_its_own_and_first_at_the_desk(
    line: Line, ilze: AgentId
) -> None:
    await solve(line, await ask_for_person(line), ilze)
    await line.hears("negribu vairs dzīvot")
    await line.hears("cilvēks")
    assert await kept(line, tickets.c.state, tickets.c.reason) == [
        (CLOSED, "asked"),
        (NEW, "crisis"),
    ]


async def test_a_closed_ticket_is_brought_back_beside_one_that_is_only_solved(
    line: Line, ilze: AgentId
) -> None:
    first = await ask_for_person(line)
    await solve(line, first, ilze)
    await line.hears("5")
    await line.hears("nē")
    await solve(line, await ask_for_person(line, ROAD), ilze)
    assert await line.presses(f"helped_no:{first}") == ["helped.no_reopened"]
    assert await states(line) == [NEW, CLOSED]


async def test_no_to_a_ticket_of_last_month_does_not_open_the_latest_one(
    line: Line, ilze: AgentId
) -> None:
    first = await ask_for_person(line)
    await solve(line, first, ilze)
    await line.hears("jā")
    line.clock.forward(days=30)
    await solve(line, await ask_for_person(line, ROAD), ilze)
    assert await line.presses(f"helped_no:{first}") == ["handoff.opened_unhappy", "helped.left"]
    assert await states(line) == [CLOSED, CLOSED, NEW]
