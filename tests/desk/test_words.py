"""Latvian grammar of the desk: numbers, times, sizes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.content import load
from bot.desk import words
from bot.desk.login import too_often
from bot.desk.pages import template_names
from bot.desk.saying import to_lines
from bot.desk.sessions import Throttled
from bot.storage.alerts import MailTrouble
from bot.storage.messages import NOBODY
from bot.storage.post_erasures import ErasureTrouble
from bot.storage.tickets import Spoken
from domain.messages import Channel, DeliveryState
from domain.tickets import HandoffReason, Priority, Standing

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0.5, "atlikusi mazāk nekā minūte"),
        (1, "atlikusi 1 min"),
        (11, "atlikušas 11 min"),
        (21, "atlikusi 21 min"),
        (60, "atlikusi 1 h"),
        (185, "atlikušas 3 h"),
        (21 * 60, "atlikusi 21 h"),
        (3 * 24 * 60, "atlikušas 3 d."),
        (-0.5, "kavējas 1 min"),
        (-125, "kavējas 2 h"),
        (-2 * 24 * 60 - 1, "kavējas 2 d."),
    ],
)
def test_time_left(minutes: float, said: str) -> None:
    assert words.time_left(NOW + timedelta(minutes=minutes), NOW) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 11, 23, 6, 5, tzinfo=UTC), "šodien plkst. 8.05"),
        (datetime(2026, 11, 22, 22, 30, tzinfo=UTC), "šodien plkst. 0.30"),
        (datetime(2026, 11, 22, 20, 0, tzinfo=UTC), "vakar plkst. 22.00"),
        (datetime(2026, 11, 24, 15, 0, tzinfo=UTC), "rīt plkst. 17.00"),
        (datetime(2026, 3, 3, 7, 0, tzinfo=UTC), "otrdiena, 3. marts, plkst. 9.00"),
        (datetime(2027, 1, 4, 7, 0, tzinfo=UTC), "pirmdiena, 2027. gada 4. janvāris, plkst. 9.00"),
    ],
)
def test_moments(at: datetime, said: str) -> None:
    assert words.moment(at, NOW) == said


def test_sizes() -> None:
    assert [words.size(n) for n in (None, 0, 900, 348_000, 1_258_291)] == [
        "",
        "1 KB",
        "1 KB",
        "340 KB",
        "1,2 MB",
    ]


def test_minutes_to_wait_are_declined() -> None:
    assert too_often(Throttled(1)).words.endswith("pēc 1 minūtes.")
    assert too_often(Throttled(11)).words.endswith("pēc 11 minūtēm.")


def test_everything_that_can_happen_has_its_words() -> None:
    assert set(words.REASONS) == set(HandoffReason)
    assert set(words.STATES) == set(Standing)
    assert set(words.PRIORITIES) == set(Priority)
    assert set(words.DELIVERIES) == set(DeliveryState)
    assert set(words.CHANNELS) == set(Channel)


def test_templates_are_there() -> None:
    assert set(template_names()) >= {
        "base.html",
        "error.html",
        "list.html",
        "login.html",
        "password.html",
        "ticket.html",
        "ticket_parts.html",
    }


def test_our_own_reasons_for_a_failed_message_are_in_latvian() -> None:
    failed = Spoken(id="o1", by="assistant", at=NOW, text="Labdien", state="failed", error=NOBODY)
    [line] = to_lines([failed], content=load(Path("content")), now=NOW)
    assert line.error == words.FAILURES[NOBODY]
    [line] = to_lines(
        [replace(failed, error="Forbidden: bot was blocked")],
        content=load(Path("content")),
        now=NOW,
    )
    assert line.error == "Forbidden: bot was blocked"


@pytest.mark.parametrize("trouble", MailTrouble)
def test_trouble_with_the_mail_server_is_told_with_its_mend(trouble: MailTrouble) -> None:
    said = words.alert_failure(trouble)
    assert said.startswith(("Pasta", "Ar pasta"))
    assert "Servera uzturētājam: " in said or "servera uzturētājam: " in said
    assert words.alert_failure(f"{trouble}: 535 5.7.8 no").endswith("Atbilde: 535 5.7.8 no")


def test_what_a_vendor_says_of_an_alert_is_shown_as_it_is() -> None:
    assert words.alert_failure("550 5.1.1 no such user") == "550 5.1.1 no such user"


@pytest.mark.parametrize("trouble", ErasureTrouble)
def test_a_post_that_could_not_be_blanked_is_told_in_latvian(trouble: ErasureTrouble) -> None:
    assert words.erasure_failure(trouble) != trouble
    assert words.erasure_failure("message can't be edited") == "message can't be edited"
