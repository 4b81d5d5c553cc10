"""An agent's answer becomes a proposal for the editors."""

from bot.storage import proposals
from bot.storage.schema import audit_log, topic_proposals
from domain.tickets import TicketNumber
from tests.desk.office import Office, Person, Seen

SECRET = "120190-11111"


async def _answered(office: Office, anna: Person, answer: str) -> tuple[TicketNumber, str]:
    """A ticket that Anna has answered, and the address of the form under her answer."""
    number = await office.ticket(f"kur nodot vecas riepas, mans kods {SECRET}")
    await anna.does(number, "claim")
    await anna.does(number, "answer", text=answer)
    [sent] = await office.outgoing(number)
    return number, f"/desk/tickets/{number}/ieteikt/{sent.id[1:]}"


async def _send(person: Person, page: Seen, address: str, **fields: str) -> Seen:
    hidden = {"csrf": page.hidden_field("csrf"), "form": page.hidden_field("form")}
    return await person.post(address, {**hidden, **fields})


async def test_agent_mends_both_texts_and_editors_get_them(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        number, address = await _answered(office, anna, "Riepas var nodot *laukumā*.")
        ticket = await anna.see(f"/desk/tickets/{number}")
        assert f'href="{address}"' in ticket.text
        page = await anna.see(address)
        assert SECRET not in page.text
        assert "kur nodot vecas riepas" in page.text
        assert "Riepas var nodot *laukumā*." in page.text
        before = await office.count(audit_log)
        for _ in range(2):  # a second click changes nothing
            done = await _send(
                anna, page, address, question=f"kur nodot riepas {SECRET}", answer="Laukumā."
            )
        assert "Nosūtīts redaktoram." in done.words()
        assert "Ieteica redaktoram tematu no atbildes – Anna" in done.words()
    async with office.database.reading() as connection:
        [kept] = await proposals.waiting(connection)
    assert (kept.question, kept.answer, kept.by) == (
        "kur nodot riepas [personas kods dzēsts]",
        "Laukumā.",
        "Anna",
    )
    assert await office.count(audit_log) == before + 1


async def test_an_empty_proposal_is_asked_for_again(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        _, address = await _answered(office, anna, "Laukumā.")
        page = await _send(anna, await anna.see(address), address, question=" ", answer="Laukumā.")
    assert page.status == 422
    assert "Vajag abus" in page.words()
    assert await office.count(topic_proposals) == 0


async def test_only_answers_of_staff_in_that_very_ticket_can_be_proposed(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        number, address = await _answered(office, anna, "Laukumā.")
        other = await office.ticket(who="b")
        said = await office.assistant_says("Sveiki")
        assert (await anna.see(address.replace(str(number), str(other)))).status == 404
        assert (await anna.see(f"/desk/tickets/{number}/ieteikt/{said}")).status == 404


async def test_the_question_is_what_was_asked_and_not_what_was_said_on_the_way(
    office: Office,
) -> None:
    async with await office.at_work("Anna") as anna:
        number = await office.ticket("kur nodot vecas riepas")
        await office.resident_writes("cilvēks")
        await office.resident_writes("jā, lūdzu")
        await anna.does(number, "claim")
        await anna.does(number, "answer", text="Laukumā.")
        [sent] = await office.outgoing(number)
        page = await anna.see(f"/desk/tickets/{number}/ieteikt/{sent.id[1:]}")
    assert "kur nodot vecas riepas" in page.text
    assert "jā, lūdzu" not in page.text


async def test_an_old_question_is_not_taken_for_the_one_that_was_answered(office: Office) -> None:
    await office.resident_writes("kur nodot vecās riepas no mašīnas")
    office.clock.pass_time(days=90)
    async with await office.at_work("Anna") as anna:
        number = await office.ticket("ūdens rēķins")
        await anna.does(number, "claim")
        await anna.does(number, "answer", text="Rēķinu apmaksā bankā.")
        [sent] = await office.outgoing(number)
        page = await anna.see(f"/desk/tickets/{number}/ieteikt/{sent.id[1:]}")
    assert "riepas" not in page.text
    assert "ūdens rēķins" in page.text
