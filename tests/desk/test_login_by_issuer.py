"""Logging in with the municipality's own account: who comes in, and everything that must keep somebody out."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select

from bot.desk import totp
from bot.desk.login_by_issuer import AWAY, NOBODY, REFUSED, UNFINISHED, UNVERIFIED
from bot.storage import agents as stored
from bot.storage.database import Database
from bot.storage.schema import agents, audit_log, login_attempts, sessions, sign_ins
from simulators.faults import ServerError
from simulators.oidc import Person as Known
from tests.desk.accounts import (
    Municipality,
    choose,
    come_back,
    leave,
    open_municipality,
    sign_in,
)
from tests.desk.office import PASSWORD, Person, Seen, open_office

ANNA = "anna@example.org"


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Municipality]:
    """The desk, where Anna works, and the issuer, where she has an account."""
    async with open_municipality(database) as opened:
        await opened.employs("Anna")
        yield opened


async def events(town: Municipality) -> list[str]:
    """What the audit log says, oldest first."""
    async with town.office.database.reading() as connection:
        return list(await connection.scalars(select(audit_log.c.event).order_by(audit_log.c.id)))


async def refused(town: Municipality, person: Person, seen: Seen, said: str) -> None:
    """The page says why, and nobody is in."""
    assert said in seen.words()
    assert await town.office.count(sessions) == 0
    assert (await person.see("/desk/", follow=False)).status == 303


# ---------------------------------------------------------------------------------------------- in


async def test_agent_comes_in_where_they_wanted_to_go(town: Municipality) -> None:
    number = await town.office.ticket()
    async with town.office.person() as anna:
        seen = await sign_in(anna, ANNA, wanted=f"/desk/tickets/{number}")
        assert (seen.status, seen.path) == (200, f"/desk/tickets/{number}")
    assert "login.oidc" in await events(town)
    assert await town.office.count(login_attempts) == 0
    assert await town.office.count(sign_ins) == 0


@pytest.mark.parametrize(
    ("algorithm", "secret_in_form"), [("ES256", False), ("RS256", True)], ids=["ES256", "post"]
)
async def test_issuers_differ(database: Database, algorithm: str, secret_in_form: bool) -> None:
    async with open_municipality(
        database, algorithm=algorithm, secret_in_form=secret_in_form
    ) as town:
        await town.employs("Anna")
        async with town.office.person() as anna:
            assert (await sign_in(anna, ANNA)).path == "/desk/"


async def test_capitals_in_an_email_do_not_matter(town: Municipality) -> None:
    town.accounts.add(Known("Anna@Example.org"))
    async with town.office.person() as anna:
        assert (await sign_in(anna, "Anna@Example.org")).path == "/desk/"


async def test_keys_that_were_exchanged_meanwhile_are_fetched(town: Municipality) -> None:
    async with town.office.person() as anna:
        address = await leave(anna, await anna.see("/desk/login"))
        town.accounts.exchange_keys()
        assert (await come_back(anna, await choose(anna, address, ANNA))).path == "/desk/"


async def test_what_was_typed_before_the_session_ended_is_still_there(town: Municipality) -> None:
    number = await town.office.ticket()
    async with await town.office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        town.office.clock.pass_time(hours=3)
        asked = await anna.post(f"/desk/tickets/{number}/answer", {"text": "Bibliotēka ir vaļā."})
        seen = await come_back(anna, await choose(anna, await leave(anna, asked), ANNA))
        assert "Rakstītais ir saglabāts" in seen.words()
        assert "Bibliotēka ir vaļā." in seen.text


async def test_button_is_shown_only_where_there_is_an_issuer(
    town: Municipality, database: Database
) -> None:
    async with open_office(database) as without, without.person() as anna:
        assert "pašvaldības kontu" not in (await anna.see("/desk/login")).words()
        assert (await anna.post("/desk/login/konts", {})).status == 404
    async with town.office.person() as anna:
        assert "Pieslēgties ar pašvaldības kontu" in (await anna.see("/desk/login")).words()


# ---------------------------------------------------------------------------------------------- second factor


async def give_factor(town: Municipality) -> str:
    """Anna sets up a second factor of ours, with her password; the secret."""
    async with await town.office.at_work("Anna") as anna:
        csrf = (await anna.see("/desk/konts")).hidden_field("csrf")
        page = await anna.post("/desk/konts/sakt", {"csrf": csrf, "password": PASSWORD})
        return await finish_factor(town, anna, page)


async def finish_factor(town: Municipality, anna: Person, page: Seen) -> str:
    secret = page.text.split('id="secret">')[1].split("<")[0].replace(" ", "")
    fields = {"csrf": page.hidden_field("csrf"), "code": code_now(town, secret)}
    seen = await anna.post("/desk/konts/apstiprinat", fields)
    assert "Drošības kods ir ieslēgts." in seen.words()
    town.office.clock.pass_time(minutes=1)
    return secret


def code_now(town: Municipality, secret: str) -> str:
    return totp.code_at(secret, totp.step_of(town.office.clock.now()))


async def test_our_code_is_asked_for_when_the_issuer_asked_for_none(town: Municipality) -> None:
    secret = await give_factor(town)
    async with town.office.person() as anna:
        asked = await sign_in(anna, ANNA)
        assert "Kods no telefona lietotnes" in asked.words()
        assert (await anna.see("/desk/", follow=False)).status == 303
        fields = {
            "csrf": asked.hidden_field("csrf"),
            "next": asked.hidden_field("next"),
            "code": code_now(town, secret),
        }
        assert (await anna.post("/desk/login/kods", fields)).path == "/desk/"
    assert (await events(town))[-1] == "login.oidc"


async def test_the_issuers_second_factor_counts(town: Municipality) -> None:
    await give_factor(town)
    town.accounts.add(Known(ANNA, methods=("pwd", "otp", "mfa")))
    async with town.office.person() as anna:
        assert (await sign_in(anna, ANNA)).path == "/desk/"


async def require_factor(town: Municipality) -> None:
    async with town.office.database.reading() as connection:
        await stored.write_setting(connection, stored.REQUIRE_SECOND_FACTOR, "yes")


async def test_where_it_is_required_the_issuers_is_enough(town: Municipality) -> None:
    await require_factor(town)
    town.accounts.add(Known(ANNA, methods=("mfa",)))
    async with town.office.person() as anna:
        assert (await sign_in(anna, ANNA)).path == "/desk/"


async def test_where_it_is_required_it_is_set_up_without_a_password_that_nobody_has(
    town: Municipality,
) -> None:
    await require_factor(town)
    async with town.office.person() as anna:
        page = await sign_in(anna, ANNA)
        assert page.path == "/desk/konts"
        assert 'name="password"' not in page.text
        page = await anna.post("/desk/konts/sakt", {"csrf": page.hidden_field("csrf")})
        await finish_factor(town, anna, page)


async def test_later_the_second_factor_asks_for_the_password_again(town: Municipality) -> None:
    async with town.office.person() as anna:
        await sign_in(anna, ANNA)
        town.office.clock.pass_time(minutes=11)
        page = await anna.see("/desk/konts")
        assert 'name="password"' in page.text
        page = await anna.post("/desk/konts/sakt", {"csrf": page.hidden_field("csrf")})
        assert (page.status, "Parole nav pareiza." in page.words()) == (422, True)


# ---------------------------------------------------------------------------------------------- who is not let in


async def test_email_that_nobody_here_has_gets_a_kind_page_and_no_account(
    town: Municipality,
) -> None:
    town.accounts.add(Known("berta@example.org"))
    async with town.office.person() as berta:
        seen = await sign_in(berta, "berta@example.org")
        assert seen.status == 403
        await refused(town, berta, seen, NOBODY.words)
    assert await town.office.count(agents) == 1
    assert (await events(town))[-1] == "login.oidc_failed"


async def test_disabled_agent_stays_out(town: Municipality) -> None:
    async with town.office.database.reading() as connection:
        await stored.set_disabled(
            connection, town.office.agents["Anna"], at=town.office.clock.now()
        )
    async with town.office.person() as anna:
        await refused(town, anna, await sign_in(anna, ANNA), NOBODY.words)


@pytest.mark.parametrize("verified", [False, None])
async def test_unverified_email_is_not_believed(town: Municipality, verified: bool | None) -> None:
    town.accounts.add(Known(ANNA, verified=verified))
    async with town.office.person() as mallory:
        await refused(town, mallory, await sign_in(mallory, ANNA), UNVERIFIED.words)


async def test_unverified_email_is_believed_where_the_operator_says_so(database: Database) -> None:
    async with open_municipality(database, trust_emails=True) as town:
        await town.office.hire("Anna")
        town.accounts.add(Known(ANNA, verified=None))
        async with town.office.person() as anna:
            assert (await sign_in(anna, ANNA)).path == "/desk/"


async def test_who_changes_their_mind_at_the_issuer_may_try_again(town: Municipality) -> None:
    async with town.office.person() as anna:
        await refused(town, anna, await sign_in(anna, ""), UNFINISHED.words)
        assert (await sign_in(anna, ANNA)).path == "/desk/"


# ---------------------------------------------------------------------------------------------- attacks


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another client"},
        {"aud": None},
        {"aud": ["zintis desk", "another client"]},
        {"azp": "another client"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": 1_600_000_000},
        {"exp": None},
        {"exp": float("nan")},
        {"iat": 4_000_000_000},
        {"sub": None},
        {"email": None},
        {"email": [ANNA]},
        {"email_verified": "true"},
    ],
    ids=str,
)
async def test_token_with_another_claim_lets_nobody_in(
    town: Municipality, claims: dict[str, object]
) -> None:
    town.accounts.forgery.claims = claims
    async with town.office.person() as mallory:
        seen = await sign_in(mallory, ANNA)
        assert seen.status in (401, 403)
        assert REFUSED.words in seen.words() or UNVERIFIED.words in seen.words()
        await refused(town, mallory, seen, "pašvaldības kontu")


def _unsigned(_: Municipality, claims: dict[str, object]) -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
    return "".join(f"{base64.urlsafe_b64encode(part).decode().rstrip('=')}." for part in parts)


def _signed_with_the_public_key(town: Municipality, claims: dict[str, object]) -> str:
    public = town.accounts.public_keys.keys[0]
    kid = str(public.kid)
    # What the key set says of the key, taken for a shared secret: the old confusion of RS256 and HS256.
    secret = OctKey.import_key(str(public.as_dict(private=False)["n"]))
    return jwt.encode({"alg": "HS256", "kid": kid}, claims, secret, algorithms=["HS256"])


def _signed_by_a_stranger(town: Municipality, claims: dict[str, object]) -> str:
    return town.accounts.sign(claims, key=RSAKey.generate_key(2048))


def _changed_afterwards(town: Municipality, claims: dict[str, object]) -> str:
    header, _, signature = town.accounts.sign(claims).split(".")
    other = town.accounts.sign({**claims, "email": "dace@example.org"}).split(".")[1]
    return f"{header}.{other}.{signature}"


def _nonsense(_: Municipality, claims: dict[str, object]) -> str:
    return "a.b"


@pytest.mark.parametrize(
    "make",
    [
        _unsigned,
        _signed_with_the_public_key,
        _signed_by_a_stranger,
        _changed_afterwards,
        _nonsense,
    ],
    ids=lambda make: make.__name__,
)
async def test_token_that_the_issuer_did_not_sign_lets_nobody_in(
    town: Municipality, make: Callable[[Municipality, dict[str, object]], str]
) -> None:
    town.accounts.forgery.make = lambda claims: make(town, claims)
    async with town.office.person() as mallory:
        await refused(town, mallory, await sign_in(mallory, ANNA), REFUSED.words)
    assert (await events(town))[-1] == "login.oidc_failed"


async def test_state_of_another_browser_is_refused(town: Municipality) -> None:
    """Mallory may not make Anna's browser come in as Mallory."""
    async with town.office.person() as mallory, town.office.person() as anna:
        location = await choose(
            mallory, await leave(mallory, await mallory.see("/desk/login")), ANNA
        )
        await anna.see("/desk/login")
        await refused(town, anna, await come_back(anna, location), "Lapa bija novecojusi.")
        # The sign-in is used up for Mallory too.
        await refused(town, mallory, await come_back(mallory, location), "Lapa bija novecojusi.")


