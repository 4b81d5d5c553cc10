"""The chat page as somebody uses it."""

from dataclasses import dataclass

from playwright.async_api import BrowserContext, FrameLocator, Locator, Page, expect


@dataclass(frozen=True)
class ChatPage:
    """A page, or the frame of one, in which the chat is open."""

    view: Page | FrameLocator

    @property
    def field(self) -> Locator:
        return self.view.get_by_label("Jūsu ziņa")

    @property
    def log(self) -> Locator:
        return self.view.get_by_role("log", name="Saruna")

    @property
    def answers(self) -> Locator:
        return self.view.locator(".said.assistant, .said.staff")

    @property
    def mine(self) -> Locator:
        return self.view.locator(".said.resident .bubble")

    @property
    def states(self) -> Locator:
        return self.view.locator(".said.resident .state")

    @property
    def who(self) -> Locator:
        return self.view.locator("#who")

    @property
    def line(self) -> Locator:
        return self.view.locator("#line")

    async def says(self, text: str) -> None:
        await self.field.fill(text)
        await self.field.press("Enter")

    async def hears(self, words: str) -> None:
        """Wait for an answer with these words."""
        await expect(self.answers.filter(has_text=words)).to_have_count(1)

    async def presses(self, label: str) -> None:
        """Press the newest choice with these words."""
        await self.answers.last.get_by_role("button", name=label).click()

    async def has_said(self, *texts: str) -> None:
        """What the resident said, each once and in order."""
        await expect(self.mine).to_have_text(list(texts))


async def stored(context: BrowserContext) -> list[str]:
    """Names of what the browser keeps for all sites it visited, cookies included."""
    state = await context.storage_state()
    kept = [item["name"] for origin in state["origins"] for item in origin["localStorage"]]
    return sorted(kept + [str(cookie.get("name")) for cookie in state["cookies"]])
