"""JSON schemas of the content files, so that an editor's program completes fields and marks mistakes while typing."""

import json
from pathlib import Path
from typing import Any

from bot.content import models

FOLDER = "schemas"

_ID = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_PATTERNS = {
    "id": _ID,
    "phone": r"^(\+371[0-9]{8}|[0-9]{8}|[0-9]{4}|1[0-9]{2})$",
    "fallback_phone": r"^(\+371[0-9]{8}|[0-9]{8}|[0-9]{4}|1[0-9]{2})$",
    "source": r"^https?://",
    "starts": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}",
    "verified_on": _DATE,
    "valid_until": _DATE,
}
_SPAN = {"type": "string", "pattern": r"^\d\d:\d\d-\d\d:\d\d$"}

_TOLD = {
    "id": "Nemaināms nosaukums: mazie burti bez garumzīmēm, cipari un -. Tematam tāds pats kā faila nosaukums.",
    "title": "Īss virsraksts; iedzīvotājs to redz uz pogas un jautājumā „Vai domājāt …?”.",
    "examples": "Kā cilvēki to jautā: vismaz 10 dažādi formulējumi.",
    "source": "Saite uz lapu, no kuras ir ziņas; null, ja tādas nav.",
    "source_note": "No kurienes ziņas, ja saites nav.",
    "source_date": "No kura laika ir avota lapa, piemēram, 2023-01.",
    "verified_on": "Kad pašvaldība atbildi salīdzināja ar avotu (2026-11-20); null – vēl nav salīdzināta.",
    "valid_until": "Līdz kurai dienai atbildi rāda, piemēram, 2027-12-31.",
    "phone": 'Kam zvanīt, pēdiņās un bez atstarpēm: "63022238", "8848" vai "112"; null, ja tālruņa nav.',
    "fallback_phone": 'Tālrunis, kas palīdz vienmēr, pēdiņās: "63022238".',
    "next_step": "Viens teikums: ko darīt tālāk; null, ja pietiek ar tālruni.",
    "choices": "Līdz trim tematu id, ko piedāvāt pēc atbildes.",
    "queue": "Kurš atbild, ja vajag cilvēku; id no faila queues.yml.",
    "owner": "Kas atbild par to, lai atbilde būtu pareiza: e-pasts, cilvēks vai nodaļa; bez tā – rinda no lauka queue.",
    "forms": "Visas formas, kā vietu raksta: Eleja, Elejā, Elejas …",
    "text": "Sagataves teksts; drīkst lietot {vards}, {numurs}, {darbinieks} un {rinda}.",
    "hours": 'Darba laiks pa dienām: {mon: "08:30-17:00"}; dienas, kuras nav, ir brīvas. null – nav zināms.',
    "services": "Ko šeit var nokārtot.",
    "note": "Piezīme, ko redz iedzīvotājs; null, ja nav.",
    "place": "Vietas id no faila places.yml (mācībām: vietas nosaukums).",
    "parish": "Pagasta id no faila places.yml.",
    "centre": "Centra id no faila centres.yml.",
    "starts": "Sākums: 2027-02-10T10:00.",
    "date": "Diena, kas kļūst brīva.",
    "instead_of": "Sestdiena, kurā strādā tās vietā.",
}
"""What an editor's program shows when the mouse rests on a field."""


def schemas() -> dict[str, str]:
    """The text of each schema by its file name: one for every shape that a content file may have."""
    return {
        f"{name.lower()}.json": _text(shape.reader.json_schema())
        for name, shape in vars(models).items()
        if isinstance(shape, models.Shape)
    }


def write(directory: Path) -> list[Path]:
    """Write the schemas beside the content files; the files that changed."""
    folder = directory / FOLDER
    folder.mkdir(exist_ok=True)
    changed = [folder / name for name in outdated(directory)]
    texts = schemas()
    for path in changed:
        path.write_text(texts[path.name], encoding="utf-8")
    return changed


def outdated(directory: Path) -> list[str]:
    """Schemas that are missing or say something else than the models."""
    folder = directory / FOLDER
    return [name for name, text in schemas().items() if _present(folder / name) != text]


def _present(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _text(schema: dict[str, Any]) -> str:
    schema = _plain(schema, "")
    if "Span" in schema.get("$defs", {}):
        schema["$defs"]["Span"] = _SPAN
    whole = {"$schema": "http://json-schema.org/draft-07/schema#", **schema}
    return (
        json.dumps(whole, ensure_ascii=False, indent=2)
        .replace("#/$defs/", "#/definitions/")
        .replace('"$defs"', '"definitions"')
        + "\n"
    )


def _plain(part: Any, field: str) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """A schema without pydantic's own titles and our developers' docstrings, in editors' words instead."""
    if isinstance(part, list):
        return [_plain(one, field) for one in part]
    if not isinstance(part, dict):
        return part
    kept = {
        key: {name: _field(value, name) for name, value in inner.items()}
        if key in ("properties", "$defs")
        else _plain(inner, field)
        for key, inner in part.items()
        if key not in ("title", "description") and not (key == "format" and field != "")
    }
    if kept.get("type") == "string" and field in _PATTERNS and "enum" not in kept:
        kept["pattern"] = _PATTERNS[field]
    return kept


def _field(value: Any, name: str) -> Any:  # noqa: ANN401 - the same
    told = {"description": _TOLD[name]} if name in _TOLD else {}
    return {**told, **_plain(value, name)}
