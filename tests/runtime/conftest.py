"""What the tests of the runtime share."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for a PostgreSQL. Not pytest's own: as root the server is somebody else, and a second run locks that."""
    folder = Path(tempfile.mkdtemp(prefix="zintis-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
