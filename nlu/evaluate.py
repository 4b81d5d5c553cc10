"""Ask a model what it was never trained on: `python evaluate.py --model <file> --data <folder> --answers <file>`.

Two measurements. Held-out messages (holdout/*.yml) go through the whole model, each once as it was meant and, where the
file says how it was typed with slips, once like that. And every example question is asked of models that were trained
without it (cross-validation), as written, without diacritics, with a slip of a finger, and in chat spelling. What came
out is written as JSON; bot/workshop/measuring.py judges it and bot/workshop/reporting.py tells it. Started by both.
"""

import argparse
import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from components import quiet

_HERE = Path(__file__).parent
_RANKED = 8
_FOLDS = 5


@dataclass(frozen=True)
class Message:
    """A held-out message and what would be right; `slipped` is the same as it was typed in haste."""

    text: str
    right: frozenset[str]
    labels: Mapping[str, str]
    place: "str | None"
    slipped: str = ""


def main() -> None:
    """Ask, and write the answers."""
    arguments = parser().parse_args()
    quiet.prepare()
    messages = held_out(arguments.messages, _merged())
    answers: dict[str, Any] = {"messages": asyncio.run(_ask(arguments.model, messages))}
    if arguments.folds:
        answers["folds"] = cross_validate(arguments.data / "nlu.yml")
    arguments.answers.write_text(json.dumps(answers, ensure_ascii=False), encoding="utf-8")


def parser() -> argparse.ArgumentParser:
    """What can be said on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder with nlu.yml")
    parser.add_argument("--answers", type=Path, required=True, help="the JSON file to write")
    parser.add_argument(
        "--messages",
        type=Path,
        default=_HERE / "holdout",
        help="the folder of messages to ask; development/ is for trying things",
    )
    parser.add_argument("--folds", action="store_true", help="cross-validate the examples too")
    return parser


def held_out(folder: Path, merged: Mapping[str, str]) -> "list[Message]":
    """The messages of every file; a topic that is merged into a fixed intent counts as that intent."""
    return [
        _message(entry, path.stem, merged)
        for path in sorted(folder.glob("*.yml"))
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def _message(entry: "Mapping[str, Any]", subject: str, merged: Mapping[str, str]) -> Message:
    right = {entry["intent"], *entry.get("also", [])}
    right |= {merged[name] for name in right if name in merged}
    labels = {
        "register": entry["register"],
        "spelling": entry["diacritics"],
        "subject": subject,
    }
    slipped = entry.get("slipped", "")
    return Message(entry["text"], frozenset(right), labels, entry.get("place"), slipped)


def _merged() -> "dict[str, str]":
    content = yaml.safe_load((_HERE / "merged.yml").read_text(encoding="utf-8")) or {}
    return {f"topic.{topic}": intent for topic, intent in content.items()}


# ---- held-out messages


async def _ask(model: Path, messages: "Sequence[Message]") -> "list[dict[str, Any]]":
    from rasa.core.agent import Agent

    quiet.silence_texts()
    agent = Agent.load(str(model))
    return [await _asked(agent, message) for message in messages]


async def _asked(agent: Any, message: Message) -> "dict[str, Any]":
    answer = {
        "right": sorted(message.right),
        "labels": dict(message.labels),
        "place": message.place,
        **_read(message.text, await agent.parse_message(message.text)),
    }
    if message.slipped:
        answer["slipped"] = _read(message.slipped, await agent.parse_message(message.slipped))
    return answer


def _read(text: str, parsed: "Mapping[str, Any]") -> "dict[str, Any]":
    ranking = parsed.get("intent_ranking", [])[:_RANKED]
    return {
        "text": text,
        "ranking": [[one["name"], one["confidence"]] for one in ranking],
        "places": [e["value"] for e in parsed["entities"] if e["entity"] == "place"],
    }


# ---- cross-validation


def cross_validate(path: Path) -> "dict[str, Any]":
    """Ask each example of a model trained without it, in four spellings: which share was understood."""
    from components.classifier import examples_of, listed_concepts, read
    from components.concepts import Concepts
    from components.intent_model import Example, Scorer, folds
    from rasa.shared.nlu.training_data.loading import load_data

    data = load_data(str(path))
    concepts = Concepts(listed_concepts())
    examples = examples_of(data, concepts)
    texts = [message.get("text") for message in data.intent_examples]
    text_of = {id(example): text for example, text in zip(examples, texts, strict=True)}
    right: Counter[str] = Counter()
    for known, asked in folds(examples, _FOLDS):
        scorer = Scorer.of(known, concepts)
        for name, spell in _spellings():
            spelled = [
                Example.of(
                    read(spell(text_of[id(example)]), ()), example.intent, example.group, concepts
                )
                for example in asked
            ]
            right[name] += _right(scorer, spelled)
    return {"examples": len(examples), **{name: right[name] / len(examples) for name in right}}


def _spellings() -> "Iterator[tuple[str, Callable[[str], str]]]":
    from components.latvian import bare, chat, typo

    generator = random.Random(1)  # noqa: S311 - the same slips every time
    yield "written", str
    yield "bare", bare
    yield "slip", lambda text: typo(text, generator)
    yield "chat", chat


def _right(scorer: Any, examples: "Sequence[Any]") -> int:
    scores, _ = scorer.scores_of(examples)
    likeliest = scores.argmax(axis=1)
    return sum(
        scorer.intents[at] == example.intent
        for at, example in zip(likeliest, examples, strict=True)
    )


if __name__ == "__main__":
    main()
