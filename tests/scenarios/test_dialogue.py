"""The story that a newcomer reads first: one resident, one clerk, the same words on all three channels."""

import pytest
from sqlalchemy import select

from bot.storage.schema import agents, tickets
from domain.messages import AgentId
from domain.tickets import TicketNumber
from tests.scenarios.conftest import Assistant, OnWeb, Resident


@pytest.fixture
async def ilze(assistant: Assistant) -> AgentId:
    async with assistant.built.database.unit_of_work() as work:
        made = await work.connection.execute(
            agents.insert()
            .values(email="ilze@example.org", name="Ilze", password_hash="-")
            .returning(agents.c.id)
        )
        await work.commit()
        return AgentId(made.scalar_one())


async def only_ticket(assistant: Assistant) -> TicketNumber:
    async with assistant.built.database.reading() as connection:
        return TicketNumber((await connection.execute(select(tickets.c.number))).scalar_one())


async def last_words(resident: Resident) -> str:
    if isinstance(resident, OnWeb):
        await resident.look()
    return resident.heard()[-1]


async def test_from_the_first_question_to_the_closed_ticket(
    assistant: Assistant, resident: Resident, ilze: AgentId
) -> None:
    # The first message is answered, under the words that a machine answers.
    said = await assistant.hears(resident, "labdien, kur var samaksat udens rekinu?")
    assert said == ["intro.first", "topic.bills-pay-where"]
    assert "Latvijas Pasta" in await last_words(resident)

    # A related topic is one press (or one number) away.
    assert await assistant.sees(resident, "Līdz kuram datumam jāmaksā rēķins") == [
        "topic.bills-due-date"
    ]

    # A village in any form; what is not known is said, with the phone.
    assert await assistant.hears(resident, "cikos strada kac elejaa") == ["centre.hours_unknown"]
    assert "63022238" in await last_words(resident)

    # A person is one word away, and the number of the ticket comes at once.
    assert await assistant.hears(resident, "cilveks") == ["handoff.opened_asked"]
    number = await only_ticket(assistant)
    assert str(number) in await last_words(resident)

    # From the claim on the assistant is silent; the clerk's words arrive as they were written.
    await assistant.built.tickets.claim(number, by=ilze, name="Ilze")
    assert await assistant.said() == ["staff.claimed"]
    assert await assistant.hears(resident, "palīdzība") == []
    await assistant.built.tickets.answer(number, text="Labdien! Viss ir samaksāts.", by=ilze)
    await assistant.said()
    assert "Viss ir samaksāts." in await last_words(resident)

    # "Vai tas palīdzēja?" – no reopens, yes closes.
    await assistant.built.tickets.solve(number, by=ilze)
    assert await assistant.said() == ["helped.ask"]
    assert await assistant.hears(resident, "nē") == ["helped.no_reopened"]
    await assistant.built.tickets.claim(number, by=ilze, name="Ilze")
    await assistant.built.tickets.solve(number, by=ilze)
    await assistant.said()
    assert await assistant.hears(resident, "Jā!") == ["helped.yes"]

    # Stars may still be given, by a word or a press, and then a comment; the list says how the ticket stands.
    await assistant.hears(resident, "nepalīdzēja")
    await assistant.built.tickets.claim(number, by=ilze, name="Ilze")
    await assistant.built.tickets.solve(number, by=ilze)
    await assistant.said()
    assert await assistant.sees(resident, "Ļoti labi") == ["rating.comment"]
    assert await assistant.sees(resident, "Nē, paldies") == ["rating.thanks"]
    assert await assistant.hears(resident, "mani pieteikumi") == [
        "my_tickets.heading",
        "my_tickets.closed",
    ]
    assert f"Pieteikums Nr. {number}" in await last_words(resident)

    # The resident's rights.
    assert await assistant.hears(resident, "mani dati") == ["my_data.summary"]
    assert await assistant.hears(resident, "dzest manus datus") == ["erase.confirm"]
    assert await assistant.hears(resident, "ja") == ["erase.done"]
