"""Queries over tickets. What others read and write most stands here; `bot/tickets` asks the modules themselves."""

from bot.storage.tickets.events import Event, has_event, note_event
from bot.storage.tickets.holders import held_by
from bot.storage.tickets.outcomes import comment, rate
from bot.storage.tickets.records import insert_ticket, latest_in, lock, save
from bot.storage.tickets.rows import TicketRow, row_of
from bot.storage.tickets.timelines import Spoken, history, timeline

__all__ = [
    "Event",
    "Spoken",
    "TicketRow",
    "comment",
    "has_event",
    "held_by",
    "history",
    "insert_ticket",
    "latest_in",
    "lock",
    "note_event",
    "rate",
    "row_of",
    "save",
    "timeline",
]
