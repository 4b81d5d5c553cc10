"""Whether a contact can be reached: noted when it blocks the assistant, forgotten when it writes again."""

from sqlalchemy import select

from bot.storage.schema import handles
from tests.line.conftest import Line


async def can_be_reached(line: Line) -> dict[str, bool]:
    async with line.database.reading() as connection:
        found = await connection.execute(select(handles.c.external_id, handles.c.reachable))
        return {row.external_id: row.reachable for row in found}


async def blocks(line: Line, handle: str) -> None:
    await line.inbox.note_blocked(channel=line.channel, handle=handle, blocked=True)


async def test_who_writes_again_can_be_reached_again(line: Line) -> None:
    await line.accepts("labdien")
    await blocks(line, line.handle)
    assert await can_be_reached(line) == {line.handle: False}
    await line.accepts("es atkal esmu te")
    assert await can_be_reached(line) == {line.handle: True}


async def test_somebody_elses_message_proves_nothing(line: Line) -> None:
    await line.accepts("labdien", handle="janis")
    await blocks(line, "janis")
    await line.accepts("sveiki")
    assert await can_be_reached(line) == {"janis": False, line.handle: True}


async def test_a_message_that_came_before_the_block_and_is_repeated_proves_nothing(
    line: Line,
) -> None:
    message = await line.accepts("labdien")
    await blocks(line, line.handle)
    assert await line.inbox.accept(message) is False
    assert await can_be_reached(line) == {line.handle: False}
