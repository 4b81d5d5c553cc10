"""The overview for whoever leads the service centres: counts, shares and times, never a person."""

from bot.desk.statistics.pages import StatisticsPages

__all__ = ["StatisticsPages"]
