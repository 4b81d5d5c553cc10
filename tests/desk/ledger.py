"""Writes known talks, tickets and verdicts straight into the tables, at moments that the test chooses."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from bot.storage import personal_data
from bot.storage.database import Database
from bot.storage.schema import (
    contacts,
    conversations,
    handles,
    inbound_messages,
    outbound_messages,
    ticket_events,
    tickets,
)
from domain.messages import Channel, ConversationId
from domain.working_hours import RIGA
from tests.desk.office import content

SECRET_NAME = "Skaidrīte Slepenā"
SECRET_TEXT = "mans slepenais jautājums"


def riga(day: str, clock: str = "10:00") -> datetime:
    """A moment in Riga: `riga("2026-11-02", "09:30")`."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=RIGA)


@dataclass
class Ledger:
    """The tables of one database."""

    database: Database
    _conversations: dict[tuple[str, Channel], int] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def asked(
        self,
        at: datetime,
        *said: str,
        who: str = "vilma",
        channel: Channel = Channel.TELEGRAM,
        kind: str = "text",
        after: timedelta = timedelta(seconds=1),
        edit_of: str | None = None,
        intent: str = "",
        confidence: float | None = None,
    ) -> None:
        """A message came, and one message with these answers went out; with no answers the assistant kept silent.

        With an intent, that is what the model took it for.
        """
        conversation = await self._conversation(who, channel)
        async with self.database.unit_of_work() as work:
            heard = await work.connection.scalar(
                insert(inbound_messages)
                .values(
                    conversation_id=conversation,
                    channel=channel,
                    external_id=str(next(self._numbers)),
                    kind=kind,
                    text=SECRET_TEXT,
                    edit_of=edit_of,
                    intent=intent,
                    confidence=confidence,
                    sent_at=at,
                    received_at=at,
                    answered_at=at + after,
                )
                .returning(inbound_messages.c.id)
            )
            if said:
                await work.connection.execute(
                    insert(outbound_messages).values(
                        conversation_id=conversation,
                        reply_to=heard,
                        keys=list(said),
                        text=SECRET_TEXT,
                        created_at=at + after,
                    )
                )
            await work.commit()

    async def ticket(
        self,
        opened: datetime,
        *,
        answered: datetime | None = None,
        solved: datetime | None = None,
        answer_by: datetime | None = None,
        solve_by: datetime | None = None,
        queue: str = "general",
        topic: str = "",
        reopened: int = 0,
        channel: Channel = Channel.TELEGRAM,
        who: str = "",
    ) -> int:
        """A ticket, of somebody of its own when nobody is named; its number. A conversation has one that is main."""
        resident = who or f"ticket-{next(self._numbers)}"
        conversation = await self._conversation(resident, channel)
        async with self.database.unit_of_work() as work:
            number = await work.connection.scalar(
                insert(tickets)
                .values(
                    conversation_id=conversation,
                    reason="asked",
                    state="solved" if solved else "new",
                    queue=queue,
                    topic=topic,
                    subject=SECRET_TEXT,
                    reopened=reopened,
                    main=not who,
                    opened_at=opened,
                    answer_by=answer_by or opened + timedelta(days=1),
                    solve_by=solve_by or opened + timedelta(days=7),
                    first_answered_at=answered,
                    solved_at=solved,
                )
                .returning(tickets.c.number)
            )
            await work.commit()
        return int(number or 0)

    async def verdict(self, number: int, at: datetime, *, helped: bool) -> None:
        """The resident of a ticket said whether it helped."""
        async with self.database.unit_of_work() as work:
            await work.connection.execute(
                insert(ticket_events).values(
                    ticket_number=number, kind="confirmed" if helped else "reopened", at=at
                )
            )
            await work.commit()

    async def rating(self, number: int, at: datetime, *, stars: int) -> None:
        """The resident of a ticket gave stars."""
        async with self.database.unit_of_work() as work:
            await work.connection.execute(
                update(tickets).where(tickets.c.number == number).values(stars=stars, rated_at=at)
            )
            await work.commit()

    def conversations(self) -> list[ConversationId]:
        """All that there are."""
        return [ConversationId(one) for one in self._conversations.values()]

    async def erase(self, *of: ConversationId, now: datetime) -> None:
        """Erase some conversations at once, as their residents or their age ask for it."""
        async with self.database.unit_of_work() as work:
            await personal_data.erase(
                work, of, calendar=content().calendar, now=now, event="resident.expired"
            )
            await work.commit()

    async def forget(self, *, now: datetime) -> int:
        """Delete the contacts of those who are erased; how many they were."""
        async with self.database.unit_of_work() as work:
            later = now + timedelta(seconds=1)
            gone = await personal_data.forget_erased(
                work, calendar=content().calendar, before=later, now=now
            )
            await work.commit()
        return gone

    async def _conversation(self, who: str, channel: Channel) -> int:
        if (who, channel) not in self._conversations:
            self._conversations[who, channel] = await self._begin(who, channel)
        return self._conversations[who, channel]

    async def _begin(self, who: str, channel: Channel) -> int:
        async with self.database.unit_of_work() as work:
            contact = await work.connection.scalar(
                insert(contacts).values(name=SECRET_NAME).returning(contacts.c.id)
            )
            await work.connection.execute(
                insert(handles).values(contact_id=contact, channel=channel, external_id=who)
            )
            handle = select(handles.c.id).where(
                handles.c.external_id == who, handles.c.channel == channel
            )
            made = await work.connection.scalar(
                insert(conversations)
                .values(handle_id=handle.scalar_subquery())
                .returning(conversations.c.id)
            )
            await work.commit()
        return int(made or 0)
