"""Colleagues: invited, changed, shut out; and nobody who may not does any of it."""

import re

import pytest
from sqlalchemy import select, update

from bot.desk.sessions import COOKIE
from bot.storage import agents as stored
from bot.storage.queues import possible_holders
from bot.storage.schema import agents, audit_log, invitations, sessions
from domain.working_hours import RIGA
from tests.desk.office import PASSWORD, Office, Person, Seen, email_of, leader

NEW_PASSWORD = "kastaņu zieds pie dīķa"


async def admin(office: Office, name: str = "Dace") -> Person:
    """An administrator at work."""
    await office.hire(name)
    async with office.database.reading() as connection:
        await stored.set_role(connection, office.agents[name], role="admin")
    return await office.at_work(name)


async def does(person: Person, path: str, **fields: str) -> Seen:
    """Send a form of the colleagues' page."""
    page = await person.see("/desk/darbinieki")
    return await person.post(
        f"/desk/darbinieki/{path}", {"csrf": page.hidden_field("csrf"), **fields}
    )


async def invite(dace: Person, name: str = "Anna", role: str = "staff") -> str:
    """Invite somebody; the path of their link."""
    page = await does(dace, "uzaicinat", name=name, email=email_of(name), role=role)
    found = re.search(r'id="link-once">http://[^/]+(/[^<]+)<', page.text)
    assert found, page.words()
    return found[1]


async def accept(person: Person, link: str, password: str = NEW_PASSWORD) -> Seen:
    """Open a link and choose a password."""
    page = await person.see(link)
    fields = {"csrf": page.hidden_field("csrf"), "new": password, "again": password}
    return await person.post(link, fields)


# ---------------------------------------------------------------------------------------------- inviting


async def test_invited_colleague_chooses_a_password_and_is_in(office: Office) -> None:
    async with await admin(office) as dace, office.person() as anna:
        link = await invite(dace, role="editor")
        page = await accept(anna, link)
        assert page.path == "/desk/"
        assert (await anna.see(link)).status == 410
        assert link.rpartition("/")[2] not in (await dace.see("/desk/darbinieki")).text
    async with office.person() as anna:
        assert (await anna.log_in(email_of("Anna"), NEW_PASSWORD)).path == "/desk/"


async def test_link_is_stored_as_a_digest(office: Office) -> None:
    async with await admin(office) as dace:
        link = await invite(dace)
    async with office.database.reading() as connection:
        rows = list(await connection.execute(select(invitations)))
        logged = list(await connection.execute(select(audit_log)))
    assert link.rpartition("/")[2] not in f"{rows}{logged}"


async def test_link_is_too_old_after_three_days(office: Office) -> None:
    async with await admin(office) as dace, office.person() as anna:
        link = await invite(dace)
        office.clock.pass_time(hours=71)
        page = await anna.see(link)
        assert page.status == 200
        office.clock.pass_time(hours=1)
        fields = {
            "csrf": page.hidden_field("csrf"), "new": NEW_PASSWORD, "again": NEW_PASSWORD
        }  # fmt: skip
        assert (await anna.post(link, fields)).status == 410
        assert anna.cookie(COOKIE) == ""


async def test_only_the_newest_link_works_and_ends_the_old_password(office: Office) -> None:
    async with await admin(office) as dace, await office.at_work("Anna") as anna:
        number = office.agents["Anna"]
        links = [
            re.findall(r"/desk/uzaicinajums/[\w-]+", (await does(dace, f"{number}/saite")).text)[0]
            for _ in range(2)
        ]
        assert (await anna.see("/desk/", follow=False)).status == 303
        assert (await anna.log_in(email_of("Anna"), PASSWORD)).status == 401
        assert (await anna.see(links[0])).status == 410
        assert (await accept(anna, links[1])).path == "/desk/"


async def test_weak_or_different_passwords_are_refused(office: Office) -> None:
    async with await admin(office) as dace, office.person() as anna:
        link = await invite(dace)
        assert (await accept(anna, link, "parole1234")).status == 422
        page = await anna.see(link)
        fields = {"csrf": page.hidden_field("csrf"), "new": NEW_PASSWORD, "again": "cita"}
        assert (await anna.post(link, fields)).status == 422
        assert (await anna.post(link, {**fields, "csrf": "old"})).status == 403
        evil = {"Origin": "https://evil.example"}
        assert (await anna.post(link, fields, headers=evil)).status == 403
        assert (await accept(anna, link)).path == "/desk/"


async def test_invited_somebody_cannot_log_in_before(office: Office) -> None:
    async with await admin(office) as dace, office.person() as anna:
        await invite(dace)
        for guess in ("the password of nobody", "", "!"):
            assert (await anna.log_in(email_of("Anna"), guess)).status == 401


