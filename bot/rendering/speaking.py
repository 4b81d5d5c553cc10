"""Answers become messages: placeholders filled, choices offered, long texts cut, each channel in its own markup."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from bot.content import Content, Topic
from bot.content.markdown import Block, BlockKind, Run
from bot.rendering.filling import fill
from bot.rendering.splitting import Measure, Piece, split
from bot.rendering.writing import WRITERS, Write, markdown, plain
from domain.answers import Answer, Choice, Value
from domain.messages import Button, Channel
from domain.understanding import Intent, topic_of

LIMITS: Mapping[Channel, int] = {
    Channel.TELEGRAM: 4096,
    Channel.WHATSAPP: 1600,
    Channel.WEB: 8000,
}
"""UTF-16 units of a message's text with its markup. Telegram counts without the markup: this is the safe side."""

CAPTION_LIMITS: Mapping[Channel, int] = {
    Channel.TELEGRAM: 1024,
    Channel.WHATSAPP: 0,  # Twilio gives documents no caption
    Channel.WEB: LIMITS[Channel.WEB],
}
"""UTF-16 units of the text that may stand with a file in one message; 0 when none may."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message ready for its channel.

    `text` carries the channel's markup, `plain` none, `source` the same as Markdown with its values filled in.
    `keys` are those of the answers that begin in this message.
    """

    text: str
    plain: str
    source: str
    buttons: tuple[Button, ...] = ()
    keys: tuple[str, ...] = ()


class Speaker:
    """Says answers in the words of the content."""

    def __init__(self, content: Content) -> None:
        self._content = content

    def say(self, channel: Channel, answers: Sequence[Answer]) -> list[Rendered]:
        """Several answers as few messages, the choices at the end of the last.

        Raises `KeyError` for a key that content does not have or a value that is missing.
        """
        pieces = [piece for answer in answers for piece in self._pieces(answer)]
        choices = self.offered(answers)
        if channel is Channel.WHATSAPP:
            pieces += self._spelled_choices(choices)
        parts = _write(channel, pieces)
        if choices and channel is not Channel.WHATSAPP and parts:
            parts[-1] = replace(parts[-1], buttons=_buttons(choices))
        return parts

    def offered(self, answers: Sequence[Answer]) -> tuple[Choice, ...]:
        """The choices of all answers, each once, with their labels."""
        labelled = {
            choice.id: replace(choice, label=choice.label or self._content.label(choice.id))
            for answer in answers
            for choice in answer.choices
        }
        return tuple(labelled.values())

    def say_as_agent(self, channel: Channel, text: str) -> list[Rendered]:
        """What a member of staff wrote, as they wrote it: no markup is read into it."""
        paragraphs = [part.strip("\n") for part in text.strip().split("\n\n")]
        pieces = [
            Piece("", Block(BlockKind.PARAGRAPH, (Run(part),)))
            for part in paragraphs
            if part.strip()
        ]
        return _write(channel, pieces)

    def _pieces(self, answer: Answer) -> Iterable[Piece]:
        document = self._content.document(answer.key)
        for block in fill(document, self._values(answer), self._word):
            yield Piece(answer.key, block)
        topic = self._content.topics.get(topic_of(Intent(answer.key)) or "")
        if topic is not None:
            yield from self._after_topic(answer.key, topic)

    def _values(self, answer: Answer) -> Mapping[str, Value]:
        """The answer's values and those that content itself knows."""
        phone = answer.values.get("phone") or self._content.fallback_phone()
        return {
            "assistant": self._content.assistant_name,
            "privacy_url": self._content.privacy_url,
            **answer.values,
            "phone": phone,
        }

    def _word(self, family: str, value: str) -> str:
        return self._content.phrase(f"{family}.{value}").strip()

    def _after_topic(self, key: str, topic: Topic) -> Iterable[Piece]:
        """The next step, whom to call and the source, as one closing paragraph."""
        lines: list[tuple[str, dict[str, Value]]] = []
        if topic.next_step:
            lines.append(("topic.next_step", {"next_step": topic.next_step}))
        if topic.phone:
            lines.append(("topic.phone", {"phone": topic.phone}))
        if topic.source:
            site = (urlsplit(topic.source).hostname or "").removeprefix("www.")
            lines.append(("topic.source", {"url": topic.source, "site": site}))
        runs: list[Run] = []
        for phrase, values in lines:
            for block in fill(self._content.document(phrase), values, self._word):
                runs += [*([Run("\n")] if runs else []), *block.runs]
        if runs:
            yield Piece(key, Block(BlockKind.PARAGRAPH, tuple(runs)))

    def _spelled_choices(self, choices: Sequence[Choice]) -> Iterable[Piece]:
        """Choices as a numbered list, and how to choose."""
        for number, choice in enumerate(choices, start=1):
            yield Piece("", Block(BlockKind.NUMBERED, (Run(choice.label),), number))
        if choices:
            for block in self._content.document("choices.how"):
                yield Piece("", block)


def fits_caption(channel: Channel, *, text: str, plain: str) -> bool:
    """Whether a message, in both its forms, is short enough to stand with a file."""
    return max(_units(text), _units(plain)) <= CAPTION_LIMITS[channel]


def _buttons(choices: Sequence[Choice]) -> tuple[Button, ...]:
    return tuple(
        Button(id=choice.id, label=f"{number}. {choice.label}")
        for number, choice in enumerate(choices, start=1)
    )


def _write(channel: Channel, pieces: Sequence[Piece]) -> list[Rendered]:
    writer = WRITERS[channel]
    parts = split(pieces, limit=LIMITS[channel], measure=_measure(writer))
    said: set[str] = set()
    rendered: list[Rendered] = []
    for part in parts:
        blocks = [piece.block for piece in part]
        keys = tuple(dict.fromkeys(p.key for p in part if p.key and p.key not in said))
        said.update(keys)
        rendered.append(
            Rendered(text=writer(blocks), plain=plain(blocks), source=markdown(blocks), keys=keys)
        )
    return rendered


def _measure(writer: Write) -> Measure:
    """The longer of a message's two forms: its plain form must fit too."""

    def measure(blocks: Sequence[Block]) -> int:
        return max(_units(writer(blocks)), _units(plain(blocks)))

    return measure


def _units(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le")) // 2
