"""A mail server (RFC 5321, RFC 4954), as far as who hands mail in sees it: it logs people in, takes mail and refuses.

With a certificate it speaks TLS, from the start or after STARTTLS (RFC 3207), and then takes passwords in no other way.
Not simulated: pipelining, several logins.
"""

import asyncio
import base64
import email
import email.policy
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import Enum, auto
from typing import Self

USER = "zintis@example.org"
PASSWORD = "pasts un vēstules"  # noqa: S105 - opens nothing but the simulator


@dataclass(frozen=True, slots=True)
class Mail:
    """A message that was taken."""

    recipient: str
    message: EmailMessage


class Encryption(Enum):
    """When a server speaks TLS."""

    FROM_THE_START = auto()
    """As on port 465."""
    STARTTLS = auto()
    """When asked, as on port 587."""
    BROKEN_STARTTLS = auto()
    """Offered, and refused when asked."""


@dataclass
class MailSimulator:
    """Listens on 127.0.0.1; `mails` holds what was taken, the rest says what is refused."""

    mails: list[Mail] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """Answers to RCPT by address, such as `550 5.1.1 no such user`."""
    login_answer: str = "235 2.7.0 accepted"
    silent: bool = False
    """Whether it takes connections and never says a word."""
    certificate: ssl.SSLContext | None = None
    """With it TLS is spoken, as `encryption` says."""
    encryption: Encryption = Encryption.STARTTLS
    host: str = "127.0.0.1"
    """What the URL calls this server."""
    port: int = 0
    logins: int = 0
    open_logins: int = 0
    """How many passwords came over a line that anybody can read."""
    _server: asyncio.Server | None = None
    _sessions: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """What stands in ZINTIS_SMTP_URL."""
        user, password = USER.replace("@", "%40"), PASSWORD.replace(" ", "%20")
        scheme = "smtps" if self.tls_from_the_start else "smtp"
        return f"{scheme}://{user}:{password}@{self.host}:{self.port}"

    @property
    def tls_from_the_start(self) -> ssl.SSLContext | None:
        """The certificate, when nothing is said without it."""
        return self.certificate if self.encryption is Encryption.FROM_THE_START else None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=self.tls_from_the_start
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None  # noqa: S101 - it was entered
        self._server.close()
        for session in self._sessions:
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a server runs its sessions as tasks
        self._sessions.add(task)
        try:
            if self.silent:
                await reader.read()
                return
            await _Session(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the other side is gone, or does not like our certificate
        finally:
            writer.close()
            self._sessions.discard(task)


class _Session:
    """One connection."""

    def __init__(
        self, server: MailSimulator, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._recipients: list[str] = []
        self._known = False
        self._encrypted = server.tls_from_the_start is not None
        self._answers: Mapping[str, Callable[[str], str]] = {
            "EHLO": self._greet,
            "AUTH": self._log_in,
            "MAIL": self._begin,
            "RCPT": self._receive,
            "QUIT": lambda _: "221 2.0.0 bye",
        }

    async def run(self) -> None:
        await self._say("220 mail.example.org ESMTP")
        verb = ""
        while verb != "QUIT":
            line = await self._line()
            verb, _, rest = line.partition(" ")
            if verb == "DATA":
                await self._take()
            elif verb == "STARTTLS":
                await self._encrypt()
            else:
                answer = self._answers.get(verb, _unknown)
                await self._say(*answer(rest).splitlines())

    def _greet(self, _: str) -> str:
        waits = self._server.certificate is not None and not self._encrypted
        return f"250-mail.example.org\n250-8BITMIME\n250 {'STARTTLS' if waits else 'AUTH PLAIN'}"

    async def _encrypt(self) -> None:
        certificate = self._server.certificate
        if certificate is None or self._encrypted:
            await self._say("503 5.5.1 not now")
        elif self._server.encryption is Encryption.BROKEN_STARTTLS:
            await self._say("454 4.7.0 TLS not available")
        else:
            await self._say("220 2.0.0 go on")
            await self._writer.start_tls(certificate)
            self._encrypted = True

    def _log_in(self, given: str) -> str:
        self._server.logins += 1
        self._server.open_logins += not self._encrypted
        if self._server.certificate is not None and not self._encrypted:
            return "538 5.7.11 encryption required"
        expected = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
        if given != f"PLAIN {expected}":
            return "535 5.7.8 wrong user or password"
        self._known = self._server.login_answer.startswith("2")
        return self._server.login_answer

    def _begin(self, _: str) -> str:
        self._recipients = []
        return "250 2.1.0 ok" if self._known else "530 5.7.0 log in first"

    def _receive(self, rest: str) -> str:
        address = rest.partition("<")[2].partition(">")[0]
        if address in self._server.refused:
            return self._server.refused[address]
        self._recipients.append(address)
        return "250 2.1.5 ok"

    async def _take(self) -> None:
        if not self._recipients:
            await self._say("503 5.5.1 no recipients")
            return
        await self._say("354 go on")
        lines: list[bytes] = []
        while (line := await self._reader.readuntil(b"\n")) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        assert isinstance(message, EmailMessage)  # noqa: S101 - that is what this policy makes
        self._server.mails += [Mail(recipient, message) for recipient in self._recipients]
        await self._say("250 2.0.0 queued")

    async def _line(self) -> str:
        return (await self._reader.readuntil(b"\n")).decode().strip()

    async def _say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()


def _unknown(_: str) -> str:
    return "502 5.5.2 not known here"
