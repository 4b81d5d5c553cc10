"""Holders who are absent, silent, taken from, or go on with what was finished; and what their residents are told."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.outbox import WINDOW
from bot.storage import audit
from bot.storage.agents import Presence
from bot.storage.audit import Wanted
from bot.storage.schema import (
    agent_queues,
    agents,
    audit_log,
    outbound_messages,
    ticket_viewers,
    tickets,
)
from bot.storage.statistics.counting import opened_tickets
from domain.conversation import Mode
from domain.errors import MessageRefused, TicketConflict
from domain.messages import AgentId, Channel, OutboundId
from domain.tickets import Obstacle, Return, TicketNumber, TicketState
from tests.line.conftest import Line
from tests.line.test_cases import (
    audited,
    change,
    happened,
    hired,
    last_event,
    mode,
    opened,
    row,
)
from tests.line.test_late import to


@pytest.fixture
async def ilze(line: Line) -> AgentId:
    return await hired(line, "Ilze")


@pytest.fixture
async def janis(line: Line) -> AgentId:
    return await hired(line, "Jānis")


@pytest.fixture
async def dace(line: Line) -> AgentId:
    return await hired(line, "Dace", role="supervisor")


ABSENT: dict[str, Any] = {"presence": Presence.ABSENT, "absent_until": date(2026, 12, 31)}


async def held(line: Line, by: AgentId) -> TicketNumber:
    number = await opened(line)
    await line.tickets.claim(number, by=by, name="Ilze")
    return number


async def state(line: Line, number: TicketNumber) -> tuple[TicketState, AgentId | None]:
    ticket = (await row(line, number)).ticket
    return ticket.state, ticket.agent


async def refused(deed: Any) -> str:  # noqa: ANN401 - any deed
    with pytest.raises(TicketConflict) as conflict:
        await deed
    return conflict.value.reason


async def on_whatsapp(line: Line) -> TicketNumber:
    """A ticket whose resident wrote last so long ago that WhatsApp's window has closed."""
    line.channel = Channel.WHATSAPP
    number = await opened(line, "+37120000001")
    await line.deliver()
    line.clock.forward(seconds=WINDOW.total_seconds() + 3600)
    return number


async def templates(line: Line) -> int:
    async with line.database.reading() as connection:
        sent = await connection.scalars(
            select(outbound_messages.c.id).where(outbound_messages.c.template)
        )
        return len(sent.all())


# ---------------------------------------------------------------------------------------------- absent


async def test_an_absent_agent_takes_nothing_and_the_resident_is_told_nothing(
    line: Line, ilze: AgentId
) -> None:
    number = await opened(line)
    await change(line, ilze, **ABSENT)
    before = await line.said()
    assert await refused(line.tickets.claim(number, by=ilze, name="Ilze")) == Obstacle.ABSENT
    assert await line.said() == before
    assert await state(line, number) == (TicketState.NEW, None)


async def test_who_says_that_they_are_back_takes_it_and_keeps_it(line: Line, ilze: AgentId) -> None:
    number = await opened(line)
    await change(line, ilze, **ABSENT)
    await line.tickets.claim(number, by=ilze, name="Ilze", at_work=True)
    assert await line.tickets.return_held_in_vain() == 0
    assert await state(line, number) == (TicketState.CLAIMED, ilze)
    async with line.database.reading() as connection:
        presence = await connection.scalar(select(agents.c.presence).where(agents.c.id == ilze))
        [entry] = await audit.read(connection, Wanted(events=("agent.presence",)), limit=5)
    assert (presence, entry.agent, entry.detail) == (Presence.AT_WORK, ilze, Presence.AT_WORK)


async def test_saying_so_while_away_for_lunch_changes_nothing(line: Line, ilze: AgentId) -> None:
    number = await opened(line)
    await change(line, ilze, presence=Presence.AWAY)
    await line.tickets.claim(number, by=ilze, name="Ilze", at_work=True)
    async with line.database.reading() as connection:
        presence = await connection.scalar(select(agents.c.presence).where(agents.c.id == ilze))
    assert presence == Presence.AWAY


