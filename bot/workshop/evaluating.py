"""`zintis evaluate`: measures the model of the present content and tells editors what came out.

What each model made of the held-out messages is kept, so that the next one is shown beside it.
"""

from collections.abc import Callable
from pathlib import Path

from bot import training
from bot.content import load
from bot.settings import Settings
from bot.workshop import measuring
from bot.workshop.reporting import report
from bot.workshop.titles import title_of

_KEPT = 5


def evaluate(settings: Settings, *, say: Callable[[str], None]) -> int:
    """Print the report; 0 when every bar holds, else 1. Raises `TrainingFailed` and `NotMeasured`."""
    content = load(settings.content_dir)
    model = training.train(content, state=settings.state_dir, progress=say)
    kept = settings.state_dir / "nlu" / "evaluations"
    answers = kept / f"{model.name.removesuffix('.tar.gz')}.json"
    found = measuring.measure(model, content, state=settings.state_dir, answers=answers, folds=True)
    others = (measuring.read_answers(path) for path in _newest_first(kept) if path != answers)
    for line in report(
        found,
        before=next((one for one in others if one.asks_the_same(found)), None),
        title_of=lambda name: title_of(name, content),
    ):
        say(line)
    _forget_old(kept)
    return 1 if measuring.missed_bars(found) else 0


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)


def _forget_old(folder: Path) -> None:
    for old in _newest_first(folder)[_KEPT:]:
        old.unlink(missing_ok=True)
