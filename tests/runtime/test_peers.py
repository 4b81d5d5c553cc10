"""Limits and logins are counted by an address that nobody can choose."""

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.peers import address_of


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        ("8.8.8.8", "203.0.113.9", "8.8.8.8"),
        ("::ffff:8.8.8.8", "203.0.113.9", "8.8.8.8"),
        ("::ffff:10.0.0.2", "::ffff:8.8.4.4", "8.8.4.4"),
        ("10.0.0.2", "1.1.1.1, ::ffff:8.8.4.4", "8.8.4.4"),
        ("10.0.0.2", "nonsense", "10.0.0.2"),
        ("2a00:1450::5", "", "2a00:1450::/64"),
    ],
)
def test_the_address_that_is_counted(peer: str, forwarded: str, counted: str) -> None:
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": forwarded})
    assert address_of(request.clone(remote=peer)) == counted
