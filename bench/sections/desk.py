"""The desk on a busy day: fifty agents with open lists, hundreds of open tickets, and residents who keep writing."""

import asyncio
import itertools
import secrets
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from sqlalchemy import text

from bench.colleagues import Colleague
from bench.figures import Spread, Table, milliseconds
from bench.load import ask_steadily
from bench.stack import Model, Stack, running
from bot.desk import agents
from bot.desk.lists import ADDRESSES, TITLES
from bot.storage.database import Database
from bot.storage.ticket_lists import View

_AGENTS = 50
_TICKETS = 500
_CONVERSATIONS = 1500
_MESSAGES = 100_000
_MESSAGES_A_SECOND = 5.0
_PAGES_A_SECOND = 10.0
"""That agents open by themselves, beside the lists that follow."""

_SECONDS = 60.0
_TARGET_P95 = 0.100

_SEARCHES = ("Ozola", "samaksāt rēķinu", "1234")

# As text and at once: a hundred thousand messages through the front door would take most of an hour.
_STOCK = (
    "ALTER TABLE inbound_messages DISABLE TRIGGER USER",
    "ALTER TABLE outbound_messages DISABLE TRIGGER USER",
    "INSERT INTO contacts (name) SELECT (ARRAY['Vilma Ozola', 'Jānis Bērziņš', 'Skaidrīte Žagare'])[1 + g % 3]"
    " FROM generate_series(1, :conversations) g",
    "INSERT INTO handles (contact_id, channel, external_id)"
    " SELECT id, 'telegram', 'stock-' || id FROM contacts WHERE name <> ''"
    " AND NOT EXISTS (SELECT FROM handles WHERE contact_id = contacts.id)",
    "INSERT INTO conversations (handle_id, last_inbound_at)"
    " SELECT id, now() FROM handles WHERE external_id LIKE 'stock-%'",
    "CREATE TABLE bench_talks AS SELECT row_number() OVER () - 1 AS place, c.id FROM conversations c"
    " JOIN handles h ON h.id = c.handle_id WHERE h.external_id LIKE 'stock-%'",
    "INSERT INTO inbound_messages"
    " (conversation_id, channel, external_id, kind, text, sent_at, received_at, answered_at)"
    " SELECT t.id, 'telegram', 'stock-' || g, 'text', (ARRAY["
    "'Labdien, kad un kur es varētu samaksāt rēķinu par ūdeni?', 'Vai bibliotēka Vilcē ir atvērta?',"
    " 'Ceļš nav notīrīts no sniega', 'paldies, sapratu'])[1 + g % 4], at, at, at"
    " FROM generate_series(1, :messages / 2) g JOIN bench_talks t ON t.place = g % :conversations"
    " CROSS JOIN LATERAL (SELECT now() - (:messages / 2 - g) * interval '5 minutes' AS at) moments",
    "INSERT INTO outbound_messages (conversation_id, agent_id, source, text, plain, state, created_at)"
    " SELECT t.id, CASE WHEN g % 5 = 0 THEN (SELECT min(id) FROM agents) END, said, said, said,"
    " CASE WHEN g % 997 = 0 THEN 'failed' ELSE 'delivered' END, now() - (:messages / 2 - g) * interval '5 minutes'"
    " FROM generate_series(1, :messages / 2) g JOIN bench_talks t ON t.place = g % :conversations"
    " CROSS JOIN LATERAL (SELECT 'Centri strādā darba dienās no 8.00 līdz 17.00. Atbilde ' || g AS said) texts",
    "INSERT INTO tickets (conversation_id, reason, state, queue, subject, agent_id, reopened, opened_at, answer_by,"
    " solve_by, claimed_at, first_answered_at)"
    " SELECT t.id, 'asked', CASE WHEN g % 3 = 0 THEN 'claimed' ELSE 'new' END,"
    " (ARRAY['general', 'bills', 'social'])[1 + g % 3], 'Kad varētu samaksāt rēķinu?',"
    " CASE WHEN g % 3 = 0 THEN (SELECT min(id) FROM agents) END, g % 2, now() - g * interval '20 minutes',"
    " now() + (300 - g) * interval '10 minutes', now() + interval '7 days',"
    " CASE WHEN g % 3 = 0 THEN now() END, CASE WHEN g % 3 = 0 THEN now() END"
    " FROM generate_series(0, :tickets - 1) g JOIN bench_talks t ON t.place = g",
    "DROP TABLE bench_talks",
    "ALTER TABLE inbound_messages ENABLE TRIGGER USER",
    "ALTER TABLE outbound_messages ENABLE TRIGGER USER",
    "ANALYZE",
)


