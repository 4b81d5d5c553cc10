"""Where every message leaves: at the channel's pace, in order, tried again until it is sent or cannot be."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from bot import metrics
from bot.jobs import Jobs
from bot.rendering import Rendered
from bot.storage import conversations, messages, staff_files
from bot.storage.database import Database, UnitOfWork
from bot.storage.messages import NewOutbound, Sending
from bot.storage.tickets.events import Event, note
from bot.storage.tickets.records import lock
from domain.errors import ChannelUnavailable, ContactUnreachable, MessageRefused, WindowClosed
from domain.messages import (
    AgentId,
    Channel,
    ConversationId,
    DeliveryState,
    InboundId,
    OutboundId,
    OutboundMessage,
)
from domain.ports import Clock, Sender
from domain.relay import is_case
from domain.tickets import TicketNumber

log = structlog.get_logger()

WINDOW = timedelta(hours=24)
"""WhatsApp takes free text only this long after the resident's last message (Twilio error 63016)."""

_MARGIN = timedelta(minutes=1)
"""Clocks differ: a message is parked this much before the window really closes."""

GIVE_UP_AFTER = timedelta(hours=24)
"""A message that a vendor could not take for this long is marked failed and shows red at the desk."""


def to_outbound(
    rendered: Rendered, *, agent: AgentId | None = None, reply_to: InboundId | None = None
) -> NewOutbound:
    """A rendered message as it is stored for delivery."""
    return NewOutbound(
        source=rendered.source,
        text=rendered.text,
        plain=rendered.plain,
        buttons=rendered.buttons,
        keys=rendered.keys,
        agent=agent,
        reply_to=reply_to,
    )


class Pace:
    """Lets at most so many messages a second through; the others wait in line."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second
        self._next = 0.0

    async def wait(self) -> None:
        """Wait for one's place."""
        now = asyncio.get_running_loop().time()
        self._next = max(self._next, now)
        delay, self._next = self._next - now, self._next + self._gap
        if delay > 0:
            await asyncio.sleep(delay)


