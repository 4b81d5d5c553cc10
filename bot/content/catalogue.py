"""Everything that the assistant knows and says, read from content files and never changed afterwards."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.content.markdown import Document
from bot.content.vocabulary import MENU
from domain.aspects import Aspects
from domain.conversation import Commands, parse_choice
from domain.languages import Lexicon
from domain.moments import DayKind
from domain.places import AccessPoint, Centre, Place
from domain.trainings import Training
from domain.understanding import Intent, topic_intent, topic_of
from domain.urgency import Urgency
from domain.working_hours import WorkingCalendar, local_day

MOST_IN_GROUP = 6
_COMMAND_NAME = re.compile(r"[a-z0-9 ]{1,32}")
"""What folded words may be to name a command: https://core.telegram.org/bots/api#botcommand."""
REPLY_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_COMMA_BEFORE_NOTHING = re.compile(r",?[ \t]*\{vards\}")
GENERAL = "general"
"""The queue that is always there."""


_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Topic:
    """One answerable subject: a file under `content/topics/<group>/`. `body` is Markdown."""

    id: str
    group: str
    title: str
    examples: tuple[str, ...]
    body: str
    source: str | None
    source_note: str | None
    source_date: str | None
    verified_on: date | None
    valid_until: date
    phone: str | None
    next_step: str | None
    choices: tuple[str, ...]
    queue: str
    owner: str | None = None
    """Who keeps the answer right; None when that is the queue."""


