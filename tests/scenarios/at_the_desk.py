"""What days at the desk are made of: residents in messengers and in the web chat, agents in their browsers."""

from dataclasses import dataclass
from datetime import timedelta

from playwright.async_api import Locator, Page, expect
from sqlalchemy import update

from bot.storage.schema import conversations
from domain.messages import Channel
from simulators.twilio_people import WhatsAppUser
from tests.browser.chat_page import ChatPage
from tests.scenarios.conftest import Assistant, OnTelegram, OnWhatsApp, Resident

ANNA, PETERIS = "Anna Bērziņa", "Pēteris Vītols"
SILENT_FOR = timedelta(hours=25)
"""Longer than WhatsApp's window is open."""


@dataclass
class OnWebPage:
    """The resident at the web chat, on a phone."""

    page: Page
    channel: Channel = Channel.WEB

    @property
    def chat(self) -> ChatPage:
        return ChatPage(self.page)

    async def says(self, text: str) -> None:
        await self.chat.says(text)
        await expect(self.chat.states.last).not_to_have_text("Sūta…")

    async def presses(self, label: str) -> None:
        await self.chat.presses(label)

    async def hears(self, words: str) -> None:
        await expect(self.chat.answers.filter(has_text=words).last).to_be_visible()

    async def sees_picture(self) -> None:
        picture = self.page.locator(".said.staff img")
        await picture.scroll_into_view_if_needed()
        await expect(picture).to_have_js_property("naturalWidth", 8)


@dataclass
class OnPhone:
    """The resident in a messenger."""

    assistant: Assistant
    person: Resident

    @property
    def channel(self) -> Channel:
        return self.person.channel

    async def says(self, text: str) -> None:
        await self.person.says(text)

    async def presses(self, label: str) -> None:
        await self.person.presses(label)

    async def hears(self, words: str) -> None:
        await self.assistant.settled()
        assert words in "\n".join(self.person.heard()), self.person.heard()

    async def sees_picture(self) -> None:
        await self.assistant.settled()
        if isinstance(self.person, OnTelegram):
            kinds = [message.kind for message in self.person.user.chat.sent]
            assert "photo" in kinds
        elif isinstance(self.person, OnWhatsApp):
            fetched = [f for m in self.person.user.phone.inbox for f in m.fetched]
            assert [one.media_type for one in fetched] == ["image/png"]


Somebody = OnWebPage | OnPhone


async def answer(page: Page, text: str, *, button: str = "Nosūtīt tūlīt") -> None:
    """Write to the resident in an open ticket; `button` is what the button says that it will do."""
    await page.get_by_label("Atbilde iedzīvotājam").fill(text)
    await page.get_by_role("button", name=button, exact=True).click()
    await expect(page.get_by_label("Atbilde iedzīvotājam")).to_have_value("")


async def claim(page: Page) -> None:
    """Take an open ticket."""
    await page.get_by_role("button", name="Paņemt").click()
    await expect(page.get_by_text("Asistents klusē")).to_be_visible()


async def finish(page: Page) -> None:
    """Say that an open ticket is finished."""
    await page.get_by_role("button", name="Pabeigt").click()
    await expect(page.locator("#reply")).to_contain_text("Pabeigts.")


async def a_day_passes(assistant: Assistant, *people: WhatsAppUser) -> None:
    """Somebody is silent until WhatsApp's window is closed, at Twilio and for us."""
    for person in people:
        person.lets_window_close()
    c = conversations.c
    async with assistant.built.database.unit_of_work() as work:
        await work.connection.execute(
            update(conversations)
            .where(c.last_inbound_at.is_not(None))
            .values(last_inbound_at=c.last_inbound_at - SILENT_FOR)
        )
        await work.commit()


async def look_into(page: Page, number: int) -> None:
    """Open a ticket by its number."""
    await page.goto(f"{page.url.partition('/desk')[0]}/desk/tickets/{number}")
    await expect(page.locator(".head-number")).to_have_text(f"Nr. {number}")


async def unfold(page: Page, form: str) -> None:
    """Open one of the forms beside a ticket."""
    await page.locator(f"#handling-{form}-box summary").click()


def line_of(page: Page, words: str) -> Locator:
    """What was said with these words, in an open ticket."""
    return page.locator("#lines .line").filter(has_text=words)
