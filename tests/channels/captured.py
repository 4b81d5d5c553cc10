"""Payloads as the vendors send them, captured and scrubbed: nobody in them exists."""

import json
from pathlib import Path
from urllib.parse import parse_qsl

_FIXTURES = Path(__file__).parent.parent / "fixtures"


def update(name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((_FIXTURES / "telegram" / f"{name}.json").read_text())
    return found


def form(name: str) -> dict[str, str]:
    text = (_FIXTURES / "whatsapp" / f"{name}.form").read_text().strip()
    return dict(parse_qsl(text, keep_blank_values=True))


def all_updates() -> list[str]:
    return sorted(path.stem for path in (_FIXTURES / "telegram").glob("*.json"))