async def measure(*, quick: bool) -> list[Table]:
    """Open pages at a steady pace while messages arrive and every open list follows them."""
    seconds = 10.0 if quick else _SECONDS
    async with running(Model.STUB) as stack:
        crowd = await stack.crowd(telegram=25, whatsapp=25)
        colleagues = await _hire(stack, count=_AGENTS)
        await _fill(stack)
        for colleague in colleagues:
            await colleague.open_list()
        pages = asyncio.create_task(
            _open_pages(colleagues, first=await _first(stack), seconds=seconds)
        )
        await ask_steadily(
            crowd, per_second=_MESSAGES_A_SECOND, count=int(_MESSAGES_A_SECOND * seconds)
        )
        taken = await pages
        for colleague in colleagues:
            await colleague.leave()
    return [_table(taken, [wait for one in colleagues for wait in one.followed], seconds=seconds)]


async def _hire(stack: Stack, *, count: int) -> list[Colleague]:
    password = secrets.token_urlsafe(12)
    colleagues = []
    database = Database(stack.database_url)
    for number in range(count):
        email = f"bench-{number}@example.org"
        name = f"Darbinieks {number}"
        await agents.add(database, email=email, name=name, password=password, role="supervisor")
        colleague = Colleague(stack.web_url, stack.session, email=email)
        await colleague.log_in(password, address=f"10.9.{number // 256}.{number % 256}")
        colleagues.append(colleague)
    await database.close()
    return colleagues


async def _fill(stack: Stack) -> None:
    sizes = {"conversations": _CONVERSATIONS, "messages": _MESSAGES, "tickets": _TICKETS}
    database = Database(stack.database_url)
    async with database.unit_of_work() as work:
        for statement in _STOCK:
            known = {name: size for name, size in sizes.items() if f":{name}" in statement}
            await work.connection.execute(text(statement), known)
        await work.commit()
    await database.close()


async def _first(stack: Stack) -> int:
    database = Database(stack.database_url)
    async with database.reading() as connection:
        first = await connection.scalar(text("SELECT min(number) FROM tickets"))
    await database.close()
    return int(first or 0)


Visit = Callable[[Colleague], Awaitable[float]]


def _visits(first: int) -> Iterator[tuple[str, Visit]]:
    """What agents open, one after another for ever; each view comes up once in a round."""
    for number in itertools.count():
        for view in View:
            path = f"/desk/?skats={ADDRESSES[view]}"
            yield f"„{TITLES[view]}”", partial(Colleague.see, path=path)
        path = f"/desk/tickets/{first + number * 7 % _TICKETS}"
        yield "one ticket", partial(Colleague.see, path=path)
        path = f"/desk/blakus?skats={ADDRESSES[View.OPEN]}"
        yield "the list beside it, alone", partial(Colleague.see, path=path)
        yield "the overview", partial(Colleague.see, path="/desk/parskats")
        for words in _SEARCHES:
            yield f"search „{words}”", partial(Colleague.search, words=words)


async def _open_pages(
    colleagues: list[Colleague], *, first: int, seconds: float
) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = defaultdict(list)

    async def open_one(name: str, visit: Visit, who: Colleague) -> None:
        taken[name].append(await visit(who))

    start = time.monotonic()
    visits, people = _visits(first), itertools.cycle(colleagues)
    async with asyncio.TaskGroup() as group:
        for number in range(int(_PAGES_A_SECOND * seconds)):
            await asyncio.sleep(max(0.0, start + number / _PAGES_A_SECOND - time.monotonic()))
            name, visit = next(visits)
            group.create_task(open_one(name, visit, next(people)))
    return taken


def _table(taken: dict[str, list[float]], followed: list[float], *, seconds: float) -> Table:
    everything = [wait for waits in taken.values() for wait in waits]
    rows = [_row(name, waits) for name, waits in taken.items()]
    rows += [_row("every page above", everything), _row("a list that follows", followed)]
    return Table(
        f"The desk: {_AGENTS} agents, {_TICKETS} open tickets, {_MESSAGES} messages (target p95 ≤ "
        f"{milliseconds(_TARGET_P95)})",
        ("page", "opened", "p50", "p95", "longest"),
        rows,
        (
            f"{_PAGES_A_SECOND:.0f} pages/s are opened while {_MESSAGES_A_SECOND:.0f} messages/s arrive.",
            f"Every list follows: {len(followed) / seconds:.0f} more pages/s, in turns of all open lists.",
        ),
    )


def _row(name: str, waits: list[float]) -> tuple[str, ...]:
    spread = Spread.of(waits)
    return (
        name,
        str(spread.count),
        milliseconds(spread.p50),
        milliseconds(spread.p95),
        milliseconds(spread.longest),
    )
