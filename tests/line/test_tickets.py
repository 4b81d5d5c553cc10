"""A ticket's way between the resident and the desk, and who is silent when."""

import asyncio

import pytest
from sqlalchemy import select

from bot.storage.database import Database
from bot.storage.schema import tickets
from domain.conversation import Mode
from domain.errors import ConversationChanged, TicketConflict
from domain.messages import AgentId
from domain.tickets import TicketNumber, TicketState
from tests.line.conftest import Line, add_agent

PAY = "topic.bills-pay-where"


@pytest.fixture
async def janis(database: Database) -> AgentId:
    return await add_agent(database, "janis@example.org")


async def ticket(line: Line) -> tuple[TicketNumber, TicketState]:
    async with line.database.reading() as connection:
        row = await connection.execute(select(tickets.c.number, tickets.c.state))
        number, state = row.one()
        return TicketNumber(number), TicketState(state)


async def opened(line: Line) -> TicketNumber:
    await line.hears("cilvēks")
    return (await ticket(line))[0]


async def test_asking_for_a_person_opens_a_ticket_with_a_number(line: Line) -> None:
    assert await line.hears("cilvēks") == ["intro.first", "handoff.opened_asked"]
    await line.deliver()
    number, state = await ticket(line)
    assert state is TicketState.NEW
    assert str(number) in line.sender.sent[-1].plain


async def test_a_ticket_is_about_the_question_before_the_word_for_a_person(line: Line) -> None:
    await line.hears("rēķins atnāca divreiz")
    await line.hears("cilvēks")
    async with line.database.reading() as connection:
        subject = await connection.scalar(select(tickets.c.subject))
    assert subject == "rēķins atnāca divreiz"


@pytest.mark.parametrize(
    ("wish", "about"),
    [
        ("paldies, bet es gribu ar cilvēku parunāt", "kur samaksāt rēķinu"),
        ("gribu cilvēku par ceļu", "par ceļu"),
    ],
)
async def test_a_wish_for_a_person_in_other_words_is_about_the_question_before(
    line: Line, wish: str, about: str
) -> None:
    line.nlu.teach("kur samaksāt rēķinu", "topic.bills-pay-where")
    line.nlu.teach("sveiki", "greet")
    line.nlu.teach(wish, "ask_person")
    for text in ("kur samaksāt rēķinu", "sveiki", wish):
        await line.hears(text)
    async with line.database.reading() as connection:
        assert await connection.scalar(select(tickets.c.subject)) == about


async def test_while_a_ticket_waits_the_assistant_still_answers(line: Line) -> None:
    line.nlu.teach("kur samaksāt", PAY)
    await opened(line)
    assert await line.hears("kur samaksāt") == [PAY]


async def test_from_the_claim_on_the_assistant_is_silent(line: Line, ilze: AgentId) -> None:
    line.nlu.teach("kur samaksāt", PAY)
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    assert await line.hears("kur samaksāt") == []
    assert await line.hears("palīdzība") == []
    assert await line.presses(PAY) == []
    assert await line.unanswered() == 0


