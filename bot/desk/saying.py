"""The conversation of a ticket as its page shows it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from markupsafe import Markup, escape

from bot.content import Content
from bot.content.markdown import read
from bot.desk import words
from bot.media import PICTURES
from bot.rendering.writing import web as to_html
from bot.storage.messages import to_attachment
from bot.storage.staff_files import SentFile
from bot.storage.tickets import Spoken
from bot.workshop.titles import fixed_title
from domain.messages import SENT_PICTURES, UNNAMED, Attachment, DeliveryState, MessageKind
from domain.understanding import Intent, topic_of
from domain.working_hours import local_day

_SECRET = re.compile(r"\[(?:parole|personas kods|kartes numurs) dzēsts?a?\]")
"""What `domain.masking` leaves behind."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far a message got, in words."""

    state: DeliveryState
    words: str
    ticks: str


@dataclass(frozen=True, slots=True)
class Attached:
    """Something that came with a message; `address` is empty when its words are all there is."""

    words: str
    address: str
    is_picture: bool
    is_sound: bool
    hint: str


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said; `day` is set on the first of each day."""

    key: str
    by: str
    """resident, assistant, agent or note."""
    at: datetime
    time: str
    day: str
    author: str
    body: Markup
    edited: bool
    forwarded: str
    """That these are somebody else's words, and whose when it is known; else empty."""
    pressed: bool
    understood: str
    attachments: tuple[Attached, ...]
    choices: tuple[str, ...]
    delivery: Delivery | None
    error: str
    dismissed: bool
    template: bool
    message: int


def to_lines(spoken: Iterable[Spoken], *, content: Content, now: datetime) -> list[Line]:
    """What was said, ready to be shown, oldest first."""
    return list(_with_days(sorted(spoken, key=Spoken.place), content, now))


def _with_days(spoken: Sequence[Spoken], content: Content, now: datetime) -> Iterator[Line]:
    before = None
    for one in spoken:
        today = local_day(one.at)
        yield _line(one, content, words.day(one.at, now) if today != before else "")
        before = today


def _line(spoken: Spoken, content: Content, day: str) -> Line:
    return Line(
        key=spoken.id,
        by=spoken.by,
        at=spoken.at,
        time=words.clock_time(spoken.at),
        day=day,
        author=spoken.agent_name,
        body=_body(spoken),
        edited=spoken.edited,
        forwarded=_forwarded(spoken.forwarded_from),
        pressed=spoken.kind == MessageKind.PRESS,
        understood=_understood(spoken, content),
        attachments=tuple(_all_attached(spoken)),
        choices=tuple(button["label"] for button in spoken.buttons),
        delivery=_delivery(spoken),
        error=words.FAILURES.get(spoken.error, spoken.error),
        dismissed=spoken.dismissed,
        template=spoken.template,
        message=int(spoken.id[1:]),
    )


def _forwarded(author: str) -> str:
    if author == UNNAMED:
        return "Pārsūtīta ziņa"
    return f"Pārsūtīts no: {author}" if author else ""


def _body(spoken: Spoken) -> Markup:
    if spoken.by in ("assistant", "agent"):
        return _from_markdown(spoken.text)
    return _plain(spoken.text)


@lru_cache(maxsize=4096)
def _from_markdown(source: str) -> Markup:
    """Our own rendering: every text in it is escaped, only safe links are links."""
    blocks, _ = read(source)
    return Markup(to_html(blocks))  # noqa: S704 - escaped by `bot.rendering.writing`


def _plain(text: str) -> Markup:
    """A resident's words, with what was masked standing out."""
    marked = _SECRET.sub(lambda found: f'<span class="masked">{found[0]}</span>', escape(text))
    return Markup(marked)  # noqa: S704 - escaped above


def _understood(spoken: Spoken, content: Content) -> str:
    """How the assistant understood a message: the title of the topic, else what the intent means."""
    if not spoken.intent:
        return ""
    topic = content.topics.get(topic_of(Intent(spoken.intent)) or "")
    fixed = content.labels.get(spoken.intent) or fixed_title(spoken.intent)
    shown = f"„{topic.title}”" if topic else fixed
    return f"{shown} · {words.percent(spoken.confidence)}".removesuffix(" · ")


def _delivery(spoken: Spoken) -> Delivery | None:
    if not spoken.state:
        return None
    state = DeliveryState(spoken.state)
    return Delivery(state, words.DELIVERIES[state], words.TICKS.get(state, ""))


def _all_attached(spoken: Spoken) -> Iterator[Attached]:
    for index in range(len(spoken.attachments)):
        yield _attached(spoken, index)
    if spoken.file is not None:
        yield _sent(spoken, spoken.file)


def _sent(spoken: Spoken, file: SentFile) -> Attached:
    is_picture = file.media_type in SENT_PICTURES
    kind = words.KINDS[MessageKind.PHOTO if is_picture else MessageKind.DOCUMENT]
    return Attached(
        words=f"{kind} · {file.name} · {words.size(file.size)}",
        address=f"/desk/files/sent/{spoken.id[1:]}",
        is_picture=is_picture,
        is_sound=False,
        hint="",
    )


def _attached(spoken: Spoken, index: int) -> Attached:
    attachment = to_attachment(spoken.attachments[index])
    is_file = attachment.is_file()
    media_type = attachment.media_type.partition(";")[0]
    return Attached(
        words=describe_attachment(attachment),
        address=f"/desk/files/{spoken.id[1:]}/{index}" if is_file else "",
        is_picture=is_file and media_type in PICTURES,
        is_sound=is_file and _is_sound(attachment),
        hint=words.PLACE_HINT if attachment.latitude is not None else "",
    )


def _is_sound(attachment: Attachment) -> bool:
    return attachment.kind is MessageKind.VOICE or attachment.media_type.startswith("audio/")


def describe_attachment(attachment: Attachment) -> str:
    """`Fotoattēls · skaitītājs.jpg · 340 KB`; a place by its coordinates, a person by name and phone."""
    kind = words.KINDS.get(attachment.kind, words.OTHER_KIND)
    latitude, longitude = attachment.latitude, attachment.longitude
    place = "" if latitude is None or longitude is None else f"{latitude:.5f}, {longitude:.5f}"
    is_card = attachment.kind is MessageKind.CONTACT and not attachment.is_file()
    phone = attachment.reference if is_card else ""
    shown = (kind, attachment.name, phone, place, words.size(attachment.size))
    return " · ".join(part for part in shown if part)
