"""Sums of days of what was erased, in the table `day_sums`: added in the transaction that erases, before it does.

They name nobody: a day, a figure, a name of ours (a channel, a topic, an hour) and a number, which is what the page of
that one day shows too, and less than the rows told, because each figure stands by itself: of a day with several
residents nobody can say whose the hour, the topic or the channel was. Once `mix` has run, nothing ties the days of
one resident to each other.

Waiting is kept as histograms of tenths of a working hour (`Figure`), the step in which the overview counts what was
not erased as well: medians and the like are the same before and after an erasure, and at most three minutes from the
true ones. What waited for staff when it was erased stays among what waits; whether it was late is judged at that
moment. Who writes again on the day on which they erased their data is counted as somebody else.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import BigInteger, Date, Text

from bot.storage.schema import conversations, day_sums, tickets
from bot.storage.statistics import counting
from bot.storage.statistics.figures import DaySums, Figure, Sums, add, sum_talks, sum_tickets
from domain.messages import ConversationId
from domain.working_hours import WorkingCalendar, local_day, starts_of


@asynccontextmanager
async def keeping(
    connection: AsyncConnection,
    of: Sequence[ConversationId],
    *,
    calendar: WorkingCalendar,
    now: datetime,
) -> AsyncIterator[None]:
    """Keep in the sums what the overview counts of some conversations, whose rows go in the block.

    Until the transaction ends nobody changes what is counted: new messages and tickets wait for the locks, and so does
    another erasure of the same conversations, which then finds nothing left to add. The sums are touched last, so
    that nobody waits long for them, and no two erasures in a circle.
    """
    sums = await _count(connection, of, calendar, now)
    yield
    await _add(connection, sums, on=local_day(now))


async def read(
    connection: AsyncConnection, *, first: date, last: date, figures: Collection[Figure]
) -> DaySums:
    """The sums of some figures from one day to another."""
    s = day_sums.c
    found = await connection.execute(
        select(s.day, s.figure, s.name, s.amount).where(
            s.day.between(first, last), s.figure.in_(figures)
        )
    )
    days: dict[date, Sums] = {}
    for day, figure, name, amount in found:
        days.setdefault(day, Sums())[Figure(figure), name] = amount
    return days


_MIX = text("""
    WITH taken AS (DELETE FROM day_sums RETURNING day, figure, name, amount)
    INSERT INTO day_sums (day, figure, name, amount) SELECT * FROM taken ORDER BY day, figure, name
""")


async def mix(connection: AsyncConnection, *, today: date) -> bool:
    """Once a day write all sums anew in the order of days, if some were added before; whether it was done.

    Sums added together lie together in the table and in every dump of it, and would tell which days were those of
    one resident.
    """
    s = day_sums.c
    added = select(select(s.day).where(s.added_on < today).exists())
    if not await connection.scalar(added):
        return False
    await connection.execute(text("LOCK TABLE day_sums IN SHARE ROW EXCLUSIVE MODE"))
    if not await connection.scalar(added):
        return False
    await connection.execute(_MIX)
    return True


async def _count(
    connection: AsyncConnection,
    of: Sequence[ConversationId],
    calendar: WorkingCalendar,
    now: datetime,
) -> DaySums:
    await _lock(connection, of)
    span = await counting.span(connection, of)
    if span is None:
        return {}
    starts = starts_of(*map(local_day, span))
    return add(
        await sum_talks(connection, starts, of=of),
        await sum_tickets(connection, starts, calendar=calendar, now=now, of=of),
    )


async def _lock(connection: AsyncConnection, of: Sequence[ConversationId]) -> None:
    """Tickets first, as staff lock them; again after the conversations, for one that was opened in between."""
    own = select(tickets.c.number).where(tickets.c.conversation_id.in_(of))
    in_order = own.order_by(tickets.c.number).with_for_update()
    held = select(conversations.c.id).where(conversations.c.id.in_(of))
    for locked in (in_order, held.order_by(conversations.c.id).with_for_update(), in_order):
        await connection.execute(locked)


# In one order, so that two erasures at once wait for each other and not in a circle.
_ADD = text("""
    INSERT INTO day_sums AS kept (day, figure, name, amount, added_on)
    SELECT *, :today FROM unnest(:days, :figures, :names, :amounts) AS new (day, figure, name, amount)
    ORDER BY day, figure, name
    ON CONFLICT (day, figure, name)
    DO UPDATE SET amount = kept.amount + excluded.amount, added_on = excluded.added_on
""").bindparams(
    bindparam("today", type_=Date),
    bindparam("days", type_=ARRAY(Date)),
    bindparam("figures", type_=ARRAY(Text)),
    bindparam("names", type_=ARRAY(Text)),
    bindparam("amounts", type_=ARRAY(BigInteger)),
)


async def _add(connection: AsyncConnection, sums: DaySums, *, on: date) -> None:
    rows = [
        (day, figure.value, name, amount)
        for day, of_day in sums.items()
        for (figure, name), amount in of_day.items()
    ]
    if rows:
        days, figures, names, amounts = map(list, zip(*rows, strict=True))
        await connection.execute(
            _ADD,
            {"today": on, "days": days, "figures": figures, "names": names, "amounts": amounts},
        )
