"""The overview's page and its files for spreadsheets."""

from collections.abc import Callable

from aiohttp import web

from bot.content import Content
from bot.desk.door import Door, Page
from bot.desk.pages import render
from bot.desk.statistics import plots
from bot.desk.statistics.days import Days
from bot.desk.statistics.period import Period, presets, read_period
from bot.desk.statistics.report import MOST_TOPICS, OUTCOMES, Counted, comparison, report
from bot.desk.statistics.tables import to_csv
from bot.storage.database import Database
from bot.storage.sessions import StoredSession
from domain.ports import Clock
from domain.working_hours import local_day

READERS = frozenset({"supervisor", "admin"})
"""Roles that see the overview."""


class StatisticsPages:
    """Shows the overview to whoever leads the centres, and to administrators."""

    def __init__(self, *, database: Database, clock: Clock, content: Callable[[], Content]) -> None:
        self._database = database
        self._clock = clock
        self._content = content
        self._days = Days()

    def add_to(self, router: web.UrlDispatcher, door: Door) -> None:
        """Add the pages."""
        router.add_get("/parskats", door.page(_for_readers(self.show)))
        router.add_get("/parskats.csv", door.page(_for_readers(self.download)))

    async def show(self, request: web.Request, session: StoredSession) -> web.Response:
        """The page of a period."""
        today = local_day(self._clock.now())
        period, problem = read_period(request.query, today=today)
        month, before = comparison(period)
        return render(
            "statistics.html",
            session=session,
            report=report(await self._count(period), self._content()),
            period=period,
            problem=problem,
            presets=presets(today),
            today=today,
            month=month,
            before=before,
            outcomes=list(OUTCOMES.values()),
            most=MOST_TOPICS,
            bar=plots.bar,
        )

    async def download(self, request: web.Request, session: StoredSession) -> web.Response:
        """One table, or all of them below each other."""
        period, _ = read_period(request.query, today=local_day(self._clock.now()))
        tables = report(await self._count(period), self._content()).tables
        wanted = request.query.get("tabula", "visas")
        if wanted != "visas" and wanted not in tables:
            raise web.HTTPNotFound
        chosen = list(tables.values()) if wanted == "visas" else [tables[wanted]]
        name = f"parskats-{wanted}-{period.first}-{period.last}.csv"
        return web.Response(
            body=to_csv(chosen, period=period.words()),
            content_type="text/csv",
            charset="utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    async def _count(self, period: Period) -> Counted:
        _, before = comparison(period)
        whole = Period(min(period.first, before.first), period.last)
        async with self._database.snapshot() as connection:
            days = await self._days.read(
                connection, whole, calendar=self._content().calendar, now=self._clock.now()
            )
        return Counted(period, days)


def _for_readers(show: Page) -> Page:
    async def handle(request: web.Request, session: StoredSession) -> web.StreamResponse:
        if session.role not in READERS:
            return render(
                "error.html",
                status=403,
                session=session,
                title="Šī lapa ir vadītājiem",
                text="Pārskatu redz klientu centra vadītājs un administrators.",
            )
        return await show(request, session)

    return handle
