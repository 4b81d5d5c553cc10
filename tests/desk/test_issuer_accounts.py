"""Whose account at the issuer is whose: bound at the first login, unlinked by administrators, left at the logout."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from bot.desk import totp
from bot.desk.login_by_issuer import NOBODY, ONLY_HERE, OTHER_ACCOUNT
from bot.desk.oidc import AFTERWARDS
from bot.desk.sessions import COOKIE
from bot.storage import agents as stored
from bot.storage.database import Database
from bot.storage.schema import agents, audit_log, issuer_accounts, sessions
from simulators.faults import ServerError
from simulators.oidc import CLIENT_ID
from simulators.oidc import Person as Known
from tests.desk.accounts import (
    Municipality,
    choose,
    come_back,
    leave,
    open_municipality,
    sign_in,
)
from tests.desk.office import PASSWORD, Person, Seen, leader

ANNA = "anna@example.org"
SOMEBODY_ELSE = Known(ANNA, subject="somebody else")
"""Who was given Anna's e-mail later."""


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Municipality]:
    """The desk, where Anna works, and the issuer, where she has an account."""
    async with open_municipality(database) as opened:
        await opened.employs("Anna")
        yield opened


async def events(town: Municipality, *, about: str = "") -> list[str]:
    """What the audit log says, oldest first; only what was done about somebody, if that is asked."""
    wanted = select(audit_log.c.event).order_by(audit_log.c.id)
    if about:
        wanted = wanted.where(audit_log.c.about_id == town.office.agents[about])
    async with town.office.database.reading() as connection:
        return list(await connection.scalars(wanted))


async def comes_in(town: Municipality, email: str = ANNA) -> Seen:
    """Somebody signs in with a browser of their own."""
    async with town.office.person() as person:
        return await sign_in(person, email)


# ---------------------------------------------------------------------------------------------- bound


async def test_first_login_binds_the_account_and_later_ones_only_use_it(
    town: Municipality,
) -> None:
    assert (await comes_in(town)).path == "/desk/"
    assert (await comes_in(town)).path == "/desk/"
    assert await events(town) == ["agent.added", "login.oidc_linked", "login.oidc", "login.oidc"]
    async with town.office.database.reading() as connection:
        [row] = (await connection.execute(select(issuer_accounts))).all()
    assert (row.agent_id, row.issuer) == (town.office.agents["Anna"], town.accounts.url)


async def test_another_account_with_the_same_email_is_refused(town: Municipality) -> None:
    await comes_in(town)
    town.accounts.add(SOMEBODY_ELSE)
    async with town.office.person() as other:
        seen = await sign_in(other, ANNA)
        assert (seen.status, OTHER_ACCOUNT.words in seen.words()) == (403, True)
        assert (await other.see("/desk/", follow=False)).status == 303
    assert (await events(town, about="Anna"))[-1] == "login.oidc_other"


async def test_who_changed_their_email_at_the_issuer_still_comes_in(town: Municipality) -> None:
    await comes_in(town)
    await town.employs("Berta")
    await comes_in(town, "berta@example.org")
    # Not verified yet, and even an e-mail that a colleague has here: who comes is told by the account alone.
    town.accounts.people["berta@example.org"] = Known(
        "berta@example.org", verified=False, subject=Known(ANNA).sub
    )
    async with town.office.person() as anna:
        assert (await sign_in(anna, "berta@example.org")).path == "/desk/"
        assert "Anna" in (await anna.see("/desk/konts")).words()


async def test_account_of_somebody_disabled_does_not_come_in_by_another_email(
    town: Municipality,
) -> None:
    await comes_in(town)
    await town.employs("Berta")
    async with town.office.database.reading() as connection:
        await stored.set_disabled(
            connection, town.office.agents["Anna"], at=town.office.clock.now()
        )
    town.accounts.people["berta@example.org"] = Known("berta@example.org", subject=Known(ANNA).sub)
    assert NOBODY.words in (await comes_in(town, "berta@example.org")).words()


async def test_of_two_accounts_at_the_same_moment_one_is_bound(town: Municipality) -> None:
    async with town.office.person() as anna, town.office.person() as other:
        hers = await choose(anna, await leave(anna, await anna.see("/desk/login")), ANNA)
        town.accounts.add(SOMEBODY_ELSE)
        theirs = await choose(other, await leave(other, await other.see("/desk/login")), ANNA)
        seen = await asyncio.gather(come_back(anna, hers), come_back(other, theirs))
    assert sorted(page.status for page in seen) == [200, 403]
    assert await town.office.count(sessions) == 1


async def test_another_issuer_binds_anew(town: Municipality, database: Database) -> None:
    """The operator moved from one system of accounts to another: everybody has another `sub` there."""
    await comes_in(town)
    async with open_municipality(database) as moved:
        moved.accounts.add(SOMEBODY_ELSE)
        assert (await comes_in(moved)).path == "/desk/"
    assert (await events(town)).count("login.oidc_linked") == 2


# ---------------------------------------------------------------------------------------------- with a code of ours


SECRET = totp.new_secret()


async def with_factor(town: Municipality) -> None:
    """Anna has a second factor here."""
    async with town.office.database.reading() as connection:
        await connection.execute(
            update(agents)
            .where(agents.c.id == town.office.agents["Anna"])
            .values(totp_secret=SECRET)
        )


async def gives_code(town: Municipality, person: Person, asked: Seen) -> Seen:
    code = totp.code_at(SECRET, totp.step_of(town.office.clock.now()))
    fields = {"csrf": asked.hidden_field("csrf"), "code": code}
    return await person.post("/desk/login/kods", fields)


async def test_account_is_bound_only_after_the_code(town: Municipality) -> None:
    await with_factor(town)
    async with town.office.person() as anna:
        asked = await sign_in(anna, ANNA)
        assert await town.office.count(issuer_accounts) == 0
        assert (await gives_code(town, anna, asked)).path == "/desk/"
        assert await town.office.count(issuer_accounts) == 1


async def test_another_account_is_not_even_asked_for_the_code(town: Municipality) -> None:
    await comes_in(town)
    await with_factor(town)
    town.accounts.add(SOMEBODY_ELSE)
    assert OTHER_ACCOUNT.words in (await comes_in(town)).words()


async def test_account_that_another_took_while_the_code_was_awaited_stays_out(
    town: Municipality,
) -> None:
    await with_factor(town)
    async with town.office.person() as other, town.office.person() as anna:
        town.accounts.add(SOMEBODY_ELSE)
        late = await sign_in(other, ANNA)
        town.accounts.add(Known(ANNA))
        assert (await gives_code(town, anna, await sign_in(anna, ANNA))).path == "/desk/"
        town.office.clock.pass_time(minutes=1)
        assert (await gives_code(town, other, late)).status == 401
        assert (await other.see("/desk/", follow=False)).status == 303


# ---------------------------------------------------------------------------------------------- administrators


async def does(admin: Person, town: Municipality, path: str, **fields: str) -> Seen:
    """Send a form about Anna on the page of colleagues."""
    csrf = (await admin.see("/desk/darbinieki")).hidden_field("csrf")
    where = f"/desk/darbinieki/{town.office.agents['Anna']}/{path}"
    return await admin.post(where, {"csrf": csrf, **fields})


async def test_administrator_unlinks_and_the_next_account_is_bound(town: Municipality) -> None:
    async with (
        await leader(town.office, "admin") as dace,
        town.office.person() as anna,
    ):
        await sign_in(anna, ANNA)
        assert "piesaistīts 23.11.2026." in (await dace.see("/desk/darbinieki")).words()
        seen = await does(dace, town, "konts")
        assert "Pašvaldības konts atsaistīts." in seen.words()
        assert (await anna.see("/desk/", follow=False)).status == 303
        town.accounts.add(SOMEBODY_ELSE)
        assert (await sign_in(anna, ANNA)).path == "/desk/"
        assert "Atsaistīja kolēģa pašvaldības kontu" in (await dace.see("/desk/zurnals")).words()
    assert (await events(town, about="Anna"))[-1] == "agent.account_unlinked"


async def test_nothing_to_unlink_is_said(town: Municipality) -> None:
    async with await leader(town.office, "admin") as dace:
        assert "Atsaistīt pašvaldības kontu" not in (await dace.see("/desk/darbinieki")).words()
        seen = await does(dace, town, "konts")
        assert (seen.status, "nav piesaistīts" in seen.words()) == (409, True)


async def test_only_administrators_unlink_and_change_emails(town: Municipality) -> None:
    await comes_in(town)
    async with await leader(town.office, "supervisor") as rita:
        csrf = (await rita.see("/desk/konts")).hidden_field("csrf")
        for path in ("konts", "epasts"):
            where = f"/desk/darbinieki/{town.office.agents['Anna']}/{path}"
            fields = {"csrf": csrf, "email": "cita@example.org"}
            assert (await rita.post(where, fields)).status == 403
    assert await town.office.count(issuer_accounts) == 1


