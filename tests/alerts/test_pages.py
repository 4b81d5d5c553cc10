"""Where agents choose e-mail, and where administrators see what did not arrive."""

from pathlib import Path

import pytest

from bot.alerts import AlertRounds, MailServer
from bot.storage import agents as stored
from bot.storage.alerts import EmailAlerts
from simulators.smtp import MailSimulator
from tests.alerts.conftest import rounds_of, wishes
from tests.certificates import HOST, Make, OwnIssuer
from tests.desk.office import Office, Person


async def admin(office: Office) -> Person:
    await office.hire("Dace")
    async with office.database.reading() as connection:
        await stored.set_role(connection, office.agents["Dace"], role="admin")
    return await office.at_work("Dace")


async def test_an_agent_chooses_and_it_is_in_the_log(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    async with await office.at_work("Anna") as anna, await admin(office) as dace:
        page = await anna.see("/desk/konts")
        fields = {"csrf": page.hidden_field("csrf"), "wish": "at_once"}
        assert (
            "E-pasta paziņojumi mainīti."
            in (await anna.post("/desk/konts/pazinojumi", fields)).words()
        )
        assert 'value="at_once" selected' in (await anna.see("/desk/konts")).text
        assert (
            await anna.post("/desk/konts/pazinojumi", {**fields, "wish": "often"})
        ).status == 400
        log = (await dace.see("/desk/zurnals")).words()
        assert "Mainīja e-pasta paziņojumus" in log
        assert "Uzreiz, kad kaut kas notiek" in log
    await office.ticket()
    await rounds.tell()
    assert [mail.recipient for mail in post.mails] == ["anna@example.org"]


async def test_an_administrator_sees_what_did_not_arrive(
    office: Office, rounds: AlertRounds, post: MailSimulator
) -> None:
    async with await office.at_work("Anna") as anna, await admin(office) as dace:
        assert "Visi paziņojumi ir nosūtīti." in (await dace.see("/desk/pazinojumi")).words()
        page = await anna.see("/desk/konts")
        await anna.post(
            "/desk/konts/pazinojumi", {"csrf": page.hidden_field("csrf"), "wish": "at_once"}
        )
        post.refused["anna@example.org"] = "550 5.1.1 no such user"
        number = await office.ticket()
        await rounds.tell()
        shown = (await dace.see("/desk/pazinojumi")).words()
        assert f"Nr. {number} – jauns pieteikums Anna nav nosūtīts 550 5.1.1 no such user" in shown
        assert (await anna.see("/desk/pazinojumi")).status == 403


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (OwnIssuer.strangers, ("nevar uzticēties", "(SSL_CERT_FILE)")),
        (OwnIssuer.expired, ("ir beidzies", "atjaunojiet sertifikātu")),
        (OwnIssuer.for_another_host, ("izdots citam serverim", "ZINTIS_SMTP_URL")),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_an_administrator_reads_what_to_mend_about_a_certificate(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    make: Make,
    told: tuple[str, str],
) -> None:
    issuer = OwnIssuer()
    issuer.is_trusted(monkeypatch, tmp_path)
    await wishes(office, "Anna", EmailAlerts.AT_ONCE)
    async with MailSimulator(certificate=make(issuer), host=HOST) as post:
        number = await office.ticket()
        await rounds_of(office, MailServer(post.url)).tell()
    async with await admin(office) as dace:
        shown = (await dace.see("/desk/pazinojumi")).words()
    assert f"Nr. {number} – jauns pieteikums Anna mēģinām vēlreiz (1) Pasta servera" in shown
    assert [words for words in told if words not in shown] == []
    assert post.mails == []
