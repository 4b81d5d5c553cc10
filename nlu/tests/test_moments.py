"""Days in a text, without a clock."""

import pytest
from components.moments import days


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("vai šodien strādā", "today"),
        ("vai shodien strada", "today"),
        ("rīt", "tomorrow"),
        ("parīt pēc pusdienām", "day_after_tomorrow"),
        ("vakar zvanīju", "yesterday"),
        ("vai piektdien ir vaļā", "fri"),
        ("piektdienās", "fri"),
        ("no pirmdienas", "mon"),
        ("nākamotrdien", "next_tue"),
        ("nākamajā otrdienā", "next_tue"),
        ("12.12.", "--12-12"),
        ("līdz 5. 1.", "--01-05"),
        ("12.12.2026", "2026-12-12"),
        ("25.decembrī", "--12-25"),
        ("18. novembrī", "--11-18"),
        ("nākošotrdien", "next_tue"),
        ("nākošo otrdien", "next_tue"),
        ("nākošajā piektdienā", "next_fri"),
        ("rītvakar", "tomorrow"),
        ("aizvakar", "day_before_yesterday"),
        ("vai 12.12 strādāsiet", "--12-12"),
        ("12/12", "--12-12"),
        ("12.12.26", "2026-12-12"),
        ("12.12. 17:00", "--12-12"),
        ("5. marts", "--03-05"),
        ("15 augusts", "--08-15"),
    ],
)
def test_a_day_is_found(text: str, value: str) -> None:
    assert [day for day, _, _ in days(text)] == [value]


@pytest.mark.parametrize(
    "text",
    [
        *("45.99.", "rītausma", "svētki", "versija 1.2.3.4", "8848", "dienā", "1/12 daļa"),
        *(
            "maksā 12.10 eiro",
            "9.12€",
            "5.11 m3",
            "plkst. 9.10",
            "pulksten 10.12",
            "10.12:30",
            "3,12.11",
        ),
    ],
)
def test_what_is_no_day_is_left_alone(text: str) -> None:
    assert days(text) == []


def test_several_days_come_in_order_with_their_place() -> None:
    text = "rīt vai 12.12."

    assert [(value, text[start:end]) for value, start, end in days(text)] == [
        ("tomorrow", "rīt"),
        ("--12-12", "12.12."),
    ]
