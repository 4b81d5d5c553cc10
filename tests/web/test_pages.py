"""The pages and files themselves: guarded, self-contained, cacheable."""

import re
from pathlib import Path

import aiohttp
import pytest

from bot.content import Content
from tests.fakes import FakeClock
from tests.web.service import ChatService, running_chat
from tests.web.visitor import Visitor

_STATIC = Path("bot/channels/web/static")
_TEMPLATES = Path("bot/channels/web/templates")


async def fetch(visitor: Visitor, path: str) -> tuple[aiohttp.ClientResponse, str]:
    async with visitor.session.get(f"{visitor.url}{path}") as response:
        return response, await response.text()


async def test_the_page_names_the_assistant_its_topics_and_the_privacy_notice(
    visitor: Visitor, content: Content
) -> None:
    response, page = await fetch(visitor, "/")
    assert response.status == 200
    assert '<html lang="lv">' in page
    assert content.assistant_name in page
    for group in content.topic_groups.values():
        assert f'data-choice="menu:{group.id}" data-label="{group.title}"' in page
    assert "/privatums" in page
    assert f"tel:{content.fallback_phone()}" in page


def test_every_button_that_is_always_there_is_an_intent_that_is_understood() -> None:
    decided = Path("actions/deciding.py").read_text()
    page = (_TEMPLATES / "chat.html").read_text()
    for choice in re.findall(r'data-choice="([a-z_]+)"', page):
        assert f'"{choice}":' in decided


@pytest.mark.parametrize("path", ["/", "/?embed=1", "/privatums"])
async def test_pages_run_nothing_that_is_not_ours(visitor: Visitor, path: str) -> None:
    response, page = await fetch(visitor, path)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in response.headers
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", page)
    assert not re.findall(r'(?:src|<link[^>]*href)="https?://', page)


async def test_only_the_embedded_page_may_be_shown_inside_another_site(visitor: Visitor) -> None:
    policies = {
        path: (await fetch(visitor, path))[0].headers["Content-Security-Policy"]
        for path in ("/", "/privatums", "/?embed=1")
    }
    assert policies["/"].endswith("frame-ancestors 'none'")
    assert policies["/privatums"].endswith("frame-ancestors 'none'")
    assert policies["/?embed=1"].endswith("frame-ancestors *")


async def test_files_are_kept_for_good_under_the_address_of_their_version(
    visitor: Visitor,
) -> None:
    _, page = await fetch(visitor, "/")
    addresses = re.findall(r'"(/chat/static/[^"]+)"', page)
    assert len(addresses) == 3
    for address in addresses:
        response, _ = await fetch(visitor, address)
        assert response.status == 200
        assert "immutable" in response.headers["Cache-Control"]
    old, _ = await fetch(visitor, "/chat/static/older/chat.js")
    assert (old.status, old.headers["Cache-Control"]) == (200, "no-cache")
    missing, _ = await fetch(visitor, "/chat/static/older/..%2Fchat.py")
    assert missing.status == 404


async def test_the_script_for_other_sites_stays_under_one_address(visitor: Visitor) -> None:
    response, script = await fetch(visitor, "/chat/embed.js")
    assert response.content_type == "text/javascript"
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert "document.cookie" not in script


async def test_the_icon_answers_whoever_does_not_read_the_page(visitor: Visitor) -> None:
    response, icon = await fetch(visitor, "/favicon.ico")
    assert response.content_type == "image/svg+xml"
    assert icon.startswith("<svg")


async def test_the_privacy_notice_tells_the_rights_and_leaves_the_rest_to_the_municipality(
    chat: ChatService, visitor: Visitor
) -> None:
    _, notice = await fetch(visitor, "/privatums")
    for words in ("mani dati", "dzēst manus datus", "cilvēks", "Datu valsts inspekcij"):
        assert words in notice
    assert notice.count("[Pašvaldība ieraksta:") == 4


@pytest.mark.parametrize(("days", "words"), [(365, "365 dienas pēc"), (21, "21 dienu pēc")])
async def test_the_privacy_notice_says_how_long_messages_are_kept(
    database_url: str, content: Content, clock: FakeClock, days: int, words: str
) -> None:
    async with (
        running_chat(database_url, content=content, clock=clock, keeps_days=days) as chat,
        aiohttp.ClientSession() as session,
        session.get(f"{chat.url}/privatums") as response,
    ):
        notice = await response.text()
    assert words in notice
    assert notice.count("[Pašvaldība ieraksta:") == 3


def test_scripts_never_write_html_that_came_from_elsewhere() -> None:
    for path in _STATIC.glob("*.js"):
        written = re.findall(
            r"(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write).*", path.read_text()
        )
        assert written == (["innerHTML = drawing;"] if path.name == "embed.js" else []), path.name
