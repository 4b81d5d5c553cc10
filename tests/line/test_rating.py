"""After a ticket is solved: "Vai tas palīdzēja?" with stars, words and a comment, and what each of them does."""

import pytest
from sqlalchemy import select

from bot.storage.schema import outbound_messages, ticket_events, tickets
from domain.messages import AgentId, Channel
from domain.tickets import TicketNumber, TicketState
from tests.line.conftest import Line

PAY = "topic.bills-pay-where"


@pytest.fixture(params=list(Channel))
async def solved(request: pytest.FixtureRequest, line: Line, ilze: AgentId) -> TicketNumber:
    """A ticket that Ilze has just solved, on one channel after another."""
    line.channel = request.param
    return await solve_one(line, ilze)


async def solve_one(line: Line, agent: AgentId, *, after_hours: int = 0) -> TicketNumber:
    """A ticket is claimed at once and solved so long after the resident's last word."""
    await line.hears("cilvēks")
    async with line.database.reading() as connection:
        number = TicketNumber((await connection.execute(select(tickets.c.number))).scalar_one())
    await line.tickets.claim(number, by=agent, name="Ilze")
    line.clock.forward(hours=after_hours)
    await line.tickets.solve(number, by=agent)
    return number


async def stored(line: Line) -> tuple[str, int | None, str]:
    """State, stars and comment of the only ticket."""
    async with line.database.reading() as connection:
        row = await connection.execute(select(tickets.c.state, tickets.c.stars, tickets.c.comment))
        state, stars, comment = row.one()
        return state, stars, comment


async def events(line: Line) -> list[str]:
    async with line.database.reading() as connection:
        rows = await connection.execute(select(ticket_events.c.kind).order_by(ticket_events.c.id))
        return list(rows.scalars())


async def last_words(line: Line) -> str:
    async with line.database.reading() as connection:
        rows = await connection.execute(
            select(outbound_messages.c.plain).order_by(outbound_messages.c.id.desc()).limit(1)
        )
        return str(rows.scalar_one())


async def test_stars_close_the_ticket_and_the_next_words_are_the_comment(
    line: Line, solved: TicketNumber
) -> None:
    assert await line.hears("5") == ["rating.comment"]
    assert await stored(line) == (TicketState.CLOSED, 5, "")
    assert await line.hears("Ļoti laipni un ātri, paldies") == ["rating.noted"]
    assert await stored(line) == (TicketState.CLOSED, 5, "Ļoti laipni un ātri, paldies")
    assert (await events(line))[-3:] == ["rated", "confirmed", "commented"]


@pytest.mark.parametrize(
    ("words", "stars"),
    [
        ("pieci", 5),
        ("Piecas zvaigznes!", 5),
        ("ļoti labi", 5),
        ("⭐⭐⭐⭐", 4),
        ("labi", 4),
        ("4/5", 4),
        ("3.", 3),
        ("viduvēji", 3),
    ],
)
async def test_stars_are_given_in_words_too(
    line: Line, ilze: AgentId, words: str, stars: int
) -> None:
    await solve_one(line, ilze)
    assert await line.hears(words) == ["rating.comment"]
    assert (await stored(line))[:2] == (TicketState.CLOSED, stars)


async def test_after_few_stars_the_resident_says_whether_colleagues_come_back(
    line: Line, solved: TicketNumber
) -> None:
    assert await line.hears("slikti") == ["rating.return"]
    assert await stored(line) == (TicketState.SOLVED, 2, "")
    assert await line.hears("jā") == ["helped.no_reopened"]
    assert (await stored(line))[0] == TicketState.NEW


async def test_few_stars_without_a_wish_close_the_ticket_as_one_that_did_not_help(
    line: Line, solved: TicketNumber
) -> None:
    await line.presses(f"stars_1:{solved}")
    assert await line.hears("nē") == ["rating.comment"]
    assert await line.hears("Gaidīju nedēļu") == ["rating.noted"]
    assert await stored(line) == (TicketState.CLOSED, 1, "Gaidīju nedēļu")
    assert "closed_unhelped" in await events(line)


async def test_yes_and_no_work_as_before(line: Line, ilze: AgentId) -> None:
    number = await solve_one(line, ilze)
    assert await line.hears("nē") == ["helped.no_reopened"]
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.solve(number, by=ilze)
    assert await line.hears("jā") == ["helped.yes"]
    assert await stored(line) == (TicketState.CLOSED, None, "")


@pytest.mark.parametrize("words", ["nē", "nē, paldies", "1", "labi", "nevajag"])
async def test_nothing_needs_to_be_added(line: Line, ilze: AgentId, words: str) -> None:
    await solve_one(line, ilze)
    await line.hears("5")
    assert await line.hears(words) == ["rating.thanks"]
    assert (await stored(line))[2] == ""


async def test_a_question_after_the_stars_is_answered_and_no_comment(
    line: Line, ilze: AgentId
) -> None:
    line.nlu.teach("kur samaksāt", PAY)
    await solve_one(line, ilze)
    await line.hears("5")
    assert await line.hears("kur samaksāt") == [PAY]
    assert (await stored(line))[2] == ""


