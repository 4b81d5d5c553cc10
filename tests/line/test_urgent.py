"""Danger and despair get the right number at once: before the model, in any state."""

import pytest
from sqlalchemy import select

from bot.content import Content
from bot.storage.schema import agents, outbound_messages, ticket_events, tickets
from bot.turn import MOST_ATTEMPTS
from domain.conversation import Mode
from domain.errors import NluUnavailable
from domain.messages import AgentId
from domain.tickets import HandoffReason, TicketNumber
from domain.understanding import Understanding
from domain.urgency import Danger
from tests.line.conftest import Line


@pytest.mark.parametrize(
    ("words", "key", "number"),
    [
        ("deg māja", "emergency.fire", "112"),
        ("smird pēc gāzes", "emergency.gas", "114"),
        ("vīrs mani sit", "emergency.violence", "110"),
        ("cilvēks neelpo", "emergency.medical", "113"),
        ("plīsa caurule", "emergency.pipe", "8848"),
        ("negribu vairs dzīvot", "crisis.call", "112"),
    ],
)
async def test_the_right_number_comes_first_even_while_the_model_is_down(
    line: Line, content: Content, words: str, key: str, number: str
) -> None:
    line.nlu.down = True
    assert await line.hears(words) == [key, "intro.first"]
    numbers = [word.strip(":*.") for word in content.phrase(key).split()]
    assert next(word for word in numbers if word.isdecimal()) == number


async def test_danger_comes_before_an_open_question_and_drops_it(line: Line) -> None:
    await line.hears("dzēst manus datus")
    assert await line.hears("negribu vairs dzīvot") == ["crisis.call"]
    assert await line.hears("jā") == ["clarify.which"]
    assert await line.stored() != []


async def test_who_despairs_and_asks_for_a_person_comes_first_at_the_desk(line: Line) -> None:
    await line.hears("gribu nomirt")
    assert await line.hears("cilvēks") == ["handoff.opened_crisis"]
    async with line.database.reading() as connection:
        assert await connection.scalar(select(tickets.c.reason)) == HandoffReason.CRISIS


async def test_a_waiting_ticket_is_marked_too(line: Line) -> None:
    await line.hears("cilvēks")
    assert await line.hears("smird pēc gāzes") == ["emergency.gas"]
    assert await events(line) == [("urgent", Danger.GAS)]


async def test_danger_marks_the_ticket_that_is_still_to_do_not_the_solved_one(line: Line) -> None:
    agent = await ilze(line)
    await line.hears("cilvēks")
    main = await only_ticket(line)
    await line.tickets.claim(main, by=agent, name="Ilze")
    other = await line.tickets.split(main, queue="general", subject="Ceļš", by=agent)
    await line.tickets.claim(other.number, by=agent, name="Ilze")
    await line.tickets.solve(main, by=agent)
    assert await line.hears("deg māja") == ["emergency.fire"]
    async with line.database.reading() as connection:
        marked = await connection.scalars(
            select(ticket_events.c.ticket_number)
            .where(ticket_events.c.kind.in_(("urgent", "urgent_told")))
            .order_by(ticket_events.c.id)
        )
        assert marked.all() == [other.number, other.number]


@pytest.mark.parametrize(
    ("words", "key", "danger"),
    [
        ("palīgā, deg māja", "emergency.fire", Danger.FIRE),
        ("smird pēc gāzes", "emergency.gas", Danger.GAS),
        ("negribu vairs dzīvot", "crisis.claimed", Danger.DESPAIR),
        ("Palīgā!", "emergency.call", Danger.OTHER),
    ],
)
async def test_in_a_claimed_conversation_the_numbers_are_said_and_nothing_else(
    line: Line, words: str, key: str, danger: Danger
) -> None:
    await claimed(line)
    assert await line.hears(words) == [key]
    assert await events(line) == [("urgent", danger), ("urgent_told", danger)]
    async with line.database.reading() as connection:
        buttons = outbound_messages.c.buttons
        newest = select(buttons).order_by(outbound_messages.c.id.desc()).limit(1)
        assert await connection.scalar(newest) == []
    assert (await line.conversation()).mode is Mode.STAFF
    assert line.nlu.asked == []


async def test_in_a_claimed_conversation_the_numbers_leave_at_once(line: Line) -> None:
    await claimed(line)
    await line.deliver()
    line.sender.sent.clear()
    await line.hears("deg māja")
    await line.deliver()
    assert ["112" in message.text for message in line.sender.sent] == [True]


async def test_a_russian_in_a_claimed_conversation_reads_the_numbers_too(line: Line) -> None:
    await claimed(line)
    assert await line.hears("горит дом") == ["foreign.urgent_ru", "emergency.fire"]


async def test_in_a_claimed_conversation_the_same_danger_is_answered_once_an_hour(
    line: Line,
) -> None:
    await claimed(line)
    assert await line.hears("deg māja") == ["emergency.fire"]
    line.clock.forward(minutes=59)
    assert await line.hears("ātrāk, deg šķūnis") == []
    assert await line.hears("tēvs neelpo") == ["emergency.medical"]
    line.clock.forward(minutes=2)
    assert await line.hears("atkal deg kūts") == ["emergency.fire"]
    told = [detail for kind, detail in await events(line) if kind == "urgent_told"]
    assert told == [Danger.FIRE, Danger.MEDICAL, Danger.FIRE]


async def test_what_was_said_before_the_claim_is_not_said_over_the_clerk(line: Line) -> None:
    await line.hears("deg māja")
    await claimed(line)
    assert await line.hears("deg māja un šķūnis") == []


