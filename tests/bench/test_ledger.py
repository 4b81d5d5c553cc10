"""The account of what was asked and answered."""

from bench.ledger import Ledger, Person, Verdict

ANNA, BERTS = Person("telegram:1"), Person("whatsapp:2")


def asked(*numbers: int, person: Person = ANNA) -> Ledger:
    ledger = Ledger()
    for number in numbers:
        ledger.note_asked(person, number, at=float(number))
    return ledger


def test_every_question_answered_in_order_is_a_clean_account() -> None:
    ledger = asked(0, 1, 2)
    for number in (0, 1, 2):
        ledger.note_answered(ANNA, number, at=10.0 + number)
    assert ledger.verdict() == Verdict(asked=3, lost=0, out_of_order=0, twice=0, refused=0)
    assert ledger.open == 0
    assert ledger.waits() == [10.0, 10.0, 10.0]


def test_an_unanswered_question_is_lost() -> None:
    ledger = asked(0, 1)
    ledger.note_answered(ANNA, 0, at=5.0)
    assert ledger.lost() == [(ANNA, 1)]
    assert ledger.open == 1


def test_an_answer_after_that_to_a_later_question_is_out_of_order() -> None:
    ledger = asked(0, 1, 2)
    for number in (1, 0, 2):
        ledger.note_answered(ANNA, number, at=5.0)
    assert ledger.verdict().out_of_order == 1


def test_people_do_not_have_to_wait_for_one_another() -> None:
    ledger = asked(0, 1)
    ledger.note_asked(BERTS, 0, at=2.0)
    for person, number in ((ANNA, 0), (ANNA, 1), (BERTS, 0)):
        ledger.note_answered(person, number, at=5.0)
    assert ledger.verdict().out_of_order == 0


def test_a_second_answer_counts_as_twice_and_not_as_out_of_order() -> None:
    ledger = asked(0, 1)
    for number in (0, 1, 0):
        ledger.note_answered(ANNA, number, at=5.0)
    assert ledger.verdict() == Verdict(asked=2, lost=0, out_of_order=0, twice=1, refused=0)


def test_what_the_vendor_gave_up_on_is_not_lost() -> None:
    ledger = asked(0, 1)
    ledger.note_refused(ANNA, 0)
    ledger.note_answered(ANNA, 1, at=5.0)
    assert ledger.verdict() == Verdict(asked=2, lost=0, out_of_order=0, twice=0, refused=1)
    assert ledger.open == 0


def test_a_late_answer_to_what_the_vendor_gave_up_on_has_no_order() -> None:
    ledger = asked(0, 1)
    ledger.note_refused(ANNA, 0)
    ledger.note_answered(ANNA, 1, at=5.0)
    ledger.note_answered(ANNA, 0, at=6.0)
    assert ledger.verdict() == Verdict(asked=2, lost=0, out_of_order=0, twice=0, refused=0)
    assert ledger.open == 0


def test_a_reply_to_nothing_is_not_counted() -> None:
    assert asked(0).note_answered(BERTS, 0, at=1.0) is False
