"""What the overview shows, as sums of days: each figure by itself, so that no sum ties two of them together."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.statistics import counting
from bot.storage.statistics.counting import Of, Rating, TicketTimes, Verdict
from bot.storage.statistics.missed import count_missed
from domain.working_hours import RIGA, WorkingCalendar, WorkingTime, local_day

MISSED = frozenset(
    {
        "clarify.choices",
        "handoff.opened_not_understood",
        "not_understood.first",
        "out_of_scope.pointer",
        "topic.expired",
    }
)
"""Answers that the overview counts beside the topics."""

TOPIC = "topic."
"""How the keys of topics begin."""

TENTHS = 10
"""Waiting is counted in tenths of a working hour, as the overview shows it."""

_TENTH = 3600 // TENTHS


class Figure(StrEnum):
    """What is summed. Beside it stands a name: what the sum is of."""

    TALKS = "talks"
    """By channel."""
    OUTCOMES = "outcomes"
    """Talks by `counting.Outcome`."""
    MESSAGES = "messages"
    """Messages of residents by the hour in Riga."""
    SAID = "said"
    """Topics that the assistant told, and what it did not understand, by the answer's key."""
    NEAREST = "nearest"
    """Questions without an answer, by the intent that they were nearest to; an empty name is none."""
    TICKETS = "tickets"
    """By channel, on the day when they were opened, as everything about their waiting."""
    TICKET_TOPICS = "ticket_topics"
    """Tickets that have a topic, by it."""
    ANSWER_TOOK = "answer_took"
    """First answers by the tenths of an hour that they took."""
    ANSWER_ALLOWED = "answer_allowed"
    """Tickets by the tenths of an hour that the deadline of the first answer left."""
    ANSWER_STANDING = "answer_standing"
    """Tickets by `Standing`."""
    SOLUTION_TOOK = "solution_took"
    SOLUTION_ALLOWED = "solution_allowed"
    SOLUTION_STANDING = "solution_standing"
    QUEUE_HELPED = "queue_helped"
    """What residents said about solved tickets, by queue, on the day when they said it."""
    QUEUE_NOT_HELPED = "queue_not_helped"
    QUEUE_RATED = "queue_rated"
    """Ratings by queue, on their day."""
    QUEUE_STARS = "queue_stars"
    """All stars of these ratings together."""
    TOPIC_HELPED = "topic_helped"
    """The same by topic; an empty name is a ticket without one."""
    TOPIC_NOT_HELPED = "topic_not_helped"
    TOPIC_RATED = "topic_rated"
    TOPIC_STARS = "topic_stars"


OF_TALKS = frozenset({Figure.TALKS, Figure.OUTCOMES, Figure.MESSAGES, Figure.SAID, Figure.NEAREST})
OF_TICKETS = frozenset(Figure) - OF_TALKS


class Standing(StrEnum):
    """How a ticket stands to a deadline. `judged`: done, or the deadline has passed; one can be several."""

    PENDING = "pending"
    IN_TIME = "in_time"
    JUDGED = "judged"


@dataclass(frozen=True, slots=True)
class Stage:
    """The figures of one thing that a ticket waits for."""

    took: Figure
    allowed: Figure
    standing: Figure


FIRST_ANSWER = Stage(Figure.ANSWER_TOOK, Figure.ANSWER_ALLOWED, Figure.ANSWER_STANDING)
SOLUTION = Stage(Figure.SOLUTION_TOOK, Figure.SOLUTION_ALLOWED, Figure.SOLUTION_STANDING)

Sums = Counter[tuple[Figure, str]]
"""Of one day or several: figure and name, and how many."""

DaySums = Mapping[date, Sums]


def add(*parts: DaySums) -> DaySums:
    """Sums of the same days together."""
    whole: dict[date, Sums] = defaultdict(Counter)
    for part in parts:
        for day, sums in part.items():
            whole[day].update(sums)
    return whole


async def sum_talks(
    connection: AsyncConnection, starts: Sequence[datetime], *, of: Of = None
) -> DaySums:
    """What was said on some days. `starts` are the days' beginnings and the end of the last one."""
    days = [local_day(start) for start in starts]
    sums: dict[date, Sums] = defaultdict(Counter)
    for talk in await counting.count_talks(connection, starts, of=of):
        sums[days[talk.day]][Figure.TALKS, talk.channel.value] += talk.count
        sums[days[talk.day]][Figure.OUTCOMES, talk.outcome.value] += talk.count
    for said in await counting.count_said(connection, starts, of=of):
        for key in filter(_is_shown, said.keys):
            sums[days[said.day]][Figure.SAID, key] += said.count
    for missed in await count_missed(connection, starts, of=of):
        sums[days[missed.day]][Figure.NEAREST, missed.intent] += missed.count
    for hour, count in await counting.count_messages(connection, starts, of=of):
        local = hour.astimezone(RIGA)
        sums[local.date()][Figure.MESSAGES, str(local.hour)] += count
    return sums


