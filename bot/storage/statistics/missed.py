"""What was asked and not known: the questions without an answer, by the topic that they were nearest to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from actions.hearing import is_question
from bot.storage.statistics.counting import (
    ANSWERS,
    NOT_ANSWERED,
    REPLIES_FOLLOW,
    Of,
    bounds,
    over,
)
from domain.understanding import OFFER_AT, Intent

_HANDED_OVER = "handoff.opened_not_understood"
_ASKED_BACK = "clarify.choices"
_FOLLOWS = sorted(key for key in NOT_ANSWERED if key.startswith("followup."))


@dataclass(frozen=True, slots=True)
class MissedCount:
    """How many questions of a day were nearest to one intent. `day` is its place among the given days, from 0."""

    day: int
    intent: str
    """Of a topic, or another that is a question; empty: nothing was likely."""
    count: int


# Only messages that the model was asked about are questions, so a pressed "Neviens no šiem" is none of its own.
_MISSED = over(
    """
    WITH said AS NOT MATERIALIZED (
        SELECT reply_to, keys FROM outbound_messages
        WHERE agent_id IS NULL AND created_at >= :first AND created_at < :replied [of]
    ), kinds AS MATERIALIZED (
        SELECT keys, keys && CAST(:missed AS text[]) AS missed, keys && CAST(:follows AS text[]) AS follows,
            keys && CAST(:asked_back AS text[]) AS asked_back, [answered] AS answered
        FROM (SELECT DISTINCT keys FROM said) AS combinations
    ), heard AS MATERIALIZED (
        SELECT width_bucket(m.received_at, CAST(:starts AS timestamptz[])) - 1 AS day,
            m.id, m.conversation_id, m.intent, m.confidence,
            k.missed, k.follows, k.asked_back, k.answered
        FROM said o
        JOIN kinds k ON k.keys = o.keys AND (k.missed OR k.asked_back OR k.answered)
        JOIN inbound_messages m ON m.id = o.reply_to
        WHERE m.received_at >= :first AND m.received_at < :until AND m.edit_of IS NULL
    ), last_answers AS (
        SELECT conversation_id, day, max(id) AS id FROM heard WHERE answered GROUP BY 1, 2
    ), questions AS (
        SELECT h.day, h.id, h.conversation_id, h.intent, h.confidence, bool_or(h.follows) AS follows
        FROM heard h
        LEFT JOIN last_answers a ON a.conversation_id = h.conversation_id AND a.day = h.day
        WHERE h.intent <> ''
            AND (h.missed OR (h.asked_back AND coalesce(a.id < h.id, true)))
        GROUP BY 1, 2, 3, 4, 5
    )
    SELECT day, CASE
        WHEN follows THEN coalesce((
            SELECT key FROM outbound_messages b, unnest(b.keys) AS key
            WHERE b.conversation_id = q.conversation_id AND b.reply_to < q.id AND b.agent_id IS NULL
                AND key LIKE 'topic.%' AND key <> 'topic.expired'
            ORDER BY b.id DESC LIMIT 1), '')
        WHEN confidence >= :likely THEN intent
        ELSE '' END AS nearest, count(*)
    FROM questions q GROUP BY 1, 2
    """
)


async def count_missed(
    connection: AsyncConnection, starts: Sequence[datetime], *, of: Of = None
) -> list[MissedCount]:
    """What the questions of some days were nearest to that got no answer.

    They are those that were not understood or not known, and those asked back about ("Vai domājāt …?") after which
    that day brought no answer. The nearest is the intent that the model held likeliest, if it was worth being offered;
    of a follow-up ("Un cik maksā?") it is the topic told before.
    """
    found = await connection.execute(
        _MISSED[of is not None],
        {
            **bounds(starts, of),
            "starts": list(starts),
            "replied": starts[-1] + REPLIES_FOLLOW,
            "missed": sorted({*NOT_ANSWERED, _HANDED_OVER}),
            "follows": _FOLLOWS,
            "asked_back": [_ASKED_BACK],
            "answers": sorted(ANSWERS),
            "likely": OFFER_AT,
        },
    )
    return [
        MissedCount(day, intent if is_question(Intent(intent)) else "", count)
        for day, intent, count in found
    ]
