"""Files from staff on the straight line: in order, tried again, parked, shown to their owner, erased with them."""

import pytest
from sqlalchemy import select

from bot.rendering import fits_caption
from bot.storage import staff_files as stored
from bot.storage.schema import agents, outbound_messages, staff_files
from bot.storage.staff_files import NewFile
from domain.errors import ChannelUnavailable, MessageRefused
from domain.messages import AgentId, Channel, OutboundId
from domain.tickets import TicketNumber
from tests.line.conftest import Line
from tests.made_files import PDF, png

MAP = NewFile("karte.png", "image/png", png())
BILL = NewFile("rēķins.pdf", "application/pdf", PDF)


async def take(line: Line) -> tuple[TicketNumber, AgentId]:
    """A resident asks for a person, who takes the ticket; everything until then is delivered."""
    await line.hears("cilvēks")
    async with line.database.unit_of_work() as work:
        made = await work.connection.scalar(
            agents.insert()
            .values(email="ilze@example.org", name="Ilze", password_hash="none")
            .returning(agents.c.id)
        )
        await work.commit()
    agent = AgentId(made or 0)
    number = TicketNumber(1001)
    await line.tickets.claim(number, by=agent, name="Ilze")
    await line.deliver()
    line.sender.sent.clear()
    return number, agent


def sent(line: Line) -> list[tuple[str, str]]:
    return [(m.plain, m.file.name if m.file else "") for m in line.sender.sent]


async def test_short_words_are_the_caption_of_the_first_file(line: Line) -> None:
    number, agent = await take(line)
    await line.tickets.answer(number, text="Lūdzu!", by=agent, files=[MAP, BILL])
    await line.deliver()
    assert sent(line) == [("Lūdzu!", "karte.png"), ("", "rēķins.pdf")]
    [first, _] = line.sender.sent
    assert first.file is not None
    assert (first.file.content, first.file.media_type) == (MAP.content, "image/png")


async def test_long_words_are_a_message_of_their_own(line: Line) -> None:
    number, agent = await take(line)
    words = "ž" * 1025
    await line.tickets.answer(number, text=words, by=agent, files=[MAP])
    await line.deliver()
    assert sent(line) == [(words, ""), ("", "karte.png")]


@pytest.mark.parametrize(
    ("channel", "length", "fits"),
    [
        (Channel.TELEGRAM, 1024, True),
        (Channel.TELEGRAM, 1025, False),
        (Channel.WHATSAPP, 1, False),
        (Channel.WEB, 8000, True),
    ],
)
def test_how_long_a_caption_may_be(channel: Channel, length: int, fits: bool) -> None:
    assert fits_caption(channel, text="a" * length, plain="a") is fits


def test_captions_are_counted_in_utf_16_in_both_forms() -> None:
    assert fits_caption(Channel.TELEGRAM, text="🙂" * 512, plain="")
    assert not fits_caption(Channel.TELEGRAM, text="", plain="🙂" * 513)


async def test_nothing_overtakes_a_file_that_must_wait(line: Line) -> None:
    number, agent = await take(line)
    await line.tickets.answer(number, text="Lūdzu!", by=agent, files=[MAP, BILL])
    await line.tickets.answer(number, text="Vai saņēmāt?", by=agent)
    line.sender.failures = [ChannelUnavailable("429", retry_after=3)]
    with pytest.raises(ChannelUnavailable):
        await line.deliver()
    assert sent(line) == []
    await line.deliver()
    assert sent(line) == [("Lūdzu!", "karte.png"), ("", "rēķins.pdf"), ("Vai saņēmāt?", "")]


async def test_a_refused_file_fails_alone_and_can_be_tried_again(line: Line) -> None:
    number, agent = await take(line)
    await line.tickets.answer(number, text="", by=agent, files=[MAP, BILL])
    line.sender.failures = [MessageRefused("no")]
    await line.deliver()
    assert sent(line) == [("", "rēķins.pdf")]
    async with line.database.reading() as connection:
        o = outbound_messages.c
        failed = await connection.scalar(select(o.id).where(o.state == "failed"))
    conversation = (await line.conversation()).id
    assert await line.outbox.retry(OutboundId(failed or 0), conversation, ticket=number, by=agent)
    await line.deliver()
    assert sent(line) == [("", "rēķins.pdf"), ("", "karte.png")]


async def test_what_a_resident_is_told_about_their_data_counts_files(line: Line) -> None:
    number, agent = await take(line)
    await line.tickets.answer(number, text="", by=agent, files=[MAP, BILL])
    async with line.database.reading() as connection:
        assert await stored.count_for(connection, (await line.conversation()).id) == 2


async def test_who_erases_their_data_erases_what_staff_sent(line: Line) -> None:
    number, agent = await take(line)
    await line.tickets.answer(number, text="Lūdzu", by=agent, files=[MAP, BILL])
    await line.tickets.solve(number, by=agent)
    await line.hears("dzēst manus datus")
    await line.presses("erase_yes")
    async with line.database.reading() as connection:
        assert (await connection.scalars(select(staff_files.c.id))).all() == []
        assert (await connection.scalars(select(outbound_messages.c.file_id))).all() == [None]
