"""Which commits wait for the disk: those that say "safe" do, those that are repeated do not."""

import pytest
from sqlalchemy import text

from bot.storage.database import Database


# The tests' server is told at its start to wait for nothing, so what matters is who asked for it.
@pytest.mark.parametrize(("repeatable", "asked_by"), [(False, "command line"), (True, "session")])
async def test_only_repeatable_work_asks_not_to_wait(
    database_url: str, *, repeatable: bool, asked_by: str
) -> None:
    database = Database(database_url, repeatable=repeatable)
    async with database.reading() as connection:
        found = await connection.execute(
            text("SELECT setting, source FROM pg_settings WHERE name = 'synchronous_commit'")
        )
        assert found.one() == ("off", asked_by)
    await database.close()
