"""Counts for the overview of the desk: how many, how often, how soon. Never who and never what was said.

Days are given as the moments at which they begin (in Riga), so that a day of 23 or 25 hours is a day like any other.
Every count is over everybody, or over some conversations (`of`): those that are about to be erased.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    TextClause,
    and_,
    bindparam,
    exists,
    not_,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import BigInteger

from bot.storage.schema import conversations, handles, ticket_events, tickets
from domain.messages import Channel, ConversationId
from domain.tickets import TicketState

REPLIES_FOLLOW = timedelta(days=2)
"""How long after the last day replies to its messages are looked for."""


Of = Sequence[ConversationId] | None
"""The conversations that are counted; None: all."""


class Outcome(StrEnum):
    """How the talk of one resident on one channel on one day ended.

    `at_once`: an answer of the assistant, and nothing asked back or misunderstood that day. `one_choice`: an answer
    after it asked back exactly once ("Vai domājāt …?", "which place?"). `later`: an answer, but more was asked back,
    or something was not understood. `person`: a ticket was opened, named or reopened, or staff held the conversation
    and the assistant kept silent. `unanswered`: neither an answer nor a person. `no_question`: greetings, thanks, own
    data, "Vai tas palīdzēja?".
    """

    AT_ONCE = "at_once"
    ONE_CHOICE = "one_choice"
    LATER = "later"
    PERSON = "person"
    UNANSWERED = "unanswered"
    NO_QUESTION = "no_question"


ANSWERS = frozenset(
    {
        "access.list",
        "centre.closed_now",
        "centre.closed_on",
        "centre.closed_then",
        "centre.list",
        "centre.open_on",
        "centre.open_then",
        "centre.open_until",
        "centre.phone",
        "centre.where",
        "crisis.call",
        "crisis.claimed",
        "day.holiday",
        "day.weekend",
        "day.working",
        "emergency.call",
        "emergency.fire",
        "emergency.gas",
        "emergency.medical",
        "emergency.pipe",
        "emergency.violence",
        "official_application.how",
        "training.one",
        "register.ask",
    }
)
"""Keys that answer a question; every `topic.<id>` does too."""

CHOICES = frozenset({"centre.which_place", "clarify.choices", "clarify.which"})
"""Keys by which the assistant asks back what was meant."""

PERSON = frozenset(
    {
        "handoff.already",
        "handoff.opened_application",
        "handoff.opened_asked",
        "handoff.opened_crisis",
        "handoff.opened_failed",
        "handoff.opened_nlu_down",
        "handoff.opened_not_understood",
        "handoff.opened_registration",
        "handoff.opened_relayed",
        "handoff.opened_unhappy",
        "helped.no_reopened",
        "helped.same_reopened",
    }
)
"""Keys that hand over to a person."""

NOT_ANSWERED = frozenset(
    {
        "access.none",
        "centre.hours_unknown",
        "centre.phone_unknown",
        "centre.place_unknown",
        "centre.where_unknown",
        "followup.place_unknown",
        "followup.unknown",
        "not_understood.first",
        "out_of_scope.pointer",
        "topic.expired",
        "training.none",
    }
)
"""Keys by which the assistant says that it did not understand, or honestly that it does not know."""


@dataclass(frozen=True, slots=True)
class TalkCount:
    """How many talks of a day ended in one way. `day` is its place among the given days, from 0."""

    day: int
    channel: Channel
    outcome: Outcome
    count: int


@dataclass(frozen=True, slots=True)
class SaidCount:
    """How many messages of the assistant on a day began these answers."""

    day: int
    keys: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class TicketTimes:
    """One ticket as the overview counts it."""

    channel: Channel
    queue: str
    topic: str
    reopened: bool
    """By the resident or an agent, or out of another ticket: its deadlines are not the first ones."""
    opened_at: datetime
    answer_by: datetime
    solve_by: datetime
    first_answered_at: datetime | None
    solved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a resident said about a solved ticket of a queue and topic."""

    at: datetime
    queue: str
    topic: str
    helped: bool


@dataclass(frozen=True, slots=True)
class Rating:
    """The stars, 1 to 5, that a resident gave to a solved ticket of a queue and topic."""

    at: datetime
    queue: str
    topic: str
    stars: int


