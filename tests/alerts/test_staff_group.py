"""The staff's group on Telegram: what it is told, and how an answer written there reaches the resident."""

from sqlalchemy import select

from bot.storage import agents as stored_agents
from bot.storage.agents import Presence
from bot.storage.schema import (
    alerts,
    conversations,
    inbound_messages,
    staff_groups,
    staff_replies,
)
from simulators.faults import TooManyRequests
from tests.alerts.staffroom import ANNA, DROP, PETERIS, REPLY_PATIENCE, SEND, STRANGER, Staffroom
from tests.desk.office import Office

# ---------------------------------------------------------------------------------------------- being told


async def test_the_group_hears_of_new_and_late_tickets_once(staffroom: Staffroom) -> None:
    number, post = await staffroom.told()
    await staffroom.rounds.tell()
    assert post.text == "\n".join(
        (
            f"🆕 Jauns pieteikums Nr. {number}",
            "Rinda: Klientu apkalpošana",
            "Iemesls: Lūdza darbinieku",
            "Termiņš: 24.11.2026. plkst. 17.00",
            "Jautājums: „Kad atvērs bibliotēku?”",
        )
    )
    staffroom.office.clock.pass_time(days=2)
    await staffroom.rounds.tell()
    await staffroom.rounds.tell()
    late = staffroom.posts[-1]
    assert late.text.startswith(f"⏰ Kavējas pieteikums Nr. {number}")
    assert late.reply_to == post.message_id
    assert [post, late] == staffroom.posts[-2:]


async def test_what_the_resident_adds_stands_under_the_post(staffroom: Staffroom) -> None:
    number, post = await staffroom.told()
    await staffroom.office.resident_writes("Mans personas kods ir 010190-12345")
    await staffroom.rounds.tell()
    added = staffroom.posts[-1]
    assert added.reply_to == post.message_id
    assert f"Pieteikumā Nr. {number} iedzīvotājs raksta" in added.text
    assert "010190" not in added.text


async def test_a_group_without_words_sees_none(staffroom: Staffroom) -> None:
    page = await staffroom.dace.see("/desk/pazinojumi")
    async with staffroom.office.database.reading() as connection:
        group = await connection.scalar(select(staff_groups.c.id))
    form = {"csrf": page.hidden_field("csrf"), "do": "bez"}
    await staffroom.dace.post(f"/desk/pazinojumi/grupa/{group}", form)
    _, post = await staffroom.told("Vilma grib zināt, kad atvērs")
    await staffroom.office.resident_writes("Es, Vilma, gaidu")
    await staffroom.rounds.tell()
    assert "Vilma" not in post.text
    assert "Vilma" not in staffroom.posts[-1].text


async def test_out_of_the_group_it_is_switched_off_and_shown(staffroom: Staffroom) -> None:
    staffroom.group.chat.forbidden = "bot was kicked from the group chat"
    await staffroom.office.ticket()
    await staffroom.rounds.tell()
    shown = (await staffroom.dace.see("/desk/pazinojumi")).words()
    assert "Darbinieki izslēgta" in shown
    assert "nav nosūtīts" in shown


async def test_put_out_of_the_group_it_is_switched_off_at_once(staffroom: Staffroom) -> None:
    await staffroom.group.kicks_bot(staffroom.user(ANNA, "Anna"))
    await staffroom.settled()
    assert "Darbinieki izslēgta" in (await staffroom.dace.see("/desk/pazinojumi")).words()


async def test_told_to_wait_the_group_hears_it_later(staffroom: Staffroom) -> None:
    staffroom.api.faults.next(TooManyRequests(retry_after=30), only={"sendMessage"})
    number = await staffroom.office.ticket()
    await staffroom.rounds.tell()
    staffroom.office.clock.pass_time(seconds=31)
    await staffroom.rounds.tell()
    assert f"Nr. {number}" in staffroom.posts[-1].text


# ---------------------------------------------------------------------------------------------- answering


