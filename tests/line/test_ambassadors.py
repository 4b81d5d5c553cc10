"""An ambassador's way: a code, a neighbour's case step by step, and the answer back to whom it was promised."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.storage import ambassadors as stored
from bot.storage import conversations as stored_conversations
from bot.storage import personal_data
from bot.storage.database import Database
from bot.storage.schema import (
    agents,
    ambassadors,
    audit_log,
    inbound_messages,
    outbound_messages,
    ticket_events,
    tickets,
)
from domain.conversation import Mode
from domain.invitations import HIDDEN, VALID_FOR, Redemption, digest, new_code
from domain.messages import AgentId, Attachment, Channel, MessageKind
from domain.tickets import TicketNumber, TicketState
from tests.line.conftest import Line

PAY = "topic.bills-pay-where"
PHONE = "+37126123456"


@pytest.fixture
async def ilze(database: Database) -> AgentId:
    async with database.unit_of_work() as work:
        made = await work.connection.execute(
            agents.insert()
            .values(email="ilze@example.org", name="Ilze", password_hash="-")
            .returning(agents.c.id)
        )
        await work.commit()
        return AgentId(made.scalar_one())


@pytest.fixture
async def code(line: Line, ilze: AgentId) -> str:
    return await invite(line, ilze)


@pytest.fixture
async def anna(line: Line, code: str) -> Line:
    """The line, on which Anna is an ambassador."""
    await line.hears(code)
    return line


async def invite(line: Line, by: AgentId, name: str = "Anna") -> str:
    made = new_code(Redemption.AMBASSADOR)
    async with line.database.unit_of_work() as work:
        await stored.add(
            work.connection,
            name=name,
            code_hash=digest(made),
            expires_at=line.clock.now() + VALID_FOR,
            by=by,
        )
        await work.commit()
    return made


async def relayed(anna: Line, how: str = "Man, es nodošu", phone: str = "") -> TicketNumber:
    """Anna relays what Vilma said."""
    await anna.hears("jauns gadījums")
    await anna.hears("Vilmai nav ūdens jau divas dienas")
    await anna.hears("jā")
    await anna.hears("Vilma Ozola")
    await anna.hears(how)
    if phone:
        await anna.hears(phone)
    await anna.hears("jā, piekrīt")
    return (await cases(anna))[-1][0]


async def cases(line: Line) -> list[tuple[TicketNumber, TicketState, str]]:
    async with line.database.reading() as connection:
        rows = await connection.execute(
            select(tickets.c.number, tickets.c.state, tickets.c.on_behalf_of).order_by(
                tickets.c.number
            )
        )
        return [(TicketNumber(n), TicketState(s), person) for n, s, person in rows]


async def events(line: Line) -> list[str]:
    async with line.database.reading() as connection:
        rows = await connection.execute(select(ticket_events.c.kind).order_by(ticket_events.c.id))
        return list(rows.scalars())


async def words_of(line: Line, number: TicketNumber) -> list[tuple[str, str]]:
    """What stands in the conversation of a case: the words and whose they were."""
    m = inbound_messages.c
    async with line.database.reading() as connection:
        rows = await connection.execute(
            select(m.text, m.forwarded_from)
            .join(tickets, tickets.c.conversation_id == m.conversation_id)
            .where(tickets.c.number == number)
            .order_by(m.id)
        )
        return [(text, author) for text, author in rows]


async def deliver_all(line: Line) -> None:
    """Deliver what waits anywhere."""
    async with line.database.reading() as connection:
        found = await connection.scalars(
            select(outbound_messages.c.conversation_id)
            .where(outbound_messages.c.state == "queued")
            .distinct()
        )
        waiting = list(found)
    for conversation in waiting:
        await line.outbox.deliver(conversation)


async def solve(line: Line, number: TicketNumber, *, by: AgentId) -> None:
    """Ilze takes a ticket and finishes it."""
    await line.tickets.claim(number, by=by, name="Ilze")
    await line.tickets.solve(number, by=by)


def sent_to(line: Line, handle: str) -> list[str]:
    return [message.plain for message in line.sender.sent if message.handle == handle]


# ---------------------------------------------------------------------------------------------- the code


async def test_a_code_makes_an_ambassador_and_is_nowhere_in_clear(line: Line, code: str) -> None:
    assert await line.hears(f"Labdien, mans kods {code.lower()}.") == ["intro.first", "join.done"]
    assert await line.stored() == [f"Labdien, mans kods {HIDDEN}."]
    async with line.database.reading() as connection:
        rows = [list(await connection.execute(select(t))) for t in (ambassadors, audit_log)]
        logged = await connection.scalar(select(audit_log.c.event))
    assert code not in f"{rows}"
    assert logged == "ambassador.joined"


async def test_a_code_works_once(line: Line, code: str) -> None:
    await line.hears(code)
    assert await line.hears(code) == ["join.already"]
    line.handle = "78"
    assert await line.hears(code) == ["intro.first", "join.wrong"]


async def test_a_code_is_too_old_after_two_weeks(line: Line, code: str) -> None:
    line.clock.forward(days=14)
    assert await line.hears(code) == ["intro.first", "join.wrong"]


async def test_guessing_is_held_up_for_an_hour(line: Line, code: str) -> None:
    for _ in range(5):
        assert "join.wrong" in await line.hears(new_code(Redemption.AMBASSADOR))
    assert await line.hears(code) == ["join.too_often"]
    line.clock.forward(hours=1, seconds=1)
    assert await line.hears(code) == ["join.done"]


async def test_a_disabled_ambassador_is_none_and_does_not_come_back_by_another_code(
    anna: Line, ilze: AgentId
) -> None:
    async with anna.database.unit_of_work() as work:
        [one] = await stored.list_all(work.connection)
        await stored.set_disabled(work.connection, one.id, at=anna.clock.now())
        await work.commit()
    assert await anna.hears("jauns gadījums") == ["relay.not_ambassador"]
    assert await anna.hears(await invite(anna, ilze, "Anna B.")) == ["join.wrong"]


async def test_others_are_told_what_the_words_are_for(line: Line) -> None:
    assert "relay.not_ambassador" in await line.hears("jauns gadījums")
    assert await line.hears("mani gadījumi") == ["relay.not_ambassador"]
    assert await line.hears("atcelt") == ["cancel.nothing"]


async def test_my_data_tell_of_the_role_and_erasing_them_ends_it(anna: Line) -> None:
    await anna.hears("mani dati")
    await anna.deliver()
    assert "digitālais vēstnesis: Anna" in sent_to(anna, "77")[-1]
    await anna.hears("dzēst manus datus")
    await anna.hears("jā, dzēst")
    assert "relay.not_ambassador" in await anna.hears("jauns gadījums")


# ---------------------------------------------------------------------------------------------- telling a case


async def test_told_step_by_step_it_becomes_one_ticket_of_its_own(anna: Line) -> None:
    assert await anna.hears("jauns gadījums") == ["relay.ask_words"]
    assert await anna.hears("Vilmai nav ūdens") == ["relay.ask_more"]
    assert await anna.hears("vēl nav viss") == ["relay.ask_words"]
    assert await anna.hears("Jau divas dienas") == ["relay.ask_more"]
    assert await anna.hears("jā, tas ir viss") == ["relay.ask_person"]
    assert await anna.hears("Vilma Ozola") == ["relay.ask_reach"]
    assert await anna.hears("4") == ["relay.consent_ambassador"]
    assert await anna.hears("jā") == ["handoff.opened_relayed"]
    [(number, state, person)] = await cases(anna)
    assert (state, person) == (TicketState.NEW, "Vilma Ozola")
    assert await words_of(anna, number) == [("Vilmai nav ūdens", ""), ("Jau divas dienas", "")]
    assert (await anna.conversation()).mode is Mode.BOT
    assert anna.nlu.asked == []


async def test_what_was_told_is_kept_with_the_case_and_nowhere_else(anna: Line) -> None:
    number = await relayed(anna, "Lai darbinieks piezvana", "26 123 456")
    said = " ".join(await anna.stored())
    assert said.count("nav ūdens") == 1
    assert "Vilma Ozola" not in said
    assert "26 123 456" not in said
    async with anna.database.reading() as connection:
        row = (await connection.execute(select(tickets).where(tickets.c.number == number))).one()
    assert (row.reach_by, row.reach_detail, row.subject) == (
        "call",
        PHONE,
        "Vilmai nav ūdens jau divas dienas",
    )
    assert "relay_call" in await events(anna)


async def test_forwarded_messages_are_joined_into_one_case(anna: Line) -> None:
    for words in ("Meitiņ, nav ūdens", "Kam zvanīt?"):
        await anna.accepts(words, forwarded_from="Vilma")
    photo = Attachment(MessageKind.PHOTO, "file", media_type="image/jpeg")
    await anna.accepts(kind=MessageKind.PHOTO, attachments=(photo,), forwarded_from="Vilma")
    await anna.turn()
    assert (await anna.said())[-1:] == ["relay.ask_more"]
    for answer in ("jā", "Vilma", "man, es nodošu", "jā"):
        await anna.hears(answer)
    [(number, _, _)] = await cases(anna)
    assert [author for _, author in await words_of(anna, number)] == ["Vilma"] * 3


async def test_who_is_no_ambassador_may_forward_as_before(line: Line) -> None:
    line.nlu.teach("kur samaksāt", PAY)
    assert await line.hears("kur samaksāt", forwarded_from="Vilma") == ["intro.first", PAY]


@pytest.mark.parametrize(("last", "said"), [("nē", "relay.refused"), ("atcelt", "relay.cancelled")])
async def test_without_consent_nothing_is_kept(anna: Line, last: str, said: str) -> None:
    await anna.hears("jauns gadījums")
    for words in ("Vilmai ir parādi", "jā", "Vilma Ozola", "Lai darbinieks piezvana", "26123456"):
        await anna.hears(words)
    assert await anna.hears(last) == [said]
    assert await cases(anna) == []
    kept = " ".join(await anna.stored())
    assert not [w for w in ("parādi", "Vilma Ozola", "26123456") if w in kept]


@pytest.mark.parametrize("words", ["labi", "nu jā, laikam"])
async def test_only_a_plain_yes_is_consent(anna: Line, words: str) -> None:
    await anna.hears("jauns gadījums")
    for answer in ("Nav ūdens", "jā", "Vilma", "man, es nodošu"):
        await anna.hears(answer)
    await anna.hears(words)
    assert await cases(anna) == []
    assert (await anna.said())[-1] == "relay.consent_ambassador"


async def test_a_question_in_between_is_answered_and_the_case_goes_on(anna: Line) -> None:
    anna.nlu.teach("kur samaksāt rēķinu?", PAY)
    await anna.hears("jauns gadījums")
    await anna.hears("Nav ūdens")
    await anna.hears("jā")
    assert await anna.hears("kur samaksāt rēķinu?") == [PAY, "relay.ask_person"]
    assert await anna.hears("palīdzība") == ["help.menu", "relay.ask_person"]
    assert await anna.hears("Vilma") == ["relay.ask_reach"]


async def test_danger_gets_its_number_first_and_stays_a_part_of_the_case(anna: Line) -> None:
    await anna.hears("jauns gadījums")
    said = await anna.hears("Vilmai deg māja")
    assert said == ["emergency.fire", "relay.ask_more"]
    forwarded = await anna.hears("smird pēc gāzes", forwarded_from="Vilma")
    assert forwarded == ["emergency.gas", "relay.ask_more"]


async def test_a_command_that_was_forwarded_is_only_words(anna: Line) -> None:
    assert await anna.hears("cilvēks", forwarded_from="Vilma") == ["relay.ask_more"]
    assert await cases(anna) == []


async def test_starting_anew_erases_what_was_begun(anna: Line) -> None:
    await anna.hears("jauns gadījums")
    await anna.hears("Vilmai ir parādi")
    assert await anna.hears("sākt no jauna") == ["restart.done"]
    assert "parādi" not in " ".join(await anna.stored())


async def test_what_was_left_lying_for_a_day_is_erased(anna: Line) -> None:
    anna.nlu.teach("kur samaksāt", PAY)
    await anna.hears("jauns gadījums")
    await anna.hears("Vilmai ir parādi")
    anna.clock.forward(hours=25)
    assert await anna.hears("mani gadījumi") == ["relay.expired", "my_cases.none"]
    assert "parādi" not in " ".join(await anna.stored())


async def test_an_edit_while_telling_counts_as_more_words(anna: Line) -> None:
    await anna.hears("jauns gadījums")
    first = await anna.accepts("Nav ūdns")
    await anna.turn()
    assert await anna.hears("Nav ūdens", edit_of=first.external_id) == ["relay.ask_more"]


# ---------------------------------------------------------------------------------------------- the answer


async def test_the_answer_reaches_the_ambassador_to_be_passed_on(anna: Line, ilze: AgentId) -> None:
    number = await relayed(anna)
    await anna.tickets.claim(number, by=ilze, name="Ilze")
    await anna.tickets.answer(number, text="Avārija tiks novērsta rīt.", by=ilze)
    await deliver_all(anna)
    claimed, passed_on, answer = sent_to(anna, "77")[-3:]
    assert "Ilze" in claimed
    assert "nododiet" in passed_on
    assert "Vilma Ozola" in passed_on
    assert answer == "Avārija tiks novērsta rīt."


async def test_a_claimed_case_silences_nobody(anna: Line, ilze: AgentId) -> None:
    anna.nlu.teach("kur samaksāt", PAY)
    number = await relayed(anna)
    await anna.tickets.claim(number, by=ilze, name="Ilze")
    assert await anna.hears("kur samaksāt") == [PAY]
    assert await anna.hears("jauns gadījums") == ["relay.ask_words"]


async def test_many_cases_are_open_at_once_beside_the_ambassadors_own(anna: Line) -> None:
    await relayed(anna)
    await relayed(anna)
    assert await anna.hears("cilvēks") == ["handoff.opened_asked"]
    assert len(await cases(anna)) == 3
    assert await anna.hears("mani gadījumi") == ["my_cases.heading", "my_cases.new"]
    assert await anna.hears("mani pieteikumi") == ["my_tickets.heading", "my_tickets.new"]


async def test_the_list_of_cases_repeats_no_promise_that_was_kept_or_broken(
    anna: Line, ilze: AgentId
) -> None:
    number = await relayed(anna)
    await anna.tickets.claim(number, by=ilze, name="Ilze")
    await anna.tickets.answer(number, text="Rīt būs.", by=ilze)
    assert await anna.hears("mani gadījumi") == ["my_cases.heading", "my_cases.answered"]
    await relayed(anna)
    anna.clock.forward(days=5)
    assert await anna.hears("mani gadījumi") == [
        "my_cases.heading",
        "my_cases.late",
        "my_cases.answered",
    ]


async def test_whether_it_helped_is_asked_of_the_ambassador(anna: Line, ilze: AgentId) -> None:
    number = await relayed(anna)
    await solve(anna, number, by=ilze)
    assert (await anna.said())[-1] == "relay.helped"
    assert await anna.hears("nē") == ["helped.no_reopened"]
    assert [state for _, state, _ in await cases(anna)] == [TicketState.NEW]
    assert (await anna.conversation()).mode is Mode.BOT
    await solve(anna, number, by=ilze)
    assert await anna.presses(f"helped_yes:{number}") == ["helped.yes"]
    assert [state for _, state, _ in await cases(anna)] == [TicketState.CLOSED]


async def test_the_ambassador_learns_that_a_finished_case_goes_on(
    anna: Line, ilze: AgentId
) -> None:
    number = await relayed(anna)
    await solve(anna, number, by=ilze)
    await anna.tickets.reopen(number, by=ilze, name="Ilze", reason="Kļūdas dēļ")
    assert (await anna.said())[-1] == "relay.reopened"
    await deliver_all(anna)
    assert "Vilma Ozola" in sent_to(anna, "77")[-1]


async def test_more_words_about_a_finished_case_give_it_both_deadlines_anew(
    anna: Line, ilze: AgentId
) -> None:
    number = await relayed(anna)
    await solve(anna, number, by=ilze)
    anna.clock.forward(days=6)
    await anna.hears(f"par {number}: ūdens joprojām nav")
    async with anna.database.reading() as connection:
        row = await connection.execute(select(tickets.c.answer_by, tickets.c.solve_by))
        answer_by, solve_by = row.one()
    assert anna.clock.now() < answer_by < solve_by


@pytest.mark.parametrize(("how", "told"), [("Man, es nodošu", 1), ("Lai darbinieks piezvana", 0)])
async def test_a_late_claimed_case_is_told_of_unless_somebody_may_have_called(
    anna: Line, ilze: AgentId, how: str, told: int
) -> None:
    number = await relayed(anna, how, "26123456" if not told else "")
    await anna.tickets.claim(number, by=ilze, name="Ilze")
    anna.clock.forward(days=4)
    assert await anna.tickets.tell_late() == told


async def test_claiming_a_case_outside_the_ambassadors_window_spends_no_template(
    line: Line, code: str, ilze: AgentId
) -> None:
    line.channel, line.handle = Channel.WHATSAPP, PHONE
    await line.hears(code)
    number = await relayed(line)
    await deliver_all(line)
    line.clock.forward(hours=30)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await deliver_all(line)
    assert "relay.claimed" not in await line.said()
    assert "parked" not in await line.states()
    await line.tickets.give_back(number, by=ilze)
    await line.hears("mani gadījumi")  # the window of the ambassador is open again
    await line.tickets.claim(number, by=ilze, name="Ilze")
    assert (await line.said())[-1] == "relay.claimed"


async def on_whatsapp(line: Line) -> None:
    """Vilma has a conversation of her own."""
    line.channel, line.handle = Channel.WHATSAPP, PHONE
    await line.hears("palīdzība")
    line.channel, line.handle = Channel.TELEGRAM, "77"


@pytest.mark.parametrize(
    ("how", "ambassador"), [("Pašam cilvēkam (WhatsApp)", 0), ("Pašam cilvēkam un man", 1)]
)
async def test_the_answer_reaches_the_person_where_that_was_agreed(
    anna: Line, ilze: AgentId, how: str, ambassador: int
) -> None:
    await on_whatsapp(anna)
    number = await relayed(anna, how, "26123456")
    await anna.tickets.claim(number, by=ilze, name="Ilze")
    await anna.tickets.answer(number, text="Rīt būs.", by=ilze)
    await deliver_all(anna)
    framed, answer = sent_to(anna, PHONE)[-2:]
    assert "vēstnesis Anna" in framed
    assert answer == "Rīt būs."
    assert sent_to(anna, "77").count("Rīt būs.") == ambassador


async def test_a_person_without_a_conversation_is_reached_through_the_ambassador(
    anna: Line, ilze: AgentId
) -> None:
    number = await relayed(anna, "Pašam cilvēkam (WhatsApp)", "26123456")
    assert "relay_unreachable" in await events(anna)
    await anna.tickets.claim(number, by=ilze, name="Ilze")
    await anna.tickets.answer(number, text="Rīt būs.", by=ilze)
    await deliver_all(anna)
    assert sent_to(anna, "77")[-1] == "Rīt būs."


async def test_outside_the_window_the_answer_waits_for_the_ambassador(
    line: Line, code: str, ilze: AgentId
) -> None:
    line.channel, line.handle = Channel.WHATSAPP, "+37120000001"
    await line.hears(code)
    number = await relayed(line)
    await line.tickets.claim(number, by=ilze, name="Ilze")
    await deliver_all(line)
    line.clock.forward(hours=25)
    await line.tickets.answer(number, text="Rīt būs.", by=ilze)
    await deliver_all(line)
    assert (await line.states())[-3:] == ["parked", "parked", "queued"]
    await deliver_all(line)
    assert line.sender.sent[-1].template
    await line.hears("labi")
    await deliver_all(line)
    assert "Rīt būs." in sent_to(line, "+37120000001")


async def test_when_the_ambassador_erased_everything_the_desk_sees_that_nobody_is_reached(
    anna: Line, ilze: AgentId
) -> None:
    number = await relayed(anna)
    await anna.hears("dzēst manus datus")
    await anna.hears("jā, dzēst")
    async with anna.database.unit_of_work() as work:
        later = anna.clock.now() + timedelta(hours=2)
        await personal_data.forget_erased(
            work, calendar=anna.content.calendar, before=later, now=later
        )
        await work.commit()
    await anna.tickets.claim(number, by=ilze, name="Ilze")
    await anna.tickets.answer(number, text="Rīt būs.", by=ilze)
    await deliver_all(anna)
    assert set(await anna.states()) == {"failed"}
    assert [person for _, _, person in await cases(anna)] == ["Vilma Ozola"]


# ---------------------------------------------------------------------------------------------- adding


async def test_later_words_reach_the_right_case(anna: Line) -> None:
    first, second = await relayed(anna), await relayed(anna)
    assert await anna.hears(f"Par {first}: tagad atkal ir") == ["relay.added"]
    assert (await words_of(anna, first))[-1] == (f"Par {first}: tagad atkal ir", "")
    assert len(await words_of(anna, second)) == 1
    assert await anna.presses(f"case_add:{second}") == ["relay.ask_addition"]
    assert await anna.hears("un arī gāzes nav") == ["relay.added"]
    assert (await words_of(anna, second))[-1] == ("un arī gāzes nav", "")
    assert await anna.hears("mani gadījumi") != ["relay.added"]


async def test_adding_to_a_solved_case_opens_it_again(anna: Line, ilze: AgentId) -> None:
    number = await relayed(anna)
    await solve(anna, number, by=ilze)
    assert await anna.hears(f"par {number}: tomēr nav") == ["relay.added"]
    assert [state for _, state, _ in await cases(anna)] == [TicketState.NEW]


async def test_nobody_adds_to_the_case_of_another(anna: Line, ilze: AgentId) -> None:
    number = await relayed(anna)
    other = await invite(anna, ilze, "Pēteris")
    anna.handle = "78"
    await anna.hears(other)
    assert await anna.hears(f"par {number}: labdien") == ["relay.unknown_case"]
    assert await anna.presses(f"case_add:{number}") == ["relay.unknown_case"]
    assert await anna.presses(f"helped_yes:{number}") == ["helped.yes"]
    assert [state for _, state, _ in await cases(anna)] == [TicketState.NEW]


# ---------------------------------------------------------------------------------------------- WhatsApp's 24 hours


@pytest.fixture
async def dace(line: Line, code: str) -> Line:
    """The line, on which Dace is an ambassador on WhatsApp."""
    line.channel, line.handle = Channel.WHATSAPP, PHONE
    await line.hears(code)
    return line


async def test_an_ambassador_who_wrote_just_now_hears_that_an_old_case_is_late(dace: Line) -> None:
    await relayed(dace)
    dace.clock.forward(days=4)
    assert await dace.tickets.tell_late() == 0
    await dace.hears("mani gadījumi")
    assert await dace.tickets.tell_late() == 1
    assert (await dace.said())[-1] == "relay.late"


async def test_an_ambassador_who_wrote_just_now_hears_that_a_solution_is_late(
    dace: Line, ilze: AgentId
) -> None:
    number = await relayed(dace)
    await dace.tickets.claim(number, by=ilze, name="Ilze")
    await dace.tickets.answer(number, text="Skatos.", by=ilze)
    dace.clock.forward(days=11)
    assert await dace.tickets.tell_late() == 0
    await dace.hears("mani gadījumi")
    assert await dace.tickets.tell_late() == 1
    assert (await dace.said())[-1] == "relay.unsolved"


@pytest.mark.parametrize(("gone", "told"), [("", 1), ("blocked", 0), ("erased", 0)])
async def test_an_ambassador_out_of_reach_is_not_told_that_a_case_is_late(
    anna: Line, gone: str, told: int
) -> None:
    await relayed(anna)
    async with anna.database.unit_of_work() as work:
        await stored_conversations.set_reachable(
            work.connection,
            channel=anna.channel,
            handle=anna.handle,
            reachable=gone != "blocked",
        )
        if gone == "erased":
            await work.connection.execute(update(ambassadors).values(contact_id=None))
        await work.commit()
    anna.clock.forward(days=4)
    assert await anna.tickets.tell_late() == told


async def test_an_ambassador_who_wrote_just_now_is_asked_whether_an_old_case_was_helped(
    dace: Line, ilze: AgentId
) -> None:
    number = await relayed(dace)
    dace.clock.forward(hours=30)
    await dace.hears("mani gadījumi")
    await solve(dace, number, by=ilze)
    assert (await dace.said())[-1] == "relay.helped"
    assert await dace.hears("4") == ["rating.comment"]
    assert [state for _, state, _ in await cases(dace)] == [TicketState.CLOSED]


async def test_an_ambassador_outside_the_window_is_asked_when_they_write_again(
    dace: Line, ilze: AgentId
) -> None:
    number = await relayed(dace)
    dace.clock.forward(hours=30)
    await solve(dace, number, by=ilze)
    assert "relay.helped" not in await dace.said()
    assert (await dace.hears("palīdzība"))[-1] == "relay.helped"
    await deliver_all(dace)
    assert f"Nr. {number} (Vilma Ozola)" in sent_to(dace, PHONE)[-1]
    assert await dace.hears("nē") == ["helped.no_reopened"]
    assert [state for _, state, _ in await cases(dace)] == [TicketState.NEW]
    assert "relay.helped" not in await dace.hears("palīdzība")


async def test_the_list_of_cases_keeps_its_choices_and_the_question_comes_under_a_later_answer(
    dace: Line, ilze: AgentId
) -> None:
    number = await relayed(dace)
    dace.clock.forward(hours=30)
    await solve(dace, number, by=ilze)
    assert await dace.hears("mani gadījumi") == ["my_cases.heading", "my_cases.solved"]
    assert await dace.hears("1") == ["relay.ask_addition"]
    assert await dace.hears("atcelt") == ["relay.cancelled"]
    assert await dace.hears("palīdzība") == ["help.menu", "relay.helped"]


async def test_a_case_asked_about_late_is_told_when_it_goes_on_after_all(
    dace: Line, ilze: AgentId
) -> None:
    number = await relayed(dace)
    dace.clock.forward(hours=30)
    await solve(dace, number, by=ilze)
    await dace.hears("palīdzība")
    await dace.tickets.reopen(number, by=ilze, name="Ilze", reason="Kļūdas dēļ")
    assert (await dace.said())[-1] == "relay.reopened"


async def test_a_case_solved_again_is_asked_about_once(dace: Line, ilze: AgentId) -> None:
    number = await relayed(dace)
    dace.clock.forward(hours=30)
    await solve(dace, number, by=ilze)
    await dace.tickets.reopen(number, by=ilze, name="Ilze", reason="Kļūdas dēļ")
    assert "relay.helped" not in await dace.hears("palīdzība")
    await dace.tickets.solve(number, by=ilze)
    await dace.hears("jā")
    assert "relay.helped" not in await dace.hears("palīdzība")
    assert (await dace.said()).count("relay.helped") == 1


async def test_whether_a_case_was_helped_waits_while_a_colleague_talks_with_the_ambassador(
    anna: Line, ilze: AgentId
) -> None:
    case = await relayed(anna)
    await anna.hears("cilvēks")
    own = (await cases(anna))[-1][0]
    await anna.tickets.claim(own, by=ilze, name="Ilze")
    await solve(anna, case, by=ilze)
    assert "relay.helped" not in await anna.said()
    await anna.tickets.solve(own, by=ilze)
    assert (await anna.said())[-1] == "helped.ask"
    assert (await anna.hears("jā"))[-1] == "relay.helped"
    assert (await anna.hears("jā")) == ["helped.yes"]
    assert [state for _, state, _ in await cases(anna)] == [TicketState.CLOSED] * 2


async def test_whether_a_case_was_helped_is_not_asked_into_the_middle_of_another(
    anna: Line, ilze: AgentId
) -> None:
    case = await relayed(anna)
    await anna.tickets.claim(case, by=ilze, name="Ilze")
    await anna.hears("jauns gadījums")
    await anna.tickets.solve(case, by=ilze)
    assert "relay.helped" not in await anna.said()
    for words in ("Jānim nav siltuma", "jā", "Jānis Bērzs", "Man, es nodošu"):
        assert "relay.helped" not in await anna.hears(words)
    assert await anna.hears("jā, piekrīt") == ["handoff.opened_relayed", "relay.helped"]
    assert await anna.hears("jā") == ["helped.yes"]
    assert [state for _, state, _ in await cases(anna)] == [TicketState.CLOSED, TicketState.NEW]


async def test_a_case_being_told_goes_on_after_a_colleague_has_finished_the_ambassadors_own_ticket(
    anna: Line, ilze: AgentId
) -> None:
    await anna.hears("jauns gadījums")
    await anna.hears("Vilmai nav ūdens")
    await anna.hears("cilvēks")
    own = (await cases(anna))[-1][0]
    await solve(anna, own, by=ilze)
    assert "helped.ask" not in await anna.said()
    for words in ("jā", "Vilma Ozola", "Man, es nodošu"):
        await anna.hears(words)
    assert await anna.hears("jā, piekrīt") == ["handoff.opened_relayed", "helped.ask"]
    assert await words_of(anna, (await cases(anna))[-1][0]) == [("Vilmai nav ūdens", "")]


@pytest.fixture
async def own(anna: Line, ilze: AgentId) -> TicketNumber:
    """Anna's own ticket, which Ilze holds while Anna is about to say how Vilma gets the answer."""
    for words in ("jauns gadījums", "Vilmai nav ūdens", "jā", "Vilma Ozola"):
        await anna.hears(words)
    await anna.hears("cilvēks")
    number = (await cases(anna))[-1][0]
    await anna.tickets.claim(number, by=ilze, name="Ilze")
    return number


