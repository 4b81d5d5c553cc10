"""What the migrations make is what the code believes to be there, and what was there before is kept."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.storage import migrations
from bot.storage.database import driver_url
from bot.storage.schema import metadata


def _is_ours(name: str | None, kind: str, _: Any) -> bool:  # noqa: ANN401 - Alembic tells more than is needed
    return kind != "table" or name in metadata.tables


def test_the_migrations_make_the_tables_that_the_code_knows(database_url: str) -> None:
    engine = sa.create_engine(driver_url(database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_ours})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


_BEFORE = (
    "INSERT INTO agents (email, name, password_hash) VALUES ('a@example.org', 'Anna', '-')",
    "INSERT INTO contacts (name) VALUES ('Vilma')",
    "INSERT INTO handles (contact_id, channel, external_id) VALUES (1, 'telegram', '7')",
    "INSERT INTO conversations (handle_id) VALUES (1)",
    "INSERT INTO tickets (conversation_id, reason, opened_at, answer_by, solve_by)"
    " VALUES (1, 'asked', now(), now(), now())",
    "INSERT INTO staff_groups (external_id, invited_by) VALUES ('-9001', 1)",
    "INSERT INTO alerts (ticket_number, kind, occasion, way, recipient_id, vendor_id, due_at, first_due_at, created_at)"
    " VALUES (1001, 'new', 0, 'group', 1, '12', now(), now(), now()),"
    " (1001, 'new', 1, 'group', 1, '', now(), now(), now()),"
    " (1001, 'new', 0, 'email', 1, '', now(), now(), now())",
    "INSERT INTO staff_replies (group_id, message_id, ticket_number, agent_id, text, created_at)"
    " VALUES (1, '13', 1001, 1, 'Rīt.', now())",
)


def test_what_stands_in_groups_of_staff_is_named_with_its_chat(database_url: str) -> None:
    engine = sa.create_engine(driver_url(database_url))
    with engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__path__[0])))
        config.attributes["connection"] = connection
        before = ScriptDirectory.from_config(config).get_revision("0009").down_revision
        command.downgrade(config, str(before))
        for statement in _BEFORE:
            connection.execute(sa.text(statement))
        command.upgrade(config, "head")
        posts = connection.scalars(sa.text("SELECT vendor_id FROM alerts ORDER BY id"))
        replies = connection.scalars(sa.text("SELECT message_id FROM staff_replies"))
        assert (posts.all(), replies.all()) == (["-9001:12", "", ""], ["-9001:13"])
        command.downgrade(config, str(before))
        posts = connection.scalars(sa.text("SELECT vendor_id FROM alerts ORDER BY id"))
        assert posts.all() == ["12", "", ""]
    engine.dispose()