async def sum_tickets(
    connection: AsyncConnection,
    starts: Sequence[datetime],
    *,
    calendar: WorkingCalendar,
    now: datetime,
    of: Of = None,
) -> DaySums:
    """Tickets opened on some days and how long they waited, and what residents said of tickets on these days."""
    first, until = starts[0], starts[-1]
    opened = await counting.opened_tickets(connection, first=first, until=until, of=of)
    said = await counting.verdicts(connection, first=first, until=until, of=of)
    rated = await counting.ratings(connection, first=first, until=until, of=of)
    return add(_sum_opened(opened, calendar, now), _sum_verdicts(said), _sum_ratings(rated))


def _is_shown(key: str) -> bool:
    return key in MISSED or key.startswith(TOPIC)


def _sum_verdicts(verdicts: Iterable[Verdict]) -> DaySums:
    sums: dict[date, Sums] = defaultdict(Counter)
    for verdict in verdicts:
        day = sums[local_day(verdict.at)]
        day[Figure.QUEUE_HELPED if verdict.helped else Figure.QUEUE_NOT_HELPED, verdict.queue] += 1
        day[Figure.TOPIC_HELPED if verdict.helped else Figure.TOPIC_NOT_HELPED, verdict.topic] += 1
    return sums


def _sum_ratings(ratings: Iterable[Rating]) -> DaySums:
    sums: dict[date, Sums] = defaultdict(Counter)
    for rating in ratings:
        day = sums[local_day(rating.at)]
        day[Figure.QUEUE_RATED, rating.queue] += 1
        day[Figure.QUEUE_STARS, rating.queue] += rating.stars
        day[Figure.TOPIC_RATED, rating.topic] += 1
        day[Figure.TOPIC_STARS, rating.topic] += rating.stars
    return sums


# ---------------------------------------------------------------------------------------------- waiting


@dataclass(frozen=True, slots=True)
class _Wait:
    """One ticket waiting for one thing: since when, until when it was due, and when it happened."""

    stage: Stage
    day: date
    opened: datetime
    due: datetime
    done: datetime | None


def _sum_opened(
    tickets: Sequence[TicketTimes], calendar: WorkingCalendar, now: datetime
) -> DaySums:
    sums: dict[date, Sums] = defaultdict(Counter)
    for ticket in tickets:
        day = sums[local_day(ticket.opened_at)]
        day[Figure.TICKETS, ticket.channel.value] += 1
        if ticket.topic:
            day[Figure.TICKET_TOPICS, ticket.topic] += 1
    waits = [wait for ticket in tickets for wait in _waits(ticket, calendar)]
    if waits:
        _sum_waits(sums, waits, working=_working_time(waits, calendar), now=now)
    return sums


def _waits(ticket: TicketTimes, calendar: WorkingCalendar) -> tuple[_Wait, _Wait]:
    """A reopened ticket has new deadlines, so the first ones are reckoned again.

    Its solution is the last one; while it is open again it is not solved.
    """
    due, solve_due = ticket.answer_by, ticket.solve_by
    if ticket.reopened:
        due, solve_due = calendar.answer_by(ticket.opened_at), calendar.solve_by(ticket.opened_at)
    day, opened = local_day(ticket.opened_at), ticket.opened_at
    return (
        _Wait(FIRST_ANSWER, day, opened, due, ticket.first_answered_at),
        _Wait(SOLUTION, day, opened, solve_due, ticket.solved_at),
    )


def _working_time(waits: Iterable[_Wait], calendar: WorkingCalendar) -> WorkingTime:
    moments = [at for wait in waits for at in (wait.opened, wait.due, wait.done) if at]
    return WorkingTime(calendar, first=local_day(min(moments)), last=local_day(max(moments)))


def _sum_waits(
    sums: Mapping[date, Sums], waits: Iterable[_Wait], *, working: WorkingTime, now: datetime
) -> None:
    for wait in waits:
        day, stage = sums[wait.day], wait.stage
        day[stage.allowed, _tenths(working, wait.opened, wait.due)] += 1
        if wait.done:
            day[stage.took, _tenths(working, wait.opened, wait.done)] += 1
        for standing in _standings(wait, now):
            day[stage.standing, standing.value] += 1


def _tenths(working: WorkingTime, start: datetime, end: datetime) -> str:
    seconds = round(working.between(start, end) * 3600)
    return str((seconds + _TENTH // 2) // _TENTH)


def _standings(wait: _Wait, now: datetime) -> list[Standing]:
    if wait.done is None:
        return [Standing.PENDING, *([Standing.JUDGED] if wait.due < now else [])]
    return [Standing.JUDGED, *([Standing.IN_TIME] if wait.done <= wait.due else [])]
