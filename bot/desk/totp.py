"""Codes of the second factor (RFC 6238: HMAC-SHA-1, 30 seconds, six digits) and recovery codes. Stores nothing."""

import base64
import hashlib
import hmac
import re
import secrets
import struct
from datetime import datetime
from urllib.parse import quote, urlencode

import segno

_STEP = 30
_DIGITS = 6
_DRIFT = 1
"""Steps before and after now that still count: phones' clocks differ."""

_SECRET_BYTES = 20
_RECOVERY_BYTES = 10
RECOVERY_CODES = 10
_GROUP = 4
_CODE = re.compile(r"[0-9]{6}", re.ASCII)


def new_secret() -> str:
    """A secret as authenticator apps take it: base32, 160 bits."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def code_at(secret: str, step: int, *, digits: int = _DIGITS) -> str:
    """The code of one step of 30 seconds."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}}"


def step_of(moment: datetime) -> int:
    """The step in which a moment lies."""
    return int(moment.timestamp()) // _STEP


def matching_step(secret: str, code: str, *, at: datetime) -> int | None:
    """The step that a code belongs to, None when it is wrong; it takes the same time either way.

    Whoever asks must refuse a step that was used before, or one before that.
    """
    typed = "".join(code.split())
    if not _CODE.fullmatch(typed):
        return None
    now, found = step_of(at), None
    for step in range(now - _DRIFT, now + _DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step), typed):
            found = step
    return found


def address_for_app(secret: str, *, email: str) -> str:
    """The link that an authenticator app on the same device opens."""
    label = quote(f"Zintis:{email}", safe=":@")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': 'Zintis'})}"


def picture_of(address: str) -> str:
    """A link as a QR code: an SVG element without styles, in the size of whatever holds it."""
    code = segno.make_qr(address, error="m")
    return code.svg_inline(dark="#000", light="#fff", svgclass=None, lineclass=None, omitsize=True)


def grouped(secret: str) -> str:
    """A secret as people type it: in groups of four."""
    return " ".join(secret[i : i + _GROUP] for i in range(0, len(secret), _GROUP))


def new_recovery_codes() -> list[str]:
    """One-time codes for the day the phone is lost: 80 bits each, so a plain digest may be stored."""
    return [
        grouped(base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()).replace(
            " ", "-"
        )
        for _ in range(RECOVERY_CODES)
    ]


def recovery_digest(code: str) -> str:
    """What is stored of a recovery code, however it was typed."""
    plain = re.sub(r"[\s-]", "", code).lower()
    return hashlib.sha256(plain.encode()).hexdigest()
