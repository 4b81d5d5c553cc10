"""The command line: what it does without a service, and that its errors are sentences."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from bot import cli
from bot.settings import PROJECT, names

Zintis = Callable[..., int]


@pytest.fixture
def zintis(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Zintis:
    """Runs a command with a state and settings of its own."""
    for name in names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZINTIS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr("sys.stdin", io.StringIO())

    def run(*words: str, **settings: str) -> int:
        for name, value in settings.items():
            monkeypatch.setenv(f"ZINTIS_{name}", value)
        return cli.main(list(words))

    return run


def test_without_a_database_the_worker_says_what_to_do(
    zintis: Zintis, capsys: pytest.CaptureFixture[str]
) -> None:
    assert zintis("worker") == 1
    assert capsys.readouterr().err == (
        "zintis: There is no database: set ZINTIS_DATABASE_URL, or start `make run` first.\n"
    )


def test_a_wrong_setting_stops_every_command(
    zintis: Zintis, capsys: pytest.CaptureFixture[str]
) -> None:
    assert zintis("content", "check", PORT="much") == 1
    assert capsys.readouterr().err.startswith("zintis: ZINTIS_PORT ")


def test_a_misspelt_setting_is_only_a_warning(
    zintis: Zintis, capsys: pytest.CaptureFixture[str]
) -> None:
    assert zintis("content", "check", PORTT="8080") == 0
    assert "ZINTIS_PORTT is not a setting; did you mean ZINTIS_PORT?" in capsys.readouterr().err


def test_broken_content_is_told_with_file_and_line(
    zintis: Zintis, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shutil.copytree(PROJECT / "content", tmp_path / "content")
    topic = next((tmp_path / "content" / "topics").rglob("*.md"))
    topic.write_text(topic.read_text().replace("title:", "titel:", 1))
    assert zintis("content", "check", CONTENT_DIR=str(tmp_path / "content")) == 1
    assert f"{topic.relative_to(tmp_path)}:" in capsys.readouterr().out


def test_an_agent_gets_a_password_that_is_shown_once(
    zintis: Zintis, capsys: pytest.CaptureFixture[str], database_url: str
) -> None:
    email = "anna.berzina@example.lv"
    assert zintis("agent", "add", email, "Anna Bērziņa", DATABASE_URL=database_url) == 0
    said = capsys.readouterr().out
    password = said.rsplit("once: ", 1)[1].strip()
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT email, role, password_hash FROM agents").fetchone()
    assert row is not None
    assert row[:2] == (email, "staff")
    assert row[2].startswith("$argon2id$")
    assert password not in row[2]


def test_an_agent_is_not_added_twice(
    zintis: Zintis, capsys: pytest.CaptureFixture[str], database_url: str
) -> None:
    add = ("agent", "add", "anna.berzina@example.lv", "Anna Bērziņa")
    assert zintis(*add, DATABASE_URL=database_url) == 0
    assert zintis(*add) == 1
    assert "has an account already" in capsys.readouterr().err


def test_migrate_works_on_an_empty_database(zintis: Zintis, postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE empty")
    url = postgres.replace("/zintis?", "/empty?", 1)
    assert zintis("migrate", DATABASE_URL=url) == 0
    assert zintis("migrate") == 0
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM agents").fetchone() == (0,)


def test_rasas_files_can_be_written_without_training(zintis: Zintis, tmp_path: Path) -> None:
    assert zintis("train", "--only-data", str(tmp_path / "data")) == 0
    written = sorted(path.name for path in (tmp_path / "data").iterdir())
    assert written == ["domain.yml", "nlu.yml"]


@pytest.mark.parametrize("words", [["--help"], ["agent", "add", "--help"], ["nonsense"], []])
def test_help_and_nonsense_end_politely(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(words)
