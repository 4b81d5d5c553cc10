"""One person on several handles: joined at an agent's word, taken apart again; residents see nothing of it."""

import asyncio
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select, update

from bot.desk.statistics.days import Days
from bot.desk.statistics.period import Period
from bot.storage import audit, residents
from bot.storage import tickets as stored
from bot.storage.audit import Wanted
from bot.storage.schema import contacts, tickets
from bot.storage.statistics.counting import opened_tickets
from bot.storage.statistics.figures import Figure
from bot.storage.tickets import relations
from domain.conversation import Mode
from domain.errors import TicketConflict
from domain.messages import AgentId, Channel
from domain.persons import Sameness
from domain.tickets import Obstacle, TicketNumber, TicketState
from tests.line.conftest import Line
from tests.line.test_ambassadors import PHONE, deliver_all, invite, relayed

PHONE_FITS = Sameness.PHONE


async def opened(line: Line, who: str, *, on: Channel = Channel.TELEGRAM) -> TicketNumber:
    """A resident asks for a person."""
    line.channel, line.handle = on, who
    await line.hears("cilvēks")
    async with line.database.reading() as connection:
        [latest, *_] = await stored.latest_in(connection, (await line.conversation()).id)
    return latest.number


async def on_two_channels(line: Line) -> tuple[TicketNumber, TicketNumber]:
    """Anna asks on Telegram and on WhatsApp."""
    return await opened(line, "1"), await opened(line, PHONE, on=Channel.WHATSAPP)


async def state_of(line: Line, number: TicketNumber) -> TicketState:
    async with line.database.reading() as connection:
        found = await connection.scalar(select(tickets.c.state).where(tickets.c.number == number))
    assert found is not None
    return TicketState(found)


async def kin(line: Line, number: TicketNumber) -> list[TicketNumber]:
    """The newest tickets on the other handles of a ticket's person."""
    async with line.database.reading() as connection:
        found = await residents.of_ticket(connection, number)
    assert found is not None
    return [one.number for one in found.same]


async def likely(line: Line, number: TicketNumber) -> list[tuple[TicketNumber, bool, bool]]:
    async with line.database.reading() as connection:
        found = await residents.of_ticket(connection, number)
    assert found is not None
    return [(one.number, one.by_phone, one.by_name) for one in found.likely]


async def others(line: Line, number: TicketNumber) -> list[TicketNumber]:
    async with line.database.reading() as connection:
        found = await residents.of_ticket(connection, number)
    assert found is not None
    return [one.number for one in found.others]


async def mergeable(line: Line, number: TicketNumber) -> list[TicketNumber]:
    async with line.database.reading() as connection:
        return [one.number for one in await relations.others_of_resident(connection, number)]


async def deeds(line: Line, number: TicketNumber) -> list[tuple[str, str]]:
    async with line.database.reading() as connection:
        entries = await audit.read(connection, Wanted(ticket=number), limit=20)
    return [(entry.event, entry.detail) for entry in reversed(entries)]


async def notes_in(line: Line, number: TicketNumber) -> list[str]:
    async with line.database.reading() as connection:
        return [one.text for one in await stored.history(connection, number) if one.by == "note"]


# ---------------------------------------------------------------------------------------------- joining


async def test_joined_tickets_are_seen_together_and_merge(line: Line, ilze: AgentId) -> None:
    first, second = await on_two_channels(line)
    assert (await mergeable(line, first), await others(line, second)) == ([], [])
    await line.tickets.join(first, other=second, why=PHONE_FITS, by=ilze)
    assert (await kin(line, first), await kin(line, second)) == ([second], [first])
    assert (await mergeable(line, first), await others(line, second)) == ([second], [first])
    await line.tickets.merge(first, into=second, by=ilze)
    assert await state_of(line, first) is TicketState.CLOSED
    assert (await line.conversation()).mode is Mode.WAITING
    line.channel, line.handle = Channel.TELEGRAM, "1"
    assert (await line.conversation()).mode is Mode.BOT


