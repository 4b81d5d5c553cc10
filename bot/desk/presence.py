"""Whether an agent is at work, away for a while, or absent until a day: in words."""

from datetime import date

from bot.storage.agents import Presence

NAMES = {
    Presence.AT_WORK: "Darbā",
    Presence.AWAY: "Uz brīdi prom",
    Presence.ABSENT: "Prombūtnē",
}


def describe(presence: Presence, until: date | None) -> str:
    """`Darbā`, `Prombūtnē līdz 03.12.2026.`"""
    if presence is Presence.ABSENT and until is not None:
        return f"{NAMES[presence]} līdz {until:%d.%m.%Y}."
    return NAMES[presence]
