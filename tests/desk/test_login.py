"""Who gets in, who stays in, and what happens to forms of those who do not."""

import re
from datetime import UTC, datetime
from http.cookies import SimpleCookie

import pytest
from argon2 import PasswordHasher, Type
from sqlalchemy import insert, select, update
from yarl import URL

from bot.desk import passwords
from bot.desk.agents import (
    AgentExists,
    AgentRefused,
    add,
    check_first_admin,
    ensure_first_admin,
)
from bot.desk.sessions import COOKIE
from bot.storage.database import Database
from bot.storage.schema import agents, login_attempts, sessions
from tests.desk.office import PASSWORD, Office, open_office

PAGES = ("/desk/", "/desk/password", "/desk/tickets/1001", "/desk/live", "/desk/tickets/1001/live")
FORMS = (
    "/desk/logout",
    "/desk/password",
    *(
        f"/desk/tickets/1001/{name}"
        for name in ("claim", "answer", "note", "give_back", "solve", "retry")
    ),
)


# ---------------------------------------------------------------------------------------------- in and out


async def test_agent_logs_in_where_they_wanted_to_go_and_out_again(office: Office) -> None:
    await office.hire("Anna")
    number = await office.ticket()
    async with office.person() as anna:
        page = await anna.see(f"/desk/tickets/{number}")
        fields = {"csrf": page.hidden_field("csrf"), "next": page.hidden_field("next")}
        page = await anna.post(
            "/desk/login", {**fields, "email": " Anna@Example.org ", "password": PASSWORD}
        )
        assert (page.status, page.path) == (200, f"/desk/tickets/{number}")
        page = await anna.post("/desk/logout", {"csrf": page.hidden_field("csrf")})
        assert "Darbs ir beigts." in page.words()
        assert (await anna.see("/desk/", follow=False)).headers["Location"] == "/desk/login"
    assert await office.count(sessions) == 0


@pytest.mark.parametrize("path", PAGES)
async def test_strangers_see_nothing(office: Office, path: str) -> None:
    await office.ticket("Noslēpums")
    async with office.person() as stranger:
        page = await stranger.see(path)
        assert "Darbinieku ieeja" in page.words()
        assert "Noslēpums" not in page.text
        background = await stranger.see(path, headers={"X-Desk-Background": "1"})
        assert background.status == 401


@pytest.mark.parametrize("path", FORMS)
async def test_strangers_do_nothing(office: Office, path: str) -> None:
    number = await office.ticket()
    async with office.person() as stranger:
        page = await stranger.post(path, {"text": "Sveiki"})
        assert page.status == 401
        assert "sesija ir beigusies" in page.words()
    assert await office.outgoing(number) == []


@pytest.mark.parametrize("path", FORMS)
async def test_form_without_the_token_of_its_session_does_nothing(
    office: Office, path: str
) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        for csrf in ("", "wrong"):
            await anna.post(path, {"csrf": csrf, "text": "Rakstīts ilgi", "message": "1"})
        page = await anna.see(f"/desk/tickets/{number}")
    assert "Nr. 1001" in page.words()
    assert await office.outgoing(number) == []
    assert "Rakstīts ilgi" not in page.words()


