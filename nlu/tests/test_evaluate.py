"""The held-out set and how answers are counted."""

from pathlib import Path

import pytest
from evaluate import Message, Understood, held_out, parser, report


def message(right: str) -> Message:
    labels = dict.fromkeys(("register", "spelling", "slips", "subject"), "any")
    return Message("teksts", frozenset({right}), labels, None)


def test_a_merged_topic_counts_as_its_fixed_intent(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(
        '- {text: "ir kursi?", intent: topic.now, register: teen, diacritics: bare, typos: false}\n'
    )

    (only,) = held_out(tmp_path, {"topic.now": "training_list"})

    assert only.right == {"topic.now", "training_list"}


def test_bars_fall_when_an_answer_is_sure_and_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = Understood(message("a"), (("b", 0.9), ("a", 0.05)), ())
    foreign = Understood(message("out_of_scope"), (("b", 0.9),), ())

    missed = report([wrong, foreign], answer_at=0.65, offer_at=0.1)

    assert len(missed) == 2
    assert "answered without asking back      100.0% of 1" in capsys.readouterr().out


def test_no_bar_falls_when_doubt_asks_back() -> None:
    doubtful = Understood(message("a"), (("b", 0.4), ("a", 0.3)), ())
    foreign = Understood(message("out_of_scope"), (("out_of_scope", 0.9),), ())

    assert report([doubtful, foreign], answer_at=0.65, offer_at=0.1) == []


def test_the_blind_messages_are_asked_unless_others_are_named(tmp_path: Path) -> None:
    needed = ["--model", "m", "--data", "d", "--answer-at", "0.6", "--offer-at", "0.1"]

    assert parser().parse_args(needed).messages.name == "holdout"
    assert parser().parse_args([*needed, "--messages", str(tmp_path)]).messages == tmp_path


def test_the_held_out_set_repeats_no_training_example() -> None:
    import yaml

    folder = Path(__file__).parent.parent
    examples = {
        line.removeprefix("- ").casefold().strip(" ?!.")
        for path in (folder / "data").glob("*.yml")
        for item in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        for line in item["examples"].splitlines()
    }
    long_ones = [
        one.text
        for one in held_out(folder / "holdout", {})
        if one.text.casefold().strip(" ?!.") in examples and len(one.text.split()) > 3
    ]

    assert long_ones == []
