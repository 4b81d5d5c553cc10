"""The tables. Migrations make them; this says what is in them.

Every change to inbound or outbound messages, tickets or a conversation's mode notifies the PostgreSQL channel
`zintis_live` with the conversation's id (triggers in the migrations), which is what makes pages live on every replica.
"""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    func,
    literal_column,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    }
)


def constant(word: StrEnum) -> ColumnElement[str]:
    """A word of ours in the text of a statement, where it would be a parameter otherwise.

    Once a statement is prepared, PostgreSQL keeps one plan for all parameters, and that cannot use an index over the
    rows with this word only.
    """
    return literal_column(f"'{word.value}'", Text)


def _key() -> Column[int]:
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


def _moment(name: str, *, required: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=not required)


def _created() -> Column[object]:
    return Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now())


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _words(table: str, column: str) -> Index:
    """What is found by a search; `bot/storage/ticket_search.py` asks with the same expression."""
    return Index(
        f"ix_{table}_words",
        text(f"to_tsvector('simple', zintis_fold({column}))"),
        postgresql_using="gin",
    )


persons = Table(
    "persons",  # contacts that an agent joined, because they are one person
    metadata,
    _key(),
    _created(),
)

contacts = Table(
    "contacts",
    metadata,
    _key(),
    Column("person_id", ForeignKey("persons.id", ondelete="SET NULL"), index=True),
    _text("name"),
    _text("language"),
    _created(),
    _words("contacts", "name"),
    Index("ix_contacts_folded_name", text("zintis_fold(name)")),
)

