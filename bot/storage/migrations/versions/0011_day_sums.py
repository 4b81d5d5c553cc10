"""Sums of days of what was erased, so that the overview of old months stays what it was.

What was erased before is not in them: nobody knows it any more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "day_sums",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("figure", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("added_on", sa.Date(), nullable=True),
    )
    op.create_index(
        "ix_day_sums_added_on",
        "day_sums",
        ["added_on"],
        postgresql_where=sa.text("added_on IS NOT NULL"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("day_sums")
