"""From the invitation to the answer: an ambassador and a group on a simulated Telegram."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import Select, select

from bot.channels import telegram
from bot.content import load
from bot.inbox import Inbox
from bot.jobs import Jobs
from bot.outbox import Outbox
from bot.storage import ambassadors as stored
from bot.storage.database import Database
from bot.storage.schema import (
    agents,
    audit_log,
    conversations,
    group_chats,
    handles,
    inbound_messages,
    outbound_messages,
    telegram_moves,
    tickets,
)
from bot.tickets import TicketService
from bot.turn import Turns
from domain.invitations import VALID_FOR, Redemption, digest, new_code
from domain.messages import AgentId, Channel, ConversationId
from domain.tickets import TicketNumber
from simulators.server import LocalServer
from simulators.telegram import TOKEN, Paces, PushPace, TelegramSimulator
from simulators.telegram_people import TelegramGroup, TelegramUser
from tests.fakes import FakeClock, FakeNlu


@dataclass
class Service:
    """The running line; `answer` does what workers would do."""

    database: Database
    telegram: TelegramSimulator
    turns: Turns
    outbox: Outbox
    tickets: TicketService
    clock: FakeClock
    nlu: FakeNlu
    ilze: AgentId

    async def answer(self) -> None:
        """Take every turn that waits and deliver what comes of it."""
        await self.telegram.wait_until_confirmed()
        m, o = inbound_messages.c, outbound_messages.c
        while waiting := await self._ids(select(m.conversation_id).where(m.answered_at.is_(None))):
            for conversation in waiting:
                await self.turns.take(conversation)
        for conversation in await self._ids(select(o.conversation_id).where(o.state == "queued")):
            await self.outbox.deliver(conversation)

    async def _ids(self, query: Select[int]) -> list[ConversationId]:
        async with self.database.reading() as connection:
            found = await connection.execute(query.distinct())
            return [ConversationId(row[0]) for row in found]

    async def invite(self, redemption: Redemption) -> str:
        """A fresh code out of the desk."""
        code = new_code(redemption)
        until = self.clock.now() + VALID_FOR
        async with self.database.unit_of_work() as work:
            if redemption is Redemption.GROUP:
                await stored.add_group(
                    work.connection,
                    title="Eleja",
                    code_hash=digest(code),
                    expires_at=until,
                    by=self.ilze,
                )
            else:
                await stored.add(
                    work.connection,
                    name="Anna",
                    code_hash=digest(code),
                    expires_at=until,
                    by=self.ilze,
                )
            await work.commit()
        return code


@pytest.fixture
async def service(database: Database, database_url: str) -> AsyncIterator[Service]:
    clock, nlu, content = FakeClock(), FakeNlu(), load(Path("content"))
    jobs = Jobs(database_url)
    await jobs.open()
    quick = PushPace(first_retry=0.01, longest_retry=0.05)
    moves = telegram.GroupMoves(database=database, clock=clock)
    async with (
        TelegramSimulator(paces=Paces.unlimited(), push_pace=quick) as simulator,
        telegram.connect(TOKEN, api_url=simulator.url) as bot,
    ):
        async with database.unit_of_work() as work:
            by = await work.connection.scalar(
                agents.insert()
                .values(email="ilze@example.org", name="Ilze", password_hash="-")
                .returning(agents.c.id)
            )
            await work.commit()
        intake = telegram.TelegramIntake(
            bot=bot,
            inbox=Inbox(database=database, jobs=jobs, clock=clock),
            clock=clock,
            secret="s3cret",
            moves=moves,
        )
        app = web.Application()
        app.router.add_post("/telegram/webhook", intake.answer_webhook)
        server = LocalServer(app)
        await server.start()
        await intake.introduce()
        await intake.register_webhook(f"{server.url}/telegram/webhook")
        yield Service(
            database=database,
            telegram=simulator,
            turns=Turns(
                database=database, jobs=jobs, clock=clock, nlu=nlu, content=lambda: content
            ),
            outbox=Outbox(
                database=database,
                jobs=jobs,
                clock=clock,
                senders={Channel.TELEGRAM: telegram.TelegramChannel(bot, moves=moves)},
                paces={},
            ),
            tickets=TicketService(
                database=database, jobs=jobs, clock=clock, content=lambda: content
            ),
            clock=clock,
            nlu=nlu,
            ilze=AgentId(by or 0),
        )
        await intake.close()
        await server.stop()
    await jobs.close()


def heard(person: TelegramUser) -> str:
    """What reached a person last."""
    return person.chat.sent[-1].text


async def test_from_the_invitation_to_the_answer_that_is_passed_on(service: Service) -> None:
    anna = service.telegram.user(7001, "Anna")
    await anna.says(await service.invite(Redemption.AMBASSADOR))
    await service.answer()
    assert "vēstnešu pulkā" in heard(anna)

    await anna.forwards("Meitiņ, man nav ūdens", author="Vilma")
    await anna.forwards("Kam lai zvana?", author="Vilma")
    await service.answer()
    assert "ziņu skaits: 2" in heard(anna)
    await anna.presses("1. Jā, tas ir viss")
    await service.answer()
    await anna.says("Vilma Ozola")
    await service.answer()
    await anna.presses("4. Man, es nodošu")
    await service.answer()
    await anna.presses("1. Jā, piekrīt")
    await service.answer()
    async with service.database.reading() as connection:
        row = (await connection.execute(select(tickets))).one()
        said = await connection.execute(
            select(inbound_messages.c.text, inbound_messages.c.forwarded_from)
            .where(inbound_messages.c.conversation_id == row.conversation_id)
            .order_by(inbound_messages.c.id)
        )
        assert [tuple(words) for words in said] == [
            ("Meitiņ, man nav ūdens", "Vilma"),
            ("Kam lai zvana?", "Vilma"),
        ]
    number = TicketNumber(row.number)
    assert str(number) in heard(anna)

    await service.tickets.claim(number, by=service.ilze, name="Ilze")
    await service.tickets.answer(number, text="Ūdens būs rīt.", by=service.ilze)
    await service.answer()
    passed_on, answer = (message.text for message in anna.chat.sent[-2:])
    assert "Lūdzu, nododiet" in passed_on
    assert answer == "Ūdens būs rīt."

    await anna.presses(f"1. Piebilst: Nr. {number}", under=anna.chat.sent[-2])
    await service.answer()
    await anna.says("Viņa saka paldies")
    await service.answer()
    assert f"Nr. {number}" in heard(anna)
    assert anna.chat.sent[-1].text.startswith("Pievienoju")


async def test_a_group_is_linked_and_answers_only_when_it_is_addressed(service: Service) -> None:
    service.nlu.teach("kur samaksāt rēķinu", "topic.bills-pay-where")
    group = service.telegram.group()
    anna = group.member(service.telegram.user(7001, "Anna"))
    await anna.says(f"/saistit {await service.invite(Redemption.GROUP)}")
    await service.answer()
    assert "grupa ir piesaistīta" in group.chat.sent[-1].text
    async with service.database.reading() as connection:
        assert await connection.scalar(select(group_chats.c.external_id)) == str(group.chat.id)
    before = len(group.chat.sent)
    await anna.says("kur samaksāt rēķinu")
    await service.answer()
    assert len(group.chat.sent) == before
    await anna.says("kur samaksāt rēķinu", reply_to=group.chat.sent[-1])
    await service.answer()
    assert len(group.chat.sent) > before
    await anna.says("mani dati", reply_to=group.chat.sent[-1])
    await service.answer()
    assert "privāti" in group.chat.sent[-1].text
    assert "Anna" not in " ".join(message.text for message in group.chat.sent)


async def linked(service: Service) -> TelegramGroup:
    """A group that Anna linked."""
    service.nlu.teach("kur samaksāt rēķinu", "topic.bills-pay-where")
    group = service.telegram.group()
    anna = group.member(service.telegram.user(7001, "Anna"))
    await anna.says(f"/saistit {await service.invite(Redemption.GROUP)}")
    await service.answer()
    return group


async def ids(service: Service) -> tuple[list[str | None], list[str]]:
    """The id of the linked group, and those of the conversations."""
    async with service.database.reading() as connection:
        chats = await connection.scalars(select(group_chats.c.external_id))
        known = await connection.scalars(select(handles.c.external_id))
        return list(chats), list(known)


async def moves_noted(service: Service) -> list[str]:
    async with service.database.reading() as connection:
        wanted = select(audit_log.c.detail).where(audit_log.c.event == "chat.moved")
        return list(await connection.scalars(wanted))


async def test_a_linked_group_that_became_a_supergroup_stays_linked(service: Service) -> None:
    group = await linked(service)
    grown = await group.grows(service.telegram.user(7001, "Anna"), into=-1004001)
    await service.answer()
    assert await ids(service) == (["-1004001"], ["-1004001"])
    anna = grown.member(service.telegram.user(7001, "Anna"))
    await anna.says("@zintis_simulated_bot kur samaksāt rēķinu")
    await service.answer()
    assert len(grown.chat.sent) > 0
    # One conversation, before and after: what was talked about last is still known.
    assert await ids(service) == (["-1004001"], ["-1004001"])
    assert await moves_noted(service) == ["1"]


async def test_a_group_whose_growing_was_not_heard_is_followed_when_an_answer_leaves(
    service: Service,
) -> None:
    group = await linked(service)
    anna = group.member(service.telegram.user(7001, "Anna"))
    await anna.says("@zintis_simulated_bot kur samaksāt rēķinu")
    await service.telegram.wait_until_confirmed()
    grown = service.telegram.supergroup(-1004001)
    group.chat.moved_to = -1004001
    await service.answer()
    assert len(grown.chat.sent) > 0
    assert await ids(service) == (["-1004001"], ["-1004001"])
    refused = [call for call in service.telegram.calls_of("sendMessage") if call.status == 400]
    assert len(refused) == 1
    assert await moves_noted(service) == ["1"]


async def test_an_old_button_in_a_group_that_grew_is_answered_in_the_new_one(
    service: Service,
) -> None:
    group = await linked(service)
    anna = group.member(service.telegram.user(7001, "Anna"))
    await anna.says("@zintis_simulated_bot palīdzība")
    await service.answer()
    old = next(message for message in reversed(group.chat.sent) if message.buttons)
    grown = await group.grows(service.telegram.user(7001, "Anna"), into=-1004001)
    await service.answer()
    await anna.presses(old.buttons[0], under=old)
    await service.answer()
    assert len(grown.chat.sent) > 0
    assert len((await ids(service))[1]) == 1


async def test_who_wrote_in_the_supergroup_before_we_heard_of_it_keeps_that_conversation(
    service: Service,
) -> None:
    group = await linked(service)
    grown = service.telegram.supergroup(-1004001)
    anna = grown.member(service.telegram.user(7001, "Anna"))
    await anna.says("@zintis_simulated_bot kur samaksāt rēķinu")
    await service.answer()
    await group.grows(service.telegram.user(7001, "Anna"), into=-1004001)
    await service.answer()
    assert (await ids(service))[0] == ["-1004001"]
    async with service.database.reading() as connection:
        kept = await connection.execute(
            select(handles.c.external_id, handles.c.reachable)
            .join(conversations, conversations.c.handle_id == handles.c.id)
            .order_by(handles.c.id)
        )
        assert [tuple(row) for row in kept] == [("-4001", False), ("-1004001", True)]


async def test_groups_that_nobody_here_knows_are_not_remembered(service: Service) -> None:
    group = service.telegram.group(-4002, "Sveši")
    await group.grows(service.telegram.user(7001, "Anna"), into=-1004002)
    await service.answer()
    async with service.database.reading() as connection:
        assert (await connection.execute(select(telegram_moves))).all() == []
