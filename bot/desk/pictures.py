"""Pictures without what they tell besides the picture: where and when it was taken, with what, by whom.

Nothing is decoded or compressed again. A JPEG keeps how it is turned, its colours and its data; a PNG keeps what
changes how it looks. Whatever follows the end of a picture goes away too, so that nothing can hide behind it.
"""

import re
import struct
import zlib
from collections.abc import Iterator


class Unreadable(ValueError):
    """The bytes begin like a picture and then are none."""


def without_metadata(content: bytes, media_type: str) -> bytes:
    """A JPEG or PNG picture with nothing but the picture. Raises `Unreadable`."""
    try:
        return b"".join(_jpeg(content) if media_type == "image/jpeg" else _png(content))
    except (struct.error, IndexError) as exc:
        raise Unreadable("it ends too early") from exc


# ---------------------------------------------------------------------------------------------- JPEG

_SOI, _EOI, _SOS, _APP0, _EXIF, _APP2, _APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE
_APPS = range(0xE0, 0xF0)
_COMMENT = 0xFE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""Inside a scan: what is neither data nor a restart nor filling."""

_ORIENTATION = 0x0112
_TURNS = range(2, 9)
"""1 means that the picture stands upright already."""


def _jpeg(content: bytes) -> Iterator[bytes]:
    yield b"\xff\xd8"
    at, seen_frame = 2, False
    while True:
        marker, at = _marker_at(content, at)
        if marker == _EOI:
            break
        (length,) = struct.unpack_from(">H", content, at)
        body = content[at + 2 : at + length]
        if length < 2 or len(body) != length - 2:  # noqa: PLR2004 - the length counts itself
            raise Unreadable("a part is longer than the file")
        yield from _jpeg_part(marker, body)
        at += length
        seen_frame = seen_frame or marker in _FRAMES
        if marker == _SOS:
            found = _MARKER.search(content, at)
            if found is None:
                raise Unreadable("it has no end")
            yield content[at : found.start()]
            at = found.start()
    if not seen_frame:
        raise Unreadable("there is no picture in it")
    yield b"\xff\xd9"


def _marker_at(content: bytes, at: int) -> tuple[int, int]:
    """The marker that stands at a place, and where its part begins; filling is skipped."""
    if content[at] != 0xFF:  # noqa: PLR2004 - every marker begins so
        raise Unreadable("a part does not begin where it should")
    while content[at] == 0xFF:  # noqa: PLR2004 - the same
        at += 1
    return content[at], at + 1


def _jpeg_part(marker: int, body: bytes) -> Iterator[bytes]:
    if marker == _EXIF and body.startswith(b"Exif\x00\x00"):
        turn = _orientation(body[6:])
        if turn in _TURNS:
            yield _part(_EXIF, b"Exif\x00\x00" + _turned(turn))
    elif _is_kept(marker, body):
        yield _part(marker, body)


def _is_kept(marker: int, body: bytes) -> bool:
    if marker == _APP0:
        return body.startswith(b"JFIF\x00")
    if marker == _APP2:
        return body.startswith(b"ICC_PROFILE\x00")
    if marker == _APP14:
        return body.startswith(b"Adobe")
    return marker not in _APPS and marker != _COMMENT


def _part(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _orientation(tiff: bytes) -> int:
    """How the camera was held, from the first directory of EXIF; 0 when it does not say."""
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(tiff[:4])
    if order is None:
        return 0
    try:
        (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, directory)
        for entry in range(count):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, directory + 2 + 12 * entry)
            if tag == _ORIENTATION:
                return int(value)
    except struct.error:
        return 0
    return 0


def _turned(orientation: int) -> bytes:
    """EXIF that says only how the picture is turned."""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, orientation, 0)
    return b"MM\x00*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)


# ---------------------------------------------------------------------------------------------- PNG

_PNG = b"\x89PNG\r\n\x1a\n"
_CHUNKS = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD pHYs acTL fcTL fdAT".split()
)


def _png(content: bytes) -> Iterator[bytes]:
    yield _PNG
    at, kinds = len(_PNG), set()
    while b"IEND" not in kinds:
        length, kind = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        chunk = content[at:end]
        if len(chunk) != 12 + length:
            raise Unreadable("a part is longer than the file")
        (check,) = struct.unpack_from(">I", chunk, 8 + length)
        if check != zlib.crc32(chunk[4:-4]):
            raise Unreadable("a part is damaged")
        if kind in _CHUNKS:
            yield chunk
        kinds.add(kind)
        at = end
    if not kinds >= {b"IHDR", b"IDAT"}:
        raise Unreadable("there is no picture in it")
