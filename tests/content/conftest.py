"""A small content directory of its own, which a test may break."""

import shutil
from pathlib import Path

import pytest

REAL_CONTENT = Path(__file__).parents[2] / "content"

SOURCE = "https://www.jnku.lv/norekini/"

TOPIC = f"""---
id: {{id}}
title: {{title}}
examples:
{{examples}}
source: {SOURCE}
source_note: null
verified_on: null
source_date: 2023-01
valid_until: 2027-12-31
phone: "8848"
next_step: null
choices: []
queue: bills
---
{{body}}
"""

DATA = {
    "groups.yml": """- id: bills
  title: Rēķini
  topics: []
- id: meters
  title: Skaitītāji
  topics: [meters-how]
""",
    "places.yml": """- id: elejas-pagasts
  name: Elejas pagasts
  kind: parish
  parish: null
  forms: [Elejas pagasts, Elejas pagastā]
  centre: kac-eleja
- id: eleja
  name: Eleja
  kind: village
  parish: elejas-pagasts
  forms: [Eleja, Elejā]
  centre: null
- id: jelgava
  name: Jelgava
  kind: town
  parish: null
  forms: [Jelgava]
  centre: null
""",
    "centres.yml": """fallback_phone: "63022238"
centres:
  - id: kac-eleja
    name: Elejas pagasta pārvalde
    kind: centre
    place: eleja
    parish: elejas-pagasts
    address: Dārza iela 1, Eleja
    postal_code: LV-3023
    phone: null
    email: null
    hours: {mon: "08:30-18:00", tue: "08:30-17:00", lunch: "12:00-12:30"}
    services: []
    note: null
    source: null
    source_date: null
    verified_on: null
    valid_until: 2027-03-31
""",
    "access_points.yml": """access_points:
  - id: biblioteka-eleja
    name: Elejas bibliotēka
    kind: library
    place: eleja
    parish: elejas-pagasts
    address: null
    phone: null
    hours: null
    free: [datori]
    note: null
    source: null
    source_date: null
    verified_on: null
    valid_until: 2027-03-31
""",
    "trainings.yml": """trainings:
  - id: vecaka
    title: Droša iepirkšanās internetā
    starts: 2027-02-20T10:00
    place: Elejas bibliotēka
    address: null
    audience: null
    seats: 10
    signup: null
    source: null
    valid_until: 2027-02-20
  - id: drizaka
    title: Planšetdatora pirmie soļi
    starts: 2027-02-10T10:00
    place: null
    address: null
    audience: seniori
    signup: null
    valid_until: 2027-02-10
""",
    "calendar.yml": """extra_holidays: [2027-01-04]
moved_working_days:
  - date: 2027-05-05
    instead_of: 2027-05-15
answer_time:
  days: {mon: "08:30-17:00", tue: "08:30-17:00", wed: "08:30-17:00", thu: "08:30-17:00", fri: "08:30-15:00"}
  first_answer_working_days: 1
  solution_working_days: 5
""",
    "aspects.yml": """fillers: [=un]
aspects:
  price: {words: [cik maksā], endings: [price]}
related:
  bills-pay-where: {price: meters-how}
""",
    "queues.yml": """queues:
  - id: general
    name: Klientu apkalpošana
  - id: bills
    name: Rēķini
""",
}

_SUBJECTS = ("rēķinu", "parādu", "maksu par ūdeni", "pavasara maksājumu", "avansu")
_STORY = "mamma vairs netiek uz pagastu, pasakiet, kā viņai no mājām {word} piemaksu"


class Directory:
    """A content directory in a temporary folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for name in ("phrases.yml", "urgent.yml", "lexicon.yml"):
            shutil.copy(REAL_CONTENT / name, path / name)
        for name, text in DATA.items():
            (path / name).write_text(text, encoding="utf-8")
        self.add("bills/bills-pay-where", title="Kur samaksāt rēķinu", word="samaksāt")
        self.add("meters/meters-how", title="Kā nodot rādījumu", word="nodot rādījumu un")

    def add(
        self, name: str, *, title: str, word: str, body: str = "Rēķinu maksā **bankā**."
    ) -> None:
        """Write a topic with its own example questions."""
        file = self.path / "topics" / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        examples = [f"{start} {word} {what}" for what in _SUBJECTS for start in ("kur", "kā")]
        examples += [_STORY.format(word=word), f"{word.split(maxsplit=1)[0]} piemaksu"]
        listed = "\n".join(f"  - {example}" for example in examples)
        text = TOPIC.format(id=file.stem, title=title, examples=listed, body=body)
        file.write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """What an editor does: replace a piece of a file."""
        file = self.path / name
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    """A content directory without problems."""
    path = tmp_path / "content"
    path.mkdir()
    return Directory(path)
