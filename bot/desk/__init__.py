"""The desk: staff read conversations and answer tickets in the browser."""

from bot.desk.desk import Desk

__all__ = ["Desk"]
