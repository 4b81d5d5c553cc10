"""People and access: second factor, invitations, queues and presence of agents, settings of the desk, the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None

_AGENT = (
    sa.Column("totp_secret", sa.Text(), nullable=True),
    sa.Column("totp_candidate", sa.Text(), nullable=True),
    sa.Column("totp_last_step", sa.BigInteger(), nullable=True),
    sa.Column("presence", sa.Text(), server_default="at_work", nullable=False),
    sa.Column("absent_until", sa.Date(), nullable=True),
)

_REFUSE = """
CREATE FUNCTION zintis_keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END $$
"""
_ROWS = (
    "CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON audit_log"
    " FOR EACH ROW EXECUTE FUNCTION zintis_keep_audit()"
)
_WHOLE = (
    "CREATE TRIGGER keep_whole BEFORE TRUNCATE ON audit_log"
    " FOR EACH STATEMENT EXECUTE FUNCTION zintis_keep_audit()"
)


def upgrade() -> None:
    """Apply."""
    for column in _AGENT:
        op.add_column("agents", column)
    op.add_column(
        "sessions", sa.Column("confirmed", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.create_table(
        "recovery_codes",
        _agent_id(primary_key=True),
        sa.Column("code_hash", sa.Text(), primary_key=True),
    )
    op.create_table(
        "invitations",
        sa.Column("token_hash", sa.Text(), primary_key=True),
        _agent_id(unique=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "agent_queues",
        _agent_id(primary_key=True),
        sa.Column("queue", sa.Text(), primary_key=True),
    )
    op.create_table(
        "desk_settings",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    _create_audit_log()


def _agent_id(*, primary_key: bool = False, unique: bool = False) -> "sa.Column[int]":
    return sa.Column(
        "agent_id",
        sa.BigInteger(),
        sa.ForeignKey("agents.id", ondelete="CASCADE"),
        primary_key=primary_key,
        unique=unique,
        nullable=False,
    )


def _create_audit_log() -> None:
    # No foreign keys: what they do when a row goes away would change the log.
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), nullable=True),
        sa.Column("about_id", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
    )
    for column in ("at", "agent_id", "ticket_number"):
        op.create_index(op.f(f"ix_audit_log_{column}"), "audit_log", [column])
    for statement in (_REFUSE, _ROWS, _WHOLE):
        op.execute(statement)


def downgrade() -> None:
    """Take back."""
    for table in ("audit_log", "desk_settings", "agent_queues", "invitations", "recovery_codes"):
        op.drop_table(table)
    op.execute("DROP FUNCTION zintis_keep_audit")
    op.drop_column("sessions", "confirmed")
    for column in _AGENT:
        op.drop_column("agents", column.name)