async def test_a_reply_reaches_the_resident_only_after_the_confirmation(
    staffroom: Staffroom,
) -> None:
    office = staffroom.office
    await staffroom.introduce("Anna", ANNA)
    number, post = await staffroom.told()
    question = await staffroom.replies(ANNA, "Anna", "Rīt plkst. 9.", to=post)
    assert question.text == f"Sūtīt iedzīvotājam? Pieteikums Nr. {number}."
    assert [button.label for button in question.buttons] == [SEND, DROP]
    assert await office.outgoing(number) == []

    notice = await staffroom.presses(ANNA, "Anna", SEND, under=question)
    assert notice == f"Nosūtīts iedzīvotājam. Pieteikums Nr. {number} ir pie darbinieka Anna."
    [answer] = await office.outgoing(number)
    assert (answer.text, answer.agent_name) == ("Rīt plkst. 9.", "Anna")
    await staffroom.api.wait_for_call("editMessageText")
    assert await office.count(staff_replies) == 0
    assert ("ticket.claimed", "Telegram") in await staffroom.deeds()
    assert ("ticket.answered", "Telegram") in await staffroom.deeds()


async def test_whoever_is_absent_is_told_what_to_do_and_presses_again(staffroom: Staffroom) -> None:
    office = staffroom.office
    await staffroom.introduce("Anna", ANNA)
    number, post = await staffroom.told()
    question = await staffroom.replies(ANNA, "Anna", "Rīt plkst. 9.", to=post)
    await at(office, Presence.ABSENT)
    notice = await staffroom.presses(ANNA, "Anna", SEND, under=question)
    assert notice.startswith("Nav nosūtīts: darba galdā Jums ir atzīmēta prombūtne.")
    assert await office.outgoing(number) == []
    await at(office, Presence.AT_WORK)
    notice = await staffroom.presses(ANNA, "Anna", SEND, under=question)
    assert notice.startswith("Nosūtīts iedzīvotājam.")


async def at(office: Office, presence: Presence) -> None:
    async with office.database.unit_of_work() as work:
        agent = office.agents["Anna"]
        await stored_agents.set_presence(work.connection, agent, presence=presence, until=None)
        await work.commit()


async def test_pressed_twice_it_is_sent_once(staffroom: Staffroom) -> None:
    await staffroom.introduce("Anna", ANNA)
    number, post = await staffroom.told()
    question = await staffroom.replies(ANNA, "Anna", "Rīt.", to=post)
    member = staffroom.group.member(staffroom.user(ANNA, "Anna"))
    for _ in range(2):
        await member.presses(SEND, under=question)
    second = await staffroom.api.wait_for_call("answerCallbackQuery", times=2)
    assert second.values["text"] == "Par šo atbildi jau ir izlemts."
    assert len(await staffroom.office.outgoing(number)) == 1


async def test_what_is_not_to_be_sent_is_not(staffroom: Staffroom) -> None:
    await staffroom.introduce("Anna", ANNA)
    number, post = await staffroom.told()
    question = await staffroom.replies(ANNA, "Anna", "Hm.", to=post)
    notice = await staffroom.presses(ANNA, "Anna", DROP, under=question)
    assert notice == f"Netika nosūtīts. Pieteikums Nr. {number}."
    assert await staffroom.office.outgoing(number) == []
    assert ("reply.dropped", "Telegram") in await staffroom.deeds()


async def test_an_edited_reply_is_sent_as_it_was_edited(staffroom: Staffroom) -> None:
    await staffroom.introduce("Anna", ANNA)
    number, post = await staffroom.told()
    member = staffroom.group.member(staffroom.user(ANNA, "Anna"))
    said = await member.says("Rīt plkst. 8.", reply_to=post)
    await staffroom.settled()
    question = await staffroom.api.wait_for_reply(-9001, after=said)
    await member.edits(said, "Rīt plkst. 9.")
    await staffroom.settled()
    await staffroom.presses(ANNA, "Anna", SEND, under=question)
    assert [one.text for one in await staffroom.office.outgoing(number)] == ["Rīt plkst. 9."]