@pytest.mark.parametrize("state", ["", "another"])
async def test_state_that_nobody_gave_out_is_refused(town: Municipality, state: str) -> None:
    async with town.office.person() as mallory:
        location = await choose(
            mallory, await leave(mallory, await mallory.see("/desk/login")), ANNA
        )
        query = {name: found[0] for name, found in parse_qs(urlsplit(location).query).items()}
        seen = await mallory.see(f"/desk/login/konts/atpakal?{urlencode(query | {'state': state})}")
        await refused(town, mallory, seen, "Lapa bija novecojusi.")


async def test_code_and_state_work_once(town: Municipality) -> None:
    async with town.office.person() as anna:
        location = await choose(anna, await leave(anna, await anna.see("/desk/login")), ANNA)
        assert (await come_back(anna, location)).path == "/desk/"
        # A reloaded page leads on; without the session the same address opens nothing.
        assert (await come_back(anna, location)).path == "/desk/"
        page = await anna.see("/desk/konts")
        await anna.post("/desk/logout", {"csrf": page.hidden_field("csrf")})
        await refused(town, anna, await come_back(anna, location), "Lapa bija novecojusi.")


async def test_code_of_another_sign_in_is_refused(town: Municipality) -> None:
    """A stolen code, put into a sign-in of one's own: the verifier does not fit."""
    async with town.office.person() as anna, town.office.person() as mallory:
        stolen = await choose(anna, await leave(anna, await anna.see("/desk/login")), ANNA)
        own = await choose(mallory, await leave(mallory, await mallory.see("/desk/login")), ANNA)
        mine, hers = (parse_qs(urlsplit(location).query)["code"][0] for location in (own, stolen))
        seen = await come_back(mallory, own.replace(mine, hers))
        await refused(town, mallory, seen, REFUSED.words)


