"""`zintis doctor`: each part well, and each part in trouble with its mend."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import insert

from bot import doctor
from bot.doctor import Finding, Patient, State
from bot.processes import free_port
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.schema import alerts, post_erasures, staff_groups
from simulators.oidc import OidcSimulator
from simulators.smtp import MailSimulator
from tests.certificates import HOST, OwnIssuer
from tests.desk.office import open_office

TOKEN = "1:right"


@dataclass
class Vendors:
    """Telegram, Twilio, Rasa and the public address in one server, with what they shall answer."""

    url: str = ""
    webhook: dict[str, Any] = field(default_factory=lambda: {"url": ""})
    twilio_status: int = 200
    understood: object = field(default_factory=lambda: {"intent": {"name": "greet"}})

    async def telegram(self, request: web.Request) -> web.Response:
        """getMe and getWebhookInfo; a wrong token is refused as the Bot API does it."""
        if request.match_info["token"] != TOKEN:
            return web.json_response({"ok": False, "error_code": 401}, status=401)
        result = {"getMe": {"username": "jelgavas_bot"}, "getWebhookInfo": self.webhook}
        return web.json_response({"ok": True, "result": result[request.match_info["method"]]})

    async def twilio(self, _request: web.Request) -> web.Response:
        """The account."""
        return web.json_response({}, status=self.twilio_status)

    async def parse(self, _request: web.Request) -> web.Response:
        """An understanding."""
        return web.json_response(self.understood)

    async def alive(self, _request: web.Request) -> web.Response:
        """Health."""
        return web.json_response({})


@pytest.fixture
async def vendors() -> AsyncIterator[Vendors]:
    """The server, running."""
    fake, port = Vendors(), free_port()
    app = web.Application()
    app.router.add_get("/bot{token}/{method}", fake.telegram)
    app.router.add_get("/2010-04-01/Accounts/{sid}.json", fake.twilio)
    app.router.add_post("/model/parse", fake.parse)
    app.router.add_get("/healthz", fake.alive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    fake.url = f"http://127.0.0.1:{port}"
    yield fake
    await runner.cleanup()


async def _find(
    check: doctor.Check, *, database_url: str | None = None, **settings: object
) -> Finding:
    async with aiohttp.ClientSession() as session:
        patient = Patient(Settings.model_validate(settings), database_url, session)
        return await check(patient)


async def test_a_migrated_database_is_well(database_url: str) -> None:
    found = await _find(doctor.check_database, database_url=database_url)
    assert found.state is State.WELL


async def test_no_database_says_how_to_get_one() -> None:
    found = await _find(doctor.check_database)
    assert (found.state, "make run" in found.mend) == (State.BROKEN, True)


async def test_an_unreachable_database_is_told_without_its_password() -> None:
    url = f"postgresql://zintis:verysecret@127.0.0.1:{free_port()}/zintis"
    found = await _find(doctor.check_database, database_url=url)
    assert (found.state, found.seen) == (State.BROKEN, "does not answer")
    assert "verysecret" not in doctor.report([found])


async def test_rasa_that_understands_is_well(vendors: Vendors) -> None:
    found = await _find(doctor.check_nlu, nlu_url=vendors.url)
    assert (found.state, "greet" in found.seen) == (State.WELL, True)


async def test_nonsense_from_rasa_is_trouble(vendors: Vendors) -> None:
    vendors.understood = ["nonsense"]
    assert (await _find(doctor.check_nlu, nlu_url=vendors.url)).state is State.BROKEN


async def test_rasa_that_is_away_is_trouble() -> None:
    found = await _find(doctor.check_nlu, nlu_url=f"http://127.0.0.1:{free_port()}")
    assert (found.state, "ZINTIS_NLU_URL" in found.mend) == (State.BROKEN, True)


async def test_telegram_that_is_off_is_well() -> None:
    assert (await _find(doctor.check_telegram)).state is State.WELL


async def test_a_wrong_telegram_token_is_told_without_it(vendors: Vendors) -> None:
    found = await _find(
        doctor.check_telegram, telegram_api_url=vendors.url, telegram_token="1:wrong"
    )
    assert (found.state, found.seen) == (State.BROKEN, "the token is not valid")
    assert "1:wrong" not in doctor.report([found])


@pytest.mark.parametrize(
    ("webhook", "public_url", "state"),
    [
        ({"url": ""}, None, State.WELL),
        ({"url": "https://elsewhere.example"}, None, State.WARNING),
        ({"url": "https://a.example.lv/telegram/webhook"}, "https://a.example.lv", State.WELL),
        ({"url": ""}, "https://a.example.lv", State.BROKEN),
        (
            {"url": "https://a.example.lv/telegram/webhook", "last_error_message": "SSL error"},
            "https://a.example.lv",
            State.WARNING,
        ),
    ],
)
async def test_telegrams_webhook_is_compared_with_ours(
    vendors: Vendors, webhook: dict[str, Any], public_url: str | None, state: State
) -> None:
    vendors.webhook = webhook
    found = await _find(
        doctor.check_telegram,
        telegram_api_url=vendors.url,
        telegram_token=TOKEN,
        public_url=public_url,
    )
    assert found.state is state


@pytest.mark.parametrize(
    ("status", "template", "public_url", "state"),
    [
        (200, "HX" + "0" * 32, "https://a.example.lv", State.WELL),
        (200, None, "https://a.example.lv", State.WARNING),
        (200, None, None, State.BROKEN),
        (401, None, "https://a.example.lv", State.BROKEN),
    ],
)
async def test_whatsapp_needs_account_address_and_template(
    vendors: Vendors, status: int, template: str | None, public_url: str | None, state: State
) -> None:
    vendors.twilio_status = status
    found = await _find(
        doctor.check_whatsapp,
        twilio_api_url=vendors.url,
        twilio_account_sid="AC1",
        twilio_auth_token="secret",
        whatsapp_from="whatsapp:+37120000000",
        whatsapp_template_sid=template,
        public_url=public_url,
    )
    assert found.state is state


async def test_a_mail_server_is_logged_in_to() -> None:
    async with MailSimulator() as post:
        settings = {"smtp_url": post.url, "smtp_from": "zintis@example.org"}
        assert (await _find(doctor.check_mail, **settings)).state is State.WELL
        post.login_answer = "535 5.7.8 wrong user or password"
        found = await _find(doctor.check_mail, **settings)
    assert (found.state, "535" in found.seen) == (State.BROKEN, True)
    assert "pasts" not in doctor.report([found])


async def test_a_mail_server_without_a_known_certificate_is_told_with_its_mend() -> None:
    async with MailSimulator(certificate=OwnIssuer().good(), host=HOST) as post:
        settings = {"smtp_url": post.url, "smtp_from": "zintis@example.org"}
        found = await _find(doctor.check_mail, **settings)
    assert found.state is State.BROKEN
    assert "signed by nobody" in found.seen
    assert "SSL_CERT_FILE" in found.mend


async def test_no_mail_server_is_well() -> None:
    assert (await _find(doctor.check_mail)).state is State.WELL


async def test_alerts_that_did_not_arrive_are_told(database_url: str, database: Database) -> None:
    found = await _find(doctor.check_alerts, database_url=database_url)
    assert found.state is State.WELL
    async with open_office(database) as office:
        number = await office.ticket()
    now = datetime.now(UTC)
    async with database.reading() as connection:
        await connection.execute(
            insert(alerts).values(
                ticket_number=number,
                kind="new",
                occasion=0,
                way="email",
                recipient_id=1,
                state="failed",
                error="550 5.1.1 no such user",
                due_at=now,
                first_due_at=now,
                created_at=now,
            )
        )
    found = await _find(doctor.check_alerts, database_url=database_url)
    assert (found.state, "550" in found.seen) == (State.WARNING, True)


async def test_posts_about_erased_residents_that_still_stand_are_told(
    database_url: str, database: Database
) -> None:
    now = datetime.now(UTC)
    async with open_office(database) as office:
        by = await office.hire("Anna")
    async with database.reading() as connection:
        await connection.execute(insert(staff_groups).values(external_id="-1", invited_by=by))
        await connection.execute(
            insert(post_erasures).values(
                group_id=1,
                ticket_number=1001,
                post="-1:1",
                state="failed",
                error="the assistant is not in the group",
                due_at=now,
                created_at=now,
            )
        )
    found = await _find(doctor.check_alerts, database_url=database_url)
    assert (found.state, "erased residents" in found.seen) == (State.WARNING, True)


async def test_a_public_address_that_leads_nowhere_is_trouble() -> None:
    found = await _find(doctor.check_public_url, public_url=f"http://127.0.0.1:{free_port()}")
    assert found.state is State.BROKEN


async def test_a_public_address_without_tls_is_noticed(vendors: Vendors) -> None:
    found = await _find(doctor.check_public_url, public_url=vendors.url)
    assert (found.state, found.seen) == (State.WARNING, "is not https")


async def test_the_municipalitys_accounts_answer_under_their_own_name() -> None:
    async with OidcSimulator() as accounts:
        settings = {
            "oidc_issuer": accounts.url,
            "oidc_client_id": "desk",
            "oidc_client_secret": "verysecret",
            "public_url": "https://asistents.example.lv",
        }
        assert (await _find(doctor.check_issuer, **settings)).state is State.WELL
        accounts.name = f"{accounts.url}/"
        found = await _find(doctor.check_issuer, **settings)
        assert (found.state, accounts.name in found.mend) == (State.BROKEN, True)
    assert (await _find(doctor.check_issuer, **settings)).state is State.BROKEN
    assert (await _find(doctor.check_issuer)).state is State.WELL


async def test_the_content_of_this_project_is_well() -> None:
    assert (await _find(doctor.check_content)).state is State.WELL


async def test_the_disk_is_looked_at_before_there_is_a_state(tmp_path: Path) -> None:
    found = await _find(doctor.check_disk, state_dir=tmp_path / "not-yet")
    assert "GB free" in found.seen


def test_the_report_puts_the_mend_under_the_finding() -> None:
    finding = Finding("database", State.BROKEN, "does not answer", "start it")
    assert doctor.report([finding]).splitlines() == [
        "mend  database       does not answer",
        "                     → start it",
    ]
