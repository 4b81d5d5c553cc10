"""The intent classifier as a Rasa component; how it decides is in intent_model.py."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components import places
from components.concepts import Concepts
from components.gazetteer import Gazetteer
from components.intent_model import Example, IntentModel
from components.latvian import words

PLACE_WORD = "vietasvards"
"""Stands before every place in a text, so that all places share what the examples say about one."""

_CONCEPTS = Path(__file__).parent.parent / "concepts.yml"
_CONCEPTS_FILE = "concepts.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LatvianClassifier(IntentClassifier, GraphComponent):
    """Ranks intents for short Latvian texts, however they are spelled, with a calibrated confidence."""

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        model: IntentModel | None = None,
    ) -> None:
        self._ranked = int(config["ranking_length"])
        self._storage = storage
        self._resource = resource
        self._model = model

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Rasa: how many intents come back in `intent_ranking`."""
        return {"ranking_length": 16}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LatvianClassifier:
        """Rasa: a component to be trained."""
        del execution_context
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LatvianClassifier:
        """Rasa: a component out of a trained model."""
        del execution_context, kwargs
        with model_storage.read_from(resource) as folder:
            listed = json.loads((folder / _CONCEPTS_FILE).read_text(encoding="utf-8"))
            model = IntentModel.load(folder, Concepts(listed))
        return cls(config, model_storage, resource, model)

    def train(self, training_data: TrainingData) -> Resource:
        """Rasa: learn from the examples and keep the result in the model."""
        listed = listed_concepts()
        concepts = Concepts(listed)
        self._model = IntentModel.of(examples_of(training_data, concepts), concepts)
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
            (folder / _CONCEPTS_FILE).write_text(
                json.dumps(listed, ensure_ascii=False), encoding="utf-8"
            )
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Rasa: set each message's intent and the ranking."""
        for message in messages:
            ranking = self._ranking(message)
            if ranking:
                message.set(INTENT, ranking[0], add_to_output=True)
                message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        text = message.get(TEXT)
        if not text or self._model is None:
            return []
        found = [
            (entity["start"], entity["end"])
            for entity in message.get(ENTITIES, [])
            if entity["entity"] == places.KIND
        ]
        ranked = self._model.rank(read(text, found))[: self._ranked]
        return [{"name": one.intent, "confidence": one.confidence} for one in ranked]


def read(text: str, found_places: Iterable[tuple[int, int]]) -> tuple[str, ...]:
    """The folded words of a text, a place word put before each place."""
    starts = {start for start, _ in found_places}
    folded: list[str] = []
    for word, start, _ in words(text):
        folded += [PLACE_WORD, word] if start in starts else [word]
    return tuple(folded)


def examples_of(training_data: TrainingData, concepts: Concepts) -> list[Example]:
    """The examples of Rasa training data; `group` is in the metadata of the intent, else its own name."""
    gazetteer = Gazetteer.of(training_data, kind=places.KIND)
    examples = []
    for message in training_data.intent_examples:
        text, intent = message.get(TEXT), message.get(INTENT)
        found = [(mention.start, mention.end) for mention in gazetteer.mentions(text)]
        metadata = (message.get("metadata") or {}).get("intent") or {}
        group = metadata.get("group", intent)
        examples.append(Example.of(read(text, found), intent, group, concepts))
    return examples


def listed_concepts(path: Path = _CONCEPTS) -> dict[str, list[str]]:
    """The concepts as the file lists them."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {str(name): [str(entry) for entry in entries] for name, entries in content.items()}
