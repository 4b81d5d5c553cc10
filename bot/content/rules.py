"""Whether content files fit together: ids that exist, names used once, phrases that the code needs."""

from collections.abc import Callable, Iterable, Sequence

from bot.content import markdown, models
from bot.content.catalogue import GENERAL, REPLY_PLACEHOLDER, document_key
from bot.content.reading import Files, Read, ReadTopic
from bot.content.vocabulary import COMMANDS, FORMS, LABELS, PHRASES, REPLY_VALUES
from domain.errors import ContentProblem
from domain.folding import fold

_PLACE_CHOICES = ("centre_where", "centre_hours", "centre_phone", "access_points")
_SATURDAY = 6


def problems_of(files: Files) -> list[ContentProblem]:
    """Everything wrong with what was read: in the files themselves and between them."""
    between = [problem for rule in _RULES for problem in rule(files)]
    return sorted({*files.problems, *between}, key=lambda p: (p.file, p.line, p.message))


def _topic_rules(files: Files) -> Iterable[ContentProblem]:
    queues = {queue.id for queue in files.queues.value.queues} if files.queues else None
    groups = {group.id for group in files.groups.value} if files.groups else None
    first: dict[str, ReadTopic] = {}
    for topic in files.topics:
        value, problem = topic.front.value, topic.front.problem
        if value.id != topic.stem:
            yield problem(f"id „{value.id}” nesakrīt ar faila nosaukumu „{topic.stem}.md”", "id")
        elif topic.stem in first:
            yield problem(f"temats „{value.id}” jau ir failā {first[topic.stem].front.file}", "id")
        if len(document_key(value.id)) > models.LONGEST_CHOICE_ID:
            yield problem(_too_long_id(value.id), "id")
        if groups is not None and topic.group not in groups:
            yield problem(f"mapes „{topic.group}” nav sarakstā groups.yml")
        if queues is not None and value.queue not in queues:
            yield problem(f"queue: rindas „{value.queue}” nav failā queues.yml", "queue")
        if document_key(value.id) in files.documents:
            yield problem(f"id „{value.id}” ir aizņemts; izvēlieties citu", "id")
        yield from _choice_rules(files, topic)
        first.setdefault(topic.stem, topic)


def _choice_rules(files: Files, topic: ReadTopic) -> Iterable[ContentProblem]:
    choices = topic.front.value.choices
    for place, choice in enumerate(choices):
        if choice == topic.stem:
            yield topic.front.problem("choices: temats piedāvā pats sevi", "choices", place)
        elif choice not in files.topic_ids:
            yield topic.front.problem(f"choices: temata „{choice}” nav", "choices", place)
        elif choice in choices[:place]:
            yield topic.front.problem(f"choices: „{choice}” ierakstīts divreiz", "choices", place)


def _too_long_id(name: str) -> str:
    return f"id „{name}” ir par garu; tam jāietilpst pogā (ne vairāk kā 50 zīmes)"


def _group_rules(files: Files) -> Iterable[ContentProblem]:
    if files.groups is None:
        return
    yield from _twice(files.groups, files.groups.value)
    for place, group in enumerate(files.groups.value):
        for inner, topic in enumerate(group.topics):
            if topic not in files.topic_ids:
                message = f"temata „{topic}” nav"
                yield files.groups.problem(message, place, "topics", inner)


def _twice(
    read: Read[object], entries: Sequence[object], *path: str | int
) -> Iterable[ContentProblem]:
    """Ids that stand in one list two times."""
    seen: set[str] = set()
    for place, entry in enumerate(entries):
        name = str(entry.id)  # type: ignore[attr-defined] # every entry of a list file has an id
        if name in seen:
            yield read.problem(f"id „{name}” ir divreiz; katram ierakstam vajag savu", *path, place)
        seen.add(name)


def _place_rules(files: Files) -> Iterable[ContentProblem]:
    if files.places is None:
        return
    read = files.places
    yield from _twice(read, read.value)
    parishes = {place.id for place in read.value if place.kind == "parish"}
    centres = {centre.id for centre in files.centres.value.centres} if files.centres else None
    for number, place in enumerate(read.value):
        if place.parish is not None and place.parish not in parishes:
            yield read.problem(f"parish: pagasta „{place.parish}” nav", number, "parish")
        if centres is not None and place.centre is not None and place.centre not in centres:
            message = f"centre: vietas „{place.centre}” nav failā centres.yml"
            yield read.problem(message, number, "centre")
        if max(map(len, _PLACE_CHOICES)) + 1 + len(place.id) > models.LONGEST_CHOICE_ID:
            yield read.problem(_too_long_id(place.id), number, "id")
    yield from _form_rules(read)


