"""Agents and tickets, page by page."""

import asyncio
from dataclasses import replace

import pytest

from bot.storage import tickets as stored
from bot.storage.schema import notes, outbound_messages
from domain.messages import UNNAMED, Attachment, Channel, DeliveryState, MessageKind, OutboundId
from domain.tickets import HandoffReason, TicketNumber, TicketState
from tests.desk.office import Office, tickets_on


async def state_of(office: Office, number: TicketNumber) -> TicketState:
    async with office.database.reading() as connection:
        row = await stored.row_of(connection, number)
    assert row is not None
    return row.ticket.state


# ---------------------------------------------------------------------------------------------- the way of a ticket


async def test_agent_takes_a_ticket_and_answers(office: Office) -> None:
    number = await office.ticket("Kad atvērs bibliotēku Elejā?")
    async with await office.at_work("Anna Bērziņa") as anna:
        page = await anna.see("/desk/")
        assert "Kad atvērs bibliotēku Elejā?" in page.words()
        taken = await anna.does(number, "claim")
        assert "Pieteikums ir Jūsu." in taken.words()
        assert "Asistents klusē" in taken.words()
        sent = await anna.does(number, "answer", text="Labdien!\n\nAtvērta no plkst. 9.")
        assert "Atbilde nodota nosūtīšanai." in sent.words()
    [answer] = await office.outgoing(number)
    assert (answer.agent_name, answer.state) == ("Anna Bērziņa", "queued")
    assert answer.html == "Labdien!\n\nAtvērta no plkst. 9."


