"""Every text of the content files that residents may read, line by line, with the place where it stands."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.content.reading import Files, Read, ReadTopic
from domain.errors import ContentProblem

_SAID = ("note", "audience", "signup")
"""Fields of centres, access points and trainings that hold sentences."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One line. `subject` is the topic, centre, phrase or reply that it belongs to; `group` a topic's folder."""

    file: str
    line: int
    text: str
    subject: str
    title: str = ""
    group: str = ""

    def problem(self, message: str) -> ContentProblem:
        """Something that an editor should look at in this line."""
        return ContentProblem(self.file, self.line, message)


def first_line(topic: ReadTopic) -> int:
    """The line of the file on which the answer begins: under the second `---`."""
    return topic.front.text.text.count("\n") + 4


def entries(files: Files) -> Iterator[tuple[Read[object], tuple[str | int, ...], object]]:
    """Every centre, access point and training, with its file and its place there."""
    if files.centres:
        for number, centre in enumerate(files.centres.value.centres):
            yield files.centres, ("centres", number), centre
    if files.access_points:
        for number, point in enumerate(files.access_points.value.access_points):
            yield files.access_points, ("access_points", number), point
    if files.trainings:
        for number, training in enumerate(files.trainings.value.trainings):
            yield files.trainings, ("trainings", number), training


def passages(files: Files) -> Iterator[Passage]:
    """Answers and next steps of topics, notes of places, trainings, phrases and prepared replies."""
    for topic in files.topics:
        yield from _of_topic(topic)
    for read, path, entry in entries(files):
        yield from _of_entry(read, path, entry)
    if files.phrases:
        for key, text in files.phrases.value.phrases.items():
            yield from _lines(files.phrases, ("phrases", key), text, key)
    if files.replies:
        for number, reply in enumerate(files.replies.value.replies):
            yield from _lines(files.replies, ("replies", number, "text"), reply.text, reply.id)


def signs(files: Files) -> Iterator[Passage]:
    """What `urgent.yml` listens for: no sentence of ours, but a number in it may be wrong all the same."""
    if files.urgent is None:
        return
    for danger, said in files.urgent.value.items():
        for name, words in said:  # words, maybe, alone, never
            for number, text in enumerate(words):
                yield from _lines(files.urgent, (danger, name, number), text, str(danger))


def _of_topic(topic: ReadTopic) -> Iterable[Passage]:
    front, title = topic.front, topic.front.value.title
    for offset, line in enumerate(topic.body.splitlines()):
        number = first_line(topic) + offset
        yield Passage(front.file, number, line, topic.stem, title, topic.group)
    if front.value.next_step:
        number = front.text.line_of(("next_step",))
        yield Passage(front.file, number, front.value.next_step, topic.stem, title, topic.group)


def _of_entry(read: Read[object], path: tuple[str | int, ...], entry: object) -> Iterable[Passage]:
    for field in _SAID:
        text = getattr(entry, field, None)
        if text:
            yield from _lines(read, (*path, field), text, str(entry.id))  # type: ignore[attr-defined] # every entry has an id


def _lines(
    read: Read[object], path: tuple[str | int, ...], text: str, subject: str
) -> Iterable[Passage]:
    for offset, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield Passage(read.file, read.text.line_within(path, offset), line, subject)
