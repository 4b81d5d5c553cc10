"""What staff write in their own group chat: never a resident's conversation.

A code from the desk makes a chat a staff group, and a person in Telegram an agent. A reply to a post about a ticket
becomes an answer that waits; the worker asks „Sūtīt iedzīvotājam?” (`bot/alerts`), and its author's press sends it.
"""

import asyncio
import re
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from telegram import Bot, CallbackQuery, Chat, Message, Update, User
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.channels.telegram.moves import GroupMoves
from bot.channels.telegram.staff_posts import Posted
from bot.storage import audit
from bot.storage import staff_groups as stored
from bot.storage import tickets as stored_tickets
from bot.storage.database import Database
from bot.storage.staff_groups import Draft, Member, StaffGroup
from bot.tickets import TicketService
from domain.errors import TicketConflict
from domain.messages import AgentId
from domain.ports import Clock
from domain.tickets import Obstacle, TicketNumber, TicketState

log = structlog.get_logger()

SEND, DROP = "staff.send", "staff.drop"
"""What the two buttons under an answer carry, before its number."""

CAME_FROM = "Telegram"
"""What the audit log names as the place where such deeds come from."""

_LINK_GROUP = re.compile(r"/grupa(?:@\w+)?\s+([\w-]{4,40})\s*", re.IGNORECASE)
_LINK_MEMBER = re.compile(r"/darbinieks(?:@\w+)?\s+([\w-]{4,40})\s*", re.IGNORECASE)
_PRESS = re.compile(rf"({re.escape(SEND)}|{re.escape(DROP)}):(\d{{1,15}})")
_GONE = ("kicked", "left")

_GROUP_LINKED = (
    "Šī tagad ir darbinieku grupa: te ziņosim par jauniem un kavētiem pieteikumiem. Lai atbildētu iedzīvotājam,"
    " atbildiet uz ziņu par viņa pieteikumu."
)
_MEMBER_LINKED = "{}, tagad grupā varat atbildēt iedzīvotājiem."
_WRONG_CODE = "Šis kods neder vai ir beidzies. Jaunu var izveidot darba galdā."
_WHO_ARE_YOU = (
    "Lai atbildētu iedzīvotājam, man jāzina, kas Jūs esat. Darba galdā atveriet „Mans konts”, izveidojiet Telegram kodu"
    " un atsūtiet šeit: /darbinieks KODS"
)
_ONLY_TEXT = "No grupas iedzīvotājam var nosūtīt tikai tekstu. Failu nosūtiet no darba galda."
_DECIDED = "Par šo atbildi jau ir izlemts."
_NOT_YOURS = "To var izlemt tikai tas, kurš atbildi uzrakstīja."
_DROPPED = "Netika nosūtīts. Pieteikums Nr. {}."
_SENT = "Nosūtīts iedzīvotājam. Pieteikums Nr. {} ir pie darbinieka {}."
_HELD = "Nav nosūtīts: pieteikumu Nr. {} tur {}."
_ABSENT = "Nav nosūtīts: darba galdā Jums ir atzīmēta prombūtne. Atzīmējiet tur „Darbā” un spiediet vēlreiz."
_OVER = "Nav nosūtīts: pieteikums Nr. {} jau ir pabeigts."


async def _note(
    connection: AsyncConnection,
    event: str,
    *,
    at: datetime,
    by: AgentId | None,
    ticket: TicketNumber | None = None,
    detail: str = "",
) -> None:
    """Into the audit log, with the place where it comes from."""
    came_from = audit.came_from.set(CAME_FROM)
    try:
        await audit.append(connection, event, at=at, by=by, ticket=ticket, detail=detail)
    finally:
        audit.came_from.reset(came_from)


