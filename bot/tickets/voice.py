"""What is said about a ticket, in the assistant's name or an agent's, and to whom: the resident or an ambassador."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from actions.framing import about_ticket
from bot.content import Content
from bot.jobs import Jobs
from bot.outbox import WINDOW, to_outbound
from bot.rendering import Speaker, fits_caption
from bot.storage import ambassadors, conversations, messages
from bot.storage.ambassadors import CaseRoute
from bot.storage.conversations import StoredConversation
from bot.storage.database import UnitOfWork
from bot.storage.messages import NewOutbound
from bot.tickets.relaying import (
    asked_whether_helped,
    for_ambassador,
    for_person,
    left_to_ask,
    to_pass_on,
)
from domain.answers import Answer, Choice
from domain.conversation import Mode, Question
from domain.messages import AgentId, Channel, ConversationId, StaffFileId
from domain.ports import Clock
from domain.relay import LASTS, Reach
from domain.tickets import TicketNumber

FREE_FOR = WINDOW - timedelta(minutes=10)
"""So long after the resident's last words on WhatsApp something that may stay unsaid is sent: once the window has
closed, it would cost a template."""


def introduction(number: TicketNumber, *, name: str, key: str = "staff.claimed") -> Answer:
    """Who answers a ticket from now on."""
    return Answer(key, {"agent": name, "number": int(number)})


class Voice:
    """Says things about tickets inside the transaction of a deed."""

    def __init__(self, *, jobs: Jobs, clock: Clock, content: Callable[[], Content]) -> None:
        self._jobs = jobs
        self._clock = clock
        self._content = content

    async def is_free(self, work: UnitOfWork, held: StoredConversation) -> bool:
        """Whether something of the assistant's would leave at once, and not wait for its reader to write.

        About a relayed case the reader is its ambassador; once they have erased their data, nobody.
        """
        reader = held
        if (route := await ambassadors.route_of(work.connection, held.id)) is not None:
            if route.ambassador is None:
                return False
            reader = await _ambassador_of(work, route, held)
        if reader.channel is not Channel.WHATSAPP:
            return True
        heard = reader.last_inbound_at
        return heard is not None and self._clock.now() - heard < FREE_FOR

    def is_told_on(self, held: StoredConversation) -> bool:
        """Whether a case that is being told here may go on: one left lying for a day ends with the next message."""
        idle = timedelta(seconds=self._clock.now().timestamp() - held.state.last_turn)
        return held.ambassador is not None and held.state.relay is not None and idle <= LASTS

    def offered(self, answers: Sequence[Answer]) -> tuple[Choice, ...]:
        """The choices of some answers, with their labels; nothing is said."""
        return Speaker(self._content()).offered(answers)

    async def say(
        self, work: UnitOfWork, held: StoredConversation, answers: Sequence[Answer]
    ) -> tuple[Choice, ...]:
        """Say something of the assistant's; about a relayed case its ambassador hears it, in other words."""
        speaker = Speaker(self._content())
        route = await ambassadors.route_of(work.connection, held.id)
        if route is None:
            said = (*about_ticket(answers, held.state.language), *answers)
            rendered = [to_outbound(part) for part in speaker.say(held.channel, said)]
            await self._queue(work, held.id, rendered)
        else:
            told = [for_ambassador(answer, route) for answer in answers]
            await self._tell_ambassador(work, held, route, told)
        return speaker.offered(answers)

    async def say_as_agent(
        self,
        work: UnitOfWork,
        held: StoredConversation,
        text: str,
        files: Sequence[StaffFileId],
        *,
        number: TicketNumber,
        by: AgentId,
    ) -> None:
        """Send an agent's words in a ticket to the resident; those about a relayed case to whom they were promised."""
        route = await ambassadors.route_of(work.connection, held.id)
        if route is None:
            said = self._in_words_of_agent(held.channel, text, files, by=by)
            await self._queue(work, held.id, said)
            return
        route = replace(route, number=number)  # a case may have been split
        if route.resident is not None:
            reader = await conversations.find(work.connection, route.resident)
            framed = Speaker(self._content()).say(reader.channel, [for_person(route)])
            said = self._in_words_of_agent(reader.channel, text, files, by=by)
            said = [*map(to_outbound, framed), *said]
            await self._queue(work, held.id, said, deliver_to=reader.id)
        if route.resident is None or route.reach is Reach.BOTH:
            await self._tell_ambassador(work, held, route, [to_pass_on(route)])
            reader = await _ambassador_of(work, route, held)
            said = self._in_words_of_agent(reader.channel, text, files, by=by)
            await self._queue(work, held.id, said, deliver_to=route.ambassador)

    def _in_words_of_agent(
        self, channel: Channel, text: str, files: Sequence[StaffFileId], *, by: AgentId
    ) -> list[NewOutbound]:
        """The words with the files after them; short words become the caption of the first."""
        rendered = Speaker(self._content()).say_as_agent(channel, text)
        said = [to_outbound(part, agent=by) for part in rendered]
        bare = [NewOutbound(source="", text="", plain="", agent=by, file=file) for file in files]
        if not bare or len(said) != 1:
            return [*said, *bare]
        if fits_caption(channel, text=said[0].text, plain=said[0].plain):
            return [replace(said[0], file=files[0]), *bare[1:]]
        return [*said, *bare]

    async def _tell_ambassador(
        self,
        work: UnitOfWork,
        held: StoredConversation,
        route: CaseRoute,
        answers: Sequence[Answer],
    ) -> None:
        """Say something in the ambassador's own conversation, whatever is going on there."""
        speaker = Speaker(self._content())
        reader = await _ambassador_of(work, route, held)
        rendered = [to_outbound(part) for part in speaker.say(reader.channel, answers)]
        await self._queue(work, held.id, rendered, deliver_to=route.ambassador)
        if route.ambassador is None or not (offered := speaker.offered(answers)):
            return
        own = await conversations.lock(work.connection, route.ambassador)
        if own.state.relay is None and own.mode is not Mode.STAFF:
            number = asked_whether_helped(answers)
            to_ask = left_to_ask(own.state, now=number)
            state = replace(own.state.settled(), offered=offered, to_ask=to_ask)
            if number:
                state = replace(state, question=Question.HELPED, subject=str(number))
            await conversations.change(work.connection, own, state=state)

    async def _queue(
        self,
        work: UnitOfWork,
        conversation: ConversationId,
        said: Sequence[NewOutbound],
        *,
        deliver_to: ConversationId | None = None,
    ) -> None:
        await messages.store_outbound(
            work.connection,
            conversation,
            [replace(one, deliver_to=deliver_to) for one in said],
            at=self._clock.now(),
        )
        await self._jobs.queue_delivery(work, conversation)


async def _ambassador_of(
    work: UnitOfWork, route: CaseRoute, held: StoredConversation
) -> StoredConversation:
    """The conversation in which the ambassador of a case is now: who joined again may be on another channel.

    That of the case itself when they have erased their data.
    """
    if route.ambassador is None:
        return held
    return await conversations.find(work.connection, route.ambassador)
