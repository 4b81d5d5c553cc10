"""Logs: events, not prose, and never a person.

`log.info("outbox.delivered", delivery_id=…, channel=…, attempt=2)`. Texts, names, numbers and handles do not belong in
a log; should one get there all the same, the guard below takes it out, from the lines of libraries too.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor

from bot.settings import LogFormat

REDACTED = "[redacted]"

FORBIDDEN_KEYS = frozenset(
    {
        "address", "answer", "authorization", "body", "caption", "content", "cookie", "email", "first_name",
        "handle", "last_name", "message", "msg", "name", "note", "number", "password", "payload", "person",
        "phone", "question", "secret", "text", "token", "url", "username", "value", "words",
    }
)  # fmt: skip
"""Keys that nobody should log under; tests/runtime/test_log_calls.py finds them before they run."""

_PERSONAL = re.compile(
    r"""
    \d{6,12}:[\w-]{30,}                   # a Telegram token, in a URL right behind the word bot
    | \b(?:AC|SK|HX)[0-9a-f]{32}\b        # Twilio ids
    | \+?\b371[ ]?2\d[ ]?\d{3}[ ]?\d{3}\b # a Latvian mobile number
    | (?:whatsapp|tel):\+?\d+
    | (?<!\d)\d{6}-\d{5}(?!\d)            # a personal code
    | [\w.+-]+@[\w-]+\.[\w.]+             # an e-mail address
    | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)     # user:password of a URL
    """,
    re.VERBOSE,
)

_ROWS = re.compile(
    r"""
    \[parameters:[ ].*?\](?=\s*(?:\n|\\n|$))
    | (?<=DETAIL:).*?(?=\n\[SQL:[ ]|\n\(Background[ ]on|\n\n(?:The[ ]above|During)|\Z)
    """,
    re.DOTALL | re.VERBOSE,
)
"""Where errors of SQLAlchemy and PostgreSQL quote what was being stored; a quoted text may have several lines."""

_QUIET = ("httpx", "httpcore", "aiohttp.access", "procrastinate", "alembic")
"""Libraries that would log each request with its URL, and so the token, or tell stories about each job."""


def configure(log_format: LogFormat, *, process: str, stream: TextIO | None = None) -> None:
    """Set up the logs of one process (`web`, `worker` …): ours and those of libraries, to one stream."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_process(process),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,  # loggers are made at import, before this
    )
    out = stream or sys.stdout
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact,
                _renderer(log_format, out),
            ],
        )
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger with types: `log = logger(__name__)` at the top of a module."""
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger(name))


def redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Take out what could name a person or open a door."""
    return {key: _guarded(key, value) for key, value in event.items()}


def _guarded(key: str, value: object) -> object:
    if key in FORBIDDEN_KEYS:
        return REDACTED
    return scrub(value) if isinstance(value, str) else value


def scrub(text: str) -> str:
    """A text without tokens, phone numbers, e-mail addresses, personal codes and rows of the database."""
    return _PERSONAL.sub(REDACTED, _ROWS.sub(REDACTED, text))


def _name_process(process: str) -> Processor:
    def add(_logger: object, _method: str, event: MutableMapping[str, Any]) -> EventDict:
        event["process"] = process
        return event

    return add


def _renderer(log_format: LogFormat, out: TextIO) -> Processor:
    if log_format is LogFormat.JSON:
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=out.isatty())
