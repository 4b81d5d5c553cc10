"""A running newsroom for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from bot.desk import passwords
from bot.storage.database import Database
from tests.workshop.newsroom import Newsroom, open_newsroom


@pytest.fixture
async def newsroom(database: Database, tmp_path: Path) -> AsyncIterator[Newsroom]:
    """The editors' pages over a copy of the content."""
    async with open_newsroom(database, tmp_path) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real hash takes its time on purpose."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64))
