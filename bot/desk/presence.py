"""Whether an agent is at work, away for a while, or absent until a day: in words."""

from collections.abc import Mapping
from datetime import date

from bot.storage.agents import Presence

NAMES = {
    Presence.AT_WORK: "Darbā",
    Presence.AWAY: "Uz brīdi prom",
    Presence.ABSENT: "Prombūtnē",
}

NO_DAY = "Norādiet pēdējo prombūtnes dienu, sākot ar šodienu."


def read_presence(form: Mapping[str, str], *, today: date) -> tuple[Presence, date | None] | None:
    """What was chosen in a form; None when it is nothing, or an absence without a day to come."""
    try:
        presence = Presence(form.get("presence", ""))
        if presence is not Presence.ABSENT:
            return presence, None
        until = date.fromisoformat(form.get("until", ""))
    except ValueError:
        return None
    return (presence, until) if until >= today else None


def to_detail(presence: Presence, until: date | None) -> str:
    """As the audit log keeps it."""
    return f"{presence} {until or ''}".strip()


def describe(presence: Presence, until: date | None) -> str:
    """`Darbā`, `Prombūtnē līdz 03.12.2026.`"""
    if presence is Presence.ABSENT and until is not None:
        return f"{NAMES[presence]} līdz {until:%d.%m.%Y}."
    return NAMES[presence]
