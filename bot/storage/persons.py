"""Persons: contacts that an agent found to be one and the same.

Contacts, handles and conversations stay what they are, and so does everything that residents are told or may erase; a
person only says which of them staff see together. Whoever changes who belongs together calls `lock` before anything
else, whoever relies on it `hold`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Select,
    TextClause,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import contacts, conversations, handles, persons, tickets
from domain.messages import Channel
from domain.relay import is_case
from domain.tickets import TicketNumber

_JOINING = 7_310_442_013
"""The advisory lock under which contacts are joined and taken apart; any number that nobody else uses."""

MOST_LIKELY = 8

_own, _every = contacts.alias("own"), contacts.alias("every")

_TOGETHER = select(_every.c.id).join(
    _own, or_(_every.c.id == _own.c.id, _every.c.person_id == _own.c.person_id)
)
"""All contacts that are one person with a contact of `own`, itself among them."""


@dataclass(frozen=True, slots=True)
class Kin:
    """Another contact: of the same person, or maybe of the same one. Known by its newest ticket."""

    number: TicketNumber
    name: str
    channel: Channel
    by_ambassador: bool
    """Whether it is a case that an ambassador relayed."""
    by_phone: bool = False
    by_name: bool = False
    """What makes it likely."""


async def lock(connection: AsyncConnection) -> None:
    """Keep everybody else from joining, taking apart and merging until the transaction ends."""
    await connection.execute(select(func.pg_advisory_xact_lock(_JOINING)))


async def hold(connection: AsyncConnection) -> None:
    """Keep who belongs together as it is until the transaction ends; others may hold it too."""
    await connection.execute(select(func.pg_advisory_xact_lock_shared(_JOINING)))


async def contact_of(connection: AsyncConnection, number: TicketNumber) -> int | None:
    """The contact of a ticket, None when there is no such ticket."""
    found = await connection.scalar(
        select(handles.c.contact_id)
        .join(conversations, conversations.c.handle_id == handles.c.id)
        .join(tickets, tickets.c.conversation_id == conversations.c.id)
        .where(tickets.c.number == number)
    )
    return None if found is None else int(found)


async def members(connection: AsyncConnection, contact: int) -> list[int]:
    """All contacts of the person of a contact, itself among them."""
    found = await connection.scalars(_TOGETHER.where(_own.c.id == contact))
    return [int(one) for one in found]


def members_of(number: ColumnElement[int]) -> Select[int]:
    """All contacts of the person whose ticket has a number, as a part of another statement."""
    return (
        _TOGETHER.join(handles, handles.c.contact_id == _own.c.id)
        .join(conversations, conversations.c.handle_id == handles.c.id)
        .join(tickets, tickets.c.conversation_id == conversations.c.id)
        .where(tickets.c.number == number)
        .correlate(None)
    )


async def are_joined(connection: AsyncConnection, one: int, other: int) -> bool:
    """Whether two different contacts are one person."""
    return one != other and other in await members(connection, one)


async def join(connection: AsyncConnection, one: int, other: int) -> bool:
    """Make two contacts, and all that belong to them already, one person; False when they are. Needs `lock`."""
    known = await members(connection, one)
    if other in known:
        return False
    every = [*known, *await members(connection, other)]
    person = await connection.scalar(insert(persons).returning(persons.c.id))
    await _belong(connection, every, person)
    await _forget_empty(connection)
    await _tell(connection, every)
    return True


async def leave(connection: AsyncConnection, contact: int) -> None:
    """Take a contact out of its person; of two, both are on their own again. Needs `lock`."""
    every = await members(connection, contact)
    if every == [contact]:
        return
    alone = every if len(every) == 2 else [contact]  # noqa: PLR2004 - nobody is a person with themselves
    await _belong(connection, alone, None)
    await _forget_empty(connection)
    await _tell(connection, every)


async def _belong(connection: AsyncConnection, which: Sequence[int], person: int | None) -> None:
    await connection.execute(
        update(contacts).where(contacts.c.id.in_(which)).values(person_id=person)
    )


async def _forget_empty(connection: AsyncConnection) -> None:
    belongs = select(contacts.c.id).where(contacts.c.person_id == persons.c.id).exists()
    await connection.execute(delete(persons).where(~belongs))


async def _tell(connection: AsyncConnection, which: Sequence[int]) -> None:
    """Open pages of any of their tickets show others now."""
    await connection.execute(
        text(
            "SELECT pg_notify('zintis_live', v.id::text)"
            " FROM conversations v JOIN handles h ON h.id = v.handle_id WHERE h.contact_id = ANY(:which)"
        ),
        {"which": list(which)},
    )


# ---------------------------------------------------------------------------------------------- what staff see


_KIN = """
    SELECT newest.number, c.name, h.channel, h.external_id, found.by_phone, found.by_name
    FROM found JOIN contacts c ON c.id = found.id JOIN handles h ON h.contact_id = c.id
    JOIN conversations v ON v.handle_id = h.id
    JOIN LATERAL (
        SELECT number FROM tickets WHERE conversation_id = v.id ORDER BY number DESC LIMIT 1
    ) newest ON true
    ORDER BY found.by_phone::int + found.by_name::int DESC, found.by_phone DESC, newest.number DESC
    LIMIT :most
