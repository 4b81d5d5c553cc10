"""What a ticket's resident asked stays beside its subject, which agents may word better.

By it the assistant knows the same question again within a week.
"""

from alembic import op

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("ALTER TABLE tickets ADD COLUMN first_words text NOT NULL DEFAULT ''")
    op.execute("UPDATE tickets SET first_words = subject")
