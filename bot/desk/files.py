"""What residents sent, shown to staff: fetched from the vendor each time, kept nowhere."""

import asyncio
from collections.abc import Mapping

import structlog
from aiohttp import web

from bot.desk import words
from bot.desk.pages import render
from bot.media import PICTURES, disposition, name_file, recognise
from bot.storage import attachments, audit
from bot.storage.agents import StoredSession
from bot.storage.database import Database
from domain.errors import ChannelUnavailable, FileGone
from domain.messages import Attachment, Channel, FetchedFile, InboundId
from domain.ports import Clock, Files

log = structlog.get_logger()

ROUTE = "/files/{message:[0-9]{1,15}}/{index:[0-9]{1,2}}"

_AT_ONCE = 4
"""Files that are fetched at the same time: each may be 20 MB of memory."""

_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


class FilePages:
    """Serves attachments of the conversations that staff may read."""

    def __init__(self, *, database: Database, clock: Clock, files: Mapping[Channel, Files]) -> None:
        self._database = database
        self._clock = clock
        self._files = files
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def show(self, request: web.Request, session: StoredSession) -> web.Response:
        """One file. Raises 404 for one that is not there or not for staff."""
        message = InboundId(int(request.match_info["message"]))
        channel, attachment = await self._find(message, int(request.match_info["index"]))
        try:
            file = await self._fetch(channel, attachment)
        except FileGone:
            return _refuse(message, 410, "Faila vairs nav", _GONE, channel)
        except ChannelUnavailable:
            return _refuse(message, 503, "Failu pašlaik nevar saņemt", _LATER, channel)
        await self._note(message, session)
        log.info("desk.file_shown", message_id=message, agent=session.agent)
        return _hand_over(file, name=name_file(attachment, file, number=message))

    async def _note(self, message: InboundId, session: StoredSession) -> None:
        async with self._database.reading() as connection:
            await audit.append(
                connection,
                "file.viewed",
                at=self._clock.now(),
                by=session.agent,
                ticket=await attachments.ticket_of(connection, message),
                detail=str(message),
            )

    async def _find(self, message: InboundId, index: int) -> tuple[Channel, Attachment]:
        async with self._database.reading() as connection:
            found = await attachments.find(connection, message, index)
        if found is None or not found[1].is_file():
            raise web.HTTPNotFound
        return found

    async def _fetch(self, channel: Channel, attachment: Attachment) -> FetchedFile:
        files = self._files.get(channel)
        if files is None:
            raise ChannelUnavailable("the channel is off")
        async with self._room:
            return await files.fetch(attachment)


_GONE = (
    "{channel} šo failu vairs neglabā, vai arī tas ir lielāks par 20 MB. "
    "Ja fails ir vajadzīgs, palūdziet iedzīvotājam to atsūtīt vēlreiz."
)
_LATER = "{channel} šobrīd to neatdod. Fails nav zudis: pēc brīža mēģiniet vēlreiz."


def _hand_over(file: FetchedFile, *, name: str) -> web.Response:
    media_type = recognise(file.content)
    how = "inline" if media_type in PICTURES else "attachment"
    return web.Response(
        body=file.content,
        content_type=media_type,
        headers={**_HEADERS, "Content-Disposition": disposition(how, name)},
    )


def _refuse(
    message: InboundId, status: int, title: str, text: str, channel: Channel
) -> web.Response:
    log.warning("desk.file_missing", message_id=message, channel=channel, status=status)
    said = text.format(channel=words.CHANNELS[channel])
    return render("error.html", status=status, title=title, text=said)
