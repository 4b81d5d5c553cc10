"""A ticket goes only the ways that it may."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.errors import TicketConflict
from domain.messages import AgentId, ConversationId
from domain.tickets import (
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


class TicketLife(RuleBasedStateMachine):
    """Whatever people do in whatever order, a ticket stays in a state that makes sense."""

    def __init__(self) -> None:
        super().__init__()
        self.ticket = NEW

    @rule(
        action=st.sampled_from(["claim", "give_back", "solve"]), by=st.sampled_from([ILZE, JANIS])
    )
    def agent_acts(self, action: str, by: AgentId) -> None:
        before = self.ticket
        try:
            self.ticket = getattr(self.ticket, action)(by=by)
        except TicketConflict:
            assert self.ticket is before

    @rule(action=st.sampled_from(["confirm", "reopen"]))
    def resident_acts(self, action: str) -> None:
        with contextlib.suppress(TicketConflict):
            self.ticket = getattr(self.ticket, action)()

    @invariant()
    def somebody_holds_it_exactly_when_it_was_claimed(self) -> None:
        held = self.ticket.agent is not None
        assert held == (self.ticket.state not in (TicketState.NEW,))


TestTicketLife = TicketLife.TestCase
