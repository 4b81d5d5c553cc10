"""Who is at the other end of a request, as far as the network says."""

import ipaddress

from aiohttp import web


def address_of(request: web.Request) -> str:
    """The network address that limits and logins are counted by, a /64 for IPv6; empty when there is none.

    A reverse proxy in our own network names the visitor last in X-Forwarded-For; strangers are not believed.
    """
    peer = _parsed(request.remote or "")
    if peer is not None and (peer.is_private or peer.is_loopback):
        peer = _parsed(request.headers.get("X-Forwarded-For", "").rpartition(",")[2]) or peer
    if isinstance(peer, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((peer, 64), strict=False))
    return str(peer or "")


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address.strip())
    except ValueError:
        return None
    # A server on "::" sees IPv4 so; all of IPv4 would count as one address, and as one of our own network.
    return getattr(parsed, "ipv4_mapped", None) or parsed