async def test_who_joined_and_why_is_in_the_log_on_both_sides(line: Line, ilze: AgentId) -> None:
    first, second = await on_two_channels(line)
    await line.tickets.join(first, other=second, why=PHONE_FITS, by=ilze)
    await line.tickets.join(second, other=first, why=PHONE_FITS, by=ilze)  # again changes nothing
    assert await deeds(line, first) == [("ticket.joined", f"{second} phone")]
    assert await deeds(line, second) == [("ticket.joined", f"{first} phone")]
    async with line.database.reading() as connection:
        [entry] = await audit.read(connection, Wanted(ticket=first), limit=9)
    assert entry.agent == ilze


async def test_an_answer_leaves_on_the_channel_of_its_own_ticket(line: Line, ilze: AgentId) -> None:
    first, second = await on_two_channels(line)
    await line.tickets.join(first, other=second, why=PHONE_FITS, by=ilze)
    await line.tickets.claim(first, by=ilze, name="Ilze")
    await line.tickets.answer(first, text="Uz Telegram.", by=ilze)
    assert await line.hears("vēl kas", channel=Channel.WHATSAPP)  # the other one is not silenced
    line.channel, line.handle = Channel.TELEGRAM, "1"
    await line.deliver()
    assert [sent.handle for sent in line.sender.sent if "Uz Telegram." in sent.plain] == ["1"]


async def test_two_cases_of_one_neighbour_merge(line: Line, ilze: AgentId) -> None:
    await line.hears(await invite(line, ilze))
    first, second = await relayed(line), await relayed(line)
    with pytest.raises(TicketConflict):
        await line.tickets.merge(first, into=second, by=ilze)
    await line.tickets.join(first, other=second, why=Sameness.SAID, by=ilze)
    await line.tickets.merge(first, into=second, by=ilze)
    assert await kin(line, second) == [first]


async def test_a_case_and_the_persons_own_conversation_merge(line: Line, ilze: AgentId) -> None:
    await line.hears(await invite(line, ilze))
    case = await relayed(line)
    own = await opened(line, "2")
    await line.tickets.join(case, other=own, why=Sameness.KNOWN, by=ilze)
    await line.tickets.merge(own, into=case, by=ilze)
    assert await state_of(line, own) is TicketState.CLOSED


async def test_the_person_of_a_case_is_answered_on_their_own_telegram_once_joined(
    line: Line, ilze: AgentId
) -> None:
    await line.hears(await invite(line, ilze))
    case = await relayed(line)
    own = await opened(line, "2")
    await line.tickets.join(case, other=own, why=Sameness.SAID, by=ilze)
    await line.tickets.merge(case, into=own, by=ilze)
    await line.tickets.claim(own, by=ilze, name="Ilze")
    await line.tickets.answer(own, text="Ūdens būs rīt.", by=ilze)
    await deliver_all(line)
    assert [sent.handle for sent in line.sender.sent if "Ūdens būs rīt." in sent.plain] == ["2"]


async def test_whoever_is_joined_to_one_is_joined_to_all(line: Line, ilze: AgentId) -> None:
    a, b, c, d = [await opened(line, who) for who in ("1", "2", "3", "4")]
    await line.tickets.join(a, other=b, why=PHONE_FITS, by=ilze)
    await line.tickets.join(c, other=d, why=PHONE_FITS, by=ilze)
    await line.tickets.join(d, other=a, why=PHONE_FITS, by=ilze)
    assert await kin(line, b) == [d, c, a]


async def test_joining_at_once_by_different_tickets_makes_one_person(
    line: Line, ilze: AgentId
) -> None:
    a, b, c, d, e, f = [await opened(line, str(who)) for who in range(6)]

    async def join(one: TicketNumber, other: TicketNumber) -> None:
        await line.tickets.join(one, other=other, why=PHONE_FITS, by=ilze)

    for pair in ((a, b), (c, d), (e, f)):
        await join(*pair)
    await asyncio.gather(join(a, c), join(d, e))
    async with line.database.reading() as connection:
        people = await connection.scalar(select(func.count(contacts.c.person_id.distinct())))
    assert people == 1
    assert await kin(line, a) == [f, e, d, c, b]


async def test_a_ticket_is_not_joined_to_itself_or_to_nothing(line: Line, ilze: AgentId) -> None:
    number = await opened(line, "1")
    for other, obstacle in ((number, Obstacle.SAME_TICKET), (10**14, Obstacle.MISSING)):
        with pytest.raises(TicketConflict) as refused:
            await line.tickets.join(number, other=TicketNumber(other), why=PHONE_FITS, by=ilze)
        assert refused.value.reason == obstacle