async def test_a_claim_in_the_middle_of_a_turn_silences_that_turn(
    line: Line, ilze: AgentId, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await opened(line)
    line.nlu.teach("kur samaksāt", PAY)
    understand = line.nlu.understand

    async def slowly(text: str) -> object:
        await line.tickets.claim(number, by=ilze, name="Ilze")
        return await understand(text)

    monkeypatch.setattr(line.nlu, "understand", slowly)
    await line.accepts("kur samaksāt")
    with pytest.raises(ConversationChanged):
        await line.turn()
    await line.turn()
    assert PAY not in await line.said()


async def test_the_answer_reaches_the_resident_and_the_helped_question_closes(
    line: Line, ilze: AgentId
) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.answer(number, text="Labdien! *Viss* kārtībā <3", by=ilze)
    await line.deliver()
    assert line.sender.sent[-1].plain == "Labdien! *Viss* kārtībā <3"
    await line.tickets.solve(number, by=ilze)
    assert (await line.said())[-1] == "helped.ask"
    assert await line.hears("jā") == ["helped.yes"]
    assert await ticket(line) == (number, TicketState.CLOSED)


async def test_no_reopens_the_ticket_with_its_number(line: Line, ilze: AgentId) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.solve(number, by=ilze)
    assert await line.hears("nē") == ["helped.no_reopened"]
    assert await ticket(line) == (number, TicketState.NEW)
    assert (await line.conversation()).mode is Mode.WAITING


async def test_an_old_no_button_reopens_for_a_week_and_then_opens_a_new_ticket(
    line: Line, ilze: AgentId
) -> None:
    number = await opened(line)
    for _ in range(2):
        await line.tickets.claim(number, by=ilze, name="Ilze")
        await line.tickets.solve(number, by=ilze)
        await line.presses(f"helped_yes:{number}")
        line.clock.forward(days=6)
        assert await line.presses(f"helped_no:{number}") == ["helped.no_reopened"]
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.solve(number, by=ilze)
    await line.presses(f"helped_yes:{number}")
    line.clock.forward(days=8)
    assert await line.presses(f"helped_no:{number}") == ["handoff.opened_unhappy"]


async def test_of_twenty_agents_who_claim_at_once_one_gets_it(
    line: Line, ilze: AgentId, janis: AgentId
) -> None:
    number = await opened(line)
    results = await asyncio.gather(
        *(line.tickets.claim(number, by=[ilze, janis][i % 2], name="A") for i in range(20)),
        return_exceptions=True,
    )
    won = {r.agent for r in results if not isinstance(r, BaseException)}
    lost = [r for r in results if isinstance(r, BaseException)]
    assert len(won) == 1
    assert len(lost) == 10
    assert all(isinstance(r, TicketConflict) for r in lost)


async def test_only_the_holder_answers(line: Line, ilze: AgentId, janis: AgentId) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    with pytest.raises(TicketConflict):
        await line.tickets.answer(number, text="es arī", by=janis)


async def test_a_note_never_reaches_the_resident(line: Line, ilze: AgentId) -> None:
    number = await opened(line)
    before = await line.said()
    await line.tickets.note(number, text="zvanīju JNKU", by=ilze)
    await line.deliver()
    assert await line.said() == before
    assert "zvanīju" not in "".join(m.plain for m in line.sender.sent)


async def test_given_back_the_assistant_speaks_again(line: Line, ilze: AgentId) -> None:
    line.nlu.teach("kur samaksāt", PAY)
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.give_back(number, by=ilze)
    assert await line.hears("kur samaksāt") == [PAY]


async def test_a_solved_ticket_that_nobody_confirms_is_closed_after_a_week(
    line: Line, ilze: AgentId
) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.solve(number, by=ilze)
    line.clock.forward(days=8)
    assert await line.tickets.close_silent(before=line.clock.now()) == 1
    assert await ticket(line) == (number, TicketState.CLOSED)


async def test_my_tickets_lists_them_with_their_states(line: Line) -> None:
    await opened(line)
    assert await line.hears("mani pieteikumi") == ["my_tickets.heading", "my_tickets.new"]


@pytest.mark.parametrize("number", ["9" * 50, "9223372036854775808", "-1", "", "x", "1 OR 1=1"])
async def test_a_press_with_a_number_that_no_ticket_has_is_answered(
    line: Line, number: str
) -> None:
    await line.hears("labdien")
    assert await line.presses(f"helped_yes:{number}") == ["helped.yes"]


async def test_a_stranger_can_neither_close_nor_reopen_a_ticket(line: Line, ilze: AgentId) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.solve(number, by=ilze)
    line.handle = "78"
    await line.presses(f"helped_yes:{number}")
    assert await ticket(line) == (number, TicketState.SOLVED)
    await line.presses(f"helped_no:{number}")
    async with line.database.reading() as connection:
        state = await connection.scalar(select(tickets.c.state).where(tickets.c.number == number))
    assert state == TicketState.SOLVED


@pytest.mark.parametrize(
    ("question", "language", "until"),
    [
        ("Где оплатить счёт за воду?", "ru", "до конца рабочего дня в понедельник, 23 ноября"),
        (
            "where can I pay my water bill?",
            "en",
            "by the end of the working day on Monday, 23 November",
        ),
    ],
)
async def test_what_happens_to_a_ticket_is_told_in_the_residents_language(
    line: Line, ilze: AgentId, question: str, language: str, until: str
) -> None:
    await line.hears(question)
    said = await line.hears("cilvēks")
    assert said == [f"foreign.person_{language}", "handoff.opened_asked"]
    number = (await ticket(line))[0]
    await line.deliver()
    opened_in_both = line.sender.sent[-1].plain
    assert f"{number}" in opened_in_both
    assert until in opened_in_both
    line.clock.forward(days=4)
    await line.tickets.tell_late()
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.solve(number, by=ilze)
    assert (await line.said())[-6:] == [
        f"foreign.late_{language}",
        "staff.late",
        f"foreign.claimed_{language}",
        "staff.claimed",
        f"foreign.helped_{language}",
        "helped.ask",
    ]
    assert await line.hears("5") == [f"foreign.comment_{language}", "rating.comment"]


async def test_my_tickets_tell_subject_standing_and_time_and_forget_old_ones(
    line: Line, ilze: AgentId
) -> None:
    await line.hears("rēķins atnāca divreiz")
    number = await opened(line)
    assert await line.hears("mani pieteikumi") == ["my_tickets.heading", "my_tickets.new"]
    await line.deliver()
    told = line.sender.sent[-1].plain
    assert f"Pieteikums Nr. {number}" in told
    assert "līdz pirmdienas, 23. novembra, darba dienas beigām" in told
    assert "Par: „rēķins atnāca divreiz”" in told
    await line.tickets.claim(number, by=ilze, name="Ilze")
    assert await line.hears("mani pieteikumi") == []
    await line.tickets.answer(number, text="Skatos", by=ilze)
    await line.tickets.give_back(number, by=ilze)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.solve(number, by=ilze)
    await line.hears("jā")
    line.clock.forward(days=29)
    assert await line.hears("mani pieteikumi") == ["my_tickets.heading", "my_tickets.closed"]
    line.clock.forward(days=2)
    assert await line.hears("mani pieteikumi") == ["my_tickets.none"]
