"""Days named in a text, as entities that need no clock: `rīt` is `tomorrow`, whatever today is."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from components.latvian import words

KIND = "date"
_DAYS = {
    "sodien": "today",
    "sodienas": "today",
    "sovakar": "today",
    "rit": "tomorrow",
    "ritdien": "tomorrow",
    "ritdienas": "tomorrow",
    "ritvakar": "tomorrow",
    "ritvakara": "tomorrow",
    "parit": "day_after_tomorrow",
    "vakar": "yesterday",
    "vakardien": "yesterday",
    "aizvakar": "day_before_yesterday",
}
_WEEKDAYS = {
    "pirmdien": "mon",
    "otrdien": "tue",
    "tresdien": "wed",
    "ceturtdien": "thu",
    "piektdien": "fri",
    "sestdien": "sat",
    "svetdien": "sun",
}
_ENDINGS = ("", "a", "as", "ai", "u", "am", "os", "na", "ien")
_NEXT = ("nakam", "nakos")
_NUMERIC = (
    re.compile(r"(?<![\d.])(\d{1,2})\.\s?(\d{1,2})\.(?:\s?(20\d\d)\b|(\d\d)\b)?(?![\d:])"),
    re.compile(
        r"(?<![\d.,:/])(\d{1,2}\.|\d\d/)(0[1-9]|1[0-2])()()(?![\d.,:/]|\s?(?:%|€|ei|eur|m3|m²|kub|kv))"
    ),
)
"""Day, month and perhaps a year of four figures or of two. Without the last dot it may be a price or an hour."""
_HOUR = re.compile(r"(?:plkst\.?|pulksten\w*)\s*$", re.IGNORECASE)
_MONTHS = {
    "janvar": 1,
    "februar": 2,
    "mart": 3,
    "april": 4,
    "maij": 5,
    "junij": 6,
    "julij": 7,
    "august": 8,
    "septembr": 9,
    "oktobr": 10,
    "novembr": 11,
    "decembr": 12,
}
_NAMED = re.compile(r"(?<![\d.])(\d{1,2})\.?\s?(" + "|".join(_MONTHS) + r")(?:is|s|a|i|im|am|u)\b")
_LAST_DAY = 31
_LAST_MONTH = 12


def days(text: str) -> list[tuple[str, int, int]]:
    """Each day named in a text: its normal form, and from where to where it was written.

    Normal forms: `today`, `tomorrow`, `day_after_tomorrow`, `yesterday`, `day_before_yesterday`, `mon` … `sun` (the
    coming one), `next_mon` … (when "nākam-" or "nākoš-" is said), and ISO 8601 `--12-31` or `2026-12-31`.
    """
    return sorted([*_spoken(text), *_numeric(text), *_named(text)], key=lambda day: day[1])


def _spoken(text: str) -> list[tuple[str, int, int]]:
    found = []
    asked_next: int | None = None
    for word, start, end in words(text):
        value = _DAYS.get(word) or _weekday(word)
        if value is not None:
            is_coming = asked_next is not None and value in _WEEKDAYS.values()
            found.append((f"next_{value}", asked_next, end) if is_coming else (value, start, end))
        asked_next = start if word.startswith(_NEXT) else None
    return found


def _weekday(word: str) -> str | None:
    joined = re.fullmatch(r"nak(?:am|os)[a-z]{0,3}?(\w+dien\w*)", word)
    stem = joined.group(1) if joined else word
    for name, value in _WEEKDAYS.items():
        if stem.startswith(name) and stem[len(name) :] in _ENDINGS:
            return f"next_{value}" if joined else value
    return None


def _numeric(text: str) -> list[tuple[str, int, int]]:
    return [
        (iso, m.start(), m.end())
        for pattern in _NUMERIC
        for m in pattern.finditer(text)
        if not _HOUR.search(text[: m.start()])
        and (iso := _iso(m[3] or (m[4] and f"20{m[4]}"), int(m[2]), int(m[1].rstrip("./"))))
    ]


def _named(text: str) -> list[tuple[str, int, int]]:
    lowered = text.lower().translate(str.maketrans("āēīū", "aeiu"))
    return [
        (iso, m.start(), m.end())
        for m in _NAMED.finditer(lowered)
        if (iso := _iso(None, _MONTHS[m.group(2)], int(m.group(1))))
    ]


def _iso(year: str | None, month: int, day: int) -> str | None:
    if not (1 <= month <= _LAST_MONTH and 1 <= day <= _LAST_DAY):
        return None
    return f"{year or '-'}-{month:02}-{day:02}"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class DateExtractor(GraphComponent, EntityExtractorMixin):
    """Adds the days named in a message as entities `date`."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DateExtractor:
        """Rasa: the component; there is nothing to train."""
        del config, model_storage, resource, execution_context
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Rasa: add the days found to each message's entities."""
        for message in messages:
            found = [
                {
                    "entity": KIND,
                    "value": value,
                    "start": start,
                    "end": end,
                    "confidence_entity": 1.0,
                    "extractor": self.name,
                }
                for value, start, end in days(message.get(TEXT) or "")
            ]
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages
