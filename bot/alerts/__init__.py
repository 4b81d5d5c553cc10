"""Staff are told what waits for them. What is told, and what became of it, stands in the table `alerts`."""

from bot.alerts.blanking import Blanking
from bot.alerts.mailing import Mailing
from bot.alerts.posting import Posting
from bot.alerts.rounds import AlertRounds
from bot.alerts.smtp import MailServer

__all__ = ["AlertRounds", "Blanking", "MailServer", "Mailing", "Posting"]
