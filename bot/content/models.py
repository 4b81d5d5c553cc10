"""What content files may hold, as pydantic models; their messages are for editors, in plain Latvian."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    model_validator,
)

from domain.languages import Language
from domain.places import OpeningHours, Span, Weekday
from domain.urgency import Danger
from domain.working_hours import RIGA

M = TypeVar("M")

LONGEST_TITLE = 60
LONGEST_BODY = 900
LONGEST_BUTTON = 24
LONGEST_REPLY = 1200
FEWEST_EXAMPLES = 10
LONGEST_CHOICE_ID = 64
"""Bytes: what Telegram allows in a button's callback data."""


def _check_id(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text):
        message = (
            f"„{text}” neder: id raksta ar mazajiem burtiem bez garumzīmēm, cipariem un domuzīmes vietā -, "
            "piemēram, bills-pay-where"
        )
        raise ValueError(message)
    return text


def _check_phone(text: str) -> str:
    if not re.fullmatch(r"\+371[0-9]{8}|[0-9]{8}|[0-9]{4}|1[0-9]{2}", text):
        message = (
            f"„{text}” nav tālrunis, kādu šeit raksta: astoņi cipari bez atstarpēm (63022238), "
            "četri cipari (8848) vai trīs cipari (112)"
        )
        raise ValueError(message)
    return text


def _check_link(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"]+\.[^\s<>\"]+", text):
        message = f"„{text}” nav saite; tai jāsākas ar https://"
        raise ValueError(message)
    return text