# ---------------------------------------------------------------------------------------------- new deadlines


async def test_a_ticket_that_the_resident_reopened_has_both_deadlines_anew(
    line: Line, ilze: AgentId
) -> None:
    number = await held(line, ilze)
    first = (await row(line, number)).ticket
    await line.tickets.answer(number, text="Skatos", by=ilze)
    to(line, "26T10:00")
    await line.tickets.solve(number, by=ilze)
    line.clock.forward(days=5)
    assert await line.presses(f"helped_no:{number}") == ["helped.no_reopened"]
    await line.tickets.claim(number, by=ilze, name="Ilze")
    line.clock.forward(minutes=1)
    await line.tickets.answer(number, text="Vēlreiz", by=ilze)
    now = (await row(line, number)).ticket
    assert now.solve_by > first.solve_by
    assert (await row(line, number)).deadline > line.clock.now()


# ---------------------------------------------------------------------------------------------- WhatsApp's window


async def test_a_claim_outside_the_window_spends_no_template(line: Line, ilze: AgentId) -> None:
    number = await on_whatsapp(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.deliver()
    assert await templates(line) == 0
    assert "staff.claimed" not in await line.said()
    assert (await row(line, number)).parked == 0
    assert await mode(line) is Mode.STAFF


async def test_who_answers_then_stands_above_the_first_answer_only(
    line: Line, ilze: AgentId
) -> None:
    number = await on_whatsapp(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    for text in ("Rīt.", "Plkst. 9."):
        await line.tickets.answer(number, text=text, by=ilze)
        await line.deliver()
    assert await templates(line) == 1
    await line.hears("labdien")
    await line.deliver()
    released = [sent.plain for sent in line.sender.sent if not sent.template][-3:]
    assert "Ilze" in released[0]
    assert released[1:] == ["Rīt.", "Plkst. 9."]


async def test_inside_the_window_who_answers_is_said_once(line: Line, ilze: AgentId) -> None:
    number = await held(line, ilze)
    await line.tickets.answer(number, text="Rīt.", by=ilze)
    assert (await line.said()).count("staff.claimed") == 1


async def test_a_colleague_who_was_introduced_in_another_ticket_introduces_nobody_else(
    line: Line, ilze: AgentId, janis: AgentId
) -> None:
    number = await on_whatsapp(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")  # unsaid: the window is closed
    made = await line.tickets.split(number, queue="general", subject="Ceļš", by=ilze)
    await line.hears("labdien")
    await line.tickets.claim(made.number, by=janis, name="Jānis")
    await line.tickets.answer(number, text="Rīt.", by=ilze)
    await line.deliver()
    of_other, of_this, answer = [sent.plain for sent in line.sender.sent][-3:]
    assert f"Jānis (pieteikums Nr. {made.number})" in of_other
    assert f"Ilze (pieteikums Nr. {number})" in of_this
    assert answer == "Rīt."


# ---------------------------------------------------------------------------------------------- silent holders


async def test_claimed_in_the_last_hour_it_returns_when_nothing_is_done_for_an_hour(
    line: Line, ilze: AgentId
) -> None:
    number = await opened(line)
    to(line, "23T14:30")  # half an hour before the deadline
    await line.tickets.claim(number, by=ilze, name="Ilze")
    to(line, "24T06:50")  # 20 minutes after opening
    assert await line.tickets.return_held_in_vain() == 0
    to(line, "24T07:30")
    assert await line.tickets.return_held_in_vain() == 1
    assert await last_event(line, number) == ("returned", Return.DEADLINE)


async def test_a_late_ticket_stays_with_who_is_active_in_it(line: Line, ilze: AgentId) -> None:
    number = await held(line, ilze)
    to(line, "24T07:00")
    await line.tickets.note(number, text="Zvanu būvvaldei", by=ilze)
    to(line, "24T07:50")
    assert await line.tickets.return_held_in_vain() == 0
    to(line, "24T08:01")
    assert await line.tickets.return_held_in_vain() == 1


async def test_what_its_holder_is_writing_in_does_not_return(line: Line, ilze: AgentId) -> None:
    number = await held(line, ilze)
    to(line, "24T10:00")
    async with line.database.unit_of_work() as work:
        await work.connection.execute(
            insert(ticket_viewers).values(
                ticket_number=number, agent_id=ilze, seen_at=datetime.now(UTC), writing=True
            )
        )
        await work.commit()
    assert await line.tickets.return_held_in_vain() == 0


async def test_before_the_solution_is_due_a_silent_holder_gives_way(
    line: Line, ilze: AgentId
) -> None:
    number = await held(line, ilze)
    await line.tickets.answer(number, text="Noskaidrošu", by=ilze)
    due = (await row(line, number)).ticket.solve_by
    line.clock.forward(seconds=(due - line.clock.now()).total_seconds() - 4 * 3600 - 1)
    assert await line.tickets.return_held_in_vain() == 0
    line.clock.forward(seconds=2)
    assert await line.tickets.return_held_in_vain() == 1
    assert await last_event(line, number) == ("returned", Return.SOLUTION)
    assert await mode(line) is Mode.WAITING


async def test_before_the_solution_is_due_an_active_holder_keeps_it(
    line: Line, ilze: AgentId
) -> None:
    number = await held(line, ilze)
    await line.tickets.answer(number, text="Noskaidrošu", by=ilze)
    due = (await row(line, number)).ticket.solve_by
    line.clock.forward(seconds=(due - line.clock.now()).total_seconds() - 6 * 3600)
    await line.tickets.note(number, text="Gaidu ceļu dienestu", by=ilze)
    line.clock.forward(hours=5)
    assert await line.tickets.return_held_in_vain() == 0


async def test_what_waits_for_the_window_only_does_not_return(line: Line, ilze: AgentId) -> None:
    number = await on_whatsapp(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.answer(number, text="Rīt.", by=ilze)
    await line.deliver()
    line.clock.forward(days=20)
    assert await line.tickets.return_held_in_vain() == 0


# ---------------------------------------------------------------------------------------------- told of delays


async def test_a_claimed_ticket_is_told_of_after_its_deadline_and_once(
    line: Line, ilze: AgentId
) -> None:
    number = await held(line, ilze)
    to(line, "23T14:45")
    assert await line.tickets.tell_late() == 0  # its holder may still answer
    to(line, "24T06:31")
    assert await line.tickets.tell_late() == 1
    assert (await line.said())[-1] == "staff.late"
    assert await line.tickets.tell_late() == 0
    assert await state(line, number) == (TicketState.CLAIMED, ilze)
    assert await mode(line) is Mode.STAFF


async def test_nobody_is_told_while_another_agent_talks_with_the_resident(
    line: Line, ilze: AgentId, janis: AgentId
) -> None:
    number = await held(line, ilze)
    made = await line.tickets.split(number, queue="general", subject="Ceļš", by=ilze)
    await line.tickets.claim(made.number, by=janis, name="Jānis")
    to(line, "24T07:00")
    assert await line.tickets.tell_late() == 0


@pytest.mark.parametrize("given_back", [False, True])
async def test_a_late_solution_is_told_once(line: Line, ilze: AgentId, *, given_back: bool) -> None:
    number = await held(line, ilze)
    await line.tickets.answer(number, text="Noskaidrošu", by=ilze)
    if given_back:
        await line.tickets.give_back(number, by=ilze)
    to(line, "27T11:00")
    assert await line.tickets.tell_late() == 0
    to(line, "30T07:00")
    assert await line.tickets.tell_late() == 1
    assert (await line.said())[-1] == "staff.unsolved"
    assert await last_event(line, number) == ("unsolved_told", "")
    line.clock.forward(days=1)
    assert await line.tickets.tell_late() == 0


async def test_a_late_solution_is_not_told_right_after_an_answer(line: Line, ilze: AgentId) -> None:
    number = await held(line, ilze)
    await line.tickets.answer(number, text="Noskaidrošu", by=ilze)
    to(line, "30T06:35")
    await line.tickets.answer(number, text="Gatavs", by=ilze)
    assert await line.tickets.tell_late() == 0


# ---------------------------------------------------------------------------------------------- opened again


async def test_who_finished_by_mistake_goes_on_and_the_resident_is_told(
    line: Line, ilze: AgentId
) -> None:
    number = await held(line, ilze)
    await line.tickets.answer(number, text="Rīt", by=ilze)
    before = (await row(line, number)).ticket
    await line.tickets.solve(number, by=ilze)
    await line.tickets.reopen(number, by=ilze, name="Ilze", reason="Kļūdas dēļ")
    assert (await line.said())[-2:] == ["helped.ask", "staff.reopened"]
    assert await state(line, number) == (TicketState.CLAIMED, ilze)
    assert await mode(line) is Mode.STAFF
    assert await last_event(line, number) == ("reopened_by_agent", "Kļūdas dēļ")
    assert [one.text for one in await happened(line, number) if one.by == "note"] == ["Kļūdas dēļ"]
    assert (await audited(line, number))[-1] == ("ticket.reopened_by_agent", "")
    now = (await row(line, number)).ticket
    assert (now.answer_by, now.solve_by, now.reopened) == (before.answer_by, before.solve_by, 0)
    # "Vai tas palīdzēja?" is open no more.
    assert await line.hears("nē") == []
    await line.tickets.solve(number, by=ilze)
    assert await line.hears("jā") == ["helped.yes"]


async def test_who_does_not_know_that_it_was_finished_is_not_told_that_it_goes_on(
    line: Line, ilze: AgentId, janis: AgentId
) -> None:
    number = await held(line, ilze)
    made = await line.tickets.split(number, queue="general", subject="Ceļš", by=ilze)
    await line.tickets.claim(made.number, by=janis, name="Jānis")
    await line.tickets.solve(number, by=ilze)  # unasked: a colleague talks
    line.clock.forward(minutes=1)
    await line.tickets.solve(made.number, by=janis)  # asked about the other one
    before = await line.said()
    assert before[-1] == "helped.ask"
    await line.tickets.reopen(number, by=ilze, name="Ilze", reason="Kļūdas dēļ")
    assert await line.said() == before


async def test_outside_the_window_opening_again_spends_no_template_and_asks_nothing_later(
    line: Line, ilze: AgentId
) -> None:
    number = await on_whatsapp(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await line.tickets.solve(number, by=ilze)
    await line.tickets.reopen(number, by=ilze, name="Ilze", reason="Kļūdas dēļ")
    await line.deliver()
    assert await templates(line) == 0
    assert (await line.conversation()).state.to_ask == ()


async def test_a_deadline_that_passed_meanwhile_counts_anew_but_not_in_the_overview(
    line: Line, ilze: AgentId
) -> None:
    number = await held(line, ilze)
    await line.tickets.answer(number, text="Rīt", by=ilze)
    await line.tickets.solve(number, by=ilze)
    line.clock.forward(days=30)
    await line.tickets.close_silent(before=line.clock.now())
    await line.tickets.reopen(number, by=ilze, name="Ilze", reason="Atklājās vēl kas")
    assert (await row(line, number)).deadline > line.clock.now()
    async with line.database.reading() as connection:
        [counted] = await opened_tickets(
            connection, first=datetime(2026, 11, 1, tzinfo=UTC), until=line.clock.now()
        )
    assert counted.reopened


async def test_beside_another_open_ticket_nothing_is_opened_again(
    line: Line, ilze: AgentId
) -> None:
    number = await held(line, ilze)
    await line.tickets.solve(number, by=ilze)
    await line.hears("jā")
    await opened(line)
    assert (
        await refused(line.tickets.reopen(number, by=ilze, name="Ilze", reason="x"))
        == Obstacle.OTHER_OPEN
    )


async def test_a_solved_ticket_gives_way_to_the_one_that_is_opened_again(
    line: Line, ilze: AgentId
) -> None:
    number = await held(line, ilze)
    await line.tickets.solve(number, by=ilze)
    await line.hears("jā")
    later = await held(line, ilze)
    await line.tickets.solve(later, by=ilze)
    await line.tickets.reopen(number, by=ilze, name="Ilze", reason="Atklājās vēl kas")
    assert await state(line, number) == (TicketState.CLAIMED, ilze)
    assert await state(line, later) == (TicketState.CLOSED, ilze)
    assert await last_event(line, later) == ("closed_for_next", str(number))
    assert (await audited(line, later))[-1] == ("ticket.closed_for_next", str(number))
    # It was the newest that was asked about; that question is open no more.
    assert await line.hears("nē") == []
    assert await state(line, later) == (TicketState.CLOSED, ilze)


async def test_a_split_ticket_is_opened_again_beside_a_solved_one(
    line: Line, ilze: AgentId
) -> None:
    number = await held(line, ilze)
    made = await line.tickets.split(number, queue="general", subject="Ceļš", by=ilze)
    await line.tickets.claim(made.number, by=ilze, name="Ilze")
    for one in (made.number, number):
        await line.tickets.solve(one, by=ilze)
    await line.tickets.reopen(made.number, by=ilze, name="Ilze", reason="x")
    assert await state(line, number) == (TicketState.SOLVED, ilze)


async def test_opened_again_by_an_agent_it_ends_when_it_is_solved_anew(
    line: Line, ilze: AgentId
) -> None:
    number = await held(line, ilze)
    await line.tickets.solve(number, by=ilze)
    await line.hears("jā")
    line.clock.forward(days=40)
    await line.tickets.reopen(number, by=ilze, name="Ilze", reason="Atklājās vēl kas")
    async with line.database.reading() as connection:
        [counted] = await opened_tickets(
            connection, first=datetime(2026, 11, 1, tzinfo=UTC), until=line.clock.now()
        )
    assert counted.solved_at is None
    await line.tickets.solve(number, by=ilze)
    assert await line.hears("mani pieteikumi") == ["my_tickets.heading", "my_tickets.solved"]
    assert await line.presses(f"helped_no:{number}") == ["helped.no_reopened"]
    assert await state(line, number) == (TicketState.NEW, None)


async def test_what_is_open_or_merged_is_not_opened_again(line: Line, ilze: AgentId) -> None:
    number = await held(line, ilze)
    again = line.tickets.reopen
    assert await refused(again(number, by=ilze, name="I", reason="x")) == Obstacle.STILL_OPEN
    made = await line.tickets.split(number, queue="general", subject="Ceļš", by=ilze)
    await line.tickets.merge(made.number, into=number, by=ilze)
    assert await refused(again(made.number, by=ilze, name="I", reason="x")) == Obstacle.OVER


async def test_an_absent_agent_opens_nothing_again(line: Line, ilze: AgentId) -> None:
    number = await held(line, ilze)
    await line.tickets.solve(number, by=ilze)
    await change(line, ilze, **ABSENT)
    deed = line.tickets.reopen(number, by=ilze, name="Ilze", reason="x")
    assert await refused(deed) == Obstacle.ABSENT


# ---------------------------------------------------------------------------------------------- taken over


async def test_a_supervisor_takes_over_and_everybody_learns_of_it(
    line: Line, ilze: AgentId, dace: AgentId
) -> None:
    number = await held(line, ilze)
    await line.tickets.take_over(number, by=dace, name="Dace", reason="Ilze ir sapulcē")
    assert await state(line, number) == (TicketState.CLAIMED, dace)
    assert (await line.said())[-1] == "staff.claimed"
    await line.deliver()
    assert "Dace" in line.sender.sent[-1].plain
    assert await last_event(line, number) == ("taken_over", "Ilze – Ilze ir sapulcē")
    async with line.database.reading() as connection:
        [entry] = await audit.read(connection, Wanted(ticket=number), limit=1)
    assert (entry.event, entry.agent, entry.about) == ("ticket.taken_over", dace, "Ilze")
    assert await refused(line.tickets.answer(number, text="es arī", by=ilze)) == Obstacle.NOT_YOURS


async def test_a_colleague_takes_over_only_from_who_is_absent_and_only_in_their_queues(
    line: Line, ilze: AgentId, janis: AgentId
) -> None:
    number = await held(line, ilze)
    await hired(line, "Zane")  # who works in every queue: so nobody must help out
    take = line.tickets.take_over
    assert await refused(take(number, by=janis, name="J", reason="x")) == Obstacle.NOT_ALLOWED
    await change(line, ilze, **ABSENT)
    async with line.database.unit_of_work() as work:
        await work.connection.execute(agent_queues.insert().values(agent_id=janis, queue="bills"))
        await work.commit()
    assert await refused(take(number, by=janis, name="J", reason="x")) == Obstacle.NOT_ALLOWED
    async with line.database.unit_of_work() as work:
        await work.connection.execute(update(agent_queues).values(queue="general"))
        await work.commit()
    await take(number, by=janis, name="Jānis", reason="Ilze slimo")
    assert await state(line, number) == (TicketState.CLAIMED, janis)


async def test_only_a_held_ticket_is_taken_over_and_not_by_who_is_absent(
    line: Line, ilze: AgentId, dace: AgentId
) -> None:
    number = await opened(line)
    take = line.tickets.take_over
    assert await refused(take(number, by=dace, name="D", reason="x")) == Obstacle.NOT_YOURS
    await line.tickets.claim(number, by=ilze, name="Ilze")
    assert await refused(take(number, by=ilze, name="I", reason="x")) == Obstacle.SAME_HOLDER
    await change(line, dace, **ABSENT)
    assert await refused(take(number, by=dace, name="D", reason="x")) == Obstacle.ABSENT
    await line.tickets.solve(number, by=ilze)
    assert await refused(take(number, by=dace, name="D", reason="x")) == Obstacle.OVER


# ---------------------------------------------------------------------------------------------- tried again


async def test_trying_a_failed_message_again_is_audited_with_it(line: Line, ilze: AgentId) -> None:
    number = await held(line, ilze)
    line.sender.failures = [MessageRefused("no")]
    await line.deliver()
    async with line.database.reading() as connection:
        o = outbound_messages.c
        failed = OutboundId(await connection.scalar(select(o.id).where(o.state == "failed")) or 0)
    conversation = (await line.conversation()).id
    again = [
        await line.outbox.retry(failed, conversation, ticket=number, by=ilze) for _ in range(2)
    ]
    assert again == [True, False]
    rows = [one for one in await audited(line, number) if one[0] == "ticket.retried"]
    assert rows == [("ticket.retried", str(failed))]
    assert await last_event(line, number) == ("retried", "")


async def test_what_cannot_be_audited_is_not_tried_again(
    line: Line, ilze: AgentId, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await held(line, ilze)
    line.sender.failures = [MessageRefused("no")]
    await line.deliver()
    before = await line.states()

    async def breaks(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(audit, "append", breaks)
    async with line.database.reading() as connection:
        o = outbound_messages.c
        failed = OutboundId(await connection.scalar(select(o.id).where(o.state == "failed")) or 0)
    with pytest.raises(RuntimeError):
        await line.outbox.retry(failed, (await line.conversation()).id, ticket=number, by=ilze)
    assert await line.states() == before
    async with line.database.reading() as connection:
        rows = await connection.scalars(
            select(audit_log.c.id).where(audit_log.c.event == "ticket.retried")
        )
        assert rows.all() == []
        assert await connection.scalar(select(tickets.c.number)) == number
