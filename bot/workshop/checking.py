"""`zintis content check`: the rules, those that only help editors, and on request links and the model."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from bot.content import Report, load
from bot.content.checking import check_files
from bot.content.loading import assemble
from bot.content.reading import read_files
from bot.nlu import RasaNlu
from bot.workshop import rules, schemas
from bot.workshop.asking import ask_again
from bot.workshop.links import PATIENT, QUICK, look_at_links
from bot.workshop.titles import title_of
from domain.errors import ContentProblem, NluUnavailable
from domain.working_hours import RIGA


def examine(directory: Path, *, today: date | None = None) -> Report:
    """Everything that can be said about a content directory without a network."""
    files = read_files(directory)
    report = check_files(files, today=today)
    today = today or datetime.now(RIGA).date()
    content = None if report.problems else assemble(files, today=today)
    more = [*rules.warnings_of(files, content, today=today), *_schema_warnings(directory)]
    return with_warnings(report, more)


def with_warnings(report: Report, more: Iterable[ContentProblem]) -> Report:
    """The report with further warnings, in the order of files."""
    warnings = sorted({*report.warnings, *more}, key=lambda w: (w.file, w.line, w.message))
    return replace(report, warnings=tuple(warnings))


async def with_links(report: Report, directory: Path, *, asked: bool) -> tuple[Report, str]:
    """The report with dead links, and one line about them.

    Nobody who did not ask for links waits long for them or is told that there is no network: then the line is empty.
    """
    found = await look_at_links(directory, within=PATIENT if asked else QUICK)
    note = "" if found.offline and not asked else found.text()
    return with_warnings(report, found.dead), note


async def with_answers(
    report: Report, directory: Path, nlu_url: str, *, token: str
) -> tuple[Report, str]:
    """The report with examples that the running model takes for something else, and one line about them."""
    content = load(directory)
    try:
        async with RasaNlu.connected(nlu_url, token=token) as nlu:
            found = await ask_again(directory, nlu, title_of=lambda name: title_of(name, content))
    except NluUnavailable:
        return report, f"Jautājumi nav uzdoti: modelis ({nlu_url}) neatbild. Palaidiet `make run`."
    return with_warnings(report, found.wrong), found.text()


def _schema_warnings(directory: Path) -> Iterable[ContentProblem]:
    if not (directory / schemas.FOLDER).is_dir():
        return
    for name in schemas.outdated(directory):
        message = "shēma ir novecojusi; palaidiet „zintis content schemas”"
        yield ContentProblem(f"{directory.name}/{schemas.FOLDER}/{name}", 1, message)