@pytest.mark.parametrize(
    "wrong", [{"email": "ānna@example.org"}, {"name": " "}, {"role": "king"}, {"name": "a" * 81}]
)
async def test_wrong_invitations_are_refused(office: Office, wrong: dict[str, str]) -> None:
    fields = {"name": "Anna", "email": "anna@example.org", "role": "staff", **wrong}
    async with await admin(office) as dace:
        assert (await does(dace, "uzaicinat", **fields)).status == 422
    assert await office.count(agents) == 1


async def test_email_is_invited_once(office: Office) -> None:
    async with await admin(office) as dace:
        page = await does(dace, "uzaicinat", name="X", email="Dace@example.org ", role="admin")
    assert page.status == 409


# ---------------------------------------------------------------------------------------------- who may

FORMS = ("uzaicinat", "prasiba", *(f"1/{x}" for x in (
    "saite", "loma", "rindas", "kods", "izslegt", "ieslegt", "klatbutne")))  # fmt: skip


@pytest.mark.parametrize("role", ["staff", "editor"])
async def test_others_see_and_change_nobody(office: Office, role: str) -> None:
    await office.hire("Dace")
    async with await office.at_work("Anna") as anna:
        async with office.database.reading() as connection:
            await stored.set_role(connection, office.agents["Dace"], role="admin")
            await stored.set_role(connection, office.agents["Anna"], role=role)
        page = await anna.see("/desk/darbinieki")
        assert (page.status, email_of("Dace") in page.text) == (403, False)
        csrf = (await anna.see("/desk/")).hidden_field("csrf")
        fields = {
            "csrf": csrf, "role": "admin", "name": "X", "email": "x@example.org", "required": "yes"
        }  # fmt: skip
        for path in (*FORMS, f"{office.agents['Anna']}/loma"):
            assert (await anna.post(f"/desk/darbinieki/{path}", fields)).status == 403
    async with office.database.reading() as connection:
        roles = list(await connection.scalars(select(agents.c.role).order_by(agents.c.id)))
    assert roles == ["admin", role]


async def test_supervisor_sees_who_is_there_and_changes_nothing_else(office: Office) -> None:
    await office.hire("Anna")
    async with await leader(office) as dace:
        page = await dace.see("/desk/darbinieki")
        assert (page.status, email_of("Anna") in page.text) == (200, False)
        assert "Anna Darbinieks Darbā" in page.words()
        assert not re.search(r'action="/desk/darbinieki/(?!\d+/klatbutne")', page.text)
        fields = {"csrf": page.hidden_field("csrf"), "role": "admin"}
        for path in (*FORMS[:2], f"{office.agents['Anna']}/loma"):
            assert (await dace.post(f"/desk/darbinieki/{path}", fields)).status == 403


@pytest.mark.parametrize("role", ["supervisor", "admin"])
async def test_leader_says_that_a_colleague_is_absent_and_their_tickets_are_free(
    office: Office, role: str
) -> None:
    async with await leader(office, role) as dace, await office.at_work("Anna") as anna:
        number = await office.ticket()
        await anna.does(number, "claim")
        where = f"{office.agents['Anna']}/klatbutne"
        for wrong in ({"presence": "absent"}, {"presence": "absent", "until": "2026-11-22"}):
            assert (await does(dace, where, **wrong)).status == 422
        page = await does(dace, where, presence="absent", until="2026-11-25")
        assert "Prombūtnē līdz 25.11.2026." in page.words()
        assert await office.tickets.return_held_in_vain() == 1
        assert "Prombūtnē līdz 25.11.2026." in (await anna.see("/desk/")).words()
        log = (await dace.see("/desk/zurnals?veids=darbinieki")).words()
        assert "Mainīja klātbūtni Anna : Prombūtnē 2026-11-25" in log.replace("Anna:", "Anna :")
        await does(dace, where, presence="at_work")
    assert await holders(office) == ["Anna", "Dace Liepa"]


async def test_forms_need_their_token_and_our_site(office: Office) -> None:
    await office.hire("Anna")
    async with await admin(office) as dace:
        csrf = (await dace.see("/desk/darbinieki")).hidden_field("csrf")
        evil = {"Origin": "https://evil.example"}
        for path in FORMS:
            fields = {"role": "admin", "name": "X", "email": "x@example.org"}
            where = f"/desk/darbinieki/{path}"
            assert (await dace.post(where, {**fields, "csrf": "old"})).status == 403
            assert (await dace.post(where, {**fields, "csrf": csrf}, headers=evil)).status == 403
    assert await office.count(agents) == 2
    async with office.database.reading() as connection:
        assert await connection.scalar(select(agents.c.role).where(agents.c.id == 1)) == "staff"


async def test_administrator_cannot_lock_themselves_out(office: Office) -> None:
    async with await admin(office) as dace:
        own = office.agents["Dace"]
        for path in ("loma", "saite", "kods", "izslegt"):
            assert (await does(dace, f"{own}/{path}", role="staff")).status == 409
        assert (await does(dace, "prasiba", required="yes")).status == 409
        assert (await dace.see("/desk/darbinieki")).status == 200


