"""The queue, at the pace that a burst of messages needs.

Its fetch asks of each waiting job whether an earlier one holds the same lock; without an index that begins with the
lock, that reads all jobs there are for each. What happened to a job is not kept twice: people see it in our own tables,
so the library's journal of events, two rows and an index entry for each change, is off. A table whose rows live for
milliseconds is cleaned by its changes, not by its size.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_JOURNAL = (
    "procrastinate_trigger_status_events_insert_v1",
    "procrastinate_trigger_status_events_update_v1",
    "procrastinate_trigger_scheduled_events_v1",
)


def upgrade() -> None:
    """Apply."""
    op.execute(
        "CREATE INDEX ix_procrastinate_jobs_lock ON procrastinate_jobs (lock, priority, id)"
        " WHERE status IN ('todo', 'doing')"
    )
    for trigger in _JOURNAL:
        op.execute(f"ALTER TABLE procrastinate_jobs DISABLE TRIGGER {trigger}")
    op.execute(
        "ALTER TABLE procrastinate_jobs SET (autovacuum_vacuum_scale_factor = 0,"
        " autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0)"
    )


def downgrade() -> None:
    """Take back."""
    op.execute(
        "ALTER TABLE procrastinate_jobs RESET (autovacuum_vacuum_scale_factor,"
        " autovacuum_vacuum_threshold, autovacuum_vacuum_cost_delay)"
    )
    for trigger in _JOURNAL:
        op.execute(f"ALTER TABLE procrastinate_jobs ENABLE TRIGGER {trigger}")
    op.execute("DROP INDEX ix_procrastinate_jobs_lock")
