"""Posts in group chats of staff, which are no conversations of residents."""

from collections.abc import Sequence
from dataclasses import dataclass

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.error import ChatMigrated, TelegramError

from bot.channels.telegram.outbound import to_error
from domain.messages import Button


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a post stands. The chat is another one when the group has become a supergroup."""

    chat: str
    message: str


class StaffPosts:
    """Posts into groups. Raises what a `domain.ports.Sender` raises."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def post(
        self, chat: str, text: str, *, reply_to: str = "", buttons: Sequence[Button] = ()
    ) -> Posted:
        """Post plain text, as a reply to a message of the group or by itself."""
        try:
            return await self._post(chat, text, reply_to, buttons)
        except ChatMigrated as moved:
            try:
                return await self._post(str(moved.new_chat_id), text, "", buttons)
            except TelegramError as exc:
                raise to_error(exc) from exc
        except TelegramError as exc:
            raise to_error(exc) from exc

    async def _post(self, chat: str, text: str, reply_to: str, buttons: Sequence[Button]) -> Posted:
        reply = (
            ReplyParameters(int(reply_to), allow_sending_without_reply=True) if reply_to else None
        )
        keyboard = [[InlineKeyboardButton(b.label, callback_data=b.id)] for b in buttons]
        sent = await self._bot.send_message(
            int(chat),
            text,
            reply_parameters=reply,
            reply_markup=InlineKeyboardMarkup(keyboard) if keyboard else None,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        return Posted(str(sent.chat_id), str(sent.message_id))