async def test_who_is_not_known_is_told_how(staffroom: Staffroom) -> None:
    number, post = await staffroom.told()
    said = await staffroom.replies(STRANGER, "Kāds", "Rīt.", to=post)
    assert "/darbinieks KODS" in said.text
    assert await staffroom.office.count(staff_replies) == 0
    assert await staffroom.office.outgoing(number) == []


async def test_only_the_author_confirms(staffroom: Staffroom) -> None:
    await staffroom.introduce("Anna", ANNA)
    await staffroom.introduce("Pēteris", PETERIS)
    number, post = await staffroom.told()
    question = await staffroom.replies(ANNA, "Anna", "Rīt.", to=post)
    assert "tikai tas, kurš" in await staffroom.presses(PETERIS, "Pēteris", SEND, under=question)
    assert await staffroom.office.outgoing(number) == []


async def test_a_ticket_that_somebody_holds_stays_theirs(staffroom: Staffroom) -> None:
    await staffroom.introduce("Anna", ANNA)
    number, post = await staffroom.told()
    question = await staffroom.replies(ANNA, "Anna", "Rīt.", to=post)
    office = staffroom.office
    await office.tickets.claim(number, by=office.agents["Pēteris"], name="Pēteris")
    notice = await staffroom.presses(ANNA, "Anna", SEND, under=question)
    assert notice == f"Nav nosūtīts: pieteikumu Nr. {number} tur Pēteris."
    assert await office.outgoing(number) == []


async def test_who_left_answers_no_more(staffroom: Staffroom) -> None:
    await staffroom.introduce("Anna", ANNA)
    number, post = await staffroom.told()
    question = await staffroom.replies(ANNA, "Anna", "Rīt.", to=post)
    office = staffroom.office
    async with office.database.reading() as connection:
        await stored_agents.set_disabled(connection, office.agents["Anna"], at=office.clock.now())
    await staffroom.presses(ANNA, "Anna", SEND, under=question)
    assert await office.outgoing(number) == []


# ---------------------------------------------------------------------------------------------- no resident


async def test_a_staff_group_is_never_a_residents_conversation(staffroom: Staffroom) -> None:
    _, post = await staffroom.told()
    before = await staffroom.office.count(conversations)
    member = staffroom.group.member(staffroom.user(STRANGER, "Kāds"))
    for said in ("@zintis_simulated_bot kad atvērs?", "/palidziba@zintis_simulated_bot"):
        await member.says(said)
    await member.says("Kas to zina?", reply_to=post)
    await staffroom.settled()
    page = await staffroom.dace.see("/desk/pazinojumi")
    async with staffroom.office.database.reading() as connection:
        group = await connection.scalar(select(staff_groups.c.id))
    form = {"csrf": page.hidden_field("csrf"), "do": "izslegt"}
    await staffroom.dace.post(f"/desk/pazinojumi/grupa/{group}", form)
    await member.says("@zintis_simulated_bot un tagad?")
    await staffroom.settled()
    assert await staffroom.office.count(conversations) == before
    assert await staffroom.office.count(inbound_messages) == 1


async def test_a_wrong_or_old_code_links_nothing(staffroom: Staffroom) -> None:
    other = staffroom.api.group(-9002, "Kaimiņi")
    said = await other.member(staffroom.user(STRANGER, "Kāds")).says("/grupa ABCD-EFGH-JKLM")
    answer = await staffroom.api.wait_for_reply(-9002, after=said, patience=REPLY_PATIENCE)
    assert "neder" in answer.text
    assert await staffroom.office.count(staff_groups) == 1


# ---------------------------------------------------------------------------------------------- a group that grew


async def test_a_group_that_grew_is_followed_as_soon_as_it_says_so(staffroom: Staffroom) -> None:
    await staffroom.introduce("Anna", ANNA)
    await staffroom.grows()
    number, post = await staffroom.told()
    assert (post.chat_id, f"Nr. {number}" in post.text) == (-1009001, True)
    question = await staffroom.replies(ANNA, "Anna", "Rīt plkst. 9.", to=post)
    await staffroom.presses(ANNA, "Anna", SEND, under=question)
    assert [one.text for one in await staffroom.office.outgoing(number)] == ["Rīt plkst. 9."]
    shown = (await staffroom.dace.see("/desk/zurnals")).words()
    assert shown.count("Darbinieku grupa kļuva par lielgrupu") == 1
    assert "izslēgta" not in (await staffroom.dace.see("/desk/pazinojumi")).words()
    # Nothing was sent to the old chat to learn it.
    assert [call.status for call in staffroom.api.calls_of("sendMessage")].count(400) == 0


