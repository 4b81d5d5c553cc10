"""Cases: what people add to tickets; files from staff; alerts; sign-ins elsewhere; words to search by.

`zintis_fold` reads a text as `domain.folding.fold` does. Its indexes keep PostgreSQL's default of gathering new entries
first, so a message costs about a tenth of a millisecond more.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    _create_people()
    _create_parts_of_tickets()
    _create_alerts()
    _extend_tickets()
    _create_indexes()
    _let_sign_in_elsewhere()


def downgrade() -> None:
    """Take back; what was split off is closed, because there can be one open ticket again."""
    op.execute(
        "UPDATE tickets SET state = 'closed', closed_at = coalesce(closed_at, now())"
        " WHERE NOT main AND state <> 'closed'"
    )
    _allow_one_open("")
    op.drop_index("ix_outbound_messages_said", "outbound_messages")
    for name, table, _, _ in _FOR_LISTS:
        op.drop_index(name, table)
    for table, _ in _SEARCHED:
        op.drop_index(f"ix_{table}_words", table)
    op.execute("DROP FUNCTION zintis_fold")
    op.drop_column("sessions", "signed_in_by")
    op.drop_table("sign_ins")
    for when in ("insert", "update"):
        op.execute(f"DROP TRIGGER live_elsewhere_{when} ON outbound_messages")
    op.execute("DROP FUNCTION zintis_notify_elsewhere")
    op.drop_column("outbound_messages", "deliver_to")
    op.drop_column("outbound_messages", "file_id")
    for name in _TICKET:
        op.drop_column("tickets", name)
    for table in (
        "staff_replies",
        "agent_telegrams",
        "staff_groups",
        "alerts",
        "agent_alerts",
        "staff_files",
        "topic_proposals",
        "ticket_viewers",
        "ticket_links",
        "group_chats",
        "ambassadors",
    ):
        op.drop_table(table)


_NOTIFY_ELSEWHERE = """
CREATE FUNCTION zintis_notify_elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('zintis_live', NEW.deliver_to::text);
    RETURN NULL;
