"""How a topic's answer looks on each channel, before residents see it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from actions.asking import PERSON, choice
from bot.content import Content
from bot.rendering import LIMITS, Rendered, Speaker
from domain.answers import Answer
from domain.messages import Channel
from domain.understanding import topic_intent

CHANNEL_NAMES = {
    Channel.TELEGRAM: "Telegram",
    Channel.WHATSAPP: "WhatsApp",
    Channel.WEB: "Tīmeklis",
}
_WIDTH = 64


@dataclass(frozen=True, slots=True)
class Look:
    """A topic's answer on one channel. `longest` is the length of its longest message, `limit` what fits."""

    channel: Channel
    name: str
    parts: tuple[Rendered, ...]
    longest: int
    limit: int


def looks(content: Content, topic_id: str, *, now: datetime) -> list[Look]:
    """The answer to a topic as Telegram, WhatsApp and the web chat show it, choices included."""
    related = [
        choice(topic_intent(other))
        for other in content.topic_choices(topic_id)
        if content.is_current(other, now)
    ]
    answer = Answer(topic_intent(topic_id), choices=(*related, PERSON))
    speaker = Speaker(content)
    return [_look(channel, speaker.say(channel, [answer])) for channel in Channel]


def _look(channel: Channel, parts: list[Rendered]) -> Look:
    longest = max((len(part.text) for part in parts), default=0)
    return Look(channel, CHANNEL_NAMES[channel], tuple(parts), longest, LIMITS[channel])


def preview_text(content: Content, topic_id: str, *, now: datetime) -> str:
    """All three looks for a terminal."""
    topic = content.topic(topic_id)
    expired = "" if content.is_current(topic_id, now) else " – TERMIŅŠ BEIDZIES, atbildi nerāda"
    lines = [f"{topic.title}  (derīgs līdz {topic.valid_until}{expired})"]
    for look in looks(content, topic_id, now=now):
        lines += ["", *_framed(look)]
    return "\n".join(lines)


def _framed(look: Look) -> Iterable[str]:
    count = len(look.parts)
    messages = "1 ziņa" if count == 1 else f"ziņas: {count}"
    yield f"── {look.name}: {messages}, garākā {look.longest} no {look.limit} zīmēm "
    for part in look.parts:
        for line in _shown(look.channel, part).splitlines():
            yield from (f"│ {piece}" for piece in _wrapped(line))
        yield from (f"│ [ {button.label} ]" for button in part.buttons)
        yield "└─"


def _shown(channel: Channel, part: Rendered) -> str:
    """What the resident reads: marks as the app turns them into letters, without tags."""
    if channel is Channel.WHATSAPP:
        return part.text
    return part.plain if channel is Channel.WEB else unescape(re.sub(r"<[^>]+>", "", part.text))


def _wrapped(line: str) -> list[str]:
    pieces = [""]
    for word in line.split(" "):
        if pieces[-1] and len(pieces[-1]) + 1 + len(word) > _WIDTH:
            pieces.append(word)
        else:
            pieces[-1] = f"{pieces[-1]} {word}".strip()
    return pieces
