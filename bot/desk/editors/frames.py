"""A topic's answer as three phones show it."""

import re
from dataclasses import dataclass
from datetime import datetime
from html import escape

from markupsafe import Markup

from bot.content import Content
from bot.rendering import Rendered
from bot.workshop.previewing import Look, looks
from domain.messages import Channel


@dataclass(frozen=True, slots=True)
class Part:
    """One message: safe HTML and the buttons under it."""

    html: Markup
    buttons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """One phone."""

    channel: str
    name: str
    parts: tuple[Part, ...]
    length: str
    long: bool


def frames(content: Content, topic_id: str, *, now: datetime) -> list[Frame]:
    """The three channels side by side."""
    return [_frame(look) for look in looks(content, topic_id, now=now)]


def _frame(look: Look) -> Frame:
    count = len(look.parts)
    length = f"{look.longest} no {look.limit} zīmēm"
    return Frame(
        channel=look.channel,
        name=look.name,
        parts=tuple(_part(look.channel, part) for part in look.parts),
        length=length if count == 1 else f"{count} ziņas, garākā {length}",
        long=count > 1,
    )


def _part(channel: Channel, part: Rendered) -> Part:
    # Telegram's and the web chat's texts are HTML of our own writers, escaped there.
    html = _whatsapp(part.text) if channel is Channel.WHATSAPP else part.text
    return Part(Markup(html), tuple(button.label for button in part.buttons))  # noqa: S704 - see above


def _whatsapp(text: str) -> str:
    """WhatsApp's marks as its app shows them."""
    shown = escape(text)
    shown = re.sub(r"(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])", r"<b>\1</b>", shown)
    shown = re.sub(r"(?<![\w_/])_(\S(?:[^_\n]*\S)?)_(?![\w_])", r"<i>\1</i>", shown)
    return re.sub(r"https?://[^\s<]+", r'<span class="editor-link">\g<0></span>', shown)
