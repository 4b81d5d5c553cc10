"""The mail server: who is let in, what is taken, and what each refusal means."""

from collections.abc import AsyncIterator
from email.message import EmailMessage

import pytest

from bot.alerts import MailServer
from bot.processes import free_port
from domain.errors import ChannelUnavailable, MessageRefused
from simulators.smtp import MailSimulator


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
