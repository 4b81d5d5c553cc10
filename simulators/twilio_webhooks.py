"""Twilio's requests to the service: signed webhooks, in 15 seconds in all, repeated once without a connection; files.

What counts as a failure worth repeating can be changed in the fragment of the webhook's address, as with the real
one: `#rc=2&rp=all` repeats twice, after time-outs and errors of the server too. See
https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import aiohttp

from simulators.server import Routes
from simulators.twilio_messages import Fetched
from simulators.twilio_signature import HEADER, sign
from simulators.waiting import Signal

TOTAL_TIME = 15.0
_RETRIES = 1
_POLICIES = {"ct": {"ct"}, "rt": {"rt"}, "4xx": {"4xx"}, "5xx": {"5xx"}}
_ALL = {"ct", "rt", "4xx", "5xx"}
_TOKEN_HEADER = "I-Twilio-Idempotency-Token"  # noqa: S105 - the name of a header


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request: `status` is 0 when no answer came, then `error` is `ct` (connection) or `rt` (reading)."""

    url: str
    form: Mapping[str, str]
    at: float
    took: float
    status: int
    error: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """How often to repeat, and after which failures."""

    retries: int = _RETRIES
    after: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, url: str) -> "Policy":
        """The policy written in the fragment of an address."""
        wishes = parse_qs(urlsplit(url).fragment)
        retries = int(wishes.get("rc", [str(_RETRIES)])[0])
        chosen = wishes.get("rp", ["ct"])[0].split(",")
        after = set().union(*(_ALL if p == "all" else _POLICIES.get(p, set()) for p in chosen))
        return cls(retries, frozenset(after))


class Webhooks:
    """Posts forms to the service and keeps what became of each attempt."""

    def __init__(self, *, auth_token: str, routes: Routes, total_time: float) -> None:
        self._auth_token = auth_token
        self._routes = routes
        self._total_time = total_time
        self._session: aiohttp.ClientSession | None = None
        self.attempts: list[Attempt] = []
        self.attempted = Signal()

    async def start(self) -> None:
        """Make connections possible."""
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def stop(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def post(
        self, url: str, form: Mapping[str, str], *, token: str, signature: str | None = None
    ) -> Attempt:
        """Post a form to a public address; the last attempt tells how it went."""
        policy = Policy.of(url)
        ends = time.monotonic() + self._total_time
        headers = {
            HEADER: sign(url, form, auth_token=self._auth_token)
            if signature is None
            else signature,
            _TOKEN_HEADER: token,
            "User-Agent": "TwilioProxy/1.1",
            "Host": urlsplit(url).netloc,
        }
        for _ in range(policy.retries + 1):
            attempt = await self._post_once(url, form, headers, left=ends - time.monotonic())
            if not _failure(attempt) & policy.after or time.monotonic() >= ends:
                break
        return attempt

    async def fetch(self, url: str) -> Fetched | None:
        """A file at a public address of the service, None when there is none."""
        assert self._session is not None  # noqa: S101 - started with the simulator
        headers = {"User-Agent": "TwilioProxy/1.1", "Host": urlsplit(url).netloc}
        try:
            async with self._session.get(self._routes.resolve(url), headers=headers) as response:
                if response.status != HTTPStatus.OK:
                    return None
                named = response.headers.get("Content-Disposition", "")
                return Fetched(await response.read(), response.content_type, named)
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def _post_once(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str], *, left: float
    ) -> Attempt:
        assert self._session is not None  # noqa: S101 - started with the simulator
        begun = time.monotonic()
        status, error, answer = 0, "", ""
        try:
            async with self._session.post(
                self._routes.resolve(url),
                data=dict(form),
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=max(left, 0.001)),
            ) as response:
                status, answer = response.status, await response.text()
        except aiohttp.ClientConnectorError:
            error = "ct"
        except (aiohttp.ClientError, TimeoutError):
            error = "rt"
        taken = time.monotonic() - begun
        attempt = Attempt(url, dict(form), begun, taken, status, error, answer)
        self.attempts.append(attempt)
        self.attempted.notify()
        return attempt


def _failure(attempt: Attempt) -> set[str]:
    if attempt.error:
        return {attempt.error}
    return {f"{attempt.status // 100}xx"} & _ALL
