"""What leaves the desk: a list as a file for a spreadsheet, one conversation on paper. The audit log has each."""

from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from bot.content import Content
from bot.desk import words
from bot.desk.door import Door
from bot.desk.filters import read_filters
from bot.desk.lists import ADDRESSES, EXPORTERS, MOST_EXPORTED, TITLES, to_row, view_of, viewer_of
from bot.desk.pages import render
from bot.desk.saying import to_lines
from bot.desk.statistics.tables import Cell, Table, to_csv
from bot.desk.ticket import number_of
from bot.storage import audit, ticket_lists
from bot.storage import tickets as stored
from bot.storage.database import Database
from bot.storage.sessions import StoredSession
from bot.storage.tickets import TicketRow
from domain.ports import Clock
from domain.working_hours import local_day

_MOST_SAID = 5000
"""Messages of each side; a conversation of years has some hundreds."""

_CUT = f" (tikai pirmie {words.tickets(MOST_EXPORTED)}; pārējos lejupielādējiet ar filtriem, piemēram, pa mēnešiem)"

_COLUMNS = (
    "Nr.",
    "Saņemts",
    "Stāvoklis",
    "Prioritāte",
    "Birkas",
    "Rinda",
    "Kanāls",
    "Iemesls",
    "Jautājums",
    "Iedzīvotājs",
    "Darbinieks",
    "Termiņš",
    "Atrisināts",
)


class ExportPages:
    """The files and the pages to be printed."""

    def __init__(self, *, database: Database, clock: Clock, content: Callable[[], Content]) -> None:
        self._database = database
        self._clock = clock
        self._content = content

    def add_to(self, router: web.UrlDispatcher, door: Door) -> None:
        """Add the file for leaders and administrators, and the paper for everybody who may read the ticket."""
        router.add_get("/eksports.csv", door.page(self.tickets, only=EXPORTERS))
        router.add_get("/tickets/{number:[0-9]{1,15}}/druka", door.page(self.conversation))

    async def tickets(self, request: web.Request, session: StoredSession) -> web.Response:
        """The tickets of a view and its filters, as the list orders them."""
        content, now = self._content(), self._clock.now()
        view, asked = view_of(request.query), read_filters(request.query, content)
        async with self._database.unit_of_work() as work:
            rows = await ticket_lists.find(
                work.connection,
                view,
                viewer=await viewer_of(work.connection, session, now=now),
                filters=asked.filters,
                limit=MOST_EXPORTED + 1,
            )
            cut, rows = len(rows) > MOST_EXPORTED, rows[:MOST_EXPORTED]
            await audit.append(
                work.connection,
                "export.tickets",
                at=now,
                by=session.agent,
                detail=f"{ADDRESSES[view]} {len(rows)}",
            )
            await work.commit()
        table = Table(
            id=ADDRESSES[view],
            title=f"Pieteikumi: {TITLES[view]}{_CUT if cut else ''}",
            columns=_COLUMNS,
            rows=tuple(_cells(row, content=content, now=now) for row in rows),
        )
        name = f"pieteikumi-{table.id}-{local_day(now)}.csv"
        return web.Response(
            body=to_csv([table], period=words.stamp(now)),
            content_type="text/csv",
            charset="utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    async def conversation(self, request: web.Request, session: StoredSession) -> web.Response:
        """Everything said in the conversation of a ticket, to be printed; notes only when asked for."""
        content, now = self._content(), self._clock.now()
        number, with_notes = number_of(request), request.query.get("piezimes") == "1"
        async with self._database.unit_of_work() as work:
            row = await stored.row_of(work.connection, number)
            if row is None:
                raise web.HTTPNotFound
            said = await stored.timeline(work.connection, row.ticket.conversation, limit=_MOST_SAID)
            if with_notes:
                happened = await stored.history(work.connection, number)
                said += [line for line in happened if line.by == "note"]
            await audit.append(
                work.connection,
                "export.conversation",
                at=now,
                by=session.agent,
                ticket=number,
                detail="notes" if with_notes else "",
            )
            await work.commit()
        return render(
            "print.html",
            session=session,
            row=to_row(row, content=content, now=now),
            facts=_facts(row, content=content, now=now),
            lines=to_lines(said, content=content, now=now),
            with_notes=with_notes,
            stamp=words.stamp,
            printed=words.stamp(now),
        )


def _cells(row: TicketRow, *, content: Content, now: datetime) -> tuple[Cell, ...]:
    shown, ticket = to_row(row, content=content, now=now), row.ticket
    return (
        shown.number,
        words.stamp(ticket.opened_at),
        shown.state,
        words.PRIORITIES[ticket.priority],
        " ".join(ticket.tags),
        shown.queue,
        shown.channel_name,
        shown.reason,
        row.subject,
        row.contact_name,
        shown.agent,
        words.stamp(row.deadline),
        words.stamp(row.solved_at) if row.solved_at else None,
    )


def _facts(row: TicketRow, *, content: Content, now: datetime) -> dict[str, str]:
    """What stands at the head of the paper; what is not known is left out."""
    cells = dict(zip(_COLUMNS[1:], _cells(row, content=content, now=now)[1:], strict=True))
    return {name: str(cell) for name, cell in cells.items() if cell}
