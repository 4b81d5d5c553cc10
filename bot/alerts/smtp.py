"""The mail server of the municipality. The only home of aiosmtplib.

Certificates are checked with what Python trusts on this machine, and no setting turns that off. Where the server offers
STARTTLS, nothing but the wish for it is said before; when that fails, nothing is said at all.
"""

import ssl
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

from bot.storage.alerts import MailTrouble
from domain.errors import ChannelUnavailable, MessageRefused

TIMEOUT = 20.0
"""Seconds that the server may take for one answer."""

_PERMANENT = 500
"""Answers from here on are for ever, those below pass (RFC 5321, 4.2.1)."""

_CERTIFICATES = {
    9: MailTrouble.EXPIRED_CERTIFICATE,
    10: MailTrouble.EXPIRED_CERTIFICATE,
    18: MailTrouble.UNKNOWN_CERTIFICATE,
    19: MailTrouble.UNKNOWN_CERTIFICATE,
    20: MailTrouble.UNKNOWN_CERTIFICATE,
    21: MailTrouble.UNKNOWN_CERTIFICATE,
    62: MailTrouble.OTHERS_CERTIFICATE,
    64: MailTrouble.OTHERS_CERTIFICATE,
}
"""What OpenSSL finds wrong with certificates (its manual, X509_STORE_CTX_get_error)."""


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
            raise ChannelUnavailable(f"{MailTrouble.LOGIN_REFUSED}: {_said(exc)}") from exc
        except SMTPResponseException as exc:
            raise ChannelUnavailable(_said(exc)) from exc
        except (SMTPException, OSError) as exc:
            raise ChannelUnavailable(_why_not_connected(exc)) from exc

    async def _log_in(self, server: aiosmtplib.SMTP) -> None:
        if not self._user:
            return
        if server.get_transport_info("sslcontext") is None and not _is_here(self._host):
            raise ChannelUnavailable(MailTrouble.NO_ENCRYPTION)
        await server.login(self._user, self._password)


def _is_here(host: str) -> bool:
    """Whether a host is this very machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _why_not_connected(error: Exception) -> str:
    # With TLS from the start the reason stands behind an error of aiosmtplib's own.
    reason = error if isinstance(error, ssl.SSLError) else error.__cause__
    if isinstance(reason, ssl.SSLCertVerificationError):
        return _CERTIFICATES.get(
            reason.verify_code, f"{MailTrouble.WRONG_CERTIFICATE} ({reason.verify_code})"
        )
    if isinstance(reason, ssl.SSLError):
        return f"{MailTrouble.NO_TLS} ({reason.reason})"
    return f"{MailTrouble.OUT_OF_REACH} ({type(error).__name__})"


def _refusal(error: SMTPResponseException) -> ChannelUnavailable | MessageRefused:
    if error.code >= _PERMANENT:
        return MessageRefused(_said(error))
    return ChannelUnavailable(_said(error))


def _said(error: SMTPResponseException) -> str:
    return f"{error.code} {error.message}"
