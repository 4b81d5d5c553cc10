"""The held-out set and how it is read."""

from pathlib import Path

import yaml
from components.latvian import words
from evaluate import held_out, parser


def test_a_merged_topic_counts_as_its_fixed_intent(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(
        '- {text: "ir kursi?", intent: topic.now, register: teen, diacritics: bare}\n'
    )

    (only,) = held_out(tmp_path, {"topic.now": "training_list"})

    assert only.right == {"topic.now", "training_list"}


def test_a_message_keeps_how_it_was_typed_in_haste(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(
        '- {text: "kur kac", slipped: "kr kac", intent: centre_where, register: teen, diacritics: bare}\n'
    )

    (only,) = held_out(tmp_path, {})

    assert (only.text, only.slipped, only.labels["subject"]) == ("kur kac", "kr kac", "a")


def test_the_blind_messages_are_asked_unless_others_are_named(tmp_path: Path) -> None:
    needed = ["--model", "m", "--data", "d", "--answers", "a"]

    assert parser().parse_args(needed).messages.name == "holdout"
    assert parser().parse_args([*needed, "--messages", str(tmp_path)]).messages == tmp_path


def test_the_held_out_set_repeats_no_training_example() -> None:
    folder = Path(__file__).parent.parent
    topics = (folder.parent / "content" / "topics").glob("*/*.md")
    examples = {
        _plain(line.removeprefix("- "))
        for path in (folder / "data").glob("*.yml")
        for item in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        for line in item["examples"].splitlines()
    } | {
        _plain(example)
        for path in topics
        for example in yaml.safe_load(path.read_text(encoding="utf-8").split("---")[1])["examples"]
    }
    repeated = [
        one.text
        for one in held_out(folder / "holdout", {})
        if _plain(one.text) in examples and len(one.text.split()) > 3
    ]

    assert repeated == []


def _plain(text: str) -> str:
    return " ".join(word for word, _, _ in words(text))
