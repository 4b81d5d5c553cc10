"""Where every message enters: masked, stored once, and queued for its turn, in one transaction."""

import asyncio
import re
from dataclasses import replace

import structlog

from bot.jobs import Jobs
from bot.storage import conversations, messages
from bot.storage.database import ConnectionLost, Database
from domain.invitations import take_code
from domain.masking import Secret, mask
from domain.messages import Attachment, Channel, InboundMessage, MessageKind
from domain.ports import Clock

log = structlog.get_logger()

ALBUM_WAIT = 1.2
"""Seconds that a picture without words, or what was forwarded, waits for its siblings."""

LONGEST_TEXT = 8000
"""Characters kept of one message; no channel lets a person type more."""

PATIENCE = 8.0
"""Seconds that a message waits at the door for a database that is just starting again.

Twilio asks again at once and then gives up, but waits 15 s for an answer: so we are the ones to wait.
"""

_TRY_EVERY = 0.3

_LONGEST_NAME = 255
"""Characters kept of the name of a person, a place or a file."""

_LONGEST_SECRET = 100
"""Read beyond what is kept, so that a secret on the border is seen as one."""

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
"""Control characters, and those that turn the direction of the words behind them around."""


class Inbox:
    """Accepts messages from all channels."""

    def __init__(
        self, *, database: Database, jobs: Jobs, clock: Clock, patience: float = PATIENCE
    ) -> None:
        self._patience = patience
        self._database = database
        self._jobs = jobs
        self._clock = clock

    async def accept(self, message: InboundMessage) -> bool:
        """Store a message and queue its turn; False when it had been accepted before.

        When this returns the message is safe: only then may the vendor be told so. Raises `DatabaseUnavailable`.
        """
        message, masked = _without_secrets(message)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        while True:
            try:
                return await self._accept(message, masked)
            except ConnectionLost:
                if loop.time() + _TRY_EVERY > deadline:
                    raise
            await asyncio.sleep(_TRY_EVERY)

    async def _accept(self, message: InboundMessage, masked: tuple[Secret, ...]) -> bool:
        now = self._clock.now()
        async with self._database.unit_of_work() as work:
            conversation = await conversations.heard_from(
                work.connection,
                channel=message.channel,
                handle=message.handle,
                name=message.contact_name,
                language=message.language,
                at=now,
            )
            stored = await messages.store_inbound(
                work.connection,
                conversation,
                message,
                masked=masked,
                at=now,
            )
            if stored is None:
                return False
            if message.channel is Channel.WHATSAPP:
                for released in await messages.release_parked(work.connection, conversation):
                    await self._jobs.queue_delivery(work, released, channel=message.channel)
            wait = ALBUM_WAIT if _may_have_siblings(message) else 0
            await self._jobs.queue_turn(work, conversation, after_seconds=wait)
            await work.commit()
        log.info("inbox.accepted", channel=message.channel, kind=message.kind, message_id=stored)
        return True

    async def note_blocked(self, *, channel: Channel, handle: str, blocked: bool) -> None:
        """Note that a contact blocked the assistant, or unblocked it."""
        async with self._database.unit_of_work() as work:
            await conversations.set_reachable(
                work.connection, channel=channel, handle=handle, reachable=not blocked
            )
            await work.commit()
        log.info("inbox.reachable", channel=channel, reachable=not blocked)


def _without_secrets(message: InboundMessage) -> tuple[InboundMessage, tuple[Secret, ...]]:
    """The message as it may be stored, and what was masked in it: in its words or in a file's name.

    Whatever a resident can choose passes here: one character that the database refuses, in the data of a button, say,
    would be a message that is offered to us again and again and stops those behind it.
    """
    text, redeemed = take_code(_storable(message.text)[: LONGEST_TEXT + _LONGEST_SECRET])
    words = mask(text)
    names = [mask(_name(attachment.name)) for attachment in message.attachments]
    tidied = replace(
        message,
        text=words.text[:LONGEST_TEXT],
        contact_name=mask(_name(message.contact_name)).text,
        choice=redeemed or _storable(message.choice),
        attachments=tuple(
            _tidied(attachment, name.text)
            for attachment, name in zip(message.attachments, names, strict=True)
        ),
        album=_storable(message.album),
        forwarded_from=mask(_name(message.forwarded_from)).text,
        language=_storable(message.language),
    )
    found = [*words.found, *(kind for name in names for kind in name.found)]
    return tidied, tuple(dict.fromkeys(found))


def _tidied(attachment: Attachment, name: str) -> Attachment:
    return replace(
        attachment,
        name=name,
        reference=_storable(attachment.reference),
        media_type=_storable(attachment.media_type),
    )


def _storable(text: str) -> str:
    """Without zero bytes and halves of characters, which JSON can carry and PostgreSQL does not take."""
    return text.replace("\x00", "").encode(errors="replace").decode()


def _name(text: str) -> str:
    """A name on one line, in which nothing is hidden and nothing turned around."""
    return _UNSEEN.sub(" ", _storable(text))[:_LONGEST_NAME].strip()


def _may_have_siblings(message: InboundMessage) -> bool:
    """Albums come as several messages, and so does what somebody forwards in one go."""
    if message.forwarded_from:
        return True
    return message.kind in (MessageKind.PHOTO, MessageKind.DOCUMENT) and not message.text
