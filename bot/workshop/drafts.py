"""Topics that still lack their answer: files under `content/drafts/`, which nobody is served from.

A draft looks like a topic's file, so that it can be committed, finished by hand and moved to `topics/`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.content.catalogue import GENERAL
from domain.errors import ContentProblem

FOLDER = "drafts"
LACKS = (
    "Ierakstiet šeit atbildi: kas iedzīvotājam jādara, kur, līdz kad un cik tas maksā. "
    "Vajag arī tālruni vai nākamo soli un vismaz {fewest} jautājumus dažādiem vārdiem."
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A topic in the making. `body` is empty until somebody wrote an answer."""

    name: str
    group: str
    title: str
    examples: tuple[str, ...]
    queue: str
    body: str


def drafts(directory: Path) -> list[Draft]:
    """All drafts that can be read, by group and name."""
    return [draft for path in _files(directory) if (draft := _read(path)) is not None]


def find_draft(directory: Path, name: str) -> Draft | None:
    """One draft by its name."""
    return next((draft for draft in drafts(directory) if draft.name == name), None)


def waiting(directory: Path) -> Iterator[ContentProblem]:
    """A reminder for each draft, and what is wrong with one that cannot be read."""
    for path in _files(directory):
        name = str(Path(directory.name) / path.relative_to(directory))
        draft = _read(path)
        if draft is None:
            message = "uzmetumu nevar izlasīt; izlabojiet laukus starp abām rindām --- vai izdzēsiet failu"
        else:
            message = f"temata „{draft.title}” uzmetums gaida atbildi; pabeidziet to darba galdā vai izdzēsiet"
        yield ContentProblem(name, 1, message)


def _files(directory: Path) -> list[Path]:
    return sorted((directory / FOLDER).glob("*/*.md"))


def _read(path: Path) -> Draft | None:
    try:
        _, _, rest = path.read_text(encoding="utf-8-sig").partition("---\n")
        matter, _, body = rest.partition("\n---\n")
        said = yaml.safe_load(matter)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None
    if not isinstance(said, dict) or not isinstance(said.get("examples"), list):
        return None
    written = body.strip()
    return Draft(
        name=path.stem,
        group=path.parent.name,
        title=str(said.get("title") or path.stem),
        examples=tuple(str(example) for example in said["examples"]),
        queue=str(said.get("queue") or GENERAL),
        body="" if written.startswith(LACKS.partition(":")[0]) else written,
    )
