"""Telegram's parse mode HTML: what it accepts, what it makes of it, and how it refuses the rest.

After https://core.telegram.org/bots/api#html-style and the observed wording of refusals. Offsets in refusals count
bytes of UTF-8, offsets of entities count UTF-16 units.
"""

import re
from dataclasses import dataclass

_ENTITY_OF_TAG = {
    "a": "text_link",
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_CHARACTER = re.compile(r"&(?:#(\d+)|#x([0-9a-fA-F]+)|(lt|gt|amp|quot));?")
_TAG = re.compile(r"<(?P<slash>/?)(?P<name>[^\s>/]*)(?P<rest>[^>]*)(?P<end>>?)")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?\s*""")


class MarkupError(Exception):
    """The text cannot be read as HTML; the message is the vendor's."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A piece of formatting; `offset` and `length` are in UTF-16 units."""

    type: str
    offset: int
    length: int
    url: str = ""

    def as_json(self) -> dict[str, object]:
        """The entity as the Bot API shows it."""
        shown: dict[str, object] = {
            "type": self.type,
            "offset": self.offset,
            "length": self.length,
        }
        return shown | ({"url": self.url} if self.url else {})


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text without markup and its formatting."""

    text: str
    entities: tuple[Entity, ...] = ()


def utf16_length(text: str) -> int:
    """Length as Telegram counts it: characters beyond the basic plane count twice."""
    return len(text.encode("utf-16-le")) // 2


def parse(html: str) -> Formatted:
    """Read Telegram's HTML or refuse it with `MarkupError`."""
    return _Parser(html).run()


@dataclass(slots=True)
class _Open:
    tag: str
    start: int
    url: str


class _Parser:
    """Walks once over the text, keeping the tags that are open."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._at = 0
        self._said: list[str] = []
        self._length = 0
        self._open: list[_Open] = []
        self._entities: list[Entity] = []

    def run(self) -> Formatted:
        while self._at < len(self._html):
            if self._html[self._at] == "<":
                self._read_tag()
            else:
                self._read_text()
        if self._open:
            tag = self._open[-1].tag
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{tag}"')
        ordered = sorted(self._entities, key=lambda e: (e.offset, -e.length))
        return Formatted("".join(self._said), tuple(ordered))

    def _read_text(self) -> None:
        end = self._html.find("<", self._at)
        stop = len(self._html) if end < 0 else end
        self._say(_unescape(self._html[self._at : stop]))
        self._at = stop

    def _say(self, text: str) -> None:
        self._said.append(text)
        self._length += utf16_length(text)

    def _read_tag(self) -> None:
        found = _TAG.match(self._html, self._at)
        byte = len(self._html[: self._at].encode())
        if found is None or not found["end"]:
            kind = "end" if self._html[self._at :].startswith("</") else "start"
            raise MarkupError(f"Unclosed {kind} tag at byte offset {byte}")
        if found["slash"]:
            self._close(found["name"].lower(), byte)
        else:
            self._start(found["name"].lower(), found["rest"], byte)
        self._at = found.end()

    def _start(self, tag: str, attributes: str, byte: int) -> None:
        if tag not in _ENTITY_OF_TAG:
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {byte}')
        values = _read_attributes(tag, attributes, byte)
        if tag == "span" and values.get("class") != "tg-spoiler":
            raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {byte}')
        self._open.append(_Open(tag, self._length, values.get("href", "")))

    def _close(self, tag: str, byte: int) -> None:
        if not self._open:
            raise MarkupError(f"Unexpected end tag at byte offset {byte}")
        opened = self._open.pop()
        if tag and tag != opened.tag:
            raise MarkupError(
                f'Unmatched end tag at byte offset {byte}, expected "</{opened.tag}>", '
                f'found "</{tag}>"'
            )
        length = self._length - opened.start
        if length and (opened.tag != "a" or opened.url):
            kind = _ENTITY_OF_TAG[opened.tag]
            self._entities.append(Entity(kind, opened.start, length, opened.url))


def _read_attributes(tag: str, text: str, byte: int) -> dict[str, str]:
    values: dict[str, str] = {}
    at = 0
    while at < len(text.rstrip()):
        found = _ATTRIBUTE.match(text, at)
        if found is None or found.end() == at:
            raise MarkupError(f'Empty attribute name in the tag "{tag}" at byte offset {byte}')
        values[found[1].lower()] = _unescape(found[2] or found[3] or found[4] or "")
        at = found.end()
    return values


def _unescape(text: str) -> str:
    return _CHARACTER.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if 0 < code < 0x110000 else found[0]  # noqa: PLR2004 - end of Unicode