_ANSWERED = (
    "keys && CAST(:answers AS text[])"
    " OR (keys::text LIKE '%topic.%' AND NOT keys && '{topic.expired}')"
)


def over(sql: str) -> tuple[TextClause, TextClause]:
    """A statement over everybody, and over the conversations `:of` in place of `[of]`; each gets the plan it needs.

    `[answered]` stands for whether keys answer a question, of which `:answers` are those of no topic.
    """
    sql = sql.replace("[answered]", _ANSWERED)
    some = text(sql.replace("[of]", "AND conversation_id = ANY(:of)"))
    return text(sql.replace("[of]", "")), some.bindparams(bindparam("of", type_=ARRAY(BigInteger)))


# An answer is judged once for each combination of keys, not once for each message; what was said comes from an index
# that holds these columns alone.
_TALKS = over(
    """
    WITH said AS NOT MATERIALIZED (
        SELECT reply_to, keys FROM outbound_messages
        WHERE agent_id IS NULL AND created_at >= :first AND created_at < :replied [of]
    ), kinds AS MATERIALIZED (
        SELECT keys, keys && CAST(:choices AS text[]) AS choice, keys && CAST(:person AS text[]) AS person,
            keys && CAST(:not_answered AS text[]) AS missed,
            [answered] AS answered
        FROM (SELECT DISTINCT keys FROM said) AS combinations
    ), talks AS (
        SELECT width_bucket(m.received_at, CAST(:starts AS timestamptz[])) - 1 AS day, m.channel,
            count(*) FILTER (WHERE k.choice) AS choices, bool_or(k.person) AS person,
            bool_or(k.missed) AS missed, bool_or(k.answered) AS answered,
            bool_or(o.reply_to IS NULL AND m.answered_at IS NOT NULL AND m.kind <> 'press') AS silent
        FROM inbound_messages m
        LEFT JOIN said o ON o.reply_to = m.id
        LEFT JOIN kinds k ON k.keys = o.keys
        WHERE m.received_at >= :first AND m.received_at < :until AND m.edit_of IS NULL [of]
        GROUP BY 1, 2, m.conversation_id
    )
    SELECT day, channel, CASE
        WHEN person THEN 'person'
        WHEN answered AND choices = 0 AND NOT missed THEN 'at_once'
        WHEN answered AND choices = 1 AND NOT missed THEN 'one_choice'
        WHEN answered THEN 'later'
        WHEN choices > 0 OR missed THEN 'unanswered'
        WHEN silent THEN 'person'
        ELSE 'no_question' END AS outcome, count(*) AS count
    FROM talks GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """
)


async def count_talks(
    connection: AsyncConnection, starts: Sequence[datetime], *, of: Of = None
) -> list[TalkCount]:
    """How the talks of some days ended. `starts` are the days' beginnings and the end of the last one."""
    found = await connection.execute(
        _TALKS[of is not None],
        {
            **bounds(starts, of),
            "starts": list(starts),
            "replied": starts[-1] + REPLIES_FOLLOW,
            "choices": sorted(CHOICES),
            "person": sorted(PERSON),
            "not_answered": sorted(NOT_ANSWERED),
            "answers": sorted(ANSWERS),
        },
    )
    return [TalkCount(d, Channel(c), Outcome(o), n) for d, c, o, n in found]


# Riga keeps whole hours from UTC, so an hour there is an hour here; which one, Python's time zones tell.
_HOURS = over(
    "SELECT date_bin('1 hour', received_at, 'epoch') AS hour, count(*)"
    " FROM inbound_messages WHERE received_at >= :first AND received_at < :until AND edit_of IS NULL [of]"
    " GROUP BY 1 ORDER BY 1"
)


async def count_messages(
    connection: AsyncConnection, starts: Sequence[datetime], *, of: Of = None
) -> list[tuple[datetime, int]]:
    """How many messages residents sent in each hour: its beginning, and the count. Edits are none."""
    found = await connection.execute(_HOURS[of is not None], bounds(starts, of))
    return [(hour, count) for hour, count in found]


_SAID = over(
    "SELECT width_bucket(created_at, CAST(:starts AS timestamptz[])) - 1 AS day, keys, count(*)"
    " FROM outbound_messages WHERE created_at >= :first AND created_at < :until AND agent_id IS NULL"
    " AND keys <> '{}' [of] GROUP BY 1, 2"
)


