"""Queries for editors: how often topics are said, whether they helped, and what was not understood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.messages import InboundId


@dataclass(frozen=True, slots=True)
class Helped:
    """What residents said to "Vai tas palīdzēja?" under tickets about a topic."""

    yes: int
    no: int


@dataclass(frozen=True, slots=True)
class After:
    """What followed the assistant's own answers about a topic: how many were said, and after how many of them the
    same resident, within `AFTER`, asked the same again, was not understood, complained or wanted a person."""

    said: int
    troubled: int


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """A question that got no answer at once: secrets are masked in it since it came."""

    id: InboundId
    text: str
    intent: str
    confidence: float | None
    received_at: datetime


_USE = text("""
    SELECT key, count(*) AS turns
    FROM outbound_messages, unnest(keys) AS key
    WHERE created_at >= :since AND agent_id IS NULL AND key LIKE 'topic.%'
    GROUP BY key
""")

AFTER = timedelta(minutes=15)

_AFTER = text("""
    SELECT answer.key, count(*) AS said,
           count(*) FILTER (WHERE following.id IS NOT NULL AND (
               following.intent IN ('complaint', 'abuse')
               OR EXISTS (SELECT 1 FROM outbound_messages reply, unnest(reply.keys) AS told
                          WHERE reply.conversation_id = following.conversation_id AND reply.reply_to = following.id
                            AND (told = answer.key OR told LIKE 'handoff.%' OR told = 'not_understood.first')))
           ) AS troubled
    FROM (SELECT DISTINCT o.conversation_id, o.reply_to, o.created_at, key
          FROM outbound_messages o, unnest(o.keys) AS key
          WHERE o.created_at >= :since AND o.created_at < :until AND o.agent_id IS NULL AND key LIKE 'topic.%'
            AND o.reply_to IS NOT NULL) AS answer
    LEFT JOIN LATERAL (
        SELECT m.id, m.conversation_id, m.intent
        FROM inbound_messages m
        WHERE m.conversation_id = answer.conversation_id AND m.id > answer.reply_to AND m.edit_of IS NULL
          AND m.received_at <= answer.created_at + CAST(:after AS interval)
        ORDER BY m.id LIMIT 1) AS following ON true
    GROUP BY answer.key
""")

_HELPED = text("""
    SELECT t.topic,
           count(*) FILTER (WHERE e.kind = 'confirmed') AS yes,
           count(*) FILTER (WHERE e.kind <> 'confirmed') AS no
    FROM ticket_events e
    JOIN tickets t ON t.number = e.ticket_number
    WHERE e.at >= :since AND e.kind IN ('confirmed', 'reopened', 'closed_unhelped') AND t.topic <> ''
    GROUP BY t.topic
""")

_MISUNDERSTOOD = text("""
    SELECT m.id, m.text, m.intent, m.confidence, m.received_at
    FROM inbound_messages m
    WHERE m.received_at >= :since AND m.kind = 'text' AND m.text <> '' AND m.edit_of IS NULL
      AND m.answered_at IS NOT NULL
      AND ((m.confidence IS NOT NULL AND (m.confidence < :sure OR m.intent = ANY(:nowhere)))
           OR EXISTS (SELECT 1 FROM outbound_messages o
                      WHERE o.reply_to = m.id AND o.keys && CAST(:keys AS text[])))
    ORDER BY m.id DESC
    LIMIT :most
""")


async def use_of_topics(connection: AsyncConnection, *, since: datetime) -> Mapping[str, int]:
    """How many turns said each topic since a moment, by the topic's id."""
    rows = await connection.execute(_USE, {"since": since})
    return {row.key.removeprefix("topic."): row.turns for row in rows}


async def helped_by_topic(connection: AsyncConnection, *, since: datetime) -> Mapping[str, Helped]:
    """Answers to "Vai tas palīdzēja?" by the topic of the ticket that was asked about."""
    rows = await connection.execute(_HELPED, {"since": since})
    return {row.topic: Helped(row.yes, row.no) for row in rows}


async def after_topics(
    connection: AsyncConnection, *, since: datetime, until: datetime
) -> Mapping[str, After]:
    """What followed answers of this time, by the topic's id; the newest are left out until their time is over."""
    values = {"since": since, "until": until - AFTER, "after": AFTER}
    rows = await connection.execute(_AFTER, values)
    return {row.key.removeprefix("topic."): After(row.said, row.troubled) for row in rows}


async def misunderstood(
    connection: AsyncConnection,
    *,
    since: datetime,
    sure: float,
    nowhere: Sequence[str],
    keys: Sequence[str],
    most: int,
) -> list[Misunderstood]:
    """Questions since a moment that were taken for nothing, or answered with one of these keys; newest first."""
    rows = await connection.execute(
        _MISUNDERSTOOD,
        {
            "since": since,
            "sure": sure,
            "nowhere": list(nowhere),
            "keys": list(keys),
            "most": most,
        },
    )
    return [
        Misunderstood(InboundId(row.id), row.text, row.intent, row.confidence, row.received_at)
        for row in rows
    ]
