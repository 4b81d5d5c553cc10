"""Dates and hours in Latvian words, declined as sentences need them."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time

from domain.working_hours import RIGA

_DAYS = (
    "pirmdien",
    "otrdien",
    "trešdien",
    "ceturtdien",
    "piektdien",
    "sestdien",
    "svētdien",
)
_MONTHS = (
    ("janvāris", "janvāra", "janvārī"),
    ("februāris", "februāra", "februārī"),
    ("marts", "marta", "martā"),
    ("aprīlis", "aprīļa", "aprīlī"),
    ("maijs", "maija", "maijā"),
    ("jūnijs", "jūnija", "jūnijā"),
    ("jūlijs", "jūlija", "jūlijā"),
    ("augusts", "augusta", "augustā"),
    ("septembris", "septembra", "septembrī"),
    ("oktobris", "oktobra", "oktobrī"),
    ("novembris", "novembra", "novembrī"),
    ("decembris", "decembra", "decembrī"),
)
_DAYS_RU = (
    "в понедельник",
    "во вторник",
    "в среду",
    "в четверг",
    "в пятницу",
    "в субботу",
    "в воскресенье",
)
_MONTHS_RU = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
_DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_NOMINATIVE, _GENITIVE, _LOCATIVE = range(3)


def on_day(day: date) -> str:
    """`pirmdien, 23. novembrī`."""
    return f"{_DAYS[day.weekday()]}, {day.day}. {_month(day, _LOCATIVE)}"


def until_end_of(day: date) -> str:
    """`līdz pirmdienas, 23. novembra, darba dienas beigām`."""
    weekday = _DAYS[day.weekday()] + "as"
    return f"līdz {weekday}, {day.day}. {_month(day, _GENITIVE)}, darba dienas beigām"


def until_end_of_in_russian(day: date) -> str:
    """`до конца рабочего дня в понедельник, 23 ноября`."""
    return f"до конца рабочего дня {_DAYS_RU[day.weekday()]}, {day.day} {_MONTHS_RU[day.month - 1]}"


def until_end_of_in_english(day: date) -> str:
    """`by the end of the working day on Monday, 23 November`."""
    name = f"{_DAYS_EN[day.weekday()]}, {day.day} {_MONTHS_EN[day.month - 1]}"
    return f"by the end of the working day on {name}"


def full_date(day: date) -> str:
    """`2026. gada 23. novembris`."""
    return f"{day.year}. gada {day.day}. {_month(day, _NOMINATIVE)}"


def since(day: date) -> str:
    """`2026. gada 23. novembra`, as it stands after „no” and „līdz”."""
    return f"{day.year}. gada {day.day}. {_month(day, _GENITIVE)}"


def clock_time(moment: time) -> str:
    """`8.30`, as it stands after „plkst.”."""
    return f"{moment.hour}.{moment.minute:02}"


def at_moment(moment: datetime) -> str:
    """`pirmdien, 23. novembrī, plkst. 10.00`."""
    local = moment.astimezone(RIGA)
    return f"{on_day(local.date())}, plkst. {clock_time(local.time())}"


def _month(day: date, case: int) -> str:
    return _MONTHS[day.month - 1][case]


def in_words(value: date | time, form: str = "") -> str:
    """A date, moment or hour in a form that phrases may ask for; without one, the plainest."""
    if isinstance(value, time):
        return clock_time(value)
    if isinstance(value, datetime):
        if form in ("", "moment"):
            return at_moment(value)
        local = value.astimezone(RIGA)
        return clock_time(local.time()) if form == "time" else _OF_DAY[form](local.date())
    return _OF_DAY.get(form, on_day)(value)


_OF_DAY: Mapping[str, Callable[[date], str]] = {
    "day": on_day,
    "until": until_end_of,
    "until_ru": until_end_of_in_russian,
    "until_en": until_end_of_in_english,
    "full": full_date,
    "since": since,
}