async def count_said(
    connection: AsyncConnection, starts: Sequence[datetime], *, of: Of = None
) -> list[SaidCount]:
    """What the assistant said on some days, by the keys of its answers."""
    found = await connection.execute(
        _SAID[of is not None], {**bounds(starts, of), "starts": list(starts)}
    )
    return [SaidCount(day, tuple(keys), count) for day, keys, count in found]


_DUE_ANEW = exists().where(
    ticket_events.c.ticket_number == tickets.c.number,
    ticket_events.c.kind.in_(("reopened_by_agent", "released")),
)
"""An agent opened it again, or it was taken out of another one: events that give deadlines anew."""

_MERGED = and_(tickets.c.state == TicketState.CLOSED, tickets.c.solved_at.is_(None))
"""Only a merge closes what was not solved. `merged_into` tells it no more once the other ticket is erased."""


async def opened_tickets(
    connection: AsyncConnection, *, first: datetime, until: datetime, of: Of = None
) -> list[TicketTimes]:
    """The tickets opened in a time, whatever became of them since; one that was merged counts as the other."""
    t = tickets.c
    found = await connection.execute(
        select(
            handles.c.channel,
            *(t.queue, t.topic, or_(t.reopened > 0, _DUE_ANEW).label("reopened")),
            *(t.opened_at, t.answer_by, t.solve_by),
            *(t.first_answered_at, t.solved_at),
        )
        .join(conversations, conversations.c.id == t.conversation_id)
        .join(handles, handles.c.id == conversations.c.handle_id)
        .where(t.opened_at >= first, t.opened_at < until, not_(_MERGED), _within(of))
    )
    return [TicketTimes(Channel(channel), *times) for channel, *times in found]


async def verdicts(
    connection: AsyncConnection, *, first: datetime, until: datetime, of: Of = None
) -> list[Verdict]:
    """What residents said about solved tickets in a time: that it helped, or they opened the ticket again."""
    found = await connection.execute(
        select(
            ticket_events.c.at,
            tickets.c.queue,
            tickets.c.topic,
            (ticket_events.c.kind == "confirmed").label("helped"),
        )
        .join(tickets, tickets.c.number == ticket_events.c.ticket_number)
        .where(
            ticket_events.c.kind.in_(("confirmed", "reopened", "closed_unhelped")),
            ticket_events.c.at >= first,
            ticket_events.c.at < until,
            _within(of),
        )
    )
    return [Verdict(*row) for row in found]


async def ratings(
    connection: AsyncConnection, *, first: datetime, until: datetime, of: Of = None
) -> list[Rating]:
    """The stars that residents gave in a time; of a ticket rated again only the last ones."""
    t = tickets.c
    found = await connection.execute(
        select(t.rated_at, t.queue, t.topic, t.stars).where(
            t.rated_at >= first, t.rated_at < until, _within(of)
        )
    )
    return [Rating(*row) for row in found]


_SPAN = text("""
    SELECT min(at), max(at) FROM (
        SELECT received_at AS at FROM inbound_messages WHERE conversation_id = ANY(:of)
        UNION ALL SELECT created_at FROM outbound_messages WHERE conversation_id = ANY(:of)
        UNION ALL SELECT unnest(ARRAY[opened_at, rated_at]) FROM tickets WHERE conversation_id = ANY(:of)
        UNION ALL SELECT e.at FROM ticket_events e JOIN tickets t ON t.number = e.ticket_number
            WHERE t.conversation_id = ANY(:of)
    ) AS moments
""").bindparams(bindparam("of", type_=ARRAY(BigInteger)))


async def span(
    connection: AsyncConnection, of: Sequence[ConversationId]
) -> tuple[datetime, datetime] | None:
    """The first and the last moment at which something that is counted can have happened; None when nothing did."""
    first, last = (await connection.execute(_SPAN, {"of": list(of)})).one()
    return None if first is None else (first, last)


def _within(of: Of) -> ColumnElement[bool]:
    return true() if of is None else tickets.c.conversation_id.in_(of)


def bounds(starts: Sequence[datetime], of: Of) -> dict[str, object]:
    """What every statement is told: the first moment, the one at which the days are over, and whose they are."""
    whose: dict[str, object] = {} if of is None else {"of": list(of)}
    return {"first": starts[0], "until": starts[-1], **whose}
