"""What pydantic finds wrong, said to an editor in plain Latvian."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

_NAME_OF_TYPE = {int: "skaitlis", float: "skaitlis", bool: "jā/nē vērtība", list: "saraksts"}


def explain(error: ErrorDetails, model: object) -> str:
    """The mend for one thing that is wrong in a file read as `model`."""
    name = next((str(step) for step in reversed(error["loc"]) if isinstance(step, str)), "")
    kind = error["type"]
    if kind == "missing":
        return f"trūkst lauka „{name}”; pievienojiet rindu „{name}: …”"
    if kind == "extra_forbidden":
        return _unknown_field(name, fields_at(model, error["loc"][:-1]))
    told = _told(kind, error.get("ctx") or {}, error["input"])
    return f"{name}: {told}" if name else told


def _told(kind: str, context: dict[str, Any], given: object) -> str:
    if kind == "value_error":
        return str(context["error"])
    if kind == "string_type":
        return _not_text(given)
    if isinstance(given, str) and f"string_{kind}" in _SIMPLE:
        kind = f"string_{kind}"
    if kind in _SIMPLE:
        return _SIMPLE[kind].format(**context, given=given, length=_length(given))
    return f"vērtība „{given}” te neder"


def _length(given: object) -> int:
    return len(given) if isinstance(given, str | list) else 0


_NO_DATE = "„{given}” nav datums; rakstiet gads-mēnesis-diena, piemēram, 2027-12-31"
_SIMPLE = {
    "string_too_long": "teksts ir par garu (zīmju skaits: {length}, atļauts: {max_length})",
    "string_too_short": "teksts ir tukšs; ierakstiet to",
    "string_pattern_mismatch": "vērtība „{given}” nav pareizā veidā",
    "date_type": _NO_DATE,
    "date_from_datetime_inexact": _NO_DATE,
    "int_type": "„{given}” nav skaitlis; rakstiet ciparus bez pēdiņām",
    "greater_than_equal": "skaitlis ir par mazu; jābūt vismaz {ge}",
    "less_than_equal": "skaitlis ir par lielu; jābūt ne vairāk kā {le}",
    "list_type": "te vajag sarakstu: katru ierakstu savā rindā, ar - rindas sākumā",
    "dict_type": "te vajag laukus: „nosaukums: vērtība”, katru savā rindā",
    "model_type": "te vajag laukus: „nosaukums: vērtība”, katru savā rindā",
    "too_short": "ierakstu ir par maz ({actual_length}); vajag vismaz {min_length}",
    "too_long": "ierakstu ir par daudz ({actual_length}); atļauti {max_length}",
    "literal_error": "vērtība „{given}” nav pazīstama; atļauts: {expected}",
}


def _not_text(given: object) -> str:
    if isinstance(given, dict):
        words = ": ".join(str(part) for pair in list(given.items())[:1] for part in pair)
        return f'tekstā ir kols, tāpēc visu tekstu lieciet pēdiņās: "{words}"'
    if given is None:
        return "teksts nav ierakstīts"
    name = _NAME_OF_TYPE.get(type(given), "datums vai cita vērtība")
    if isinstance(given, bool):
        return "vārdus yes, no, on, off, true, false lieciet pēdiņās"
    return f'te vajag tekstu, bet ir {name}; lieciet pēdiņās: "{given}"'


def _unknown_field(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1)
    if close:
        return f"lauku „{name}” nepazīstam; vai domājāt „{close[0]}”?"
    return f"lauku „{name}” nepazīstam; izdzēsiet to (atļauti: {', '.join(known)})"


def fields_at(model: object, path: Sequence[str | int]) -> tuple[str, ...]:
    """The fields known to the model that stands at a path within another."""
    found = _model_within(model)
    for step in path:
        if found is not None and isinstance(step, str) and step in found.model_fields:
            found = _model_within(found.model_fields[step].annotation)
    fields = found.model_fields if found is not None else {}
    return tuple(field.alias or name for name, field in fields.items())


def _model_within(annotation: object) -> type[BaseModel] | None:
    """The model itself, or the one in `list[Model]` and `Model | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inside = (_model_within(part) for part in get_args(annotation))
    return next((model for model in inside if model is not None), None)