# ---------------------------------------------------------------------------------------------- taking apart


async def test_taken_apart_everything_is_as_before(line: Line, ilze: AgentId) -> None:
    first, second = await on_two_channels(line)
    await line.tickets.join(first, other=second, why=PHONE_FITS, by=ilze)
    await line.tickets.part(first, other=second, by=ilze)
    await line.tickets.part(first, other=second, by=ilze)  # again changes nothing
    assert (await kin(line, first), await mergeable(line, second)) == ([], [])
    assert (await deeds(line, first))[1:] == [("ticket.parted", str(second))]
    assert (await deeds(line, second))[1:] == [("ticket.parted", str(first))]
    async with line.database.reading() as connection:
        assert await connection.scalar(select(func.count(contacts.c.person_id))) == 0
    with pytest.raises(TicketConflict) as refused:
        await line.tickets.merge(first, into=second, by=ilze)
    assert refused.value.reason == Obstacle.OTHER_RESIDENT


async def test_one_of_three_leaves_and_the_others_stay_one(line: Line, ilze: AgentId) -> None:
    a, b, c = [await opened(line, who) for who in ("1", "2", "3")]
    await line.tickets.join(a, other=b, why=PHONE_FITS, by=ilze)
    await line.tickets.join(a, other=c, why=PHONE_FITS, by=ilze)
    await line.tickets.part(c, other=a, by=ilze)
    assert (await kin(line, a), await kin(line, b), await kin(line, c)) == ([], [c], [b])


@pytest.mark.parametrize("mistaken_first", [True, False])
async def test_what_was_merged_by_mistake_waits_for_an_answer_again(
    line: Line, ilze: AgentId, *, mistaken_first: bool
) -> None:
    first, second = await on_two_channels(line)
    await line.tickets.note(first, text="Annas lieta", by=ilze)
    await line.tickets.join(first, other=second, why=PHONE_FITS, by=ilze)
    await line.tickets.merge(first, into=second, by=ilze)
    assert await notes_in(line, second) == ["Annas lieta"]
    line.channel, line.handle = Channel.TELEGRAM, "1"
    newer = await opened(line, "1")
    one, other = (first, second) if mistaken_first else (second, first)
    await line.tickets.part(one, other=other, by=ilze)
    assert (await state_of(line, first), await notes_in(line, second)) == (TicketState.NEW, [])
    assert await notes_in(line, first) == ["Annas lieta"]
    assert ("ticket.released", str(second)) in await deeds(line, first)
    assert (
        await state_of(line, newer)
    ) is TicketState.NEW  # beside the main one that came meanwhile
    assert (await line.conversation()).mode is Mode.WAITING


@pytest.mark.parametrize("erased", [False, True])
async def test_what_waits_again_is_not_late_at_once(
    line: Line, ilze: AgentId, *, erased: bool
) -> None:
    first, second = await on_two_channels(line)
    await line.tickets.join(first, other=second, why=PHONE_FITS, by=ilze)
    await line.tickets.merge(first, into=second, by=ilze)
    await line.tickets.claim(second, by=ilze, name="Ilze")
    line.clock.forward(days=14)
    await line.tickets.answer(second, text="Skatos.", by=ilze)
    if erased:
        await line.tickets.give_back(second, by=ilze)
        await line.hears("dzēst manus datus")
        await line.hears("jā")
    else:
        await line.tickets.part(first, other=second, by=ilze)
    now, calendar = line.clock.now(), line.content.calendar
    async with line.database.reading() as connection:
        released = await stored.lock(connection, first)
        counted = await opened_tickets(
            connection, first=datetime(2026, 11, 1, tzinfo=UTC), until=now
        )
    assert released is not None
    assert [one.reopened for one in counted if one.answer_by == released.answer_by] == [True]
    assert (released.state, released.answer_by) == (TicketState.NEW, calendar.answer_by(now))
    assert released.solve_by == calendar.solve_by(now)
    before = await line.said()
    await line.tickets.tell_late()
    assert "staff.late" not in (await line.said())[len(before) :]


