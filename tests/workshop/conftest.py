"""A running newsroom for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage.database import Database
from tests.workshop.newsroom import Newsroom, open_newsroom


@pytest.fixture
async def newsroom(database: Database, tmp_path: Path) -> AsyncIterator[Newsroom]:
    """The editors' pages over a copy of the content."""
    async with open_newsroom(database, tmp_path) as opened:
        yield opened
