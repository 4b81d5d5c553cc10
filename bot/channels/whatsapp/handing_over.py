"""Files that staff send, for Twilio to fetch: at an address that nobody can guess, and not for ever."""

from datetime import timedelta

from aiohttp import web

from bot.media import hand_over
from bot.storage import staff_files
from bot.storage.database import Database
from domain.messages import Channel
from domain.ports import Clock

FILES = "/files"

EXPIRES_AFTER = timedelta(days=7)
"""From the moment that the message left; Twilio fetches within seconds, WhatsApp keeps its own copy."""


class PublicFiles:
    """Serves what goes out on WhatsApp, and nothing of other channels."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get(FILES + "/{token:[A-Za-z0-9_-]{43}}", self.show)

    async def show(self, request: web.Request) -> web.Response:
        """`GET /files/<token>`. Raises 404 before the message leaves, after a week, and for what never was."""
        async with self._database.reading() as connection:
            file = await staff_files.find_public(
                connection,
                request.match_info["token"],
                channel=Channel.WHATSAPP,
                sent_since=self._clock.now() - EXPIRES_AFTER,
            )
        if file is None:
            raise web.HTTPNotFound
        return hand_over(file.content, media_type=file.media_type, name=file.name)
