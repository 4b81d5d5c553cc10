"""From our own form to Twilio: how a message is sent and what its refusals mean."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TypedDict

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.response import Response
from twilio.rest import Client

from bot.channels.whatsapp.handing_over import FILES
from bot.channels.whatsapp.inbound import PREFIX, UNREACHABLE, WINDOW_CLOSED
from domain.errors import (
    ChannelUnavailable,
    ContactUnreachable,
    MessageRefused,
    WindowClosed,
    ZintisError,
)
from domain.messages import OutboundFile, OutboundMessage

_TIME_OUT = 15.0
_OPERATORS_FAULT = 60.0
"""Seconds until the next try when the account or the sender is wrong: somebody has to mend it first."""

_TOO_FAST = frozenset({20429, 63018})
_OPERATORS = frozenset({20003, 20005, 20404, 63007})
"""Wrong credentials, account suspended, no such account, no such sender."""


class SendArguments(TypedDict, total=False):
    """What `client.messages.create_async` is called with."""

    to: str
    from_: str
    body: str
    media_url: list[str]
    content_sid: str
    status_callback: str


def to_twilio(
    message: OutboundMessage,
    *,
    sender: str,
    template_sid: str = "",
    status_url: str = "",
    files_url: str = "",
) -> SendArguments:
    """A message as Twilio takes it. Choices stand numbered in the text: each set of buttons would need a template.

    Twilio fetches a file by itself, from under `files_url`.
    """
    arguments: SendArguments = {"to": PREFIX + message.handle, "from_": sender}
    if status_url:
        arguments["status_callback"] = status_url
    if message.file is not None:
        arguments["media_url"] = [_media_url(message.file, files_url)]
    elif not message.template:
        arguments["body"] = message.text
    elif template_sid:
        arguments["content_sid"] = template_sid
    else:
        raise MessageRefused("no approved template is set (ZINTIS_WHATSAPP_TEMPLATE_SID)")
    return arguments


def _media_url(file: OutboundFile, files_url: str) -> str:
    if not files_url:
        raise MessageRefused("Twilio cannot fetch files from us (ZINTIS_PUBLIC_URL is not set)")
    return f"{files_url}/{file.token}"


@asynccontextmanager
async def connect(account_sid: str, auth_token: str, *, api_url: str) -> AsyncIterator[Client]:
    """The API client for as long as the block lasts; its connections are kept and used again."""
    timeout = aiohttp.ClientTimeout(total=_TIME_OUT)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        client = Client(account_sid, auth_token, http_client=_HttpClient(session))
        client.api.base_url = api_url
        yield client


class _HttpClient:
    """What the library needs to speak HTTP.

    Its own asynchronous client waits up to five minutes, hides Retry-After and uses what aiohttp is about to drop.
    """

    is_async = True

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def request(
        self,
        method: str,
        uri: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the library calls it so
        allow_redirects: bool = False,
    ) -> Response:
        """One call. Raises `ChannelUnavailable` for everything that passes by itself."""
        credentials = {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}
        try:
            async with self._session.request(
                method,
                uri,
                params=params,
                data=data,
                headers={**(headers or {}), **credentials},
                allow_redirects=allow_redirects,
            ) as response:
                return await _read(response)
        except (aiohttp.ClientError, TimeoutError) as exc:
            reason = f"Twilio is out of reach ({type(exc).__name__})"
            raise ChannelUnavailable(reason) from exc


async def _read(response: aiohttp.ClientResponse) -> Response:
    text = await response.text(errors="replace")
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = response.headers.get("Retry-After", "")
        retry_after = float(wait) if wait.isdigit() else None
        raise ChannelUnavailable("Twilio asks to wait", retry_after=retry_after)
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ChannelUnavailable(f"Twilio answers {response.status}")
    return Response(response.status, text, response.headers)


class WhatsAppChannel:
    """Sends messages (`domain.ports.Sender`). `public_url` is where Twilio reports to, and fetches files from."""

    def __init__(
        self, client: Client, *, sender: str, template_sid: str = "", public_url: str | None = None
    ) -> None:
        self._client = client
        self._sender = sender
        self._template_sid = template_sid
        self._status_url = f"{public_url}/whatsapp/status" if public_url else ""
        self._files_url = f"{public_url}{FILES}" if public_url else ""

    async def send(self, message: OutboundMessage) -> str:
        """Send; the id is Twilio's message SID. That it arrived is said later, by a report."""
        arguments = to_twilio(
            message,
            sender=self._sender,
            template_sid=self._template_sid,
            status_url=self._status_url,
            files_url=self._files_url,
        )
        try:
            sent = await self._client.messages.create_async(**arguments)
        except TwilioRestException as exc:
            raise to_error(exc.code or exc.status) from exc
        except (TwilioException, json.JSONDecodeError) as exc:
            raise ChannelUnavailable(f"Twilio answers nonsense ({type(exc).__name__})") from exc
        return str(sent.sid)


def to_error(code: int) -> ZintisError:
    """What the caller can do about an error code of Twilio; its wording may name the number, so it stays out."""
    said = f"Twilio {code}"
    if code == WINDOW_CLOSED:
        return WindowClosed(said)
    if code in UNREACHABLE:
        return ContactUnreachable(said)
    if code in _TOO_FAST:
        return ChannelUnavailable(said)
    if code in _OPERATORS:
        return ChannelUnavailable(said, retry_after=_OPERATORS_FAULT)
    return MessageRefused(said)
