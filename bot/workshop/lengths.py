"""What does not fit into one message, and on which channel: answers, phrases, prepared replies and lists."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from actions.centres import access_answer, centres_answer, training_answer
from bot.content import Content
from bot.content.reading import Files
from bot.rendering import LIMITS, Rendered, Speaker
from bot.workshop.passages import first_line
from bot.workshop.previewing import CHANNEL_NAMES, looks
from domain.errors import ContentProblem
from domain.messages import Channel


def too_long(files: Files, content: Content) -> Iterator[ContentProblem]:
    """Everything that needs more than one message."""
    speaker = Speaker(content)
    yield from _topics(files, content)
    yield from _texts(files, speaker)
    yield from _lists(files, content, speaker)


def _topics(files: Files, content: Content) -> Iterator[ContentProblem]:
    now = datetime.now(UTC)
    for topic in files.topics:
        for look in looks(content, topic.stem, now=now):
            if len(look.parts) > 1:
                said = _words("atbilde", look.channel, look.parts)
                yield ContentProblem(topic.front.file, first_line(topic), said)


def _texts(files: Files, speaker: Speaker) -> Iterator[ContentProblem]:
    """Phrases and replies, their placeholders as long as they are written."""
    if files.phrases:
        for key, text in files.phrases.value.phrases.items():
            for said in _split(speaker, f"teikums „{key}”", text):
                yield files.phrases.problem(said, "phrases", key)
    if files.replies:
        for number, reply in enumerate(files.replies.value.replies):
            for said in _split(speaker, f"sagatave „{reply.title}”", reply.text):
                yield files.replies.problem(said, "replies", number, "text")


def _split(speaker: Speaker, what: str, text: str) -> Iterator[str]:
    for channel in Channel:
        parts = speaker.say_as_agent(channel, text)
        if len(parts) > 1:
            yield _words(what, channel, parts)


def _lists(files: Files, content: Content, speaker: Speaker) -> Iterator[ContentProblem]:
    """The longest lists: all centres, all access points, all trainings."""
    points = access_answer(content.known_access_points, content.fallback_phone())
    trainings = [training_answer(training) for training in content.known_trainings]
    lists = (
        ("visu vietu saraksts", files.centres, [centres_answer(content.centres())]),
        ("visu pieejas vietu saraksts", files.access_points, [points]),
        ("visu mācību saraksts", files.trainings, trainings),
    )
    for what, read, answers in lists:
        for channel in Channel:
            parts = speaker.say(channel, answers)
            if read is not None and len(parts) > 1:
                yield ContentProblem(read.file, 1, _words(what, channel, parts))


def _words(what: str, channel: Channel, parts: Sequence[Rendered]) -> str:
    return (
        f"{CHANNEL_NAMES[channel]}: {what} sadalās vairākās ziņās ({len(parts)}), jo vienā ietilpst "
        f"{LIMITS[channel]} zīmes; saīsiniet"
    )
