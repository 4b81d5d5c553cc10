"""What cannot be: phones, days and lengths, in every file that residents read from."""

from datetime import date

import pytest

from bot.workshop.checking import examine
from tests.content.conftest import Directory
from tests.content.conftest import directory as directory  # noqa: PLC0414 - the fixture

TODAY = date(2026, 11, 20)
BODY = "topics/bills/bills-pay-where.md"


def _said(directory: Directory) -> list[str]:
    return [
        str(w)
        for w in examine(directory.path, today=TODAY).warnings
        if w.line > 1 and "gandrīz tāda pati" not in str(w)
    ]


def _shape(number: str) -> str:
    return f"„{number}” neizskatās pēc tālruņa numura: Latvijā tajā ir astoņi cipari; pārbaudiet"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Zvaniet 6302223.", "6302223"),
        ("Tālrunis 630222381.", "630222381"),
        ("Sūtiet SMS uz 1302 2238.", "1302 2238"),
        ("Zvaniet uz 63022.", "63022"),
    ],
)
def test_a_phone_that_cannot_be_is_told_wherever_it_is_called(
    directory: Directory, text: str, number: str
) -> None:
    directory.edit(BODY, "Rēķinu maksā **bankā**.", f"Rēķinu maksā **bankā**.\n{text}")
    assert _said(directory) == [f"content/{BODY}:28: {_shape(number)}"]


@pytest.mark.parametrize(
    "text",
    ["Zvaniet 63022238, 8848, 112 vai 116111.", "Reģ. nr. 90009118031", "Zvaniet +371 63022238."],
)
def test_a_phone_that_can_be_is_not_told(directory: Directory, text: str) -> None:
    directory.edit(BODY, "Rēķinu maksā **bankā**.", f"Rēķinu maksā **bankā**. {text}")
    assert _said(directory) == []


@pytest.mark.parametrize("sort", ["words", "maybe", "alone", "never"])
def test_every_list_of_dangers_is_looked_at(directory: Directory, sort: str) -> None:
    lines = (directory.path / "urgent.yml").read_text(encoding="utf-8").splitlines()
    at = lines.index(f"  {sort}:", lines.index("fire:")) + 1
    lines.insert(at, "    - zvanīt 6302223")
    (directory.path / "urgent.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert f"content/urgent.yml:{at + 1}: {_shape('6302223')}" in _said(directory)


def test_phones_of_phrases_replies_and_dangers_are_looked_at_too(directory: Directory) -> None:
    directory.edit("phrases.yml", "zvaniet SIA „Jelgavas novada KU”: **8848**", "zvaniet 6302223")
    directory.edit(
        "urgent.yml", "    - gribu nomirt\n", "    - gribu nomirt\n    - zvanīt 6302223\n"
    )
    (directory.path / "replies.yml").write_text(
        "replies:\n  - id: call\n    title: Zvans\n    text: |\n      Labdien!\n\n      Zvaniet 6302223.\n",
        encoding="utf-8",
    )

    said = [one for one in _said(directory) if "6302223" in one]

    assert {one.split(":")[0] for one in said} == {
        "content/phrases.yml",
        "content/urgent.yml",
        "content/replies.yml",
    }
    assert f"content/replies.yml:7: {_shape('6302223')}" in said


@pytest.mark.parametrize("day", ["31.02.2027", "2027-02-31", "31. aprīlim", "32. janvāris"])
def test_a_day_that_no_calendar_has_is_told(directory: Directory, day: str) -> None:
    directory.edit(BODY, "Rēķinu maksā **bankā**.", f"Rēķinu maksā līdz {day}.")
    assert _said(directory) == [
        f"content/{BODY}:27: „{day}”: tādas dienas kalendārā nav; pārbaudiet"
    ]


def test_a_leap_day_and_a_price_are_days_and_prices(directory: Directory) -> None:
    directory.edit(BODY, "Rēķinu maksā **bankā**.", "No 29. februāra līdz 29.02.2028. maksā 31.50.")
    assert _said(directory) == []


def test_a_date_that_cannot_be_meant_is_told(directory: Directory) -> None:
    directory.edit(BODY, "verified_on: null", "verified_on: 2030-01-01")
    directory.edit(BODY, "valid_until: 2027-12-31", "valid_until: 2207-12-31")
    directory.edit("trainings.yml", "valid_until: 2027-02-20", "valid_until: 2027-02-19")

    assert _said(directory) == [
        f"content/{BODY}:19: verified_on: 2030-01-01 vēl nav pienācis; ierakstiet dienu, kad salīdzinājāt",
        f"content/{BODY}:21: valid_until: 2207-12-31 ir pārāk tālu; pārbaudiet gadu",
        "content/trainings.yml:11: valid_until: 2027-02-19 ir pirms sākuma (2027-02-20); pārbaudiet datumus",
    ]


def test_trainings_that_end_soon_or_have_ended_are_told(directory: Directory) -> None:
    said = [
        str(w)
        for w in examine(directory.path, today=date(2027, 2, 15)).warnings
        if "trainings" in w.file
    ]
    assert said == [
        "content/trainings.yml:11: mācības „Droša iepirkšanās internetā” rādīs vairs tikai līdz 2027-02-20 "
        "(atlikušas dienas: 5); ierakstiet nākamās",
        "content/trainings.yml:19: mācības „Planšetdatora pirmie soļi” rādīja līdz 2027-02-10; "
        "izdzēsiet ierakstu vai ierakstiet nākamās",
    ]


def test_long_phrases_and_lists_are_told_with_the_channel(directory: Directory) -> None:
    long = "Ļoti gara piezīme par šo vietu. " * 60
    directory.edit("access_points.yml", "note: null", f"note: {long.strip()}")
    directory.edit("phrases.yml", "  centre.which_place: ", f"  centre.which_place: {long}")

    said = [str(w) for w in examine(directory.path, today=TODAY).warnings if "sadalās" in str(w)]

    assert [one.partition(":")[2].partition(":")[2].partition(",")[0].strip() for one in said] == [
        "WhatsApp: visu pieejas vietu saraksts sadalās vairākās ziņās (3)",
        "WhatsApp: teikums „centre.which_place” sadalās vairākās ziņās (2)",
    ]
