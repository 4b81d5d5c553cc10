"""A resident writes and is answered: what the assistant says and when it is silent."""

import pytest
from sqlalchemy.exc import DataError

from domain.conversation import Mode
from domain.errors import NluUnavailable
from domain.messages import Attachment, MessageKind
from tests.line.conftest import Line

PAY = "topic.bills-pay-where"
DUE = "topic.bills-due-date"


async def test_the_first_message_is_answered_under_an_introduction(line: Line) -> None:
    line.nlu.teach("kur samaksāt rēķinu", PAY)
    assert await line.hears("kur samaksat rekinu?") == ["intro.first", PAY]


async def test_a_greeting_is_met_by_the_introduction_alone(line: Line) -> None:
    line.nlu.teach("labdien", "greet")
    assert await line.hears("Labdien!") == ["intro.first", "intro.menu"]
    assert await line.hears("Labdien!") == ["greet.hello"]


async def test_a_repeat_of_the_same_message_is_a_no_op(line: Line) -> None:
    line.nlu.teach("kur samaksāt", PAY)
    message = await line.accepts("kur samaksāt")
    assert await line.inbox.accept(message) is False
    await line.turn()
    assert await line.said() == ["intro.first", PAY]


async def test_secrets_are_masked_before_they_are_stored_and_the_resident_is_told(
    line: Line,
) -> None:
    line.nlu.teach("mans kods [personas kods dzēsts]", "my_tickets")
    said = await line.hears("mans kods 121150-12345")
    assert await line.stored() == ["mans kods [personas kods dzēsts]"]
    assert said == ["intro.first", "masked.personal_code", "my_tickets.none"]


async def test_an_unsure_understanding_asks_back_once_and_a_number_chooses(line: Line) -> None:
    line.nlu.teach("rēķins", f"{PAY}|{DUE}")
    assert await line.hears("rēķins") == ["intro.first", "clarify.choices"]
    assert await line.hears("2") == [DUE]


async def test_never_a_second_question_in_a_row_then_a_person(line: Line) -> None:
    line.nlu.teach("rēķins", f"{PAY}|{DUE}")
    await line.hears("rēķins")
    assert await line.hears("rēķins") == ["handoff.opened_not_understood"]
    assert (await line.conversation()).mode is Mode.WAITING


async def test_not_understood_twice_makes_a_ticket(line: Line) -> None:
    assert await line.hears("blabla") == ["intro.first", "not_understood.first"]
    assert await line.hears("blublu") == ["handoff.opened_not_understood"]
    assert await line.hears("cilvēks") == ["handoff.already"]


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("palīdzība", "help.menu"),
        ("PALIDZIBA!", "help.menu"),
        ("/start", "help.menu"),
        ("sākt no jauna", "restart.done"),
        ("cilvēks", "handoff.opened_asked"),
        ("mani dati", "my_data.summary"),
        ("/mani_dati", "my_data.summary"),
        ("dzēst manus datus", "erase.confirm"),
    ],
)
async def test_commands_work_at_any_step_even_while_the_model_is_down(
    line: Line, words: str, key: str
) -> None:
    line.nlu.teach("rēķins", f"{PAY}|{DUE}")
    await line.hears("rēķins")
    line.nlu.down = True
    assert (await line.hears(words))[0] == key


async def test_an_old_button_means_what_it_always_meant(line: Line) -> None:
    line.nlu.teach("sveiki", "greet")
    await line.hears("sveiki")
    await line.hears("sākt no jauna")
    assert await line.presses(PAY) == [PAY]


async def test_an_unknown_button_is_not_understood_and_breaks_nothing(line: Line) -> None:
    assert await line.presses("no_such_thing:1") == ["intro.first", "not_understood.first"]


async def test_a_button_for_a_topic_that_is_gone_says_so_honestly(line: Line) -> None:
    assert await line.presses("topic.removed-long-ago") == ["intro.first", "topic.expired"]


async def test_an_expired_topic_is_not_served(line: Line) -> None:
    line.nlu.teach("kur samaksāt", PAY)
    line.clock.forward(days=3650)
    assert await line.hears("kur samaksāt") == ["intro.first", "topic.expired"]


async def test_while_the_model_is_down_the_message_waits_and_then_a_person_gets_it(
    line: Line,
) -> None:
    line.nlu.down = True
    await line.accepts("kur samaksāt")
    with pytest.raises(NluUnavailable):
        await line.turn()
    assert await line.said() == []
    line.clock.forward(seconds=91)
    await line.turn()
    assert await line.said() == ["intro.first", "handoff.opened_nlu_down"]


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("где оплатить счёт за воду", "foreign.person_ru"),
        ("where can i pay the water bill", "foreign.person_en"),
    ],
)
async def test_that_a_person_gets_it_is_said_in_the_language_of_the_resident_too(
    line: Line, words: str, key: str
) -> None:
    line.nlu.down = True
    await line.accepts(words)
    line.clock.forward(seconds=91)
    await line.turn()
    assert await line.said() == ["intro.first", key, "handoff.opened_nlu_down"]


