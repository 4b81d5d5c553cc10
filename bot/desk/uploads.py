"""Files that staff send with an answer: how the form is read, and what is taken.

A file is what its bytes say. Its name is only how it will be called; pictures lose what they tell about their maker.
"""

import io
import zipfile
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from bot.desk import words
from bot.desk.pictures import Unreadable, without_metadata
from bot.media import DOCX, name_upload, recognise
from bot.storage.staff_files import NewFile
from domain.messages import SENT_PICTURES, Channel

LARGEST = 10 * 1024 * 1024
"""Bytes of one file; Telegram takes no larger pictures."""

LARGEST_WHATSAPP_PICTURE = 5 * 1024 * 1024
MOST = 5
LARGEST_FIELD = 256 * 1024
"""Bytes of one typed field."""

LARGEST_REQUEST = 2 * MOST * LARGEST
"""Bytes that are read at all, most of which may be thrown away: who sends more reads 413."""

_CHUNK = 64 * 1024
_MOST_PARTS = 64
"""Fields and files of one form; a browser sends far fewer."""
_LONGEST_NAME = 80
_LONGEST_TYPES = 256 * 1024
_PDF = "application/pdf"
_PDF_END = 2048
"""Bytes at the end of a PDF in which its last word must stand."""

_BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    NotImplementedError,  # `zipfile` says so of a compression that it does not know
    RuntimeError,
    ValueError,
    OSError,
    EOFError,
)
"""What the library raises for archives that are damaged, locked, packed in unknown ways, or without a content list."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came; `content` is None when it is too large, or nobody is logged in."""

    name: str
    content: bytes | None


@dataclass(slots=True)
class Posted:
    """A form with files."""

    fields: dict[str, str] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)


class NotTaken(Exception):
    """A file cannot be sent; the text tells staff why."""


async def read_posted(request: web.Request, *, keep: bool) -> Posted:
    """The fields and files of a form. Without `keep` files are only read past. Raises 413 and 400."""
    if request.content_type != "multipart/form-data":
        plain = await request.post()
        return Posted({name: value for name, value in plain.items() if isinstance(value, str)})
    posted, left, parts = Posted(), LARGEST_REQUEST, 0
    try:
        async for part in await request.multipart():
            parts += 1
            if not isinstance(part, BodyPartReader) or not part.name or parts > _MOST_PARTS:
                raise web.HTTPBadRequest
            most = LARGEST if part.filename is not None else LARGEST_FIELD
            content, taken = await _read(part, most=most, left=left)
            left -= taken
            if part.filename is None:
                posted.fields[part.name] = _text(content)
            elif part.filename or taken:
                kept = content if keep and len(posted.uploads) < MOST else None
                posted.uploads.append(Upload(part.filename, kept))
    except ValueError as exc:
        raise web.HTTPBadRequest from exc
    return posted


async def _read(part: BodyPartReader, *, most: int, left: int) -> tuple[bytes | None, int]:
    """What a part holds, None when that is more than `most`; and how much was read."""
    kept, taken = bytearray(), 0
    while not part.at_eof():
        chunk = await part.read_chunk(_CHUNK)
        taken += len(chunk)
        if taken > left:
            raise web.HTTPRequestEntityTooLarge(LARGEST_REQUEST)
        if taken > most:
            kept.clear()
        else:
            kept += chunk
    return (None if taken > most else bytes(kept)), taken


def _text(content: bytes | None) -> str:
    if content is None:
        raise web.HTTPRequestEntityTooLarge(LARGEST_FIELD)
    return content.decode()


def accept(uploads: Sequence[Upload], *, channels: Collection[Channel]) -> list[NewFile]:
    """The files as they will be sent on all these channels. Raises `NotTaken` for the first that cannot be."""
    if len(uploads) > MOST:
        raise NotTaken(f"Vienai atbildei var pievienot ne vairāk kā {MOST} failus.")
    return [_accept(upload, channels) for upload in uploads]


def _accept(upload: Upload, channels: Collection[Channel]) -> NewFile:
    shown = f"Failu „{upload.name[-_LONGEST_NAME:]}” nevar nosūtīt"
    if upload.content is None:
        raise NotTaken(f"{shown}: tas ir lielāks par {words.size(LARGEST)}.")
    if not upload.content:
        raise NotTaken(f"{shown}: tas ir tukšs.")
    media_type = _type_of(upload.content)
    if media_type is None:
        raise NotTaken(
            f"{shown}: sūtīt var tikai attēlus (JPEG, PNG) un dokumentus (PDF, DOCX bez makro), "
            "un failam jābūt veselam."
        )
    content = upload.content
    if media_type in SENT_PICTURES:
        try:
            content = without_metadata(content, media_type)
        except Unreadable as exc:
            raise NotTaken(f"{shown}: attēls ir bojāts. Saglabājiet to vēlreiz.") from exc
        if Channel.WHATSAPP in channels and len(content) > LARGEST_WHATSAPP_PICTURE:
            most = words.size(LARGEST_WHATSAPP_PICTURE)
            raise NotTaken(f"{shown}: WhatsApp nepieņem attēlus, kas lielāki par {most}.")
    return NewFile(name_upload(upload.name, media_type), media_type, content)


def _type_of(content: bytes) -> str | None:
    """The type by the content alone, None for what staff cannot send."""
    media_type = recognise(content)
    if media_type in SENT_PICTURES:
        return media_type
    if media_type == _PDF:
        return media_type if _is_only_pdf(content) else None
    return DOCX if _is_docx(content) else None


def _is_only_pdf(content: bytes) -> bool:
    """Whether it ends as a PDF ends, and is no archive or program at the same time."""
    return b"%%EOF" in content[-_PDF_END:] and not zipfile.is_zipfile(io.BytesIO(content))


def _is_docx(content: bytes) -> bool:
    """Whether it is a Word document that carries no program."""
    if not content.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = {info.filename.lower() for info in archive.infolist()}
            with archive.open("[Content_Types].xml") as listed:
                types = listed.read(_LONGEST_TYPES)
    except _BROKEN_ARCHIVE:
        return False
    is_word = b"wordprocessingml.document.main+xml" in types and "word/document.xml" in names
    return is_word and not any(name.endswith(("vbaproject.bin", ".exe", ".dll")) for name in names)