handles = Table(
    "handles",
    metadata,
    _key(),
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("channel", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("reachable", Boolean, nullable=False, server_default=true()),
    _created(),
    UniqueConstraint("channel", "external_id"),
)

conversations = Table(
    "conversations",
    metadata,
    _key(),
    Column("handle_id", ForeignKey("handles.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("mode", Text, nullable=False, server_default="bot"),
    Column("state", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("version", Integer, nullable=False, server_default="0"),
    _moment("last_inbound_at"),
    _moment("erased_at"),
    _created(),
)

inbound_messages = Table(
    "inbound_messages",
    metadata,
    _key(),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    _text("text"),
    _text("choice"),
    Column("attachments", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("masked", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    _text("album"),
    _text("forwarded_from"),
    Column("edit_of", Text),
    _moment("sent_at", required=True),
    _moment("received_at", required=True),
    _moment("answered_at"),
    _text("intent"),
    Column("confidence", Float),
    Column("attempts", Integer, nullable=False, server_default="0"),
    UniqueConstraint("channel", "external_id"),
    Index("ix_inbound_messages_received_at", "received_at"),
    Index("ix_inbound_messages_conversation_id_id", "conversation_id", "id"),
    Index(
        "ix_inbound_messages_unanswered",
        "conversation_id",
        "id",
        postgresql_where=text("answered_at IS NULL"),
    ),
    _words("inbound_messages", "text"),
)

outbound_messages = Table(
    "outbound_messages",
    metadata,
    _key(),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("reply_to", ForeignKey("inbound_messages.id", ondelete="SET NULL")),
    Column("agent_id", ForeignKey("agents.id", ondelete="SET NULL")),
    Column("keys", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    _text("source"),
    _text("text"),
    _text("plain"),
    Column("buttons", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("template", Boolean, nullable=False, server_default=false()),
    Column("file_id", ForeignKey("staff_files.id", ondelete="SET NULL")),
    # Where it is delivered when that is not its own conversation: a relayed case goes through its ambassador.
    Column("deliver_to", ForeignKey("conversations.id", ondelete="SET NULL")),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _text("error"),
    Column("vendor_id", Text),
    _created(),
    _moment("sent_at"),
    _moment("delivered_at"),
    _moment("read_at"),
    _moment("failed_at"),
    Index(
        "ix_outbound_messages_reply_to", "reply_to", postgresql_where=text("reply_to IS NOT NULL")
    ),
    Index("ix_outbound_messages_conversation_id_id", "conversation_id", "id"),
    Index(
        "ix_outbound_messages_said",  # holds all that the overview counts, so that it reads no texts
        "created_at",
        postgresql_include=["reply_to", "keys"],
        postgresql_where=text("agent_id IS NULL"),
    ),
    Index("ix_outbound_messages_vendor_id", "vendor_id"),
    Index(
        "ix_outbound_messages_open",
        "conversation_id",
        "id",
        postgresql_where=text("state IN ('queued', 'sending', 'parked')"),
    ),
    Index(
        "ix_outbound_messages_failed",
        "conversation_id",
        postgresql_where=text("state = 'failed'"),
    ),
    Index(
        "ix_outbound_messages_by_agents",
        "conversation_id",
        "id",
        postgresql_where=text("agent_id IS NOT NULL"),
    ),
    _words("outbound_messages", "source"),
    Index(
        "ix_outbound_messages_deliver_to",
        "deliver_to",
        "id",
        postgresql_where=text("deliver_to IS NOT NULL"),
    ),
)

agents = Table(
    "agents",
    metadata,
    _key(),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False, server_default="staff"),
    _created(),
    _moment("disabled_at"),
    Column("totp_secret", Text),
    Column("totp_candidate", Text),
    Column("totp_last_step", BigInteger),
    Column("presence", Text, nullable=False, server_default="at_work"),
    Column("absent_until", Date),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("csrf", Text, nullable=False),
    _created(),
    _moment("last_seen_at", required=True),
    _moment("expires_at", required=True),
    Column("confirmed", Boolean, nullable=False, server_default=true()),
    Column("signed_in_by", Text, nullable=False, server_default="password"),
    # Of who came by the issuer: the account there, and the token that it wants back at the logout.
    _text("issuer"),
    _text("subject"),
    _text("id_token"),
)

issuer_accounts = Table(
    "issuer_accounts",
    metadata,
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    _moment("linked_at", required=True),
    UniqueConstraint("issuer", "subject"),
)

sign_ins = Table(
    "sign_ins",  # under way at the municipality's own accounts
    metadata,
    Column("state_hash", Text, primary_key=True),
    Column("browser_hash", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    _text("wanted"),
    _text("draft_answer"),
    _text("draft_note"),
    _moment("expires_at", required=True),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("code_hash", Text, primary_key=True),
)

invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, unique=True),
    _moment("expires_at", required=True),
)

agent_queues = Table(
    "agent_queues",
    metadata,
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("queue", Text, primary_key=True),
)

desk_settings = Table(
    "desk_settings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

audit_log = Table(
    "audit_log",  # append-only: triggers refuse everything else
    metadata,
    _key(),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
    Column("agent_id", BigInteger, index=True),
    Column("event", Text, nullable=False),
    Column("ticket_number", BigInteger, index=True),
    Column("about_id", BigInteger),
    _text("detail"),
    _text("address"),
)

login_attempts = Table(
    "login_attempts",
    metadata,
    _key(),
    Column("email", Text, nullable=False, index=True),
    Column("address", Text, nullable=False, server_default="", index=True),
    _moment("at", required=True),
)

tickets = Table(
    "tickets",
    metadata,
    Column("number", BigInteger, Identity(always=True, start=1001), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="new"),
    Column("queue", Text, nullable=False, server_default="general"),
    _text("topic"),
    _text("subject"),
    _text("first_words"),
    Column("priority", Text, nullable=False, server_default="normal"),
    Column("tags", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    Column("main", Boolean, nullable=False, server_default=true()),
    Column("agent_id", ForeignKey("agents.id", ondelete="SET NULL")),
    Column("merged_into", ForeignKey("tickets.number", ondelete="SET NULL")),
    Column("ambassador_id", ForeignKey("ambassadors.id", ondelete="SET NULL"), index=True),
    _text("on_behalf_of"),
    _text("reach_by"),
    _text("reach_detail"),
    Column("stars", Integer),
    _text("comment"),
    Column("reopened", Integer, nullable=False, server_default="0"),
    _moment("opened_at", required=True),
    _moment("answer_by", required=True),
    _moment("solve_by", required=True),
    _moment("claimed_at"),
    _moment("first_answered_at"),
    _moment("solved_at"),
    _moment("closed_at"),
    _moment("rated_at"),
    _moment("late_told_at"),
    Index("ix_tickets_conversation_id_number", "conversation_id", "number"),
    Index("ix_tickets_state_answer_by", "state", "answer_by"),
    Index("ix_tickets_reach_detail", "reach_detail", postgresql_where=text("reach_detail <> ''")),
    Index(
        "ix_tickets_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")
    ),
    Index(
        "uq_tickets_one_open",
        "conversation_id",
        unique=True,
        postgresql_where=text("state IN ('new', 'claimed', 'solved') AND main"),
    ),
    Index(
        "ix_tickets_solved_at",
        text("solved_at DESC NULLS LAST"),
        text("number DESC"),
        postgresql_where=text("state IN ('solved', 'closed')"),
    ),
    _words("tickets", "subject"),
)

ticket_events = Table(
    "ticket_events",
    metadata,
    _key(),
    Column(
        "ticket_number",
        ForeignKey("tickets.number", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("agent_id", ForeignKey("agents.id", ondelete="SET NULL")),
    Column("kind", Text, nullable=False),
    _text("detail"),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

notes = Table(
    "notes",
    metadata,
    _key(),
    Column(
        "ticket_number",
        ForeignKey("tickets.number", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("agent_id", ForeignKey("agents.id", ondelete="SET NULL")),
    Column("text", Text, nullable=False),
    _created(),
    _words("notes", "text"),
)

ticket_links = Table(
    "ticket_links",  # both directions are stored, so that each ticket knows its own
    metadata,
    Column("ticket_number", ForeignKey("tickets.number", ondelete="CASCADE"), primary_key=True),
    Column("linked_number", ForeignKey("tickets.number", ondelete="CASCADE"), primary_key=True),
)

ticket_viewers = Table(
    "ticket_viewers",
    metadata,
    Column("ticket_number", ForeignKey("tickets.number", ondelete="CASCADE"), primary_key=True),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    _moment("seen_at", required=True),
    Column("writing", Boolean, nullable=False, server_default=false()),
)

topic_proposals = Table(
    "topic_proposals",  # waiting for an editor: used or declined ones are deleted
    metadata,
    _key(),
    Column(
        "ticket_number",
        ForeignKey("tickets.number", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("agent_id", ForeignKey("agents.id", ondelete="SET NULL")),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    _created(),
)

staff_files = Table(
    "staff_files",
    metadata,
    _key(),
    Column("token", Text, nullable=False, unique=True),
    Column(
        "ticket_number",
        ForeignKey("tickets.number", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("agent_id", ForeignKey("agents.id", ondelete="SET NULL")),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    _created(),
)

ambassadors = Table(
    "ambassadors",
    metadata,
    _key(),
    Column("name", Text, nullable=False),
    Column("contact_id", ForeignKey("contacts.id", ondelete="SET NULL"), unique=True),
    Column("code_hash", Text, unique=True),
    _moment("code_expires_at"),
    Column("invited_by", ForeignKey("agents.id", ondelete="SET NULL")),
    _created(),
    _moment("joined_at"),
    _moment("disabled_at"),
)

group_chats = Table(
    "group_chats",
    metadata,
    _key(),
    Column("channel", Text, nullable=False),
    Column("external_id", Text),
    _text("title"),
    Column("code_hash", Text, unique=True),
    _moment("code_expires_at"),
    Column("invited_by", ForeignKey("agents.id", ondelete="SET NULL")),
    _created(),
    _moment("linked_at"),
    _moment("disabled_at"),
    UniqueConstraint("channel", "external_id"),
)

agent_alerts = Table(
    "agent_alerts",
    metadata,
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("email", Text, nullable=False),
    _moment("since", required=True),
)

alerts = Table(
    "alerts",  # what is told to whom, so that nobody is told twice
    metadata,
    _key(),
    Column(
        "ticket_number",
        ForeignKey("tickets.number", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("kind", Text, nullable=False),
    Column("occasion", BigInteger, nullable=False),
    Column("way", Text, nullable=False),
    Column("recipient_id", BigInteger, nullable=False),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _text("error"),
    _text("vendor_id"),
    _moment("due_at", required=True),
    _moment("first_due_at", required=True),
    _moment("created_at", required=True),
    _moment("sent_at"),
    UniqueConstraint("ticket_number", "kind", "occasion", "way", "recipient_id"),
    Index(
        "ix_alerts_open", "way", "due_at", postgresql_where=text("state IN ('queued', 'sending')")
    ),
)

staff_groups = Table(
    "staff_groups",
    metadata,
    _key(),
    Column("external_id", Text, unique=True),
    _text("title"),
    Column("with_words", Boolean, nullable=False, server_default=true()),
    Column("code_hash", Text, unique=True),
    _moment("code_expires_at"),
    Column("invited_by", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False),
    _moment("linked_at"),
    _moment("disabled_at"),
)

telegram_moves = Table(
    "telegram_moves",  # groups that became supergroups
    metadata,
    Column("old_id", Text, primary_key=True),
    Column("new_id", Text, nullable=False),
    _moment("moved_at", required=True),
)

agent_telegrams = Table(
    "agent_telegrams",
    metadata,
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", Text, unique=True),
    Column("code_hash", Text, unique=True),
    _moment("code_expires_at"),
)

post_erasures = Table(
    "post_erasures",  # posts in staff groups about residents whose data are erased
    metadata,
    _key(),
    Column("group_id", ForeignKey("staff_groups.id", ondelete="CASCADE"), nullable=False),
    Column("ticket_number", BigInteger, nullable=False),
    Column("post", Text, nullable=False, unique=True),
    _moment("posted_at"),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _text("error"),
    _moment("due_at", required=True),
    _moment("created_at", required=True),
)

staff_replies = Table(
    "staff_replies",  # written in a staff group, waiting for "sūtīt iedzīvotājam"
    metadata,
    _key(),
    Column("group_id", ForeignKey("staff_groups.id", ondelete="CASCADE"), nullable=False),
    Column("message_id", Text, nullable=False),
    Column(
        "ticket_number",
        ForeignKey("tickets.number", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False),
    Column("text", Text, nullable=False),
    _moment("created_at", required=True),
    UniqueConstraint("group_id", "message_id"),
)

day_sums = Table(
    "day_sums",  # what the overview counted of people whose data are erased: about days, never about people
    metadata,
    Column("day", Date, primary_key=True),
    Column("figure", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("added_on", Date),  # empty once it is mixed with the other days
    Index("ix_day_sums_added_on", "added_on", postgresql_where=text("added_on IS NOT NULL")),
)