async def test_a_message_on_which_turns_keep_breaking_goes_to_a_person(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(text: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(line.nlu, "understand", broken)
    await line.accepts("kur samaksāt")
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await line.turn()
    await line.turn()
    assert await line.said() == ["handoff.opened_failed"]


async def test_what_the_database_refuses_is_no_outage_and_goes_to_a_person_too(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unstorable(text: str) -> None:
        raise DataError("insert", None, ValueError("no such value"))

    monkeypatch.setattr(line.nlu, "understand", unstorable)
    await line.accepts("kur samaksāt")
    for _ in range(3):
        with pytest.raises(DataError):
            await line.turn()
    await line.turn()
    assert "handoff.opened_failed" in await line.said()


async def test_messages_are_answered_in_the_order_in_which_they_came(line: Line) -> None:
    line.nlu.teach("kur samaksāt", PAY)
    line.nlu.teach("līdz kuram datumam", DUE)
    await line.accepts("kur samaksāt")
    await line.accepts("līdz kuram datumam")
    await line.turn()
    assert await line.said() == ["intro.first", PAY, DUE]


async def test_an_edit_of_a_message_that_still_waits_replaces_its_words(line: Line) -> None:
    line.nlu.teach("kur samaksāt", PAY)
    first = await line.accepts("kur samasat")
    await line.accepts("kur samaksāt", edit_of=first.external_id)
    await line.turn()
    assert await line.said() == ["intro.first", PAY]


async def test_an_edit_of_an_answered_message_is_only_noted(line: Line) -> None:
    line.nlu.teach("kur samaksāt", PAY)
    message = line.message("kur samaksāt")
    await line.inbox.accept(message)
    await line.turn()
    assert await line.hears("kur samaksāt?", edit_of=message.external_id) == []


async def test_an_edit_that_mends_what_was_not_understood_is_answered(line: Line) -> None:
    line.nlu.teach("kur samaksāt", PAY)
    message = line.message("kr smkst")
    await line.inbox.accept(message)
    await line.turn()
    assert await line.hears("kur samaksāt", edit_of=message.external_id) == [PAY]


async def test_an_album_gets_one_honest_reply(line: Line) -> None:
    for _ in range(3):
        await line.accepts(
            kind=MessageKind.PHOTO, album="a1", attachments=(Attachment(MessageKind.PHOTO, "f"),)
        )
    await line.turn()
    assert await line.said() == ["intro.first", "attachment.photo"]


@pytest.mark.parametrize(
    "kind", ["photo", "document", "voice", "sticker", "contact", "location", "other"]
)
async def test_whatever_cannot_be_read_gets_an_honest_reply(line: Line, kind: str) -> None:
    said = await line.hears(
        kind=MessageKind(kind),
        attachments=(Attachment(MessageKind(kind), latitude=56.4, longitude=23.7),),
    )
    assert said == ["intro.first", f"attachment.{kind}"]


async def test_a_photo_with_words_is_answered_by_its_words(line: Line) -> None:
    line.nlu.teach("kur samaksāt", PAY)
    said = await line.hears(
        "kur samaksāt", kind=MessageKind.PHOTO, attachments=(Attachment(MessageKind.PHOTO, "f"),)
    )
    assert said == ["intro.first", PAY]


async def test_a_text_cut_by_the_app_is_one_question(line: Line) -> None:
    line.nlu.teach("x" * 4096 + " kur samaksāt", PAY)
    await line.accepts("x" * 4096)
    await line.accepts("kur samaksāt")
    await line.turn()
    assert await line.said() == ["intro.first", PAY]


async def test_empty_and_blank_texts_are_answered_too(line: Line) -> None:
    assert await line.hears("   ") == ["intro.first", "attachment.other"]


async def test_a_place_alone_completes_the_question_before_it(line: Line) -> None:
    line.nlu.teach("cikos strādā kac elejā", "centre_hours@eleja")
    line.nlu.teach("un vilcē", "@vilce")
    assert await line.hears("cikos strādā KAC Elejā") == ["intro.first", "centre.hours_unknown"]
    assert await line.hears("Un Vilcē?") == ["centre.hours_unknown"]
    assert (await line.conversation()).state.place == "vilce"


async def test_a_question_about_a_centre_without_a_place_asks_which_village(line: Line) -> None:
    line.nlu.teach("kur ir kac", "centre_where")
    line.nlu.teach("ozolniekos", "@ozolnieki")
    assert await line.hears("kur ir KAC") == ["intro.first", "centre.which_place"]
    assert await line.hears("Ozolniekos") == ["centre.where_unknown"]


async def test_erasing_needs_a_yes_and_then_nothing_is_left(line: Line) -> None:
    await line.hears("cilvēks")
    assert await line.hears("dzēst manus datus") == ["erase.confirm"]
    assert await line.hears("nē") == ["erase.cancelled"]
    await line.hears("dzēst manus datus")
    await line.accepts("jā")
    await line.turn()
    assert await line.said() == ["erase.done"]
    assert await line.stored() == []
    assert (await line.conversation()).mode is Mode.BOT


async def test_yes_to_nothing_asks_what_it_is_about(line: Line) -> None:
    assert await line.hears("jā") == ["intro.first", "affirm.nothing"]
