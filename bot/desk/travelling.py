"""How an answer would travel now, to each of its readers; said beside the button before it is pressed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk import words
from bot.outbox import WINDOW
from bot.rendering import LIMITS
from bot.storage import messages
from bot.storage.readers import Part, Reader
from domain.messages import Channel

_LAST_MINUTE = timedelta(minutes=1)
"""Clocks differ: so shortly before the window closes the outbox parks already."""

_TO = {Part.RESIDENT: "iedzīvotājam", Part.PERSON: "cilvēkam", Part.AMBASSADOR: "vēstnesim"}
_WHO = {Part.RESIDENT: "iedzīvotājs", Part.PERSON: "cilvēks", Part.AMBASSADOR: "vēstnesis"}


@dataclass(frozen=True, slots=True)
class Reply:
    """How an answer would travel now."""

    button: str
    hint: str
    parked: bool
    """Whether somebody does not get it at once."""
    blocked: str
    """Who blocked the assistant, in words; empty when nobody did."""
    by: str
    """The channels, in words."""
    limit: int
    """Characters of one message, where the least fits."""
    key: str
    """Changes when another button is to be shown."""


def how_it_travels(readers: Sequence[Reader], now: datetime) -> Reply:
    """What pressing the button will do now."""
    nobody = words.FAILURES[messages.NOBODY]
    later = [reader for reader in readers if _is_parked(reader, now)]
    return Reply(
        button=_button(readers, later),
        hint=" ".join(filter(None, (_hint(one, now) for one in readers))) if readers else nobody,
        parked=bool(later) or not readers,
        blocked=" ".join(_blocked(one) for one in readers if not one.reachable),
        by=_by(readers),
        limit=min((LIMITS[one.channel] for one in readers), default=LIMITS[Channel.WHATSAPP]),
        key="-".join(f"{one.part}.{one.channel}.{one in later:d}" for one in readers) or "nobody",
    )


def _is_parked(reader: Reader, now: datetime) -> bool:
    return reader.channel is Channel.WHATSAPP and _window_left(reader, now) <= timedelta(0)


def _window_left(reader: Reader, now: datetime) -> timedelta:
    if reader.last_inbound_at is None:
        return timedelta(0)
    return reader.last_inbound_at + WINDOW - _LAST_MINUTE - now


def _button(readers: Sequence[Reader], later: Sequence[Reader]) -> str:
    if not readers:
        return "Saglabāt atbildi"
    if not later:
        return "Nosūtīt tūlīt"
    at_once = [_TO[one.part] for one in readers if one not in later]
    told = words.listed([_TO[one.part] for one in later])
    return f"Nosūtīt {at_once[0]} un paziņot {told}" if at_once else f"Saglabāt un paziņot {told}"


def _hint(reader: Reader, now: datetime) -> str:
    to, who = _TO[reader.part], _WHO[reader.part]
    is_case, channel = reader.part is not Part.RESIDENT, words.CHANNELS[reader.channel]
    if reader.channel is not Channel.WHATSAPP:
        return f"{to.capitalize()} ({channel}) atbilde aizies tūlīt." if is_case else ""
    left = _window_left(reader, now)
    if left <= timedelta(0):
        whose = f" {to}" if is_case else ""
        return (
            f"WhatsApp 24 stundu logs{whose} ir aizvēries. Atbildi saglabāsim, {to} nosūtīsim paziņojumu, ka tā ir, "
            f"un pašu atbildi – tiklīdz {who} kaut ko uzrakstīs."
        )
    opened = f"WhatsApp logs atvērts {words.hours_left(left)}."
    return f"{to.capitalize()} atbilde aizies tūlīt: {opened}" if is_case else opened


def _blocked(reader: Reader) -> str:
    who = _WHO[reader.part].capitalize()
    return f"{who} ir bloķējis asistentu: atbilde, visticamāk, nenonāks."


def _by(readers: Sequence[Reader]) -> str:
    return ", ".join(
        words.CHANNELS[one.channel]
        if one.part is Part.RESIDENT
        else f"{_TO[one.part]} {words.CHANNELS[one.channel]}"
        for one in readers
    )
