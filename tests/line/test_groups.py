"""In a group several people read: what is answered there, and what is not."""

import pytest
from sqlalchemy import select

from bot.storage import ambassadors as stored
from bot.storage.schema import agents, audit_log, group_chats, tickets
from domain.errors import NluUnavailable
from domain.invitations import HIDDEN, VALID_FOR, Redemption, digest, new_code
from domain.messages import AgentId
from tests.line.conftest import Line

PAY = "topic.bills-pay-where"


@pytest.fixture
async def stranger(line: Line) -> Line:
    """The line from a group chat that nobody linked."""
    line.handle = "-4001"
    return line


@pytest.fixture
async def group(stranger: Line) -> Line:
    """The line from a group chat that is linked."""
    assert (await stranger.hears(await invite(stranger)))[-1] == "group.link_done"
    return stranger


async def invite(line: Line) -> str:
    made = new_code(Redemption.GROUP)
    async with line.database.unit_of_work() as work:
        by = await work.connection.scalar(
            agents.insert().values(email="a", name="A", password_hash="-").returning(agents.c.id)
        )
        await stored.add_group(
            work.connection,
            title="Elejas kaimiņi",
            code_hash=digest(made),
            expires_at=line.clock.now() + VALID_FOR,
            by=AgentId(by or 0),
        )
        await work.commit()
    return made


async def linked(line: Line) -> list[str | None]:
    async with line.database.reading() as connection:
        return list(await connection.scalars(select(group_chats.c.external_id)))


@pytest.mark.parametrize("form", ["/saistit {code}", "{code}"])
async def test_a_code_posted_in_a_group_links_it(stranger: Line, form: str) -> None:
    group = stranger
    code = await invite(group)
    assert (await group.hears(form.format(code=code)))[-1] == "group.link_done"
    assert await linked(group) == ["-4001"]
    assert await group.stored() == [form.format(code=HIDDEN)]
    async with group.database.reading() as connection:
        assert await connection.scalar(select(audit_log.c.event)) == "chat.linked"
    assert await group.hears(code) == ["group.link_already"]


async def test_wrong_codes_link_nothing_and_are_counted(stranger: Line) -> None:
    group = stranger
    code = await invite(group)
    for _ in range(5):
        assert (await group.hears(new_code(Redemption.GROUP)))[-1] == "group.link_wrong"
    assert await group.hears(code) == ["group.link_too_often"]
    assert await group.hears("/saistit") == ["group.link_how"]
    assert await linked(group) == [None]


async def test_a_code_for_a_group_does_nothing_in_private(line: Line) -> None:
    code = await invite(line)
    assert (await line.hears(code))[-1] == "group.link_elsewhere"
    assert await linked(line) == [None]


async def test_a_code_for_a_person_does_nothing_in_a_group(group: Line) -> None:
    assert (await group.hears(new_code(Redemption.AMBASSADOR)))[-1] == "join.in_group"


@pytest.mark.parametrize(
    "words",
    [
        "cilvēks",
        "mani dati",
        "dzēst manus datus",
        "mani pieteikumi",
        "jauns gadījums",
        "mani gadījumi",
        "atcelt",
    ],
)
async def test_nothing_about_anybody_is_said_in_a_group(group: Line, words: str) -> None:
    assert (await group.hears(words))[-1] == "group.private"
    async with group.database.reading() as connection:
        assert (await connection.execute(select(tickets))).all() == []


async def test_questions_are_answered_and_what_is_not_understood_opens_no_ticket(
    group: Line,
) -> None:
    group.nlu.teach("kur samaksāt", PAY)
    assert (await group.hears("kur samaksāt"))[-1] == PAY
    await group.hears("blabla")
    assert await group.hears("blublu") == ["group.private"]


async def test_while_the_model_is_down_a_group_is_pointed_to_the_phone(group: Line) -> None:
    group.nlu.down = True
    await group.accepts("kur samaksāt")
    with pytest.raises(NluUnavailable):
        await group.turn()
    group.clock.forward(seconds=91)
    await group.turn()
    assert await group.said() == ["intro.first", "group.link_done", "group.later"]


# ---- not linked, or no longer


async def unlink(line: Line) -> None:
    """The administrator presses „Atvienot”."""
    async with line.database.unit_of_work() as work:
        [group] = await stored.list_groups(work.connection)
        await stored.unlink_group(work.connection, group.id, at=line.clock.now())
        await work.commit()


async def test_a_group_that_nobody_linked_is_told_how_once_and_answered_nothing(
    stranger: Line,
) -> None:
    stranger.nlu.teach("kur samaksāt", PAY)
    assert await stranger.hears("kur samaksāt") == ["group.not_linked"]
    assert await stranger.hears("kur samaksāt") == []
    assert await stranger.presses(PAY) == []
    assert await stranger.hears("palīdzība") == []
    assert await stranger.unanswered() == 0
    assert (await stranger.hears("deg māja"))[0] == "emergency.fire"


async def test_as_soon_as_it_is_linked_it_is_answered(stranger: Line) -> None:
    stranger.nlu.teach("kur samaksāt", PAY)
    await stranger.hears("kur samaksāt")
    await stranger.hears(await invite(stranger))
    assert await stranger.hears("kur samaksāt") == [PAY]


async def test_in_a_group_that_was_unlinked_the_assistant_is_silent(group: Line) -> None:
    group.nlu.teach("kur samaksāt", PAY)
    assert await group.hears("kur samaksāt") == [PAY]
    await unlink(group)
    assert await group.hears("kur samaksāt") == []
    assert await group.presses(PAY) == []


async def test_a_group_that_was_unlinked_may_be_linked_again(group: Line) -> None:
    await unlink(group)
    await group.hears("/saistit")
    group.clock.forward(seconds=1)
    async with group.database.unit_of_work() as work:
        code = new_code(Redemption.GROUP)
        await stored.add_group(
            work.connection,
            title="Elejas kaimiņi",
            code_hash=digest(code),
            expires_at=group.clock.now() + VALID_FOR,
            by=AgentId(1),
        )
        await work.commit()
    assert await group.hears(code) == ["group.link_done"]
    group.nlu.teach("kur samaksāt", PAY)
    assert await group.hears("kur samaksāt") == [PAY]
