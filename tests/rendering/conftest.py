"""The real phrases with a few topics, as the speaker gets them."""

from pathlib import Path

import pytest

from bot.content import Content, load
from bot.rendering import Speaker
from tests.content.conftest import Directory

PRIVACY = "https://zintis.example/privatums"


@pytest.fixture(scope="session")
def content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """Content with two topics, one of which leads on to the other."""
    path = Path(tmp_path_factory.mktemp("rendering")) / "content"
    path.mkdir()
    directory = Directory(path)
    directory.edit(
        "topics/bills/bills-pay-where.md", "next_step: null", "next_step: Paņemiet līdzi rēķinu."
    )
    return load(path, privacy_url=PRIVACY)


@pytest.fixture
def speaker(content: Content) -> Speaker:
    """A speaker of that content."""
    return Speaker(content)
