"""What is stored about one resident, and its erasure: asked for in a turn, or when its time is over.

Whatever is erased is first added to the sums of days, in the same transaction, so that the overview stays true.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from bot.storage import audit, persons, post_erasures, staff_files
from bot.storage import conversations as stored
from bot.storage.conversations import StoredConversation
from bot.storage.database import UnitOfWork
from bot.storage.schema import (
    ambassadors,
    contacts,
    conversations,
    handles,
    inbound_messages,
    tickets,
)
from bot.storage.statistics import kept
from bot.storage.tickets import relations
from domain.answers import Value
from domain.messages import ConversationId
from domain.working_hours import WorkingCalendar, local_day


class StoredPersonalData:
    """The `PersonalData` port over our tables."""

    def __init__(
        self,
        work: UnitOfWork,
        held: StoredConversation,
        *,
        calendar: WorkingCalendar,
        now: datetime,
    ) -> None:
        self._work = work
        self._held = held
        self._calendar = calendar
        self._now = now
        self.erased = False

    async def summary(self) -> dict[str, Value]:
        """What is stored, as values for the phrase `my_data.summary`."""
        said = select(func.count()).where(inbound_messages.c.conversation_id == self._held.id)
        cases = select(func.count()).where(tickets.c.conversation_id == self._held.id)
        row = await self._work.connection.execute(
            select(
                contacts.c.name,
                contacts.c.created_at,
                said.scalar_subquery().label("messages"),
                cases.scalar_subquery().label("tickets"),
                ambassadors.c.name.label("ambassador"),
            )
            .join(handles, handles.c.contact_id == contacts.c.id)
            .join(conversations, conversations.c.handle_id == handles.c.id)
            .outerjoin(ambassadors, ambassadors.c.contact_id == contacts.c.id)
            .where(conversations.c.id == self._held.id)
        )
        found = row.mappings().one()
        return {
            "name": found["name"] or "–",
            "channel": self._held.channel,
            "messages": found["messages"],
            "tickets": found["tickets"],
            "files": await staff_files.count_for(self._work.connection, self._held.id),
            "since": local_day(found["created_at"]),
            "ambassador": found["ambassador"] or "",
        }

    async def erase(self) -> None:
        """Erase messages, tickets, files and name at once; the handle follows when the last reply has left."""
        await erase(
            self._work,
            [self._held.id],
            calendar=self._calendar,
            now=self._now,
            event="resident.erased",
        )
        self.erased = True


async def erase_expired(
    work: UnitOfWork,
    *,
    calendar: WorkingCalendar,
    quiet_since: datetime,
    now: datetime,
    most: int,
) -> int:
    """Erase conversations in which nothing was said or done since a moment, at most so many; how many they were."""
    await persons.lock(work.connection)
    expired = await stored.lock_quiet(work.connection, since=quiet_since, most=most)
    await erase(work, expired, calendar=calendar, now=now, event="resident.expired")
    return len(expired)


async def forget_erased(
    work: UnitOfWork, *, calendar: WorkingCalendar, before: datetime, now: datetime
) -> int:
    """Delete contacts erased before a moment, and what was said to them since; how many they were."""
    gone = await stored.lock_erased(work.connection, before=before)
    async with kept.keeping(work.connection, gone, calendar=calendar, now=now):
        return await stored.delete_contacts(work.connection, gone)


async def erase(
    work: UnitOfWork,
    of: Sequence[ConversationId],
    *,
    calendar: WorkingCalendar,
    now: datetime,
    event: str,
) -> None:
    """Erase conversations at once; `event` is what the audit log calls it. Contacts go in `forget_erased`.

    What waited in their tickets for other handles of the person waits on its own again.
    """
    await persons.lock(work.connection)
    for conversation in of:
        waiting = await relations.waiting_in(work.connection, conversation)
        await relations.release(work.connection, waiting, at=now, calendar=calendar)
    async with kept.keeping(work.connection, of, calendar=calendar, now=now):
        for conversation in of:
            await post_erasures.queue(work.connection, conversation, at=now)
            await stored.erase(work.connection, conversation, at=now)
            await audit.append(work.connection, event, at=now, detail=str(conversation))
