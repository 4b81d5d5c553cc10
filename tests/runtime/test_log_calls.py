"""Every log call of the service names an event and logs under no forbidden key."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bot.logs import FORBIDDEN_KEYS
from bot.settings import PROJECT

_LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
_EVENT = re.compile(r"^[a-z_]+(\.[a-z_]+)+$")


def _log_calls() -> Iterator[tuple[Path, ast.Call]]:
    for file in sorted((PROJECT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and _is_log_call(node.func):
                yield file, node


def _is_log_call(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr in _LEVELS
        and isinstance(function.value, ast.Name)
        and function.value.id == "log"
    )


def test_events_are_named_not_told() -> None:
    told = [
        f"{file}:{call.lineno}"
        for file, call in _log_calls()
        if not (
            call.args
            and isinstance(call.args[0], ast.Constant)
            and _EVENT.match(str(call.args[0].value))
        )
    ]
    assert told == []


def test_nobody_logs_under_a_forbidden_key() -> None:
    personal = [
        f"{file}:{call.lineno} {keyword.arg}"
        for file, call in _log_calls()
        for keyword in call.keywords
        if keyword.arg in FORBIDDEN_KEYS
    ]
    assert personal == []
