"""The forms beside a ticket: described, handed over, moved, merged, linked and split."""

import pytest

from bot.desk import words
from bot.storage import agents as people
from bot.storage import tickets as stored
from bot.storage.agents import Presence
from bot.storage.schema import tickets
from domain.messages import AgentId, Channel
from domain.persons import Sameness
from domain.tickets import Obstacle, Priority, Return, TicketNumber, TicketState
from tests.desk.office import Office, Seen, email_of, leader, tickets_on

SAME = {
    Obstacle.TAKEN,
    Obstacle.OVER,
    Obstacle.NOT_YOURS,
    Obstacle.NOT_SOLVED,
}
"""What the page says depends on who holds the ticket."""


TAKE_OVER, REOPEN = 'id="handling-take_over-box"', 'id="handling-reopen-box"'


async def row(office: Office, number: int) -> stored.TicketRow:
    async with office.database.reading() as connection:
        found = await stored.row_of(connection, TicketNumber(number))
    assert found is not None
    return found


async def becomes_absent(office: Office, agent: AgentId) -> None:
    async with office.database.unit_of_work() as work:
        await people.set_presence(work.connection, agent, presence=Presence.ABSENT, until=None)
        await work.commit()


def history(page: Seen) -> str:
    return page.words().partition("Vēsture")[2]


def test_everything_that_can_stand_in_the_way_has_its_words() -> None:
    assert set(words.OBSTACLES) == set(Obstacle) - SAME
    assert set(words.RETURNS) == set(Return)
    assert set(words.SAMENESS) == set(Sameness)


# ---------------------------------------------------------------------------------------------- describing


async def test_agent_says_what_a_ticket_is_about_and_how_much_it_matters(office: Office) -> None:
    number = await office.ticket("labdien vai varētu lūdzu")
    async with await office.at_work("Anna") as anna:
        page = await anna.does(
            number,
            "describe",
            subject="Ielas  apgaismojums",
            priority="high",
            tags="Iela, ielā,Eleja",
        )
        assert "Saglabāts." in page.words()
        assert "Prioritāte Augsta Birkas iela, eleja" in page.words()
        told = history(page)
        assert "Ielas apgaismojums" in (await anna.see("/desk/")).words()
    for line in (
        "Mainīja tematu: Ielas apgaismojums – Anna",
        "Mainīja prioritāti: Augsta – Anna",
        "Mainīja birkas: iela, eleja – Anna",
    ):
        assert line in told


async def test_what_was_not_changed_does_not_undo_what_a_colleague_changed(office: Office) -> None:
    number = await office.ticket("Kad?")
    async with await office.at_work("Anna") as anna, await office.at_work("Berta") as berta:
        page = await anna.see(f"/desk/tickets/{number}")
        await berta.does(number, "describe", priority="urgent", priority_shown="normal")
        shown = {
            name: page.hidden_field(name) for name in ("csrf", "subject_shown", "priority_shown")
        }
        await anna.post(
            f"/desk/tickets/{number}/describe",
            {**shown, "subject": "Kad atvērs?", "priority": "normal"},
        )
    found = await row(office, number)
    assert (found.subject, found.ticket.priority) == ("Kad atvērs?", Priority.URGENT)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"subject": " "}, "Uzrakstiet, par ko ir pieteikums."),
        ({"subject": "x" * 121}, "Temats ir par garu"),
        ({"priority": "huge"}, "Izvēlieties prioritāti no saraksta."),
    ],
)
async def test_a_description_that_makes_no_sense_is_explained_and_kept(
    office: Office, fields: dict[str, str], said: str
) -> None:
    number = await office.ticket()
    shown = {f"{name}_shown": "?" for name in fields}
    async with await office.at_work("Anna") as anna:
        page = await anna.does(number, "describe", tags="viena", **shown, **fields)
    assert page.status == 422
    assert said in page.words()
    assert 'name="tags" value="viena"' in page.text
    assert '<details id="handling-describe-box" open>' in page.text
    assert (await row(office, number)).ticket.tags == ()