async def test_answer_of_another_issuer_is_refused(town: Municipality) -> None:
    async with town.office.person() as anna:
        location = await choose(anna, await leave(anna, await anna.see("/desk/login")), ANNA)
        ours = urlencode({"iss": town.accounts.url})
        mixed_up = location.replace(ours, urlencode({"iss": "https://evil.example"}))
        await refused(town, anna, await come_back(anna, mixed_up), UNFINISHED.words)


async def test_sign_in_that_took_too_long_is_refused(town: Municipality) -> None:
    async with town.office.person() as anna:
        address = await leave(anna, await anna.see("/desk/login"))
        town.office.clock.pass_time(minutes=11)
        seen = await come_back(anna, await choose(anna, address, ANNA))
        await refused(town, anna, seen, "Lapa bija novecojusi.")


async def test_sign_in_begins_only_on_our_page(town: Municipality) -> None:
    async with town.office.person() as anna:
        page = await anna.see("/desk/login")
        fields = {"csrf": page.hidden_field("csrf")}
        foreign = {"Sec-Fetch-Site": "cross-site"}
        seen = await anna.post("/desk/login/konts", fields, headers=foreign)
        assert seen.status == 403
        seen = await anna.post("/desk/login/konts", {"csrf": "another"})
        assert seen.status == 403
    assert await town.office.count(sign_ins) == 0


