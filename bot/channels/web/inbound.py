"""From what the page posts to our messages."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from domain.messages import Channel, ExternalId, InboundMessage, MessageKind

LONGEST_TEXT = 2000
"""Characters of one message; the page does not let anybody type more."""

MOST_SEEN = 50

_Uuid = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", strict=True)
]
_ChoiceId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.:-]{1,64}$", strict=True)]
_Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
_Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT)
]


class _Posted(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PostedMessage(_Posted):
    """What was typed, or which choice was pressed and what stood on it. `id` is made by the page, once a message."""

    id: _Uuid
    text: _Text | None = None
    choice: _ChoiceId | None = None
    label: _Label | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> "PostedMessage":
        pressed = self.choice is not None and self.label is not None
        if pressed is (self.text is not None) or (self.choice is None) is not (self.label is None):
            message = "either text, or choice and label"
            raise ValueError(message)
        return self


class PostedSeen(_Posted):
    """Ids of messages that a page got, and whether anybody could see them there."""

    ids: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^o\d{1,18}$", strict=True)]],
        Field(min_length=1, max_length=MOST_SEEN),
    ]
    shown: bool


def to_inbound(posted: PostedMessage, *, handle: str, at: datetime) -> InboundMessage:
    """The message in our own form; posting it again makes the same external id, so it stays one message."""
    return InboundMessage(
        channel=Channel.WEB,
        handle=handle,
        external_id=ExternalId(f"{handle}:{posted.id}"),
        kind=MessageKind.TEXT if posted.choice is None else MessageKind.PRESS,
        text=posted.text or posted.label or "",
        choice=posted.choice or "",
        sent_at=at,
    )
