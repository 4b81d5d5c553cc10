"""Residents who write on the simulated channels and hear what comes back."""

import asyncio
import itertools
import json
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence

import aiohttp

from bench.ledger import Ledger, Person
from bench.questions import GREETING, Question, Recogniser, read_html
from simulators.telegram import TelegramSimulator
from simulators.telegram_people import TelegramUser
from simulators.twilio import TwilioSimulator, WhatsAppUser

_ACCEPTED = range(200, 300)

STRIDE = 7
"""Each person begins so many questions behind the one before."""


class Silence(Exception):
    """Nobody answers even a greeting; the text says whom."""


class Resident(ABC):
    """One person on one channel. What they ask arrives in the order in which they ask it."""

    def __init__(self, name: str) -> None:
        self.person = Person(name)
        self.heard = asyncio.Event()
        self._numbers: dict[str, int] = {}
        self._count = itertools.count()
        self._turn = asyncio.Lock()

    @abstractmethod
    async def says(self, text: str) -> bool:
        """Write a text; False when nobody took it."""

    async def asks(self, question: Question, ledger: Ledger) -> None:
        """Ask a question, after those before it have been taken."""
        number = next(self._count)
        self._numbers[question.topic] = number
        async with self._turn:
            ledger.note_asked(self.person, number, at=time.monotonic())
            if not await self.says(question.text):
                ledger.note_refused(self.person, number)

    def number_of(self, topic: str) -> int | None:
        """The number of the person's question about a topic, None when they never asked about it."""
        return self._numbers.get(topic)


class _OnTelegram(Resident):
    def __init__(self, user: TelegramUser) -> None:
        super().__init__(f"telegram:{user.id}")
        self._user = user

    async def says(self, text: str) -> bool:
        """Telegram takes it at once and repeats until the service has it."""
        await self._user.says(text)
        return True


class _OnWhatsApp(Resident):
    def __init__(self, user: WhatsAppUser) -> None:
        super().__init__(user.phone.address)
        self._user = user

    async def says(self, text: str) -> bool:
        """Twilio repeats as its rules allow, then gives up."""
        return (await self._user.says(text)).status in _ACCEPTED


class _OnWeb(Resident):
    """A visitor of the web chat with the page open; an address of their own, because limits count by address."""

    def __init__(
        self, number: int, *, url: str, session: aiohttp.ClientSession, hear: "Hear"
    ) -> None:
        super().__init__(f"web:{number}")
        self._url = url
        self._session = session
        self._hear = hear
        self._address = f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"
        self._token = ""
        self._page: asyncio.Task[None] | None = None

    async def says(self, text: str) -> bool:
        """Post it, as the page does; the page is opened with the first message."""
        if not self._token:
            self._token = str((await self._post("session", {}))["token"])
        await self._post("messages", {"id": str(uuid.uuid4()), "text": text})
        if self._page is None:
            self._page = asyncio.create_task(self._read_page())
        return True

    async def close(self) -> None:
        """Close the page."""
        if self._page is not None:
            self._page.cancel()
            await asyncio.gather(self._page, return_exceptions=True)

    async def _post(self, path: str, body: dict[str, str]) -> dict[str, object]:
        async with self._session.post(
            f"{self._url}/chat/{path}", json=body, headers=self._headers()
        ) as response:
            response.raise_for_status()
            found: dict[str, object] = await response.json()
            return found

    async def _read_page(self) -> None:
        stream = f"{self._url}/chat/stream"
        timeout = aiohttp.ClientTimeout(total=None)
        async with self._session.get(stream, headers=self._headers(), timeout=timeout) as page:
            async for line in page.content:
                if line.startswith(b"data: "):
                    self._note(json.loads(line[6:]))

    def _note(self, news: dict[str, list[dict[str, str]]]) -> None:
        for message in news["messages"]:
            if message["by"] == "assistant":
                self._hear(self.person, read_html(message["html"]))

    def _headers(self) -> dict[str, str]:
        token = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        return {"X-Forwarded-For": self._address, **token}


Hear = Callable[[Person, str], None]


class Crowd:
    """All residents of a run, with the ledger of what they asked and heard."""

    def __init__(self, *, recogniser: Recogniser, questions: Sequence[Question]) -> None:
        self.ledger = Ledger()
        self.residents: list[Resident] = []
        self.strange = 0
        """Replies that are about no topic, or about one that nobody asked."""
        self.answered: set[str] = set()
        """Topics that somebody got an answer about."""
        self._questions = questions
        self._recogniser = recogniser
        self._by_person: dict[Person, Resident] = {}
        self._next: dict[Person, Iterator[Question]] = {}
        self._pages: list[_OnWeb] = []

    def join_telegram(self, telegram: TelegramSimulator, count: int, *, first: int) -> None:
        """Add people on Telegram with ids from `first` on."""
        telegram.on_sent.append(lambda m: self._hear(Person(f"telegram:{m.chat_id}"), m.text))
        for number in range(first, first + count):
            self._add(_OnTelegram(telegram.user(number)))

    def join_whatsapp(self, twilio: TwilioSimulator, count: int, *, first: int) -> None:
        """Add people on WhatsApp with numbers from `first` on."""
        twilio.on_sent.append(lambda m: self._hear(Person(m.to), m.body))
        for number in range(first, first + count):
            self._add(_OnWhatsApp(twilio.person(f"+3712{number:07d}")))

    def join_web(self, url: str, session: aiohttp.ClientSession, count: int, *, first: int) -> None:
        """Add visitors of the web chat."""
        for number in range(first, first + count):
            visitor = _OnWeb(number, url=url, session=session, hear=self._hear)
            self._pages.append(visitor)
            self._add(visitor)

    async def greet(self, *, per_second: float = 60.0, seconds: float = 60.0) -> None:
        """Everybody says hello and hears the introduction."""
        tasks = []
        for resident in self.residents:
            tasks.append(asyncio.create_task(resident.says(GREETING)))
            await asyncio.sleep(1 / per_second)
        await asyncio.gather(*tasks)
        hearing = [asyncio.create_task(r.heard.wait(), name=r.person) for r in self.residents]
        _, deaf = await asyncio.wait(hearing, timeout=seconds)
        for task in deaf:
            task.cancel()
        if deaf:
            names = ", ".join(sorted(task.get_name() for task in deaf)[:5])
            raise Silence(
                f"{len(deaf)} greetings were not answered within {seconds:.0f} s: {names}"
            )

    async def ask_next(self, resident: Resident) -> None:
        """A resident asks their next question; nobody asks the same twice."""
        await resident.asks(next(self._next[resident.person]), self.ledger)

    async def leave(self) -> None:
        """Close the pages of the web chat."""
        for visitor in self._pages:
            await visitor.close()

    def _add(self, resident: Resident) -> None:
        place = len(self.residents) * STRIDE % len(self._questions)
        order = itertools.islice(itertools.cycle(self._questions), place, None)
        self._next[resident.person] = itertools.islice(order, len(self._questions))
        self._by_person[resident.person] = resident
        self.residents.append(resident)

    def _hear(self, person: Person, text: str) -> None:
        resident = self._by_person.get(person)
        if resident is None:  # of an earlier run
            return
        resident.heard.set()
        topic = self._recogniser.topic_of(text)
        number = resident.number_of(topic) if topic else None
        if number is None:
            self.strange += 1
        else:
            self.answered.add(topic or "")
            self.ledger.note_answered(person, number, at=time.monotonic())
