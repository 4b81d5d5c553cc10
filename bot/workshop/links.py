"""Whether the pages that answers point to still exist: a bounded look, honest when there is no network."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from bot.content.reading import Files, read_files
from bot.workshop.passages import entries, passages
from domain.errors import ContentProblem

_AT_ONCE = 8
_EACH = aiohttp.ClientTimeout(total=10, connect=5)
PATIENT = 90.0
"""Seconds for all links together when somebody asked for them."""

QUICK = 8.0
"""The same on every check: nobody waits for a slow page."""

_PROBED = 4
_PROBE = 3.0
"""As many sites, for as many seconds: when none of them answers, there is no network."""

_IN_TEXT = re.compile(r"https?://[^\s<>\")\]}]+")
_GONE = frozenset({404, 410})
_REFUSES_HEAD = frozenset({400, 403, 405, 501})
_AGENT = {"User-Agent": "Mozilla/5.0 (compatible; Zintis content check)"}


@dataclass(slots=True)
class LinkReport:
    """What became of the links. Without network nothing is said about any of them."""

    dead: list[ContentProblem] = field(default_factory=list)
    unsure: int = 0
    """Links whose servers answered neither yes nor no: a login, an overload, a time-out."""

    looked_at: int = 0
    offline: bool = False

    def text(self) -> str:
        """One line for the editor."""
        if self.offline:
            return "Saites nav pārbaudītas: nav tīkla."
        unsure = (
            f", nav skaidrs par {self.unsure} (lapa neatbildēja vai nelaida iekšā)"
            if self.unsure
            else ""
        )
        return f"Pārbaudītas saites: {self.looked_at}, nedarbojas {len(self.dead)}{unsure}."


async def look_at_links(directory: Path, *, within: float = PATIENT) -> LinkReport:
    """Ask for each linked page once, all of them within so many seconds."""
    places = dict(_links(read_files(directory)))
    report = LinkReport(looked_at=len(places))
    urls = list(places)
    if urls and not await _online(urls):
        report.offline = True
        return report
    for url, state in (await _states(urls, within=within)).items():
        if state in _GONE:
            file, line = places[url]
            message = f"lapas {url} vairs nav (atbilde {state}); atrodiet jauno vai izņemiet saiti"
            report.dead.append(ContentProblem(file, line, message))
        elif state is None or state >= 400:  # noqa: PLR2004 - HTTP's own border of failures
            report.unsure += 1
    return report


async def _online(urls: list[str]) -> bool:
    """Whether any of the first sites answers, whatever it says."""
    sites = {urlsplit(url).netloc: url for url in reversed(urls)}
    states = await _states(list(sites.values())[-_PROBED:], within=_PROBE)
    return any(state is not None for state in states.values())


def _links(files: Files) -> Iterator[tuple[str, tuple[str, int]]]:
    """Every link with the place where it stands first."""
    seen: set[str] = set()
    for url, file, line in _all_links(files):
        if url not in seen:
            seen.add(url)
            yield url, (file, line)


def _all_links(files: Files) -> Iterator[tuple[str, str, int]]:
    for topic in files.topics:
        front = topic.front
        if front.value.source:
            yield front.value.source, front.file, front.text.line_of(("source",))
    for read, path, entry in entries(files):
        source = getattr(entry, "source", None)
        if source:
            yield source, read.file, read.text.line_of((*path, "source"))
    for line in passages(files):
        for url in _IN_TEXT.findall(line.text):
            yield url.rstrip(".,;:!?"), line.file, line.line
    if files.phrases and files.phrases.value.assistant.privacy_url:
        line_of = files.phrases.text.line_of(("assistant", "privacy_url"))
        yield files.phrases.value.assistant.privacy_url, files.phrases.file, line_of


async def _states(urls: list[str], *, within: float) -> Mapping[str, int | None]:
    """The answer of each page; None when there was none."""
    states: dict[str, int | None] = dict.fromkeys(urls)
    turns = asyncio.Semaphore(_AT_ONCE)
    async with aiohttp.ClientSession(timeout=_EACH, headers=_AGENT) as web:

        async def look(url: str) -> None:
            async with turns:
                states[url] = await _state(web, url)

        tasks = [asyncio.create_task(look(url)) for url in urls]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    return states


async def _state(web: aiohttp.ClientSession, url: str) -> int | None:
    try:
        async with web.head(url, allow_redirects=True) as reply:
            if reply.status not in _REFUSES_HEAD | _GONE:
                return reply.status
        async with web.get(url, allow_redirects=True) as reply:
            return reply.status
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return None
