"""From files to `Content`, all or nothing."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TypeVar

import holidays

from bot.content import markdown, models
from bot.content.catalogue import Content, Group, KnownPlace, PreparedReply, Topic, document_key
from bot.content.reading import Files, Read, ReadTopic, read_files
from bot.content.rules import problems_of
from domain.aspects import Aspect, AspectId, Aspects
from domain.conversation import Commands
from domain.errors import ContentInvalid
from domain.folding import fold, fold_loosely
from domain.languages import Lexicon
from domain.places import AccessPoint, Centre, Place
from domain.slips import Slips
from domain.trainings import Training
from domain.understanding import Intent
from domain.urgency import Danger, Urgency
from domain.wordings import Wordings
from domain.working_hours import RIGA, WorkingCalendar

M = TypeVar("M")

_YEARS_BEHIND, _YEARS_AHEAD = 1, 3


def load(directory: Path, *, today: date | None = None, privacy_url: str = "") -> Content:
    """All content of a directory. Raises `ContentInvalid` with every problem of every file.

    `privacy_url` is the page that the service itself shows; an address in phrases.yml comes first.
    """
    files = read_files(directory)
    problems = problems_of(files)
    if problems:
        raise ContentInvalid(problems)
    return assemble(files, today=today, privacy_url=privacy_url)


def assemble(files: Files, *, today: date | None = None, privacy_url: str = "") -> Content:
    """Content out of files without problems."""
    today = today or datetime.now(RIGA).date()
    phrases = _value(files.phrases)
    groups = {g.id: Group(g.id, g.title, tuple(g.topics)) for g in _value(files.groups)}
    documents = {
        **files.documents,
        **{document_key(topic.stem): topic.document for topic in files.topics},
        **{f"menu.{group.id}": _menu(phrases, group) for group in groups.values()},
    }
    return Content(
        assistant_name=phrases.assistant.name,
        privacy_url=phrases.assistant.privacy_url or privacy_url,
        calendar=_calendar(_value(files.calendar), today),
        commands=Commands(
            {
                fold(word): Intent(intent)
                for intent, words in phrases.commands.items()
                for word in words
            }
        ),
        topics={topic.stem: _topic(topic) for topic in files.topics},
        topic_groups=groups,
        known_places={place.id: _place(place) for place in _value(files.places)},
        known_centres={centre.id: _centre(centre) for centre in _value(files.centres).centres},
        known_access_points=tuple(map(_access_point, _value(files.access_points).access_points)),
        known_trainings=tuple(map(_training, _value(files.trainings).trainings)),
        queues={queue.id: queue.name for queue in _value(files.queues).queues},
        centre_queues={
            queue.centre: queue.id for queue in _value(files.queues).queues if queue.centre
        },
        replies=_replies(files),
        phrases=phrases.phrases,
        labels=phrases.choices,
        documents=documents,
        phone=_value(files.centres).fallback_phone,
        urgency=_urgency(_value(files.urgent)),
        lexicon=Lexicon.of(_value(files.lexicon)),
        aspects=_aspects(_value(files.aspects)),
        place_forms=_place_forms(_value(files.places)),
    )


def _value(read: Read[M] | None) -> M:
    """What a file says; a file that is not there was a problem already."""
    if read is None:
        raise ValueError("a content file was not read")
    return read.value


def _replies(files: Files) -> tuple[PreparedReply, ...]:
    listed = files.replies.value.replies if files.replies else []
    return tuple(PreparedReply(one.id, one.title, one.text, one.queue) for one in listed)


def _menu(phrases: models.PhrasesModel, group: Group) -> markdown.Document:
    """What is said above the topics of a group: one phrase for all groups."""
    document, _ = markdown.read(phrases.phrases["help.group"].replace("{group}", group.title))
    return document


def _topic(read: ReadTopic) -> Topic:
    front = read.front.value
    return Topic(
        id=front.id,
        group=read.group,
        title=front.title,
        examples=tuple(front.examples),
        body=read.body.strip(),
        source=front.source,
        source_note=front.source_note,
        source_date=front.source_date,
        verified_on=front.verified_on,
        valid_until=front.valid_until,
        phone=front.phone,
        next_step=front.next_step,
        choices=tuple(front.choices),
        queue=front.queue,
        owner=front.owner,
    )


def _place(model: models.PlaceModel) -> KnownPlace:
    place = Place(model.id, model.name, model.kind, model.parish, model.centre)
    return KnownPlace(place, tuple(model.forms))


def _place_forms(places: list[models.PlaceModel]) -> dict[str, str]:
    """A form that two places share belongs to the first of them, as in training."""
    return {fold(form): place.id for place in reversed(places) for form in place.forms}


def _centre(model: models.CentreModel) -> Centre:
    postal = model.postal_code if model.address else None
    return Centre(
        id=model.id,
        name=model.name,
        place=model.place,
        parish=model.parish,
        address=", ".join(part for part in (model.address, postal) if part) or None,
        phone=model.phone,
        email=model.email,
        hours=model.hours.to_domain() if model.hours else None,
        note=model.note,
        valid_until=model.valid_until,
    )


def _access_point(model: models.AccessPointModel) -> AccessPoint:
    return AccessPoint(
        id=model.id,
        name=model.name,
        place=model.place,
        parish=model.parish,
        address=model.address,
        phone=model.phone,
        hours=model.hours.to_domain() if model.hours else None,
        free=tuple(model.free),
        note=model.note,
        valid_until=model.valid_until,
    )


def _training(model: models.TrainingModel) -> Training:
    return Training(
        id=model.id,
        title=model.title,
        starts=model.starts,
        place=model.place,
        address=model.address,
        audience=model.audience or "",
        seats=model.seats,
        signup=model.signup,
        queue=model.queue or "",
        valid_until=model.valid_until,
    )


def _urgency(model: models.UrgentModel) -> Urgency:
    signs = _wordings(model, lambda said: said.words)
    doubtful = _wordings(model, lambda said: said.maybe)
    never = _wordings(model, lambda said: said.never)
    return Urgency(
        signs=signs,
        doubtful=doubtful,
        alone={
            fold_loosely(line): danger for danger, said in model.items() for line in said.alone
        },
        never=never,
        slips=Slips.of(
            (*signs.beginnings(), *doubtful.beginnings()), others=never.beginnings()
        ),
    )


def _wordings(
    model: models.UrgentModel, listed: Callable[[models.SignsModel], Sequence[str]]
) -> Wordings[Danger]:
    return Wordings.of((line, danger) for danger, said in model.items() for line in listed(said))


def _aspects(model: models.AspectsModel) -> Aspects:
    return Aspects(
        listed=tuple(
            Aspect(
                AspectId(name),
                Wordings.of((line, AspectId(name)) for line in aspect.words),
                tuple(aspect.endings),
            )
            for name, aspect in model.aspects.items()
        ),
        fillers=Wordings.of((line, True) for line in model.fillers),
        broad=frozenset(model.broad),
        closed=frozenset(model.closed),
        related={
            topic: {AspectId(aspect): other for aspect, other in others.items()}
            for topic, others in model.related.items()
        },
    )


def _calendar(model: models.CalendarModel, today: date) -> WorkingCalendar:
    public, worked = _state_calendar(today.year)
    moved = model.moved_working_days
    return WorkingCalendar(
        days=model.answer_time.days.to_domain().days,
        holidays=public | frozenset(chain(model.extra_holidays, (day.off for day in moved))),
        working=worked | frozenset(day.instead_of for day in moved),
        first_answer_days=model.answer_time.first_answer_working_days,
        solution_days=model.answer_time.solution_working_days,
    )


@cache
def _state_calendar(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Latvian days off around a year, and the Saturdays worked for moved days that the library knows."""
    years = range(year - _YEARS_BEHIND, year + _YEARS_AHEAD + 1)
    latvian = holidays.country_holidays("LV", years=years)
    worked: set[date] = latvian.weekend_workdays
    return frozenset(latvian), frozenset(worked)
