"""E-mails to agents: what makes one, what stands in it, and what happens when the mail server has a bad day."""

import asyncio
from datetime import date

import pytest

from bot.alerts import AlertRounds, MailServer
from bot.alerts.outcomes import LEASE
from bot.storage import agents as stored_agents
from bot.storage import alerts, news
from bot.storage.agents import Presence
from bot.storage.alerts import AlertState, AlertTrouble, EmailAlerts
from domain.messages import AgentId
from domain.tickets import TicketNumber
from simulators.smtp import MailSimulator
from tests.alerts.conftest import rounds_of, wishes
from tests.desk.office import Office

ANNA = "anna@example.org"


@pytest.fixture(autouse=True)
async def _anna_wants_to_know(office: Office) -> None:
    await wishes(office, "Anna", EmailAlerts.AT_ONCE)


def subjects(post: MailSimulator) -> list[str]:
    return [mail.message["Subject"] for mail in post.mails]


async def claimed(office: Office, *, who: str = "vilma") -> TicketNumber:
    """A ticket that Anna holds, claimed a minute after it came."""
    number = await office.ticket("Kad atvērs bibliotēku?", who=who)
    office.clock.pass_time(minutes=1)
    await office.tickets.claim(number, by=office.agents["Anna"], name="Anna")
    office.clock.pass_time(minutes=1)
    return number


async def troubles(office: Office) -> list[AlertTrouble]:
    async with office.database.reading() as connection:
        return await alerts.list_troubles(connection, since=office.clock.now().replace(year=2000))


# ---------------------------------------------------------------------------------------------- what makes one


