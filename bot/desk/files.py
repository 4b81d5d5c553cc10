"""Files of conversations, shown to staff. What residents sent is fetched from the vendor each time and kept nowhere."""

import asyncio
from collections.abc import Mapping

import structlog
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desk import words
from bot.desk.pages import render
from bot.media import hand_over, name_file, recognise
from bot.storage import attachments, audit, staff_files
from bot.storage.database import Database
from bot.storage.sessions import StoredSession
from domain.errors import ChannelUnavailable, FileGone
from domain.messages import Attachment, Channel, FetchedFile, InboundId, OutboundId
from domain.ports import Clock, Files
from domain.tickets import TicketNumber

log = structlog.get_logger()

ROUTE = "/files/{message:[0-9]{1,15}}/{index:[0-9]{1,2}}"
SENT_ROUTE = "/files/sent/{message:[0-9]{1,15}}"

_AT_ONCE = 4
"""Files that are fetched at the same time: each may be 20 MB of memory."""


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
        async with self._database.reading() as connection:
            ticket = await attachments.ticket_of(connection, message)
            await self._note(connection, message, ticket, session)
        name = name_file(attachment, file, number=message)
        return hand_over(file.content, media_type=recognise(file.content), name=name)

    async def show_sent(self, request: web.Request, session: StoredSession) -> web.Response:
        """A file that staff sent. Raises 404 when it is not there (any more)."""
        message = OutboundId(int(request.match_info["message"]))
        async with self._database.reading() as connection:
            found = await staff_files.find_for_staff(connection, message)
            if found is None:
                raise web.HTTPNotFound
            file, ticket = found
            await self._note(connection, message, ticket, session)
        return hand_over(file.content, media_type=file.media_type, name=file.name)

    async def _note(
        self,
        connection: AsyncConnection,
        message: InboundId | OutboundId,
        ticket: TicketNumber | None,
        session: StoredSession,
    ) -> None:
        await audit.append(
            connection,
            "file.viewed",
            at=self._clock.now(),
            by=session.agent,
            ticket=ticket,
            detail=str(message),
        )
        log.info("desk.file_shown", message_id=message, agent=session.agent)

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


def _refuse(
    message: InboundId, status: int, title: str, text: str, channel: Channel
) -> web.Response:
    log.warning("desk.file_missing", message_id=message, channel=channel, status=status)
    said = text.format(channel=words.CHANNELS[channel])
    return render("error.html", status=status, title=title, text=said)
