"""Who stands behind a ticket: what the desk tells an agent about the person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Join, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import persons
from bot.storage.persons import Kin
from bot.storage.schema import ambassadors, contacts, conversations, handles, tickets
from domain.tickets import TicketNumber, TicketState

MOST_OTHERS = 10


@dataclass(frozen=True, slots=True)
class OtherTicket:
    """Another ticket of the same person. `stars` are None when they gave none."""

    number: TicketNumber
    subject: str
    state: TicketState
    stars: int | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Resident:
    """The person of a ticket. The four from `ambassador` on are empty unless one forwarded somebody else's case."""

    language: str
    known_since: datetime
    others: Sequence[OtherTicket]
    """Opened before this one or after it: the newest first, at most ten."""
    ambassador: str
    on_behalf_of: str
    reach_by: str
    reach_detail: str
    same: Sequence[Kin]
    """The other contacts of this person, by an agent's word."""
    likely: Sequence[Kin]
    """Contacts that may be of this person."""


def _with_contacts() -> Join:
    return (
        tickets.join(conversations, conversations.c.id == tickets.c.conversation_id)
        .join(handles, handles.c.id == conversations.c.handle_id)
        .join(contacts, contacts.c.id == handles.c.contact_id)
    )


_RESIDENT = (
    select(
        contacts.c.language,
        contacts.c.created_at,
        tickets.c.on_behalf_of,
        tickets.c.reach_by,
        tickets.c.reach_detail,
        ambassadors.c.name,
    )
    .select_from(
        _with_contacts().outerjoin(ambassadors, ambassadors.c.id == tickets.c.ambassador_id)
    )
    .where(tickets.c.number == bindparam("number"))
)

_OTHERS = (
    select(
        tickets.c.number,
        tickets.c.subject,
        tickets.c.state,
        tickets.c.stars,
        tickets.c.opened_at,
    )
    .select_from(_with_contacts())
    .where(
        contacts.c.id.in_(persons.members_of(bindparam("number"))),
        tickets.c.number != bindparam("number"),
    )
    .order_by(tickets.c.number.desc())
    .limit(MOST_OTHERS)
)


async def of_ticket(connection: AsyncConnection, number: TicketNumber) -> Resident | None:
    """The person whose ticket this is, None when there is no such ticket."""
    row = (await connection.execute(_RESIDENT, {"number": number})).one_or_none()
    if row is None:
        return None
    return Resident(
        language=row.language,
        known_since=row.created_at,
        others=await _others(connection, number),
        ambassador=row.name or "",
        on_behalf_of=row.on_behalf_of,
        reach_by=row.reach_by,
        reach_detail=row.reach_detail,
        same=await persons.same(connection, number),
        likely=await persons.likely(connection, number),
    )


async def _others(connection: AsyncConnection, number: TicketNumber) -> list[OtherTicket]:
    found = await connection.execute(_OTHERS, {"number": number})
    return [
        OtherTicket(
            number=TicketNumber(row.number),
            subject=row.subject,
            state=TicketState(row.state),
            stars=row.stars,
            opened_at=row.opened_at,
        )
        for row in found
    ]
