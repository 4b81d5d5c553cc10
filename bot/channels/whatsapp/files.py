"""Files that residents sent through WhatsApp: Twilio keeps them and gives them to us with our credentials.

Only addresses of our own account under the configured API are ever asked. Twilio answers with a redirect to its
store, whose address is signed: there we go without credentials.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

import aiohttp
import structlog
from yarl import URL

from domain.errors import ChannelUnavailable, FileGone
from domain.messages import LARGEST_FILE, Attachment, FetchedFile

log = structlog.get_logger()

_CHUNK = 64 * 1024
_MOST_HOPS = 4
_TIME_OUT = aiohttp.ClientTimeout(total=30.0, connect=5.0)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSES = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS})
"""Refusals that end by themselves or are mended by the operator; 5xx too."""


@asynccontextmanager
async def connect_files(
    account_sid: str, auth_token: str, *, api_url: str
) -> AsyncIterator["WhatsAppFiles"]:
    """Files for as long as the block lasts."""
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(timeout=_TIME_OUT, cookie_jar=jar) as session:
        yield WhatsAppFiles(session, account_sid, auth_token, api_url=api_url)


class WhatsAppFiles:
    """Fetches attachments (`domain.ports.Files`)."""

    def __init__(
        self, session: aiohttp.ClientSession, account_sid: str, auth_token: str, *, api_url: str
    ) -> None:
        self._session = session
        self._credentials = {"Authorization": aiohttp.encode_basic_auth(account_sid, auth_token)}
        self._schemes = {"https", URL(api_url).scheme}
        messages = re.escape(f"{api_url.rstrip('/')}/2010-04-01/Accounts/{account_sid}/Messages/")
        self._ours = re.compile(messages + r"(SM|MM)[0-9a-f]{32}/Media/ME[0-9a-f]{32}")

    async def fetch(self, attachment: Attachment) -> FetchedFile:
        """The content and the media type that Twilio gives it."""
        if not self._ours.fullmatch(attachment.reference):
            log.warning("whatsapp.media_elsewhere")
            raise FileGone("not an address of our account at Twilio")
        try:
            return await self._follow(URL(attachment.reference))
        except (aiohttp.ClientError, TimeoutError) as exc:
            raise ChannelUnavailable(f"Twilio is out of reach ({type(exc).__name__})") from exc

    async def _follow(self, url: URL) -> FetchedFile:
        headers: Mapping[str, str] = self._credentials
        for _ in range(_MOST_HOPS):
            async with self._session.get(url, headers=headers, allow_redirects=False) as response:
                if response.status not in _REDIRECTS:
                    return await _read(response)
                url, headers = self._next(response), {}
        raise ChannelUnavailable("Twilio redirects without end")

    def _next(self, response: aiohttp.ClientResponse) -> URL:
        """Where a redirect leads; its signature would not survive being encoded again."""
        try:
            wanted = response.url.join(URL(response.headers.get("Location", ""), encoded=True))
        except ValueError as exc:
            raise ChannelUnavailable("Twilio redirects to nowhere") from exc
        if wanted.scheme not in self._schemes or wanted.user:
            raise ChannelUnavailable("Twilio redirects to where we do not go")
        return wanted


async def _read(response: aiohttp.ClientResponse) -> FetchedFile:
    if response.status in _PASSES or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ChannelUnavailable(f"Twilio answers {response.status}")
    if response.status != HTTPStatus.OK:
        raise FileGone(f"Twilio answers {response.status}")
    content = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > LARGEST_FILE:
            raise FileGone("larger than 20 MB")
    return FetchedFile(bytes(content), response.content_type)
