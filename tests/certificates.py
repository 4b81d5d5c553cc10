"""Certificates for mail servers, made anew for each run: good ones and the ways in which they go wrong."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

HOST = "localhost"
"""What the simulated mail server is called."""

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class OwnIssuer:
    """The municipality's own certificate authority."""

    def __init__(self) -> None:
        self._authority = trustme.CA(organization_name="Pasvaldiba")

    def good(self) -> ssl.SSLContext:
        """For our host, valid now."""
        return _context(self._authority.issue_cert(HOST, "127.0.0.1"))

    def expired(self) -> ssl.SSLContext:
        """For our host, until long ago."""
        return _context(
            self._authority.issue_cert(
                HOST, not_before=_LONG_AGO, not_after=_LONG_AGO.replace(day=2)
            )
        )

    def for_another_host(self) -> ssl.SSLContext:
        """Valid now, for a server that is not this one."""
        return _context(self._authority.issue_cert("mail.example.org"))

    def strangers(self) -> ssl.SSLContext:
        """For our host, by an issuer that nobody trusts: what people make with `openssl req -x509`."""
        return OwnIssuer().good()

    def is_trusted(self, patch: pytest.MonkeyPatch, folder: Path) -> None:
        """As the operator's guide says: SSL_CERT_FILE names a file with our issuer in it."""
        path = folder / "issuers.pem"
        self._authority.cert_pem.write_to_path(str(path))
        patch.setenv("SSL_CERT_FILE", str(path))


Make = Callable[[OwnIssuer], ssl.SSLContext]


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context
