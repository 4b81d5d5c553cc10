"""Centres, access points and trainings: answers out of data, where unknown stays unknown."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from actions.asking import MENU, PERSON, Action, Asked, Reply, choice
from domain import aspects
from domain.answers import Answer, Choice, Value
from domain.moments import DayKind
from domain.places import AccessPoint, Centre, OpeningHours, Place, Span, Weekday
from domain.trainings import Training
from domain.understanding import Intent
from domain.working_hours import RIGA

WHERE, HOURS, PHONE = Intent("centre_where"), Intent("centre_hours"), Intent("centre_phone")
ACCESS = Intent("access_points")
ABOUT_CENTRES = (WHERE, HOURS, PHONE)
OF_CENTRES = {aspects.WHERE: WHERE, aspects.HOURS: HOURS, aspects.PHONE: PHONE}
"""What of a centre an aspect asks about."""

_LARGE = ("jelgava", "ozolnieki", "eleja", "kalnciems")
"""Places offered when none was named: the largest, one in each direction."""

_WEEK = 7


async def tell_where(asked: Asked) -> Reply:
    """The address of the centre that serves a place; its hours, when the words ask for those alone."""
    known = asked.directory.aspects
    if known.mentions(asked.text, aspects.HOURS) and not known.mentions(asked.text, aspects.WHERE):
        return await tell_hours(asked)
    return _about_centre(asked, WHERE)


async def tell_hours(asked: Asked) -> Reply:
    """When the centre that serves a place is open: now, or on the day that was named."""
    return on_that_day(asked, _about_centre(asked, HOURS))


def on_that_day(asked: Asked, reply: Reply) -> Reply:
    """An answer about hours, under what kind of day was asked about; today only when it is a day off."""
    day = asked.day()
    if day is None:
        return reply
    kind = asked.directory.day_kind(day)
    if day == asked.now.astimezone(RIGA).date() and kind is DayKind.WORKING:
        return reply
    return Reply((Answer(f"day.{kind}", {"day": day}), *reply.answers), reply.state)


async def tell_phone(asked: Asked) -> Reply:
    """How to call the centre that serves a place."""
    return _about_centre(asked, PHONE)


async def list_centres(asked: Asked) -> Reply:
    """All centres by name."""
    return _keep(asked, centres_answer(asked.directory.centres()), wanted=WHERE)


def centres_answer(centres: Sequence[Centre]) -> Answer:
    """Centres by name."""
    return Answer("centre.list", {"centres": tuple(c.name for c in centres)}, (PERSON,))


async def list_access_points(asked: Asked) -> Reply:
    """Libraries and centres with computers or Wi-Fi near a place, or everywhere."""
    place = _place(asked)
    points = asked.directory.access_points(place)
    current = [point for point in points if point.valid_until >= asked.now.astimezone(RIGA).date()]
    phone = asked.directory.fallback_phone()
    if not current:
        named = place.name if place else ""
        answer = Answer("access.none", {"place": named, "phone": phone}, (PERSON,))
        return _keep(asked, answer, wanted=ACCESS)
    return _keep(asked, access_answer(current, phone), wanted=ACCESS)


def access_answer(points: Sequence[AccessPoint], phone: str) -> Answer:
    """Access points, each with its address and note."""
    lines = tuple(", ".join(part for part in (p.name, p.address, p.note) if part) for p in points)
    return Answer("access.list", {"points": lines, "phone": phone}, (PERSON,))


async def list_trainings(asked: Asked) -> Reply:
    """Trainings that are still to come; honest when none are published."""
    coming = asked.directory.trainings(asked.now)
    if not coming:
        phone = asked.directory.fallback_phone()
        return _keep(asked, Answer("training.none", {"phone": phone}, (PERSON, MENU)), wanted="")
    return Reply(tuple(map(training_answer, coming)), asked.state.settled())


def training_answer(training: Training) -> Answer:
    """One training, with a choice to register where that is possible here."""
    values: dict[str, Value] = {
        "title": training.title,
        "starts": training.starts,
        "address": ", ".join(filter(None, (training.place, training.address))),
        "audience": training.audience,
        "seats": training.seats or "",
        "signup": training.signup or "",
    }
    choices = (choice("register", training.id),) if training.queue else ()
    return Answer("training.one", values, choices)


async def name_place(asked: Asked) -> Reply:
    """A bare place name: it completes the question before it, else the centre there is meant."""
    wanted = asked.state.wanted
    return await _BY_INTENT.get(wanted, tell_where)(asked)


def _about_centre(asked: Asked, wanted: Intent) -> Reply:
    place = _place(asked)
    if place is None:
        answer = Answer("centre.which_place", choices=_well_known(asked, wanted))
        return _keep(asked, answer, wanted=wanted)
    centre = asked.directory.centre_for(place)
    if centre is None or centre.valid_until < asked.now.astimezone(RIGA).date():
        phone = asked.directory.fallback_phone()
        answer = Answer("centre.place_unknown", {"place": place.name, "phone": phone}, (PERSON,))
        return _keep(asked, answer, wanted=wanted, place=place)
    others = tuple(choice(other, place.id) for other in (WHERE, HOURS, PHONE) if other != wanted)
    answer = {WHERE: _where, HOURS: _hours, PHONE: _phone}[wanted](asked, centre)
    answer = replace(answer, choices=(*others, PERSON))
    return _keep(asked, answer, wanted=wanted, place=place)


def _where(asked: Asked, centre: Centre) -> Answer:
    values = _contact(asked, centre)
    if centre.address is None:
        return Answer("centre.where_unknown", values)
    return Answer("centre.where", {**values, "address": centre.address})


def _hours(asked: Asked, centre: Centre) -> Answer:
    values = _contact(asked, centre)
    if centre.hours is None:
        return Answer("centre.hours_unknown", values)
    local = asked.now.astimezone(RIGA)
    day = asked.day()
    if (named := asked.time()) is not None:
        on = day or local.date()
        return _hours_then(on, named, centre.hours, values, kind=asked.directory.day_kind(on))
    if day is not None and day != local.date():
        return _hours_on(day, centre.hours, values, kind=asked.directory.day_kind(day))
    today = centre.hours.days.get(Weekday.of(local.date()))
    if today is not None and _is_open(local, today, centre.hours.lunch):
        closes = today.closes
        if centre.hours.lunch and local.time() < centre.hours.lunch.opens:
            closes = centre.hours.lunch.opens
        return Answer("centre.open_until", {**values, "time": closes})
    opens = next_opening(local, centre.hours)
    if opens is None:
        return Answer("centre.hours_unknown", values)
    return Answer("centre.closed_now", {**values, "opens": opens})


def _hours_on(day: date, hours: OpeningHours, values: dict[str, Value], *, kind: DayKind) -> Answer:
    """The hours of another day; on a holiday they are not those of its weekday, so nothing is promised."""
    span = hours.days.get(Weekday.of(day))
    if kind is DayKind.HOLIDAY or span is None:
        return Answer("centre.closed_on", {**values, "day": day})
    return Answer(
        "centre.open_on", {**values, "day": day, "opens": span.opens, "closes": span.closes}
    )


def _hours_then(
    day: date, named: Span, hours: OpeningHours, values: dict[str, Value], *, kind: DayKind
) -> Answer:
    """Whether it is open at a time of a day, with the hours of that day."""
    span = hours.days.get(Weekday.of(day))
    if kind is DayKind.HOLIDAY or span is None:
        return Answer("centre.closed_on", {**values, "day": day})
    of_day: dict[str, Value] = {"day": day, "opens": span.opens, "closes": span.closes}
    key = "centre.open_then" if _open_during(named, span, hours.lunch) else "centre.closed_then"
    return Answer(key, {**values, **of_day})


def _open_during(named: Span, span: Span, lunch: Span | None) -> bool:
    """Whether some of the named time lies in the opening hours and outside the lunch."""
    if named.opens == named.closes:
        return _is_open(datetime.combine(date.min, named.opens), span, lunch)
    starts = max(named.opens, span.opens)
    ends = min(named.closes, span.closes)
    at_lunch = lunch is not None and lunch.opens <= starts and ends <= lunch.closes
    return starts < ends and not at_lunch


def _phone(asked: Asked, centre: Centre) -> Answer:
    values = _contact(asked, centre)
    key = "centre.phone_unknown" if centre.phone is None else "centre.phone"
    return Answer(key, values)


def _contact(asked: Asked, centre: Centre) -> dict[str, Value]:
    phone = centre.phone or asked.directory.fallback_phone()
    return {"name": centre.name, "phone": phone, "note": centre.note or ""}


def _is_open(local: datetime, today: Span, lunch: Span | None) -> bool:
    now = local.time()
    at_lunch = lunch is not None and lunch.opens <= now < lunch.closes
    return today.opens <= now < today.closes and not at_lunch


def next_opening(local: datetime, hours: OpeningHours) -> datetime | None:
    """The next moment at which something with these hours opens, within a week."""
    for ahead in range(_WEEK + 1):
        day = local.date() + timedelta(days=ahead)
        span = hours.days.get(Weekday.of(day))
        if span is None:
            continue
        starts = [span.opens] + ([hours.lunch.closes] if hours.lunch else [])
        for start in starts:
            moment = datetime.combine(day, start, RIGA)
            if moment > local:
                return moment
    return None


def _place(asked: Asked) -> Place | None:
    """The place that is named, pressed, or was spoken of just before."""
    for place_id in (asked.subject, asked.place(), _spoken_of(asked)):
        if place_id and (place := asked.directory.place(place_id)):
            return place
    return None


def _spoken_of(asked: Asked) -> str:
    return asked.state.place if asked.state.wanted else ""


def _well_known(asked: Asked, wanted: Intent) -> tuple[Choice, ...]:
    places = (asked.directory.place(place) for place in _LARGE)
    return tuple(Choice(choice(wanted, p.id).id, p.name) for p in places if p is not None)


def _keep(asked: Asked, answer: Answer, *, wanted: str, place: Place | None = None) -> Reply:
    state = replace(
        asked.state.settled(),
        wanted=wanted,
        place=place.id if place else asked.state.place,
        topic="",
    )
    return Reply((answer,), state)


_BY_INTENT: dict[str, Action] = {
    WHERE: tell_where,
    HOURS: tell_hours,
    PHONE: tell_phone,
    ACCESS: list_access_points,
}
