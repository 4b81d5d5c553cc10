"""What staff hear when a ticket changes hands, or when nobody takes it: by e-mail, in the browser, in their group."""

import json
from datetime import date

import pytest

from bot.alerts import AlertRounds
from bot.storage import agents as stored_agents
from bot.storage.agents import Presence
from bot.storage.alerts import EmailAlerts
from domain.persons import Sameness
from domain.tickets import TicketNumber
from simulators.smtp import MailSimulator
from tests.alerts.conftest import wishes
from tests.alerts.staffroom import Staffroom
from tests.desk.office import Office, email_of

HOLIDAY = date(2026, 12, 31)


@pytest.fixture(autouse=True)
async def _both_want_to_know(office: Office) -> None:
    for name in ("Anna", "Pēteris"):
        await wishes(office, name, EmailAlerts.AT_ONCE)


def told(post: MailSimulator, name: str) -> list[str]:
    """The subjects of what somebody got."""
    return [m.message["Subject"] for m in post.mails if m.recipient == email_of(name)]


async def news(office: Office, name: str) -> list[str]:
    """What an open page of somebody would tell."""
    async with await office.at_work(name) as person:
        page = await person.see("/desk/jaunumi")
    return [one["title"] for one in json.loads(page.text)]


async def taken(office: Office, *, by: str = "Anna") -> TicketNumber:
    """A ticket that somebody took at once."""
    number = await office.ticket()
    await office.tickets.claim(number, by=office.agents[by], name=by)
    office.clock.pass_time(minutes=1)
    return number


async def handed(office: Office) -> TicketNumber:
    """A ticket that Anna handed to Pēteris while the resident's words waited."""
    number = await taken(office)
    await office.resident_writes("Vai Vilmai atbildēs?")
    office.clock.pass_time(minutes=1)
    anna, peteris = office.agents["Anna"], office.agents["Pēteris"]
    await office.tickets.hand_over(number, to=peteris, reason="Zina labāk", by=anna)
    return number


async def test_who_gets_a_ticket_from_a_colleague_hears_so_once(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    number = await handed(office)
    await rounds.tell()
    await rounds.tell()
    assert told(post, "Pēteris") == [f"Jums nodeva pieteikumu Nr. {number}"]
    assert told(post, "Anna") == []
    for word in ("Vilma", "Zina labāk"):
        assert word not in post.mails[0].message.get_content()


async def test_the_page_tells_it_until_it_is_answered(office: Office) -> None:
    number = await handed(office)
    assert await news(office, "Pēteris") == [f"Jums nodeva pieteikumu Nr. {number}"]
    office.clock.pass_time(minutes=1)
    await office.tickets.answer(number, text="Rīt.", by=office.agents["Pēteris"])
    assert await news(office, "Pēteris") == []


async def test_a_ticket_that_went_back_by_itself_is_told_to_its_queue(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    number = await office.ticket()
    await rounds.tell()
    await office.tickets.claim(number, by=office.agents["Anna"], name="Anna")
    office.clock.pass_time(minutes=1)
    async with office.database.reading() as connection:
        await stored_agents.set_presence(
            connection, office.agents["Anna"], presence=Presence.ABSENT, until=HOLIDAY
        )
    assert await office.tickets.return_held_in_vain() == 1
    await rounds.tell()
    await rounds.tell()
    new, again = f"Jauns pieteikums Nr. {number}", f"Atkal brīvs pieteikums Nr. {number}"
    assert told(post, "Pēteris") == [new, again]
    assert told(post, "Anna") == [new]
    assert await news(office, "Pēteris") == [again]


async def test_who_gives_a_ticket_back_hears_nothing_of_it(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    number = await taken(office)
    await office.tickets.give_back(number, by=office.agents["Anna"])
    await rounds.tell()
    assert told(post, "Pēteris") == [f"Atkal brīvs pieteikums Nr. {number}"]
    assert told(post, "Anna") == []


async def test_a_ticket_that_waits_on_its_own_again_is_told_to_its_queue(
    staffroom: Staffroom, rounds: AlertRounds, post: MailSimulator
) -> None:
    """Merged into that of somebody else by mistake, and taken apart."""
    office, anna = staffroom.office, staffroom.office.agents["Anna"]
    mistaken = await office.ticket("Kad atvērs bibliotēku?")
    other = await office.ticket("Kad brauc autobuss?", who="zenta")
    await rounds.tell()
    await staffroom.rounds.tell()
    await office.tickets.join(mistaken, other=other, why=Sameness.KNOWN, by=anna)
    await office.tickets.merge(mistaken, into=other, by=anna)
    office.clock.pass_time(minutes=1)
    post.mails.clear()
    await office.tickets.part(mistaken, other=other, by=anna)
    await rounds.tell()
    await staffroom.rounds.tell()
    again = f"Atkal brīvs pieteikums Nr. {mistaken}"
    assert (told(post, "Pēteris"), told(post, "Anna")) == ([again], [])
    assert again in await news(office, "Pēteris")
    assert staffroom.posts[-1].text.startswith(f"↩️ {again}")


async def test_a_ticket_that_nobody_took_in_time_is_told_to_its_queue(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    async with office.database.reading() as connection:
        await stored_agents.set_queues(connection, office.agents["Anna"], queues=["building"])
    number = await office.ticket()
    await rounds.tell()
    office.clock.pass_time(days=2)
    await rounds.tell()
    await rounds.tell()
    late = f"Kavējas nepaņemts pieteikums Nr. {number}"
    assert told(post, "Pēteris") == [f"Jauns pieteikums Nr. {number}", late]
    assert told(post, "Anna") == []
    assert late in await news(office, "Pēteris")


async def test_a_queue_without_members_is_told_to_everybody(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    """Both work elsewhere: a ticket of the KAC of Eleja would be heard of by nobody."""
    async with office.database.reading() as connection:
        for name in ("Anna", "Pēteris"):
            await stored_agents.set_queues(connection, office.agents[name], queues=["building"])
    number = await office.ticket("Kad Elejā salabos lampas?")
    await rounds.tell()
    new = [f"Jauns pieteikums Nr. {number}"]
    assert (told(post, "Anna"), told(post, "Pēteris")) == (new, new)
    assert await news(office, "Anna") == new
    assert "Rinda: KAC Eleja" in post.mails[0].message.get_content()


async def test_a_digest_says_what_is_what(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    await wishes(office, "Pēteris", EmailAlerts.DIGEST)
    number = await handed(office)
    await rounds.tell()
    office.clock.pass_time(days=1)
    await rounds.tell()
    [mail] = [one for one in post.mails if one.recipient == email_of("Pēteris")]
    assert "Pieteikumi, ko Jums nodeva kolēģi: 1" in mail.message.get_content()
    assert str(number) in mail.message.get_content()


async def test_the_group_hears_that_a_ticket_is_free_again(staffroom: Staffroom) -> None:
    number, first = await staffroom.told()
    anna = staffroom.office.agents["Anna"]
    await staffroom.office.tickets.claim(number, by=anna, name="Anna")
    staffroom.office.clock.pass_time(minutes=1)
    await staffroom.office.tickets.give_back(number, by=anna)
    await staffroom.rounds.tell()
    await staffroom.rounds.tell()
    again = staffroom.posts[-1]
    assert again.text.startswith(f"↩️ Atkal brīvs pieteikums Nr. {number}")
    assert [first, again] == staffroom.posts[-2:]
    assert again.reply_to == first.message_id
