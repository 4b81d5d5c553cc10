"""A running desk for each test."""

from collections.abc import AsyncIterator

import pytest
from argon2 import PasswordHasher

from bot.desk import passwords
from bot.storage.database import Database
from tests.desk.office import Office, open_office


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    """The desk, with nobody hired yet."""
    async with open_office(database) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty people log in at once in a test; the real hash would make them wait for each other."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64))
