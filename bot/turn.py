"""One turn: a conversation's next message is understood, decided and answered, in one transaction.

Nothing is sent from here and nothing is asked of the network inside the transaction. Whatever breaks, the message stays
unanswered in its table and its job is tried again; a message on which turns keep breaking is handed to a person.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from actions import tickets as ticket_actions
from actions.asking import Action, Asked, Reply
from actions.danger import CRISIS, EMERGENCY, answer_keys, numbers_only
from actions.deciding import decide, hand_over, read_command
from actions.hearing import understand
from actions.relaying import belongs_to_relay
from bot import metrics
from bot.content import Content
from bot.heard import Heard, hear
from bot.jobs import Jobs
from bot.outbox import to_outbound
from bot.relays import StoredInvitations, StoredRelays
from bot.rendering import Speaker
from bot.storage import ambassadors, conversations, messages
from bot.storage.database import ConnectionLost, Database, PoolExhausted, UnitOfWork
from bot.storage.personal_data import StoredPersonalData
from bot.tickets import ConversationTickets
from domain.answers import Answer, Choice
from domain.conversation import Command, Mode
from domain.errors import ConversationChanged, NluUnavailable
from domain.invitations import Redemption
from domain.messages import ConversationId, MessageKind
from domain.ports import Clock, Nlu
from domain.tickets import HandoffReason
from domain.understanding import Intent, Understanding
from domain.urgency import Danger

log = structlog.get_logger()

NLU_PATIENCE = timedelta(seconds=90)
"""How long a message waits for the model to come back before a person gets it."""

NUMBERS_STAND = timedelta(hours=1)
"""How long the numbers of a danger are not repeated where the assistant does not speak by itself."""

_SUSPECTED = {CRISIS: Danger.DESPAIR, EMERGENCY: Danger.OTHER}

MOST_ATTEMPTS = 4
"""Turns that may break on one message before a person gets it."""

_WITH_CODE = frozenset(Intent(one) for one in Redemption)
"""What a group asks that is about to be linked."""


class Turns:
    """Takes turns. `content` is asked anew each turn, so that edited answers are live at once."""

    def __init__(
        self,
        *,
        database: Database,
        jobs: Jobs,
        clock: Clock,
        nlu: Nlu,
        content: Callable[[], Content],
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._clock = clock
        self._nlu = nlu
        self._content = content

    async def take(self, conversation: ConversationId) -> None:
        """Answer the next unanswered message of a conversation, with those that belong to it."""
        heard = await self._hear(conversation)
        if heard is None:
            return
        try:
            with metrics.TURN_SECONDS.time():
                await self._take(heard)
        except (ConversationChanged, NluUnavailable, ConnectionLost, PoolExhausted):
            raise
        except Exception:
            # Broad on purpose: a message must never be lost to a mistake of ours.
            log.exception("turn.broke", message_id=heard.first.id, attempts=heard.first.attempts)
            if heard.first.attempts + 1 < MOST_ATTEMPTS:
                await self._count_attempt(heard)
                raise
            metrics.TURNS.labels("failed").inc()
            await self._give_up(heard)

    async def _hear(self, conversation: ConversationId) -> Heard | None:
        async with self._database.reading() as connection:
            found = await messages.waiting(connection, conversation)
        if found is None:
            return None
        return hear(*found, self._content().urgency)

    async def _take(self, heard: Heard) -> None:
        danger = heard.danger(self._content().urgency)
        is_news = danger is not None and await self._is_news(heard, danger)
        if heard.conversation.mode is Mode.STAFF:
            await self._leave_to_staff(heard, danger, says_numbers=is_news)
            return
        if not is_news and await self._is_spent_edit(heard):
            await self._leave(heard, danger)
            return
        command = self._read_command(heard)
        is_quiet = danger is None and heard.conversation.is_group()
        if is_quiet and not await self._may_answer_group(heard, command):
            await self._stay_out(heard)
            return
        understood = None
        if command is None and heard.text().strip() and not _belongs_to_relay(heard):
            try:
                understood = await self._understand(heard)
            except NluUnavailable:
                if self._clock.now() - heard.first.received_at < NLU_PATIENCE:
                    raise
                await self._answer(
                    heard, None, lambda asked: hand_over(asked, HandoffReason.NLU_DOWN)
                )
                return
        await self._answer(heard, understood, lambda asked: decide(asked, command))

    async def _may_answer_group(self, heard: Heard, command: Command | None) -> bool:
        """Whether a group is linked, or is just being linked."""
        if command is not None and command.intent in _WITH_CODE:
            return True
        async with self._database.reading() as connection:
            return await ambassadors.is_linked(connection, handle=heard.conversation.handle)

    async def _stay_out(self, heard: Heard) -> None:
        """Tell a group that nobody linked how that is done, once; one that was unlinked nothing."""
        state = heard.conversation.state
        answers = () if state.group_told else (Answer("group.not_linked"),)
        async with self._database.unit_of_work() as work:
            if answers:
                reply = Reply(answers, state)
                await self._store(work, heard, self._content(), reply, data_erased=False)
            state = replace(state, group_told=True)
            await conversations.change(work.connection, heard.conversation, state=state)
            await self._mark(work, heard, None, self._clock.now())
            await work.commit()
        metrics.TURNS.labels("answered" if answers else "silent").inc()

    async def _understand(self, heard: Heard) -> Understanding:
        return await understand(
            heard.text(),
            nlu=self._nlu,
            directory=self._content(),
            state=heard.conversation.state.at(self._clock.now()),
        )

    def _read_command(self, heard: Heard) -> Command | None:
        return read_command(
            kind=heard.first.kind,
            text=heard.text(),
            choice_id=heard.first.choice,
            state=heard.conversation.state.at(self._clock.now()),
            commands=self._content().commands,
            urgency=self._content().urgency,
            is_relayed=heard.conversation.ambassador is not None
            and bool(heard.first.forwarded_from),
        )

    async def _is_spent_edit(self, heard: Heard) -> bool:
        """Whether this only edits a message that has had its answer already; staff see the edit."""
        edited = heard.first.edit_of
        state = heard.conversation.state
        if edited is None or state.failed or state.asked_back or state.relay is not None:
            return False
        async with self._database.reading() as connection:
            return await messages.is_answered(
                connection, channel=heard.conversation.channel, external_id=edited
            )

    async def _is_news(self, heard: Heard, danger: Danger) -> bool:
        """Whether the numbers of a danger do not stand just above already."""
        async with self._database.reading() as connection:
            return not await messages.was_said(
                connection,
                heard.conversation.id,
                answer_keys(danger),
                since=self._clock.now() - NUMBERS_STAND,
            )

    async def _leave_to_staff(
        self, heard: Heard, danger: Danger | None, *, says_numbers: bool
    ) -> None:
        """A person leads the conversation: the one thing said there is the numbers, to whoever is in danger."""
        if danger and says_numbers:
            await self._leave(heard, danger, told=numbers_only(danger, heard.text()))
        else:
            await self._leave(heard, danger or await self._suspect(heard))

    async def _suspect(self, heard: Heard) -> Danger | None:
        """What the model takes for danger: surely enough for staff to look, never for the assistant to speak."""
        if heard.first.kind is MessageKind.PRESS or not heard.text().strip():
            return None
        try:
            understood = await self._understand(heard)
        except NluUnavailable:
            return None
        return _SUSPECTED.get(understood.intent) if understood.is_sure() else None

    async def _leave(
        self, heard: Heard, danger: Danger | None, *, told: tuple[Answer, ...] = ()
    ) -> None:
        """Done with what was heard, and nothing but `told` is said; the ticket is marked."""
        now, state = self._clock.now(), heard.conversation.state
        async with self._database.unit_of_work() as work:
            tickets = self._tickets(work, heard, now)
            if danger:
                await tickets.note_urgent(danger)
            if danger and told:
                await self._store(
                    work, heard, self._content(), Reply(told, state), data_erased=False
                )
                await tickets.note_numbers_told(danger)
            await conversations.change(work.connection, heard.conversation, state=state)
            await self._mark(work, heard, None, now)
            await work.commit()
        metrics.TURNS.labels("silent").inc()

    async def _give_up(self, heard: Heard) -> None:
        """A person gets the message, by the shortest way: whatever stands around answers may be what broke."""
        if heard.conversation.mode is Mode.STAFF:
            await self._leave(heard, None)
            return
        await self._answer(
            heard, None, lambda asked: ticket_actions.hand_over(asked, HandoffReason.FAILED)
        )

    async def _answer(
        self,
        heard: Heard,
        understood: Understanding | None,
        act: Action,
    ) -> None:
        now = self._clock.now()
        content = self._content()
        async with self._database.unit_of_work() as work:
            tickets = self._tickets(work, heard, now)
            data = StoredPersonalData(work, heard.conversation, calendar=content.calendar, now=now)
            asked = Asked(
                now=now,
                conversation=heard.conversation.id,
                mode=heard.conversation.mode,
                state=heard.conversation.state,
                directory=content,
                tickets=tickets,
                data=data,
                kind=heard.first.kind,
                text=heard.text(),
                understanding=understood,
                attachments=heard.attachments(),
                masked=heard.masked(),
                relays=StoredRelays(work, heard.conversation, content=content, now=now),
                invitations=StoredInvitations(work, heard.conversation, now=now),
                messages=tuple(part.id for part in heard.parts),
                is_ambassador=heard.conversation.ambassador is not None,
                in_group=heard.conversation.is_group(),
                forwarded_from=heard.first.forwarded_from,
            )
            reply = await act(asked)
            offered = await self._store(work, heard, content, reply, data_erased=data.erased)
            await self._mark(work, heard, understood, now)
            state = replace(reply.state, offered=offered, group_told=asked.in_group)
            mode = Mode.BOT if data.erased else tickets.mode
            await conversations.change(work.connection, heard.conversation, state=state, mode=mode)
            await work.commit()
        metrics.TURNS.labels("handed_off" if tickets.mode is Mode.WAITING else "answered").inc()
        log.info(
            "turn.answered",
            message_id=heard.first.id,
            keys=[answer.key for answer in reply.answers],
            confidence=understood.confidence if understood else None,
        )

    def _tickets(self, work: UnitOfWork, heard: Heard, now: datetime) -> ConversationTickets:
        return ConversationTickets(
            work,
            conversation=heard.conversation.id,
            content=self._content(),
            now=now,
            words=heard.text(),
            is_question=self._read_command(heard) is None,
            ambassador=heard.conversation.ambassador,
        )

    async def _store(
        self,
        work: UnitOfWork,
        heard: Heard,
        content: Content,
        reply: Reply,
        *,
        data_erased: bool,
    ) -> tuple[Choice, ...]:
        """Store the replies for delivery; the choices that they offer, with their labels."""
        speaker = Speaker(content)
        rendered = speaker.say(heard.conversation.channel, reply.answers)
        reply_to = None if data_erased else heard.first.id
        await messages.store_outbound(
            work.connection,
            heard.conversation.id,
            [to_outbound(part, reply_to=reply_to) for part in rendered],
            at=self._clock.now(),
        )
        await self._jobs.queue_delivery(
            work, heard.conversation.id, channel=heard.conversation.channel
        )
        return speaker.offered(reply.answers)

    async def _mark(
        self, work: UnitOfWork, heard: Heard, understood: Understanding | None, now: datetime
    ) -> None:
        await messages.mark_answered(
            work.connection,
            [part.id for part in heard.parts],
            at=now,
            intent=understood.intent if understood else "",
            confidence=understood.confidence if understood else None,
        )

    async def _count_attempt(self, heard: Heard) -> None:
        async with self._database.reading() as connection:
            await messages.count_attempt(connection, heard.first.id)


def _belongs_to_relay(heard: Heard) -> bool:
    """Whether these words are a part of what an ambassador tells: then nothing else can be meant by them."""
    return heard.conversation.ambassador is not None and belongs_to_relay(
        heard.conversation.state.relay,
        kind=heard.first.kind,
        text=heard.text(),
        forwarded_from=heard.first.forwarded_from,
    )
