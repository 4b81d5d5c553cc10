"""Edges: accounts at the issuer belong to agents; groups that became supergroups are followed; posts are erased.

Nobody is bound to an account by the migration: each agent is at their next login through the issuer. What stands in
groups of staff is named with its chat from now on, because a supergroup counts its messages anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0010"
branch_labels = None
depends_on = None

_OF_SESSIONS = ("issuer", "subject", "id_token")


def upgrade() -> None:
    """Apply."""
    _bind_accounts()
    _follow_groups()
    _erase_posts()


def downgrade() -> None:
    """Take back."""
    op.drop_table("post_erasures")
    op.execute("UPDATE alerts SET vendor_id = split_part(vendor_id, ':', 2) WHERE way = 'group'")
    op.execute("UPDATE staff_replies SET message_id = split_part(message_id, ':', 2)")
    op.drop_table("telegram_moves")
    for name in _OF_SESSIONS:
        op.drop_column("sessions", name)
    op.drop_table("issuer_accounts")


def _bind_accounts() -> None:
    op.create_table(
        "issuer_accounts",
        sa.Column(
            "agent_id",
            sa.BigInteger(),
            sa.ForeignKey("agents.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("issuer", sa.Text(), primary_key=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("issuer", "subject"),
    )
    for name in _OF_SESSIONS:
        op.add_column("sessions", sa.Column(name, sa.Text(), server_default="", nullable=False))


def _follow_groups() -> None:
    op.create_table(
        "telegram_moves",
        sa.Column("old_id", sa.Text(), primary_key=True),
        sa.Column("new_id", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute(
        "UPDATE alerts a SET vendor_id = g.external_id || ':' || a.vendor_id FROM staff_groups g"
        " WHERE a.way = 'group' AND a.vendor_id <> '' AND g.id = a.recipient_id"
    )
    op.execute(
        "UPDATE staff_replies r SET message_id = g.external_id || ':' || r.message_id FROM staff_groups g"
        " WHERE g.id = r.group_id"
    )


def _erase_posts() -> None:
    op.create_table(
        "post_erasures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column(
            "group_id",
            sa.BigInteger(),
            sa.ForeignKey("staff_groups.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False, unique=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