async def test_demoted_administrator_may_nothing_at_once(office: Office) -> None:
    async with await admin(office) as dace, await admin(office, "Rita") as rita:
        assert (await does(dace, f"{office.agents['Rita']}/loma", role="staff")).status == 200
        assert (await rita.see("/desk/darbinieki")).status == 403


# ---------------------------------------------------------------------------------------------- shut out


async def test_disabled_agent_is_out_at_once_and_their_tickets_are_free(office: Office) -> None:
    number = await office.ticket()
    async with await admin(office) as dace, await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        csrf = (await anna.see("/desk/")).hidden_field("csrf")
        page = await does(dace, f"{office.agents['Anna']}/izslegt")
        assert "Konts izslēgts" in page.words()
        page = await anna.post(f"/desk/tickets/{number}/answer", {"csrf": csrf, "text": "Vēl"})
        assert page.status == 401
        assert await office.outgoing(number) == []
        assert (await anna.log_in(email_of("Anna"))).status == 401
        assert "Asistents klusē" in (await dace.does(number, "claim")).words()
        await does(dace, f"{office.agents['Anna']}/ieslegt")
        assert (await anna.log_in(email_of("Anna"))).path == "/desk/"


async def test_disabled_invitation_lets_nobody_in(office: Office) -> None:
    async with await admin(office) as dace, office.person() as anna:
        link = await invite(dace)
        async with office.database.reading() as connection:
            await connection.execute(
                update(agents)
                .where(agents.c.email == email_of("Anna"))
                .values(disabled_at=office.clock.now())
            )
        assert (await accept(anna, link)).status == 410
    assert await office.count(sessions) == 1


async def test_second_factor_is_reset_by_an_administrator(office: Office) -> None:
    async with await admin(office) as dace, await office.at_work("Anna") as anna:
        async with office.database.reading() as connection:
            await stored.set_totp(
                connection, office.agents["Anna"], secret="A" * 32, step=1, codes=["x"]
            )
        await does(dace, f"{office.agents['Anna']}/kods")
        assert (await anna.see("/desk/", follow=False)).status == 303
        assert (await anna.log_in(email_of("Anna"))).path == "/desk/"


async def test_new_link_does_not_pass_by_a_second_factor(office: Office) -> None:
    async with await admin(office) as dace, office.person() as anna:
        await office.hire("Anna")
        async with office.database.reading() as connection:
            await stored.set_totp(
                connection, office.agents["Anna"], secret="A" * 32, step=1, codes=["x"]
            )
        page = await does(dace, f"{office.agents['Anna']}/saite")
        link = re.findall(r"/desk/uzaicinajums/[\w-]+", page.text)[0]
        page = await accept(anna, link)
        assert "Drošības kods" in page.words()
        assert anna.cookie(COOKIE) == ""


# ---------------------------------------------------------------------------------------------- presence, queues


async def holders(office: Office, queue: str | None = None) -> list[str]:
    today = office.clock.now().astimezone(RIGA).date()
    async with office.database.reading() as connection:
        found = await possible_holders(connection, today=today, queue=queue)
    return [name for _, name in found]


async def test_absent_disabled_and_invited_are_never_offered(office: Office) -> None:
    async with await admin(office) as dace, await office.at_work("Anna") as anna:
        await office.hire("Pēteris")
        await invite(dace, "Zane")
        await does(dace, f"{office.agents['Pēteris']}/izslegt")
        csrf = (await anna.see("/desk/konts")).hidden_field("csrf")
        fields = {"csrf": csrf, "presence": "absent", "until": "2026-11-25"}
        page = await anna.post("/desk/konts/klatbutne", fields)
        assert "Prombūtnē līdz 25.11.2026." in page.words()
        assert await holders(office) == ["Dace"]
    office.clock.pass_time(days=3)
    assert await holders(office) == ["Anna", "Dace"]


@pytest.mark.parametrize(
    "wrong", [{"presence": "absent"}, {"presence": "absent", "until": "2026-11-22"}, {"presence": "x"}]
)  # fmt: skip
async def test_absence_needs_a_day_to_come(office: Office, wrong: dict[str, str]) -> None:
    async with await office.at_work("Anna") as anna:
        csrf = (await anna.see("/desk/konts")).hidden_field("csrf")
        assert (await anna.post("/desk/konts/klatbutne", {"csrf": csrf, **wrong})).status == 422
    assert await holders(office) == ["Anna"]


async def test_queues_say_who_is_offered(office: Office) -> None:
    async with await admin(office) as dace:
        await office.hire("Anna")
        await does(
            dace, f"{office.agents['Anna']}/rindas", **{"queue-bills": "1", "queue-nothing": "1"}
        )
        assert "Rēķini, skaitītāji un nodoklis" in (await dace.see("/desk/darbinieki")).words()
    assert await holders(office, "bills") == ["Anna", "Dace"]
    assert await holders(office, "social") == ["Anna", "Dace"], "only an administrator works there"
    await office.hire("Pēteris")
    assert await holders(office, "social") == ["Dace", "Pēteris"]
