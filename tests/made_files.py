"""Pictures and documents made for tests: real in form, small, with secrets where people forget them."""

import io
import struct
import zipfile
import zlib

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF\n"
SECRET = b"56.6512,23.7212 Vilmas talrunis"
"""Where a picture was taken, and with what: nothing for residents."""


def png(width: int = 8, height: int = 8, *, more: bytes = b"") -> bytes:
    """A picture that browsers show, with words in it; `more` follows its end."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\x00" + b"\x1b\x5a\x45" * width) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"tEXt", b"Comment\x00" + SECRET)
        + _chunk(b"eXIf", b"MM\x00*" + SECRET)
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
        + more
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)


def jpeg(*, orientation: int = 1, more: bytes = b"", size: tuple[int, int] = (8, 8)) -> bytes:
    """The parts of a picture as a phone writes them, the light itself left out; `more` follows its end."""
    width, height = size
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return (
        b"\xff\xd8"
        + _part(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
        + _part(0xE1, b"Exif\x00\x00" + exif(orientation))
        + _part(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + SECRET)
        + _part(0xE2, b"ICC_PROFILE\x00\x01\x01colours")
        + _part(0xE2, b"MPF\x00" + SECRET)
        + _part(0xED, b"Photoshop 3.0\x00" + SECRET)
        + _part(0xFE, SECRET)
        + _part(0xDB, b"\x00" + b"\x01" * 64)
        + _part(0xC0, frame)
        + _part(0xDA, b"\x01\x01\x00\x00\x3f\x00")
        + b"light\xff\x00more\xff\xd0light"
        + _part(0xDA, b"\x01\x01\x00\x00\x3f\x00")
        + b"a second scan"
        + b"\xff\xd9"
        + more
    )


def exif(orientation: int, *, order: str = "<") -> bytes:
    """What a camera writes about itself, in either order of bytes."""
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    entries = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    entries += struct.pack(f"{order}HHII", 0x8825, 4, 1, 99)
    return mark + struct.pack(f"{order}IH", 8, 2) + entries + SECRET


def _part(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def docx(*, names: tuple[str, ...] = (), kind: str = "document") -> bytes:
    """A Word document; `names` are more files inside."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        types = f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}.main+xml"
        archive.writestr("[Content_Types].xml", f'<Types><Override ContentType="{types}"/></Types>')
        for name in ("word/document.xml", *names):
            archive.writestr(name, "<w:document/>")
    return made.getvalue()


def archive() -> bytes:
    """An archive that is no document."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as written:
        written.writestr("lapa.exe", "MZ")
    return made.getvalue()
