"""Ambassadors and groups at the desk: codes shown once, everything noted, and only administrators change anything."""

import re

import pytest
from sqlalchemy import select

from bot.storage import agents as stored
from bot.storage.schema import ambassadors, audit_log, group_chats
from domain.invitations import digest
from tests.desk.office import Office, Person, Seen

PAGE = "/desk/vestnesi"


async def person(office: Office, role: str = "admin", name: str = "Dace") -> Person:
    await office.hire(name)
    async with office.database.reading() as connection:
        await stored.set_role(connection, office.agents[name], role=role)
    return await office.at_work(name)


async def does(one: Person, path: str, **fields: str) -> Seen:
    """Send a form of the page."""
    page = await one.see(PAGE)
    return await one.post(f"{PAGE}/{path}", {"csrf": page.hidden_field("csrf"), **fields})


def code_on(page: Seen) -> str:
    found = re.search(r'id="code-once">([A-Z0-9-]+)<', page.text)
    assert found, page.words()
    return found[1]


async def logged(office: Office) -> list[str]:
    async with office.database.reading() as connection:
        rows = await connection.scalars(select(audit_log.c.event).order_by(audit_log.c.id))
        return [event for event in rows if event.startswith(("ambassador", "chat"))]


async def test_a_code_is_shown_once_with_words_to_send_on(office: Office) -> None:
    async with await person(office) as dace:
        page = await does(dace, "uzaicinat", name="  Anna   Liepa ")
        code = code_on(page)
        assert re.fullmatch(r"VESTNESIS(-[A-Z0-9]{4}){2}", code)
        assert "nosūtiet tam šo kodu" in page.words()
        later = await dace.see(PAGE)
    assert (code in later.text, "Anna Liepa uzaicināts" in later.words()) == (False, True)
    async with office.database.reading() as connection:
        row = (await connection.execute(select(ambassadors))).one()
        log = list(await connection.execute(select(audit_log)))
    assert (row.name, row.code_hash) == ("Anna Liepa", digest(code))
    assert code not in f"{row}{log}"
    assert await logged(office) == ["ambassador.invited"]


async def test_every_step_changes_what_the_list_says_and_is_noted(office: Office) -> None:
    async with await person(office) as dace:
        first = code_on(await does(dace, "uzaicinat", name="Anna"))
        assert code_on(await does(dace, "1/kods")) != first
        assert "koda nav" in (await does(dace, "1/atsaukt")).words()
        assert "Anna izslēgts" in (await does(dace, "1/izslegt")).words()
        assert (await does(dace, "1/kods")).status == 409
        assert "Anna koda nav" in (await does(dace, "1/ieslegt")).words()
        log = (await dace.see("/desk/zurnals?veids=vestnesi")).words()
    assert await logged(office) == [
        "ambassador.invited",
        "ambassador.code",
        "ambassador.revoked",
        "ambassador.disabled",
        "ambassador.enabled",
    ]
    assert "Uzaicināja vēstnesi" in log
    assert "vēstnesis Nr. 1" in log


async def test_an_invitation_gets_old(office: Office) -> None:
    async with await person(office) as dace:
        await does(dace, "uzaicinat", name="Anna")
        async with office.database.reading() as connection:
            row = (await connection.execute(select(ambassadors))).one()
        assert (row.code_expires_at - office.clock.now()).days == 14


async def test_a_group_gets_a_code_and_is_let_go(office: Office) -> None:
    async with await person(office) as dace:
        page = await does(dace, "grupas/kods", title="Elejas kaimiņi")
        assert code_on(page).startswith("GRUPA-")
        assert f"/saistit {code_on(page)}" in page.words()
        assert "Elejas kaimiņi atvienota" in (await does(dace, "grupas/1/atvienot")).words()
    async with office.database.reading() as connection:
        row = (await connection.execute(select(group_chats))).one()
    assert (row.code_hash, row.external_id) == (None, None)
    assert await logged(office) == ["chat.invited", "chat.unlinked"]


@pytest.mark.parametrize("path", ["uzaicinat", "grupas/kods"])
@pytest.mark.parametrize("typed", ["", "   ", "a" * 81])
async def test_a_name_is_needed(office: Office, path: str, typed: str) -> None:
    async with await person(office) as dace:
        assert (await does(dace, path, name=typed, title=typed)).status == 422
    assert await office.count(ambassadors) + await office.count(group_chats) == 0


@pytest.mark.parametrize(
    "path", ["7/kods", "7/atsaukt", "7/izslegt", "7/ieslegt", "grupas/7/atvienot"]
)
async def test_who_is_not_there_cannot_be_changed(office: Office, path: str) -> None:
    async with await person(office) as dace:
        assert (await does(dace, path)).status == 404


FORMS = (
    "uzaicinat",
    "grupas/kods",
    "1/kods",
    "1/atsaukt",
    "1/izslegt",
    "1/ieslegt",
    "grupas/1/atvienot",
)


async def test_supervisors_look_and_change_nothing(office: Office) -> None:
    async with await person(office) as dace:
        await does(dace, "uzaicinat", name="Anna")
    async with await person(office, "supervisor", "Vija") as vija:
        page = await vija.see(PAGE)
        assert (page.status, "Anna" in page.words(), "Izslēgt" in page.text) == (200, True, False)
        csrf = page.hidden_field("csrf")
        for path in FORMS:
            answer = await vija.post(f"{PAGE}/{path}", {"csrf": csrf, "name": "B", "title": "B"})
            assert answer.status == 403
    assert await logged(office) == ["ambassador.invited"]


@pytest.mark.parametrize("role", ["staff", "editor"])
async def test_others_see_nothing(office: Office, role: str) -> None:
    async with await person(office, role) as anna:
        assert (await anna.see(PAGE)).status == 403


async def test_a_form_of_an_earlier_login_changes_nothing(office: Office) -> None:
    async with await person(office) as dace:
        page = await dace.post(f"{PAGE}/uzaicinat", {"csrf": "old", "name": "Anna"})
    assert (page.status, 'value="Anna"' in page.text) == (403, True)
    assert await office.count(ambassadors) == 0
