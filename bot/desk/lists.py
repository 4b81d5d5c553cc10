"""The list of tickets: four tabs, what burns first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.content import Content
from bot.desk import words
from bot.desk.pages import render
from bot.storage import tickets as stored
from bot.storage.agents import StoredSession
from bot.storage.database import Database
from bot.storage.tickets import TicketCounts, TicketRow
from domain.messages import AgentId
from domain.ports import Clock
from domain.tickets import HandoffReason, TicketState

NO_NAME = "Vārds nav zināms"
_SUBJECT_LENGTH = 120
_SOON = timedelta(hours=2)
_MOST_LISTED = 200


class Tab(StrEnum):
    """The views of the list, as they stand in the page's address."""

    NEW = "jauni"
    MINE = "mani"
    OPEN = "atvertie"
    SOLVED = "atrisinatie"


_TITLES = {
    Tab.NEW: "Jauni",
    Tab.MINE: "Mani",
    Tab.OPEN: "Visi atvērtie",
    Tab.SOLVED: "Atrisinātie",
}
_EMPTY = {
    Tab.NEW: "Neviens pieteikums negaida. Jauni parādīsies šeit paši.",
    Tab.MINE: "Jums pašlaik nav neviena pieteikuma. Paņemiet kādu no „Jauni”.",
    Tab.OPEN: "Atvērtu pieteikumu nav.",
    Tab.SOLVED: "Atrisinātu pieteikumu vēl nav.",
}


class Tone(StrEnum):
    """How loudly something is shown."""

    CALM = "calm"
    SOON = "soon"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Badge:
    """A small mark on a ticket."""

    words: str
    tone: str
    """wait, red, amber or plain."""


@dataclass(frozen=True, slots=True)
class Left:
    """The deadline, or what became of it."""

    words: str
    full: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    number: int
    who: str
    channel: str
    channel_name: str
    subject: str
    reason: str
    queue: str
    left: Left
    badges: tuple[Badge, ...]
    agent: str
    state: str
    rating: str
    """Stars and comment of the resident, empty when there are none."""


@dataclass(frozen=True, slots=True)
class TabLink:
    """One tab with its count."""

    tab: Tab
    title: str
    count: int
    chosen: bool


class TicketLists:
    """Shows the list."""

    def __init__(self, *, database: Database, clock: Clock, content: Callable[[], Content]) -> None:
        self._database = database
        self._clock = clock
        self._content = content

    async def show(self, request: web.Request, session: StoredSession) -> web.Response:
        """The page of one tab."""
        tab = _tab(request)
        async with self._database.reading() as connection:
            found = await _find(connection, tab, session.agent)
            counts = await stored.count_for(connection, session.agent)
        now = self._clock.now()
        content = self._content()
        return render(
            "list.html",
            session=session,
            tab=tab,
            title=_TITLES[tab],
            tabs=_tabs(counts, tab),
            rows=[to_row(row, content=content, now=now) for row in found],
            empty=_EMPTY[tab],
            cut=len(found) == _MOST_LISTED,
            most=_MOST_LISTED,
            done=words.DONE.get(request.query.get("done", ""), ""),
        )


def _tab(request: web.Request) -> Tab:
    try:
        return Tab(request.query.get("skats", Tab.NEW))
    except ValueError:
        return Tab.NEW


async def _find(connection: AsyncConnection, tab: Tab, agent: AgentId) -> list[TicketRow]:
    if tab is Tab.SOLVED:
        return await stored.list_done(connection, limit=_MOST_LISTED)
    states: dict[Tab, Sequence[TicketState]] = {
        Tab.NEW: [TicketState.NEW],
        Tab.MINE: [TicketState.CLAIMED],
        Tab.OPEN: [TicketState.NEW, TicketState.CLAIMED],
    }
    mine = agent if tab is Tab.MINE else None
    return await stored.list_by_state(connection, states[tab], agent=mine, limit=_MOST_LISTED)


def _tabs(counts: TicketCounts, chosen: Tab) -> list[TabLink]:
    numbers = {
        Tab.NEW: counts.new,
        Tab.MINE: counts.mine,
        Tab.OPEN: counts.open,
        Tab.SOLVED: counts.solved,
    }
    return [TabLink(tab, _TITLES[tab], numbers[tab], tab is chosen) for tab in Tab]


def to_row(row: TicketRow, *, content: Content, now: datetime) -> Row:
    """A ticket as the list and the head of its page show it."""
    ticket = row.ticket
    return Row(
        number=int(ticket.number),
        who=row.contact_name or NO_NAME,
        channel=row.channel,
        channel_name=words.CHANNELS[row.channel],
        subject=_shortened(row.subject),
        reason=words.REASONS[ticket.reason],
        queue=content.queues.get(ticket.queue, ticket.queue),
        left=_left(row, now),
        badges=tuple(_badges(row)),
        agent=row.agent_name or "",
        state=words.STATES[row.standing],
        rating=words.rating(ticket.stars, row.comment),
    )


def _shortened(subject: str) -> str:
    """The first words of what the resident asked, on one line."""
    flat = " ".join(subject.split())
    if len(flat) <= _SUBJECT_LENGTH:
        return flat
    return flat[:_SUBJECT_LENGTH].rsplit(" ", 1)[0] + " …"


def _left(row: TicketRow, now: datetime) -> Left:
    if row.ticket.state in (TicketState.SOLVED, TicketState.CLOSED):
        at = row.solved_at or row.deadline
        return Left(words.moment(at, now), f"atrisināts {words.moment(at, now)}", Tone.CALM)
    late, soon = row.deadline < now, row.deadline < now + _SOON
    tone = Tone.LATE if late else Tone.SOON if soon else Tone.CALM
    return Left(
        words.time_left(row.deadline, now), f"termiņš: {words.moment(row.deadline, now)}", tone
    )


def _badges(row: TicketRow) -> list[Badge]:
    ticket = row.ticket
    is_open = ticket.state in (TicketState.NEW, TicketState.CLAIMED)
    possible = [
        (ticket.reason is HandoffReason.CRISIS, Badge("krīze", "red")),
        (row.failed > 0, Badge("neizdevās nosūtīt", "red")),
        (not row.reachable, Badge("bloķējis asistentu", "red")),
        (row.parked > 0, Badge("gaida 24 h logu", "amber")),
        (ticket.reopened > 0 and is_open, Badge("atvērts no jauna", "amber")),
        (row.waiting_for_staff and is_open, Badge("iedzīvotājs gaida", "wait")),
    ]
    return [badge for applies, badge in possible if applies]
