"""Every kind of form that Twilio posts has its outcome."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.channels import ChannelEvent
from bot.channels.whatsapp import StatusReport, to_inbound, to_report
from domain.messages import (
    UNNAMED,
    Attachment,
    Channel,
    DeliveryState,
    ExternalId,
    InboundMessage,
    MessageKind,
)
from tests.channels import captured

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def sid(prefix: str, number: int) -> str:
    return f"{prefix}{number:032x}"


def annas(number: int, *, prefix: str = "SM") -> InboundMessage:
    return InboundMessage(
        channel=Channel.WHATSAPP,
        handle="+37126000001",
        external_id=ExternalId(sid(prefix, number)),
        kind=MessageKind.TEXT,
        text="",
        sent_at=NOW,
        contact_name="Anna",
    )


def read(name: str) -> InboundMessage | ChannelEvent:
    return to_inbound(captured.form(name), now=NOW)


def media(number: int) -> str:
    account = "AC" + "0" * 32
    message, file = sid("MM", number), sid("ME", number)
    return f"https://api.twilio.com/2010-04-01/Accounts/{account}/Messages/{message}/Media/{file}"


def test_text() -> None:
    assert read("text") == replace(annas(1), text="vai kac elejā šodien ir vaļā?")


def test_a_quick_reply_is_a_press() -> None:
    expected = replace(annas(2), kind=MessageKind.PRESS, text="Saņemt atbildi", choice="help")
    assert read("quick_reply") == expected


def test_a_place_on_the_map() -> None:
    place = Attachment(
        MessageKind.LOCATION, name="Elejas bibliotēka", latitude=56.417361, longitude=23.697417
    )
    assert read("location") == replace(annas(3), kind=MessageKind.LOCATION, attachments=(place,))


@pytest.mark.parametrize(
    ("name", "number", "text", "file"),
    [
        ("photo", 4, "Skaitītājs", Attachment(MessageKind.PHOTO, media_type="image/jpeg")),
        (
            "document",
            5,
            "",
            Attachment(
                MessageKind.DOCUMENT, name="rekins par ūdeni.pdf", media_type="application/pdf"
            ),
        ),
        (
            "document_with_caption",
            6,
            "Vai šis rēķins ir pareizs?",
            Attachment(MessageKind.DOCUMENT, media_type="application/pdf"),
        ),
        ("voice", 7, "", Attachment(MessageKind.VOICE, media_type="audio/ogg")),
        ("sticker", 8, "", Attachment(MessageKind.STICKER, media_type="image/webp")),
        ("contact", 9, "", Attachment(MessageKind.CONTACT, media_type="text/vcard")),
        ("video", 10, "", Attachment(MessageKind.OTHER, media_type="video/mp4")),
    ],
)
def test_files(name: str, number: int, text: str, file: Attachment) -> None:
    stored = replace(file, reference=media(number))
    expected = replace(annas(number, prefix="MM"), kind=file.kind, text=text, attachments=(stored,))
    assert read(name) == expected


def test_forwarded_words_are_somebody_elses() -> None:
    assert read("forwarded") == replace(
        annas(11), text="Rīt Elejā nebūs ūdens", forwarded_from=UNNAMED
    )


def test_what_twilio_cannot_pass_on_is_of_another_kind() -> None:
    assert read("unsupported") == replace(annas(12), kind=MessageKind.OTHER)


def test_stop_and_start_are_events() -> None:
    assert read("stop") == ChannelEvent(handle="+37126000001", blocked=True)
    assert read("start") == ChannelEvent(handle="+37126000001", blocked=False)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sent", StatusReport(sid("SM", 50), "+37126000001", DeliveryState.SENT)),
        ("delivered", StatusReport(sid("SM", 50), "+37126000001", DeliveryState.DELIVERED)),
        ("read", StatusReport(sid("SM", 50), "+37126000001", DeliveryState.READ)),
        (
            "failed",
            StatusReport(sid("SM", 50), "+37126000001", DeliveryState.FAILED, "Twilio 63013"),
        ),
        (
            "window_closed",
            StatusReport(
                sid("SM", 50),
                "+37126000001",
                DeliveryState.FAILED,
                "Twilio 63016",
                window_closed=True,
            ),
        ),
        (
            "no_whatsapp",
            StatusReport(
                sid("SM", 50),
                "+37126000001",
                DeliveryState.FAILED,
                "Twilio 63003",
                unreachable=True,
            ),
        ),
    ],
)
def test_reports(name: str, expected: StatusReport) -> None:
    assert to_report(captured.form(f"status_{name}")) == expected


def test_a_step_that_says_nothing_yet_is_no_report() -> None:
    assert to_report(captured.form("status_queued")) is None
