"""Posts in group chats of staff, which are no conversations of residents."""

import re
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

from bot.channels.telegram.moves import GroupMoves
from bot.channels.telegram.outbound import to_error
from bot.storage.post_erasures import ErasureTrouble
from domain.errors import MessageRefused
from domain.messages import Button

_AS_WANTED = re.compile(r"message is not modified|message to edit not found", re.IGNORECASE)
"""Refusals of an edit after which there is nothing left to do: it was done before, or somebody deleted the post."""


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a post stands. The chat is another one when the group has become a supergroup."""

    chat: str
    message: str

    @property
    def key(self) -> str:
        """What is stored of a post: supergroups count their messages anew, so the number alone names nothing."""
        return f"{self.chat}:{self.message}"

    @classmethod
    def of_key(cls, key: str) -> "Posted | None":
        """A post by its key, None when there is none."""
        chat, _, message = key.partition(":")
        return cls(chat, message) if message else None


class StaffPosts:
    """Posts into groups. Raises what a `domain.ports.Sender` raises."""

    def __init__(self, bot: Bot, *, moves: GroupMoves | None = None) -> None:
        """`moves` is told of groups that turn out to have become supergroups."""
        self._bot = bot
        self._moves = moves

    async def post(
        self, chat: str, text: str, *, reply_to: str = "", buttons: Sequence[Button] = ()
    ) -> Posted:
        """Post plain text, as a reply to what a key names, if it stands in this chat, or by itself."""
        try:
            try:
                return await self._post(chat, text, reply_to, buttons)
            except ChatMigrated as moved:
                if self._moves is not None:
                    await self._moves.follow(int(chat), moved.new_chat_id)
                return await self._post(str(moved.new_chat_id), text, reply_to, buttons)
        except TelegramError as exc:
            raise to_error(exc) from exc

    async def replace(self, key: str, text: str) -> None:
        """Put other words in the place of a post and take its buttons away; fine too when it is there no more."""
        post = Posted.of_key(key)
        assert post is not None  # noqa: S101 - only what was posted has a key
        try:
            await self._bot.edit_message_text(
                text, chat_id=int(post.chat), message_id=int(post.message)
            )
        except ChatMigrated as exc:
            # The new chat has other messages: there the number would name a stranger's.
            raise MessageRefused(ErasureTrouble.GROUP_GREW) from exc
        except TelegramError as exc:
            if not _AS_WANTED.search(exc.message):
                raise to_error(exc) from exc

    async def _post(self, chat: str, text: str, reply_to: str, buttons: Sequence[Button]) -> Posted:
        above = Posted.of_key(reply_to)
        reply = None
        if above is not None and above.chat == chat:
            reply = ReplyParameters(int(above.message), allow_sending_without_reply=True)
        keyboard = [[InlineKeyboardButton(b.label, callback_data=b.id)] for b in buttons]
        sent = await self._bot.send_message(
            int(chat),
            text,
            reply_parameters=reply,
            reply_markup=InlineKeyboardMarkup(keyboard) if keyboard else None,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        return Posted(str(sent.chat_id), str(sent.message_id))
