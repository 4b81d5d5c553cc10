"""Every key that code says stands in phrases.yml, and every phrase is said by code."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bot.content import load
from bot.content.vocabulary import FORMS, LABELS, PHRASES
from domain.tickets import HandoffReason, TicketState
from tests.content.conftest import REAL_CONTENT

ROOT = Path(__file__).parents[2]
ALWAYS = {"assistant", "privacy_url", "phone"}


@cache
def _code() -> tuple[ast.AST, ...]:
    """Every node of the code that decides and says answers."""
    return tuple(
        node
        for folder in ("actions", "bot")
        for file in sorted((ROOT / folder).rglob("*.py"))
        if file.name != "vocabulary.py"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    )


def _texts(node: ast.AST) -> str:
    """A literal, or an f-string with `*` for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            _texts(part) if isinstance(part, ast.Constant) else "*" for part in node.values
        )
    return ""


def _calls(name: str) -> Iterator[ast.Call]:
    for node in _code():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def _matches(pattern: str, keys: frozenset[str] | set[str]) -> set[str]:
    expression = re.compile(".+".join(map(re.escape, pattern.split("*"))))
    return {key for key in keys if expression.fullmatch(key)}


def test_every_key_that_is_said_has_its_phrase() -> None:
    said = {_texts(call.args[0]) for call in _calls("Answer") if call.args} - {""}

    assert said
    missing = {key for key in said if not _matches(key, set(PHRASES)) and key != "menu.*"}
    assert missing == set()


def test_every_phrase_is_said_somewhere() -> None:
    texts = {text for node in _code() if (text := _texts(node)) and ("." in text or "*" in text)}
    families = {
        form
        for source in load(REAL_CONTENT).phrases.values()
        for form in re.findall(r":(\w+)}", source)
    } - set(FORMS)

    patterns = {text for text in texts if not text.startswith("*")} | {
        f"{name}.*" for name in families
    }
    said = {key for pattern in patterns for key in _matches(pattern, set(PHRASES))}

    assert set(PHRASES) - said == set()


def test_every_answer_brings_the_values_that_its_phrase_may_ask_for() -> None:
    lacking = {
        (key, name)
        for call in _calls("Answer")
        if len(call.args) > 1 and isinstance(call.args[1], ast.Dict)
        for key in _matches(_texts(call.args[0]), set(PHRASES))
        for name in PHRASES[key] - ALWAYS - {_texts(k) for k in call.args[1].keys if k}
        if None not in call.args[1].keys
    }
    without = {
        (key, name)
        for call in _calls("Answer")
        if len(call.args) == 1 and not any(k.arg == "values" for k in call.keywords)
        for key in _matches(_texts(call.args[0]), set(PHRASES))
        for name in PHRASES[key] - ALWAYS
    }

    assert lacking | without == set()


def test_every_reason_and_state_of_a_ticket_has_its_phrase() -> None:
    needed = {f"handoff.opened_{reason}" for reason in HandoffReason}
    needed |= {f"my_tickets.{state}" for state in TicketState}

    assert needed - set(PHRASES) == set()


def test_every_choice_that_code_offers_has_its_words() -> None:
    offered = {_texts(call.args[0]).partition(":")[0] for call in _calls("choice") if call.args}
    offered |= {_texts(call.args[0]).partition(":")[0] for call in _calls("ChoiceId") if call.args}

    assert offered - {"", "*", "menu", "topic.*"} - set(LABELS) == set()