"""

_ME = """
    WITH own AS (
        SELECT c.id, c.person_id FROM contacts c JOIN handles h ON h.contact_id = c.id
        JOIN conversations v ON v.handle_id = h.id JOIN tickets t ON t.conversation_id = v.id
        WHERE t.number = :number
    ), me AS (
        SELECT c.id, c.name FROM contacts c JOIN own ON c.id = own.id OR c.person_id = own.person_id
    )
"""

_SAME = text(
    f"""{_ME}, found AS (
        SELECT me.id, false AS by_phone, false AS by_name FROM me WHERE me.id NOT IN (SELECT id FROM own)
    ) {_KIN}"""  # noqa: S608 - parts of our own
)

# An ambassador names a phone number, a WhatsApp number is a handle.
_LIKELY = text(
    f"""{_ME}, phones AS (
        SELECT h.external_id AS phone FROM me JOIN handles h ON h.contact_id = me.id
        WHERE h.channel = 'whatsapp'
        UNION
        SELECT t.reach_detail FROM me JOIN handles h ON h.contact_id = me.id
        JOIN conversations v ON v.handle_id = h.id JOIN tickets t ON t.conversation_id = v.id
        WHERE t.reach_detail <> ''
    ), hits AS (
        SELECT h.contact_id AS id, true AS by_phone FROM phones
        JOIN handles h ON h.channel = 'whatsapp' AND h.external_id = phone
        UNION ALL
        SELECT h.contact_id, true FROM phones JOIN tickets t ON t.reach_detail = phone
        AND t.reach_detail <> '' JOIN conversations v ON v.id = t.conversation_id JOIN handles h ON h.id = v.handle_id
        UNION ALL
        SELECT c.id, false FROM me
        JOIN contacts c ON zintis_fold(c.name) = zintis_fold(me.name) AND zintis_fold(me.name) <> ''
    ), found AS (
        SELECT id, bool_or(by_phone) AS by_phone, bool_or(NOT by_phone) AS by_name FROM hits
        WHERE id NOT IN (SELECT id FROM me) GROUP BY id
    ) {_KIN}"""  # noqa: S608 - parts of our own
)


async def same(connection: AsyncConnection, number: TicketNumber) -> list[Kin]:
    """The other contacts of the person of a ticket, the newest ticket first."""
    return await _kin(connection, _SAME, number, most=100)


async def likely(connection: AsyncConnection, number: TicketNumber) -> list[Kin]:
    """Contacts with the phone or the name of the person of a ticket, the likeliest first, at most eight."""
    return await _kin(connection, _LIKELY, number, most=MOST_LIKELY)


async def _kin(
    connection: AsyncConnection, query: TextClause, number: TicketNumber, *, most: int
) -> list[Kin]:
    found = await connection.execute(query, {"number": number, "most": most})
    return [
        Kin(
            number=TicketNumber(row.number),
            name=row.name,
            channel=Channel(row.channel),
            by_ambassador=is_case(row.external_id),
            by_phone=row.by_phone,
            by_name=row.by_name,
        )
        for row in found
    ]
