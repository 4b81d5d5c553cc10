"""Messages by their moment, for the desk's overview.

Block ranges, because messages are stored in the order of time: 40 KB for 100 000 messages, next to no work on writing,
and an overview of today reads today's pages instead of the whole tables.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OPTIONS = {"pages_per_range": 32, "autosummarize": True}


def upgrade() -> None:
    """Apply."""
    for table, column in (("inbound_messages", "received_at"), ("outbound_messages", "created_at")):
        op.create_index(
            f"ix_{table}_{column}",
            table,
            [column],
            postgresql_using="brin",
            postgresql_with=_OPTIONS,
        )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_outbound_messages_created_at", "outbound_messages")
    op.drop_index("ix_inbound_messages_received_at", "inbound_messages")
