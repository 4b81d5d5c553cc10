"""What `zintis content check` tells editors: problems that stop a change, warnings that do not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from bot.content.reading import Files, Read, read_files
from bot.content.rules import problems_of
from domain.errors import ContentProblem
from domain.working_hours import RIGA

SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in a content directory. With problems the content cannot be served."""

    problems: tuple[ContentProblem, ...]
    warnings: tuple[ContentProblem, ...]
    topics: int


def check(directory: Path, *, today: date | None = None) -> Report:
    """Everything that is wrong or will soon be wrong in a content directory."""
    return check_files(read_files(directory), today=today)


def check_files(files: Files, *, today: date | None = None) -> Report:
    """The same of files that were read already."""
    today = today or datetime.now(RIGA).date()
    warnings = [*_expiry(files, today), *_unverified(files)]
    return Report(
        problems=tuple(problems_of(files)),
        warnings=tuple(sorted(warnings, key=lambda w: (w.file, w.line))),
        topics=len(files.topics),
    )


def report_text(report: Report) -> str:
    """The report as an editor reads it, in Latvian."""
    lines: list[str] = []
    if report.problems:
        lines += ["Kļūdas (tās jāizlabo, citādi izmaiņas nesāks darboties):"]
        lines += [f"  {problem}" for problem in report.problems]
    if report.warnings:
        lines += ["Brīdinājumi (asistents strādā, bet, lūdzu, apskatiet):"]
        lines += [f"  {warning}" for warning in report.warnings]
    verdict = "Saturā ir kļūdas." if report.problems else "Saturs ir kārtībā."
    counts = f"Temati: {report.topics}. Kļūdas: {len(report.problems)}. Brīdinājumi: {len(report.warnings)}."
    return "\n".join([*lines, f"{verdict} {counts}"])


def _expiry(files: Files, today: date) -> Iterable[ContentProblem]:
    for read, path, valid_until in _dated(files):
        left = (valid_until - today).days
        if left < 0:
            message = f"derīgs bija līdz {valid_until}; asistents to vairs nerāda – pārbaudiet un atjaunojiet"
            yield read.problem(message, *path, "valid_until")
        elif valid_until <= today + SOON:
            message = f"derīgs vairs tikai līdz {valid_until} (atlikušas dienas: {left}); pārbaudiet un pagariniet"
            yield read.problem(message, *path, "valid_until")
    if files.trainings:
        for number, training in enumerate(files.trainings.value.trainings):
            if training.valid_until <= today + SOON:
                message = _training_words(training.title, training.valid_until, today)
                yield files.trainings.problem(message, "trainings", number, "valid_until")


def _training_words(title: str, valid_until: date, today: date) -> str:
    """A training is not prolonged when it is over."""
    left = (valid_until - today).days
    if left < 0:
        return f"mācības „{title}” rādīja līdz {valid_until}; izdzēsiet ierakstu vai ierakstiet nākamās"
    return f"mācības „{title}” rādīs vairs tikai līdz {valid_until} (atlikušas dienas: {left}); ierakstiet nākamās"


def _dated(files: Files) -> Iterable[tuple[Read[object], tuple[str | int, ...], date]]:
    for topic in files.topics:
        yield topic.front, (), topic.front.value.valid_until
    if files.centres:
        for number, centre in enumerate(files.centres.value.centres):
            yield files.centres, ("centres", number), centre.valid_until
    if files.access_points:
        for number, point in enumerate(files.access_points.value.access_points):
            yield files.access_points, ("access_points", number), point.valid_until


def _unverified(files: Files) -> Iterable[ContentProblem]:
    """One line for all topics that nobody has compared with their source."""
    waiting: Sequence[str] = [t.stem for t in files.topics if t.front.value.verified_on is None]
    if waiting:
        message = (
            f"ar avotu vēl nav salīdzināti {len(waiting)} no {len(files.topics)} tematiem "
            "(verified_on: null); salīdziniet un ierakstiet datumu"
        )
        yield ContentProblem(f"{files.directory.name}/topics", 1, message)