def _check_email(text: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        message = f"„{text}” nav e-pasta adrese"
        raise ValueError(message)
    return text


def _check_one_line(text: str) -> str:
    if text != text.strip() or "\n" in text:
        message = "rakstiet vienā rindā, bez atstarpēm sākumā un beigās"
        raise ValueError(message)
    return text


def _read_span(value: object) -> object:
    """`"08:30-17:00"` as hours; `closed` as none."""
    if isinstance(value, str) and (found := re.fullmatch(r"(\d\d:\d\d)-(\d\d:\d\d)", value)):
        try:
            opens, closes = (time.fromisoformat(part) for part in found.groups())
        except ValueError as exc:
            raise ValueError(_BAD_HOURS) from exc
        if opens < closes:
            return Span(opens, closes)
    raise ValueError(_BAD_HOURS)


_BAD_HOURS = 'darba laiku raksta pēdiņās, no agrāka līdz vēlākam: "08:30-17:00"'


def _read_moment(value: object) -> object:
    """`2027-02-10T10:00` as a moment in Latvia."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        moment = None
    if not isinstance(moment, datetime):
        message = "datumu un laiku raksta šādi: 2027-02-10T10:00"
        raise ValueError(message)  # noqa: TRY004 - pydantic takes ValueError only
    return moment if moment.tzinfo else moment.replace(tzinfo=RIGA)


Id = Annotated[str, AfterValidator(_check_id)]
Line = Annotated[str, Field(min_length=1), AfterValidator(_check_one_line)]
Phone = Annotated[str, AfterValidator(_check_phone)]
Link = Annotated[str, AfterValidator(_check_link)]
Email = Annotated[str, AfterValidator(_check_email)]
Hours = Annotated[Span, BeforeValidator(_read_span)]
Moment = Annotated[datetime, BeforeValidator(_read_moment)]


class Model(BaseModel):
    """Strict: nothing is guessed, nothing unknown is let through."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class TopicModel(Model):
    """The front matter of a topic."""

    id: Id
    title: Annotated[Line, Field(max_length=LONGEST_TITLE)]
    examples: Annotated[list[Line], Field(min_length=FEWEST_EXAMPLES)]
    source: Link | None
    source_note: str | None = None
    verified_on: date | None
    source_date: str | None = None
    valid_until: date
    phone: Phone | None
    next_step: Line | None
    choices: Annotated[list[Id], Field(max_length=3)] = []
    queue: str
    owner: Line | None = None
    """Who keeps the answer right: a person, a department or an e-mail; without one the queue does."""

    @model_validator(mode="after")
    def _leads_on(self) -> "TopicModel":
        if self.phone is None and self.next_step is None:
            message = "ierakstiet vismaz vienu no abiem: phone (kam zvanīt) vai next_step (ko darīt tālāk)"
            raise ValueError(message)
        return self


class GroupModel(Model):
    """A group of topics in the menu."""

    id: Id
    title: Annotated[Line, Field(max_length=LONGEST_BUTTON)]
    topics: Annotated[list[Id], Field(max_length=6)] = []


class PlaceModel(Model):
    """A village, a parish or a town, with the forms in which people write it."""

    id: Id
    name: Line
    kind: Literal["parish", "village", "town"]
    parish: Id | None
    forms: Annotated[list[Line], Field(min_length=1)]
    centre: Id | None


class HoursModel(Model):
    """Opening hours: a day that is missing is closed."""

    mon: Hours | None = None
    tue: Hours | None = None
    wed: Hours | None = None
    thu: Hours | None = None
    fri: Hours | None = None
    sat: Hours | None = None
    sun: Hours | None = None
    lunch: Hours | None = None

    def to_domain(self) -> OpeningHours:
        """The same as the domain keeps it."""
        spans = {day: getattr(self, day) for day in Weekday}
        return OpeningHours({day: span for day, span in spans.items() if span}, self.lunch)


class CentreModel(Model):
    """A place where residents are served."""

    id: Id
    name: Line
    kind: Literal["centre", "administration"]
    place: Id | None
    parish: Id | None
    address: Line | None
    postal_code: Annotated[str, Field(pattern=r"^LV-\d{4}$")] | None = None
    phone: Phone | None
    email: Email | None
    hours: HoursModel | None
    services: list[Line] = []
    note: Line | None
    source: Link | None
    source_date: str | None = None
    verified_on: date | None
    valid_until: date


class CentresModel(Model):
    """The file of centres."""

    fallback_phone: Phone
    centres: Annotated[list[CentreModel], Field(min_length=1)]


class AccessPointModel(Model):
    """A library or centre with computers or Wi-Fi."""

    id: Id
    name: Line
    kind: Literal["library", "social_centre", "activity_centre", "culture_house", "other"]
    place: Id | None
    parish: Id | None
    address: Line | None
    phone: Phone | None
    hours: HoursModel | None
    free: list[Line] = []
    note: Line | None
    source: Link | None
    source_date: str | None = None
    verified_on: date | None
    valid_until: date


class AccessPointsModel(Model):
    """The file of access points."""

    access_points: list[AccessPointModel]


class TrainingModel(Model):
    """A course with a date."""

    id: Id
    title: Line
    starts: Moment
    place: Line | None
    address: Line | None
    audience: Line | None
    seats: Annotated[int, Field(ge=1)] | None = None
    signup: Line | None
    queue: str | None = None
    """The queue that takes registrations in the chat; none when one registers elsewhere."""
    source: Link | None = None
    valid_until: date


class TrainingsModel(Model):
    """The file of trainings."""

    trainings: list[TrainingModel]


class MovedDayModel(Model):
    """A working day that is worked on a Saturday instead."""

    off: date = Field(alias="date")
    instead_of: date


class AnswerTimeModel(Model):
    """When staff answer, and how soon."""

    days: HoursModel
    first_answer_working_days: Annotated[int, Field(ge=0, le=30)]
    solution_working_days: Annotated[int, Field(ge=0, le=60)]
    note: str | None = None

    @model_validator(mode="after")
    def _answers_sometimes(self) -> "AnswerTimeModel":
        if not self.days.to_domain().days:
            message = 'ierakstiet vismaz vienu darba dienu, piemēram, mon: "08:30-17:00"'
            raise ValueError(message)
        return self


class CalendarModel(Model):
    """The file of working days."""

    extra_holidays: list[date]
    moved_working_days: list[MovedDayModel]
    answer_time: AnswerTimeModel


class QueueModel(Model):
    """Who answers tickets: specialists, or with a `centre` the KAC for the places that it serves."""

    id: Id
    name: Line
    centre: Id | None = None


class QueuesModel(Model):
    """The file of queues."""

    queues: Annotated[list[QueueModel], Field(min_length=1)]


class ReplyModel(Model):
    """A text that staff insert into their answer."""

    id: Id
    title: Annotated[Line, Field(max_length=LONGEST_TITLE)]
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_REPLY)]
    queue: str | None = None


