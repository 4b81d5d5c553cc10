"""What the simulated Telegram knows: chats, the messages in them, their buttons and files."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

from simulators.telegram_calls import Json, bad_request
from simulators.waiting import Signal

MOST_DATA = 64
"""Bytes in the data of a button."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message."""

    label: str
    data: str = ""
    url: str = ""


@dataclass(slots=True)
class SentMessage:
    """What the bot put into a chat. `text` is what people read, `source` what the bot wrote."""

    chat_id: int
    message_id: int
    kind: str
    text: str
    source: str
    at: float
    """Arrival on the monotonic clock."""
    entities: tuple[Json, ...] = ()
    rows: tuple[tuple[Button, ...], ...] = ()
    reply_to: int | None = None
    file: "StoredFile | None" = None
    """What came with it."""
    shown: Json = field(default_factory=dict)
    """The message as the Bot API shows it."""

    @property
    def buttons(self) -> tuple[Button, ...]:
        """All buttons, row by row."""
        return tuple(itertools.chain.from_iterable(self.rows))


@dataclass(frozen=True, slots=True)
class Said:
    """What a person put into a chat, to wait for what follows."""

    chat_id: int
    message_id: int
    update_id: int


@dataclass(slots=True)
class Chat:
    """A private chat or a group, with everything the bot said in it."""

    id: int
    type: str
    title: str
    username: str = ""
    forbidden: str = ""
    """Why the bot may not write here, in the vendor's words."""
    moved_to: int | None = None
    """The supergroup that it became; since then nothing can be said or changed here."""
    message_ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    """Of a supergroup, which counts its messages itself; other chats share one count."""
    sent: list[SentMessage] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    last_said: int = 0
    changed: Signal = field(default_factory=Signal)

    def as_json(self) -> Json:
        """The chat as the Bot API shows it."""
        name = "first_name" if self.type == "private" else "title"
        shown: Json = {"id": self.id, "type": self.type, name: self.title}
        return shown | ({"username": self.username} if self.username else {})


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file somebody sent. `size` may be larger than the content kept."""

    file_id: str
    content: bytes
    size: int
    path: str

    def as_json(self, **more: object) -> Json:
        """The file as the Bot API shows it."""
        return {
            "file_id": self.file_id,
            "file_unique_id": f"u{self.file_id}",
            "file_size": self.size,
            **more,
        }


class Files:
    """Files by their id."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._files: dict[str, StoredFile] = {}

    def store(self, content: bytes, *, folder: str, suffix: str, size: int = 0) -> StoredFile:
        """Keep a file under a new id."""
        number = next(self._ids)
        path = f"{folder}/file_{number}{suffix}"
        kept = StoredFile(f"AgACAgQAAx{number:06d}", content, size or len(content), path)
        self._files[kept.file_id] = kept
        return kept

    def find(self, file_id: str) -> StoredFile | None:
        """A file by its id."""
        return self._files.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        """A file by the path that getFile gave."""
        return next((kept for kept in self._files.values() if kept.path == path), None)


def read_keyboard(markup: object) -> tuple[tuple[Button, ...], ...]:
    """The rows of an inline keyboard; refuses what the real one refuses. Other markups have no buttons."""
    if markup is None:
        return ()
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    rows = markup.get("inline_keyboard", [])
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" must be an Array of Arrays')
    return tuple(tuple(_read_button(button) for button in row) for row in rows if row)


def _read_button(button: object) -> Button:
    if not isinstance(button, Mapping) or not isinstance(button.get("text"), str):
        raise bad_request(
            'can\'t parse inline keyboard button: Field "text" must be of type String'
        )
    label, data, url = button["text"], button.get("callback_data", ""), button.get("url", "")
    if not label.strip():
        raise bad_request("inline keyboard button text must be non-empty")
    if not data and not url:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(data.encode()) > MOST_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    return Button(label, data, url)


def keyboard_json(rows: tuple[tuple[Button, ...], ...]) -> Json:
    """An inline keyboard as the Bot API shows it."""
    return {
        "inline_keyboard": [
            [
                {"text": b.label, **({"url": b.url} if b.url else {"callback_data": b.data})}
                for b in row
            ]
            for row in rows
        ]
    }
