"""The list of tickets: views with counts, what burns first, narrowed by filters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.content import Content
from bot.desk import words
from bot.desk.door import is_background
from bot.desk.filters import Asked, read_filters, read_number
from bot.desk.pages import render
from bot.storage import agents as stored_agents
from bot.storage import ticket_lists as stored
from bot.storage.agents import Colleague
from bot.storage.database import Database
from bot.storage.sessions import StoredSession
from bot.storage.ticket_lists import View, Viewer
from bot.storage.tickets import TicketRow
from bot.storage.tickets.holders import Lost, lost_by
from domain.ports import Clock
from domain.tickets import LONGEST_TAG, Priority, TicketState
from domain.working_hours import local_day

NO_NAME = "Vārds nav zināms"
EXPORTERS = ("supervisor", "admin")
"""Roles that may take a list away as a file."""

MOST_EXPORTED = 10_000
"""Lines of such a file; for a longer list the page and the file say so."""

PAGE = 50
_LAST_PAGE = 10_000
_SUBJECT_LENGTH = 120
_SOON = timedelta(hours=2)
_LOST_FOR = timedelta(days=3)
"""So long an agent reads that a ticket went away without their doing: over a weekend, too."""

ADDRESSES = {
    View.NEW: "jauni",
    View.MINE: "mani",
    View.QUEUES: "rindas",
    View.LATE: "kavejas",
    View.PARKED: "logs",
    View.FAILED: "nepiegadatie",
    View.OPEN: "atvertie",
    View.SOLVED: "atrisinatie",
}
"""How the views are called in the page's address."""

TITLES = {
    View.NEW: "Nepaņemtie",
    View.MINE: "Mani",
    View.QUEUES: "Manas rindas",
    View.LATE: "Kavējas",
    View.PARKED: "Gaida logu",
    View.FAILED: "Nepiegādātie",
    View.OPEN: "Visi atvērtie",
    View.SOLVED: "Atrisinātie",
}
EMPTY = {
    View.NEW: "Neviens pieteikums negaida. Jauni parādīsies šeit paši.",
    View.MINE: "Jums pašlaik nav neviena pieteikuma. Paņemiet kādu no „Nepaņemtie”.",
    View.QUEUES: "Jūsu rindās atvērtu pieteikumu nav.",
    View.LATE: "Nekas nekavējas.",
    View.PARKED: "Neviena atbilde negaida, kad iedzīvotājs uzrakstīs.",
    View.FAILED: "Visas ziņas ir piegādātas.",
    View.OPEN: "Atvērtu pieteikumu nav.",
    View.SOLVED: "Atrisinātu pieteikumu vēl nav.",
}
NONE_SUCH = "Ar šiem filtriem šeit nekā nav."
_LOUD = {View.NEW: "count-hot", View.LATE: "count-red", View.FAILED: "count-red"}
"""Counts that stand out when there is something."""


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
    tags: tuple[str, ...]
    agent: str
    state: str
    rating: str
    """Stars and comment of the resident, empty when there are none."""


@dataclass(frozen=True, slots=True)
class ViewLink:
    """One view with its count."""

    name: str
    title: str
    count: int
    mark: str
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class _Read:
    rows: list[TicketRow]
    counts: Mapping[View, int]
    viewer: Viewer
    colleagues: list[Colleague]
    tags: list[str]
    lost: Sequence[Lost]
    too_long: bool
    """Whether a file would not hold the whole list."""


