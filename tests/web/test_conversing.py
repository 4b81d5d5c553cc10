"""A conversation over the web chat's interface: written once, answered live, kept for a reload."""

import uuid
from dataclasses import replace

from sqlalchemy import select

from bot.storage.schema import handles
from tests.fakes import FakeClock
from tests.web.service import ChatService
from tests.web.visitor import Visitor


async def test_a_question_is_accepted_and_its_answer_arrives_without_asking_again(
    visitor: Visitor,
) -> None:
    assert await visitor.says("Kur samaksāt rēķinu?") == 202

    stream = await visitor.listens()
    told = await stream.until("internetbankā")

    assert told["mode"] == "bot"
    answer = told["messages"][-1]
    assert (answer["by"], answer["state"]) == ("assistant", "sent")
    assert all(set(button) == {"id", "label"} for button in answer["buttons"])


async def test_a_reload_shows_both_sides_in_order(visitor: Visitor) -> None:
    question = str(uuid.uuid4())
    await visitor.says("Kur samaksāt rēķinu?", message_id=question)
    seen = await visitor.hears(1)

    assert [said["by"] for said in seen["messages"]] == ["resident", "assistant"]
    mine = seen["messages"][0]
    assert (mine["key"], mine["text"], mine["state"]) == (
        question,
        "Kur samaksāt rēķinu?",
        "answered",
    )
    assert seen["whole"]


async def test_a_page_that_was_away_gets_only_what_it_lacks(visitor: Visitor) -> None:
    await visitor.says("labdien")
    before = await visitor.hears(1)
    await visitor.says("Kur samaksāt rēķinu?")
    await visitor.hears(2)

    news = await (await visitor.listens(before["position"])).until("internetbankā")

    assert not news["whole"]
    assert [said["by"] for said in news["messages"]] == ["resident", "assistant"]
    assert (await visitor.looks(news["position"]))["messages"] == []


async def test_the_same_message_again_changes_nothing(chat: ChatService, visitor: Visitor) -> None:
    await visitor.open_session()
    body = {"id": str(uuid.uuid4()), "text": "labdien"}
    first = await visitor.post("/chat/messages", body)
    second = await visitor.post("/chat/messages", body)

    assert first == (202, {"accepted": body["id"], "repeated": False})
    assert second == (202, {"accepted": body["id"], "repeated": True})
    assert len(await chat.inbound()) == 1


async def test_two_visitors_may_use_the_same_message_id(
    chat: ChatService, visitor: Visitor, stranger: Visitor
) -> None:
    shared = str(uuid.uuid4())
    assert await visitor.says("labdien", message_id=shared) == 202
    assert await stranger.says("labdien", message_id=shared) == 202
    assert len(await chat.inbound()) == 2


async def test_a_pressed_choice_arrives_as_a_press_with_its_words(
    chat: ChatService, visitor: Visitor
) -> None:
    await visitor.open_session()
    assert await visitor.presses("menu:bills", "Rēķini") == 202
    [stored] = await chat.inbound()
    assert (stored["kind"], stored["choice"], stored["text"]) == ("press", "menu:bills", "Rēķini")


async def test_only_a_digest_of_the_token_is_stored(chat: ChatService, visitor: Visitor) -> None:
    await visitor.says("labdien")
    async with chat.database.reading() as connection:
        [handle] = (await connection.execute(select(handles.c.external_id))).scalars()
    assert visitor.token not in handle
    assert len(handle) == 64


async def test_what_was_masked_is_masked_on_the_page_too(visitor: Visitor) -> None:
    await visitor.says("mans kods ir 010190-12345")
    seen = await visitor.hears(1)
    assert seen["messages"][0]["text"] == "mans kods ir [personas kods dzēsts]"


async def test_staff_answer_under_their_name_and_the_page_says_who_answers(
    chat: ChatService, visitor: Visitor
) -> None:
    await visitor.says("cilvēks")
    assert (await visitor.hears(1))["mode"] == "waiting"
    agent, number = await chat.agent("Ilze Kalniņa"), await chat.ticket()
    stream = await visitor.listens()

    await chat.tickets.claim(number, by=agent, name="Ilze Kalniņa")
    await chat.tickets.answer(number, text="Labdien! <b>Palīdzēšu</b>.", by=agent)
    told = await stream.until("Palīdzēšu")

    assert (told["mode"], told["agent"]) == ("staff", "Ilze Kalniņa")
    said = told["messages"][-1]
    assert (said["by"], said["name"]) == ("staff", "Ilze Kalniņa")
    assert said["html"] == "<p>Labdien! &lt;b&gt;Palīdzēšu&lt;/b&gt;.</p>"