async def test_the_open_question_of_a_case_is_said_again_when_the_colleague_is_done(
    anna: Line, own: TicketNumber, ilze: AgentId
) -> None:
    await anna.tickets.solve(own, by=ilze)
    assert (await anna.said())[-2:] == ["staff.claimed", "relay.ask_reach"]
    assert await anna.hears("4") == ["relay.consent_ambassador"]
    assert await anna.hears("jā") == ["handoff.opened_relayed", "helped.ask"]


async def test_a_case_left_lying_for_a_day_is_not_gone_on_with_when_the_colleague_is_done(
    anna: Line, own: TicketNumber, ilze: AgentId
) -> None:
    anna.clock.forward(hours=25)
    await anna.tickets.solve(own, by=ilze)
    assert (await anna.said())[-1] == "staff.claimed"
    assert "relay.expired" in await anna.hears("palīdzība")


async def test_outside_the_window_the_open_question_of_a_case_is_not_worth_a_template(
    dace: Line, ilze: AgentId
) -> None:
    for words in ("jauns gadījums", "Vilmai nav ūdens", "jā", "Vilma Ozola", "cilvēks"):
        await dace.hears(words)
    number = (await cases(dace))[-1][0]
    await dace.tickets.claim(number, by=ilze, name="Ilze")
    dace.clock.forward(hours=23, minutes=55)
    await dace.tickets.solve(number, by=ilze)
    assert (await dace.said())[-1] == "staff.claimed"
    assert await dace.hears("4") == ["relay.consent_ambassador"]


