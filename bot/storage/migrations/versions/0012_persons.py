"""Persons: contacts that an agent found to be one; nobody is joined by the migration."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_SOUGHT = (
    ("ix_tickets_reach_detail", "reach_detail", "reach_detail <> ''"),
    ("ix_tickets_merged_into", "merged_into", "merged_into IS NOT NULL"),
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "persons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
    )
    op.add_column(
        "contacts",
        sa.Column(
            "person_id",
            sa.BigInteger(),
            sa.ForeignKey("persons.id", ondelete="SET NULL"),
            nullable=True,
        ),
    )
    op.create_index("ix_contacts_person_id", "contacts", ["person_id"])
    op.create_index("ix_contacts_folded_name", "contacts", [sa.text("zintis_fold(name)")])
    for name, column, condition in _SOUGHT:
        op.create_index(name, "tickets", [column], postgresql_where=sa.text(condition))


def downgrade() -> None:
    """Take back."""
    for name, _, _ in _SOUGHT:
        op.drop_index(name, "tickets")
    op.drop_index("ix_contacts_folded_name", "contacts")
    op.drop_column("contacts", "person_id")
    op.drop_table("persons")
