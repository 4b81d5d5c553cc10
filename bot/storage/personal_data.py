"""What is stored about one resident, and its erasure: asked for in a turn, or when its time is over."""

from datetime import datetime

from sqlalchemy import func, select

from bot.storage import audit, post_erasures, staff_files
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
from domain.answers import Value
from domain.messages import ConversationId


class StoredPersonalData:
    """The `PersonalData` port over our tables."""

    def __init__(self, work: UnitOfWork, held: StoredConversation, *, now: datetime) -> None:
        self._work = work
        self._held = held
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
            "since": found["created_at"].date(),
            "ambassador": found["ambassador"] or "",
        }

    async def erase(self) -> None:
        """Erase messages, tickets, files and name at once; the handle follows when the last reply has left."""
        await _erase(self._work, self._held.id, now=self._now, event="resident.erased")
        self.erased = True


async def erase_expired(
    work: UnitOfWork, *, quiet_since: datetime, now: datetime, most: int
) -> int:
    """Erase conversations in which nothing was said or done since a moment, at most so many; how many they were."""
    expired = await stored.lock_quiet(work.connection, since=quiet_since, most=most)
    for conversation in expired:
        await _erase(work, conversation, now=now, event="resident.expired")
    return len(expired)


async def _erase(
    work: UnitOfWork, conversation: ConversationId, *, now: datetime, event: str
) -> None:
    await post_erasures.queue(work.connection, conversation, at=now)
    await stored.erase(work.connection, conversation, at=now)
    await audit.append(work.connection, event, at=now, detail=str(conversation))