async def test_a_case_that_no_colleague_interrupted_is_not_disturbed_when_a_ticket_ends(
    anna: Line, own: TicketNumber, ilze: AgentId
) -> None:
    split = await anna.tickets.split(own, queue="bills", subject="Rēķins", by=ilze)
    await anna.tickets.give_back(own, by=ilze)
    await anna.hears("jauns gadījums")
    said = await anna.said()
    await anna.tickets.merge(split.number, into=own, by=ilze)
    assert await anna.said() == said
    assert await anna.hears("4") == ["relay.consent_ambassador"]


async def test_the_case_that_waited_longest_is_asked_about_when_the_colleague_is_done(
    anna: Line, ilze: AgentId
) -> None:
    case = await relayed(anna)
    await anna.hears("cilvēks")
    own = (await cases(anna))[-1][0]
    await anna.tickets.claim(own, by=ilze, name="Ilze")
    await solve(anna, case, by=ilze)
    split = await anna.tickets.split(own, queue="bills", subject="Rēķins", by=ilze)
    await anna.tickets.merge(own, into=split.number, by=ilze)
    assert (await anna.said())[-1] == "relay.helped"


async def test_of_a_case_that_was_split_each_part_is_asked_about_by_its_number(
    anna: Line, ilze: AgentId
) -> None:
    number = await relayed(anna)
    await anna.tickets.claim(number, by=ilze, name="Ilze")
    split = await anna.tickets.split(number, queue="bills", subject="Rēķins", by=ilze)
    await anna.tickets.solve(number, by=ilze)
    await deliver_all(anna)
    assert f"pieteikumu Nr. {number} (Vilma Ozola)" in sent_to(anna, "77")[-1]
    await anna.hears("jā")
    assert await cases(anna) == [
        (number, TicketState.CLOSED, "Vilma Ozola"),
        (split.number, TicketState.NEW, "Vilma Ozola"),
    ]