END $$
"""

_TICKET = (
    "priority",
    "tags",
    "main",
    "merged_into",
    "ambassador_id",
    "on_behalf_of",
    "reach_by",
    "reach_detail",
    "stars",
    "comment",
    "rated_at",
    "late_told_at",
)


_FOLD = r"""
CREATE FUNCTION zintis_fold(written text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    btrim(regexp_replace(
        lower(regexp_replace(normalize(written, NFD), '[\u0300-\u036f]+', '', 'g')),
        '[^0-9a-zа-яіїєґ]+', ' ', 'g'
    ))
"""
_SEARCHED = (
    ("contacts", "name"),
    ("tickets", "subject"),
    ("inbound_messages", "text"),
    ("outbound_messages", "source"),
    ("notes", "text"),
)
_FOR_LISTS = (
    ("ix_outbound_messages_failed", "outbound_messages", ["conversation_id"], "state = 'failed'"),
    (
        "ix_outbound_messages_by_agents",
        "outbound_messages",
        ["conversation_id", "id"],
        "agent_id IS NOT NULL",
    ),
    (
        "ix_tickets_solved_at",
        "tickets",
        [sa.text("solved_at DESC NULLS LAST"), sa.text("number DESC")],
        "state IN ('solved', 'closed')",
    ),
)


def _create_indexes() -> None:
    op.execute(_FOLD)
    for table, column in _SEARCHED:
        op.execute(
            f"CREATE INDEX ix_{table}_words ON {table} USING gin (to_tsvector('simple', zintis_fold({column})))"
        )
    for name, table, columns, condition in _FOR_LISTS:
        op.create_index(name, table, columns, postgresql_where=sa.text(condition))
    op.create_index(
        "ix_outbound_messages_said",
        "outbound_messages",
        ["created_at"],
        postgresql_include=["reply_to", "keys"],
        postgresql_where=sa.text("agent_id IS NULL"),
    )


def _extend_tickets() -> None:
    for column in (
        sa.Column("priority", sa.Text(), server_default="normal", nullable=False),
        sa.Column("tags", ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False),
        sa.Column("main", sa.Boolean(), server_default=sa.true(), nullable=False),
        _reference("merged_into", "tickets.number", ondelete="SET NULL"),
        _reference("ambassador_id", "ambassadors.id", ondelete="SET NULL"),
        _text("on_behalf_of"),
        _text("reach_by"),
        _text("reach_detail"),
        sa.Column("stars", sa.Integer(), nullable=True),
        _text("comment"),
        _moment("rated_at"),
        _moment("late_told_at"),
    ):
        op.add_column("tickets", column)
    op.create_index("ix_tickets_ambassador_id", "tickets", ["ambassador_id"])
    _allow_one_open(" AND main")
    op.add_column("outbound_messages", _reference("file_id", "staff_files.id", ondelete="SET NULL"))
    _let_messages_leave_elsewhere()


def _let_messages_leave_elsewhere() -> None:
    """What a relayed case says is delivered in another conversation, which must hear of it too."""
    op.add_column(
        "outbound_messages", _reference("deliver_to", "conversations.id", ondelete="SET NULL")
    )
    op.create_index(
        "ix_outbound_messages_deliver_to",
        "outbound_messages",
        ["deliver_to", "id"],
        postgresql_where=sa.text("deliver_to IS NOT NULL"),
    )
    op.execute(_NOTIFY_ELSEWHERE)
    for when in ("INSERT", "UPDATE OF state"):
        op.execute(
            f"CREATE TRIGGER live_elsewhere_{when[:6].lower()} AFTER {when} ON outbound_messages FOR EACH ROW"
            " WHEN (NEW.deliver_to IS NOT NULL AND NEW.state <> 'sending')"
            " EXECUTE FUNCTION zintis_notify_elsewhere()"
        )


def _allow_one_open(condition: str) -> None:
    """One open ticket per conversation, among those that fit the condition."""
    op.drop_index("uq_tickets_one_open", "tickets")
    op.create_index(
        "uq_tickets_one_open",
        "tickets",
        ["conversation_id"],
        unique=True,
        postgresql_where=sa.text(f"state IN ('new', 'claimed', 'solved'){condition}"),
    )


def _let_sign_in_elsewhere() -> None:
    by = sa.Column("signed_in_by", sa.Text(), server_default="password", nullable=False)
    op.add_column("sessions", by)
    op.create_table(
        "sign_ins",
        sa.Column("state_hash", sa.Text(), primary_key=True),
        sa.Column("browser_hash", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        _text("wanted"),
        _text("draft_answer"),
        _text("draft_note"),
        _moment("expires_at", required=True),
    )


def _create_people() -> None:
    op.create_table(
        "ambassadors",
        _key(),
        sa.Column("name", sa.Text(), nullable=False),
        _reference("contact_id", "contacts.id", ondelete="SET NULL", unique=True),
        *_invitation(),
        _moment("joined_at"),
        _moment("disabled_at"),
    )
    op.create_table(
        "group_chats",
        _key(),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        _text("title"),
        *_invitation(),
        _moment("linked_at"),
        _moment("disabled_at"),
        sa.UniqueConstraint("channel", "external_id"),
    )


def _create_parts_of_tickets() -> None:
    op.create_table("ticket_links", _ticket(primary_key=True), _linked())
    op.create_table(
        "ticket_viewers",
        _ticket(primary_key=True),
        _agent(primary_key=True),
        _moment("seen_at", required=True),
        sa.Column("writing", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_table(
        "topic_proposals",
        _key(),
        _ticket(index=True),
        _reference("agent_id", "agents.id", ondelete="SET NULL"),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        _created(),
    )
    op.create_table(
        "staff_files",
        _key(),
        sa.Column("token", sa.Text(), nullable=False, unique=True),
        _ticket(index=True),
        _reference("agent_id", "agents.id", ondelete="SET NULL"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _created(),
    )


def _create_alerts() -> None:
    op.create_table(
        "agent_alerts",
        _agent(primary_key=True),
        sa.Column("email", sa.Text(), nullable=False),
        _moment("since", required=True),
    )
    op.create_table(
        "alerts",
        _key(),
        _ticket(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occasion", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        _text("error"),
        _text("vendor_id"),
        _moment("due_at", required=True),
        _moment("first_due_at", required=True),
        _moment("created_at", required=True),
        _moment("sent_at"),
        sa.UniqueConstraint("ticket_number", "kind", "occasion", "way", "recipient_id"),
    )
    op.create_index(
        "ix_alerts_open",
        "alerts",
        ["way", "due_at"],
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.create_table(
        "staff_groups",
        _key(),
        sa.Column("external_id", sa.Text(), unique=True, nullable=True),
        _text("title"),
        sa.Column("with_words", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("code_hash", sa.Text(), unique=True, nullable=True),
        _moment("code_expires_at"),
        _reference("invited_by", "agents.id", ondelete="CASCADE", nullable=False),
        _moment("linked_at"),
        _moment("disabled_at"),
    )
    op.create_table(
        "agent_telegrams",
        _agent(primary_key=True),
        sa.Column("user_id", sa.Text(), unique=True, nullable=True),
        sa.Column("code_hash", sa.Text(), unique=True, nullable=True),
        _moment("code_expires_at"),
    )
    op.create_table(
        "staff_replies",
        _key(),
        _reference("group_id", "staff_groups.id", ondelete="CASCADE", nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        _ticket(index=True),
        _agent(),
        sa.Column("text", sa.Text(), nullable=False),
        _moment("created_at", required=True),
        sa.UniqueConstraint("group_id", "message_id"),
    )


def _key() -> "sa.Column[int]":
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True)


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _moment(name: str, *, required: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not required)


def _created() -> "sa.Column[object]":
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
    )


def _reference(
    name: str, target: str, *, ondelete: str, unique: bool = False, nullable: bool = True
) -> "sa.Column[int]":
    return sa.Column(
        name,
        sa.BigInteger(),
        sa.ForeignKey(target, ondelete=ondelete),
        unique=unique,
        nullable=nullable,
    )


def _ticket(*, primary_key: bool = False, index: bool = False) -> "sa.Column[int]":
    return sa.Column(
        "ticket_number",
        sa.BigInteger(),
        sa.ForeignKey("tickets.number", ondelete="CASCADE"),
        primary_key=primary_key,
        index=index,
        nullable=False,
    )


def _linked() -> "sa.Column[int]":
    return sa.Column(
        "linked_number",
        sa.BigInteger(),
        sa.ForeignKey("tickets.number", ondelete="CASCADE"),
        primary_key=True,
    )


def _agent(*, primary_key: bool = False) -> "sa.Column[int]":
    return sa.Column(
        "agent_id",
        sa.BigInteger(),
        sa.ForeignKey("agents.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )


def _invitation() -> "tuple[sa.Column[Any], ...]":
    return (
        sa.Column("code_hash", sa.Text(), unique=True, nullable=True),
        _moment("code_expires_at"),
        _reference("invited_by", "agents.id", ondelete="SET NULL"),
        _created(),
    )
