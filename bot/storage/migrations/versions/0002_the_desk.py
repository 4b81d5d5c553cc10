"""The desk: logins are counted by network address too, and new notes wake whoever watches the ticket."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NOTIFY = """
CREATE FUNCTION zintis_notify_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('zintis_live', conversation_id::text) FROM tickets WHERE number = NEW.ticket_number;
    RETURN NULL;
END $$
"""
_LIVE = "CREATE TRIGGER live_notes AFTER INSERT ON notes FOR EACH ROW EXECUTE FUNCTION zintis_notify_note()"


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "login_attempts", sa.Column("address", sa.Text(), server_default="", nullable=False)
    )
    op.create_index(op.f("ix_login_attempts_address"), "login_attempts", ["address"])
    op.execute(_NOTIFY)
    op.execute(_LIVE)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TRIGGER live_notes ON notes")
    op.execute("DROP FUNCTION zintis_notify_note")
    op.drop_column("login_attempts", "address")
