"""Why a request is refused, said kindly to whoever reads the page."""

import math
from collections.abc import Mapping

from aiohttp import web


class Refused(Exception):
    """The request is not carried out; `message` is shown to the resident."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})

    def to_response(self) -> web.Response:
        """As the page's script reads it."""
        return web.json_response(
            {"error": {"code": self.code, "message": self.message}},
            status=self.status,
            headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
            | self.headers,
        )


def not_json() -> Refused:
    """Only JSON: a form of another site can post anything else without being asked."""
    return Refused(415, "not_json", "Ziņu nevarēja nolasīt. Lūdzu, atsvaidziniet lapu.")


def too_large() -> Refused:
    """The body is longer than any message of ours."""
    return Refused(
        413, "too_large", "Ziņa ir par garu. Lūdzu, saīsiniet to vai sadaliet vairākās ziņās."
    )


def unreadable() -> Refused:
    """The body does not follow the rules."""
    return Refused(
        422,
        "unreadable",
        "Šo ziņu neizdevās pieņemt. Ziņa nedrīkst būt tukša vai garāka par 2000 rakstzīmēm.",
    )


def no_token() -> Refused:
    """There is no token, or none that we could have made."""
    return Refused(401, "no_token", "Saruna nav atrasta. Lūdzu, rakstiet vēlreiz.")


def foreign_origin() -> Refused:
    """Another site asked in its visitor's name."""
    return Refused(403, "foreign_origin", "Rakstīt var tikai no pašvaldības tērzēšanas lapas.")


def too_often(wait: float) -> Refused:
    """Too much at once; the page tries again by itself after `Retry-After`."""
    return Refused(
        429,
        "too_often",
        "Ziņu ir ļoti daudz. Lūdzu, mazliet uzgaidiet – mēs turpināsim pēc brīža.",
        {"Retry-After": str(math.ceil(wait))},
    )


def unavailable() -> Refused:
    """The database does not answer; the page keeps the message and tries again."""
    return Refused(
        503,
        "unavailable",
        "Serviss uz brīdi nav pieejams. Jūsu ziņa nav zudusi – mēģināsim vēlreiz.",
        {"Retry-After": "3"},
    )


def nothing_said() -> Refused:
    """There is no conversation to watch (yet, or any more)."""
    return Refused(404, "nothing_said", "Saruna vēl nav sākta.")


def no_file() -> Refused:
    """There is no such file in the visitor's own conversation."""
    return Refused(404, "no_file", "Šī faila vairs nav.")
