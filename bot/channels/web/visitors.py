"""Who asks: the visitor's token, the page's origin."""

import hashlib
import re
import secrets
from urllib.parse import urlsplit

from aiohttp import web

_TOKEN_BYTES = 32
_TOKEN = re.compile(r"Bearer ([A-Za-z0-9_-]{43})", re.ASCII)


def new_token() -> str:
    """A token that nobody can guess (256 bits)."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def handle_of(token: str) -> str:
    """The handle of a token's holder. A digest: whoever reads the database cannot write in anybody's name."""
    return hashlib.sha256(token.encode()).hexdigest()


def read_handle(request: web.Request) -> str | None:
    """The handle of whoever asks, None without a token of ours."""
    found = _TOKEN.fullmatch(request.headers.get("Authorization", ""))
    return handle_of(found[1]) if found else None


def is_from_our_page(request: web.Request, *, public_url: str | None) -> bool:
    """Whether a page of ours asks, or no page at all; no other site may write in its visitors' names.

    The token is enough for that already, as no other site has it. This also keeps others from making sessions.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:  # every browser since 2023 says it, and no script can change it
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    ours = {request.host, urlsplit(public_url or "").netloc}
    return bool(urlsplit(origin).netloc) and urlsplit(origin).netloc in ours
