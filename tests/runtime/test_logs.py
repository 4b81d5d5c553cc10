"""Logs: events with their values, and nothing that names a person, whoever writes the line."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog

from bot import logs
from bot.settings import LogFormat


@contextmanager
def _configured(log_format: LogFormat, out: io.StringIO) -> Iterator[None]:
    """Logs as a process of the service writes them, for the time of the block."""
    handlers, level, before = logging.root.handlers, logging.root.level, structlog.get_config()
    logs.configure(log_format, process="test", stream=out)
    try:
        yield
    finally:
        logging.root.handlers = handlers
        logging.root.setLevel(level)
        structlog.configure(**before)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Where the log goes during a test."""
    out = io.StringIO()
    with _configured(LogFormat.JSON, out):
        yield out


def test_an_event_keeps_its_values(lines: io.StringIO) -> None:
    logs.logger("bot.outbox").info("outbox.delivered", delivery_id=7, attempt=2)
    event = json.loads(lines.getvalue())
    assert event.pop("timestamp")
    assert event == {
        "event": "outbox.delivered",
        "level": "info",
        "process": "test",
        "delivery_id": 7,
        "attempt": 2,
    }


def test_what_a_person_said_is_taken_out(lines: io.StringIO) -> None:
    logs.logger("bot.turn").info("turn.taken", text="mans kods ir 010190-12345", handle="123456")
    assert "12345" not in lines.getvalue()
    assert lines.getvalue().count(logs.REDACTED) == 2


@pytest.mark.parametrize(
    "secret",
    [
        "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw9",
        "whatsapp:+37120000000",
        "+371 20 000 000",
        "010190-12345",
        "janis.berzins@example.lv",
    ],
)
def test_a_librarys_line_is_scrubbed_too(lines: io.StringIO, secret: str) -> None:
    logging.getLogger("some.package").warning("could not send to %s", secret)
    assert secret not in lines.getvalue()
    assert logs.REDACTED in lines.getvalue()


def test_a_row_quoted_by_a_database_error_is_scrubbed(lines: io.StringIO) -> None:
    error = RuntimeError(
        "duplicate\nDETAIL:  Key (text)=(labdien) exists.\n[parameters: {'a': 'čau'}]"
    )
    logs.logger("bot.turn").error("turn.failed", exc_info=error)
    assert "labdien" not in lines.getvalue()
    assert "čau" not in lines.getvalue()
    assert "turn.failed" in lines.getvalue()


def test_http_requests_of_vendor_clients_are_not_logged(lines: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: POST https://api.telegram.org/bot1:secret/getMe")
    assert lines.getvalue() == ""


def test_the_token_in_an_address_of_the_bot_api_is_scrubbed(lines: io.StringIO) -> None:
    token = "110201543:" + "A" * 35
    logging.getLogger("some.package").warning("GET https://api.telegram.org/bot%s/getMe", token)
    assert token not in lines.getvalue()


def test_every_line_of_a_quoted_row_is_scrubbed(lines: io.StringIO) -> None:
    quoted = (
        "null value\nDETAIL:  Failing row contains (5, Esmu Anna,\ndzīvoju Elejā).\nCONTEXT:  JSON data: Anna"
        "\n[SQL: INSERT INTO x]\n[parameters: {'text': 'Anna ] (Eleja'}]\n(Background on this error at: here)"
    )
    logs.logger("bot.turn").error("turn.failed", exc_info=RuntimeError(quoted))
    assert "sauc Anna" not in lines.getvalue()
    assert "Elej" not in lines.getvalue()
    assert "INSERT INTO x" in lines.getvalue()
    assert "Background" in lines.getvalue()


def test_a_traceback_on_the_console_shows_no_local_variables() -> None:
    out = io.StringIO()
    with _configured(LogFormat.CONSOLE, out):
        try:
            _break(" ".join(("Mani", "sauc", "Anna")))  # the line itself is shown
        except ValueError:
            logs.logger("bot.turn").exception("turn.broke")
    assert "ValueError" in out.getvalue()
    assert "sauc Anna" not in out.getvalue()


def _break(said: str) -> None:
    raise ValueError(len(said))
