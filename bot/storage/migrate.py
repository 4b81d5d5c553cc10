"""Bring the database to the newest schema, one process at a time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from bot.storage.database import driver_url

_LOCK = 7_221_034
"""Any number that nobody else uses for `pg_advisory_lock`."""


def migrate(database_url: str) -> None:
    """Apply what is missing. Replicas that start together wait for one another."""
    engine = create_engine(driver_url(database_url))
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            try:
                command.upgrade(_config(connection), "head")
                connection.commit()
            finally:
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
    finally:
        engine.dispose()


def is_current(database_url: str) -> bool:
    """Whether the database has the newest schema."""
    engine = create_engine(driver_url(database_url))
    try:
        with engine.connect() as connection:
            applied = MigrationContext.configure(connection).get_current_heads()
            wanted = ScriptDirectory.from_config(_config(connection)).get_heads()
            return set(applied) == set(wanted)
    finally:
        engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