async def test_in_a_claimed_conversation_other_words_stay_without_an_answer(line: Line) -> None:
    await claimed(line)
    for words in ("deg lampiņa skaitītājam", "nogalina ar rēķiniem", "ej dirst", "cilvēks"):
        assert await line.hears(words) == []
    assert await events(line) == []


@pytest.mark.parametrize(
    ("meaning", "danger"), [("emergency", Danger.OTHER), ("crisis", Danger.DESPAIR)]
)
async def test_in_a_claimed_conversation_what_the_model_hears_only_marks_the_ticket(
    line: Line, meaning: str, danger: Danger
) -> None:
    await claimed(line)
    line.nlu.teach("man te iet pavisam slikti", meaning)
    assert await line.hears("man te iet pavisam slikti") == []
    assert await events(line) == [("urgent", danger)]


async def test_in_a_claimed_conversation_an_unsure_model_marks_nothing(line: Line) -> None:
    await claimed(line)
    line.nlu.teach("man te iet pavisam slikti", "crisis|complaint")
    assert await line.hears("man te iet pavisam slikti") == []
    assert await events(line) == []


async def test_in_a_claimed_conversation_a_model_that_is_away_holds_nothing_up(line: Line) -> None:
    await claimed(line)
    line.nlu.down = True
    assert await line.hears("paldies, gaidu") == []
    assert await line.hears("deg māja") == ["emergency.fire"]


async def test_in_a_claimed_conversation_a_broken_model_makes_the_assistant_say_nothing(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_down(_text: str) -> Understanding:
        raise LookupError

    await claimed(line)
    before = await line.said()
    monkeypatch.setattr(line.nlu, "understand", break_down)
    await line.accepts("paldies, gaidu")
    conversation = (await line.conversation()).id
    for _ in range(MOST_ATTEMPTS - 1):
        with pytest.raises(LookupError):
            await line.turns.take(conversation)
    await line.turns.take(conversation)
    assert (await line.said(), await line.unanswered()) == (before, 0)
    assert (await line.conversation()).mode is Mode.STAFF


async def test_danger_does_not_wait_behind_what_the_model_must_be_asked_about(line: Line) -> None:
    line.nlu.down = True
    await line.accepts("kur ir kac elejā")
    await line.accepts("un vēl kas")
    await line.accepts("ātrāk, deg māja")
    conversation = (await line.conversation()).id
    await line.turns.take(conversation)
    assert await line.said() == ["emergency.fire", "intro.first"]
    with pytest.raises(NluUnavailable):
        await line.turns.take(conversation)
    line.nlu.down = False
    line.nlu.teach("kur ir kac elejā", "greet")
    line.nlu.teach("un vēl kas", "goodbye")
    await line.turn()
    assert await line.said() == ["emergency.fire", "intro.first", "greet.hello", "goodbye.bye"]


async def test_an_edit_that_tells_of_danger_is_answered(line: Line) -> None:
    line.nlu.teach("labdien", "greet")
    first = await line.accepts("labdien")
    await line.turn()
    told = await line.hears("deg māja palīgā", edit_of=first.external_id)
    assert told == ["emergency.fire"]
    assert await line.hears("deg māja, palīgā!", edit_of=first.external_id) == []


async def test_an_edit_that_tells_of_danger_is_answered_in_a_claimed_conversation(
    line: Line,
) -> None:
    await claimed(line)
    line.nlu.teach("labdien", "greet")
    first = await line.accepts("labdien")
    await line.turn()
    assert await line.hears("deg māja", edit_of=first.external_id) == ["emergency.fire"]


async def test_any_other_edit_of_an_answered_message_stays_without_an_answer(line: Line) -> None:
    line.nlu.teach("labdien", "greet")
    first = await line.accepts("labdien")
    await line.turn()
    assert await line.hears("labvakar", edit_of=first.external_id) == []


async def test_a_cry_for_help_alone_gets_every_number(line: Line) -> None:
    line.nlu.down = True
    assert await line.hears("PALĪGĀĀĀ!!!") == ["emergency.call", "intro.first"]


async def test_who_swears_gets_a_phone_and_a_person_first_even_while_the_model_is_down(
    line: Line, content: Content
) -> None:
    await line.hears("dzēst manus datus")
    line.nlu.down = True
    assert await line.hears("Ejiet dirst!") == ["abuse.calm"]
    await line.deliver()
    said = line.sender.sent[-1]
    phone = content.fallback_phone()
    assert phone.removeprefix("+371") in said.text.replace(" ", "").split("\n")[0]
    assert said.buttons[0].id == "ask_person"


async def claimed(line: Line) -> None:
    await line.hears("cilvēks")
    await line.tickets.claim(await only_ticket(line), by=await ilze(line), name="Ilze")


async def ilze(line: Line) -> AgentId:
    async with line.database.unit_of_work() as work:
        made = await work.connection.execute(
            agents.insert()
            .values(email="ilze@example.org", name="Ilze", password_hash="-")
            .returning(agents.c.id)
        )
        await work.commit()
        return AgentId(made.scalar_one())


async def only_ticket(line: Line) -> TicketNumber:
    async with line.database.reading() as connection:
        return TicketNumber((await connection.execute(select(tickets.c.number))).scalar_one())


async def events(line: Line) -> list[tuple[str, str]]:
    async with line.database.reading() as connection:
        rows = await connection.execute(
            select(ticket_events.c.kind, ticket_events.c.detail)
            .where(ticket_events.c.kind.in_(("urgent", "urgent_told")))
            .order_by(ticket_events.c.id)
        )
        return [(row.kind, row.detail) for row in rows]
