"""Whatever a resident and agents do in whatever order: nobody is talked over, and nothing that was said is lost."""

import asyncio
import itertools
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from bot.content import Content
from bot.storage.database import Database
from bot.storage.schema import tickets
from bot.storage.tickets.records import to_ticket
from domain.conversation import ConversationState, Mode, Question
from domain.errors import TicketConflict
from domain.messages import AgentId
from domain.tickets import Ticket, TicketNumber, TicketState
from tests.line.conftest import Line, add_agent, opened_line

TO_DO = (TicketState.NEW, TicketState.CLAIMED)
KNOWN = {"kur samaksāt": "topic.bills-pay-where", "paldies": "thanks", "tas nepalīdz": "complaint"}
WORDS = (
    *KNOWN,
    *("rēķins par ūdeni atnāca divreiz", "ceļš nav tīrīts pie skolas", "joprojām nekas"),
    *("jā", "nē", "cilvēks", "Nē, cits jautājums", "5", "2", "mani pieteikumi", "sākt no jauna"),
)
PRESSES = ("helped_no", "helped_yes", "stars_1", "stars_5", "return_yes", "same_yes", "same_no")
HOURS = st.sampled_from([1, 20, 100])
ANY = st.integers(0, 3)
"""Which of the tickets or agents; one of those that there are."""


class Day:
    """One line for all examples; each of them is a resident of its own."""

    def __init__(self, line: Line, agents: tuple[AgentId, ...], runner: asyncio.Runner) -> None:
        self.line = line
        self.agents = agents
        self.run = runner.run
        self.numbers = itertools.count(1)


@pytest.fixture
def day(database_url: str, content: Content) -> Iterator[Day]:
    """A line whose event loop stands still between the steps."""
    with asyncio.Runner() as runner:
        database = Database(database_url, pool_size=2)
        opening = opened_line(database, database_url, content)
        line = runner.run(opening.__aenter__())
        for words, intent in KNOWN.items():
            line.nlu.teach(words, intent)
        names = ("ilze@example.org", "janis@example.org")
        agents = tuple(runner.run(add_agent(database, name)) for name in names)
        yield Day(line, agents, runner)
        runner.run(opening.__aexit__(None, None, None))
        runner.run(database.close())