class RepliesModel(Model):
    """The file of prepared answers."""

    replies: list[ReplyModel]


class AssistantModel(Model):
    """Who speaks. Without `privacy_url` the service names its own page."""

    name: Line
    privacy_url: Link | None


class PhrasesModel(Model):
    """The file of what the assistant itself says and which words it always obeys."""

    assistant: AssistantModel
    commands: dict[str, Annotated[list[Line], Field(min_length=1)]]
    choices: dict[str, Annotated[Line, Field(max_length=LONGEST_TITLE)]]
    phrases: dict[str, Annotated[str, Field(min_length=1)]]


class SignsModel(Model):
    """By which words a danger is recognised, and which show that something else is meant; see `Urgency`."""

    words: list[Line] = []
    maybe: list[Line] = []
    alone: list[Line] = []
    never: list[Line] = []

    @model_validator(mode="after")
    def _is_recognised(self) -> "SignsModel":
        if not self.words and (self.maybe or not self.alone):
            message = (
                "bez drošām pazīmēm šo nelaimi nepazīs; ierakstiet vismaz vienu pazīmi laukā words "
                "(vai laukā alone, ja pazīmes der tikai tad, kad ziņā nav nekā cita)"
            )
            raise ValueError(message)
        return self


def _check_dangers(urgent: dict[Danger, SignsModel]) -> dict[Danger, SignsModel]:
    missing = [danger for danger in Danger if danger not in urgent]
    if missing:
        names = ", ".join(f"„{danger}”" for danger in missing)
        message = f"trūkst nelaimes {names}; ierakstiet to ar tās pazīmēm laukā words"
        raise ValueError(message)
    return urgent


UrgentModel = Annotated[dict[Danger, SignsModel], AfterValidator(_check_dangers)]
LexiconModel = dict[Language, dict[Line, str]]


class AspectModel(Model):
    """How a follow-up question is asked, and how the ids of the topics that answer it end."""

    words: Annotated[list[Line], Field(min_length=1)]
    endings: Annotated[list[Line], Field(min_length=1)]


class AspectsModel(Model):
    """The file of follow-up questions."""

    fillers: list[Line]
    broad: list[Line] = []
    closed: list[Line] = []
    aspects: dict[Line, AspectModel]
    related: dict[Id, dict[Line, Id]] = {}


@dataclass(frozen=True, slots=True)
class Shape(Generic[M]):
    """What a file must be: the annotation, to tell its fields, and pydantic's reader of it."""

    annotation: object
    reader: TypeAdapter[M]


def _shape(annotation: type[M]) -> Shape[M]:
    return Shape(annotation, TypeAdapter(annotation))


TOPIC = _shape(TopicModel)
GROUPS = _shape(list[GroupModel])
PLACES = _shape(list[PlaceModel])
CENTRES = _shape(CentresModel)
ACCESS_POINTS = _shape(AccessPointsModel)
TRAININGS = _shape(TrainingsModel)
CALENDAR = _shape(CalendarModel)
QUEUES = _shape(QueuesModel)
REPLIES = _shape(RepliesModel)
PHRASES = _shape(PhrasesModel)
URGENT: Shape[UrgentModel] = Shape(UrgentModel, TypeAdapter(UrgentModel))
LEXICON: Shape[LexiconModel] = Shape(LexiconModel, TypeAdapter(LexiconModel))
ASPECTS = _shape(AspectsModel)
