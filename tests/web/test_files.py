"""What staff send into the web chat: only its own resident gets it, with their token."""

import aiohttp
import pytest

from bot.storage.staff_files import NewFile
from tests.made_files import PDF, png
from tests.web.service import ChatService
from tests.web.visitor import Visitor

MAP = NewFile("karte.png", "image/png", png())
BILL = NewFile("rēķins.pdf", "application/pdf", PDF)


@pytest.fixture
async def files(chat: ChatService, visitor: Visitor) -> list[dict[str, object]]:
    """What the page is told about two files that an agent sent."""
    await visitor.says("cilvēks")
    await visitor.hears(1)
    number, agent = await chat.ticket(), await chat.agent()
    await chat.tickets.claim(number, by=agent, name="Ilze")
    await chat.tickets.answer(number, text="Lūdzu!", by=agent, files=[MAP, BILL])
    seen = await visitor.hears(4)
    return [said["file"] for said in seen["messages"] if said.get("file")]


async def got(visitor: Visitor, address: object) -> tuple[int, bytes, dict[str, str]]:
    bearer = {"Authorization": f"Bearer {visitor.token}"}
    async with visitor.session.get(f"{visitor.url}{address}", headers=bearer) as response:
        return response.status, await response.read(), dict(response.headers)


async def test_the_page_learns_of_files_and_gets_them(
    visitor: Visitor, files: list[dict[str, object]]
) -> None:
    card, bill = files
    assert (card["name"], card["size"], card["picture"]) == ("karte.png", len(MAP.content), True)
    assert (bill["name"], bill["picture"]) == ("rēķins.pdf", False)
    status, content, headers = await got(visitor, card["address"])
    assert (status, content, headers["Content-Type"]) == (200, MAP.content, "image/png")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    _, content, headers = await got(visitor, bill["address"])
    assert (content, headers["Content-Disposition"].partition(";")[0]) == (PDF, "attachment")


async def test_nobody_else_gets_them(
    visitor: Visitor, stranger: Visitor, files: list[dict[str, object]]
) -> None:
    await stranger.says("labdien")
    await stranger.hears(1)
    assert (await got(stranger, files[0]["address"]))[0] == 404
    async with (
        aiohttp.ClientSession() as nobody,
        nobody.get(f"{visitor.url}{files[0]['address']}") as response,
    ):
        assert response.status == 401
    assert (await got(visitor, "/chat/files/o999999"))[0] == 404


async def test_an_erased_file_is_gone(
    chat: ChatService, visitor: Visitor, files: list[dict[str, object]]
) -> None:
    await chat.run("DELETE FROM tickets")
    assert (await got(visitor, files[0]["address"]))[0] == 404
    seen = await visitor.looks()
    assert [said.get("file") for said in seen["messages"]] == [None] * len(seen["messages"])
