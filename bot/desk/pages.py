"""Templates, and the headers that every page of the desk carries."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.desk.presence import describe

_HERE = Path(__file__).parent
STATIC = _HERE / "static"

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self';"
        " connect-src 'self';"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}

_MONTH = 30 * 24 * 3600
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def secure(response: web.StreamResponse) -> None:
    """Add the headers that a response does not have yet."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def render(template: str, /, *, status: int = 200, **values: object) -> web.Response:
    """A page."""
    html = _templates().get_template(template).render(values)
    return web.Response(text=html, content_type="text/html", charset="utf-8", status=status)


def template_names() -> list[str]:
    """Every template there is."""
    return _templates().list_templates()


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = asset
    environment.globals["presence"] = describe
    return environment


@cache
def _assets() -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix in _TYPES}


@cache
def asset(name: str) -> str:
    """The address of a static file; it changes when the file does, so browsers may keep it."""
    version = hashlib.sha256(_assets()[name]).hexdigest()[:12]
    return f"/desk/static/{name}?v={version}"


async def serve_asset(request: web.Request) -> web.Response:
    """A static file."""
    name = request.match_info["name"]
    body = _assets().get(name)
    if body is None:
        raise web.HTTPNotFound
    return web.Response(
        body=body,
        content_type=_TYPES[Path(name).suffix],
        charset="utf-8",
        headers={"Cache-Control": f"public, max-age={_MONTH}, immutable"},
    )
