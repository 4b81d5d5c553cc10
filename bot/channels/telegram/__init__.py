"""Telegram: updates come by webhook or long polling, messages leave through the Bot API.

Outcome of each kind of update: what carries words, a press or an attachment becomes an `InboundMessage`; blocking and
unblocking become a `ChannelEvent`; in groups only what is addressed to the assistant counts; everything else (service
messages, other bots, moves of a live location) is ignored and counted as such.
"""

from telegram import Bot

from bot.channels.telegram.files import TelegramFiles
from bot.channels.telegram.inbound import to_inbound
from bot.channels.telegram.intake import TelegramIntake
from bot.channels.telegram.moves import GroupMoves
from bot.channels.telegram.outbound import TelegramChannel, connect, to_telegram
from bot.channels.telegram.staff_group import StaffGroups
from bot.channels.telegram.staff_posts import StaffPosts

__all__ = [
    "Bot",
    "GroupMoves",
    "StaffGroups",
    "StaffPosts",
    "TelegramChannel",
    "TelegramFiles",
    "TelegramIntake",
    "connect",
    "to_inbound",
    "to_telegram",
]
