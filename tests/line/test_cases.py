"""Tickets as cases: handed over, moved, returned, merged, linked and split; and who speaks in the conversation then."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.storage import audit
from bot.storage import tickets as stored
from bot.storage.agents import Presence
from bot.storage.audit import Wanted
from bot.storage.schema import agent_queues, agents, tickets
from bot.storage.statistics import counting
from bot.storage.tickets import Spoken, TicketRow, relations
from domain.conversation import Mode
from domain.errors import TicketConflict
from domain.messages import AgentId
from domain.persons import Sameness
from domain.tickets import (
    Obstacle,
    Priority,
    Return,
    Standing,
    Ticket,
    TicketNumber,
    TicketState,
)
from tests.line.conftest import Line

OTHER_QUEUE = "bills"


@pytest.fixture
async def ilze(line: Line) -> AgentId:
    return await hired(line, "Ilze")


@pytest.fixture
async def janis(line: Line) -> AgentId:
    return await hired(line, "Jānis")


async def hired(line: Line, name: str, **columns: Any) -> AgentId:  # noqa: ANN401 - any column
    async with line.database.unit_of_work() as work:
        made = await work.connection.scalar(
            agents.insert()
            .values(email=f"{name}@example.org", name=name, password_hash="-", **columns)
            .returning(agents.c.id)
        )
        await work.commit()
    assert made is not None
    return AgentId(made)


async def change(line: Line, agent: AgentId, **columns: Any) -> None:  # noqa: ANN401 - any column
    async with line.database.unit_of_work() as work:
        await work.connection.execute(update(agents).where(agents.c.id == agent).values(**columns))
        await work.commit()


async def opened(line: Line, who: str = "77") -> TicketNumber:
    """A resident asks for a person."""
    line.handle = who
    await line.hears("cilvēks")
    async with line.database.reading() as connection:
        [latest, *_] = await stored.latest_in(connection, (await line.conversation()).id)
    return latest.number


async def row(line: Line, number: TicketNumber) -> TicketRow:
    async with line.database.reading() as connection:
        found = await stored.row_of(connection, number)
    assert found is not None
    return found


async def mode(line: Line) -> Mode:
    return (await line.conversation()).mode


async def happened(line: Line, number: TicketNumber) -> list[Spoken]:
    async with line.database.reading() as connection:
        return await stored.history(connection, number)


async def last_event(line: Line, number: TicketNumber) -> tuple[str, str]:
    event = [one for one in await happened(line, number) if one.by == "event"][-1]
    return event.kind, event.text


async def audited(line: Line, number: TicketNumber) -> list[tuple[str, str]]:
    async with line.database.reading() as connection:
        entries = await audit.read(connection, Wanted(ticket=number), limit=20)
    return [(entry.event, entry.detail) for entry in reversed(entries)]


# ---------------------------------------------------------------------------------------------- handing over


async def test_a_ticket_handed_over_is_the_colleagues_and_the_resident_learns_the_name(
    line: Line, ilze: AgentId, janis: AgentId
) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.hand_over(number, to=janis, reason="Zina par rēķiniem", by=ilze)
    async with line.database.reading() as connection:
        mine = await stored.held_by(connection, janis)
        entries = await audit.read(connection, Wanted(ticket=number), limit=1)
    assert mine == [number]
    assert (await line.said())[-2:] == ["staff.claimed", "staff.claimed"]
    await line.deliver()
    assert "Jānis" in line.sender.sent[-1].plain
    assert "Zina" not in "".join(sent.plain for sent in line.sender.sent)
    notes = [one.text for one in await happened(line, number) if one.by == "note"]
    assert notes == ["Zina par rēķiniem"]
    assert await last_event(line, number) == ("handed_over", "Jānis – Zina par rēķiniem")
    assert [(one.event, one.about, one.detail) for one in entries] == [
        ("ticket.handed_over", "Jānis", "")
    ]
    assert await mode(line) is Mode.STAFF


async def test_a_ticket_that_nobody_holds_can_be_handed_over(
    line: Line, ilze: AgentId, janis: AgentId
) -> None:
    number = await opened(line)
    handed = await line.tickets.hand_over(number, to=janis, reason="Lūdzu", by=ilze)
    assert (handed.state, handed.agent) == (TicketState.CLAIMED, janis)
    assert await mode(line) is Mode.STAFF


@pytest.mark.parametrize(
    "unfit",
    [
        {"presence": Presence.ABSENT},
        {"presence": Presence.ABSENT, "absent_until": date(2026, 11, 20)},
        {"disabled_at": "now"},
    ],
)
async def test_nobody_absent_or_disabled_is_handed_a_ticket(
    line: Line, ilze: AgentId, janis: AgentId, unfit: dict[str, Any]
) -> None:
    number = await opened(line)
    columns = {**unfit, "disabled_at": line.clock.now()} if "disabled_at" in unfit else unfit
    await change(line, janis, **columns)
    with pytest.raises(TicketConflict) as refused:
        await line.tickets.hand_over(number, to=janis, reason="Lūdzu", by=ilze)
    assert refused.value.reason == Obstacle.UNFIT
    assert (await row(line, number)).ticket.state is TicketState.NEW


async def test_nobody_of_other_queues_is_handed_a_ticket(
    line: Line, ilze: AgentId, janis: AgentId
) -> None:
    number = await opened(line)
    async with line.database.unit_of_work() as work:
        await work.connection.execute(agent_queues.insert().values(agent_id=janis, queue="finance"))
        await work.commit()
    with pytest.raises(TicketConflict):
        await line.tickets.hand_over(number, to=janis, reason="Lūdzu", by=ilze)


async def test_a_ticket_moved_waits_in_the_other_queue_and_the_resident_is_told_nothing(
    line: Line, ilze: AgentId
) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    before = await line.said()
    moved = await line.tickets.move(number, queue=OTHER_QUEUE, reason="Nav mūsu", by=ilze)
    assert (moved.state, moved.agent, moved.queue) == (TicketState.NEW, None, OTHER_QUEUE)
    assert await line.said() == before
    assert await mode(line) is Mode.WAITING
    assert ("ticket.moved", OTHER_QUEUE) in await audited(line, number)


async def test_of_those_who_hand_over_move_claim_and_solve_at_once_one_wins(
    line: Line, ilze: AgentId, janis: AgentId
) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    results = await asyncio.gather(
        *(
            one
            for _ in range(4)
            for one in (
                line.tickets.hand_over(number, to=janis, reason="Lūdzu", by=ilze),
                line.tickets.solve(number, by=ilze),
                line.tickets.merge(number, into=TicketNumber(1), by=ilze),
            )
        ),
        line.tickets.move(number, queue=OTHER_QUEUE, reason="Nav mūsu", by=ilze),
        return_exceptions=True,
    )
    won = [one for one in results if isinstance(one, Ticket)]
    lost = [one for one in results if isinstance(one, BaseException)]
    assert len(won) == 1
    assert all(isinstance(one, TicketConflict) for one in lost)
    assert (await row(line, number)).ticket.state == won[0].state


# ---------------------------------------------------------------------------------------------- returned by itself


async def test_what_an_absent_agent_holds_returns_to_the_queue(line: Line, ilze: AgentId) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await change(line, ilze, presence=Presence.ABSENT, absent_until=date(2026, 11, 20))
    before = await line.said()
    assert await line.tickets.return_held_in_vain() == 1
    assert await line.tickets.return_held_in_vain() == 0
    assert (await row(line, number)).ticket.state is TicketState.NEW
    assert await last_event(line, number) == ("returned", Return.ABSENT)
    assert (await audited(line, number))[-1] == ("ticket.returned", Return.ABSENT)
    assert await mode(line) is Mode.WAITING
    assert await line.said() == before


async def test_an_absence_that_is_over_returns_nothing(line: Line, ilze: AgentId) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await change(line, ilze, presence=Presence.ABSENT, absent_until=date(2026, 11, 19))
    assert await line.tickets.return_held_in_vain() == 0


async def test_what_a_disabled_agent_holds_returns_to_the_queue(line: Line, ilze: AgentId) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await change(line, ilze, disabled_at=line.clock.now())
    assert await line.tickets.return_held_in_vain() == 1
    assert await last_event(line, number) == ("returned", Return.DISABLED)


async def test_an_unanswered_ticket_returns_when_its_first_answer_is_due_within_a_working_hour(
    line: Line, ilze: AgentId
) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    due = (await row(line, number)).ticket.answer_by
    line.clock.forward(seconds=(due - line.clock.now()).total_seconds() - 3601)
    assert await line.tickets.return_held_in_vain() == 0
    line.clock.forward(seconds=2)
    assert await line.tickets.return_held_in_vain() == 1
    assert await last_event(line, number) == ("returned", Return.DEADLINE)
    # Whoever takes it now knows how late it is, and has an hour.
    await line.tickets.claim(number, by=ilze, name="Ilze")
    line.clock.forward(minutes=59)
    assert await line.tickets.return_held_in_vain() == 0


async def test_an_answered_ticket_does_not_return_before_its_deadline(
    line: Line, ilze: AgentId
) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.answer(number, text="Labdien!", by=ilze)
    line.clock.forward(days=5)
    assert await line.tickets.return_held_in_vain() == 0


async def test_a_reopened_ticket_that_was_answered_again_does_not_return(
    line: Line, ilze: AgentId, janis: AgentId
) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.answer(number, text="Labdien!", by=ilze)
    await line.tickets.solve(number, by=ilze)
    line.clock.forward(minutes=1)
    await line.hears("nē")
    await line.tickets.claim(number, by=ilze, name="Ilze")
    assert (await row(line, number)).needs_answer
    line.clock.forward(minutes=1)
    await line.tickets.answer(number, text="Vēlreiz", by=ilze)
    line.clock.forward(minutes=1)
    await line.tickets.hand_over(number, to=janis, reason="Lūdzu", by=ilze)
    assert not (await row(line, number)).needs_answer
    line.clock.forward(days=5)
    assert await line.tickets.return_held_in_vain() == 0


async def test_several_workers_return_each_ticket_once(line: Line, ilze: AgentId) -> None:
    numbers = [await opened(line, who) for who in ("1", "2", "3", "4", "5", "6")]
    for number in numbers:
        await line.tickets.claim(number, by=ilze, name="Ilze")
    await change(line, ilze, presence=Presence.ABSENT)
    returned = await asyncio.gather(*(line.tickets.return_held_in_vain() for _ in range(6)))
    assert sum(returned) == len(numbers)
    for number in numbers:
        kinds = [one.kind for one in await happened(line, number)]
        assert kinds.count("returned") == 1


async def test_a_return_and_an_answer_at_once_leave_one_story(line: Line, ilze: AgentId) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await change(line, ilze, presence=Presence.ABSENT)
    results = await asyncio.gather(
        line.tickets.solve(number, by=ilze),
        line.tickets.return_held_in_vain(),
        return_exceptions=True,
    )
    solved, returned = results[0], results[1]
    assert isinstance(solved, TicketConflict) == (returned == 1)
    state = (await row(line, number)).ticket.state
    assert state is (TicketState.NEW if returned else TicketState.SOLVED)


# ---------------------------------------------------------------------------------------------- describing


async def test_subject_priority_and_tags_are_kept_and_told_once(line: Line, ilze: AgentId) -> None:
    number = await opened(line)
    for _ in range(2):
        await line.tickets.describe(
            number, by=ilze, subject=" Rēķins \n divreiz ", priority=Priority.HIGH, tags=("rekins",)
        )
    found = await row(line, number)
    assert found.subject == "Rēķins divreiz"
    assert (found.ticket.priority, found.ticket.tags) == (Priority.HIGH, ("rekins",))
    assert await audited(line, number) == [
        ("ticket.renamed", ""),
        ("ticket.prioritized", "high"),
        ("ticket.tagged", ""),
    ]


async def test_describing_a_claimed_ticket_does_not_claim_it_anew(
    line: Line, ilze: AgentId, janis: AgentId
) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    due = (await row(line, number)).ticket.answer_by
    line.clock.forward(seconds=(due - line.clock.now()).total_seconds() - 60)
    await line.tickets.describe(number, by=janis, priority=Priority.URGENT)
    assert await line.tickets.return_held_in_vain() == 1


# ---------------------------------------------------------------------------------------------- splitting


async def test_a_split_ticket_is_linked_free_and_leaves_the_conversation_with_its_holder(
    line: Line, ilze: AgentId, janis: AgentId
) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    made = await line.tickets.split(number, queue="general", subject="Ceļš uz skolu", by=ilze)
    again = await line.tickets.split(number, queue="general", subject="Ceļš  uz skolu", by=ilze)
    assert made.number == again.number
    assert (made.state, made.main) == (TicketState.NEW, False)
    assert await mode(line) is Mode.STAFF
    async with line.database.reading() as connection:
        [other] = await relations.related(connection, made.number)
    assert (other.number, other.merged) == (number, False)
    assert await last_event(line, number) == ("split", str(made.number))
    assert await last_event(line, made.number) == ("split_from", str(number))
    # Another agent takes the other matter; the first one is done; nobody is asked while somebody talks.
    await line.tickets.claim(made.number, by=janis, name="Jānis")
    before = await line.said()
    await line.tickets.solve(number, by=ilze)
    assert await line.said() == before
    assert await mode(line) is Mode.STAFF
    await line.tickets.solve(made.number, by=janis)
    assert (await line.said())[-1] == "helped.ask"
    assert await mode(line) is Mode.BOT
    assert await line.hears("jā") == ["helped.yes", "helped.ask"]
    assert (await row(line, made.number)).ticket.state is TicketState.CLOSED


async def test_an_answer_about_one_matter_leaves_the_resident_waiting_in_the_other(
    line: Line, ilze: AgentId, janis: AgentId
) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.answer(number, text="Skatos.", by=ilze)
    made = await line.tickets.split(number, queue="general", subject="Ceļš", by=ilze)
    await line.tickets.claim(made.number, by=janis, name="Jānis")
    line.clock.forward(minutes=1)
    await line.hears("un kā ar rēķinu?")
    line.clock.forward(minutes=1)
    await line.tickets.answer(made.number, text="Ceļu tīrīs rīt.", by=janis)
    main, other = await row(line, number), await row(line, made.number)
    assert (main.waiting_for_staff, main.standing) == (True, Standing.CLAIMED)
    assert (other.waiting_for_staff, other.standing) == (False, Standing.WAITS_FOR_RESIDENT)
    await line.tickets.answer(number, text="Rēķins ir labots.", by=ilze)
    assert not (await row(line, number)).waiting_for_staff


async def test_who_only_fetches_an_answer_waits_for_nothing(line: Line, ilze: AgentId) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.answer(number, text="Rīt.", by=ilze)
    line.clock.forward(minutes=1)
    await line.presses("release")
    fetched = await row(line, number)
    assert (fetched.waiting_for_staff, fetched.standing) == (False, Standing.WAITS_FOR_RESIDENT)
    line.clock.forward(minutes=1)
    await line.hears("un sestdien?")
    assert (await row(line, number)).waiting_for_staff


async def test_while_only_the_split_ticket_is_open_asking_for_a_person_names_it(
    line: Line, ilze: AgentId
) -> None:
    number = await opened(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    made = await line.tickets.split(number, queue="general", subject="Ceļš", by=ilze)
    await line.tickets.solve(number, by=ilze)
    assert await mode(line) is Mode.WAITING
    await line.hears("jā")
    assert await line.hears("cilvēks") == ["handoff.already"]
    await line.deliver()
    assert str(made.number) in line.sender.sent[-1].plain


async def test_a_split_ticket_is_for_the_resident_whom_an_ambassador_helps(
    line: Line, ilze: AgentId
) -> None:
    number = await opened(line)
    async with line.database.unit_of_work() as work:
        await work.connection.execute(
            update(tickets).values(on_behalf_of="Anna", reach_by="phone", reach_detail="zvanīt")
        )
        await work.commit()
    made = await line.tickets.split(number, queue="general", subject="Ceļš", by=ilze)
    async with line.database.reading() as connection:
        found = await connection.execute(
            select(tickets.c.on_behalf_of, tickets.c.reach_by, tickets.c.reach_detail).where(
                tickets.c.number == made.number
            )
        )
        assert tuple(found.one()) == ("Anna", "phone", "zvanīt")
    await line.tickets.merge(made.number, into=number, by=ilze)


async def test_splitting_at_once_makes_one_ticket(line: Line, ilze: AgentId) -> None:
    number = await opened(line)
    made = await asyncio.gather(
        *(line.tickets.split(number, queue="general", subject="Ceļš", by=ilze) for _ in range(5))
    )
    assert len({one.number for one in made}) == 1


# ---------------------------------------------------------------------------------------------- merging and linking


async def test_a_merged_ticket_closes_and_its_notes_are_read_in_the_other(
    line: Line, ilze: AgentId, janis: AgentId
) -> None:
    number = await opened(line)
    await line.tickets.note(number, text="Zvanīju", by=ilze)
    await line.tickets.describe(number, by=ilze, priority=Priority.HIGH, tags=("a",))
    made = await line.tickets.split(number, queue="general", subject="Tas pats", by=ilze)
    await line.tickets.claim(made.number, by=janis, name="Jānis")
    merged = await line.tickets.merge(number, into=made.number, by=ilze)
    assert (merged.state, merged.merged_into) == (TicketState.CLOSED, made.number)
    grown = (await row(line, made.number)).ticket
    assert (grown.priority, grown.tags, grown.agent) == (Priority.HIGH, ("a",), janis)
    assert "Zvanīju" in [one.text for one in await happened(line, made.number)]
    assert await last_event(line, number) == ("merged", str(made.number))
    assert await last_event(line, made.number) == ("absorbed", str(number))
    assert await mode(line) is Mode.STAFF
    now = line.clock.now()
    async with line.database.reading() as connection:
        counted = await counting.opened_tickets(
            connection, first=now - timedelta(days=1), until=now + timedelta(days=1)
        )
    assert len(counted) == 1


async def test_merged_tickets_follow_into_the_next_merge(line: Line, ilze: AgentId) -> None:
    first = await opened(line)
    second = await line.tickets.split(first, queue="general", subject="Otrs", by=ilze)
    third = await line.tickets.split(first, queue="general", subject="Trešais", by=ilze)
    await line.tickets.merge(first, into=second.number, by=ilze)
    await line.tickets.merge(second.number, into=third.number, by=ilze)
    assert (await row(line, first)).ticket.merged_into == third.number
    assert await mode(line) is Mode.WAITING


async def test_tickets_of_different_residents_do_not_merge(line: Line, ilze: AgentId) -> None:
    anna, berta = await opened(line, "1"), await opened(line, "2")
    with pytest.raises(TicketConflict) as refused:
        await line.tickets.merge(anna, into=berta, by=ilze)
    assert refused.value.reason == Obstacle.OTHER_RESIDENT


async def test_a_resident_on_two_channels_has_one_case_after_merging(
    line: Line, ilze: AgentId
) -> None:
    first, second = await opened(line, "1"), await opened(line, "2")
    await line.tickets.join(first, other=second, why=Sameness.SAID, by=ilze)
    await line.tickets.merge(first, into=second, by=ilze)
    line.handle = "1"
    assert await mode(line) is Mode.BOT
    line.handle = "2"
    assert await mode(line) is Mode.WAITING


async def test_merging_each_into_the_other_at_once_leaves_one_open(
    line: Line, ilze: AgentId
) -> None:
    first = await opened(line)
    second = (await line.tickets.split(first, queue="general", subject="Otrs", by=ilze)).number
    results = await asyncio.gather(
        line.tickets.merge(first, into=second, by=ilze),
        line.tickets.merge(second, into=first, by=ilze),
        return_exceptions=True,
    )
    assert sum(isinstance(one, TicketConflict) for one in results) == 1
    states = [(await row(line, number)).ticket.state for number in (first, second)]
    assert sorted(states) == [TicketState.CLOSED, TicketState.NEW]


async def test_linking_is_told_once_on_both_sides_and_can_be_undone(
    line: Line, ilze: AgentId
) -> None:
    anna, berta = await opened(line, "1"), await opened(line, "2")
    await asyncio.gather(
        line.tickets.link(anna, other=berta, by=ilze), line.tickets.link(berta, other=anna, by=ilze)
    )
    async with line.database.reading() as connection:
        assert [one.number for one in await relations.related(connection, anna)] == [berta]
        assert [one.number for one in await relations.related(connection, berta)] == [anna]
    assert [event for event, _ in await audited(line, anna)] == ["ticket.linked"]
    await line.tickets.unlink(berta, other=anna, by=ilze)
    async with line.database.reading() as connection:
        assert await relations.related(connection, anna) == []
    assert await last_event(line, anna) == ("unlinked", str(berta))


@pytest.mark.parametrize("other", [1, 10**14])
async def test_a_ticket_that_is_not_there_is_neither_linked_nor_merged(
    line: Line, ilze: AgentId, other: int
) -> None:
    number = await opened(line)
    for attempt in (
        line.tickets.link(number, other=TicketNumber(other), by=ilze),
        line.tickets.merge(number, into=TicketNumber(other), by=ilze),
    ):
        with pytest.raises(TicketConflict) as refused:
            await attempt
        assert refused.value.reason == Obstacle.MISSING


async def test_a_ticket_is_not_linked_to_itself(line: Line, ilze: AgentId) -> None:
    number = await opened(line)
    with pytest.raises(TicketConflict):
        await line.tickets.link(number, other=number, by=ilze)
