"""A staff group on a simulated Telegram around a running desk."""

from dataclasses import dataclass

from sqlalchemy import select

from bot.alerts import AlertRounds
from bot.channels.telegram import StaffPosts
from bot.storage.schema import audit_log
from domain.tickets import TicketNumber
from simulators.telegram import SentMessage, TelegramSimulator
from simulators.telegram_people import TelegramGroup, TelegramUser
from tests.desk.office import Office, Person

ANNA, PETERIS, STRANGER = 501, 502, 503
SEND, DROP = "Sūtīt iedzīvotājam", "Nesūtīt"
REPLY_PATIENCE = 20.0


@dataclass
class Staffroom:
    """A staff group around a running desk, with the worker's rounds done by hand."""

    office: Office
    api: TelegramSimulator
    rounds: AlertRounds
    posting: StaffPosts
    dace: Person

    number: int = -9001
    """The group's id today."""

    @property
    def group(self) -> TelegramGroup:
        return self.api.group(self.number, "Darbinieki")

    async def grows(self) -> None:
        """The group becomes a supergroup."""
        anna = self.user(ANNA, "Anna")
        grown = await self.group.grows(anna, into=-1009001)
        self.number = grown.chat.id
        await self.settled()

    def user(self, number: int, name: str) -> TelegramUser:
        return self.api.user(number, name)

    @property
    def posts(self) -> list[SentMessage]:
        return self.group.chat.sent

    async def settled(self) -> None:
        """Everything that people did has been taken, and the rounds have told what it caused."""
        await self.api.wait_until_confirmed(patience=REPLY_PATIENCE)
        await self.rounds.tell()

    async def link(self) -> None:
        """The administrator makes a code and posts it in the group."""
        page = await self.dace.see("/desk/pazinojumi")
        made = await self.dace.post("/desk/pazinojumi/grupa", {"csrf": page.hidden_field("csrf")})
        words = made.text.partition('id="group-code">')[2].partition("<")[0]
        member = self.group.member(self.user(ANNA, "Anna"))
        said = await member.says(words)
        await self.api.wait_for_reply(-9001, after=said, patience=REPLY_PATIENCE)

    async def introduce(self, name: str, number: int) -> None:
        """An agent sends the code of their account in the group."""
        async with await self.office.at_work(name) as agent:
            page = await agent.see("/desk/konts")
            made = await agent.post("/desk/konts/telegram", {"csrf": page.hidden_field("csrf")})
        words = made.text.partition('id="telegram-code">')[2].partition("<")[0]
        said = await self.group.member(self.user(number, name)).says(words)
        await self.api.wait_for_reply(-9001, after=said, patience=REPLY_PATIENCE)

    async def told(
        self, question: str = "Kad atvērs bibliotēku?"
    ) -> tuple[TicketNumber, SentMessage]:
        """A new ticket, and the post about it."""
        number = await self.office.ticket(question)
        self.office.clock.pass_time(minutes=1)
        await self.rounds.tell()
        return number, self.posts[-1]

    async def replies(self, number: int, name: str, text: str, *, to: SentMessage) -> SentMessage:
        """Somebody replies to a post, and the question whether to send it comes."""
        said = await self.group.member(self.user(number, name)).says(text, reply_to=to)
        await self.settled()
        return await self.api.wait_for_reply(self.number, after=said, patience=REPLY_PATIENCE)

    async def presses(self, number: int, name: str, label: str, *, under: SentMessage) -> str:
        """Somebody presses a button; the notice that they see."""
        answered = len(self.api.calls_of("answerCallbackQuery"))
        await self.group.member(self.user(number, name)).presses(label, under=under)
        call = await self.api.wait_for_call("answerCallbackQuery", times=answered + 1)
        return call.values.get("text", "")

    async def deeds(self) -> list[tuple[str, str]]:
        """What the audit log has from Telegram: event and place."""
        async with self.office.database.reading() as connection:
            rows = await connection.execute(
                select(audit_log.c.event, audit_log.c.address)
                .where(audit_log.c.address == "Telegram")
                .order_by(audit_log.c.id)
            )
            return [(row.event, row.address) for row in rows]