async def test_an_answer_in_a_part_of_a_split_case_names_that_part(
    anna: Line, ilze: AgentId
) -> None:
    number = await relayed(anna)
    await anna.tickets.claim(number, by=ilze, name="Ilze")
    await anna.tickets.split(number, queue="bills", subject="Rēķins", by=ilze)
    await anna.tickets.answer(number, text="Rīt.", by=ilze)
    await deliver_all(anna)
    [heading] = [said for said in sent_to(anna, "77") if said.startswith("Lūdzu, nododiet")]
    assert f"Nr. {number}" in heading
    assert f"par {number}: …" in heading


async def test_a_case_still_asked_about_is_named_when_it_is_asked_again(
    anna: Line, ilze: AgentId
) -> None:
    anna.nlu.teach("kur samaksāt", PAY)
    number = await relayed(anna)
    await solve(anna, number, by=ilze)
    assert await anna.hears("kur samaksāt") == [PAY, "relay.helped"]


async def test_of_two_cases_solved_in_a_row_both_are_asked_about(anna: Line, ilze: AgentId) -> None:
    first, second = await relayed(anna), await relayed(anna)
    for number in (first, second):
        await solve(anna, number, by=ilze)
    assert await anna.hears("jā") == ["helped.yes", "relay.helped"]
    assert await anna.hears("jā") == ["helped.yes"]
    assert [state for _, state, _ in await cases(anna)] == [TicketState.CLOSED] * 2


