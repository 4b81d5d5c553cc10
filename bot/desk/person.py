"""The person of a ticket, as the right column of its page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.desk import words
from bot.desk.handling_panel import Option
from bot.desk.lists import NO_NAME
from bot.storage.persons import Kin
from bot.storage.residents import OtherTicket, Resident
from domain.tickets import Standing


@dataclass(frozen=True, slots=True)
class Other:
    """Another ticket of the same person."""

    number: int
    subject: str
    state: str
    stars: str
    at: str


@dataclass(frozen=True, slots=True)
class Same:
    """Another contact of the same person, by its newest ticket."""

    number: int
    name: str
    where: str


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody, in words; the three from `ambassador` on are empty when nobody forwarded the case."""

    language: str
    since: str
    others: Sequence[Other]
    ambassador: str
    on_behalf_of: str
    reach: str
    same: Sequence[Same]
    likely: Sequence[Option]
    """Tickets of who may be the same person."""
    reasons: Sequence[Option]
    hint: str
    """How many are likely, for the folded form."""
    key: str
    """Changes when others are offered."""


def to_person(resident: Resident) -> Person:
    """The stored person in the words of the desk."""
    return Person(
        language=words.language(resident.language),
        since=words.date_of(resident.known_since),
        others=[_other(ticket) for ticket in resident.others],
        ambassador=resident.ambassador,
        on_behalf_of=resident.on_behalf_of,
        reach=" · ".join(
            filter(None, (words.REACH.get(resident.reach_by, ""), resident.reach_detail))
        ),
        same=[Same(int(one.number), _name(one), _where(one)) for one in resident.same],
        likely=[Option(str(one.number), _recognisable(one)) for one in resident.likely],
        reasons=[Option(why, said) for why, said in words.SAMENESS.items()],
        hint=f" (iespējami: {len(resident.likely)})" if resident.likely else "",
        key="-".join(str(one.number) for one in (*resident.same, *resident.likely)) or "none",
    )


def _name(one: Kin) -> str:
    return one.name or NO_NAME


def _where(one: Kin) -> str:
    return words.where_from(one.channel, by_ambassador=one.by_ambassador)


def _recognisable(one: Kin) -> str:
    """`Nr. 1002 – Vilma Ozola, WhatsApp: sakrīt tālrunis un vārds`."""
    fits = words.listed([*["tālrunis"] * one.by_phone, *["vārds"] * one.by_name])
    return f"Nr. {one.number} – {_name(one)}, {_where(one)}: sakrīt {fits}"


def _other(ticket: OtherTicket) -> Other:
    return Other(
        number=int(ticket.number),
        subject=ticket.subject,
        state=words.STATES[Standing(ticket.state)],
        stars=words.rating(ticket.stars, ""),
        at=words.date_of(ticket.opened_at),
    )
