"""Messages of a Twilio account: their form in the API, the errors that refuse them, the phones they reach."""

import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TypeAlias
from urllib.parse import urlsplit

from simulators.waiting import Signal

Json: TypeAlias = dict[str, object]

MOST_BODY = 1600
WINDOW = 24 * 3600.0
"""Seconds after a person's last message in which free text is allowed."""

API_VERSION = "2010-04-01"
_NOT_DOWNLOADED = 63019
_NOT_SUPPORTED = 63021
_DOCUMENT = 16 * 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument."
_MOST_BYTES: Mapping[str, int] = {
    "image/jpeg": 5 * 1024 * 1024,
    "image/png": 5 * 1024 * 1024,
    "application/pdf": _DOCUMENT,
    "application/msword": _DOCUMENT,
    f"{_OFFICE}wordprocessingml.document": _DOCUMENT,
    f"{_OFFICE}spreadsheetml.sheet": _DOCUMENT,
    f"{_OFFICE}presentationml.presentation": _DOCUMENT,
}
"""https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages; sounds and films are not simulated."""

_SIGNS: Mapping[str, bytes] = {
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG",
    "application/pdf": b"%PDF-",
}
_PHONE = re.compile(r"whatsapp:\+[1-9]\d{6,14}")
_CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")
_PLACEHOLDER = re.compile(r"{{\s*([\w.]+)\s*}}")


class Refusal(Exception):
    """The API answers with an error; code and message are Twilio's."""

    def __init__(self, code: int, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def as_json(self) -> Json:
        """The body of the answer."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def new_sid(prefix: str) -> str:
    """An id as Twilio makes them: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Template:
    """An approved content template: text with `{{1}}`, and quick replies by their label and payload."""

    text: str
    quick_replies: Mapping[str, str] = field(default_factory=dict)

    def render(self, variables: Mapping[str, str]) -> str:
        """The text that arrives."""
        return _PLACEHOLDER.sub(lambda m: str(variables[m[1]]), self.text)

    def placeholders(self) -> set[str]:
        """The variables it needs."""
        return set(_PLACEHOLDER.findall(self.text))


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file as the service gave it."""

    content: bytes
    media_type: str
    disposition: str
    """The header Content-Disposition."""


def media_fault(file: Fetched | None) -> int | None:
    """The error code for a file that does not arrive on WhatsApp, None for one that does."""
    if file is None or not file.content:
        return _NOT_DOWNLOADED
    most = _MOST_BYTES.get(file.media_type)
    signed = file.content.startswith(_SIGNS.get(file.media_type, b""))
    return None if most is not None and len(file.content) <= most and signed else _NOT_SUPPORTED


@dataclass(slots=True)
class SentMessage:
    """What the service sent. `reached` says whether a phone got it."""

    sid: str
    to: str
    body: str
    at: float
    """Arrival on the monotonic clock."""
    content_sid: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    media: tuple[str, ...] = ()
    fetched: tuple[Fetched, ...] = ()
    """What was found at the addresses of `media`."""
    status_callback: str = ""
    status: str = "queued"
    error_code: int | None = None
    reached: bool = False
    quick_replies: Mapping[str, str] = field(default_factory=dict)
    number: int = 0
    """Place among all messages, in and out, of this account."""


@dataclass(slots=True)
class Phone:
    """A WhatsApp number, as Twilio sees it."""

    address: str
    name: str
    last_wrote: float | None = None
    opted_out: bool = False
    on_whatsapp: bool = True
    blocked: bool = False
    inbox: list[SentMessage] = field(default_factory=list)
    last_said: int = 0
    changed: Signal = field(default_factory=Signal)

    @property
    def wa_id(self) -> str:
        """The number without its prefix."""
        return self.address.removeprefix("whatsapp:+")

    def window_open(self, now: float) -> bool:
        """Whether free text is allowed."""
        return self.last_wrote is not None and now - self.last_wrote < WINDOW


@dataclass(frozen=True, slots=True)
class Request:
    """The form of one attempt to send."""

    form: Mapping[str, str]
    media: tuple[str, ...]

    def text(self, name: str) -> str:
        """A field, empty when it is missing."""
        return self.form.get(name, "")


def check_request(request: Request, *, sender: str, templates: Mapping[str, Template]) -> None:
    """Refuse at once what Twilio refuses at once."""
    _check_numbers(request, sender)
    _check_content(request, templates)
    callback = request.text("StatusCallback")
    if callback:
        parts = urlsplit(callback)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Refusal(21609, f"The 'StatusCallback' URL {callback} is not a valid URL.")


def _check_numbers(request: Request, sender: str) -> None:
    to, source = request.text("To"), request.text("From")
    if not to:
        raise Refusal(21604, "A 'To' phone number is required.")
    if not source:
        raise Refusal(21603, "A 'From' phone number is required.")
    if source != sender:
        raise Refusal(63007, "Twilio could not find a Channel with the specified From address")
    if not to.startswith("whatsapp:"):
        raise Refusal(21910, "Invalid From and To pair. From and To should be of the same channel")
    if not _PHONE.fullmatch(to):
        # Twilio hides the number too: its first digits, then four of these letters.
        raise Refusal(21211, f"Invalid 'To' Phone Number: {to.removeprefix('whatsapp:')[:3]}XXXX")


def _check_content(request: Request, templates: Mapping[str, Template]) -> None:
    content_sid, body = request.text("ContentSid"), request.text("Body")
    if content_sid:
        if not _CONTENT_SID.fullmatch(content_sid) or content_sid not in templates:
            raise Refusal(21655, "The ContentSid is Invalid")
        read_variables(request)
    elif not body and not request.media:
        raise Refusal(21619, "A text message body or media urls must be specified.")
    if len(request.media) > 1:
        raise Refusal(21623, "Number of media files exceeds allowed limit")
    if any(urlsplit(url).scheme not in {"http", "https"} for url in request.media):
        raise Refusal(21620, "Invalid media URL(s)")
    # UTF-16 units: the stricter way to count, an emoji is two.
    if len(body.encode("utf-16-le")) // 2 > MOST_BODY:
        raise Refusal(21617, "The concatenated message body exceeds the 1600 character limit")


def read_variables(request: Request) -> dict[str, str]:
    """The values for the template's placeholders."""
    try:
        found = json.loads(request.text("ContentVariables") or "{}")
    except ValueError:
        raise Refusal(21656, "The ContentVariables Parameter is invalid") from None
    if not isinstance(found, dict):
        raise Refusal(21656, "The ContentVariables Parameter is invalid")
    return {str(name): str(value) for name, value in found.items()}


def show(message: SentMessage, *, account_sid: str, sender: str) -> Json:
    """The message as the API shows it."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{message.sid}"
    now = formatdate(time.time(), usegmt=False)
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": now,
        "date_sent": None if message.status == "queued" else now,
        "date_updated": now,
        "direction": "outbound-api",
        "error_code": message.error_code,
        "error_message": None,
        "from": sender,
        "messaging_service_sid": None,
        "num_media": str(len(message.media)),
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }
