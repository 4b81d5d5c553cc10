"""The second factor: the RFC's numbers, set up, asked for, used once, lost, required of everybody."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from bot.desk import totp
from bot.desk.sessions import COOKIE, HALF_COOKIE
from bot.storage import agents as stored
from bot.storage.schema import agents, audit_log, recovery_codes, sessions
from tests.desk.office import PASSWORD, Office, Person, Seen, email_of

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


# ---------------------------------------------------------------------------------------------- the numbers


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert totp.code_at(RFC_SECRET, totp.step_of(moment), digits=8) == code


def test_clocks_may_differ_by_one_step() -> None:
    now = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    step = totp.step_of(now)
    accepted = [
        away
        for away in range(-3, 4)
        if totp.matching_step(RFC_SECRET, totp.code_at(RFC_SECRET, step + away), at=now)
        == step + away
    ]
    assert accepted == [-1, 0, 1]


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    assert totp.matching_step(RFC_SECRET, typed, at=datetime.now(UTC)) is None


# ---------------------------------------------------------------------------------------------- set up


async def set_up(person: Person, office: Office) -> tuple[str, list[str]]:
    """Go through the set-up; the secret and the recovery codes."""
    page = await person.see("/desk/konts")
    csrf = page.hidden_field("csrf")
    page = await person.post("/desk/konts/sakt", {"csrf": csrf, "password": PASSWORD})
    secret = page.text.split('id="secret">')[1].split("<")[0].replace(" ", "")
    page = await person.post(
        "/desk/konts/apstiprinat", {"csrf": csrf, "code": code_now(office, secret)}
    )
    codes = [part.split("<")[0] for part in page.text.split("<code>")[1:]]
    assert len(codes) == totp.RECOVERY_CODES
    return secret, codes


def code_now(office: Office, secret: str) -> str:
    return totp.code_at(secret, totp.step_of(office.clock.now()))


async def give(person: Person, asked: Seen, code: str) -> Seen:
    """Fill in the page that asks for the code."""
    fields = {
        "csrf": asked.hidden_field("csrf"), "next": asked.hidden_field("next"), "code": code
    }  # fmt: skip
    return await person.post("/desk/login/kods", fields)


async def test_code_is_asked_for_after_the_password(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        secret, _ = await set_up(anna, office)
    office.clock.pass_time(minutes=1)
    async with office.person() as anna:
        asked = await anna.log_in(email_of("Anna"))
        assert "Drošības kods" in asked.words()
        assert anna.cookie(COOKIE) == ""
        assert (await anna.see("/desk/", follow=False)).status == 303
        page = await give(anna, asked, code_now(office, secret))
        assert page.path == "/desk/"
        assert anna.cookie(HALF_COOKIE) == ""


async def test_half_a_login_opens_nothing(office: Office) -> None:
    await office.ticket("Noslēpums")
    async with await office.at_work("Anna") as anna:
        await set_up(anna, office)
    async with office.person() as thief:
        await thief.log_in(email_of("Anna"))
        half = thief.cookie(HALF_COOKIE)
        page = await thief.see("/desk/", headers={"Cookie": f"{COOKIE}={half}"})
        assert "Noslēpums" not in page.text


async def test_same_code_works_once(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        secret, _ = await set_up(anna, office)
    # The code that proved the set-up is used up too, in the same half minute.
    async with office.person() as thief:
        asked = await thief.log_in(email_of("Anna"))
        assert (await give(thief, asked, code_now(office, secret))).status == 401
    office.clock.pass_time(minutes=1)
    code = code_now(office, secret)
    async with office.person() as anna, office.person() as thief:
        first, second = await anna.log_in(email_of("Anna")), await thief.log_in(email_of("Anna"))
        assert (await give(anna, first, code)).path == "/desk/"
        page = await give(thief, second, code)
        assert page.status == 401
        assert "jau ir izmantots" in page.words()
        older = totp.code_at(secret, totp.step_of(office.clock.now()) - 1)
        assert (await give(thief, second, older)).status == 401


async def test_recovery_code_works_once_and_is_stored_as_a_digest(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        _, codes = await set_up(anna, office)
    async with office.database.reading() as connection:
        kept = set(await connection.scalars(select(recovery_codes.c.code_hash)))
    assert len(kept) == len(codes)
    assert not kept & set(codes)
    async with office.person() as anna:
        asked = await anna.log_in(email_of("Anna"))
        typed = codes[0].upper().replace("-", " ")
        assert (await give(anna, asked, typed)).path == "/desk/"
    async with office.person() as thief:
        asked = await thief.log_in(email_of("Anna"))
        assert (await give(thief, asked, codes[0])).status == 401


async def test_codes_are_throttled_like_passwords(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        secret, _ = await set_up(anna, office)
    office.clock.pass_time(minutes=1)
    async with office.person() as thief:
        asked = await thief.log_in(email_of("Anna"))
        statuses = [(await give(thief, asked, "000000")).status for _ in range(6)]
        assert statuses == [401] * 5 + [429]
        assert (await give(thief, asked, code_now(office, secret))).status == 429
        asked = await thief.log_in(email_of("Anna"))
        assert (await give(thief, asked, code_now(office, secret))).status == 429


async def test_nobody_blocks_codes_from_the_login_page(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        secret, _ = await set_up(anna, office)
    office.clock.pass_time(minutes=1)
    async with office.person() as thief:
        for _ in range(6):
            await thief.log_in(f"CODE:{email_of('Anna')}", "wrong")
    async with office.person() as anna:
        asked = await anna.log_in(email_of("Anna"))
        assert (await give(anna, asked, code_now(office, secret))).path == "/desk/"


async def test_code_page_waits_five_minutes(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        secret, _ = await set_up(anna, office)
    async with office.person() as anna:
        asked = await anna.log_in(email_of("Anna"))
        office.clock.pass_time(minutes=6)
        page = await give(anna, asked, code_now(office, secret))
        assert "Kodu gaidījām piecas minūtes" in page.words()
        assert anna.cookie(COOKIE) == ""


async def test_code_form_from_elsewhere_is_refused(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        secret, _ = await set_up(anna, office)
    office.clock.pass_time(minutes=1)
    async with office.person() as anna:
        await anna.log_in(email_of("Anna"))
        fields = {"csrf": "wrong", "code": code_now(office, secret)}
        assert (await anna.post("/desk/login/kods", fields)).status == 403
        evil = {"Origin": "https://evil.example"}
        assert (await anna.post("/desk/login/kods", fields, headers=evil)).status == 403
        assert anna.cookie(COOKIE) == ""


async def test_set_up_needs_the_password_and_ends_other_sessions(office: Office) -> None:
    async with await office.at_work("Anna") as anna, await office.at_work("Anna") as elsewhere:
        csrf = (await anna.see("/desk/konts")).hidden_field("csrf")
        page = await anna.post("/desk/konts/sakt", {"csrf": csrf, "password": "nav šī"})
        assert (page.status, 'id="secret"' in page.text) == (422, False)
        await set_up(anna, office)
        assert (await anna.see("/desk/", follow=False)).status == 200
        assert (await elsewhere.see("/desk/", follow=False)).status == 303


async def test_new_secret_cannot_replace_a_set_one(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        secret, _ = await set_up(anna, office)
        csrf = (await anna.see("/desk/konts")).hidden_field("csrf")
        page = await anna.post("/desk/konts/sakt", {"csrf": csrf, "password": PASSWORD})
        assert 'id="secret"' not in page.text
    async with office.database.reading() as connection:
        assert await connection.scalar(select(agents.c.totp_secret)) == secret


async def test_switching_off_needs_password_and_code(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        secret, _ = await set_up(anna, office)
        office.clock.pass_time(minutes=1)
        csrf = (await anna.see("/desk/konts")).hidden_field("csrf")
        for wrong in ({"password": PASSWORD}, {"code": code_now(office, secret)}):
            assert (await anna.post("/desk/konts/izslegt", {"csrf": csrf, **wrong})).status == 422
        right = {"csrf": csrf, "password": PASSWORD, "code": code_now(office, secret)}
        assert "Drošības kods izslēgts" in (await anna.post("/desk/konts/izslegt", right)).words()
    assert await office.count(recovery_codes) == 0


async def test_forms_of_the_account_need_their_token(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        for name in ("sakt", "apstiprinat", "kodi", "izslegt", "klatbutne"):
            page = await anna.post(
                f"/desk/konts/{name}", {"csrf": "old", "password": PASSWORD, "presence": "away"}
            )
            assert page.status == 403


# ---------------------------------------------------------------------------------------------- required


async def test_where_it_is_required_nothing_else_is_open_before(office: Office) -> None:
    number = await office.ticket("Noslēpums")
    async with await office.at_work("Anna") as anna:
        async with office.database.reading() as connection:
            await stored.write_setting(connection, stored.REQUIRE_SECOND_FACTOR, "yes")
        for path in ("/desk/", f"/desk/tickets/{number}", "/desk/files/1/0"):
            page = await anna.see(path)
            assert page.path == "/desk/konts"
            assert "Noslēpums" not in page.text
        assert (await anna.see("/desk/live", headers={"X-Desk-Background": "1"})).status == 401
        csrf = page.hidden_field("csrf")
        await anna.post(f"/desk/tickets/{number}/claim", {"csrf": csrf})
        assert await office.outgoing(number) == []
        await set_up(anna, office)
        assert "Noslēpums" in (await anna.see("/desk/")).text


async def test_login_with_a_draft_shows_no_ticket_before_the_set_up(office: Office) -> None:
    number = await office.ticket("Noslēpums")
    await office.hire("Anna")
    async with office.database.reading() as connection:
        await stored.write_setting(connection, stored.REQUIRE_SECOND_FACTOR, "yes")
    async with office.person() as anna:
        page = await anna.see("/desk/login")
        fields = {"csrf": page.hidden_field("csrf"), "email": email_of("Anna")}
        kept = {"next": f"/desk/tickets/{number}", "draft_answer": "Labdien"}
        page = await anna.post("/desk/login", {**fields, **kept, "password": PASSWORD})
        assert page.path == "/desk/konts"
        assert "Noslēpums" not in page.text


async def test_where_it_is_required_it_stays(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        secret, _ = await set_up(anna, office)
        async with office.database.reading() as connection:
            await stored.write_setting(connection, stored.REQUIRE_SECOND_FACTOR, "yes")
        office.clock.pass_time(minutes=1)
        csrf = (await anna.see("/desk/konts")).hidden_field("csrf")
        fields = {"csrf": csrf, "password": PASSWORD, "code": code_now(office, secret)}
        page = await anna.post("/desk/konts/izslegt", fields)
    assert (page.status, "Izslēgt to nevar" in page.words()) == (422, True)


async def test_disabled_agent_cannot_finish_half_a_login(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        secret, _ = await set_up(anna, office)
    office.clock.pass_time(minutes=1)
    async with office.person() as anna:
        asked = await anna.log_in(email_of("Anna"))
        async with office.database.reading() as connection:
            await connection.execute(update(agents).values(disabled_at=office.clock.now()))
        assert (await give(anna, asked, code_now(office, secret))).status == 401
        assert anna.cookie(COOKIE) == ""


async def test_log_knows_of_it_and_holds_no_secret(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        secret, codes = await set_up(anna, office)
    async with office.person() as anna:
        asked = await anna.log_in(email_of("Anna"))
        await give(anna, asked, "000000")
        await give(anna, asked, codes[0])
    async with office.database.reading() as connection:
        made = audit_log.c.event == "agent.added"
        rows = list(
            await connection.execute(select(audit_log).where(~made).order_by(audit_log.c.id))
        )
    assert [row.event for row in rows] == [
        "login", "factor.on", "code.failed", "code.recovery", "login"
    ]  # fmt: skip
    assert {row.address for row in rows} == {"127.0.0.1"}
    for hidden in (secret, codes[0], PASSWORD, "000000"):
        assert hidden not in str(rows)
    assert await office.count(sessions) == 2
