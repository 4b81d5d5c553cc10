"""Taking back: "nē, es domāju skaitītāju" means the rest, and never again what was just said."""

import re

_SURE = re.compile(
    r"^\s*(?:n[eē]+a?\b[\s,.!–-]*)+"
    r"(?:(?:es|man|mani|vairāk)\s+)*"
    r"(?:dom[aā]ju|biju dom[aā]j\w+|gribu|grib[eē]ju|jaut[aā]ju|pras[iī]ju|interes[eē]|vajag|vajadz[eē]ja|run[aā]ju)\b"
    r"(?:\s+(?:zin[aā]t|uzzin[aā]t|jaut[aā]t|pras[iī]t|teikt|par))*[\s,:–-]*",
    re.IGNORECASE,
)
_MEANT = re.compile(
    r"^\s*(?:es\s+)?(?:dom[aā]ju|biju dom[aā]j\w+)\s+(?:par\s+|tieši\s+|gan\s+)*(?!ka\b|k[aā]\b|vai\b)",
    re.IGNORECASE,
)
_MAYBE = re.compile(r"^\s*n[eē]+a?\s*[,.!–-]\s*(?:bet\s+)?(?:par\s+)?", re.IGNORECASE)


def corrected(text: str) -> str:
    """What somebody means instead; empty when the text takes nothing back."""
    for opening in (_SURE, _MEANT):
        if (found := opening.match(text)) and (rest := text[found.end() :].strip()):
            return rest
    return ""


def after_no(text: str) -> str:
    """What follows a "Nē, …" that may be an answer to something else; empty when nothing does."""
    found = _MAYBE.match(text)
    return text[found.end() :].strip() if found else ""