def _form_rules(read: Read[list[models.PlaceModel]]) -> Iterable[ContentProblem]:
    """A form must mean one place: otherwise the model cannot tell which."""
    owner: dict[str, str] = {}
    for number, place in enumerate(read.value):
        for inner, form in enumerate(place.forms):
            other = owner.setdefault(fold(form), place.id)
            if other != place.id:
                message = f"forma „{form}” jau pieder vietai „{other}”; atstājiet to tikai vienā"
                yield read.problem(message, number, "forms", inner)


def _whereabouts_rules(files: Files) -> Iterable[ContentProblem]:
    """Centres and access points lie in places that exist."""
    places = {place.id for place in files.places.value} if files.places else None
    lists: list[tuple[Read[object], str, Sequence[object]]] = []
    if files.centres:
        lists.append((files.centres, "centres", files.centres.value.centres))
    if files.access_points:
        points = files.access_points
        lists.append((points, "access_points", points.value.access_points))
    for read, name, entries in lists:
        yield from _twice(read, entries, name)
        for number, entry in enumerate(entries):
            for part in ("place", "parish"):
                where = getattr(entry, part)
                if places is not None and where is not None and where not in places:
                    message = f"{part}: vietas „{where}” nav failā places.yml"
                    yield read.problem(message, name, number, part)


def _training_rules(files: Files) -> Iterable[ContentProblem]:
    """Trainings have ids that fit a button and queues that exist."""
    if files.trainings is None:
        return
    read = files.trainings
    yield from _twice(read, read.value.trainings, "trainings")
    queues = {queue.id for queue in files.queues.value.queues} if files.queues else None
    for number, training in enumerate(read.value.trainings):
        if len(f"register:{training.id}") > models.LONGEST_CHOICE_ID:
            yield read.problem(_too_long_id(training.id), "trainings", number, "id")
        if queues is not None and training.queue is not None and training.queue not in queues:
            message = f"queue: rindas „{training.queue}” nav failā queues.yml"
            yield read.problem(message, "trainings", number, "queue")


def _calendar_rules(files: Files) -> Iterable[ContentProblem]:
    """A moved day is worked on a Saturday or Sunday."""
    if files.calendar is None:
        return
    for number, moved in enumerate(files.calendar.value.moved_working_days):
        if moved.instead_of.isoweekday() < _SATURDAY:
            message = f"instead_of: {moved.instead_of} nav sestdiena; pārbaudiet datumu"
            yield files.calendar.problem(message, "moved_working_days", number, "instead_of")
        if moved.off.isoweekday() >= _SATURDAY:
            message = f"date: {moved.off} jau ir brīvdiena; pārbaudiet datumu"
            yield files.calendar.problem(message, "moved_working_days", number, "date")


def _queue_rules(files: Files) -> Iterable[ContentProblem]:
    if files.queues is None:
        return
    queues = files.queues.value.queues
    yield from _twice(files.queues, queues, "queues")
    if GENERAL not in {queue.id for queue in queues}:
        yield files.queues.problem("trūkst rindas „general”; tā vajadzīga vienmēr", "queues")
    yield from _queue_centre_rules(files, files.queues)


def _queue_centre_rules(files: Files, read: Read[models.QueuesModel]) -> Iterable[ContentProblem]:
    """Each KAC has one queue, and the queue for everything else belongs to none."""
    centres = {centre.id for centre in files.centres.value.centres} if files.centres else None
    owner: dict[str, str] = {}
    for number, queue in enumerate(read.value.queues):
        if queue.centre is None:
            continue
        other = owner.setdefault(queue.centre, queue.id)
        message = ""
        if queue.id == GENERAL:
            message = "centre: rindai „general” centru nenorāda; tajā nonāk pārējie jautājumi"
        elif centres is not None and queue.centre not in centres:
            message = f"centre: vietas „{queue.centre}” nav failā centres.yml"
        elif other != queue.id:
            message = f"centre: „{queue.centre}” jau ir rindai „{other}”; atstājiet to tikai vienai"
        if message:
            yield read.problem(message, "queues", number, "centre")


