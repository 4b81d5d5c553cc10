"""python-telegram-bot talks to the simulated Bot API and is refused what the real one refuses."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageOriginHiddenUser,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)

from bot.channels.telegram import connect
from simulators.faults import ConnectionReset, NoAnswer, ServerError, TooManyRequests
from simulators.telegram import Paces, TelegramSimulator
from simulators.telegram_updates import SECRET_HEADER
from tests.made_files import png
from tests.simulators.conftest import QUICK
from tests.simulators.receiver import Receiver


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as server:
        yield server


def keyboard(label: str, data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=data)]])


# --- the bot and its token -----------------------------------------------------------------


async def test_the_bot_introduces_itself(bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.username, me.is_bot) == ("zintis_simulated_bot", True)


@pytest.mark.parametrize(
    ("token", "said"),
    [("110201543:" + "x" * 35, "Unauthorized"), ("110201543:short", "Not Found")],
)
async def test_a_wrong_token_is_refused(telegram: TelegramSimulator, token: str, said: str) -> None:
    async with connect(token, api_url=telegram.url) as stranger:
        with pytest.raises(InvalidToken, match=said):
            await stranger.get_me()


async def test_an_unknown_method_is_not_found(bot: Bot) -> None:
    with pytest.raises(InvalidToken, match="method not found"):
        await bot.send_dice(7001)


# --- sending -------------------------------------------------------------------------------


async def test_a_message_arrives_formatted_with_buttons(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    telegram.user(7001)
    markup = keyboard("Jā", "helped_yes:1")
    sent = await bot.send_message(
        7001, "<b>Labdien!</b>", parse_mode=ParseMode.HTML, reply_markup=markup
    )
    arrived = await telegram.wait_for_reply(7001)
    assert (arrived.text, arrived.message_id) == ("Labdien!", sent.message_id)
    assert [(b.label, b.data) for b in arrived.buttons] == [("Jā", "helped_yes:1")]
    assert [e.type for e in sent.entities] == ["bold"]
    assert sent.reply_markup == markup


async def test_too_long_counts_after_the_markup_is_read(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    telegram.user(7001)
    await bot.send_message(7001, f"<b>{'a' * 4096}</b>", parse_mode=ParseMode.HTML)
    with pytest.raises(BadRequest, match="Message is too long"):
        await bot.send_message(7001, "🙂" * 2049)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Message text is empty"),
        (" \n ", "Text must be non-empty"),
        ("<h1>a</h1>", "Can't parse entities: Unsupported start tag"),
    ],
)
async def test_texts_that_are_refused(
    telegram: TelegramSimulator, bot: Bot, text: str, said: str
) -> None:
    telegram.user(7001)
    with pytest.raises(BadRequest) as refused:
        await bot.send_message(7001, text, parse_mode=ParseMode.HTML)
    assert refused.value.message.lower().startswith(said.lower())


@pytest.mark.parametrize(
    ("label", "data", "said"),
    [
        ("Jā", "ā" * 33, "Button_data_invalid"),
        ("Jā", "", "Text buttons are unallowed"),
        (" ", "yes", "must be non-empty"),
    ],
)
async def test_buttons_that_are_refused(
    telegram: TelegramSimulator, bot: Bot, label: str, data: str, said: str
) -> None:
    telegram.user(7001)
    with pytest.raises(BadRequest) as refused:
        await bot.send_message(7001, "a", reply_markup=keyboard(label, data))
    assert said.lower() in refused.value.message.lower()


async def test_nobody_can_be_written_to_first(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(999, "a")


async def test_who_blocked_the_bot_is_out_of_reach(telegram: TelegramSimulator, bot: Bot) -> None:
    user = telegram.user(7001)
    await user.blocks_bot()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(7001, "a")
    await user.unblocks_bot()
    await bot.send_message(7001, "a")


async def test_photos_and_documents_carry_short_captions(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    telegram.user(7001)
    sent = await bot.send_document(7001, b"%PDF-", filename="rekins.pdf", caption="Rēķins")
    assert sent.document is not None
    assert sent.document.file_name == "rekins.pdf"
    with pytest.raises(BadRequest, match="caption is too long"):
        await bot.send_photo(7001, b"\xff\xd8\xff", caption="a" * 1025)


async def test_photos_are_pictures_of_a_sensible_size(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    telegram.user(7001)
    sent = await bot.send_photo(7001, png(30, 20))
    assert (sent.photo[0].width, sent.photo[0].height) == (30, 20)
    with pytest.raises(BadRequest, match=r"(?i)IMAGE_PROCESS_FAILED"):
        await bot.send_photo(7001, b"%PDF-")
    for width, height in ((2, 60), (9999, 2)):
        with pytest.raises(BadRequest, match=r"(?i)PHOTO_INVALID_DIMENSIONS"):
            await bot.send_photo(7001, png(width, height))
    with pytest.raises(BadRequest, match="too big for a photo"):
        await bot.send_photo(7001, png(more=bytes(10 * 1024 * 1024)))
    sent = await bot.send_document(7001, png(more=bytes(10 * 1024 * 1024)))
    assert sent.document is not None


async def test_editing_needs_the_message_and_a_difference(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    telegram.user(7001)
    sent = await bot.send_message(7001, "a", reply_markup=keyboard("Jā", "yes"))
    await bot.edit_message_reply_markup(7001, sent.message_id)
    assert telegram.chat(7001).sent[0].buttons == ()
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_reply_markup(7001, sent.message_id)
    with pytest.raises(BadRequest, match="to edit not found"):
        await bot.edit_message_text("b", 7001, 12345)


async def test_chat_actions_and_commands_are_checked(telegram: TelegramSimulator, bot: Bot) -> None:
    telegram.user(7001)
    await bot.send_chat_action(7001, "typing")
    assert telegram.chat(7001).actions == ["typing"]
    await bot.set_my_commands([("start", "Sākt"), ("cilveks", "Runāt ar cilvēku")])
    assert [c.command for c in await bot.get_my_commands()] == ["start", "cilveks"]
    with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
        await bot.set_my_commands([("cilvēks", "Runāt ar cilvēku")])


async def test_files_can_be_fetched_up_to_twenty_megabytes(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    user = telegram.user(7001)
    await user.sends_document(content=b"%PDF-1.7")
    await user.sends_document(size=21 * 1024 * 1024)
    small, large = [u.message.document for u in await bot.get_updates() if u.message]
    assert small is not None
    assert large is not None
    assert bytes(await (await small.get_file()).download_as_bytearray()) == b"%PDF-1.7"
    with pytest.raises(BadRequest, match="File is too big"):
        await large.get_file()


# --- what people do ------------------------------------------------------------------------


async def test_every_kind_of_message_is_read_by_the_library(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    anna = telegram.user(7001, "Anna")
    said = await anna.says("/start Labdien")
    await anna.edits(said, "Labdien!")
    await anna.sends_photo(caption="Skaitītājs")
    await anna.sends_location(56.41, 23.7)
    await anna.sends_contact("+37120000000", "Jānis")
    await anna.sends_voice()
    await anna.sends_sticker()
    await anna.sends_poll("Vai?")
    await anna.forwards("Ūdens rīt slēgts", author="Kaimiņš")
    album = await anna.sends_album(["Viens", ""])
    await anna.blocks_bot()
    updates = await bot.get_updates(allowed_updates=Update.ALL_TYPES)
    messages = [u.effective_message for u in updates if u.effective_message]
    assert [u.update_id for u in updates] == sorted({u.update_id for u in updates})
    first, edited, photo, place, card, voice, sticker, poll, forwarded, one, two = messages
    assert (first.text, first.entities[0].type) == ("/start Labdien", "bot_command")
    assert (edited.text, edited.message_id) == ("Labdien!", first.message_id)
    assert photo.caption == "Skaitītājs"
    assert place.location is not None
    assert place.location.latitude == 56.41
    assert card.contact is not None
    assert voice.voice is not None
    assert sticker.sticker is not None
    assert poll.poll is not None
    assert isinstance(forwarded.forward_origin, MessageOriginHiddenUser)
    assert one.media_group_id == two.media_group_id
    assert [m.message_id for m in (one, two)] == [s.message_id for s in album]
    blocked = updates[-1].my_chat_member
    assert blocked is not None
    assert blocked.new_chat_member.status == "kicked"


async def test_a_pressed_button_waits_for_its_answer_once(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    anna = telegram.user(7001)
    await bot.send_message(7001, "Vai palīdzēja?", reply_markup=keyboard("Jā", "helped_yes:1"))
    await anna.presses("Jā")
    (update,) = await bot.get_updates()
    press = update.callback_query
    assert press is not None
    assert press.data == "helped_yes:1"
    assert telegram.open_presses == {press.id}
    await press.answer()
    assert not telegram.open_presses
    with pytest.raises(BadRequest, match="Query is too old"):
        await press.answer()


# --- long polling --------------------------------------------------------------------------


async def test_an_update_comes_again_until_the_offset_passes_it(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    anna = telegram.user(7001)
    await anna.says("viens")
    await anna.says("divi")
    first, second = await bot.get_updates()
    assert len(await bot.get_updates()) == 2
    assert [u.update_id for u in await bot.get_updates(first.update_id + 1)] == [second.update_id]
    assert await bot.get_updates(second.update_id + 1) == ()
    assert telegram.pending == []


async def test_a_long_poll_returns_as_soon_as_something_comes(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await telegram.user(7001).says("Labdien")
    (update,) = await poll
    assert update.message is not None


async def test_two_pollers_conflict_and_the_first_one_goes(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    async with connect(telegram.token, api_url=telegram.url) as second:
        first = asyncio.create_task(bot.get_updates(timeout=30))
        await telegram.wait_until_polled()
        later = asyncio.create_task(second.get_updates(timeout=30))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first
        await telegram.user(7001).says("Labdien")
        assert len(await later) == 1


# --- webhooks ------------------------------------------------------------------------------


async def test_polling_is_refused_while_a_webhook_is_set(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    await bot.set_webhook("http://127.0.0.1:9/telegram/webhook")
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_a_webhook_needs_https_and_a_decent_secret(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="an https url must be provided"):
        await bot.set_webhook("http://zintis.example/telegram")
    with pytest.raises(BadRequest, match="ports 80, 88, 443 or 8443"):
        await bot.set_webhook("https://zintis.example:8080/telegram")
    with pytest.raises(BadRequest, match="unallowed characters"):
        await bot.set_webhook("https://zintis.example/telegram", secret_token="ā")


async def test_updates_are_pushed_with_the_secret(
    telegram: TelegramSimulator, bot: Bot, receiver: Receiver
) -> None:
    telegram.routes.add("https://zintis.example", receiver.url)
    await bot.set_webhook("https://zintis.example/hook?a=1", secret_token="s3cret")
    await telegram.user(7001).says("Labdien")
    await telegram.wait_until_confirmed()
    (post,) = receiver.posts
    assert (post.path, post.headers[SECRET_HEADER]) == ("/hook?a=1", "s3cret")
    update = Update.de_json(dict(post.json), bot)
    assert update.message is not None
    assert update.message.text == "Labdien"
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == ("https://zintis.example/hook?a=1", 0)


async def test_a_refused_push_is_repeated_in_order_and_holds_up_its_chat_only(
    telegram: TelegramSimulator, bot: Bot, receiver: Receiver
) -> None:
    receiver.statuses = [500, 503]
    await telegram.user(7001).says("viens")
    await telegram.user(7001).says("divi")
    await bot.set_webhook(f"{receiver.url}/hook")
    await telegram.wait_until_confirmed()
    texts = [post.json["message"]["text"] for post in receiver.posts]  # type: ignore[index] # JSON
    assert texts == ["viens", "viens", "viens", "divi"]
    assert [a.status for a in telegram.attempts] == [500, 503, 200, 200]
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 503"


async def test_pushes_go_side_by_side_up_to_the_limit(
    telegram: TelegramSimulator, bot: Bot, receiver: Receiver
) -> None:
    receiver.hold.clear()
    for chat_id in range(7001, 7006):
        await telegram.user(chat_id).says("a")
    await bot.set_webhook(f"{receiver.url}/hook", max_connections=2)
    await receiver.wait_until_busy(at_once=2)
    receiver.hold.set()
    await telegram.wait_until_confirmed()
    assert (receiver.most_at_once, len(receiver.posts)) == (2, 5)


async def test_what_was_not_taken_waits_for_polling(
    telegram: TelegramSimulator, bot: Bot, receiver: Receiver
) -> None:
    receiver.statuses = [500] * 1000
    await bot.set_webhook(f"{receiver.url}/hook")
    await telegram.user(7001).says("Labdien")
    await telegram.wait_for_attempt(lambda attempt: attempt.status == 500)
    await bot.delete_webhook()
    assert len(await bot.get_updates()) == 1


# --- pace and faults -----------------------------------------------------------------------


async def test_a_chat_takes_a_burst_and_then_asks_to_wait() -> None:
    async with (
        TelegramSimulator(paces=Paces(chat_burst=2), push_pace=QUICK) as telegram,
        connect(telegram.token, api_url=telegram.url) as bot,
    ):
        telegram.user(7001)
        telegram.user(7002)
        for _ in range(2):
            await bot.send_message(7001, "a")
        with pytest.raises(RetryAfter) as refused:
            await bot.send_message(7001, "a")
        assert refused.value.retry_after == timedelta(seconds=1)
        await bot.send_message(7002, "a")


async def test_all_chats_together_have_a_limit_too() -> None:
    async with (
        TelegramSimulator(paces=Paces(overall_burst=3), push_pace=QUICK) as telegram,
        connect(telegram.token, api_url=telegram.url) as bot,
    ):
        for chat_id in range(3):
            telegram.user(7001 + chat_id)
            await bot.send_message(7001 + chat_id, "a")
        telegram.user(7010)
        with pytest.raises(RetryAfter):
            await bot.send_message(7010, "a")


async def test_scripted_faults_strike_one_after_another(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    telegram.user(7001)
    telegram.faults.next(TooManyRequests(7), ServerError(502), ConnectionReset())
    with pytest.raises(RetryAfter) as wait:
        await bot.send_message(7001, "a")
    assert wait.value.retry_after == timedelta(seconds=7)
    with pytest.raises(NetworkError):
        await bot.send_message(7001, "b")
    with pytest.raises(NetworkError):
        await bot.send_message(7001, "c")
    await bot.send_message(7001, "d")
    assert [m.text for m in telegram.sent] == ["d"]


async def test_a_lost_answer_can_hide_a_message_that_arrived(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    telegram.user(7001)
    telegram.faults.next(NoAnswer(taken=True), NoAnswer(taken=False))
    for text in ("a", "b"):
        with pytest.raises(TimedOut):
            await bot.send_message(7001, text, read_timeout=0.05)
    assert [m.text for m in telegram.sent] == ["a"]


async def test_random_faults_repeat_with_their_seed() -> None:
    outcomes = []
    for _ in range(2):
        async with (
            TelegramSimulator(paces=Paces.unlimited()) as telegram,
            connect(telegram.token, api_url=telegram.url) as bot,
        ):
            telegram.user(7001)
            telegram.faults.randomly(0.5, TooManyRequests(1), ServerError(500), seed=4)
            for number in range(20):
                try:
                    await bot.send_message(7001, str(number))
                except (RetryAfter, NetworkError):
                    continue
            outcomes.append([m.text for m in telegram.sent])
    assert outcomes[0] == outcomes[1]
    assert 0 < len(outcomes[0]) < 20


# --- a group that becomes a supergroup --------------------------------------------------------


async def test_a_group_that_grew_refuses_its_old_id_and_names_the_new_one(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    group = telegram.group()
    sent = await bot.send_message(-4001, "Labdien!")
    grown = await group.grows(telegram.user(), into=-1004001)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(-4001, "Kur jūs esat?")
    assert moved.value.new_chat_id == -1004001
    with pytest.raises(ChatMigrated):
        await bot.edit_message_text("Kur?", chat_id=-4001, message_id=sent.message_id)
    await bot.send_message(-1004001, "Te!")
    assert [message.text for message in grown.chat.sent] == ["Te!"]
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("Cita.", chat_id=-1004001, message_id=999)


async def test_a_group_that_grew_says_so_in_both_chats_and_counts_anew(
    telegram: TelegramSimulator, bot: Bot
) -> None:
    await bot.send_message(telegram.user().id, "Labdien!")
    await telegram.group().grows(telegram.user(), into=-1004001)
    joined, left, came = await bot.get_updates()
    assert joined.my_chat_member is not None
    assert (joined.my_chat_member.chat.id, joined.my_chat_member.chat.type) == (
        -1004001,
        "supergroup",
    )
    assert left.message is not None
    assert (left.message.chat.id, left.message.migrate_to_chat_id) == (-4001, -1004001)
    assert came.message is not None
    assert (came.message.chat.id, came.message.migrate_from_chat_id) == (-1004001, -4001)
    assert (left.message.message_id, came.message.message_id) == (2, 1)
