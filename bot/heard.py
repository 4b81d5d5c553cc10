"""What one turn answers: which of the waiting messages belong together, and which come first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.storage.conversations import StoredConversation
from bot.storage.messages import Waiting
from domain.messages import Attachment, MessageKind
from domain.urgency import Danger, Urgency

_WITHOUT_WORDS = frozenset({MessageKind.PHOTO, MessageKind.DOCUMENT})
_LONGEST_PART = 4000
"""Telegram clients cut a long text into messages of 4 096 characters: a part this long goes on in the next one."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The messages that one turn answers together, and the conversation that they were said in."""

    conversation: StoredConversation
    parts: tuple[Waiting, ...]

    @property
    def first(self) -> Waiting:
        """The message that stands for all."""
        return self.parts[0]

    def text(self) -> str:
        """What was said, the parts joined."""
        return "\n".join(part.text for part in self.parts if part.text)

    def attachments(self) -> tuple[Attachment, ...]:
        """What came with the words."""
        return tuple(attachment for part in self.parts for attachment in part.attachments)

    def masked(self) -> tuple[str, ...]:
        """Kinds of secrets that were taken out."""
        return tuple(dict.fromkeys(kind for part in self.parts for kind in part.masked))

    def danger(self, urgency: Urgency) -> Danger | None:
        """The danger that the words tell of; a pressed choice has no words of its own."""
        is_choice = self.first.kind is MessageKind.PRESS or self.first.choice
        return None if is_choice else urgency.find(self.text())


def hear(conversation: StoredConversation, waiting: Sequence[Waiting], urgency: Urgency) -> Heard:
    """What to answer next: words of danger, whatever waits before them, else what waits longest."""
    heard = [Heard(conversation, parts) for parts in in_parts(waiting)]
    return next((one for one in heard if one.danger(urgency)), heard[0])


def in_parts(waiting: Sequence[Waiting]) -> Iterator[tuple[Waiting, ...]]:
    """All that waits, what belongs together in one."""
    while waiting:
        parts = belonging_together(waiting)
        yield parts
        waiting = waiting[len(parts) :]


def belonging_together(waiting: Sequence[Waiting]) -> tuple[Waiting, ...]:
    """The first waiting message and those after it that are parts of the same thing.

    Parts are: pictures of one album (or sent in one go), edits of a message that waits itself, what was forwarded in
    one go, and the pieces of a text that the app cut because it was too long.
    """
    parts = [waiting[0]]
    for message in waiting[1:]:
        if message.edit_of is not None and message.edit_of == parts[-1].external_id:
            parts[-1] = replace(parts[-1], text=message.text)
            parts.append(replace(message, text=""))
        elif _continues(parts[-1], message):
            parts.append(message)
        else:
            break
    return tuple(parts)


def _continues(before: Waiting, message: Waiting) -> bool:
    if message.edit_of is not None:
        return False
    if before.album and before.album == message.album:
        return True
    if before.forwarded_from and message.forwarded_from:
        return True
    if before.kind in _WITHOUT_WORDS and message.kind in _WITHOUT_WORDS:
        return not message.text
    both_text = before.kind is MessageKind.TEXT and message.kind is MessageKind.TEXT
    return both_text and len(before.text) >= _LONGEST_PART