def _reply_rules(files: Files) -> Iterable[ContentProblem]:
    """Prepared answers belong to queues that exist and name only what the desk can fill in."""
    if files.replies is None:
        return
    read = files.replies
    yield from _twice(read, read.value.replies, "replies")
    queues = {queue.id for queue in files.queues.value.queues} if files.queues else None
    for number, reply in enumerate(read.value.replies):
        if queues is not None and reply.queue is not None and reply.queue not in queues:
            message = f"queue: rindas „{reply.queue}” nav failā queues.yml"
            yield read.problem(message, "replies", number, "queue")
        for name in REPLY_PLACEHOLDER.findall(reply.text):
            if name not in REPLY_VALUES:
                names = ", ".join(f"{{{one}}}" for one in REPLY_VALUES)
                message = f"text: mainīgo {{{name}}} nepazīstam; atļauts: {names}"
                yield read.problem(message, "replies", number, "text")


def _aspect_rules(files: Files) -> Iterable[ContentProblem]:
    """What a follow-up leads to exists."""
    if files.aspects is None:
        return
    read = files.aspects
    for topic, others in read.value.related.items():
        for name in (topic, *others.values()):
            if name not in files.topic_ids:
                yield read.problem(f"related: temata „{name}” nav", "related", topic)
        for aspect in others:
            if aspect not in read.value.aspects:
                yield read.problem(f"related: „{aspect}” nav sadaļā aspects", "related", topic)


def _phrase_rules(files: Files) -> Iterable[ContentProblem]:
    if files.phrases is None:
        return
    read = files.phrases
    yield from _missing(read, "phrases", PHRASES, read.value.phrases)
    yield from _missing(read, "choices", LABELS, read.value.choices)
    yield from _missing(read, "commands", COMMANDS, read.value.commands)
    families = {key.partition(".")[0] for key in read.value.phrases}
    for key, text in read.value.phrases.items():
        yield from _placeholder_rules(read, key, text, families)
    yield from _command_rules(read)


def _missing(
    read: Read[models.PhrasesModel], section: str, wanted: Iterable[str], given: Iterable[str]
) -> Iterable[ContentProblem]:
    known, there = set(wanted), set(given)
    for name in sorted(known - there):
        yield read.problem(
            f"{section}: trūkst ieraksta „{name}”; asistentam tas vajadzīgs", section
        )
    for name in sorted(there - known):
        message = f"{section}: ierakstu „{name}” neviens nelieto; izdzēsiet to"
        yield read.problem(message, section, name)


def _placeholder_rules(
    read: Read[models.PhrasesModel], key: str, text: str, families: set[str]
) -> Iterable[ContentProblem]:
    allowed = PHRASES.get(key)
    for name, form in markdown.placeholders(text):
        if allowed is not None and name not in allowed:
            names = ", ".join(f"{{{one}}}" for one in sorted(allowed)) or "neviens"
            message = f"{key}: mainīgo {{{name}}} šeit nepazīstam; atļauts: {names}"
            yield read.problem(message, "phrases", key)
        if form and form not in FORMS and form not in families:
            message = f"{key}: aiz kola nepazīstams veids „{form}”; atļauts: {', '.join(FORMS)}"
            yield read.problem(message, "phrases", key)


def _command_rules(read: Read[models.PhrasesModel]) -> Iterable[ContentProblem]:
    """A wording that always works means one thing."""
    owner: dict[str, str] = {}
    for intent, words in read.value.commands.items():
        for number, word in enumerate(words):
            other = owner.setdefault(fold(word), intent)
            if other != intent:
                message = f"commands: „{word}” jau pieder pie „{other}”"
                yield read.problem(message, "commands", intent, number)


_RULES: tuple[Callable[[Files], Iterable[ContentProblem]], ...] = (
    _topic_rules,
    _group_rules,
    _place_rules,
    _whereabouts_rules,
    _training_rules,
    _calendar_rules,
    _queue_rules,
    _reply_rules,
    _aspect_rules,
    _phrase_rules,
)