class StaffGroups:
    """Takes the updates that are staff's; the rest are residents'."""

    def __init__(
        self,
        *,
        bot: Bot,
        database: Database,
        tickets: TicketService,
        clock: Clock,
        moves: GroupMoves,
    ) -> None:
        self._bot = bot
        self._moves = moves
        self._database = database
        self._tickets = tickets
        self._clock = clock
        self._calls: set[asyncio.Task[None]] = set()

    async def take(self, update: Update) -> bool:
        """Do what an update of staff asks for; False when it is none. Raises `DatabaseUnavailable`."""
        chat, user = update.effective_chat, update.effective_user
        if chat is None:
            return False
        message = update.message
        if message is not None and user is not None and await self._link(message, chat, user):
            return True
        if chat.type not in (ChatType.GROUP, ChatType.SUPERGROUP):
            return False
        now_called = await self._moves.current(str(chat.id))
        async with self._database.reading() as connection:
            group = await stored.find_group(connection, now_called)
        if group is None:
            return False
        if group.on:
            await self._take_in(group, update, user)
        return True

    async def close(self) -> None:
        """Let calls to Telegram finish."""
        await asyncio.gather(*self._calls)

    async def _take_in(self, group: StaffGroup, update: Update, user: User | None) -> None:
        message = update.message or update.edited_message
        if update.callback_query is not None:
            await self._press(group, update.callback_query)
        elif update.my_chat_member is not None:
            if update.my_chat_member.new_chat_member.status in _GONE:
                await self._leave(group)
        elif message is not None and user is not None and not user.is_bot:
            await self._read(group, message, user)

    # ---- codes

    async def _link(self, message: Message, chat: Chat, user: User) -> bool:
        """Whether somebody sent a code, right or wrong."""
        said = message.text or ""
        if (found := _LINK_MEMBER.fullmatch(said)) is not None:
            await self._link_member(found[1], chat, user)
            return True
        if chat.type == ChatType.PRIVATE:
            return False
        if (found := _LINK_GROUP.fullmatch(said)) is not None:
            await self._link_group(found[1], chat)
            return True
        return False

    async def _link_group(self, code: str, chat: Chat) -> None:
        now = self._clock.now()
        async with self._database.unit_of_work() as work:
            by = await stored.link_group(
                work.connection, code, chat=str(chat.id), title=chat.title or "", at=now
            )
            if by is not None:
                await _note(work.connection, "group.linked", at=now, by=by, detail=str(chat.id))
            await work.commit()
        self._soon(self._say(chat.id, _WRONG_CODE if by is None else _GROUP_LINKED))

    async def _link_member(self, code: str, chat: Chat, user: User) -> None:
        now = self._clock.now()
        async with self._database.unit_of_work() as work:
            member = await stored.link_member(work.connection, code, user=str(user.id), at=now)
            if member is not None:
                await _note(work.connection, "agent.telegram_linked", at=now, by=member.agent)
            await work.commit()
        said = _WRONG_CODE if member is None else _MEMBER_LINKED.format(member.name)
        self._soon(self._say(chat.id, said))

    async def _leave(self, group: StaffGroup) -> None:
        now = self._clock.now()
        async with self._database.unit_of_work() as work:
            await stored.switch_off(work.connection, group.id, at=now)
            await _note(work.connection, "group.off", at=now, by=None, detail=group.chat)
            await work.commit()

    # ---- answers

    async def _read(self, group: StaffGroup, message: Message, user: User) -> None:
        """Keep a reply to one of our posts until it is confirmed."""
        answered = message.reply_to_message
        async with self._database.reading() as connection:
            member = await stored.find_member(connection, str(user.id))
            if message.edit_date is not None:
                if member is not None and message.text:
                    await stored.edit_draft(
                        connection,
                        group.id,
                        message=_key(message),
                        agent=member.agent,
                        text=message.text,
                    )
                return
            if answered is None:
                return
            ticket = await stored.ticket_of_post(connection, group.id, message=_key(answered))
        if ticket is None:
            return
        if member is None or not message.text:
            refusal = _WHO_ARE_YOU if member is None else _ONLY_TEXT
            self._soon(self._say(int(group.chat), refusal, reply_to=message.message_id))
            return
        await self._keep(group, message, ticket=ticket, member=member)

    async def _keep(
        self,
        group: StaffGroup,
        message: Message,
        *,
        ticket: TicketNumber,
        member: Member,
    ) -> None:
        now = self._clock.now()
        async with self._database.unit_of_work() as work:
            if await stored.store_draft(
                work.connection,
                group.id,
                message=_key(message),
                ticket=ticket,
                agent=member.agent,
                text=message.text or "",
                at=now,
            ):
                await _note(
                    work.connection, "reply.written", at=now, by=member.agent, ticket=ticket
                )
            await work.commit()

    async def _press(self, group: StaffGroup, press: CallbackQuery) -> None:
        pressed = _PRESS.fullmatch(press.data or "")
        notice = _DECIDED if pressed is None else ""
        if pressed is not None:
            draft, member = await self._find(group, int(pressed[2]), press.from_user)
            if draft is None:
                notice = _DECIDED
            elif member is None or member.agent != draft.agent:
                notice = _NOT_YOURS
            elif pressed[1] == DROP:
                notice = await self._drop(draft)
                self._soon(self._settle(press, notice))
            else:
                notice, sent = await self._send(draft, member)
                if sent:
                    self._soon(self._settle(press, notice))
        self._soon(self._answer(press, notice))

    async def _find(
        self, group: StaffGroup, draft: int, user: User
    ) -> tuple[Draft | None, Member | None]:
        async with self._database.reading() as connection:
            return (
                await stored.find_draft(connection, group.id, draft),
                await stored.find_member(connection, str(user.id)),
            )

    async def _drop(self, draft: Draft) -> str:
        now = self._clock.now()
        async with self._database.unit_of_work() as work:
            if await stored.drop_draft(work.connection, draft.id):
                await _note(
                    work.connection,
                    "reply.dropped",
                    at=now,
                    by=draft.agent,
                    ticket=draft.ticket,
                )
            await work.commit()
        return _DROPPED.format(draft.ticket)

    async def _send(self, draft: Draft, member: Member) -> tuple[str, bool]:
        """What to say, and whether it was sent: as at the desk, only in a ticket that is free or one's own.

        Repeated after a crash it changes nothing: claiming again is none, and the answer is known by its form.
        """
        came_from = audit.came_from.set(CAME_FROM)
        try:
            await self._tickets.claim(draft.ticket, by=member.agent, name=member.name)
            await self._tickets.answer(
                draft.ticket, text=draft.text, by=member.agent, form=f"telegram-{draft.id}"
            )
        except TicketConflict as conflict:
            absent = conflict.reason == Obstacle.ABSENT
            return _ABSENT if absent else await self._conflict(draft), False
        finally:
            audit.came_from.reset(came_from)
        async with self._database.reading() as connection:
            await stored.drop_draft(connection, draft.id)
        log.info("staff_group.answered", ticket=draft.ticket, agent=member.agent)
        return _SENT.format(draft.ticket, member.name), True

    async def _conflict(self, draft: Draft) -> str:
        async with self._database.reading() as connection:
            row = await stored_tickets.row_of(connection, draft.ticket)
        holder = row.agent_name if row and row.ticket.state is TicketState.CLAIMED else None
        return _HELD.format(draft.ticket, holder) if holder else _OVER.format(draft.ticket)

    # ---- calls to Telegram: nothing waits for them and nothing hangs on them

    def _soon(self, call: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(_calling(call))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _say(self, chat: int, text: str, *, reply_to: int | None = None) -> None:
        await self._bot.send_message(chat, text, reply_to_message_id=reply_to)

    async def _answer(self, press: CallbackQuery, notice: str) -> None:
        await self._bot.answer_callback_query(press.id, text=notice, show_alert=True)

    async def _settle(self, press: CallbackQuery, words: str) -> None:
        """Put what was decided in the place of the question and its buttons."""
        question = press.message
        if question is not None:
            await self._bot.edit_message_text(
                words, chat_id=question.chat.id, message_id=question.message_id
            )


def _key(message: Message) -> str:
    return Posted(str(message.chat.id), str(message.message_id)).key


async def _calling(call: Coroutine[Any, Any, object]) -> None:
    try:
        await call
    except TelegramError as exc:
        log.warning("staff_group.call_failed", error=type(exc).__name__)