async def test_too_many_tags_are_refused_as_a_whole(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        page = await anna.does(number, "describe", tags=",".join("abcdefghi"))
    assert page.status == 409
    assert "Birku var būt ne vairāk kā 8" in page.words()
    assert (await row(office, number)).ticket.tags == ()


async def test_the_list_shows_urgent_ones_first(office: Office) -> None:
    normal = await office.ticket(who="a")
    urgent = await office.ticket(who="b")
    async with await office.at_work("Anna") as anna:
        await anna.does(urgent, "describe", priority="urgent")
        assert tickets_on(await anna.see("/desk/")) == [urgent, normal]


# ---------------------------------------------------------------------------------------------- handing over


async def test_colleague_finds_a_ticket_that_was_handed_over_among_theirs(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna, await office.at_work("Berta") as berta:
        await anna.does(number, "claim")
        target = f"agent:{office.agents['Berta']}"
        page = await anna.does(number, "hand_over", target=target, reason="Tu zini labāk")
        assert "Pieteikums nodots kolēģim." in page.words()
        assert "Nodeva kolēģim: Berta – Tu zini labāk – Anna" in history(page)
        assert "Piezīme – iedzīvotājs to neredz · Anna" in page.words()
        assert tickets_on(await anna.see("/desk/?skats=mani")) == []
        assert tickets_on(await berta.see("/desk/?skats=mani")) == [number]
        assert "Atbilde iedzīvotājam" in (await berta.see(f"/desk/tickets/{number}")).words()


async def test_absent_colleagues_are_not_offered_and_not_given_anything(office: Office) -> None:
    number = await office.ticket()
    berta = await office.hire("Berta")
    await becomes_absent(office, berta)
    async with await office.at_work("Anna") as anna:
        page = await anna.see(f"/desk/tickets/{number}")
        assert f"agent:{berta}" not in page.text
        page = await anna.does(number, "hand_over", target=f"agent:{berta}", reason="Kāpēc ne")
    assert page.status == 409
    assert "Šim kolēģim pieteikumu pašlaik nodot nevar" in page.words()
    assert "Kāpēc ne</textarea>" in page.text
    assert (await row(office, number)).ticket.state is TicketState.NEW


async def test_ticket_moves_to_another_queue(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        page = await anna.does(number, "hand_over", target="queue:bills", reason="Par rēķinu")
        assert "Pieteikums nodots citai rindai." in page.words()
        assert "Nodeva citai rindai: Rēķini, skaitītāji un nodoklis – Par rēķinu" in history(page)
    found = (await row(office, number)).ticket
    assert (found.state, found.queue) == (TicketState.NEW, "bills")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"target": "", "reason": "x"}, "Izvēlieties, kuram kolēģim vai kurai rindai nodot."),
        ({"target": "agent:x", "reason": "x"}, "Izvēlieties, kuram kolēģim"),
        ({"target": f"agent:{'9' * 40}", "reason": "x"}, "Izvēlieties, kuram kolēģim"),
        ({"target": "queue:none", "reason": "x"}, "Izvēlieties rindu no saraksta."),
        ({"target": "queue:bills", "reason": "  "}, "Uzrakstiet, kāpēc: kolēģi to redzēs piezīmē."),
        ({"target": "queue:bills", "reason": "x" * 1001}, "Iemesls ir par garu"),
    ],
)
async def test_a_hand_over_that_makes_no_sense_is_explained(
    office: Office, fields: dict[str, str], said: str
) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        page = await anna.does(number, "hand_over", **fields)
    assert page.status == 422
    assert said in page.words()
    assert (await row(office, number)).ticket.queue == "general"


