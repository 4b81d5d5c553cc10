"""The page of a relayed case: what it says before an answer is sent is what happens to each of its readers."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from bot.storage import ambassadors as stored
from bot.storage.database import Database
from bot.storage.schema import ambassadors, contacts, conversations, handles
from domain.messages import Channel, ConversationId
from domain.relay import AmbassadorId, Reach
from domain.tickets import HandoffReason, TicketNumber
from tests.desk.office import Office, open_office
from tests.desk.test_uploads import sends
from tests.made_files import PDF, png

DACE = "dace"
PHONE = "+37126123456"


async def relayed(office: Office, reach: Reach, *, through: Channel) -> TicketNumber:
    """Dace, an ambassador on a channel, passed on what Vilma needs."""
    number = await office.ticket(
        "Nav ūdens", who="case:1", channel=through, reason=HandoffReason.RELAYED
    )
    writes_in = await office.resident_writes("jauns gadījums", who=DACE, channel=through)
    async with office.database.unit_of_work() as work:
        contact = await work.connection.scalar(
            select(contacts.c.id)
            .join(handles, handles.c.contact_id == contacts.c.id)
            .join(conversations, conversations.c.handle_id == handles.c.id)
            .where(conversations.c.id == writes_in)
        )
        made = await work.connection.scalar(
            insert(ambassadors).values(name="Dace", contact_id=contact).returning(ambassadors.c.id)
        )
        assert made is not None
        await stored.note_relay(
            work.connection,
            number,
            ambassador=AmbassadorId(made),
            person="Vilma Ozola",
            reach=reach,
            phone=PHONE,
        )
        await work.commit()
    return number


async def wrote(office: Office, who: ConversationId, *, hours_ago: float) -> None:
    """Somebody wrote last so many hours ago."""
    heard = office.clock.now() - timedelta(hours=hours_ago)
    async with office.database.reading() as connection:
        await connection.execute(
            update(conversations).where(conversations.c.id == who).values(last_inbound_at=heard)
        )


async def vilma(office: Office, *, hours_ago: float) -> None:
    """The person has a conversation of their own on WhatsApp."""
    own = await office.resident_writes("Labdien", who=PHONE, channel=Channel.WHATSAPP)
    await wrote(office, own, hours_ago=hours_ago)


async def test_the_window_of_the_person_counts_not_the_channel_of_the_ambassador(
    office: Office,
) -> None:
    number = await relayed(office, Reach.PERSON, through=Channel.TELEGRAM)
    await vilma(office, hours_ago=30)
    async with await office.at_work("Anna") as anna:
        page = await anna.does(number, "claim")
    assert "Saglabāt un paziņot cilvēkam" in page.words()
    assert "WhatsApp 24 stundu logs cilvēkam ir aizvēries." in page.words()
    assert "Nosūtīt tūlīt" not in page.words()
    assert "(cilvēkam WhatsApp)" in page.words()
    assert 'data-limit="1600"' in page.text


async def test_an_ambassador_who_wrote_just_now_gets_it_at_once_however_old_the_case(
    office: Office,
) -> None:
    number = await relayed(office, Reach.AMBASSADOR, through=Channel.WHATSAPP)
    await office.hours_ago(number, 30)
    async with await office.at_work("Anna") as anna:
        page = await anna.does(number, "claim")
    assert "Nosūtīt tūlīt" in page.words()
    assert "Vēstnesim atbilde aizies tūlīt: WhatsApp logs atvērts vēl 23 h." in page.words()
    assert "Pabeidzot vēstnesim pajautās" in page.words()


async def test_a_solved_case_says_that_its_ambassador_is_asked(office: Office) -> None:
    number = await relayed(office, Reach.AMBASSADOR, through=Channel.WHATSAPP)
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        page = await anna.does(number, "solve")
    assert "Vēstnesim asistents jautā, vai atbilde palīdzēja" in page.words()


@pytest.mark.parametrize(
    ("hours", "button"),
    [(30, "Nosūtīt vēstnesim un paziņot cilvēkam"), (1, "Nosūtīt tūlīt")],
)
async def test_both_readers_are_told_of_each(office: Office, hours: float, button: str) -> None:
    number = await relayed(office, Reach.BOTH, through=Channel.TELEGRAM)
    await vilma(office, hours_ago=hours)
    async with await office.at_work("Anna") as anna:
        page = await anna.does(number, "claim")
    assert button in page.words()
    assert "Vēstnesim (Telegram) atbilde aizies tūlīt." in page.words()
    assert "(vēstnesim Telegram, cilvēkam WhatsApp)" in page.words()


async def test_a_case_without_anybody_to_answer_says_so(office: Office) -> None:
    number = await relayed(office, Reach.AMBASSADOR, through=Channel.TELEGRAM)
    async with office.database.reading() as connection:
        await connection.execute(update(ambassadors).values(contact_id=None))
    async with await office.at_work("Anna") as anna:
        page = await anna.does(number, "claim")
    assert "nav, kam nosūtīt. Piezvaniet cilvēkam." in page.words()
    assert "Nosūtīt tūlīt" not in page.words()


async def test_an_ambassador_who_blocked_the_assistant_is_named(office: Office) -> None:
    number = await relayed(office, Reach.AMBASSADOR, through=Channel.TELEGRAM)
    async with office.database.reading() as connection:
        await connection.execute(
            update(handles).where(handles.c.external_id == DACE).values(reachable=False)
        )
    async with await office.at_work("Anna") as anna:
        page = await anna.does(number, "claim")
    assert "Vēstnesis ir bloķējis asistentu" in page.words()


async def test_open_pages_get_another_button_when_a_window_closes(office: Office) -> None:
    number = await relayed(office, Reach.BOTH, through=Channel.TELEGRAM)
    await vilma(office, hours_ago=1)
    async with await office.at_work("Anna") as anna:
        before = await anna.does(number, "claim")
        await vilma(office, hours_ago=30)
        after = await anna.see(f"/desk/tickets/{number}")
    key = 'id="reply" data-region="'
    assert before.text.partition(key)[2][:80] != after.text.partition(key)[2][:80]


# ---------------------------------------------------------------------------------------------- files


async def test_files_are_checked_for_the_person_on_whatsapp(office: Office) -> None:
    number = await relayed(office, Reach.BOTH, through=Channel.TELEGRAM)
    await vilma(office, hours_ago=1)
    async with await office.at_work("Anna") as anna:
        page = await anna.does(number, "claim")
        assert "Uz WhatsApp failus pašlaik nosūtīt nevar" in page.words()
        refused = await sends(anna, number, ("a.pdf", PDF), text="Lūdzu")
        assert refused.status == 422
        assert await office.outgoing(number) == []


async def test_files_go_out_when_every_reader_can_have_them(database: Database) -> None:
    async with open_office(database, public_url="http://zintis.example") as office:
        number = await relayed(office, Reach.PERSON, through=Channel.TELEGRAM)
        await vilma(office, hours_ago=1)
        async with await office.at_work("Anna") as anna:
            await anna.does(number, "claim")
            sent = await sends(anna, number, ("a.png", png()), text="Lūdzu")
            assert "Atbilde nodota nosūtīšanai." in sent.words()