async def test_address_that_went_to_a_new_colleague_is_freed_for_them(town: Municipality) -> None:
    """What the refused new colleague is told to ask for works."""
    await comes_in(town)
    town.accounts.add(SOMEBODY_ELSE)
    async with await leader(town.office, "admin") as dace:
        await does(dace, town, "izslegt")
        seen = await does(dace, town, "epasts", email="Anna.Agraka@example.org ")
        assert "E-pasts mainīts." in seen.words()
        page = await dace.see("/desk/darbinieki")
        assert "anna.agraka@example.org" in page.words()
        fields = {"csrf": page.hidden_field("csrf"), "name": "Anna Jaunā", "email": ANNA}
        await dace.post("/desk/darbinieki/uzaicinat", fields | {"role": "staff"})
    assert (await comes_in(town)).path == "/desk/"


async def test_email_that_somebody_has_is_not_given_twice(town: Municipality) -> None:
    await town.office.hire("Berta")
    async with await leader(town.office, "admin") as dace:
        seen = await does(dace, town, "epasts", email="berta@example.org")
        assert (seen.status, "Šim e-pastam jau ir konts." in seen.words()) == (409, True)
        seen = await does(dace, town, "epasts", email="anna@mājas.lv")
        assert (seen.status, "garumzīmju" in seen.words()) == (422, True)
    async with town.office.person() as anna:
        assert (await anna.log_in(ANNA, PASSWORD)).path == "/desk/"


# ---------------------------------------------------------------------------------------------- out


async def logs_out(person: Person) -> Seen:
    csrf = (await person.see("/desk/konts")).hidden_field("csrf")
    return await person.post("/desk/logout", {"csrf": csrf})


def address_in(page: Seen) -> str:
    """Where a page leads on to, outside."""
    found = re.search(r'<a href="(http[^"]+)">atveriet', page.text)
    assert found is not None, page.words()
    return html.unescape(found[1])


async def test_who_came_by_the_issuer_is_led_out_there_too_and_back(town: Municipality) -> None:
    async with town.office.person() as anna:
        await sign_in(anna, ANNA)
        assert town.accounts.signed_in == {Known(ANNA).sub}
        seen = await logs_out(anna)
        assert await town.office.count(sessions) == 0
        assert anna.cookie(COOKIE) == ""
        async with anna.http.get(address_in(seen)) as response:
            assert "Uz redzēšanos" in await response.text()
            assert str(response.url) == f"{town.office.url}/desk/login?izgajis=1"
        assert town.accounts.signed_in == set()
    assert (await events(town))[-2:] == ["logout", "logout.oidc"]


async def test_code_of_ours_in_between_changes_nothing_about_the_way_out(
    town: Municipality,
) -> None:
    await with_factor(town)
    async with town.office.person() as anna:
        await gives_code(town, anna, await sign_in(anna, ANNA))
        assert "id_token_hint=" in address_in(await logs_out(anna))


async def test_who_came_with_a_password_leaves_only_here(town: Municipality) -> None:
    async with await town.office.at_work("Anna") as anna:
        assert (await logs_out(anna)).path == "/desk/login?izgajis=1"


async def test_issuer_that_offers_no_logout_is_left_alone(database: Database) -> None:
    async with open_municipality(database, offers_logout=False) as town:
        await town.employs("Anna")
        async with town.office.person() as anna:
            await sign_in(anna, ANNA)
            assert (await logs_out(anna)).path == "/desk/login?izgajis=1"
        assert (await events(town))[-1] == "logout"


async def test_issuer_that_is_away_keeps_nobody_in(town: Municipality) -> None:
    async with town.office.person() as anna:
        await sign_in(anna, ANNA)
        town.accounts.faults.next(ServerError(503), only=["discovery"])
        seen = await logs_out(anna)
        assert (seen.status, ONLY_HERE in seen.words()) == (200, True)
        assert anna.cookie(COOKIE) == ""
    assert await town.office.count(sessions) == 0


async def test_token_of_an_earlier_issuer_is_shown_to_no_other(town: Municipality) -> None:
    async with town.office.person() as anna:
        await sign_in(anna, ANNA)
        async with town.office.database.reading() as connection:
            await connection.execute(update(sessions).values(issuer="https://before.example"))
        assert (await logs_out(anna)).path == "/desk/login?izgajis=1"


async def test_token_too_long_for_an_address_stays_here(town: Municipality) -> None:
    town.accounts.forgery.claims = {"groups": [f"group {number}" for number in range(500)]}
    async with town.office.person() as anna:
        await sign_in(anna, ANNA)
        asked = parse_qs(urlsplit(address_in(await logs_out(anna))).query)
    assert asked == {
        "from": ["zintis"],
        "client_id": [CLIENT_ID],
        "post_logout_redirect_uri": [town.office.url + AFTERWARDS],
    }
