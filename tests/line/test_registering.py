"""Registering for a training in the chat: the button, another question in between, name and phone, a ticket."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.storage.schema import tickets
from bot.storage.tickets import relations
from domain.conversation import Mode
from domain.messages import AgentId
from domain.tickets import TicketNumber
from domain.trainings import Training
from tests.line.conftest import Line
from tests.line.test_rating import solve_one

PAY = "topic.bills-pay-where"


@pytest.fixture
def training(line: Line) -> Training:
    return Training(
        id="planseta",
        title="Planšetdatora pirmie soļi",
        starts=line.clock.now() + timedelta(days=7),
        place="Elejas bibliotēka",
        address=None,
        audience="seniori",
        seats=10,
        signup=None,
        queue="education",
        valid_until=line.clock.now().date() + timedelta(days=7),
    )


@pytest.fixture
def offered(line: Line, training: Training) -> Line:
    """A line whose content has one training."""
    line.publish(known_trainings=(training,))
    line.nlu.teach("kādas ir mācības", "training_list")
    line.nlu.teach("kur samaksāt rēķinu", PAY)
    return line


async def opened(line: Line) -> list[tuple[str, str, str]]:
    async with line.database.reading() as connection:
        rows = await connection.execute(
            select(tickets.c.reason, tickets.c.queue, tickets.c.subject)
        )
        return [tuple(row) for row in rows]


async def test_whoever_registers_gets_a_ticket_with_the_training(offered: Line) -> None:
    assert (await offered.hears("kādas ir mācības"))[-1] == "training.one"
    assert await offered.hears("1") == ["register.ask"]
    assert await offered.hears("Anna Kalniņa 26123456") == ["handoff.opened_registration"]
    assert await opened(offered) == [
        ("registration", "education", "Planšetdatora pirmie soļi: Anna Kalniņa 26123456")
    ]


@pytest.mark.parametrize("phone", ["26123456", "261 23 456", "nav"])
async def test_a_missing_phone_is_asked_for_once(offered: Line, phone: str) -> None:
    await offered.hears("kādas ir mācības")
    await offered.presses("register:planseta")
    assert await offered.hears("Anna Kalniņa") == ["register.phone"]
    assert await offered.hears(phone) == ["handoff.opened_registration"]
    [(_, _, subject)] = await opened(offered)
    assert subject == f"Planšetdatora pirmie soļi: Anna Kalniņa {phone}"


@pytest.mark.parametrize("agreed", ["jā", "labi", "ok"])
async def test_yes_instead_of_the_phone_asks_for_it_again_and_keeps_the_name(
    offered: Line, agreed: str
) -> None:
    await offered.hears("kādas ir mācības")
    await offered.presses("register:planseta")
    await offered.hears("Anna Bērziņa")
    assert await offered.hears(agreed) == ["register.phone"]
    assert await offered.hears("26123456") == ["handoff.opened_registration"]
    [(_, _, subject)] = await opened(offered)
    assert subject == "Planšetdatora pirmie soļi: Anna Bērziņa 26123456"


@pytest.mark.parametrize(
    "said", [["jā", "26123456"], ["26123456"], ["Anna Bērziņa,\n26123456"], ["nav"]]
)
async def test_a_question_instead_of_the_phone_is_answered_and_the_name_stays(
    offered: Line, said: list[str]
) -> None:
    await offered.hears("kādas ir mācības")
    await offered.presses("register:planseta")
    await offered.hears("Anna Bērziņa")
    assert await offered.hears("kur samaksāt rēķinu") == [PAY, "register.still_phone"]
    for words in said:
        told = await offered.hears(words)
    assert told == ["handoff.opened_registration"]
    [(_, _, subject)] = await opened(offered)
    assert subject.startswith("Planšetdatora pirmie soļi: Anna Bērziņa")
    assert subject.count("Anna") == 1
    assert "\n" not in subject


async def test_a_question_in_between_is_answered_and_the_registration_comes_back(
    offered: Line,
) -> None:
    await offered.hears("kādas ir mācības")
    await offered.presses("register:planseta")
    assert await offered.hears("kur samaksāt rēķinu") == [PAY, "register.still"]
    assert await offered.hears("Anna Kalniņa, 26123456") == ["handoff.opened_registration"]


async def test_whoever_changes_their_mind_is_not_registered(offered: Line) -> None:
    await offered.hears("kādas ir mācības")
    await offered.presses("register:planseta")
    assert await offered.hears("nē") == ["register.cancelled"]
    assert await offered.hears("Anna Kalniņa 26123456") != ["handoff.opened_registration"]
    assert ("registration", "education") not in [row[:2] for row in await opened(offered)]


async def test_an_old_button_does_not_register_for_what_is_over(
    offered: Line, training: Training
) -> None:
    await offered.hears("kādas ir mācības")
    over = replace(training, starts=offered.clock.now() - timedelta(hours=1))
    offered.publish(known_trainings=(over,))
    assert await offered.presses("register:planseta") == ["register.over", "training.none"]


async def test_beside_an_open_ticket_the_registration_reaches_those_who_run_the_training(
    offered: Line, ilze: AgentId
) -> None:
    await offered.hears("cilvēks")
    await offered.presses("register:planseta")
    assert await offered.hears("Anna Kalniņa 26123456") == ["handoff.opened_registration"]
    assert await opened(offered) == [
        ("asked", "general", "cilvēks"),
        ("registration", "education", "Planšetdatora pirmie soļi: Anna Kalniņa 26123456"),
    ]
    async with offered.database.reading() as connection:
        rows = await connection.execute(select(tickets.c.number).order_by(tickets.c.number))
        first, second = rows.scalars()
        assert [one.number for one in await relations.related(connection, first)] == [second]
    for number in (second, first):
        await offered.tickets.claim(number, by=ilze, name="Ilze")
        await offered.tickets.solve(number, by=ilze)
    assert (await offered.conversation()).mode is Mode.BOT


async def test_two_of_a_household_register_one_after_the_other(offered: Line) -> None:
    for who in ("Anna Kalniņa 26123456", "Pēteris Kalniņš 26123456"):
        await offered.presses("register:planseta")
        assert (await offered.hears(who))[-1] == "handoff.opened_registration"
    assert [subject for _, _, subject in await opened(offered)] == [
        "Planšetdatora pirmie soļi: Anna Kalniņa 26123456",
        "Planšetdatora pirmie soļi: Pēteris Kalniņš 26123456",
    ]


@pytest.mark.parametrize(
    "again", [["Anna Kalniņa 26123456"], ["anna kalnina, 261 23 456"], ["Anna Kalniņa", "26123456"]]
)
async def test_whoever_registers_a_second_time_hears_of_the_ticket_that_is_open(
    offered: Line, again: list[str]
) -> None:
    await offered.presses("register:planseta")
    await offered.hears("Anna Kalniņa 26123456")
    await offered.presses("register:planseta")
    for words in again:
        told = await offered.hears(words)
    assert told == ["handoff.already"]
    assert len(await opened(offered)) == 1


async def test_whoever_registers_again_after_the_first_ticket_is_solved_gets_another(
    offered: Line, ilze: AgentId
) -> None:
    await offered.presses("register:planseta")
    await offered.hears("Anna Kalniņa 26123456")
    async with offered.database.reading() as connection:
        number = TicketNumber((await connection.execute(select(tickets.c.number))).scalar_one())
    await offered.tickets.claim(number, by=ilze, name="Ilze")
    await offered.tickets.solve(number, by=ilze)
    await offered.presses("register:planseta")
    assert await offered.hears("Anna Kalniņa 26123456") == ["handoff.opened_registration"]


async def test_a_solved_ticket_does_not_stand_in_the_way(offered: Line, ilze: AgentId) -> None:
    await solve_one(offered, ilze)
    await offered.presses("register:planseta")
    assert await offered.hears("Anna Kalniņa 26123456") == ["handoff.opened_registration"]
    assert [row[0] for row in await opened(offered)] == ["asked", "registration"]


async def test_a_training_without_a_queue_has_no_button(offered: Line, training: Training) -> None:
    offered.publish(known_trainings=(replace(training, queue=""),))
    await offered.hears("kādas ir mācības")
    assert await offered.presses("register:planseta") == ["register.over", "training.one"]
