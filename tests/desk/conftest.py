"""A running desk for each test."""

from collections.abc import AsyncIterator

import pytest

from bot.storage.database import Database
from tests.desk.office import Office, open_office


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    """The desk, with nobody hired yet."""
    async with open_office(database) as opened:
        yield opened
