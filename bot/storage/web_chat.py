"""Queries for the web chat: what one visitor may see of their own conversation, whole or since they last looked."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.staff_files import SentFile, sent_file
from domain.conversation import Mode
from domain.messages import Button, ConversationId

MOST_SHOWN = 200
"""Messages that a page gets at most; nobody scrolls further back."""


@dataclass(frozen=True, slots=True)
class Position:
    """How much of a conversation a page has: the newest id of each side and how many there were up to it.

    The counts tell that messages were erased, or became visible late, among those that the page has already:
    then it needs everything anew.
    """

    inbound: int = 0
    inbound_count: int = 0
    outbound: int = 0
    outbound_count: int = 0

    def __str__(self) -> str:
        return f"{self.inbound}-{self.inbound_count}-{self.outbound}-{self.outbound_count}"


def read_position(written: str) -> Position | None:
    """A position as a page sends it back; None when it is none of ours, then the page gets everything."""
    found = re.fullmatch(r"(\d{1,18})-(\d{1,18})-(\d{1,18})-(\d{1,18})", written)
    return Position(*map(int, found.groups())) if found else None


@dataclass(frozen=True, slots=True)
class Said:
    """One message as its resident sees it."""

    id: str
    """`i<id>` for the resident's own, `o<id>` for those to them."""
    by: str
    """resident, assistant or staff."""
    at: datetime
    external_id: str = ""
    text: str = ""
    """The resident's own words."""
    html: str = ""
    """What the assistant or staff say, rendered."""
    buttons: tuple[Button, ...] = ()
    agent_name: str = ""
    file: SentFile | None = None
    """What staff sent with it."""
    state: str = ""
    """received or answered for the resident's own, else how far the delivery got."""


@dataclass(frozen=True, slots=True)
class View:
    """What changed for a page: `whole` replaces all it has, else `said` comes after it."""

    whole: bool
    said: tuple[Said, ...]
    mode: Mode
    agent_name: str
    """Who holds the conversation, empty unless staff do."""
    position: Position


# A reply never stands before what it answers, whatever the clocks of two machines say.
_SAID = text(
    "SELECT * FROM ("
    "  (SELECT 'i' || m.id AS id, 'resident' AS by, m.received_at AS at, m.external_id, m.text, '' AS html,"
    "    '[]'::jsonb AS buttons, '' AS agent_name,"
    "    CASE WHEN m.answered_at IS NULL THEN 'received' ELSE 'answered' END AS state,"
    "    m.id AS order_id, NULL AS file_name, NULL AS file_type, NULL::integer AS file_size"
    "   FROM inbound_messages m"
    "   WHERE m.conversation_id = :conversation AND m.id > :inbound AND m.id <= :newest_inbound"
    "   ORDER BY m.id DESC LIMIT :most)"
    "  UNION ALL"
    "  (SELECT 'o' || o.id, CASE WHEN o.agent_id IS NULL THEN 'assistant' ELSE 'staff' END,"
    "    greatest(o.created_at, q.received_at + interval '1 microsecond'), '', '', o.text, o.buttons,"
    "    coalesce(a.name, ''), o.state, o.id, f.name, f.media_type, f.size"
    "   FROM outbound_messages o"
    "   LEFT JOIN inbound_messages q ON q.id = o.reply_to"
    "   LEFT JOIN agents a ON a.id = o.agent_id"
    "   LEFT JOIN staff_files f ON f.id = o.file_id"
    "   WHERE (o.conversation_id = :conversation AND o.deliver_to IS NULL OR o.deliver_to = :conversation)"
    "   AND o.id > :outbound AND o.id <= :newest_outbound"
    "   AND o.state IN ('sent', 'delivered', 'read')"
    "   ORDER BY o.id DESC LIMIT :most)"
    ") said ORDER BY at DESC, order_id DESC LIMIT :most"
)

_STANDING = text(
    "SELECT c.mode,"
    " (SELECT a.name FROM tickets t JOIN agents a ON a.id = t.agent_id"
    "   WHERE t.conversation_id = c.id AND t.state = 'claimed'"
    "   ORDER BY t.claimed_at DESC LIMIT 1) AS agent_name,"
    " i.newest AS inbound, i.total AS inbound_count, i.known AS inbound_known,"
    " o.newest AS outbound, o.total AS outbound_count, o.known AS outbound_known"
    " FROM conversations c,"
    " LATERAL (SELECT coalesce(max(m.id), 0) AS newest, count(*) AS total,"
    "   count(*) FILTER (WHERE m.id <= :inbound) AS known"
    "   FROM inbound_messages m WHERE m.conversation_id = c.id) i,"
    " LATERAL (SELECT coalesce(max(m.id), 0) AS newest, count(*) AS total,"
    "   count(*) FILTER (WHERE m.id <= :outbound) AS known"
    "   FROM outbound_messages m"
    "   WHERE (m.conversation_id = c.id AND m.deliver_to IS NULL OR m.deliver_to = c.id)"
    "   AND m.state IN ('sent', 'delivered', 'read')) o"
    " WHERE c.id = :conversation"
)


async def view_since(
    connection: AsyncConnection, conversation: ConversationId, *, known: Position | None
) -> View | None:
    """What a page that has `known` lacks; None when the conversation is gone."""
    had = known or Position()
    row = (
        await connection.execute(
            _STANDING,
            {"conversation": conversation, "inbound": had.inbound, "outbound": had.outbound},
        )
    ).mappings()
    standing = row.one_or_none()
    if standing is None:
        return None
    now = Position(
        inbound=standing["inbound"],
        inbound_count=standing["inbound_count"],
        outbound=standing["outbound"],
        outbound_count=standing["outbound_count"],
    )
    whole = known is None or _must_start_anew(standing, known, now)
    said = await _said(connection, conversation, after=Position() if whole else had, until=now)
    return View(
        whole=whole,
        said=said,
        mode=Mode(standing["mode"]),
        agent_name=standing["agent_name"] or "",
        position=now,
    )


def _must_start_anew(standing: RowMapping, known: Position, now: Position) -> bool:
    """Whether something among what the page has went away or came in, or it is too far behind."""
    changed = (
        standing["inbound_known"] != known.inbound_count
        or standing["outbound_known"] != known.outbound_count
    )
    behind = now.inbound_count + now.outbound_count - known.inbound_count - known.outbound_count
    return changed or behind > MOST_SHOWN


async def _said(
    connection: AsyncConnection, conversation: ConversationId, *, after: Position, until: Position
) -> tuple[Said, ...]:
    if (after.inbound, after.outbound) == (until.inbound, until.outbound):
        return ()
    rows = await connection.execute(
        _SAID,
        {
            "conversation": conversation,
            "inbound": after.inbound,
            "newest_inbound": until.inbound,
            "outbound": after.outbound,
            "newest_outbound": until.outbound,
            "most": MOST_SHOWN,
        },
    )
    return tuple(_one(row) for row in reversed(rows.mappings().all()))


def _one(row: RowMapping) -> Said:
    return Said(
        id=row["id"],
        by=row["by"],
        at=row["at"],
        external_id=row["external_id"],
        text=row["text"],
        html=row["html"],
        buttons=tuple(Button(**button) for button in row["buttons"]),
        agent_name=row["agent_name"],
        file=sent_file(row),
        state=row["state"],
    )