async def test_a_new_ticket_is_told_once_to_who_asked(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    number = await office.ticket("Mana kaimiņiene Vilma nevar samaksāt")
    await rounds.tell()
    await rounds.tell()
    [mail] = post.mails
    assert (mail.recipient, mail.message["Subject"]) == (ANNA, f"Jauns pieteikums Nr. {number}")
    text = mail.message.get_content()
    assert "Rinda: Klientu apkalpošana" in text
    assert "Termiņš: 24.11.2026. plkst. 17.00" in text
    assert f"https://asistents.example.lv/desk/tickets/{number}" in text


async def test_what_is_found_is_counted(office: Office) -> None:
    await office.ticket()
    now = office.clock.now()
    async with office.database.unit_of_work() as work:
        found = [await news.find_for_agents(work.connection, now=now, morning=now) for _ in "ab"]
    assert found == [1, 0]


async def test_nothing_of_the_resident_is_in_it(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    number = await claimed(office)
    await office.resident_writes("Un vai var ar karti?", name="Vilma Ozola")
    await rounds.tell()
    said = str(post.mails[0].message)
    assert subjects(post) == [f"Iedzīvotājs atbildēja pieteikumā Nr. {number}"]
    for word in ("Vilma", "Ozola", "karti", "bibliotēku"):
        assert word not in said
        assert word not in post.mails[0].message.get_content()


async def test_only_tickets_of_ones_queues_are_told(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    async with office.database.reading() as connection:
        await stored_agents.set_queues(connection, office.agents["Anna"], queues=["building"])
    await office.ticket()
    await rounds.tell()
    assert post.mails == []


async def test_who_is_absent_hears_of_no_new_tickets(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    async with office.database.reading() as connection:
        await stored_agents.set_presence(
            connection, office.agents["Anna"], presence=Presence.ABSENT, until=date(2026, 12, 1)
        )
    await office.ticket()
    await rounds.tell()
    assert post.mails == []


async def test_answers_of_the_resident_are_told_again_only_after_an_answer_of_ours(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    number = await claimed(office)
    for _ in range(2):
        await office.resident_writes("Vēl viens jautājums")
        await rounds.tell()
        office.clock.pass_time(minutes=1)
    assert len(post.mails) == 1
    await office.tickets.answer(number, text="Rīt.", by=office.agents["Anna"])
    office.clock.pass_time(minutes=1)
    await office.resident_writes("Cikos?")
    await rounds.tell()
    assert len(post.mails) == 2


async def test_an_own_ticket_past_its_deadline_is_told_once(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    number = await claimed(office)
    await rounds.tell()
    office.clock.pass_time(days=2)
    await rounds.tell()
    await rounds.tell()
    assert subjects(post) == [f"Kavējas pieteikums Nr. {number}"]


async def test_what_was_before_the_wish_is_not_told(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    await office.ticket()
    office.clock.pass_time(minutes=1)
    await wishes(office, "Pēteris", EmailAlerts.AT_ONCE)
    await rounds.tell()
    assert [mail.recipient for mail in post.mails] == [ANNA]


async def test_who_left_is_told_nothing(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    async with office.database.reading() as connection:
        await stored_agents.set_disabled(connection, office.agents["Anna"], at=office.clock.now())
    await office.ticket()
    await rounds.tell()
    assert post.mails == []


# ---------------------------------------------------------------------------------------------- the digest


async def test_a_digest_comes_once_when_the_working_day_begins(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    await wishes(office, "Anna", EmailAlerts.DIGEST)
    numbers = [await office.ticket(who=who) for who in ("vilma", "zenta")]
    taken = await office.ticket(who="austra")
    await rounds.tell()
    await office.tickets.claim(taken, by=office.agents["Pēteris"], name="Pēteris")
    assert post.mails == []
    office.clock.pass_time(hours=22)
    await rounds.tell()
    await rounds.tell()
    [mail] = post.mails
    assert mail.message["Subject"] == "Kopsavilkums: 2 pieteikumi"
    text = mail.message.get_content()
    assert "Jauni pieteikumi Jūsu rindās: 2" in text
    assert [f"Pieteikums Nr. {number}" in text for number in (*numbers, taken)] == [
        True,
        True,
        False,
    ]


async def test_switched_off_means_that_nothing_waits_any_more(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    await wishes(office, "Anna", EmailAlerts.DIGEST)
    await office.ticket()
    await rounds.tell()
    await wishes(office, "Anna", EmailAlerts.OFF)
    office.clock.pass_time(days=1)
    await rounds.tell()
    assert post.mails == []


# ---------------------------------------------------------------------------------------------- bad days


async def test_two_workers_send_one_mail_each_thing(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    for who in ("vilma", "zenta", "austra"):
        await office.ticket(who=who)
    other = rounds_of(office, MailServer(post.url))
    await asyncio.gather(rounds.tell(), other.tell())
    assert len(set(subjects(post))) == len(subjects(post)) == 3


async def test_a_server_that_refuses_our_login_is_tried_again_and_shown(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    number = await office.ticket()
    post.login_answer = "535 5.7.8 wrong user or password"
    await rounds.tell()
    [trouble] = await troubles(office)
    assert (trouble.ticket, trouble.state, trouble.who) == (number, AlertState.QUEUED, "Anna")
    assert "535" in trouble.error
    post.login_answer = "235 2.7.0 accepted"
    await rounds.tell()
    assert post.mails == []
    office.clock.pass_time(minutes=1)
    await rounds.tell()
    assert len(post.mails) == 1
    assert await troubles(office) == []


async def test_a_mailbox_that_does_not_exist_is_not_tried_again(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    await office.ticket()
    post.refused[ANNA] = "550 5.1.1 no such user"
    await rounds.tell()
    post.refused.clear()
    office.clock.pass_time(hours=2)
    await rounds.tell()
    assert [one.state for one in await troubles(office)] == [AlertState.FAILED]
    assert post.mails == []


async def test_after_a_day_of_trying_it_has_failed(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    await office.ticket()
    post.refused[ANNA] = "452 4.2.2 mailbox full"
    await rounds.tell()
    office.clock.pass_time(hours=25)
    await rounds.tell()
    assert [one.state for one in await troubles(office)] == [AlertState.FAILED]


async def test_what_a_killed_worker_had_taken_is_sent_by_another(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    await office.ticket()
    post.refused[ANNA] = "452 4.2.2 mailbox full"
    await rounds.tell()
    post.refused.clear()
    office.clock.pass_time(minutes=1)
    async with office.database.unit_of_work() as work:
        taken = await alerts.take_mailbag(work.connection, now=office.clock.now(), lease=LEASE)
        await work.commit()
    assert taken is not None
    assert taken.agent == AgentId(office.agents["Anna"])
    await rounds.tell()
    assert post.mails == []
    office.clock.pass_time(minutes=6)
    await rounds.tell()
    assert len(post.mails) == 1
