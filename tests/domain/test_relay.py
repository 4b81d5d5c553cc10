"""What a relay takes for a name, a phone number, or words that belong to a case."""

import pytest

from domain.messages import InboundId
from domain.relay import Draft, Reach, Step, read_addition, read_name, read_phone


@pytest.mark.parametrize("name", ["Vilma", "Vilma Ozola", "Anna-Marija O'Nīla", "kaimiņiene Vilma"])
def test_a_name_is_a_name(name: str) -> None:
    assert read_name(f" {name}. ") == name


@pytest.mark.parametrize(
    "text", ["", "Kur samaksāt?", "26123456", "viņa man vakar teica ka nav ūdens mājā", "a" * 81]
)
def test_a_question_or_a_story_is_no_name(text: str) -> None:
    assert read_name(text) == ""


@pytest.mark.parametrize(
    "typed", ["26123456", "+371 26 123 456", "tel. 2612-3456", "0037126123456"]
)
def test_a_phone_number_is_read_as_whatsapp_knows_it(typed: str) -> None:
    assert read_phone(typed) == "+37126123456"


@pytest.mark.parametrize("typed", ["", "nav", "1234", "121150-12345", "261234567"])
def test_other_numbers_are_no_phone(typed: str) -> None:
    assert read_phone(typed) == ""


@pytest.mark.parametrize("text", ["par 1042: vēl nav", "Par Nr. 1042 – vēl nav", "par 1042, vēl"])
def test_an_addition_names_its_case(text: str) -> None:
    assert read_addition(text) == 1042


@pytest.mark.parametrize("text", ["par ūdeni", "par 1042", "par 12: nē", "cik maksā par 1042: kas"])
def test_other_words_add_to_nothing(text: str) -> None:
    assert read_addition(text) is None


def test_a_draft_goes_step_by_step() -> None:
    one, two, three = map(InboundId, (1, 2, 3))
    draft = Draft().gather((one,)).gather((two,))
    assert (draft.step, draft.words) == (Step.MORE, (one, two))
    named = draft.name("Vilma", (three,))
    assert named.choose(Reach.AMBASSADOR).step is Step.CONSENT
    dialled = named.choose(Reach.BOTH).dial("+37126123456", (InboundId(4),))
    assert (dialled.step, dialled.messages()) == (Step.CONSENT, (one, two, three, 4))


def test_only_what_fits_answers_the_open_question() -> None:
    assert Draft(Step.WORDS).takes("kur samaksāt?")
    assert not Draft(Step.PERSON).takes("kur samaksāt?")
    assert not Draft(Step.CONSENT).takes("nu laikam")
    assert Draft(Step.PHONE).takes("26123456")