async def test_a_case_is_asked_about_again_when_an_answer_to_pass_on_came_between(
    anna: Line, ilze: AgentId
) -> None:
    first, second = await relayed(anna), await relayed(anna)
    await anna.tickets.claim(second, by=ilze, name="Ilze")
    await solve(anna, first, by=ilze)
    await anna.tickets.answer(second, text="Rīt būs.", by=ilze)
    assert await anna.hears("palīdzība") == ["help.menu", "relay.helped"]
    await anna.hears("jā")
    assert [state for _, state, _ in await cases(anna)] == [TicketState.CLOSED, TicketState.CLAIMED]


async def test_a_case_is_asked_about_again_when_the_list_of_cases_came_between(
    anna: Line, ilze: AgentId
) -> None:
    number = await relayed(anna)
    await solve(anna, number, by=ilze)
    assert await anna.hears("mani gadījumi") == ["my_cases.heading", "my_cases.solved"]
    assert await anna.hears("palīdzība") == ["help.menu", "relay.helped"]
    await anna.hears("jā")
    assert [state for _, state, _ in await cases(anna)] == [TicketState.CLOSED]


async def test_a_case_solved_twice_is_asked_about_by_one_question(
    anna: Line, ilze: AgentId
) -> None:
    number = await relayed(anna)
    for _ in range(2):
        await solve(anna, number, by=ilze)
        await anna.tickets.reopen(number, by=ilze, name="Ilze", reason="Kļūdas dēļ")
    await anna.tickets.solve(number, by=ilze)
    assert await anna.hears("jā") == ["helped.yes"]
    assert (await anna.conversation()).state.to_ask == ()
