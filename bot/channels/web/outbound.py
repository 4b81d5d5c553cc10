"""From our messages to what the page shows."""

from typing import Any

from bot.storage.staff_files import SentFile
from bot.storage.web_chat import Said, View
from domain.messages import SENT_PICTURES, OutboundMessage


class WebSender:
    """Nothing travels: a message is sent when its row is visible, and open pages are told by the database."""

    async def send(self, message: OutboundMessage) -> str:
        """The id by which the page will say that it got or showed the message."""
        return vendor_id(message.handle, str(message.id))


def vendor_id(handle: str, message_id: str) -> str:
    """The id of a message towards its page; with the handle in it, nobody can report another's messages."""
    return f"{handle}:{message_id}"


def to_web(view: View) -> dict[str, Any]:
    """What a page lacks, as its script reads it."""
    return {
        "whole": view.whole,
        "position": str(view.position),
        "mode": view.mode,
        "agent": view.agent_name,
        "messages": [_message(said) for said in view.said],
    }


def _message(said: Said) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": said.id,
        "by": said.by,
        "at": said.at.isoformat(),
        "state": said.state,
    }
    if said.by == "resident":
        return shown | {"key": said.external_id.rpartition(":")[2], "text": said.text}
    buttons = [{"id": button.id, "label": button.label} for button in said.buttons]
    file = None if said.file is None else _file(said.id, said.file)
    return shown | {"html": said.html, "buttons": buttons, "name": said.agent_name, "file": file}


def _file(said_id: str, file: SentFile) -> dict[str, Any]:
    return {
        "address": f"/chat/files/{said_id}",
        "name": file.name,
        "size": file.size,
        "picture": file.media_type in SENT_PICTURES,
    }
