"""What the web chat does not take, and that it says so kindly."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.channels.web.limits import Limit
from bot.content import Content
from tests.fakes import FakeClock
from tests.web.service import ChatService, running_chat
from tests.web.visitor import Visitor

MESSAGE = {"id": "0b8f7a52-6f0a-4c1e-9d53-0d2b8b0a1f11", "text": "labdien"}


async def refusal(visitor: Visitor, body: object, **headers: str) -> tuple[int, str]:
    status, answer = await visitor.post("/chat/messages", body, **headers)
    assert answer["error"]["message"].endswith((".", "!")), answer
    return status, answer["error"]["code"]


@pytest.fixture
async def known(visitor: Visitor) -> Visitor:
    """A visitor with a token."""
    await visitor.open_session()
    return visitor


@pytest.mark.parametrize(
    "body",
    [
        {**MESSAGE, "text": ""},
        {**MESSAGE, "text": "   \n "},
        {**MESSAGE, "text": "a" * 2001},
        {**MESSAGE, "text": 7},
        {**MESSAGE, "text": None},
        {**MESSAGE, "id": "1"},
        {**MESSAGE, "id": "0B8F7A52-6F0A-4C1E-9D53-0D2B8B0A1F11\n"},
        {**MESSAGE, "choice": "help", "label": "Palīdzība"},
        {"id": MESSAGE["id"], "choice": "help"},
        {"id": MESSAGE["id"], "label": "Palīdzība"},
        {"id": MESSAGE["id"], "choice": "'; DROP TABLE", "label": "x"},
        {"id": MESSAGE["id"], "choice": "a" * 65, "label": "x"},
        {"id": MESSAGE["id"], "choice": "help", "label": "x" * 121},
        {"id": MESSAGE["id"]},
        {**MESSAGE, "handle": "somebody else"},
        [],
        "labdien",
    ],
)
async def test_what_breaks_the_rules_is_refused(
    chat: ChatService, known: Visitor, body: object
) -> None:
    assert await refusal(known, body) == (422, "unreadable")
    assert await chat.inbound() == []


@pytest.mark.parametrize("raw", [b"{", b"", b"null", b'{"id": "\xff"}', b'{"text": "\\ud800"}'])
async def test_what_is_not_json_is_refused(known: Visitor, raw: bytes) -> None:
    headers = {"Authorization": f"Bearer {known.token}", "Content-Type": "application/json"}
    async with known.session.post(
        f"{known.url}/chat/messages", data=raw, headers=headers
    ) as response:
        assert response.status == 422


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_a_form_of_another_site_cannot_post(known: Visitor, content_type: str) -> None:
    headers = {"Authorization": f"Bearer {known.token}", "Content-Type": content_type}
    async with known.session.post(
        f"{known.url}/chat/messages", data=b'{"a": 1}', headers=headers
    ) as response:
        assert response.status == 415


async def test_a_body_that_is_too_long_is_refused(known: Visitor) -> None:
    assert await refusal(known, {**MESSAGE, "text": "a" * 20_000}) == (413, "too_large")


async def test_two_thousand_letters_of_any_kind_are_accepted(
    chat: ChatService, known: Visitor
) -> None:
    assert await known.says("ķ" * 2000) == 202
    assert [len(stored["text"]) for stored in await chat.inbound()] == [2000]


async def test_a_zero_character_is_dropped(chat: ChatService, known: Visitor) -> None:
    assert await known.says("lab\x00dien") == 202
    assert [stored["text"] for stored in await chat.inbound()] == ["labdien"]


@pytest.mark.parametrize(
    "authorization", ["", "Bearer ", "Bearer short", "Basic abc", f"Bearer {'a' * 43}\u0101"]
)
async def test_without_a_token_of_ours_nothing_is_taken_or_told(
    visitor: Visitor, authorization: str
) -> None:
    visitor.headers = {"Authorization": authorization} if authorization else {}
    assert await refusal(visitor, MESSAGE) == (401, "no_token")
    for path in ("/chat/messages", "/chat/stream"):
        async with visitor.session.get(f"{visitor.url}{path}", headers=visitor.headers) as response:
            assert response.status == 401


async def test_who_never_wrote_has_nothing_to_watch(known: Visitor) -> None:
    headers = {"Authorization": f"Bearer {known.token}"}
    for path in ("/chat/messages", "/chat/stream"):
        async with known.session.get(f"{known.url}{path}", headers=headers) as response:
            assert response.status == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_other_sites_may_not_write(known: Visitor, headers: dict[str, str]) -> None:
    assert await refusal(known, MESSAGE, **headers) == (403, "foreign_origin")
    assert (await known.post("/chat/session", {}, **headers))[0] == 403


async def test_our_own_page_may_write(known: Visitor) -> None:
    assert await known.says("labdien", Origin=known.url) == 202
    assert await known.says("labdien", **{"Sec-Fetch-Site": "same-origin"}) == 202


async def test_other_sites_get_no_permission_to_ask(known: Visitor) -> None:
    async with known.session.options(
        f"{known.url}/chat/messages",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
    ) as response:
        assert response.status == 405
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_a_flood_is_slowed_down_and_told_when_to_go_on(
    chat: ChatService, known: Visitor
) -> None:
    statuses = [await known.says(f"ziņa {number}") for number in range(20)]
    assert statuses[:15] == [202] * 15
    assert statuses[-1] == 429
    async with known.session.post(
        f"{known.url}/chat/messages",
        json={"id": str(uuid.uuid4()), "text": "vēl"},
        headers={"Authorization": f"Bearer {known.token}"},
    ) as response:
        assert int(response.headers["Retry-After"]) >= 1
    assert len(await chat.inbound()) == 15


async def test_an_address_is_counted_over_all_its_tokens(visitor: Visitor) -> None:
    statuses = []
    for _ in range(40):
        async with visitor.session.post(f"{visitor.url}/chat/session", json={}) as response:
            statuses.append(response.status)
    assert statuses[:30] == [201] * 30
    assert statuses[-1] == 429


async def test_made_up_tokens_are_counted_as_new_visitors_are(
    chat: ChatService, visitor: Visitor
) -> None:
    statuses = []
    for number in range(40):
        visitor.token = f"{number:0>43}"
        statuses.append(await visitor.says("cilvēks"))
    assert statuses[:30] == [202] * 30
    assert statuses[-1] == 429
    visitor.token = f"{0:0>43}"
    assert await visitor.says("paldies") == 202, "who wrote before may go on"
    assert len(await chat.inbound()) == 31


async def test_a_proxy_of_ours_names_the_visitors_address(visitor: Visitor) -> None:
    statuses = []
    for number in range(40):
        async with visitor.session.post(
            f"{visitor.url}/chat/session",
            json={},
            headers={"X-Forwarded-For": f"10.9.9.9, 192.0.2.{number}"},
        ) as response:
            statuses.append(response.status)
    assert statuses == [201] * 40


def test_a_limit_fills_again_with_time() -> None:
    moment = [0.0]
    limit = Limit(burst=2, per_second=0.5, now=lambda: moment[0])
    assert [limit.wait_for("a") for _ in range(3)] == [0.0, 0.0, 2.0]
    assert limit.wait_for("b") == 0.0
    moment[0] = 2.0
    assert limit.wait_for("a") == 0.0


async def test_a_visitor_cannot_hold_the_service_by_open_streams(known: Visitor) -> None:
    await known.says("labdien")
    streams = [await known.listens() for _ in range(9)]
    assert [stream.response.status for stream in streams] == [200] * 8 + [429]


async def test_a_database_that_is_away_is_a_kind_answer_and_a_time_to_come_back(
    chat: ChatService, known: Visitor
) -> None:
    await chat.run("ALTER TABLE inbound_messages RENAME TO away")
    status, answer = await known.post("/chat/messages", MESSAGE)
    assert (status, answer["error"]["code"]) == (503, "unavailable")
    await chat.run("ALTER TABLE away RENAME TO inbound_messages")
    assert await known.says("labdien") == 202


@pytest.fixture
async def behind_proxy(
    database_url: str, content: Content, clock: FakeClock
) -> AsyncIterator[ChatService]:
    options: dict[str, Any] = {
        "public_url": "https://zintis.example",
        "frame_ancestors": ("https://www.novads.example",),
        "keeps_days": 365,
    }
    async with running_chat(database_url, content=content, clock=clock, **options) as service:
        yield service


async def test_the_public_address_counts_as_our_own_page(behind_proxy: ChatService) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{behind_proxy.url}/chat/session",
            json={},
            headers={"Origin": "https://zintis.example"},
        ) as response,
    ):
        assert response.status == 201


async def test_the_sites_that_may_embed_can_be_named(behind_proxy: ChatService) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{behind_proxy.url}/?embed=1") as response:
            policy = response.headers["Content-Security-Policy"]
        async with session.get(f"{behind_proxy.url}/privatums") as response:
            notice = await response.text()
    assert "frame-ancestors https://www.novads.example" in policy
    assert "365 dienas" in notice