async def test_a_post_with_the_same_number_in_the_old_group_is_another(
    staffroom: Staffroom,
) -> None:
    """A supergroup counts its messages anew: an answer must not go to whom an old post was about."""
    await staffroom.introduce("Anna", ANNA)
    old_number, old = await staffroom.told("Par seno jautājumu")
    await staffroom.grows()
    while (
        await staffroom.group.member(staffroom.user(ANNA, "Anna")).says("Labrīt!")
    ).message_id < (old.message_id - 1):
        pass
    number = await staffroom.office.ticket("Par jauno jautājumu", who="janis")
    staffroom.office.clock.pass_time(minutes=1)
    await staffroom.settled()
    post = staffroom.posts[-1]
    assert post.message_id == old.message_id
    question = await staffroom.replies(ANNA, "Anna", "Jaunā atbilde.", to=post)
    await staffroom.presses(ANNA, "Anna", SEND, under=question)
    assert [one.text for one in await staffroom.office.outgoing(number)] == ["Jaunā atbilde."]
    assert await staffroom.office.outgoing(old_number) == []


async def test_what_follows_an_old_post_stands_by_itself_in_the_new_group(
    staffroom: Staffroom,
) -> None:
    await staffroom.told()
    await staffroom.grows()
    await staffroom.office.resident_writes("Es vēl gaidu")
    await staffroom.rounds.tell()
    assert (staffroom.posts[-1].reply_to, "Es vēl gaidu" in staffroom.posts[-1].text) == (
        None,
        True,
    )


async def test_a_button_under_a_post_in_the_old_group_still_works(staffroom: Staffroom) -> None:
    await staffroom.introduce("Anna", ANNA)
    number, post = await staffroom.told()
    question = await staffroom.replies(ANNA, "Anna", "Rīt.", to=post)
    before = staffroom.group
    await staffroom.grows()
    await before.member(staffroom.user(ANNA, "Anna")).presses(SEND, under=question)
    await staffroom.settled()
    assert [one.text for one in await staffroom.office.outgoing(number)] == ["Rīt."]
    # The old id is no resident's conversation either.
    assert await staffroom.office.count(conversations) == 1


async def test_a_supergroup_that_was_linked_by_hand_before_stays_the_one(
    staffroom: Staffroom,
) -> None:
    async with staffroom.office.database.reading() as connection:
        old = await connection.scalar(select(staff_groups.c.id))
        await connection.execute(
            staff_groups.insert().values(
                external_id="-1009001",
                title="Darbinieki",
                invited_by=staffroom.office.agents["Dace"],
                linked_at=staffroom.office.clock.now(),
            )
        )
    await staffroom.grows()
    async with staffroom.office.database.reading() as connection:
        rows = await connection.execute(
            select(staff_groups.c.external_id, staff_groups.c.disabled_at.is_(None)).order_by(
                staff_groups.c.id
            )
        )
    assert old is not None
    assert [tuple(row) for row in rows] == [("-9001", False), ("-1009001", True)]


async def test_a_group_that_grew_unheard_is_followed_when_something_is_posted(
    staffroom: Staffroom,
) -> None:
    staffroom.api.supergroup(-1009001, "Darbinieki")
    staffroom.group.chat.moved_to = -1009001
    number = await staffroom.office.ticket()
    await staffroom.rounds.tell()
    assert f"Nr. {number}" in staffroom.api.chat(-1009001).sent[-1].text
    async with staffroom.office.database.reading() as connection:
        assert await connection.scalar(select(staff_groups.c.external_id)) == "-1009001"
        assert await connection.scalar(select(alerts.c.state)) == "sent"
