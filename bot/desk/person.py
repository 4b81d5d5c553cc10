"""The person of a ticket, as the right column of its page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.desk import words
from bot.storage.residents import EarlierTicket, Resident
from domain.tickets import Standing


@dataclass(frozen=True, slots=True)
class Earlier:
    """Another ticket of the same person."""

    number: int
    subject: str
    state: str
    stars: str
    at: str


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody, in words; the last three are empty when nobody forwarded the case."""

    language: str
    since: str
    earlier: Sequence[Earlier]
    ambassador: str
    on_behalf_of: str
    reach: str


def to_person(resident: Resident) -> Person:
    """The stored person in the words of the desk."""
    return Person(
        language=words.language(resident.language),
        since=words.date_of(resident.known_since),
        earlier=[_earlier(ticket) for ticket in resident.earlier],
        ambassador=resident.ambassador,
        on_behalf_of=resident.on_behalf_of,
        reach=" · ".join(
            filter(None, (words.REACH.get(resident.reach_by, ""), resident.reach_detail))
        ),
    )


def _earlier(ticket: EarlierTicket) -> Earlier:
    return Earlier(
        number=int(ticket.number),
        subject=ticket.subject,
        state=words.STATES[Standing(ticket.state)],
        stars=words.rating(ticket.stars, ""),
        at=words.date_of(ticket.opened_at),
    )
