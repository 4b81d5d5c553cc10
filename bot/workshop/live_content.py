"""Content that follows its files: a saved answer is live within two seconds, a broken file changes nothing."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from bot.content import Content, load
from domain.errors import ContentInvalid, ContentProblem

log = structlog.get_logger()

LOOK_EVERY = 0.5
"""Seconds between looks; a change is read once the files have kept still from one look to the next."""

_MOST_LOGGED = 5

Stamp = frozenset[tuple[str, int, int]]
"""Name, time of the last change and size of every file."""


class LiveContent:
    """The content of a directory. `current` is always whole and valid: what is broken is never taken over."""

    def __init__(
        self, directory: Path, *, privacy_url: str = "", changed: Callable[[], None] | None = None
    ) -> None:
        """Reads the directory. Raises `ContentInvalid`; `changed` is called after each takeover."""
        self._directory = directory
        self._privacy_url = privacy_url
        self._changed = changed
        self._taken = stamp(directory)
        self._content = load(directory, privacy_url=privacy_url)

    def current(self) -> Content:
        """What the assistant knows now."""
        return self._content

    async def follow(self) -> None:
        """Take over what editors save, until cancelled."""
        before = self._taken
        while True:
            await asyncio.sleep(LOOK_EVERY)
            seen = await asyncio.to_thread(stamp, self._directory)
            if seen == before and seen != self._taken:
                await self.take_over(seen)
            before = seen

    async def take_over(self, seen: Stamp) -> None:
        """Read the files again; keep the old content when they are broken."""
        self._taken = seen
        try:
            self._content = await asyncio.to_thread(
                load, self._directory, privacy_url=self._privacy_url
            )
        except ContentInvalid as invalid:
            _log_problems(invalid.problems)
        except OSError as error:
            log.warning("content.unreadable", error=type(error).__name__)
        else:
            log.info("content.taken_over", topics=len(self._content.topics))
            if self._changed is not None:
                self._changed()


def stamp(directory: Path) -> Stamp:
    """What tells whether any content file has changed."""
    return frozenset(_stamps(directory))


def _stamps(directory: Path) -> list[tuple[str, int, int]]:
    found = []
    for pattern in ("*.yml", "topics/*/*.md"):
        for path in directory.glob(pattern):
            try:
                status = path.stat()
            except OSError:  # removed between the listing and the look
                continue
            found.append((path.as_posix(), status.st_mtime_ns, status.st_size))
    return found


def _log_problems(problems: list[ContentProblem]) -> None:
    for problem in problems[:_MOST_LOGGED]:
        log.warning("content.refused", where=f"{problem.file}:{problem.line}", why=problem.message)
    if len(problems) > _MOST_LOGGED:
        log.warning("content.refused_more", problems=len(problems))
