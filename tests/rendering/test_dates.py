"""Dates declined as Latvian needs them."""

from datetime import UTC, date, datetime, time

import pytest

from bot.rendering import dates

NOVEMBER = date(2026, 11, 23)


def test_on_until_since_and_full() -> None:
    assert dates.on_day(NOVEMBER) == "pirmdien, 23. novembrī"
    assert dates.until_end_of(NOVEMBER) == "līdz pirmdienas, 23. novembra, darba dienas beigām"
    assert dates.since(NOVEMBER) == "2026. gada 23. novembra"
    assert dates.full_date(NOVEMBER) == "2026. gada 23. novembris"


@pytest.mark.parametrize(
    ("month", "there", "of_it"),
    [
        (1, "janvārī", "janvāra"),
        (2, "februārī", "februāra"),
        (3, "martā", "marta"),
        (4, "aprīlī", "aprīļa"),
        (5, "maijā", "maija"),
        (6, "jūnijā", "jūnija"),
        (7, "jūlijā", "jūlija"),
        (8, "augustā", "augusta"),
        (9, "septembrī", "septembra"),
        (10, "oktobrī", "oktobra"),
        (11, "novembrī", "novembra"),
        (12, "decembrī", "decembra"),
    ],
)
def test_every_month_is_declined(month: int, there: str, of_it: str) -> None:
    day = date(2026, month, 2)

    assert dates.on_day(day).endswith(f"2. {there}")
    assert dates.since(day).endswith(f"2. {of_it}")


def test_every_weekday_is_declined() -> None:
    week = [date(2026, 11, 16 + n) for n in range(7)]

    assert [dates.until_end_of(day).split(",")[0] for day in week] == [
        "līdz pirmdienas",
        "līdz otrdienas",
        "līdz trešdienas",
        "līdz ceturtdienas",
        "līdz piektdienas",
        "līdz sestdienas",
        "līdz svētdienas",
    ]


def test_moments_are_told_in_local_time() -> None:
    late = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)

    assert dates.at_moment(late) == "pirmdien, 23. novembrī, plkst. 0.30"
    assert dates.in_words(late, "until") == "līdz pirmdienas, 23. novembra, darba dienas beigām"
    assert dates.in_words(late, "time") == "0.30"
    assert dates.in_words(time(8, 5)) == "8.05"
    assert dates.in_words(NOVEMBER) == "pirmdien, 23. novembrī"


def test_a_deadline_in_russian_and_english() -> None:
    moment = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

    assert dates.in_words(moment, "until_ru") == "до конца рабочего дня в понедельник, 23 ноября"
    assert (
        dates.in_words(moment, "until_en") == "by the end of the working day on Monday, 23 November"
    )