class Outbox:
    """Stores messages for delivery, delivers them, and notes what vendors report."""

    def __init__(
        self,
        *,
        database: Database,
        jobs: Jobs,
        clock: Clock,
        senders: Mapping[Channel, Sender],
        paces: Mapping[Channel, Pace],
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._clock = clock
        self._senders = senders
        self._paces = paces

    async def deliver(self, conversation: ConversationId) -> None:
        """Send what waits in a conversation, in order.

        Raises `ChannelUnavailable` when the vendor cannot take it now: what is left waits for the next try.
        """
        async with self._database.reading() as connection:
            waiting = await messages.take_for_delivery(connection, conversation)
        targets = dict.fromkeys(sending.target for sending in waiting)
        for target in targets:
            await self._deliver_to(conversation, [s for s in waiting if s.target == target])

    async def _deliver_to(self, conversation: ConversationId, waiting: Sequence[Sending]) -> None:
        """Send what waits for one reader; a relayed case has two when the answer goes to both."""
        for place, sending in enumerate(waiting):
            try:
                await self._deliver_one(sending)
            except ChannelUnavailable as unavailable:
                await self._give_back(waiting[place:], unavailable)
                raise
            except WindowClosed:
                await self._park(conversation, waiting[place:])
                return
            except ContactUnreachable as gone:
                await self._fail(waiting[place:], str(gone), reachable=False)
                return

    async def _deliver_one(self, sending: Sending) -> None:
        message = sending.message
        if is_case(message.handle):
            await self._fail([sending], messages.NOBODY)
            return
        if self._window_is_closed(sending):
            raise WindowClosed
        sender = self._senders.get(message.channel)
        if sender is None:
            unset = "the channel is off"
            raise ChannelUnavailable(unset, retry_after=60)
        if pace := self._paces.get(message.channel):
            await pace.wait()
        try:
            whole = await self._with_file(sending)
            with metrics.SEND_SECONDS.labels(message.channel).time():
                vendor_id = await sender.send(whole)
        except MessageRefused as refused:
            await self._fail([sending], str(refused))
            return
        async with self._database.reading() as connection:
            await messages.set_state(
                connection,
                [message.id],
                DeliveryState.SENT,
                at=self._clock.now(),
                vendor_id=vendor_id,
            )
        metrics.DELIVERIES.labels(message.channel, "sent").inc()
        log.info(
            "outbox.sent",
            channel=message.channel,
            message_id=message.id,
            attempt=sending.attempts,
        )

    async def _with_file(self, sending: Sending) -> OutboundMessage:
        """The message with its file, of which only one at a time is in memory."""
        if sending.file is None:
            return sending.message
        async with self._database.reading() as connection:
            file = await staff_files.read(connection, sending.file)
        if file is None:
            raise MessageRefused(messages.FILE_ERASED)
        return replace(sending.message, file=file)

    def _window_is_closed(self, sending: Sending) -> bool:
        if sending.message.channel is not Channel.WHATSAPP or sending.message.template:
            return False
        heard = sending.last_inbound_at
        return heard is None or self._clock.now() - heard > WINDOW - _MARGIN

    async def _give_back(self, left: Sequence[Sending], unavailable: ChannelUnavailable) -> None:
        metrics.DELIVERIES.labels(left[0].message.channel, "retried").inc()
        now = self._clock.now()
        old = [s.message.id for s in left if now - s.created_at > GIVE_UP_AFTER]
        young = [s.message.id for s in left if now - s.created_at <= GIVE_UP_AFTER]
        async with self._database.unit_of_work() as work:
            for ids, state in ((old, DeliveryState.FAILED), (young, DeliveryState.QUEUED)):
                if ids:
                    await messages.set_state(
                        work.connection, ids, state, at=now, error=unavailable.reason
                    )
            await work.commit()

    async def _fail(self, left: Sequence[Sending], error: str, *, reachable: bool = True) -> None:
        ids = [s.message.id for s in left]
        async with self._database.unit_of_work() as work:
            await messages.set_state(
                work.connection, ids, DeliveryState.FAILED, at=self._clock.now(), error=error
            )
            if not reachable:
                gone = left[0].message
                await conversations.set_reachable(
                    work.connection, channel=gone.channel, handle=gone.handle, reachable=False
                )
            await work.commit()
        metrics.DELIVERIES.labels(left[0].message.channel, "failed").inc(len(ids))
        log.warning("outbox.failed", message_ids=ids, reachable=reachable)

    async def _park(self, conversation: ConversationId, left: Sequence[Sending]) -> None:
        async with self._database.unit_of_work() as work:
            ids = [s.message.id for s in left]
            await self._park_in(work, conversation, ids, target=left[0].target)
            await work.commit()

    async def _park_in(
        self,
        work: UnitOfWork,
        conversation: ConversationId,
        ids: Sequence[OutboundId],
        *,
        target: ConversationId,
    ) -> None:
        """Keep messages until their reader writes, and send that reader the template once in a window."""
        now = self._clock.now()
        await messages.set_state(work.connection, ids, DeliveryState.PARKED, at=now)
        if not await messages.has_recent_template(work.connection, target, since=now - WINDOW):
            elsewhere = None if target == conversation else target
            template = NewOutbound(
                source="", text="", plain="", template=True, deliver_to=elsewhere
            )
            await messages.store_outbound(work.connection, conversation, [template], at=now)
            await self._jobs.queue_delivery(work, conversation, channel=Channel.WHATSAPP)
        metrics.DELIVERIES.labels(Channel.WHATSAPP, "parked").inc(len(ids))
        log.info("outbox.parked", message_ids=list(ids))

    async def report(
        self,
        *,
        channel: Channel,
        vendor_id: str,
        state: DeliveryState,
        error: str = "",
        window_closed: bool = False,
    ) -> bool:
        """Note a vendor's report about a message; False when the message is not known (yet).

        Repeated and late reports change nothing. A refusal because of the closed window parks the message.
        """
        if not window_closed:
            return await self._advance(channel, vendor_id, state, error)
        async with self._database.unit_of_work() as work:
            found = await messages.find_by_vendor_id(
                work.connection, channel=channel, vendor_id=vendor_id
            )
            if found is None:
                return False
            message, conversation, target, before, is_template = found
            if not is_template and before.can_become(DeliveryState.PARKED):
                await self._park_in(work, conversation, [message], target=target)
            elif before.can_become(state):
                await messages.set_state(
                    work.connection, [message], state, at=self._clock.now(), error=error
                )
            await work.commit()
        log.info("outbox.reported", channel=channel, message_id=message, state=state)
        return True

    async def _advance(
        self, channel: Channel, vendor_id: str, state: DeliveryState, error: str
    ) -> bool:
        """Note what nearly all reports say, in one statement."""
        async with self._database.reading() as connection:
            message = await messages.advance(
                connection,
                state,
                channel=channel,
                vendor_id=vendor_id,
                at=self._clock.now(),
                error=error,
            )
        if message is None:
            return False
        log.info("outbox.reported", channel=channel, message_id=message, state=state)
        return True

    async def retry(
        self,
        message: OutboundId,
        conversation: ConversationId,
        *,
        ticket: TicketNumber,
        by: AgentId,
    ) -> bool:
        """Try a failed message again, because an agent asked for it in a ticket of the conversation; audited.

        False when it is not failed (any more), or is erased: then nothing happens.
        """
        async with self._database.unit_of_work() as work:
            # Tickets before messages, as whoever dismisses or erases locks them.
            if await lock(work.connection, ticket) is None:
                return False
            if not await messages.requeue_failed(work.connection, message, conversation):
                return False
            event = Event("retried", at=self._clock.now(), by=by, logged=str(message))
            await note(work.connection, ticket, event)
            await self._jobs.queue_delivery(work, conversation)
            await work.commit()
        log.info("outbox.retried", message_id=message)
        return True