async def test_what_was_merged_within_one_handle_stays_merged(line: Line, ilze: AgentId) -> None:
    first, second = await on_two_channels(line)
    split = await line.tickets.split(first, queue="general", subject="Tas pats", by=ilze)
    await line.tickets.merge(split.number, into=first, by=ilze)
    await line.tickets.join(first, other=second, why=PHONE_FITS, by=ilze)
    await line.tickets.part(first, other=second, by=ilze)
    assert await state_of(line, split.number) is TicketState.CLOSED


async def test_parting_and_merging_at_once_never_leave_strangers_merged(
    line: Line, ilze: AgentId
) -> None:
    first, second = await on_two_channels(line)
    split = [
        (await line.tickets.split(one, queue="general", subject="Cits", by=ilze)).number
        for one in (first, second)
    ]
    for _ in range(5):
        await line.tickets.join(first, other=second, why=PHONE_FITS, by=ilze)
        await asyncio.gather(
            line.tickets.merge(first, into=second, by=ilze),
            line.tickets.part(split[0], other=split[1], by=ilze),
            return_exceptions=True,
        )
        assert await kin(line, first) == []
        assert await state_of(line, first) is TicketState.NEW


# ---------------------------------------------------------------------------------------------- what residents see


async def test_my_data_and_my_tickets_keep_to_the_handle_that_asks(
    line: Line, ilze: AgentId
) -> None:
    first, second = await on_two_channels(line)
    await line.tickets.join(first, other=second, why=PHONE_FITS, by=ilze)
    await line.tickets.merge(first, into=second, by=ilze)
    line.channel, line.handle = Channel.TELEGRAM, "1"
    line.sender.sent.clear()
    assert await line.hears("mani dati") == ["my_data.summary"]
    assert await line.hears("mani pieteikumi")
    await line.deliver()
    told = "\n".join(sent.plain for sent in line.sender.sent)
    assert "pieteikumu skaits: 1" in told
    assert "WhatsApp" not in told
    assert str(second) not in told


async def test_my_data_tell_the_day_in_riga_since_when_they_are_kept(line: Line) -> None:
    await line.hears("labdien")
    async with line.database.unit_of_work() as work:
        first = datetime(2026, 11, 19, 22, 30, tzinfo=UTC)  # half past midnight
        await work.connection.execute(update(contacts).values(created_at=first))
        await work.commit()
    assert await line.hears("mani dati") == ["my_data.summary"]
    await line.deliver()
    assert "20. novembr" in line.sender.sent[-1].plain


async def test_erasing_one_handle_leaves_the_other_and_ends_the_joining(
    line: Line, ilze: AgentId
) -> None:
    first, second = await on_two_channels(line)
    await line.tickets.join(first, other=second, why=PHONE_FITS, by=ilze)
    line.channel, line.handle = Channel.TELEGRAM, "1"
    await line.hears("dzēst manus datus")
    await line.hears("jā")
    assert (await line.said())[-1] == "erase.done"
    assert await state_of(line, second) is TicketState.NEW
    assert await kin(line, second) == []
    async with line.database.reading() as connection:
        names = await connection.scalars(select(contacts.c.name).order_by(contacts.c.id))
        assert names.all() == ["", "Anna"]
        assert await connection.scalar(select(func.count(contacts.c.person_id))) == 0


async def test_an_erased_ticket_gives_back_what_others_waited_for_in_it(
    line: Line, ilze: AgentId
) -> None:
    first, second = await on_two_channels(line)
    await line.tickets.join(first, other=second, why=PHONE_FITS, by=ilze)
    await line.tickets.merge(first, into=second, by=ilze)
    line.channel, line.handle = Channel.WHATSAPP, PHONE
    await line.hears("dzēst manus datus")
    await line.hears("jā")
    assert (await line.said())[-1] == "erase.done"
    assert await state_of(line, first) is TicketState.NEW
    line.channel, line.handle = Channel.TELEGRAM, "1"
    assert (await line.conversation()).mode is Mode.WAITING


