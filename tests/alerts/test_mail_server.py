"""The mail server: who is let in, what is taken, what each refusal means, and which certificates are believed."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.alerts import MailServer
from bot.processes import free_port
from bot.storage.alerts import MailTrouble
from domain.errors import ChannelUnavailable, MessageRefused
from simulators.smtp import Encryption, MailSimulator
from tests.certificates import HOST, Make, OwnIssuer


@pytest.fixture
async def post() -> AsyncIterator[MailSimulator]:
    async with MailSimulator() as running:
        yield running


def letter(to: str = "ilze@example.org") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "Zintis <zintis@example.org>", to
    message["Subject"] = "Jauns pieteikums"
    message.set_content("Rinda: Būvvalde")
    return message


async def test_a_letter_arrives_as_it_was_written(post: MailSimulator) -> None:
    await MailServer(post.url).send(letter())
    [mail] = post.mails
    assert (mail.recipient, mail.message["Subject"], mail.message.get_content().strip()) == (
        "ilze@example.org",
        "Jauns pieteikums",
        "Rinda: Būvvalde",
    )


async def test_a_wrong_password_is_for_the_operator_to_mend(post: MailSimulator) -> None:
    wrong = post.url.replace("pasts", "cits")
    with pytest.raises(ChannelUnavailable, match="login refused: 535"):
        await MailServer(wrong).check()


async def test_an_unknown_recipient_is_refused_for_ever(post: MailSimulator) -> None:
    post.refused["ilze@example.org"] = "550 5.1.1 no such user"
    with pytest.raises(MessageRefused, match="550"):
        await MailServer(post.url).send(letter())


async def test_a_full_mailbox_passes(post: MailSimulator) -> None:
    post.refused["ilze@example.org"] = "452 4.2.2 mailbox full"
    with pytest.raises(ChannelUnavailable, match="452"):
        await MailServer(post.url).send(letter())


async def test_a_server_that_says_nothing_is_not_waited_for(post: MailSimulator) -> None:
    post.silent = True
    with pytest.raises(ChannelUnavailable, match="out of reach"):
        await MailServer(post.url, timeout=0.2).check()


async def test_a_server_that_is_away_is_tried_again() -> None:
    with pytest.raises(ChannelUnavailable, match="out of reach"):
        await MailServer(f"smtp://127.0.0.1:{free_port()}").send(letter())


async def test_no_password_goes_over_an_open_line(
    post: MailSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.alerts.smtp._is_here", lambda _host: False)
    with pytest.raises(ChannelUnavailable, match="no encryption"):
        await MailServer(post.url).check()
    assert post.logins == 0


# ---------------------------------------------------------------------------------------------- TLS


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> OwnIssuer:
    """The municipality's own issuer, which this machine trusts."""
    made = OwnIssuer()
    made.is_trusted(monkeypatch, tmp_path)
    return made


BOTH_WAYS = pytest.mark.parametrize(
    "encryption", [Encryption.STARTTLS, Encryption.FROM_THE_START], ids=lambda way: way.name
)


@BOTH_WAYS
async def test_a_good_certificate_is_believed_and_everything_is_encrypted(
    issuer: OwnIssuer, encryption: Encryption
) -> None:
    async with MailSimulator(certificate=issuer.good(), encryption=encryption, host=HOST) as post:
        await MailServer(post.url).send(letter())
    assert [mail.recipient for mail in post.mails] == ["ilze@example.org"]
    assert (post.logins, post.open_logins) == (1, 0)


@BOTH_WAYS
@pytest.mark.parametrize(
    ("make", "trouble"),
    [
        (OwnIssuer.strangers, MailTrouble.UNKNOWN_CERTIFICATE),
        (OwnIssuer.expired, MailTrouble.EXPIRED_CERTIFICATE),
        (OwnIssuer.for_another_host, MailTrouble.OTHERS_CERTIFICATE),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_a_bad_certificate_is_refused_before_the_password(
    issuer: OwnIssuer, encryption: Encryption, make: Make, trouble: MailTrouble
) -> None:
    async with MailSimulator(certificate=make(issuer), encryption=encryption, host=HOST) as post:
        with pytest.raises(ChannelUnavailable) as refused:
            await MailServer(post.url).send(letter())
    assert refused.value.reason == trouble
    assert (post.logins, post.mails) == (0, [])


async def test_an_issuer_of_our_own_is_believed_only_when_the_operator_says_so() -> None:
    async with MailSimulator(certificate=OwnIssuer().good(), host=HOST) as post:
        with pytest.raises(ChannelUnavailable, match=MailTrouble.UNKNOWN_CERTIFICATE):
            await MailServer(post.url).check()


async def test_starttls_that_fails_ends_the_talk(issuer: OwnIssuer) -> None:
    """Somebody in between who breaks the encryption gets nothing for it."""
    async with MailSimulator(
        certificate=issuer.good(), encryption=Encryption.BROKEN_STARTTLS, host=HOST
    ) as post:
        with pytest.raises(ChannelUnavailable, match="454"):
            await MailServer(post.url).send(letter())
    assert (post.logins, post.mails) == (0, [])


async def test_tls_at_a_port_that_speaks_none_is_told_so(post: MailSimulator) -> None:
    url = post.url.replace("smtp://", "smtps://")
    with pytest.raises(ChannelUnavailable, match=MailTrouble.NO_TLS):
        await MailServer(url).check()
    assert post.logins == 0