async def test_a_reply_stands_after_its_question_even_when_the_clocks_differ(
    visitor: Visitor, clock: FakeClock
) -> None:
    clock.forward(days=2000)  # our clock is far ahead of the database's
    await visitor.says("labdien")
    seen = await visitor.hears(1)
    assert [said["by"] for said in seen["messages"]] == ["resident", "assistant"]


async def test_erasing_empties_an_open_page(chat: ChatService, visitor: Visitor) -> None:
    await visitor.says("labdien")
    await visitor.hears(1)
    stream = await visitor.listens()
    await visitor.says("dzēst manus datus")
    await stream.until("Vai tiešām dzēst")
    await visitor.says("jā")
    emptied = await stream.event()
    while not emptied["whole"]:
        emptied = await stream.event()
    last = emptied if emptied["messages"] else await stream.event()

    assert [said["by"] for said in last["messages"]] == ["assistant"]
    assert await chat.inbound() == []


async def test_a_message_that_became_visible_late_makes_the_page_start_anew(
    chat: ChatService, visitor: Visitor
) -> None:
    await visitor.says("labdien")
    await visitor.hears(1)
    await visitor.says("Kur samaksāt rēķinu?")
    await visitor.hears(2)
    await chat.run("UPDATE outbound_messages SET state = 'failed' WHERE id = 1")
    position = (await visitor.looks())["position"]

    await chat.run("UPDATE outbound_messages SET state = 'sent' WHERE id = 1")

    seen = await visitor.looks(position)
    assert seen["whole"]
    assert len(seen["messages"]) == 4


async def test_the_page_reports_what_it_got_and_what_it_showed(
    chat: ChatService, visitor: Visitor
) -> None:
    await visitor.says("labdien")
    said = (await visitor.hears(1))["messages"][-1]["id"]

    assert (await visitor.post("/chat/seen", {"ids": [said], "shown": False}))[0] == 200
    assert await chat.states() == ["delivered"]
    assert (await visitor.post("/chat/seen", {"ids": [said], "shown": True}))[0] == 200
    assert await chat.states() == ["read"]
    assert (await visitor.post("/chat/seen", {"ids": [said], "shown": False}))[0] == 200
    assert await chat.states() == ["read"]


async def test_nobody_reports_or_sees_what_others_were_told(
    chat: ChatService, visitor: Visitor, stranger: Visitor
) -> None:
    await visitor.says("labdien")
    said = (await visitor.hears(1))["messages"][-1]["id"]
    await stranger.open_session()
    await stranger.presses("restart", "Sākt no jauna")
    await stranger.hears(1)

    await stranger.post("/chat/seen", {"ids": [said], "shown": True})

    assert await chat.states() == ["sent", "sent"]
    texts = [m.get("text") for m in (await stranger.looks())["messages"] if m["by"] == "resident"]
    assert texts == ["Sākt no jauna"]


async def test_two_pages_of_one_visitor_are_both_told(visitor: Visitor) -> None:
    await visitor.says("labdien")
    await visitor.hears(1)
    phone, computer = await visitor.listens(), await visitor.listens()
    await visitor.says("Kur samaksāt rēķinu?")
    for stream in (phone, computer):
        await stream.until("internetbankā")


async def test_stopping_the_service_ends_the_streams_and_the_page_goes_on_where_it_was(
    chat: ChatService, visitor: Visitor
) -> None:
    await visitor.says("labdien")
    before = await visitor.hears(1)
    stream = await visitor.listens(before["position"])
    assert (await stream.event())["messages"] == []

    await chat.application.stop()
    assert await stream.ends()
    await chat.application.start()

    await visitor.says("Kur samaksāt rēķinu?")
    await (await visitor.listens(before["position"])).until("internetbankā")


async def test_a_stream_ends_when_its_visitor_is_forgotten(
    chat: ChatService, visitor: Visitor
) -> None:
    await visitor.says("labdien")
    await visitor.hears(1)
    await chat.becomes("sent")
    stream = await visitor.listens()
    await stream.event()
    await chat.run(
        "WITH gone AS (DELETE FROM contacts RETURNING id)"
        " SELECT pg_notify('zintis_live', c.id::text) FROM conversations c, gone"
    )
    assert await stream.ends()


def test_a_visitor_keeps_nothing_but_a_token(visitor: Visitor) -> None:
    """There are no cookies to send back."""
    assert list(replace(visitor).session.cookie_jar) == []
