"""The model of today's content reaches what the held-out messages ask of it."""

from pathlib import Path

from bot import training
from bot.content import load
from bot.settings import PROJECT
from bot.workshop.measuring import measure, measures_of, missed_bars


def test_the_model_misses_no_bar(tmp_path: Path) -> None:
    content = load(PROJECT / "content")
    model = training.train(content)
    found = measure(model, content, state=tmp_path, answers=tmp_path / "answers.json")

    print(measures_of(found.answers))
    assert missed_bars(found) == []
    assert len(found.answers) >= 600
