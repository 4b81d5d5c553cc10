"""The pages and files of the web chat: templates, scripts, styles, and the headers that guard them."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.content import Content
from domain.answers import ChoiceId

_HERE = Path(__file__).parent
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_YEAR = "public, max-age=31536000, immutable"
_FIVE_MINUTES = "public, max-age=300"
_TAGLINE = "Jelgavas novada pašvaldības digitālais palīgs"
"""Whose assistant it is, unless the phrase `web.tagline` says it."""

OWN_PRIVACY_PAGE = "/privatums"


class Assets:
    """The static files, read once. Their addresses carry a digest, so browsers may keep them for good."""

    def __init__(self) -> None:
        self._files = {
            path.name: path.read_bytes() for path in sorted((_HERE / "static").iterdir())
        }
        digest = hashlib.sha256()
        for name, body in self._files.items():
            digest.update(name.encode() + b"\0" + body)
        self.version = digest.hexdigest()[:12]

    async def answer(self, request: web.Request) -> web.Response:
        """`GET /chat/static/<version>/<name>`. During an update another replica's version may be asked for."""
        name = request.match_info["name"]
        body = self._files.get(name)
        if body is None:
            raise web.HTTPNotFound
        is_ours = request.match_info["version"] == self.version
        return _file(body, name=name, cache=_YEAR if is_ours else "no-cache")

    async def answer_embed(self, request: web.Request) -> web.Response:
        """`GET /chat/embed.js`: stays under one address for good, so browsers ask again soon."""
        response = _file(self._files["embed.js"], name="embed.js", cache=_FIVE_MINUTES)
        # A site that isolates itself (COEP) may still use it.
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    async def answer_icon(self, request: web.Request) -> web.Response:
        """`GET /favicon.ico`, for whoever asks without reading the page; browsers take SVG here too."""
        return _file(self._files["icon.svg"], name="icon.svg", cache=_FIVE_MINUTES)


def _file(body: bytes, *, name: str, cache: str) -> web.Response:
    return web.Response(
        body=body,
        content_type=_TYPES[Path(name).suffix],
        charset="utf-8",
        headers={"Cache-Control": cache, "X-Content-Type-Options": "nosniff"},
    )


class Pages:
    """The chat page and the privacy notice.

    `frame_ancestors` are the sites that may show the embedded page, as CSP writes them (`https://www.example.lv`).
    Without any every site may: the page then holds a visitor of its own there (browsers keep the storage of embedded
    pages apart by site), so a strange site sees no conversation, and nothing in it can be clicked by trickery that
    would matter. The full page is never shown inside another.
    """

    def __init__(
        self,
        *,
        assets: Assets,
        content: Callable[[], Content],
        privacy_url: str | None,
        keeps_days: int | None,
        frame_ancestors: Sequence[str],
    ) -> None:
        self._assets = assets
        self._content = content
        self._privacy_url = privacy_url
        self._keeps_days = keeps_days
        self._frame_ancestors = tuple(frame_ancestors)
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    async def show_chat(self, request: web.Request) -> web.Response:
        """`GET /`, and `GET /?embed=1` for the frame inside another site."""
        embedded = request.query.get("embed") == "1"
        content = self._content()
        starters = [
            (choice, content.label(choice))
            for choice in (ChoiceId(f"menu:{group}") for group in content.groups())
        ]
        return self._page(
            "chat.html",
            frame_ancestors=" ".join(self._frame_ancestors or ("*",)) if embedded else "'none'",
            embedded=embedded,
            starters=starters,
            person=content.label("ask_person"),
            restart=content.label("restart"),
        )

    async def show_privacy(self, request: web.Request) -> web.Response:
        """`GET /privatums`: our own notice, which the municipality completes or replaces by its own page."""
        return self._page("privacy.html", frame_ancestors="'none'", keeps_days=self._keeps_days)

    def _page(self, template: str, *, frame_ancestors: str, **values: object) -> web.Response:
        content = self._content()
        text = self._templates.get_template(template).render(
            name=content.assistant_name,
            tagline=content.phrases.get("web.tagline", _TAGLINE).strip(),
            phone=content.fallback_phone(),
            privacy_url=content.privacy_url or self._privacy_url or OWN_PRIVACY_PAGE,
            static=f"/chat/static/{self._assets.version}",
            **values,
        )
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self';"
            " connect-src 'self'; base-uri 'none'; form-action 'none';"
            f" frame-ancestors {frame_ancestors}"
        )
        return web.Response(
            text=text,
            content_type="text/html",
            headers={
                "Content-Security-Policy": policy,
                "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-cache",
            },
        )
