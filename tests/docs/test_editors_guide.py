"""The blocks printed in the editor's guide load when they are copied into the files as the guide says."""

import re
from datetime import date
from pathlib import Path

from bot.content import load
from bot.settings import PROJECT
from bot.workshop.checking import examine
from tests.workshop.newsroom import copy_of_content

_BLOCK = re.compile(r"^```\n(.*?)^```", re.MULTILINE | re.DOTALL)
_DENIED = "izsludinātu mācību nav"
_DAY = date(2026, 11, 29)


def block(first: str) -> str:
    """The printed block that begins with these words."""
    printed = _BLOCK.findall((PROJECT / "docs/redaktoriem.md").read_text())
    [found] = [one for one in printed if one.lstrip().startswith(first)]
    return str(found)


def write_instead(file: Path, old: str, new: str, *, after: str = "") -> None:
    """Replace the first `old` after some words; the guide names `old`, so it has to be there."""
    text = file.read_text()
    at = text.index(old, text.index(after))
    file.write_text(text[:at] + new + text[at + len(old) :])


def test_the_printed_examples_load(tmp_path: Path) -> None:
    content = copy_of_content(tmp_path)
    write_instead(content / "trainings.yml", "trainings: []\n", block("trainings:"))
    write_instead(content / "calendar.yml", "moved_working_days: []\n", block("moved_working"))
    write_instead(content / "replies.yml", "replies:\n", block("replies:"))
    hours = block("hours:")
    write_instead(content / "centres.yml", "    hours: null\n", hours, after="id: kac-eleja")

    report = examine(content, today=_DAY)
    assert report.problems == ()
    assert not any(
        _DENIED in one.message
        for one in examine(copy_of_content(tmp_path / "as_it_is"), today=_DAY).warnings
    )
    denying = {Path(one.file).stem for one in report.warnings if _DENIED in one.message}
    assert {"training-now", "training-seniors", "training-contact"} <= denying
    [training] = load(content).known_trainings
    assert training.queue == "education"