@pytest.mark.parametrize("again", [False, True], ids=["merged", "opened-again-and-merged"])
async def test_what_was_merged_stays_out_of_the_overview_when_the_other_is_erased(
    line: Line, ilze: AgentId, *, again: bool
) -> None:
    first, second = await on_two_channels(line)
    await line.tickets.join(first, other=second, why=PHONE_FITS, by=ilze)
    if again:
        await line.tickets.claim(first, by=ilze, name="Ilze")
        await line.tickets.solve(first, by=ilze)
        line.clock.forward(minutes=1)
        await line.tickets.reopen(first, by=ilze, name="Ilze", reason="Tas pats")
    await line.tickets.merge(first, into=second, by=ilze)
    await line.tickets.claim(second, by=ilze, name="Ilze")
    await line.tickets.answer(second, text="Rīt.", by=ilze)
    await line.tickets.solve(second, by=ilze)
    before = await overview(line)
    assert before == {"whatsapp": 1, "judged": 1, "in_time": 1}
    await erases_everything(line, PHONE, on=Channel.WHATSAPP)
    assert (await state_of(line, first), await overview(line)) == (TicketState.CLOSED, before)
    await erases_everything(line, "1", on=Channel.TELEGRAM)
    assert await overview(line) == before


async def test_what_was_merged_counts_again_once_it_goes_on_by_itself(
    line: Line, ilze: AgentId
) -> None:
    first, second = await on_two_channels(line)
    await line.tickets.join(first, other=second, why=PHONE_FITS, by=ilze)
    await line.tickets.merge(first, into=second, by=ilze)
    await line.tickets.part(first, other=second, by=ilze)
    assert await overview(line) == {"telegram": 1, "whatsapp": 1, "pending": 2}
    await line.tickets.claim(first, by=ilze, name="Ilze")
    await line.tickets.solve(first, by=ilze)
    await close_silent(line)
    assert (await overview(line))["telegram"] == 1


async def erases_everything(line: Line, who: str, *, on: Channel) -> None:
    line.channel, line.handle = on, who
    await line.hears("dzēst manus datus")
    await line.hears("jā")
    assert (await line.said())[-1] == "erase.done"


async def close_silent(line: Line) -> None:
    line.clock.forward(days=1)
    assert await line.tickets.close_silent(before=line.clock.now()) == 1


async def overview(line: Line) -> dict[str, int]:
    """What the overview counts of today's tickets: by channel, and how they stand to the deadline of the solution."""
    opened_on = date(2026, 11, 20)
    async with line.database.snapshot() as connection:
        [day] = await Days().read(
            connection,
            Period(opened_on, opened_on),
            calendar=line.content.calendar,
            now=line.clock.now(),
        )
    return {**day.of(Figure.TICKETS), **day.of(Figure.SOLUTION_STANDING)}


async def test_who_is_joined_to_an_ambassador_is_none(line: Line, ilze: AgentId) -> None:
    line.handle = "5"
    await line.hears(await invite(line, ilze))
    await relayed(line)
    own = await opened(line, "5")
    stranger = await opened(line, "6")
    await line.tickets.join(own, other=stranger, why=PHONE_FITS, by=ilze)
    line.handle = "6"
    assert (await line.conversation()).ambassador is None
    line.handle = "5"
    assert (await line.conversation()).ambassador is not None


# ---------------------------------------------------------------------------------------------- who is likely the same


async def test_the_same_phone_and_the_same_name_are_offered(line: Line, ilze: AgentId) -> None:
    line.handle = "5"
    await line.hears(await invite(line, ilze))
    case = await relayed(line, "Lai darbinieks piezvana", PHONE)
    own = await opened(line, PHONE, on=Channel.WHATSAPP)
    line.channel, line.handle = Channel.TELEGRAM, "7"
    await line.hears("cilvēks", contact_name="VILMA OZOLA")
    async with line.database.reading() as connection:
        [namesake, *_] = await stored.latest_in(connection, (await line.conversation()).id)
    assert await likely(line, case) == [(own, True, False), (namesake.number, False, True)]
    assert await likely(line, own) == [(case, True, False)]
    await line.tickets.join(case, other=own, why=PHONE_FITS, by=ilze)
    assert await likely(line, own) == [(namesake.number, False, True)]


async def test_somebody_without_a_name_is_like_nobody(line: Line) -> None:
    line.handle = "1"
    await line.hears("cilvēks", contact_name="")
    line.handle = "2"
    await line.hears("cilvēks", contact_name="")
    async with line.database.reading() as connection:
        [own, *_] = await stored.latest_in(connection, (await line.conversation()).id)
    assert await likely(line, own.number) == []
