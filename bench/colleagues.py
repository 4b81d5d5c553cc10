"""Agents at the desk: logged in, with a list open that follows what happens, as the page's script does."""

import asyncio
import re
import time
from collections.abc import Mapping

import aiohttp

from bot.desk.door import BACKGROUND

LIST = "/desk/?skats=atvertie"
_SETTLE = 0.15
"""Seconds that the page gathers changes before it fetches itself again."""

_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


class Refused(Exception):
    """The desk did not answer as it should; the text says what it did."""


class Colleague:
    """One agent with a browser of their own, and an address too, because logins are counted by address."""

    def __init__(self, url: str, session: aiohttp.ClientSession, *, email: str) -> None:
        self.email = email
        self.followed: list[float] = []
        """Seconds of each time that the open list was fetched again."""
        self.told = 0
        """How often the stream said that something changed."""
        self._url = url
        self._session = session
        self._cookies: dict[str, str] = {}
        self._address = ""
        self._csrf = ""
        self._page: asyncio.Task[None] | None = None

    async def log_in(self, password: str, *, address: str) -> None:
        """Through the login page."""
        self._address = address
        login = await self._ask("GET", "/desk/login")
        fields = {"csrf": _token(login), "email": self.email, "password": password}
        await self._ask("POST", "/desk/login", fields)
        self._csrf = _token(await self._ask("GET", "/desk/"))

    async def open_list(self) -> None:
        """Leave a list open in the background."""
        self._page = asyncio.create_task(self._follow())

    async def see(self, path: str) -> float:
        """Open a page; the seconds that it took."""
        return await self._timed("GET", path)

    async def search(self, words: str) -> float:
        """Search; the seconds that it took."""
        return await self._timed("POST", "/desk/meklet", {"csrf": self._csrf, "words": words})

    async def leave(self) -> None:
        """Close the list. Raises what went wrong with it meanwhile."""
        if self._page is None:
            return
        self._page.cancel()
        [ended] = await asyncio.gather(self._page, return_exceptions=True)
        if isinstance(ended, Exception):
            raise ended

    async def _follow(self) -> None:
        timeout = aiohttp.ClientTimeout(total=None)
        headers = {**self._headers(), "Accept": "text/event-stream"}
        async with self._session.get(
            f"{self._url}/desk/live", headers=headers, timeout=timeout
        ) as stream:
            _check(stream, "/desk/live")
            async for line in stream.content:
                if line.startswith(b"event: changed"):
                    self.told += 1
                    await asyncio.sleep(_SETTLE)
                    self.followed.append(await self._timed("GET", LIST, background=True))

    async def _timed(
        self,
        method: str,
        path: str,
        fields: Mapping[str, str] | None = None,
        *,
        background: bool = False,
    ) -> float:
        start = time.monotonic()
        await self._ask(method, path, fields, background=background)
        return time.monotonic() - start

    async def _ask(
        self,
        method: str,
        path: str,
        fields: Mapping[str, str] | None = None,
        *,
        background: bool = False,
    ) -> str:
        headers = self._headers() | ({BACKGROUND: "1"} if background else {})
        async with self._session.request(
            method, self._url + path, data=fields, headers=headers, allow_redirects=False
        ) as response:
            _check(response, path)
            # By hand: behind the proxy that the service is told of, cookies are for https only.
            for name, cookie in response.cookies.items():
                self._cookies[name] = cookie.value
            return await response.text()

    def _headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items() if value)
        return {"X-Forwarded-For": self._address} | ({"Cookie": cookies} if cookies else {})


def _check(response: aiohttp.ClientResponse, path: str) -> None:
    sent_away = response.status == 303 and path != "/desk/login"  # noqa: PLR2004 - to the login
    if response.status >= 400 or sent_away:  # noqa: PLR2004 - an error
        raise Refused(f"{path}: {response.status}")


def _token(page: str) -> str:
    found = _TOKEN.search(page)
    if found is None:
        raise Refused("the page has no form")
    return found[1]