async def test_absent_agent_is_told_so_and_comes_to_work_with_the_claim(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        page = await anna.see("/desk/konts")
        absent = {"presence": "absent", "until": "2026-11-30", "csrf": page.hidden_field("csrf")}
        await anna.post("/desk/konts/klatbutne", absent)
        page = await anna.see(f"/desk/tickets/{number}")
        assert "Esmu darbā, paņemt" in page.words()
        assert page.hidden_field("at_work") == "yes"
        refused = await anna.does(number, "claim")  # as a page would that was opened before
        assert (refused.status, "Jums ir atzīmēta prombūtne" in refused.words()) == (409, True)
        page = await anna.does(number, "claim", at_work="yes")
        assert "Pieteikums ir Jūsu, un Jūs atkal esat „Darbā”." in page.words()
        assert "Mana klātbūtne: Darbā" in page.words()
    assert await office.tickets.return_held_in_vain() == 0


async def test_solving_asks_the_resident_and_the_page_says_so(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        page = await anna.does(number, "solve")
        assert (
            "pajautājām, vai atbilde palīdzēja. Ja sarunā vēl runā kolēģis, pajautāsim"
            in page.words()
        )
        assert "Iedzīvotājam asistents jautā, vai" in page.words()
        assert tickets_on(await anna.see("/desk/?skats=atrisinatie")) == [number]
        assert tickets_on(await anna.see("/desk/?skats=mani")) == []
    assert await state_of(office, number) is TicketState.SOLVED


async def test_ticket_given_back_is_free_for_a_colleague(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna, await office.at_work("Berta") as berta:
        await anna.does(number, "claim")
        await anna.does(number, "give_back")
        page = await berta.does(number, "claim")
    assert "Pieteikums ir Jūsu." in page.words()


async def test_note_stays_at_the_desk(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna, await office.at_work("Berta") as berta:
        await anna.does(number, "claim")
        before = await office.count(outbound_messages)
        await berta.does(number, "note", text="Zvanīt pēc pusdienām")
        page = await anna.see(f"/desk/tickets/{number}")
    assert "Piezīme – iedzīvotājs to neredz · Berta" in page.words()
    assert "Zvanīt pēc pusdienām" in page.words()
    assert await office.count(outbound_messages) == before


async def test_history_tells_who_did_what(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        await anna.does(number, "answer", text="Labdien!")
        page = await anna.does(number, "give_back")
    history = page.words().partition("Vēsture")[2]
    for line in (
        "Pieteikums izveidots",
        "Paņēma – Anna",
        "Atbildēja – Anna",
        "Atdeva rindai – Anna",
    ):
        assert line in history


# ---------------------------------------------------------------------------------------------- two people at once


async def test_second_to_claim_reads_who_was_first(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna, await office.at_work("Berta") as berta:
        await anna.does(number, "claim")
        page = await berta.does(number, "claim")
    assert page.status == 409
    assert "Jau paņēma Anna." in page.words()


async def test_of_twenty_who_claim_at_once_exactly_one_gets_it(office: Office) -> None:
    number = await office.ticket()
    names = [f"Agents{letter}" for letter in "ABCDEFGHIJKLMNOPQRST"]
    people = [await office.at_work(name) for name in names]
    try:
        pages = await asyncio.gather(*(person.does(number, "claim") for person in people))
    finally:
        await asyncio.gather(*(person.http.close() for person in people))
    assert sorted(page.status for page in pages) == [200] + [409] * 19
    async with office.database.reading() as connection:
        happened = await stored.history(connection, number)
    assert [event.kind for event in happened].count("claimed") == 1


async def test_answer_to_a_ticket_taken_meanwhile_is_not_sent_and_not_lost(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna, await office.at_work("Berta") as berta:
        await anna.does(number, "claim")
        await anna.does(number, "give_back")
        await berta.does(number, "claim")
        page = await anna.does(number, "answer", text="Gara un rūpīga atbilde")
    assert page.status == 409
    assert "Jau paņēma Berta. Atbilde nav nosūtīta." in page.words()
    assert "Gara un rūpīga atbilde" in page.words()
    assert await office.outgoing(number) == []


async def test_form_sent_twice_sends_one_answer(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        page = await anna.see(f"/desk/tickets/{number}")
        form = {"csrf": page.hidden_field("csrf"), "form": page.hidden_field("form")}
        path = f"/desk/tickets/{number}/answer"
        await asyncio.gather(*(anna.post(path, {**form, "text": "Labdien!"}) for _ in range(5)))
        assert len(await office.outgoing(number)) == 1
        await anna.post(path, {**form, "text": "Un vēl kas."})
    assert len(await office.outgoing(number)) == 2


async def test_note_sent_twice_is_kept_once(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        page = await anna.see(f"/desk/tickets/{number}")
        form = {"csrf": page.hidden_field("csrf"), "form": page.hidden_field("form")}
        for _ in range(2):
            await anna.post(f"/desk/tickets/{number}/note", {**form, "text": "Zvanīt"})
    assert await office.count(notes) == 1


# ---------------------------------------------------------------------------------------------- wrong input


@pytest.mark.parametrize(
    ("action", "text", "said"),
    [
        ("answer", "  \n ", "Atbilde ir tukša. Uzrakstiet to."),
        ("note", "", "Piezīme ir tukša. Uzrakstiet to."),
        ("answer", "ā" * 8001, "šeit ir par 1 rakstzīmi vairāk"),
        ("note", "ā" * 4012, "šeit ir par 12 rakstzīmēm vairāk"),
    ],
)
async def test_wrong_text_is_explained_and_shown_again(
    office: Office, action: str, text: str, said: str
) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        page = await anna.does(number, action, text=text)
    assert page.status == 422
    assert said in page.words()
    assert text.strip() in page.text
    assert await office.outgoing(number) == []


async def test_ticket_that_is_not_there(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        for path in ("/desk/tickets/999", "/desk/tickets/999/live", "/desk/nav/tadas"):
            page = await anna.see(path)
            assert page.status == 404
            assert "Šādas lapas nav" in page.words()


async def test_zero_bytes_do_no_harm(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        await anna.does(number, "answer", text="La\x00bdien")
    assert [answer.text for answer in await office.outgoing(number)] == ["Labdien"]


# ---------------------------------------------------------------------------------------------- what a page shows


async def test_conversation_shows_who_said_what_and_how_far_it_got(office: Office) -> None:
    conversation = await office.resident_writes("Vai 120190-11111 ir parādā?", channel=Channel.WEB)
    await office.was_understood(conversation, "topic.bills-check-debt")
    office.clock.pass_time(minutes=1)
    said = await office.assistant_says("Es esmu **Zintis**.", channel=Channel.WEB)
    await office.becomes(said, DeliveryState.READ)
    office.clock.pass_time(minutes=1)
    await office.resident_writes("labots teksts", channel=Channel.WEB, edit_of="1")
    await office.resident_writes("no kaimiņa", channel=Channel.WEB, forwarded_from="Kaimiņš")
    await office.resident_writes("no kāda", channel=Channel.WEB, forwarded_from=UNNAMED)
    place = Attachment(MessageKind.LOCATION, latitude=56.65, longitude=23.71)
    photo = Attachment(MessageKind.PHOTO, name="rēķins.jpg", size=1_258_291)
    await office.resident_writes(
        channel=Channel.WEB, kind=MessageKind.PHOTO, attachments=(photo, place)
    )
    number = await office.ticket("Gribu cilvēku", channel=Channel.WEB)
    await office.was_understood(await office.conversation_of(number), "out_of_scope")
    async with await office.at_work("Anna") as anna:
        page = await anna.see(f"/desk/tickets/{number}")
    assert '<span class="masked">[personas kods dzēsts]</span>' in page.text
    assert "<strong>Zintis</strong>" in page.text
    for words in (
        "Asistents saprata: „Kā uzzināt, vai man ir parāds par ūdeni” · 87 %",
        "Asistents saprata: nav mūsu joma · 87 %",
        "izlasīts ✓✓",
        "(labots) labots teksts",
        "Pārsūtīts no: Kaimiņš",
        "Pārsūtīta ziņa no kāda",
        "Fotoattēls · rēķins.jpg · 1,2 MB",
        "Atrašanās vieta · 56.65000, 23.71000",
    ):
        assert words in page.words()


async def test_words_of_a_resident_are_never_read_as_html(office: Office) -> None:
    evil = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    number = await office.ticket(evil, name='Vilma"><script>alert(3)</script>')
    await office.resident_writes(
        evil,
        forwarded_from=evil,
        attachments=(Attachment(MessageKind.DOCUMENT, name=evil),),
        kind=MessageKind.DOCUMENT,
    )
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        await anna.does(number, "answer", text=evil)
        await anna.does(number, "note", text=evil)
        await anna.does(number, "answer", text="[spied](javascript:alert(4))")
        page = await anna.see(f"/desk/tickets/{number}")
        listed = await anna.see("/desk/?skats=mani")
    for text in (page.text, listed.text):
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert 'href="javascript' not in text
    assert page.text.count("&lt;script&gt;alert(1)") >= 4


@pytest.mark.parametrize(
    ("hours", "button", "hint"),
    [
        (1, "Nosūtīt tūlīt", "WhatsApp logs atvērts vēl 22 h."),
        (23.5, "Nosūtīt tūlīt", "WhatsApp logs atvērts vēl 29 min."),
        (25, "Saglabāt un paziņot iedzīvotājam", "WhatsApp 24 stundu logs ir aizvēries."),
    ],
)
async def test_button_says_what_will_happen_on_whatsapp(
    office: Office, hours: float, button: str, hint: str
) -> None:
    number = await office.ticket(who="whatsapp:+37120000001", channel=Channel.WHATSAPP)
    async with await office.at_work("Anna") as anna:
        await office.hours_ago(number, hours)
        page = await anna.does(number, "claim")
    assert button in page.words()
    assert hint in page.words()


async def test_parked_and_failed_messages_stand_out_and_can_be_tried_again(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        await anna.does(number, "answer", text="Labdien!")
        [answer] = await office.outgoing(number)
        message = OutboundId(int(answer.id[1:]))
        await office.becomes(message, DeliveryState.FAILED, error="blocked")
        page = await anna.see("/desk/?skats=mani")
        assert "neizdevās nosūtīt" in page.words()
        page = await anna.does(number, "retry", message=str(message))
        assert "Mēģinām nosūtīt vēlreiz." in page.words()
        [answer] = await office.outgoing(number)
        assert answer.state == "queued"
        await office.becomes(message, DeliveryState.PARKED)
        assert "gaida 24 h logu" in (await anna.see("/desk/?skats=mani")).words()


async def test_only_failed_messages_of_this_conversation_are_tried_again(office: Office) -> None:
    number = await office.ticket()
    await office.ticket("cits", who="janis", name="Jānis")
    other = await office.assistant_says("Sveiki", who="janis")
    await office.becomes(other, DeliveryState.FAILED)
    sent = await office.assistant_says("Sveiki")
    await office.becomes(sent, DeliveryState.SENT)
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "retry", message=str(other))
        await anna.does(number, "retry", message=str(sent))
        assert (await anna.does(number, "retry", message="nav skaitlis")).status == 404
    conversation = await office.conversation_of(number)
    async with office.database.reading() as connection:
        states = [s.state for s in await stored.timeline(connection, conversation) if s.state]
    assert states == ["sent"]
    anna_id = office.agents["Anna"]
    assert not await office.outbox.retry(other, conversation, ticket=number, by=anna_id)


# ---------------------------------------------------------------------------------------------- the list


async def test_list_puts_first_what_burns(office: Office) -> None:
    old = await office.ticket("vecs", who="a")
    office.clock.pass_time(days=1)
    late = await office.ticket("jauns", who="b")
    crisis = await office.ticket("dūmi", who="c", reason=HandoffReason.CRISIS)
    reopened = await office.ticket("atkal", who="d")
    async with office.database.unit_of_work() as work:
        ticket = await stored.lock(work.connection, reopened)
        assert ticket is not None
        again = replace(ticket, reopened=1)
        await stored.save(work.connection, again, stored.Event("reopened", at=office.clock.now()))
        await work.commit()
    async with await office.at_work("Anna") as anna:
        page = await anna.see("/desk/")
    assert tickets_on(page) == [crisis, reopened, old, late]
    assert "atvērts no jauna" in page.words()
    assert "steidzami" in page.words()


async def test_tabs_count_and_show_their_own(office: Office) -> None:
    first = await office.ticket("viens", who="a")
    second = await office.ticket("divi", who="b")
    third = await office.ticket("trīs", who="c")
    async with await office.at_work("Anna") as anna, await office.at_work("Berta") as berta:
        await anna.does(first, "claim")
        await berta.does(second, "claim")
        new = await anna.see("/desk/")
        mine = await anna.see("/desk/?skats=mani")
        every = await anna.see("/desk/?skats=atvertie")
        odd = await anna.see("/desk/?skats=nekas")
    assert tickets_on(new) == tickets_on(odd) == [third]
    assert tickets_on(mine) == [first]
    assert tickets_on(every) == [first, second, third]
    assert (
        "Nepaņemtie 1 Mani 1 Kavējas 0 Gaida logu 0 Nepiegādātie 0 Visi atvērtie 3" in new.words()
    )


async def test_deadline_is_the_first_answer_then_the_solution(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        assert "atlikušas 29 h" in (await anna.see("/desk/")).words()
        await anna.does(number, "claim")
        await anna.does(number, "answer", text="Labdien!")
        assert "atlikušas 7 d." in (await anna.see("/desk/?skats=mani")).words()
    office.clock.pass_time(days=9)
    async with await office.at_work("Anna") as anna:
        assert "kavējas 43 h" in (await anna.see("/desk/?skats=mani")).words()


async def test_badge_tells_that_the_resident_waits(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        office.clock.pass_time(minutes=1)
        await anna.does(number, "answer", text="Labdien!")
        assert "iedzīvotājs gaida" not in (await anna.see("/desk/?skats=mani")).words()
        office.clock.pass_time(minutes=1)
        await office.resident_writes("un vēl?")
        assert "iedzīvotājs gaida" in (await anna.see("/desk/?skats=mani")).words()


async def test_blocked_assistant_is_said_before_an_answer_is_written(office: Office) -> None:
    number = await office.ticket()
    await office.inbox.note_blocked(channel=Channel.TELEGRAM, handle="vilma", blocked=True)
    async with await office.at_work("Anna") as anna:
        page = await anna.does(number, "claim")
    assert "Iedzīvotājs ir bloķējis asistentu" in page.words()


async def test_stars_and_comment_stand_on_the_ticket_and_in_the_list(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        await anna.does(number, "solve")
        assert "Vērtējums" not in (await anna.see(f"/desk/tickets/{number}")).words()
        async with office.database.unit_of_work() as work:
            now = office.clock.now()
            await stored.rate(work.connection, number, stars=4, at=now)
            await stored.comment(work.connection, number, words="Ātri <b>un</b> laipni", at=now)
            await work.commit()
        page = await anna.see(f"/desk/tickets/{number}")
        listed = await anna.see("/desk/?skats=atrisinatie")
    assert "Vērtējums ★★★★☆ 4 no 5 – „Ātri <b>un</b> laipni”" in page.words()
    assert "★★★★☆ 4 no 5 – „Ātri <b>un</b> laipni”" in listed.words()
    assert "<b>un</b>" not in page.text + listed.text
