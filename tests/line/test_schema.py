"""What the migrations make is what the code believes to be there."""

from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

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
