"""`zintis run`: what the operator reads, and what stops a start with a clear sentence."""

import fcntl
import socket
from pathlib import Path

import pytest

from bot.desk.agents import FirstLogin
from bot.run import CannotRun, _nlu_token, announcement, box, run
from bot.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a state of their own."""
    return Settings(state_dir=tmp_path / "state", host="127.0.0.1", port=8080)


def test_the_operator_reads_where_everything_is(settings: Settings) -> None:
    login = FirstLogin(email="admin@localhost", password="seen-once")
    lines = announcement(settings, login)
    assert lines[0] == "Zintis is ready."
    assert "Chat (tērzēšana)     http://127.0.0.1:8080/" in lines
    assert "Desk (darba galds)   http://127.0.0.1:8080/desk/" in lines
    assert "  password           seen-once" in lines
    assert "Telegram             off (set ZINTIS_TELEGRAM_TOKEN)" in lines


def test_a_login_is_shown_only_once(settings: Settings) -> None:
    assert not any("First login" in line for line in announcement(settings, None))


def test_channels_that_are_on_say_how(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {
            "state_dir": tmp_path,
            "telegram_token": "1:token",
            "twilio_account_sid": "AC1",
            "twilio_auth_token": "secret",
            "whatsapp_from": "whatsapp:+37120000000",
        }
    )
    lines = announcement(settings, None)
    assert "Telegram             on, polling" in lines
    assert "WhatsApp             on, but deaf: Twilio needs ZINTIS_PUBLIC_URL" in lines
    assert not any("token" in line or "secret" in line for line in lines)


def test_each_run_has_a_token_of_its_own_for_its_model_server(settings: Settings) -> None:
    settings.state_dir.mkdir()
    made = set()
    for _ in range(2):
        with _nlu_token(settings):
            assert settings.nlu_token_file.stat().st_mode & 0o777 == 0o600
            made.add(settings.nlu_secret)
    assert len(made) == 2
    assert settings.nlu_secret == ""


def test_a_token_that_is_set_or_for_another_machine_is_not_made(tmp_path: Path) -> None:
    for set_by_the_operator in ({"nlu_token": "x" * 16}, {"nlu_url": "http://nlu:5005"}):
        elsewhere = Settings.model_validate({"state_dir": tmp_path, **set_by_the_operator})
        with _nlu_token(elsewhere):
            assert not elsewhere.nlu_token_file.exists()


def test_a_server_for_everybody_is_reached_at_this_machine(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path, host="0.0.0.0", port=8080)  # noqa: S104 - nothing is bound
    assert "Chat (tērzēšana)     http://127.0.0.1:8080/" in announcement(settings, None)


def test_the_box_is_straight() -> None:
    assert box(["viens", "divi!!"]) == "┌────────┐\n│ viens  │\n│ divi!! │\n└────────┘"


def test_a_taken_port_is_named_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.run._PORT_PATIENCE", 0.0)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = Settings(
            state_dir=tmp_path / "state",
            database_url="postgresql://nobody@localhost/never-reached",
            port=other.getsockname()[1],
        )
        with pytest.raises(CannotRun, match=r"Port \d+ is taken .* ZINTIS_PORT=8090"):
            run(settings)


def test_two_runs_on_the_same_data_are_refused(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path, database_url="postgresql://nobody@localhost/x")
    with (tmp_path / "run.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(CannotRun, match=r"runs already on the data in .* ZINTIS_STATE_DIR"):
            run(settings)
