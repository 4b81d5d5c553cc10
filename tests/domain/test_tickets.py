"""A ticket goes only the ways that it may."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.errors import TicketConflict
from domain.messages import AgentId, ConversationId
from domain.tickets import (
    LONGEST_TAG,
    MOST_TAGS,
    HandoffReason,
    Priority,
    Standing,
    Ticket,
    TicketNumber,
    TicketState,
    fold_tags,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ILZE, JANIS = AgentId(1), AgentId(2)
NEW = Ticket(
    number=TicketNumber(1001),
    conversation=ConversationId(1),
    reason=HandoffReason.ASKED,
    state=TicketState.NEW,
    opened_at=NOON,
    answer_by=NOON,
    solve_by=NOON,
)
OTHER = replace(NEW, number=TicketNumber(1002))


def test_a_claimed_ticket_cannot_be_claimed_by_another() -> None:
    with pytest.raises(TicketConflict):
        NEW.claim(by=ILZE).claim(by=JANIS)


def test_claiming_ones_own_ticket_again_changes_nothing() -> None:
    claimed = NEW.claim(by=ILZE)
    assert claimed.claim(by=ILZE) is claimed


def test_only_the_holder_solves() -> None:
    with pytest.raises(TicketConflict):
        NEW.claim(by=ILZE).solve(by=JANIS)


def test_a_reopened_ticket_is_free_to_claim() -> None:
    reopened = NEW.claim(by=ILZE).solve(by=ILZE).reopen()
    assert (reopened.state, reopened.agent, reopened.reopened) == (TicketState.NEW, None, 1)
    assert reopened.claim(by=JANIS).agent == JANIS


def test_tags_are_folded_and_each_is_kept_once() -> None:
    assert fold_tags(["Rēķins ", "rekins", "", " , ", "Ēku īpašnieks"]) == (
        "rekins",
        "eku ipasnieks",
    )


def test_urgent_ranks_before_high_before_normal_before_low() -> None:
    assert sorted(Priority, key=lambda one: one.rank) == [
        Priority.URGENT,
        Priority.HIGH,
        Priority.NORMAL,
        Priority.LOW,
    ]


@pytest.mark.parametrize("state", TicketState)
@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("parked", [False, True])
def test_only_a_claimed_ticket_waits_for_the_resident(
    state: TicketState, *, answered: bool, parked: bool
) -> None:
    standing = Standing.of(state, answered=answered, parked=parked)
    if state is not TicketState.CLAIMED:
        assert standing is Standing(state)
    elif parked:
        assert standing is Standing.WAITS_FOR_WINDOW
    else:
        assert standing is (Standing.WAITS_FOR_RESIDENT if answered else Standing.CLAIMED)


def test_a_merged_ticket_stays_closed_whatever_the_resident_presses() -> None:
    merged = NEW.merge_into(OTHER, by=ILZE)
    with pytest.raises(TicketConflict):
        merged.reopen()


def test_a_ticket_takes_over_the_earlier_promise_and_the_greater_importance() -> None:
    sooner = NOON - timedelta(days=1)
    crisis = replace(
        NEW, reason=HandoffReason.CRISIS, answer_by=sooner, solve_by=sooner, tags=("b", "c")
    )
    grown = replace(OTHER, tags=("a", "b")).absorb(crisis)
    assert grown == replace(
        OTHER,
        answer_by=sooner,
        solve_by=sooner,
        priority=Priority.URGENT,
        tags=("a", "b", "c"),
    )


@pytest.mark.parametrize(
    "tags", [tuple(f"birka {n}" for n in range(MOST_TAGS + 1)), ("x" * (LONGEST_TAG + 1),)]
)
def test_too_many_tags_or_too_long_ones_are_refused(tags: tuple[str, ...]) -> None:
    with pytest.raises(TicketConflict):
        NEW.tag(tags)


def test_only_deadlines_that_have_passed_are_counted_anew() -> None:
    hour = timedelta(hours=1)
    ticket = replace(NEW, answer_by=NOON, solve_by=NOON + 2 * hour)
    later = NOON + 9 * hour
    due = ticket.due_anew(after=NOON + hour, answer_by=later, solve_by=later)
    assert due == replace(ticket, answer_by=later)


AGENTS = st.sampled_from([ILZE, JANIS])
WORDS = st.lists(st.sampled_from(["Rēķins", "rekins", "ūdens", "x" * 40, ""]), max_size=10)


class TicketLife(RuleBasedStateMachine):
    """Whatever people do in whatever order, a ticket stays in a state that makes sense."""

    def __init__(self) -> None:
        super().__init__()
        self.ticket = NEW
        self.before = NEW

    def _try(self, action: str, *args: object, **named: object) -> bool:
        self.before = self.ticket
        try:
            self.ticket = getattr(self.ticket, action)(*args, **named)
        except TicketConflict:
            return False
        return True

    @rule(action=st.sampled_from(["claim", "give_back", "solve"]), by=AGENTS)
    def agent_acts(self, action: str, by: AgentId) -> None:
        self._try(action, by=by)

    @rule(action=st.sampled_from(["confirm", "reopen"]))
    def resident_acts(self, action: str) -> None:
        self._try(action)

    @rule(to=AGENTS, by=AGENTS)
    def agent_hands_over(self, to: AgentId, by: AgentId) -> None:
        if self._try("hand_over", to=to, by=by):
            assert to != by
            assert self.before.agent in (None, by)
            assert self.ticket == replace(self.before, state=TicketState.CLAIMED, agent=to)

    @rule(by=AGENTS)
    def agent_takes_over(self, by: AgentId) -> None:
        if self._try("take_over", by=by):
            assert self.before.state is TicketState.CLAIMED
            assert self.before.agent != by
            assert self.ticket == replace(self.before, agent=by)

    @rule(agent=AGENTS)
    def agent_opens_again(self, agent: AgentId) -> None:
        if self._try("reopen_for", agent):
            assert self.before.is_done
            assert self.ticket == replace(self.before, state=TicketState.CLAIMED, agent=agent)

    @rule(queue=st.sampled_from(["general", "finance"]), by=AGENTS)
    def agent_moves(self, queue: str, by: AgentId) -> None:
        if self._try("move", queue=queue, by=by):
            assert self.ticket.state is TicketState.NEW
            assert self.ticket.queue == queue != self.before.queue

    @rule()
    def upkeep_returns(self) -> None:
        assert self._try("return_to_queue") == (self.before.state is TicketState.CLAIMED)

    @rule(state=st.sampled_from(TicketState), by=AGENTS)
    def agent_merges(self, state: TicketState, by: AgentId) -> None:
        other = replace(OTHER, state=state)
        if self._try("merge_into", other, by=by):
            assert state in (TicketState.NEW, TicketState.CLAIMED)
            assert self.ticket.merged_into == other.number

    @rule(priority=st.sampled_from(Priority), words=WORDS, subject=st.text(max_size=20))
    def agent_describes(self, priority: Priority, words: list[str], subject: str) -> None:
        self._try("prioritize", priority)
        self._try("tag", fold_tags(words))
        self._try("rename", subject)

    @invariant()
    def somebody_holds_it_exactly_when_it_was_claimed(self) -> None:
        held = self.ticket.agent is not None
        assert held == (self.ticket.state is not TicketState.NEW)

    @invariant()
    def what_was_merged_is_closed_for_ever(self) -> None:
        if self.before.merged_into is not None:
            assert self.ticket == self.before
        if self.ticket.merged_into is not None:
            assert self.ticket.state is TicketState.CLOSED

    @invariant()
    def tags_are_few_short_and_folded(self) -> None:
        assert len(self.ticket.tags) <= MOST_TAGS
        assert all(0 < len(tag) <= LONGEST_TAG for tag in self.ticket.tags)
        assert fold_tags(self.ticket.tags) == self.ticket.tags

    @invariant()
    def promises_stay(self) -> None:
        assert (self.ticket.answer_by, self.ticket.solve_by) == (NEW.answer_by, NEW.solve_by)


TestTicketLife = TicketLife.TestCase
