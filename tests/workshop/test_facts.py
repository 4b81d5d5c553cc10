"""Facts that contradict each other: the same body with another phone, the same deadline on another day."""

import shutil
from pathlib import Path

import pytest

from bot.content.reading import read_files
from bot.workshop import facts, figures, rules
from tests.workshop.newsroom import REAL_CONTENT, copy_of_content


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_content(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def directory(whole: Path) -> Path:
    """A copy to break; what the last test broke is put back."""
    shutil.rmtree(whole)
    shutil.copytree(REAL_CONTENT, whole)
    return whole


def _break(directory: Path, name: str, old: str, new: str) -> int:
    """Change a file; the line on which the new words stand."""
    file = directory / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    changed = text.replace(old, new, 1)
    file.write_text(changed, encoding="utf-8")
    return changed[: changed.index(new)].count("\n") + 1 + new.count("\n")


def _told(directory: Path) -> list[str]:
    files = read_files(directory)
    return [str(one) for one in (*facts.contradictions(files), *figures.differing(files))]


def test_todays_content_contradicts_itself_nowhere() -> None:
    assert _told(REAL_CONTENT) == []
    said = [str(one) for one in rules.contradictions(read_files(REAL_CONTENT))]
    assert [one for one in said if "kurš skaitlis" in one] == []


@pytest.mark.parametrize(
    ("name", "old", "new", "must"),
    [
        (
            "topics/bills/bills-emergency.md",
            "Zvaniet Jelgavas novada KU uz **8848**",
            "JNKU tālrunis ir **8849**",
            "JNKU: tālrunis šeit ir 8849, bet citur – 8848",
        ),
        (
            "centres.yml",
            'phone: "66954909"',
            'phone: "66954123"',
            "Jelgavas novada Jelgavas VPVKAC: tālrunis šeit ir",
        ),
        (
            "topics/contacts/contacts-email.md",
            "**dome@jelgavasnovads.lv**",
            "**novads@jelgavasnovads.lv**",
            "Jelgavas novada pašvaldība: e-pasts šeit ir novads@jelgavasnovads.lv",
        ),
        (
            "phrases.yml",
            "pa pastu: Pasta iela 37, Jelgava",
            "pa pastu pašvaldībai: Pasta iela 73, Jelgava",
            "adrese šeit ir Pasta iela 73, bet citur – Pasta ielā 37",
        ),
        (
            "replies.yml",
            "Jūsu jautājumu nododu kolēģiem",
            "JNKU tālrunis: 8858. Jūsu jautājumu nododu kolēģiem",
            "JNKU: tālrunis šeit ir 8858",
        ),
        (
            "topics/contacts/contacts-phone.md",
            "**26009600**",
            "**26009606**",
            "26009606 ir ļoti līdzīgs tam, kas rakstīts citur: 26009600",
        ),
    ],
)
def test_another_number_for_the_same_body_is_told_with_both_places(
    directory: Path, name: str, old: str, new: str, must: str
) -> None:
    line = _break(directory, name, old, new)

    said = _told(directory)

    assert any(must in one for one in said), said
    assert any(f"content/{name}:{line}" in one for one in said), said


@pytest.mark.parametrize(
    ("name", "old", "new", "must"),
    [
        (
            "topics/bills/bills-pay-where.md",
            "Apmaksas termiņš ir mēneša 25. datums",
            "Apmaksas termiņš ir mēneša 20. datums",
            "diena šeit: „Apmaksas termiņš ir mēneša 20. datums.”, bet tematā",
        ),
        (
            "topics/property-tax/property-tax-pay-at-once.md",
            "15. maijs",
            "15. jūnijs",
            "datums šeit: ",
        ),
        (
            "topics/property-tax/property-tax-shop.md",
            "0,50 EUR",
            "0,60 EUR",
            "summa šeit: ",
        ),
    ],
)
def test_another_date_or_sum_for_the_same_thing_in_other_words_is_told(
    directory: Path, name: str, old: str, new: str, must: str
) -> None:
    _break(directory, name, old, new)
    said = _told(directory)
    assert any(must in one and "pārbaudiet, kurš ir pareizs" in one for one in said), said


@pytest.mark.parametrize(
    ("topic", "sentence"),
    [
        ("bills/bills-late-payment", "Rēķins par ūdeni jāapmaksā līdz katra mēneša 20. datumam."),
        ("bills/bills-jnku-contact", "Maksājuma pēdējā diena ir mēneša 15. datums."),
        ("meters/meters-sms", "Rādījums jānosūta no 20. datuma līdz mēneša pēdējai dienai."),
        ("bills/bills-ebill", "JNKU telefons: 8484."),
        ("contacts/contacts-dome-hours", "Dome ir Pasta ielā 73, Jelgavā."),
        ("waste/waste-calendar", "Zvaniet uzņēmumam CleanR: 67111002."),
    ],
)
def test_a_sentence_of_other_words_that_says_something_else_is_told_with_its_line(
    directory: Path, topic: str, sentence: str
) -> None:
    file = directory / "topics" / f"{topic}.md"
    text = file.read_text(encoding="utf-8").rstrip("\n")
    file.write_text(f"{text}\n\n{sentence}\n", encoding="utf-8")
    line = text.count("\n") + 3

    said = _told(directory)

    assert said
    assert any(f"{topic}.md:{line}" in one for one in said), said


def test_a_body_with_two_numbers_that_are_told_together_is_no_contradiction(
    directory: Path,
) -> None:
    _break(
        directory,
        "topics/contacts/contacts-email.md",
        "Pašvaldības e-pasts ir",
        "Pašvaldībai var zvanīt uz 63022238 vai 63055555. Pašvaldības e-pasts ir",
    )
    assert _told(directory) == []


def test_neighbouring_numbers_of_two_bodies_are_no_slip(directory: Path) -> None:
    _break(
        directory,
        "topics/contacts/contacts-buvvalde.md",
        "Jelgavas novada Būvvalde ir",
        "Būvvaldes tālrunis ir 67111002. Jelgavas novada Būvvalde ir",
    )
    said = _told(directory)
    assert [one for one in said if "67111001" in one and "contacts-buvvalde" not in one] == []