async def test_a_command_after_the_stars_is_done_and_no_comment(line: Line, ilze: AgentId) -> None:
    await solve_one(line, ilze)
    await line.hears("5")
    assert await line.hears("mani pieteikumi") == ["my_tickets.heading", "my_tickets.closed"]
    assert (await stored(line))[2] == ""


async def test_danger_after_the_stars_is_no_comment(line: Line, ilze: AgentId) -> None:
    await solve_one(line, ilze)
    await line.hears("5")
    assert await line.hears("deg māja") == ["emergency.fire"]
    assert (await stored(line))[2] == ""


async def test_words_of_the_next_day_are_no_comment(line: Line, ilze: AgentId) -> None:
    await solve_one(line, ilze)
    await line.hears("5")
    line.clock.forward(hours=20)
    assert "rating.noted" not in await line.hears("blublu")


async def test_who_says_yes_to_a_comment_may_write_it(line: Line, ilze: AgentId) -> None:
    await solve_one(line, ilze)
    await line.hears("5")
    assert await line.hears("jā") == ["rating.write"]
    assert await line.hears("Malači") == ["rating.noted"]
    assert (await stored(line))[2] == "Malači"


async def test_thanks_leave_the_question_open(line: Line, ilze: AgentId) -> None:
    line.nlu.teach("paldies", "thanks")
    await solve_one(line, ilze)
    assert await line.hears("paldies") == ["thanks.welcome"]
    assert await line.hears("5") == ["rating.comment"]


async def test_a_question_in_between_does_not_lose_the_stars(line: Line, ilze: AgentId) -> None:
    line.nlu.teach("kur samaksāt", PAY)
    await solve_one(line, ilze)
    assert await line.hears("kur samaksāt") == [PAY, "helped.ask"]
    assert await line.hears("4") == ["rating.comment"]


async def test_stars_may_be_changed_for_a_week_and_not_later(line: Line, ilze: AgentId) -> None:
    number = await solve_one(line, ilze)
    await line.presses(f"stars_5:{number}")
    line.clock.forward(days=6)
    assert await line.presses(f"stars_3:{number}") == ["rating.comment"]
    line.clock.forward(days=2)
    assert await line.presses(f"stars_1:{number}") == ["rating.too_late"]
    assert (await stored(line))[1] == 3


async def test_few_stars_for_a_closed_ticket_still_bring_it_back(line: Line, ilze: AgentId) -> None:
    number = await solve_one(line, ilze)
    await line.presses(f"stars_5:{number}")
    assert await line.presses(f"stars_2:{number}") == ["rating.return"]
    assert await line.presses(f"return_yes:{number}") == ["helped.no_reopened"]


async def test_stars_for_a_ticket_that_is_open_again_tell_that_it_is(
    line: Line, ilze: AgentId
) -> None:
    number = await solve_one(line, ilze)
    await line.hears("nē")
    assert await line.presses(f"stars_5:{number}") == ["handoff.already"]
    assert (await stored(line))[1] is None


async def test_a_stranger_cannot_rate(line: Line, ilze: AgentId) -> None:
    number = await solve_one(line, ilze)
    line.handle = "78"
    await line.presses(f"stars_1:{number}")
    assert await stored(line) == (TicketState.SOLVED, None, "")


async def test_on_whatsapp_stars_are_numbers_in_the_text(line: Line, ilze: AgentId) -> None:
    line.channel = Channel.WHATSAPP
    await solve_one(line, ilze)
    assert "1. ★ Ļoti slikti\n2. ★★ Slikti" in await last_words(line)


async def test_on_whatsapp_who_could_not_be_asked_is_asked_when_they_write_again(
    line: Line, ilze: AgentId
) -> None:
    line.channel = Channel.WHATSAPP
    line.nlu.teach("kur samaksāt rēķinu", PAY)
    await solve_one(line, ilze, after_hours=25)
    await line.said()

    assert await line.hears("kur samaksāt rēķinu") == [PAY, "helped.ask"]
    assert await line.hears("5") == ["rating.comment"]
    assert await stored(line) == (TicketState.CLOSED, 5, "")
    await line.hears("nē")
    assert await line.hears("kur samaksāt rēķinu") == [PAY]


async def test_on_whatsapp_a_ticket_that_closed_meanwhile_is_not_asked_about(
    line: Line, ilze: AgentId
) -> None:
    line.channel = Channel.WHATSAPP
    line.nlu.teach("kur samaksāt rēķinu", PAY)
    await solve_one(line, ilze, after_hours=25)
    line.clock.forward(days=8)
    assert await line.tickets.close_silent(before=line.clock.now()) == 1
    await line.said()

    assert await line.hears("kur samaksāt rēķinu") == [PAY]


async def test_on_whatsapp_nobody_is_asked_by_template(line: Line, ilze: AgentId) -> None:
    line.channel = Channel.WHATSAPP
    await line.hears("cilvēks")
    async with line.database.reading() as connection:
        number = TicketNumber((await connection.execute(select(tickets.c.number))).scalar_one())
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.deliver()
    line.clock.forward(hours=24)
    before = await line.said()
    await line.tickets.solve(number, by=ilze)
    await line.deliver()
    assert await line.said() == before
    assert not any(message.template for message in line.sender.sent)
    line.clock.forward(days=8)
    assert await line.tickets.close_silent(before=line.clock.now()) == 1
    assert (await stored(line))[0] == TicketState.CLOSED
