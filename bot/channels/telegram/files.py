"""Files that residents sent through Telegram, fetched when somebody at the desk wants to see them."""

from telegram import Bot, File
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from bot.channels.telegram.outbound import to_error
from domain.errors import ChannelUnavailable, FileGone, ZintisError
from domain.messages import LARGEST_FILE, Attachment, FetchedFile

_REFUSALS = (BadRequest, Forbidden)
"""From `getFile`: no such file, or one over 20 MB."""


class TelegramFiles:
    """Fetches attachments (`domain.ports.Files`)."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def fetch(self, attachment: Attachment) -> FetchedFile:
        """The content. Telegram serves no media type, so what the message said stands."""
        file = await self._find(attachment.reference)
        if (file.file_size or 0) > LARGEST_FILE:  # a Bot API server of one's own serves larger ones
            raise FileGone("larger than 20 MB")
        return FetchedFile(await _download(file), attachment.media_type)

    async def _find(self, file_id: str) -> File:
        try:
            return await self._bot.get_file(file_id)
        except _REFUSALS as exc:
            raise FileGone(exc.message) from exc
        except TelegramError as exc:
            raise _unavailable(exc) from exc


async def _download(file: File) -> bytes:
    try:
        return bytes(await file.download_as_bytearray())
    except (*_REFUSALS, InvalidToken) as exc:  # what the library makes of a 404 is a wrong token
        raise FileGone("Telegram does not serve it any more") from exc
    except TelegramError as exc:
        raise _unavailable(exc) from exc


def _unavailable(error: TelegramError) -> ZintisError:
    """Every other failure passes, a refused token too: somebody mends it."""
    meant = to_error(error)
    return meant if isinstance(meant, ChannelUnavailable) else ChannelUnavailable(error.message)
