"""Which queue a resident's ticket lands in: that of the specialists, of their KAC, or the general one."""

from sqlalchemy import select, update

from bot.storage.agents import Presence
from bot.storage.schema import agent_queues, agents, ticket_events, tickets
from bot.storage.ticket_lists import View, Viewer, find
from domain.messages import AgentId
from tests.line.conftest import Line, add_agent

PAY = "topic.bills-pay-where"


async def queue(line: Line) -> str | None:
    async with line.database.reading() as connection:
        return await connection.scalar(select(tickets.c.queue))


async def test_a_ticket_from_eleja_goes_to_the_kac_of_eleja(line: Line) -> None:
    await line.hears("Kad Elejā beidzot salabos ielu apgaismojumu?")
    await line.hears("cilvēks")

    assert await queue(line) == "kac-eleja"


async def test_the_place_that_was_talked_of_counts(line: Line) -> None:
    line.nlu.teach("kur ir pārvalde", "centre_where")
    await line.hears("kur ir pārvalde")
    await line.hears("Vilcē")
    await line.hears("gribu runāt ar cilvēku par savu lietu")
    await line.presses("ask_person")

    assert await queue(line) == "kac-vilce"


async def test_without_a_place_it_is_the_general_queue(line: Line) -> None:
    await line.hears("cilvēks")

    assert await queue(line) == "general"


async def test_a_topic_of_specialists_goes_to_them_from_eleja_too(line: Line) -> None:
    line.nlu.teach("kur Elejā samaksāt rēķinu", PAY)
    await line.hears("kur Elejā samaksāt rēķinu")
    await line.hears("cilvēks")

    assert await queue(line) == "bills"


async def test_what_is_written_after_the_wish_finds_its_queue(line: Line) -> None:
    await line.hears("cilvēks")
    await line.hears("Elejā pie skolas jau nedēļu nedeg lampa")

    assert await queue(line) == "kac-eleja"
    await line.hears("Un Vilcē arī nedeg neviena lampa")
    assert await queue(line) == "kac-eleja"
    async with line.database.reading() as connection:
        [told] = await connection.scalars(
            select(ticket_events.c.detail).where(ticket_events.c.kind == "routed")
        )
    assert told == line.content.queues["kac-eleja"]


async def test_a_topic_written_after_the_wish_finds_its_specialists(line: Line) -> None:
    line.nlu.teach("kur samaksāt rēķinu", PAY)
    await line.hears("cilvēks")
    await line.hears("kur samaksāt rēķinu")

    assert await queue(line) == "bills"


# ---- nobody there


async def works_in(line: Line, agent: AgentId, *queues: str) -> None:
    async with line.database.unit_of_work() as work:
        await work.connection.execute(
            agent_queues.insert(), [{"agent_id": agent, "queue": queue} for queue in queues]
        )
        await work.commit()


async def seen(line: Line, agent: AgentId, queues: set[str]) -> list[str]:
    viewer = Viewer(agent=agent, queues=frozenset(queues), now=line.clock.now())
    async with line.database.reading() as connection:
        rows = await find(connection, View.QUEUES, viewer=viewer, limit=9)
    return [row.ticket.queue for row in rows]


async def test_a_queue_that_nobody_works_in_is_everybodys(line: Line, ilze: AgentId) -> None:
    """Ilze works in another queue; there is an administrator, who does not answer residents day by day."""
    await works_in(line, ilze, "bills")
    await change(line, await add_agent(line.database, "vita@example.org"), role="admin")
    await line.hears("esmu no Elejas, gribu cilvēku")
    await line.presses("ask_person")

    assert await seen(line, ilze, {"bills"}) == ["kac-eleja"]


async def test_it_is_theirs_as_soon_as_somebody_works_in_it(line: Line, ilze: AgentId) -> None:
    await works_in(line, ilze, "bills")
    janis = await add_agent(line.database, "janis@example.org")
    await works_in(line, janis, "kac-eleja")
    await line.hears("esmu no Elejas, gribu cilvēku")
    await line.presses("ask_person")

    assert await seen(line, ilze, {"bills"}) == []
    await change(line, janis, presence=Presence.ABSENT)
    assert await seen(line, ilze, {"bills"}) == ["kac-eleja"]


async def change(line: Line, agent: AgentId, **columns: object) -> None:
    async with line.database.unit_of_work() as work:
        await work.connection.execute(update(agents).where(agents.c.id == agent).values(**columns))
        await work.commit()