@dataclass(frozen=True, slots=True)
class PreparedReply:
    """A text that staff insert into their answer; `queue` is None when it suits every queue."""

    id: str
    title: str
    text: str
    queue: str | None

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with its placeholders filled in; a name that is not known leaves no comma behind."""
        text = self.text if values["vards"] else _COMMA_BEFORE_NOTHING.sub("", self.text)
        return REPLY_PLACEHOLDER.sub(lambda found: values[found[1]], text).strip()


@dataclass(frozen=True, slots=True)
class Group:
    """A group of topics as the menu shows it."""

    id: str
    title: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A place and the forms in which people write it."""

    place: Place
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """All content. Serves the `Directory` port; `documents` are topics and phrases as parsed Markdown."""

    assistant_name: str
    privacy_url: str
    calendar: WorkingCalendar
    commands: Commands
    topics: Mapping[str, Topic]
    topic_groups: Mapping[str, Group]
    known_places: Mapping[str, KnownPlace]
    known_centres: Mapping[str, Centre]
    known_access_points: tuple[AccessPoint, ...]
    known_trainings: tuple[Training, ...]
    queues: Mapping[str, str]
    centre_queues: Mapping[str, str]
    """Ids of centres and the queue of those who work there."""
    replies: tuple[PreparedReply, ...]
    phrases: Mapping[str, str]
    labels: Mapping[str, str]
    documents: Mapping[str, Document]
    phone: str
    urgency: Urgency
    lexicon: Lexicon
    aspects: Aspects
    place_forms: Mapping[str, str]
    """Folded forms and the id of the place that each belongs to."""

    # ---- what is said

    def phrase(self, key: str) -> str:
        """A phrase of the assistant, as Markdown with placeholders."""
        return self.phrases[key]

    def topic(self, topic_id: str) -> Topic:
        """A topic by its id."""
        return self.topics[topic_id]

    def document(self, key: str) -> Document:
        """What an answer's key says, parsed: a phrase, or `topic.<id>`."""
        return self.documents[key]

    def label(self, choice_id: str) -> str:
        """What a resident reads on a choice: the title of its topic or group, else its words from phrases.yml."""
        command = parse_choice(choice_id)
        topic = self.topics.get(topic_of(command.intent) or "")
        if topic is not None:
            return topic.title
        if command.intent == "menu" and command.subject in self.topic_groups:
            return self.topic_groups[command.subject].title
        of_subject = self.labels.get(f"{command.intent}_of")
        if of_subject is not None and (name := self._name_of(command.subject)):
            return of_subject.replace("{subject}", name)
        return self.labels[command.intent]

    def _name_of(self, subject: str) -> str:
        """What a choice is about: the name of its place or training, or the number of its ticket."""
        if known := self.known_places.get(subject):
            return known.place.name
        titles = (training.title for training in self.known_trainings if training.id == subject)
        return next(titles, subject if subject.isdecimal() else "")

    def command_menu(self) -> Sequence[tuple[str, str]]:
        """The menu of commands that a channel shows: names such as `mani_dati`, and what they do.

        A name is the first wording that a command name can hold; typed, it folds back to that wording.
        """
        named = ((self._command_name(intent), self.labels[intent]) for intent in MENU)
        return [(name, label) for name, label in named if name]

    def _command_name(self, intent: str) -> str:
        words = self.commands.words_for(Intent(intent))
        return next((w.replace(" ", "_") for w in words if _COMMAND_NAME.fullmatch(w)), "")

    # ---- the Directory port

    def place(self, place_id: str) -> Place | None:
        """A place by its id."""
        known = self.known_places.get(place_id)
        return known.place if known else None

    def place_named(self, words: str) -> str | None:
        """The id of the place whose name these folded words are, in any of its forms."""
        return self.place_forms.get(words)

    def day_kind(self, day: date) -> DayKind:
        """Whether people work on a day, by the calendar."""
        if self.calendar.hours_of(day) is not None:
            return DayKind.WORKING
        return DayKind.HOLIDAY if day in self.calendar.holidays else DayKind.WEEKEND

    def centre(self, centre_id: str) -> Centre | None:
        """A centre by its id."""
        return self.known_centres.get(centre_id)

    def centre_for(self, place: Place) -> Centre | None:
        """The centre that serves a place: its own, else its parish's."""
        parish = self.place(place.parish or "")
        own = place.centre or (parish.centre if parish else None)
        return self.centre(own or "")

    def centres(self) -> Sequence[Centre]:
        """All centres, in the order of the file."""
        return tuple(self.known_centres.values())

    def access_points(self, place: Place | None) -> Sequence[AccessPoint]:
        """Access points in a place's parish, or all."""
        if place is None:
            return self.known_access_points
        around = {place.id, place.parish} - {None}
        return tuple(p for p in self.known_access_points if {p.place, p.parish} & around)

    def trainings(self, now: datetime) -> Sequence[Training]:
        """Trainings that are still to come, the soonest first."""
        today = local_day(now)
        coming = [t for t in self.known_trainings if t.starts > now and t.valid_until >= today]
        return sorted(coming, key=lambda training: training.starts)

    def training(self, training_id: str, now: datetime) -> Training | None:
        """A training that is still to come."""
        return next((one for one in self.trainings(now) if one.id == training_id), None)

    def fallback_phone(self) -> str:
        """The number that helps with everything."""
        return self.phone

    def has_topic(self, topic_id: str) -> bool:
        """Whether the content has this topic at all."""
        return topic_id in self.topics

    def speaks_of(self, topic_id: str, place: Place) -> bool:
        """Whether a topic's answer names a place or its parish, in any form."""
        parish = self.known_places.get(place.parish or place.id)
        names = {parish.place.name.split()[0]} if parish else set()
        names |= {form for form in self.known_places[place.id].forms if " " not in form}
        return not names.isdisjoint(_WORD.findall(self.topics[topic_id].body))

    def is_current(self, topic_id: str, now: datetime) -> bool:
        """Whether a topic exists and has not expired."""
        topic = self.topics.get(topic_id)
        return topic is not None and local_day(now) <= topic.valid_until

    def topic_choices(self, topic_id: str) -> Sequence[str]:
        """Ids of the topics offered after this one."""
        topic = self.topics.get(topic_id)
        return topic.choices if topic else ()

    def topic_phone(self, topic_id: str) -> str:
        """Whom to call about a topic; the fallback when the topic names nobody."""
        topic = self.topics.get(topic_id)
        return (topic.phone if topic else None) or self.phone

    def topic_queue(self, topic_id: str) -> str:
        """The queue that answers tickets about a topic; `general` when the topic is unknown."""
        topic = self.topics.get(topic_id)
        return topic.queue if topic else GENERAL

    def groups(self) -> Sequence[str]:
        """Ids of the groups of topics, in the order of the menu."""
        return tuple(self.topic_groups)

    def group_topics(self, group_id: str) -> Sequence[str]:
        """Ids of the topics most asked in a group: those its entry names, else the first of the folder."""
        group = self.topic_groups.get(group_id)
        if group is None:
            return ()
        inside = tuple(topic.id for topic in self.topics.values() if topic.group == group_id)
        return group.topics or inside[:MOST_IN_GROUP]


def document_key(topic_id: str) -> str:
    """The key under which a topic's document is kept: the intent that asks for it."""
    return topic_intent(topic_id)
