"""Choices are made by number, by ordinal or by their words."""

import pytest

from domain.answers import Choice, ChoiceId
from domain.conversation import Command, parse_choice, pick
from domain.folding import fold
from domain.messages import DeliveryState
from domain.understanding import Intent

OFFERED = (
    Choice(ChoiceId("topic.bills-pay-where"), "Kur samaksāt rēķinu"),
    Choice(ChoiceId("topic.meters-dates"), "Kad nodot rādījumus"),
    Choice(ChoiceId("ask_person"), "Runāt ar cilvēku"),
)


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("1", 0),
        ("2.", 1),
        ("otro", 1),
        ("Otrais!", 1),
        ("trešo", 2),
        ("treso", 2),
        ("kur samaksat rekinu?", 0),
        ("RUNĀT AR CILVĒKU", 2),
    ],
)
def test_a_choice_is_picked(text: str, index: int) -> None:
    assert pick(text, OFFERED) == OFFERED[index].id


@pytest.mark.parametrize("text", ["4", "0", "12", "otrdien", "rēķins", ""])
def test_other_words_pick_nothing(text: str) -> None:
    assert pick(text, OFFERED) is None


def test_a_choice_carries_its_subject() -> None:
    assert parse_choice("centre_hours:eleja") == Command(Intent("centre_hours"), "eleja")
    assert parse_choice("help") == Command(Intent("help"))


@pytest.mark.parametrize(
    ("text", "folded"),
    [("  Pilsētā!? ", "pilseta"), ("ŠĶŪŅI", "skuni"), ("kā-būs", "ka bus"), ("Привет!", "привет")],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_late_and_repeated_reports_are_no_news() -> None:
    assert DeliveryState.SENT.can_become(DeliveryState.DELIVERED)
    assert not DeliveryState.READ.can_become(DeliveryState.DELIVERED)
    assert not DeliveryState.DELIVERED.can_become(DeliveryState.SENT)