class TicketLists:
    """Shows the list."""

    def __init__(self, *, database: Database, clock: Clock, content: Callable[[], Content]) -> None:
        self._database = database
        self._clock = clock
        self._content = content

    async def show(self, request: web.Request, session: StoredSession) -> web.Response:
        """The page of one view."""
        content, now = self._content(), self._clock.now()
        view, asked = view_of(request.query), read_filters(request.query, content)
        page = min(read_number(request.query.get("lapa", "")) or 1, _LAST_PAGE)
        read = await self._read(request, session, view=view, asked=asked, page=page)
        return render(
            "list.html",
            session=session,
            view=ADDRESSES[view],
            title=TITLES[view],
            views=links(
                read.counts, read.viewer, view, address=lambda one: _address(one, asked, 1)
            ),
            rows=[to_row(row, content=content, now=now) for row in read.rows[:PAGE]],
            finished=view is View.SOLVED,
            empty=NONE_SUCH if asked else EMPTY[view],
            before=_address(view, asked, page - 1) if page > 1 else "",
            after=_address(view, asked, page + 1) if len(read.rows) > PAGE else "",
            asked=asked,
            queues=content.queues,
            channels=words.CHANNELS,
            colleagues=read.colleagues,
            priorities=words.PRIORITIES,
            tags=read.tags,
            longest_tag=LONGEST_TAG,
            export=session.role in EXPORTERS,
            most_exported=words.tickets(MOST_EXPORTED) if read.too_long else "",
            query=asked.query(skats=ADDRESSES[view]),
            done=words.DONE.get(request.query.get("done", ""), ""),
            lost=[(one.number, words.lost(one, now)) for one in read.lost],
        )

    async def _read(
        self, request: web.Request, session: StoredSession, *, view: View, asked: Asked, page: int
    ) -> _Read:
        now = self._clock.now()
        async with self._database.reading() as connection:
            viewer = await viewer_of(connection, session, now=now)
            rows = await stored.find(
                connection,
                view,
                viewer=viewer,
                filters=asked.filters,
                limit=PAGE + 1,
                skip=PAGE * (page - 1),
            )
            counts = await stored.count(connection, viewer=viewer, filters=asked.filters)
            lost: Sequence[Lost] = ()
            if view is View.MINE:
                lost = await lost_by(connection, session.agent, since=now - _LOST_FOR)
            colleagues, tags, too_long = [], [], False
            if not is_background(request):  # a page that follows takes the list only
                colleagues = await stored_agents.list_colleagues(connection, today=local_day(now))
                tags = await stored.tags_in_use(connection)
                too_long = session.role in EXPORTERS and await stored.is_longer(
                    connection, view, viewer=viewer, filters=asked.filters, than=MOST_EXPORTED
                )
        return _Read(rows, counts, viewer, colleagues, tags, lost, too_long)


def view_of(asked: Mapping[str, str]) -> View:
    """The view that an address names, else the unclaimed tickets."""
    named = asked.get("skats", "")
    return next((view for view, name in ADDRESSES.items() if name == named), View.NEW)


async def viewer_of(
    connection: AsyncConnection, session: StoredSession, *, now: datetime
) -> Viewer:
    """Who looks, with their queues."""
    queues = await stored_agents.queues_of(connection, session.agent)
    return Viewer(agent=session.agent, queues=queues, now=now)


def _address(view: View, asked: Asked, page: int) -> str:
    more = {"lapa": page} if page > 1 else {}
    return f"/desk/?{asked.query(skats=ADDRESSES[view], **more)}"


def links(
    counts: Mapping[View, int], viewer: Viewer, chosen: View, *, address: Callable[[View], str]
) -> list[ViewLink]:
    """The views; without queues of their own an agent's queues are all of them, which is a view already."""
    shown = [view for view in View if view is not View.QUEUES or viewer.queues]
    return [
        ViewLink(
            name=ADDRESSES[view],
            title=TITLES[view],
            count=counts[view],
            mark=_LOUD.get(view, "") if counts[view] else "",
            address=address(view),
            chosen=view is chosen,
        )
        for view in shown
    ]


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
        tags=ticket.tags,
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
        (row.urgent, Badge("steidzami", "red")),
        (ticket.priority is not Priority.NORMAL, _priority(ticket.priority)),
        (row.failed > 0, Badge("neizdevās nosūtīt", "red")),
        (not row.reachable, Badge("bloķējis asistentu", "red")),
        (row.parked > 0, Badge("gaida 24 h logu", "amber")),
        (ticket.reopened > 0 and is_open, Badge("atvērts no jauna", "amber")),
        (row.waiting_for_staff and is_open, Badge("iedzīvotājs gaida", "wait")),
        (row.by_ambassador, Badge("vēstnesis", "plain")),
    ]
    return [badge for applies, badge in possible if applies]


def _priority(priority: Priority) -> Badge:
    is_high = priority in (Priority.HIGH, Priority.URGENT)
    return Badge(
        f"prioritāte: {words.PRIORITIES[priority].lower()}", "amber" if is_high else "plain"
    )