class AnyOrder(RuleBasedStateMachine):
    """A resident writes and presses, two agents work, time passes."""

    def __init__(self, day: Day) -> None:
        super().__init__()
        self.day = day
        self.line = day.line
        self.asked: set[int] = set()

    @initialize()
    def a_resident_comes(self) -> None:
        self.line.handle = f"resident-{next(self.day.numbers)}"
        self.run(self.line.hears("cilvēks"))
        self.splits(which=0, who=0, about="Atkritumi")
        self.heard = len(self.run(self.line.said()))

    def run(self, deed: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever the deed gives
        return self.day.run(deed)

    # ------------------------------------------------------------------------------------------ who does what

    @rule(words=st.sampled_from(WORDS))
    def writes(self, words: str) -> None:
        before, state = self.tickets(), self.state()
        said = self.run(self.line.hears(words))
        self.must_be_heard(before, said)
        if words == "nē" and state.question is Question.HELPED and not is_held(before):
            self.must_be_back(int(state.subject))
        if words == "cilvēks":
            assert any(one.state in TO_DO for one in self.tickets().values())

    @rule(press=st.sampled_from(PRESSES), which=ANY)
    def presses(self, press: str, which: int) -> None:
        before, number = self.tickets(), self.one_of(which)
        said = self.run(self.line.presses(f"{press}:{number}"))
        self.must_be_heard(before, said)
        if press == "helped_no" and not is_held(before):
            self.must_be_back(number)

    @rule(which=ANY, who=ANY)
    def claims(self, which: int, who: int) -> None:
        waiting = [one for one in self.tickets().values() if one.state is TicketState.NEW]
        number = waiting[which % len(waiting)].number if waiting else self.one_of(which)
        self.does(self.line.tickets.claim(number, by=self.agent(who), name="Ilze"))

    @precondition(lambda self: is_held(self.tickets()))
    @rule(which=ANY, deed=st.sampled_from(["answer", "solve", "give_back"]))
    def works(self, which: int, deed: str) -> None:
        """The holder of a claimed ticket does something in it."""
        claimed = [one for one in self.tickets().values() if one.state is TicketState.CLAIMED]
        ticket = claimed[which % len(claimed)]
        more = {"text": "Skatos."} if deed == "answer" else {}
        self.does(getattr(self.line.tickets, deed)(ticket.number, by=ticket.agent, **more))

    @rule(which=ANY, who=ANY, about=st.sampled_from(["Ceļš", "Ūdens"]))
    def splits(self, which: int, who: int, about: str) -> None:
        by = self.agent(who)
        self.does(
            self.line.tickets.split(self.one_of(which), queue="general", subject=about, by=by)
        )

    @rule(which=ANY, other=ANY, who=ANY)
    def merges(self, which: int, other: int, who: int) -> None:
        into, by = self.one_of(other), self.agent(who)
        self.does(self.line.tickets.merge(self.one_of(which), into=into, by=by))

    @rule(hours=HOURS)
    def time_passes(self, hours: int) -> None:
        self.line.clock.forward(hours=hours)
        week_ago = self.line.clock.now() - timedelta(days=7)
        self.run(self.line.tickets.close_silent(before=week_ago))

    # ------------------------------------------------------------------------------------------ what always holds

    @invariant()
    def what_always_holds(self) -> None:
        known, held = self.tickets(), self.run(self.line.conversation())
        said = self.run(self.line.said())[self.heard :]
        self.heard += len(said)
        self.nobody_is_talked_over(known, said)
        self.who_speaks_follows_from_the_tickets(known, held.mode)
        self.a_matter_is_in_one_ticket(known)
        self.of_what_is_solved_it_was_asked_or_will_be(known, held.state, said)

    def nobody_is_talked_over(self, known: dict[TicketNumber, Ticket], said: list[str]) -> None:
        if is_held(known):
            assert set(said) <= {"staff.claimed"}

    def who_speaks_follows_from_the_tickets(
        self, known: dict[TicketNumber, Ticket], mode: Mode
    ) -> None:
        if is_held(known):
            assert mode is Mode.STAFF
        else:
            waits = any(one.state is TicketState.NEW for one in known.values())
            assert mode is (Mode.WAITING if waits else Mode.BOT)

    def a_matter_is_in_one_ticket(self, known: dict[TicketNumber, Ticket]) -> None:
        merged = {one.merged_into: one for one in known.values() if one.merged_into is not None}
        assert all(one.state is TicketState.CLOSED for one in merged.values())
        assert not any(known[number].merged_into for number in merged)
        assert sum(one.main and one.state is not TicketState.CLOSED for one in known.values()) <= 1

    def of_what_is_solved_it_was_asked_or_will_be(
        self, known: dict[TicketNumber, Ticket], state: ConversationState, said: list[str]
    ) -> None:
        if "helped.ask" in said:
            assert state.question is Question.HELPED
            self.asked.add(int(state.subject))
        solved = {one.number for one in known.values() if one.state is TicketState.SOLVED}
        assert solved <= self.asked | set(state.to_ask)

    def must_be_heard(self, before: dict[TicketNumber, Ticket], said: list[str]) -> None:
        """What a resident says is answered by the assistant, or read by the person who talks with them."""
        assert bool(said) != is_held(before)

    def must_be_back(self, number: int) -> None:
        """A ticket to which the resident said no waits again: itself, what it was merged into, or another main one."""
        known = self.tickets()
        ticket = known[TicketNumber(number)]
        ticket = known[ticket.merged_into] if ticket.merged_into else ticket
        rival = any(one.main and one.state is TicketState.NEW for one in known.values())
        assert (
            ticket.state is TicketState.NEW or (rival and ticket.main) or not lately(self, ticket)
        )
        assert any(one.state is TicketState.NEW for one in known.values())

    # ------------------------------------------------------------------------------------------ what there is

    def tickets(self) -> dict[TicketNumber, Ticket]:
        return self.run(self._tickets())  # type: ignore[no-any-return]  # `run` gives whatever

    async def _tickets(self) -> dict[TicketNumber, Ticket]:
        conversation = (await self.line.conversation()).id
        async with self.line.database.reading() as connection:
            rows = await connection.execute(
                select(tickets)
                .where(tickets.c.conversation_id == conversation)
                .order_by(tickets.c.number)
            )
            return {TicketNumber(row["number"]): to_ticket(row) for row in rows.mappings()}

    def state(self) -> ConversationState:
        return self.run(self.line.conversation()).state  # type: ignore[no-any-return]  # as above

    def one_of(self, which: int) -> TicketNumber:
        numbers = list(self.tickets())
        return numbers[-1 - which % len(numbers)]

    def agent(self, who: int) -> AgentId:
        return self.day.agents[who % len(self.day.agents)]

    def does(self, deed: Coroutine[Any, Any, Any]) -> None:
        with suppress(TicketConflict):
            self.run(deed)


def is_held(known: dict[TicketNumber, Ticket]) -> bool:
    """Whether a person holds the conversation."""
    return any(one.state is TicketState.CLAIMED for one in known.values())


def lately(machine: AnyOrder, ticket: Ticket) -> bool:
    """Whether a ticket may still come back."""
    return not ticket.is_done or ticket.can_return(machine.line.clock.now())


def test_nobody_is_talked_over_and_nothing_is_lost(day: Day) -> None:
    run_state_machine_as_test(
        lambda: AnyOrder(day),  # type: ignore[arg-type]  # a factory will do as well as a class
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
