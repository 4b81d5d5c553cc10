"""What tests of the understanding need."""

import pytest

from bot.processes import free_port


@pytest.fixture
def unused_port() -> int:
    """A port on which nobody listens."""
    return free_port()
