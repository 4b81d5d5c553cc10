"""Queries for editors: how often topics are said, whether they helped, and what was not understood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.messages import InboundId


@dataclass(frozen=True, slots=True)
class Helped:
    """What residents said to "Vai tas palīdzēja?" under tickets about a topic."""

    yes: int
    no: int


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
    WHERE created_at >= :since AND key LIKE 'topic.%'
    GROUP BY key
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