async def test_only_the_holder_hands_over_and_others_see_no_form(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna, await office.at_work("Berta") as berta:
        await anna.does(number, "claim")
        assert "handling-hand_over-box" not in (await berta.see(f"/desk/tickets/{number}")).text
        page = await berta.does(number, "hand_over", target="queue:bills", reason="Nav mūsu")
        assert page.status == 409
        assert "Jau paņēma Anna." in page.words()
        page = await berta.does(number, "split", split_subject="Cits", split_queue="bills")
        assert page.status == 409


async def test_reason_typed_before_the_session_ended_comes_back_as_a_note(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        page = await anna.see(f"/desk/tickets/{number}")
        form = {"csrf": page.hidden_field("csrf"), "target": "queue:bills", "reason": "Slepeni"}
        anna.http.cookie_jar.clear()
        page = await anna.post(f"/desk/tickets/{number}/hand_over", form)
    assert page.hidden_field("draft_note") == "Slepeni"
    assert page.hidden_field("draft_answer") == ""


async def test_form_of_another_session_changes_nothing_and_keeps_what_was_typed(
    office: Office,
) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        page = await anna.post(
            f"/desk/tickets/{number}/hand_over",
            {"csrf": "no", "target": "queue:bills", "reason": "Par rēķinu"},
        )
    assert page.status == 403
    assert "Par rēķinu</textarea>" in page.text
    assert (await row(office, number)).ticket.queue == "general"


# ---------------------------------------------------------------------------------------------- several tickets


async def test_another_matter_becomes_another_ticket_and_can_be_merged_back(
    office: Office,
) -> None:
    number = await office.ticket("Rēķins un ceļš")
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        for _ in range(2):
            page = await anna.does(number, "split", split_subject="Ceļš", split_queue="building")
        assert "Jauns pieteikums izveidots" in page.words()
        assert await office.count(tickets) == 2
        [made] = [one for one in tickets_on(await anna.see("/desk/")) if one != number]
        assert f"Saistīts ar Nr. {made} – Ceļš (Jauns)" in page.words()
        assert f"Nodalīja jaunu pieteikumu: Nr. {made}" in history(page)
        await anna.does(made, "note", text="Zvanīju ceļiniekiem")

        page = await anna.does(made, "merge", into=str(number))

        assert page.path == f"/desk/tickets/{number}?done=merged"
        assert "Pieteikumi apvienoti." in page.words()
        assert f"Šeit pievienots Nr. {made}" in page.words()
        assert "Zvanīju ceļiniekiem" in page.words()
        page = await anna.see(f"/desk/tickets/{made}")
        assert f"Pievienots pieteikumam Nr. {number}" in page.words()
        assert "handling-describe-box" not in page.text
    assert (await row(office, made)).ticket.state is TicketState.CLOSED


async def test_tickets_of_two_residents_are_linked_and_not_merged(office: Office) -> None:
    one, other = await office.ticket(who="a"), await office.ticket("Tas pats ceļš", who="b")
    async with await office.at_work("Anna") as anna:
        page = await anna.does(one, "merge", into=str(other))
        assert (page.status, "Tas ir cita iedzīvotāja" in page.words()) == (409, True)
        page = await anna.does(one, "link", other=f" Nr. {other} ")
        assert "Pieteikumi saistīti." in page.words()
        assert f"Saistīts ar Nr. {other} – Tas pats ceļš" in page.words()
        assert f"Saistīts ar Nr. {one}" in (await anna.see(f"/desk/tickets/{other}")).words()
        page = await anna.does(one, "unlink", other=str(other))
        assert "Saite noņemta." in page.words()
        assert "Saistīts ar" not in page.words()


@pytest.mark.parametrize(
    ("other", "status", "said"),
    [
        ("", 422, "Ierakstiet pieteikuma numuru"),
        ("viens", 422, "Ierakstiet pieteikuma numuru"),
        ("9" * 20, 422, "Ierakstiet pieteikuma numuru"),
        ("5", 409, "Pieteikuma ar šādu numuru nav."),
        ("self", 409, "Tas ir šis pats pieteikums."),
    ],
)
async def test_a_link_to_nothing_is_explained(
    office: Office, other: str, status: int, said: str
) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        page = await anna.does(number, "link", other=str(number) if other == "self" else other)
    assert (page.status, said in page.words()) == (status, True)


async def test_ticket_that_is_not_there_is_not_found(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        token = (await anna.see(f"/desk/tickets/{number}")).hidden_field("csrf")
        for action in ("describe", "hand_over", "merge", "link", "unlink", "split"):
            page = await anna.post(
                f"/desk/tickets/5/{action}",
                {"csrf": token, "priority": "high", "into": str(number), "other": str(number)},
            )
            assert page.status == 404


async def test_the_address_of_a_form_leads_back_to_the_ticket(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        page = await anna.see(f"/desk/tickets/{number}/describe")
    assert (page.status, page.path) == (200, f"/desk/tickets/{number}")


async def test_supervisor_takes_over_and_the_former_holder_reads_why(office: Office) -> None:
    number = await office.ticket()
    async with await leader(office) as dace, await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        page = await dace.does(number, "take_over", reason=" ")
        assert page.status == 422
        page = await dace.does(number, "take_over", reason="Anna ir sapulcē")
        assert "Pieteikums tagad ir Jūsu." in page.words()
        seen = await anna.see(f"/desk/tickets/{number}")
        assert "Jau paņēma Dace Liepa" in seen.words()
        assert "Pārņēma no kolēģa: Anna – Anna ir sapulcē – Dace Liepa" in history(seen)
        assert "Anna ir sapulcē" in seen.words().partition("Vēsture")[0]
        notice = f"Nr. {number} vairs nav pie Jums: pārņēma Dace Liepa (šodien plkst. 12.00)."
        assert notice in (await anna.see("/desk/?skats=mani")).words()
        assert notice not in (await dace.see("/desk/?skats=mani")).words()
        await dace.does(number, "solve")
        assert notice not in (await anna.see("/desk/?skats=mani")).words()


async def test_colleague_is_offered_to_take_over_only_from_who_is_absent(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna, await office.at_work("Pēteris") as peteris:
        await anna.does(number, "claim")
        assert TAKE_OVER not in (await peteris.see(f"/desk/tickets/{number}")).text
        page = await peteris.does(number, "take_over", reason="Gribu")
        assert (page.status, "Pārņemt pieteikumu no kolēģa var vadītājs" in page.words()) == (
            409,
            True,
        )
        await becomes_absent(office, office.agents["Anna"])
        assert TAKE_OVER in (await peteris.see(f"/desk/tickets/{number}")).text
        page = await peteris.does(number, "take_over", reason="Anna slimo")
        assert "Pieteikums tagad ir Jūsu." in page.words()


async def test_who_finished_by_mistake_opens_it_again(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        assert REOPEN not in (await anna.see(f"/desk/tickets/{number}")).text
        page = await anna.does(number, "solve")
        assert REOPEN in page.text
        assert (await anna.does(number, "reopen", reason="")).status == 422
        page = await anna.does(number, "reopen", reason="Nospiedu kļūdas dēļ")
        assert "Pieteikums ir atvērts no jauna un ir pie Jums." in page.words()
        assert "Atvēra no jauna: Nospiedu kļūdas dēļ – Anna" in history(page)
        assert "Atbilde iedzīvotājam" in page.words()
        page = await anna.does(number, "reopen", reason="Vēlreiz")
        assert (page.status, "Pieteikums nav pabeigts" in page.words()) == (409, True)


async def test_return_by_itself_is_told_in_the_history_and_the_log(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        await becomes_absent(office, office.agents["Anna"])
        assert await office.tickets.return_held_in_vain() == 1
        page = await anna.see(f"/desk/tickets/{number}")
        assert "Atgriezts rindā automātiski: darbinieks ir prombūtnē" in history(page)


# ---------------------------------------------------------------------------------------------- one person


async def test_one_person_on_two_channels_is_joined_merged_and_taken_apart(office: Office) -> None:
    first = await office.ticket("Kad atvērs bibliotēku?")
    second = await office.ticket(who="+37126123456", channel=Channel.WHATSAPP)
    async with await office.at_work("Anna") as anna:
        page = await anna.see(f"/desk/tickets/{first}")
        assert "Tas ir tas pats cilvēks (iespējami: 1)" in page.words()
        assert f"Nr. {second} – Vilma Ozola, WhatsApp: sakrīt vārds" in page.words()
        page = await anna.does(first, "join", likely=str(second), why="said")
        assert "šī cilvēka pieteikumi tagad redzami kopā" in page.words()
        assert f"Tas pats cilvēks Nr. {second} Vilma Ozola · WhatsApp" in page.words()
        told = f"Atzīmēja, ka tas pats cilvēks ir pieteikumā: Nr. {second}, cilvēks pats to apliecināja – Anna"
        assert told in history(page)
        assert f"Nr. {second} – Kad atvērs bibliotēku? (WhatsApp)" in page.words()
        await anna.does(first, "merge", into=str(second))
        page = await anna.does(second, "part", other=str(first))
        assert "Vairs nav savienots." in page.words()
        assert "Tas pats cilvēks Nr." not in page.words()
        page = await anna.see(f"/desk/tickets/{first}")
        released = f"Atkal gaida rindā, vairs nav pievienots pieteikumam: Nr. {second} – Anna"
        assert released in history(page)
        assert tickets_on(await anna.see("/desk/")) == [first, second]
    async with await leader(office) as dace:
        log = (await dace.see(f"/desk/zurnals?pieteikums={first}")).words()
    assert f"Nr. {second}, cilvēks pats to apliecināja" in log


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"same": " ", "why": "said"}, 422, "Izvēlieties pieteikumu vai ierakstiet tā numuru"),
        ({"same": "abc", "why": "said"}, 422, "Izvēlieties pieteikumu vai ierakstiet tā numuru"),
        ({"same": "1", "likely": "2", "why": "said"}, 422, "Norādiet vienu pieteikumu"),
        ({"same": "1"}, 422, "Izvēlieties, kā zināms, ka tas ir tas pats cilvēks."),
        ({"same": "1", "why": "name"}, 422, "Izvēlieties, kā zināms, ka tas ir tas pats cilvēks."),
        ({"same": "1", "why": "said"}, 409, "Pieteikuma ar šādu numuru nav."),
        ({"same": "1001", "why": "said"}, 409, "Tas ir šis pats pieteikums."),
    ],
)
async def test_joining_that_makes_no_sense_is_explained_and_kept(
    office: Office, fields: dict[str, str], status: int, said: str
) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        page = await anna.does(number, "join", **fields)
    assert (page.status, said in page.words()) == (status, True)
    assert '<details id="handling-join-box" open>' in page.text
    assert f'name="same" value="{fields["same"]}"' in page.text


async def test_who_was_silent_reads_that_the_ticket_returned(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        office.clock.pass_time(days=1, hours=4)
        await anna.log_in(email_of("Anna"))
        assert await office.tickets.return_held_in_vain() == 1
        said = (await anna.see("/desk/?skats=mani")).words()
        assert f"Nr. {number} vairs nav pie Jums: atgriezts rindā (šodien plkst. 16.00)" in said
