"""Accounts at the issuer are bound to agents; a session knows by which of them it was opened.

Nobody is bound by the migration: each agent is at their next login through the issuer.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None

_OF_SESSIONS = ("issuer", "subject", "id_token")


def upgrade() -> None:
    """Apply."""
    _bind_accounts()


def downgrade() -> None:
    """Take back."""
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
