"""Search over tickets and everything that was said, without diacritics and by the beginnings of words."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import inbound_messages, notes, outbound_messages, tickets
from bot.storage.tickets.rows import TicketRow, read_row, select_rows
from domain.folding import fold

MOST_WORDS = 6
_SHORTEST = 2


class Place(StrEnum):
    """Where the words were found, the most telling first."""

    NUMBER = "number"
    NAME = "name"
    SUBJECT = "subject"
    TAG = "tag"
    NOTE = "note"
    COMMENT = "comment"
    """What the resident added to their stars."""
    RESIDENT = "resident"
    AGENT = "agent"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Found:
    """A ticket that has all the words, and the text that has most of them."""

    row: TicketRow
    place: Place
    text: str


def words_of(written: str) -> list[str]:
    """The words to search for: folded, each once; single letters would find everything."""
    words = dict.fromkeys(fold(written).split())
    return [word for word in words if len(word) >= _SHORTEST or word.isdigit()][:MOST_WORDS]


# What was said belongs to the newest ticket of its conversation, whose page shows all of it. Of each kind only the
# newest text with a word counts: the assistant says the same words thousands of times. Ranks are the order of `Place`.
_SEARCH = text("""
WITH wanted AS (
    SELECT nth, word, to_tsquery('simple', word || ':*') AS query
    FROM unnest(CAST(:words AS text[])) WITH ORDINALITY AS given (word, nth)
), said AS (
    SELECT conversation_id, nth, 7 AS rank, max(m.id) AS id
    FROM wanted JOIN inbound_messages m ON to_tsvector('simple', zintis_fold(m.text)) @@ query
    GROUP BY 1, 2
    UNION ALL
    SELECT conversation_id, nth, CASE WHEN m.agent_id IS NULL THEN 9 ELSE 8 END, max(m.id)
    FROM wanted JOIN outbound_messages m ON to_tsvector('simple', zintis_fold(m.source)) @@ query
    GROUP BY 1, 2, 3
), newest AS (
    SELECT conversation_id, max(number) AS number FROM tickets GROUP BY conversation_id
), labelled AS MATERIALIZED (  -- few have any, so one look through the tickets needs no index
    SELECT number, 4 AS rank, to_tsvector('simple', zintis_fold(array_to_string(tags, ' '))) AS label
    FROM tickets WHERE tags <> '{}'
    UNION ALL
    SELECT number, 6, to_tsvector('simple', zintis_fold(comment)) FROM tickets WHERE comment <> ''
), hits AS (
    SELECT number, nth, 1 AS rank, number AS id
    FROM wanted JOIN tickets ON number = CASE WHEN word ~ '^[0-9]{1,18}$' THEN word::bigint END
    UNION ALL
    SELECT t.number, nth, 2, c.id
    FROM wanted JOIN contacts c ON to_tsvector('simple', zintis_fold(c.name)) @@ query
    JOIN handles h ON h.contact_id = c.id JOIN conversations v ON v.handle_id = h.id
    JOIN tickets t ON t.conversation_id = v.id
    UNION ALL
    SELECT number, nth, 3, number
    FROM wanted JOIN tickets ON to_tsvector('simple', zintis_fold(subject)) @@ query
    UNION ALL
    SELECT number, nth, rank, number FROM wanted JOIN labelled ON label @@ query
    UNION ALL
    SELECT ticket_number, nth, 5, n.id
    FROM wanted JOIN notes n ON to_tsvector('simple', zintis_fold(n.text)) @@ query
    UNION ALL
    SELECT number, nth, rank, id FROM said JOIN newest USING (conversation_id)
), complete AS (
    SELECT number, min(rank) AS best FROM hits GROUP BY number
    HAVING count(DISTINCT nth) = cardinality(CAST(:words AS text[]))
), first AS (
    SELECT * FROM complete ORDER BY best = 1 DESC, best = 9, number DESC LIMIT :limit
), texts AS (
    SELECT number, rank, id, count(*) AS words FROM hits JOIN first USING (number) GROUP BY number, rank, id
)
SELECT DISTINCT ON (number) number, rank, id FROM texts ORDER BY number, words DESC, rank, id DESC
""")

_TEXTS: Mapping[Place, tuple[Column[int], Column[str]]] = {
    Place.NOTE: (notes.c.id, notes.c.text),
    Place.COMMENT: (tickets.c.number, tickets.c.comment),
    Place.RESIDENT: (inbound_messages.c.id, inbound_messages.c.text),
    Place.AGENT: (outbound_messages.c.id, outbound_messages.c.plain),
    Place.ASSISTANT: (outbound_messages.c.id, outbound_messages.c.plain),
}
"""The key and the text that an excerpt is taken from; of the other places the line of the list shows it."""


async def search(
    connection: AsyncConnection, words: Sequence[str], *, limit: int = 50
) -> list[Found]:
    """Tickets that have all the words, somewhere: one named by its number first, then the newest."""
    if not words:
        return []
    found = await connection.execute(_SEARCH, {"words": list(words), "limit": limit})
    places = list(Place)
    hits = {row.number: (places[row.rank - 1], row.id) for row in found}
    texts = await _read_texts(connection, hits.values())
    rows = await connection.execute(select_rows().where(tickets.c.number.in_(hits)))
    tickets_found = [
        Found(row=read_row(row), place=place, text=texts.get((place, text_id), ""))
        for row in rows.mappings()
        for place, text_id in [hits[row["number"]]]
    ]
    return sorted(tickets_found, key=_order)


def _order(found: Found) -> tuple[bool, bool, int]:
    return found.place is not Place.NUMBER, found.place is Place.ASSISTANT, -found.row.ticket.number


async def _read_texts(
    connection: AsyncConnection, hits: Iterable[tuple[Place, int]]
) -> Mapping[tuple[Place, int], str]:
    wanted: dict[Place, list[int]] = defaultdict(list)
    for place, number in hits:
        wanted[place].append(number)
    texts: dict[tuple[Place, int], str] = {}
    for place in wanted.keys() & _TEXTS.keys():
        key, column = _TEXTS[place]
        rows = await connection.execute(
            select(key.label("id"), column.label("text")).where(key.in_(wanted[place]))
        )
        texts |= {(place, row.id): row.text for row in rows}
    return texts