async def test_text_of_an_outdated_form_is_shown_again(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        page = await anna.does(number, "answer", csrf="old", text="Rakstīts ilgi")
    assert page.status == 403
    assert "Lapa bija novecojusi" in page.words()
    assert "Rakstīts ilgi</textarea>" in page.text


async def test_form_from_another_site_is_refused(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        page = await anna.see(f"/desk/tickets/{number}")
        fields = {"csrf": page.hidden_field("csrf")}
        path = f"/desk/tickets/{number}/claim"
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert (await anna.post(path, fields, headers=headers)).status == 403
            assert (await anna.post("/desk/login", fields, headers=headers)).status == 403
        assert (await anna.post(path, fields, headers={"Origin": office.url})).status == 200


async def test_login_form_of_another_browser_is_refused(office: Office) -> None:
    await office.hire("Anna")
    async with office.person() as thief, office.person() as victim:
        page = await thief.see("/desk/login")
        fields = {"csrf": page.hidden_field("csrf"), "email": "anna@example.org"}
        page = await victim.post("/desk/login", {**fields, "password": PASSWORD})
        assert page.status == 403
        assert victim.cookie(COOKIE) == ""


async def test_login_leads_only_to_the_desk(office: Office) -> None:
    await office.hire("Anna")
    for wanted in (
        "https://evil.example",
        "//evil.example",
        "/desk//evil",
        "/desk/\\evil",
        "/chat",
    ):
        async with office.person() as anna:
            page = await anna.see("/desk/login")
            fields = {"csrf": page.hidden_field("csrf"), "next": wanted, "password": PASSWORD}
            page = await anna.post(
                "/desk/login", {**fields, "email": "anna@example.org"}, follow=False
            )
            assert page.headers["Location"] == "/desk/"


# ---------------------------------------------------------------------------------------------- sessions


async def test_token_is_new_at_each_login_and_stored_only_as_a_digest(office: Office) -> None:
    await office.hire("Anna")
    async with office.person() as anna:
        planted = SimpleCookie(f"{COOKIE}=planted; Path=/desk")
        anna.http.cookie_jar.update_cookies(planted, URL(office.url))
        await anna.log_in("anna@example.org")
        first = anna.cookie(COOKIE)
        page = await anna.see("/desk/")
        await anna.post("/desk/logout", {"csrf": page.hidden_field("csrf")})
        await anna.log_in("anna@example.org")
        second = anna.cookie(COOKIE)
    assert len({"planted", first, second}) == 3
    async with office.database.reading() as connection:
        stored = (await connection.execute(select(sessions))).all()
    assert len(stored) == 1
    assert second not in str(stored)


@pytest.mark.parametrize("hours_and_uses", [(2.1, 1), (1.9, 7)], ids=["idle", "absolute"])
async def test_session_ends_after_two_idle_hours_and_after_twelve_in_any_case(
    office: Office, hours_and_uses: tuple[float, int]
) -> None:
    hours, uses = hours_and_uses
    async with await office.at_work("Anna") as anna:
        for _ in range(uses):
            assert (await anna.see("/desk/", follow=False)).status == 200
            office.clock.pass_time(hours=hours)
        assert (await anna.see("/desk/", follow=False)).status == 303


async def test_what_a_page_does_by_itself_does_not_keep_the_session_alive(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        for _ in range(3):
            office.clock.pass_time(minutes=50)
            seen = await anna.see("/desk/", headers={"X-Desk-Background": "1"})
        assert seen.status == 401


async def test_what_was_typed_when_the_session_ended_is_there_after_the_login(
    office: Office,
) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        page = await anna.see(f"/desk/tickets/{number}")
        office.clock.pass_time(hours=3)
        sent = {"csrf": page.hidden_field("csrf"), "form": page.hidden_field("form")}
        page = await anna.post(
            f"/desk/tickets/{number}/answer", {**sent, "text": 'Ilgi "rakstīts" <teksts>'}
        )
        assert "Jūsu sesija ir beigusies." in page.words()
        names = ("csrf", "next", "draft_answer")
        fields = {name: page.hidden_field(name) for name in names}
        page = await anna.post(
            "/desk/login", {**fields, "email": "anna@example.org", "password": PASSWORD}
        )
        assert "vēl nav nosūtīts" in page.words()
        assert "Ilgi &#34;rakstīts&#34; &lt;teksts&gt;</textarea>" in page.text
        sent = {"csrf": page.hidden_field("csrf"), "form": page.hidden_field("form")}
        await anna.post(f"/desk/tickets/{number}/answer", {**sent, "text": "Nosūtīts"})
    assert [answer.text for answer in await office.outgoing(number)] == ["Nosūtīts"]


async def test_disabled_agent_is_out_at_once(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        async with office.database.reading() as connection:
            await connection.execute(update(agents).values(disabled_at=datetime.now(UTC)))
        assert (await anna.see("/desk/", follow=False)).status == 303
        assert (await anna.log_in("anna@example.org")).status == 401


# ---------------------------------------------------------------------------------------------- throttling


async def test_sixth_failure_on_an_account_has_to_wait_even_with_the_right_password(
    office: Office,
) -> None:
    await office.hire("Anna")
    async with office.person() as guesser, office.person() as anna:
        for _ in range(5):
            assert (await guesser.log_in("anna@example.org", "wrong")).status == 401
        page = await anna.log_in("anna@example.org")
        assert page.status == 429
        assert "Mēģiniet pēc 15 minūtēm." in page.words()
        office.clock.pass_time(minutes=15, seconds=1)
        assert (await anna.log_in("anna@example.org")).path == "/desk/"


async def test_one_address_guesses_at_most_twenty_times_whoever_it_names(office: Office) -> None:
    async with office.person() as guesser:
        statuses = [
            (await guesser.log_in(f"cilveks{n}@example.org", "wrong")).status for n in range(22)
        ]
    assert statuses == [401] * 20 + [429] * 2


async def test_login_forgets_the_failures_before_it(office: Office) -> None:
    await office.hire("Anna")
    async with office.person() as anna:
        for _ in range(3):
            for _ in range(4):
                await anna.log_in("anna@example.org", "wrong")
            page = await anna.log_in("anna@example.org")
            assert page.path == "/desk/"
            await anna.post("/desk/logout", {"csrf": page.hidden_field("csrf")})
    assert await office.count(login_attempts) == 0


async def test_unknown_and_known_people_read_the_same(office: Office) -> None:
    await office.hire("Anna")
    async with office.person() as guesser:
        known = await guesser.log_in("anna@example.org", "wrong")
        unknown = await guesser.log_in("nezinama@example.org", "wrong")
    assert known.words().replace("anna@", "") == unknown.words().replace("nezinama@", "")
    assert (known.status, unknown.status) == (401, 401)


def test_the_hash_of_the_service_is_as_costly_as_rfc_9106_asks(real_hasher: PasswordHasher) -> None:
    assert real_hasher.type is Type.ID
    assert real_hasher.time_cost >= 3
    assert real_hasher.memory_cost >= 64 * 1024  # KiB


async def test_unknown_person_costs_a_hash_too(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    hasher = passwords._hasher

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            verified.append(password)
            return hasher.verify(stored, password)

        def hash(self, password: str) -> str:
            return hasher.hash(password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    assert await passwords.is_right("the password of nobody", None) is False
    assert verified == ["the password of nobody"]


# ---------------------------------------------------------------------------------------------- headers


async def test_every_page_is_kept_out_of_frames_caches_and_foreign_scripts(office: Office) -> None:
    number = await office.ticket()
    async with await office.at_work("Anna") as anna, office.person() as stranger:
        seen = [
            await anna.see(path, follow=False)
            for path in ("/desk", "/desk/", f"/desk/tickets/{number}", "/desk/password", "/desk/x")
        ]
        seen += [await stranger.see("/desk/login"), await stranger.see("/desk/", follow=False)]
        seen += [await stranger.post("/desk/tickets/1/answer", {})]
    for page in seen:
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert page.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<script(?! src=)| on\w+=| style=", page.text)


async def test_cookie_is_for_us_alone_and_for_https_where_there_is_https(
    database: Database, office: Office
) -> None:
    await office.hire("Anna")
    async with open_office(database, public_url="https://zintis.example") as public:
        for place, secure in ((office, False), (public, True)):
            async with place.person() as anna:
                page = await anna.see("/desk/login")
                fields = {"csrf": page.hidden_field("csrf"), "email": "anna@example.org"}
                # A cookie for HTTPS does not come back over HTTP, so it is carried by hand.
                carried = {"Cookie": f"zintis_login={fields['csrf']}"}
                page = await anna.post(
                    "/desk/login", {**fields, "password": PASSWORD}, follow=False, headers=carried
                )
                cookie = page.headers["Set-Cookie"]
                assert "HttpOnly" in cookie
                assert "SameSite=Lax" in cookie
                assert ("Secure" in cookie) is secure


async def test_static_files_may_be_kept(office: Office) -> None:
    async with office.person() as stranger:
        page = await stranger.see("/desk/login")
        for address in re.findall(r'(?:href|src)="(/desk/static/[^"]+)"', page.text):
            seen = await stranger.see(address)
            assert seen.status == 200
            assert "immutable" in seen.headers["Cache-Control"]
        assert (await stranger.see("/desk/static/..%2fdesk.py")).status == 404


# ---------------------------------------------------------------------------------------------- passwords


async def test_password_is_changed_and_other_places_are_logged_out(office: Office) -> None:
    async with await office.at_work("Anna") as anna, await office.at_work("Anna") as at_home:
        page = await anna.see("/desk/password")
        new = "pieci zaļi traktori"
        fields = {"csrf": page.hidden_field("csrf"), "old": PASSWORD, "new": new, "again": new}
        page = await anna.post("/desk/password", fields)
        assert "Parole nomainīta." in page.words()
        assert (await at_home.see("/desk/", follow=False)).status == 303
    async with office.person() as later:
        assert (await later.log_in("anna@example.org")).status == 401
        assert (await later.log_in("anna@example.org", new)).status == 200


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        (PASSWORD, "pieci zaļi traktori", "cits", "Jaunās paroles nesakrīt."),
        (PASSWORD, "īsa", "īsa", "vismaz 10 rakstzīmes"),
        (PASSWORD, "parole123456", "parole123456", "viegli uzminēt"),
        ("cita", "pieci zaļi traktori", "pieci zaļi traktori", "Pašreizējā parole nav pareiza."),
    ],
)
async def test_password_that_cannot_be_taken(
    office: Office, old: str, new: str, again: str, said: str
) -> None:
    async with await office.at_work("Anna") as anna:
        page = await anna.see("/desk/password")
        fields = {"csrf": page.hidden_field("csrf"), "old": old, "new": new, "again": again}
        page = await anna.post("/desk/password", fields)
        assert page.status == 422
        assert said in page.words()
        assert new not in page.text.replace(said, "")


@pytest.mark.parametrize(
    ("password", "weak"),
    [
        ("zvirbuļu dārza vārti", None),
        ("Kq8-vmZ2xPw", None),
        ("jelgavas tirgus zemenes", None),
        ("īss", passwords.Weakness.SHORT),
        ("x" * 201, passwords.Weakness.LONG),
        ("aaaaaaaaaaaa", passwords.Weakness.GUESSABLE),
        ("1234567890", passwords.Weakness.GUESSABLE),
        ("Parole2026!", passwords.Weakness.GUESSABLE),
        ("anna.berzina1", passwords.Weakness.GUESSABLE),
    ],
)
def test_guessable_passwords_are_refused(password: str, weak: passwords.Weakness | None) -> None:
    assert passwords.weakness(password, email="anna.berzina@example.org") == weak


# ---------------------------------------------------------------------------------------------- accounts


async def test_first_login_is_made_once(database: Database) -> None:
    first = await ensure_first_admin(database)
    assert first is not None
    assert await ensure_first_admin(database) is None
    async with open_office(database) as office, office.person() as admin:
        page = await admin.log_in(first.email, first.password)
        assert page.path == "/desk/"


async def test_password_that_the_operator_chose_is_not_repeated(database: Database) -> None:
    made = await ensure_first_admin(database, email="Admin@Example.org", password=PASSWORD)
    assert made is not None
    assert made.email == "admin@example.org"
    assert PASSWORD not in made.password


async def test_a_first_login_that_cannot_be_made_is_refused_before_the_training(
    database: Database,
) -> None:
    await check_first_admin(database, email=None, password=None)
    await check_first_admin(database, email="admin@example.org", password=PASSWORD)
    with pytest.raises(AgentRefused, match="too easy to guess"):
        await check_first_admin(database, email="admin@example.org", password="password123")
    with pytest.raises(AgentRefused, match="must look like"):
        await check_first_admin(database, email="admin", password=PASSWORD)
    await ensure_first_admin(database)
    await check_first_admin(database, email="admin@example.org", password="password123")


async def test_account_that_cannot_be_made(database: Database) -> None:
    await add(database, email="anna@example.org", name="Anna", password=PASSWORD)
    with pytest.raises(AgentExists):
        await add(database, email=" ANNA@example.org", name="Anna", password=PASSWORD)
    for email, name, password in (
        ("anna", "Anna", PASSWORD),
        ("a b@example.org", "Anna", PASSWORD),
        ("bērta@example.org", "Bērta", PASSWORD),
        ("berta@example.org", " ", PASSWORD),
        ("berta@example.org", "Berta", "short"),
    ):
        with pytest.raises(AgentRefused):
            await add(database, email=email, name=name, password=password)


async def test_old_hash_is_renewed_at_login(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.hire("Anna")
    async with office.database.reading() as connection:
        before = await connection.scalar(select(agents.c.password_hash))
    monkeypatch.setattr(passwords, "_hasher", type(passwords._hasher)(time_cost=2, memory_cost=64))
    async with office.person() as anna:
        await anna.log_in("anna@example.org")
    async with office.database.reading() as connection:
        after = await connection.scalar(select(agents.c.password_hash))
    assert before != after


async def test_attempts_and_sessions_that_are_over_are_cleared_away(office: Office) -> None:
    async with office.database.reading() as connection:
        old = {"email": "kads@example.org", "at": datetime(2020, 1, 1, tzinfo=UTC)}
        await connection.execute(insert(login_attempts).values(**old))
    async with await office.at_work("Anna"):
        office.clock.pass_time(hours=13)
    async with await office.at_work("Berta"):
        pass
    assert await office.count(sessions) == 1
    assert await office.count(login_attempts) == 0
