"""The mail server of the municipality. The only home of aiosmtplib."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from domain.errors import ChannelUnavailable, MessageRefused

TIMEOUT = 20.0
"""Seconds that the server may take for one answer."""

_PERMANENT = 500
"""Answers from here on are for ever, those below pass (RFC 5321, 4.2.1)."""


class MailServer:
    """Sends through `smtp://user:password@host:587` (STARTTLS where offered) or `smtps://…` (TLS from the start)."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port
        self._tls = parts.scheme == "smtps"
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._timeout = timeout

    async def send(self, message: EmailMessage) -> None:
        """Hand a message over.

        Raises `ChannelUnavailable` when it should be tried again and `MessageRefused` when that is no use.
        """
        async with self._connected() as server:
            try:
                await server.send_message(message)
            except SMTPRecipientsRefused as exc:
                raise _refusal(exc.recipients[0]) from exc
            except SMTPResponseException as exc:
                raise _refusal(exc) from exc

    async def check(self) -> None:
        """Log in and out. Raises `ChannelUnavailable`."""
        async with self._connected():
            pass

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        server = aiosmtplib.SMTP(
            hostname=self._host, port=self._port, use_tls=self._tls, timeout=self._timeout
        )
        try:
            async with server:
                await self._log_in(server)
                yield server
        except SMTPAuthenticationError as exc:
            raise ChannelUnavailable(f"login refused: {_said(exc)}") from exc
        except SMTPResponseException as exc:
            raise ChannelUnavailable(_said(exc)) from exc
        except (SMTPException, OSError) as exc:
            raise ChannelUnavailable(f"out of reach ({type(exc).__name__})") from exc

    async def _log_in(self, server: aiosmtplib.SMTP) -> None:
        if not self._user:
            return
        if server.get_transport_info("sslcontext") is None and not _is_here(self._host):
            raise ChannelUnavailable("offers no encryption, so the password was not sent")
        await server.login(self._user, self._password)


def _is_here(host: str) -> bool:
    """Whether a host is this very machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _refusal(error: SMTPResponseException) -> ChannelUnavailable | MessageRefused:
    if error.code >= _PERMANENT:
        return MessageRefused(_said(error))
    return ChannelUnavailable(_said(error))


def _said(error: SMTPResponseException) -> str:
    return f"{error.code} {error.message}"
