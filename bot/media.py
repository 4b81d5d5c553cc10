"""What a file is, what it may be called and how a browser gets it: decided by its first bytes, never by who sent it."""

import re
import unicodedata
from urllib.parse import quote

from aiohttp import web

from domain.messages import Attachment, FetchedFile, MessageKind

UNKNOWN = "application/octet-stream"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})

_SIGNS = tuple(
    (re.compile(sign, re.DOTALL), media_type)
    for sign, media_type in (
        (rb"\xff\xd8\xff", "image/jpeg"),
        (rb"\x89PNG\r\n\x1a\n", "image/png"),
        (rb"RIFF.{4}WEBP", "image/webp"),
        (rb"GIF8[79]a", "image/gif"),
        (rb"%PDF-", "application/pdf"),
        (rb"OggS", "audio/ogg"),
        (rb"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]", "audio/mpeg"),
        (rb".{4}ftyp(?:iso[m2-9]|mp4[12]|M4[AV] |avc1|MSNV|dash)", "video/mp4"),
    )
)
"""The only types that a browser is ever told; SVG and HTML can have no place here."""

_ENDINGS = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "application/pdf": (".pdf",),
    DOCX: (".docx",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/mpeg": (".mp3",),
    "video/mp4": (".mp4", ".m4a", ".m4v"),
}
_KEPT = re.compile(
    r"\.(asice|edoc|zip|docx?|od[tsp]|rtf|txt|xlsx?|csv|pptx?|hei[cf]|tiff?|bmp|amr|aac|wav|webm|mov|3gp|vcf|ics|eml)",
    re.IGNORECASE,
)
"""Endings that open in a viewer or an office program; any other one is followed by `.bin`, so that nothing runs."""

_GUARDED = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
_CARD = "text/vcard"
_NOT_IN_NAMES = re.compile(r'[<>:"|?*%]')
_LONGEST_STEM = 80
_NAMES = {
    MessageKind.PHOTO: "attels",
    MessageKind.DOCUMENT: "dokuments",
    MessageKind.VOICE: "balss-zina",
    MessageKind.STICKER: "uzlime",
    MessageKind.CONTACT: "kontakts",
}
_OTHER_NAME = "pielikums"


def recognise(content: bytes) -> str:
    """The media type by which a file may be shown; `UNKNOWN` for all that is not on the list."""
    return next((media_type for sign, media_type in _SIGNS if sign.match(content)), UNKNOWN)


def name_file(attachment: Attachment, file: FetchedFile, *, number: int) -> str:
    """A name without folders, control characters and endings that lie; `number` is for files without one."""
    stem, ending = _split(_clean(attachment.name))
    stem = stem or f"{_NAMES.get(attachment.kind, _OTHER_NAME)}-{number}"
    return stem + _ending(ending, file)


def name_upload(given: str, media_type: str) -> str:
    """The name under which a file from staff travels: without folders, with the ending that its type has."""
    stem, ending = _split(_clean(given))
    known = _ENDINGS[media_type]
    return (stem or _OTHER_NAME) + (ending if ending.lower() in known else known[0])


def _clean(name: str) -> str:
    """The last step of a path; without what nobody sees, such as the mark that turns `fdp.exe` around."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(c for c in last if unicodedata.category(c)[0] != "C")
    return _NOT_IN_NAMES.sub("_", seen).strip(" .")


def _split(name: str) -> tuple[str, str]:
    stem, dot, ending = name.rpartition(".")
    if not dot or not re.fullmatch(r"\w{1,8}", ending):
        return name[:_LONGEST_STEM], ""
    return stem[:_LONGEST_STEM].rstrip(" ."), f".{ending}"


def _ending(given: str, file: FetchedFile) -> str:
    known = _ENDINGS.get(recognise(file.content))
    if known:
        return given if given.lower() in known else given + known[0]
    if not given and file.media_type.startswith(_CARD):
        return ".vcf"
    return given if _KEPT.fullmatch(given) else given + ".bin"


def disposition(how: str, name: str) -> str:
    """The header that names a file, for old browsers in plain letters."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^\w. -]", "_", bare, flags=re.ASCII)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def hand_over(content: bytes, *, media_type: str, name: str) -> web.Response:
    """A file as a response in which nothing can run; only pictures are shown in place."""
    how = "inline" if media_type in PICTURES else "attachment"
    return web.Response(
        body=content,
        content_type=media_type,
        headers={**_GUARDED, "Content-Disposition": disposition(how, name)},
    )
