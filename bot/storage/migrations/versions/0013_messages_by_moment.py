"""Inbound messages by their moment, row by row; replies by what they answer.

Block ranges are summed up by autovacuum, so the newest of them, which the overview counts at each opening, were read
whole. Erasing a message looks for its replies because they refer to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_BRIN = {"pages_per_range": 32, "autosummarize": True}
_BY_BLOCKS = (("inbound_messages", "received_at"), ("outbound_messages", "created_at"))


def upgrade() -> None:
    """Apply."""
    for table, column in _BY_BLOCKS:
        op.drop_index(f"ix_{table}_{column}", table)
    op.create_index("ix_inbound_messages_received_at", "inbound_messages", ["received_at"])
    op.create_index(
        "ix_outbound_messages_reply_to",
        "outbound_messages",
        ["reply_to"],
        postgresql_where=sa.text("reply_to IS NOT NULL"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_outbound_messages_reply_to", "outbound_messages")
    op.drop_index("ix_inbound_messages_received_at", "inbound_messages")
    for table, column in _BY_BLOCKS:
        op.create_index(
            f"ix_{table}_{column}",
            table,
            [column],
            postgresql_using="brin",
            postgresql_with=_BRIN,
        )