async def test_whoever_begins_many_sign_ins_has_to_wait(town: Municipality) -> None:
    async with town.office.person() as mallory:
        page = await mallory.see("/desk/login")
        for _ in range(20):
            await leave(mallory, page)
        seen = await mallory.post("/desk/login/konts", {"csrf": page.hidden_field("csrf")})
        assert (seen.status, "Pārāk daudz" in seen.words()) == (429, True)


# ---------------------------------------------------------------------------------------------- an issuer in trouble


@pytest.mark.parametrize("call", ["discovery", "token", "jwks"])
async def test_issuer_that_breaks_down_blocks_nobody(town: Municipality, call: str) -> None:
    async with town.office.person() as anna:
        address = await leave(anna, await anna.see("/desk/login"))
        town.accounts.faults.next(ServerError(503), only=[call])
        seen = await come_back(anna, await choose(anna, address, ANNA))
        assert seen.status == 503
        await refused(town, anna, seen, AWAY.words)
        assert await town.office.count(login_attempts) == 0
        town.accounts.faults.next(ServerError(503), only=["discovery"])
        page = await anna.see("/desk/login")
        seen = await anna.post("/desk/login/konts", {"csrf": page.hidden_field("csrf")})
        assert AWAY.words in seen.words()
        assert (await anna.log_in(ANNA)).path == "/desk/"


async def test_issuer_that_calls_itself_otherwise_is_not_asked(town: Municipality) -> None:
    async with town.office.person() as anna:
        page = await anna.see("/desk/login")
        town.accounts.name = "https://evil.example"
        seen = await anna.post("/desk/login/konts", {"csrf": page.hidden_field("csrf")})
        await refused(town, anna, seen, AWAY.words)


async def test_wrong_client_secret_is_the_operators_matter(database: Database) -> None:
    async with open_municipality(database, secret="old") as town:
        await town.employs("Anna")
        async with town.office.person() as anna:
            await refused(town, anna, await sign_in(anna, ANNA), REFUSED.words)
