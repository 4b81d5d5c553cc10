"""Every file of a content directory, read and validated on its own, with all problems gathered."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from bot.content import markdown, models
from bot.content.sources import YamlBroken, YamlText
from bot.content.wording import explain
from domain.errors import ContentProblem

M = TypeVar("M")
M_co = TypeVar("M_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Read(Generic[M_co]):
    """One file that was understood, and what tells the lines of its parts."""

    file: str
    value: M_co
    text: YamlText

    def problem(self, message: str, *path: str | int) -> ContentProblem:
        """A problem of the part at a path."""
        return ContentProblem(self.file, self.text.line_of(path), message)


@dataclass(frozen=True, slots=True)
class ReadTopic:
    """One topic file that was understood."""

    group: str
    stem: str
    front: Read[models.TopicModel]
    body: str
    document: markdown.Document


@dataclass
class Files:
    """What could be read of a content directory, and every problem met on the way."""

    directory: Path
    problems: list[ContentProblem] = field(default_factory=list)
    topics: list[ReadTopic] = field(default_factory=list)
    topic_ids: set[str] = field(default_factory=set)
    """Ids of all topic files, the broken ones too: a choice of a broken topic is no second problem."""
    groups: Read[list[models.GroupModel]] | None = None
    places: Read[list[models.PlaceModel]] | None = None
    centres: Read[models.CentresModel] | None = None
    access_points: Read[models.AccessPointsModel] | None = None
    trainings: Read[models.TrainingsModel] | None = None
    calendar: Read[models.CalendarModel] | None = None
    queues: Read[models.QueuesModel] | None = None
    replies: Read[models.RepliesModel] | None = None
    """None, too, where nobody keeps prepared answers: the assistant does not need them."""
    phrases: Read[models.PhrasesModel] | None = None
    urgent: Read[models.UrgentModel] | None = None
    lexicon: Read[models.LexiconModel] | None = None
    aspects: Read[models.AspectsModel] | None = None
    documents: dict[str, markdown.Document] = field(default_factory=dict)

    def name(self, path: Path) -> str:
        """A file as an editor knows it: `content/topics/bills/x.md`."""
        return str(Path(self.directory.name) / path.relative_to(self.directory))


def read_files(directory: Path) -> Files:
    """Every file that can be read; whether they fit together is for the rules to say."""
    files = Files(directory)
    _read_data(files)
    _read_topics(files)
    if files.phrases:
        _read_phrases(files, files.phrases)
    return files


def read_topic(directory: Path, topic_id: str) -> ReadTopic | None:
    """One topic and no other; None when there is none or its file cannot be understood."""
    files = Files(directory)
    for path in sorted((directory / "topics").glob("*/*.md")):
        if path.stem == topic_id:
            _read_topic(files, path)
    return files.topics[0] if files.topics else None


def _read_data(files: Files) -> None:
    files.groups = _read_yaml(files, "groups.yml", models.GROUPS)
    files.places = _read_yaml(files, "places.yml", models.PLACES)
    files.centres = _read_yaml(files, "centres.yml", models.CENTRES)
    files.access_points = _read_yaml(files, "access_points.yml", models.ACCESS_POINTS)
    files.trainings = _read_yaml(files, "trainings.yml", models.TRAININGS)
    files.calendar = _read_yaml(files, "calendar.yml", models.CALENDAR)
    files.queues = _read_yaml(files, "queues.yml", models.QUEUES)
    if (files.directory / "replies.yml").exists():
        files.replies = _read_yaml(files, "replies.yml", models.REPLIES)
    files.phrases = _read_yaml(files, "phrases.yml", models.PHRASES)
    files.urgent = _read_yaml(files, "urgent.yml", models.URGENT)
    files.lexicon = _read_yaml(files, "lexicon.yml", models.LEXICON)
    files.aspects = _read_yaml(files, "aspects.yml", models.ASPECTS)


def _read_yaml(files: Files, name: str, shape: models.Shape[M]) -> Read[M] | None:
    path = files.directory / name
    text = _read_text(files, path)
    return None if text is None else _validate(files, path, YamlText(text), shape)


def _read_text(files: Files, path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        message = "faila nav; bez tā asistents nevar strādāt"
    except UnicodeDecodeError:
        message = "failā ir zīmes nepareizā kodējumā; saglabājiet to kā UTF-8"
    files.problems.append(ContentProblem(files.name(path), 1, message))
    return None


def _validate(files: Files, path: Path, text: YamlText, shape: models.Shape[M]) -> Read[M] | None:
    name = files.name(path)
    try:
        return Read(name, shape.reader.validate_python(text.values()), text)
    except YamlBroken as broken:
        files.problems.append(ContentProblem(name, broken.line, broken.message))
    except ValidationError as invalid:
        files.problems.extend(
            ContentProblem(name, text.line_of(error["loc"]), explain(error, shape.annotation))
            for error in invalid.errors()
        )
    return None


def _read_topics(files: Files) -> None:
    for path in sorted((files.directory / "topics").glob("*/*")):
        if path.suffix == ".md":
            _read_topic(files, path)
        elif not path.name.startswith("."):
            message = "tematu mapēs liek tikai .md failus; pārdēvējiet vai izdzēsiet šo"
            files.problems.append(ContentProblem(files.name(path), 1, message))


def _read_topic(files: Files, path: Path) -> None:
    files.topic_ids.add(path.stem)
    text = _read_text(files, path)
    if text is None:
        return
    front, opened, rest = text.partition("---\n")
    matter, closed, body = rest.partition("\n---\n")
    if front.strip() or not opened or not closed:
        message = "failam jāsākas ar rindu ---, tad lauki, tad vēlreiz rinda --- un pēc tās atbilde"
        files.problems.append(ContentProblem(files.name(path), 1, message))
        return
    read = _validate(files, path, YamlText(matter, first_line=2), models.TOPIC)
    first_line = matter.count("\n") + 4
    document = _read_markdown(files, path, body, first_line)
    if read is not None:
        files.topics.append(ReadTopic(path.parent.name, path.stem, read, body, document))


def _read_markdown(files: Files, path: Path, body: str, first_line: int) -> markdown.Document:
    document, faults = markdown.read(body)
    name = files.name(path)
    problems = [(fault.line, fault.message) for fault in faults]
    length = len(markdown.text_of(document))
    if length == 0:
        problems.append((1, "atbilde ir tukša; ierakstiet to aiz otrās rindas ---"))
    if length > models.LONGEST_BODY:
        problems.append(
            (1, f"atbilde ir par garu (zīmju skaits: {length}, atļauts: {models.LONGEST_BODY})")
        )
    if markdown.placeholders(body):
        problems.append((1, "tematā nelieto figūriekavas {…}; ierakstiet pašu vārdu vai skaitli"))
    files.problems.extend(
        ContentProblem(name, first_line + line - 1, message) for line, message in problems
    )
    return document


def _read_phrases(files: Files, read: Read[models.PhrasesModel]) -> None:
    for key, text in read.value.phrases.items():
        document, faults = markdown.read(text)
        files.documents[key] = document
        files.problems.extend(
            ContentProblem(
                read.file, read.text.line_within(("phrases", key), fault.line), fault.message
            )
            for fault in faults
        )
