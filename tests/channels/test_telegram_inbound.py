"""Every kind of update has its outcome."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from telegram import Bot, Update

from bot.channels import ChannelEvent
from bot.channels.telegram import to_inbound
from domain.messages import Attachment, Channel, ExternalId, InboundMessage, MessageKind
from tests.channels import captured

BOT = Bot("110201543:simulated-token-of-no-real-bot")
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
SENT = datetime.fromtimestamp(1_790_000_000, UTC)

ANNAS = InboundMessage(
    channel=Channel.TELEGRAM,
    handle="7001",
    external_id=ExternalId("7001:11"),
    kind=MessageKind.TEXT,
    text="",
    sent_at=SENT,
    contact_name="Anna Bērziņa",
    language="lv",
)


def read(name: str, *, username: str = "zintis_bot") -> InboundMessage | ChannelEvent | None:
    update = Update.de_json(captured.update(name), BOT)
    return to_inbound(update, username=username, now=NOW)


def test_text() -> None:
    assert read("text") == replace(ANNAS, text="vai kac elejā šodien ir vaļā?")


def test_start_button_says_nothing_but_start() -> None:
    assert read("start_from_link") == replace(ANNAS, text="/start")


def test_an_edit_is_a_message_of_its_own_that_names_the_first() -> None:
    assert read("edited_text") == replace(
        ANNAS,
        external_id=ExternalId("7001:11:e1790000042"),
        text="vai kac vilcē šodien ir vaļā?",
        sent_at=SENT + timedelta(seconds=42),
        edit_of=ExternalId("7001:11"),
    )


def test_a_press_bears_its_choice_and_the_words_of_the_button() -> None:
    assert read("press") == replace(
        ANNAS,
        external_id=ExternalId("cb:30064771072100001"),
        kind=MessageKind.PRESS,
        text="1. Kur samaksāt rēķinu par ūdeni",
        choice="topic.bills-pay-where",
        sent_at=NOW,
    )


def test_a_press_on_a_message_too_old_to_be_shown_still_counts() -> None:
    assert read("press_on_old_message") == replace(
        ANNAS,
        external_id=ExternalId("cb:30064771072100002"),
        kind=MessageKind.PRESS,
        choice="help",
        sent_at=NOW,
    )


@pytest.mark.parametrize(
    ("name", "text", "attachment"),
    [
        (
            "location",
            "",
            Attachment(MessageKind.LOCATION, latitude=56.417361, longitude=23.697417),
        ),
        (
            "venue",
            "",
            Attachment(
                MessageKind.LOCATION,
                name="Elejas bibliotēka",
                latitude=56.417361,
                longitude=23.697417,
            ),
        ),
        ("contact", "", Attachment(MessageKind.CONTACT, "+37120000000", name="Jānis Kalns")),
        (
            "photo",
            "Skaitītājs",
            Attachment(
                MessageKind.PHOTO, "AgACAgQAAxkBAAMMy", media_type="image/jpeg", size=122305
            ),
        ),
        (
            "document",
            "",
            Attachment(
                MessageKind.DOCUMENT,
                "BQACAgQAAxkBAAMN",
                name="rekins.pdf",
                media_type="application/pdf",
                size=48211,
            ),
        ),
        (
            "voice",
            "",
            Attachment(MessageKind.VOICE, "AwACAgQAAxkBAAMO", media_type="audio/ogg", size=16011),
        ),
        ("sticker", "", Attachment(MessageKind.STICKER, "CAACAgQAAxkBAAMP", name="👍")),
        (
            "animation",
            "",
            Attachment(
                MessageKind.OTHER,
                "CgACAgQAAxkBAAMQ",
                name="mp4.mp4",
                media_type="video/mp4",
                size=31000,
            ),
        ),
        (
            "video",
            "",
            Attachment(MessageKind.OTHER, "BAACAgQAAxkBAAMR", media_type="video/mp4", size=310000),
        ),
        ("dice", "", Attachment(MessageKind.OTHER)),
    ],
)
def test_attachments(name: str, text: str, attachment: Attachment) -> None:
    expected = replace(ANNAS, kind=attachment.kind, text=text, attachments=(attachment,))
    assert read(name) == expected


def test_parts_of_an_album_name_the_same_album() -> None:
    first, second = read("album_first"), read("album_second")
    assert isinstance(first, InboundMessage)
    assert isinstance(second, InboundMessage)
    assert first.album == second.album == "13900000000000001"
    assert (first.text, second.text) == ("Bedres pie Elejas", "")


@pytest.mark.parametrize(
    ("name", "author"),
    [
        ("forwarded_from_person", "Ilze Kļava"),
        ("forwarded_from_hidden", "Ilze K."),
        ("forwarded_from_channel", "Jelgavas novads"),
    ],
)
def test_forwarded_words_are_answered_and_name_their_author(name: str, author: str) -> None:
    expected = replace(ANNAS, text="Rīt Elejā nebūs ūdens", forwarded_from=author)
    assert read(name) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("group_mention", "vai kac ir vaļā?"),
        ("group_reply", "un sestdien?"),
        ("group_command", "/palidziba"),
        ("group_photo_with_mention", "kam zvanīt?"),
    ],
)
def test_in_a_group_what_is_addressed_to_us_is_answered(name: str, text: str) -> None:
    message = read(name)
    assert isinstance(message, InboundMessage)
    assert (message.handle, message.text) == ("-4001", text)
    assert message.contact_name == "Elejas kaimiņi"


@pytest.mark.parametrize(
    "name",
    [
        "group_talk",
        "group_command_of_other_bot",
        "group_member_joined",
        "other_bot",
        "pinned",
        "channel_post",
        "live_location_moves",
    ],
)
def test_what_is_not_meant_for_us_is_ignored(name: str) -> None:
    assert read(name) is None


def test_before_the_bot_knows_its_name_groups_are_ignored_and_people_are_not() -> None:
    assert read("group_mention", username="") is None
    assert read("group_reply", username="") is None
    assert read("text", username="") is not None


def test_blocking_and_unblocking_are_events() -> None:
    assert read("blocked") == ChannelEvent(handle="7001", blocked=True)
    assert read("unblocked") == ChannelEvent(handle="7001", blocked=False)


def test_half_a_character_becomes_a_question_mark() -> None:
    posted = captured.update("text")
    message = posted["message"]
    assert isinstance(message, dict)
    message["text"] = "ūdens \ud83d"
    read_back = to_inbound(Update.de_json(posted, BOT), username="zintis_bot", now=NOW)
    assert isinstance(read_back, InboundMessage)
    assert read_back.text == "ūdens ?"


@pytest.mark.parametrize("name", captured.all_updates())
def test_external_ids_are_the_same_each_time(name: str) -> None:
    assert read(name) == read(name)
