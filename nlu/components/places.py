"""Places of the municipality as entities: `Elejā`, `eleja`, `Elejaa` and `Ozolniekso` by their ids."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.gazetteer import Gazetteer

_FILE = "places.json"
KIND = "place"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class PlaceExtractor(GraphComponent, EntityExtractorMixin):
    """Finds the places listed in the training data's lookup table `place`; the value is a place id."""

    def __init__(
        self, storage: ModelStorage, resource: Resource, gazetteer: Gazetteer | None = None
    ) -> None:
        self._storage = storage
        self._resource = resource
        self._gazetteer = gazetteer or Gazetteer({})

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PlaceExtractor:
        """Rasa: a component to be trained."""
        del config, execution_context
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> PlaceExtractor:
        """Rasa: a component out of a trained model."""
        del config, execution_context, kwargs
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, Gazetteer.load(folder / _FILE))

    def train(self, training_data: TrainingData) -> Resource:
        """Rasa: take the names over and keep them in the model."""
        self._gazetteer = Gazetteer.of(training_data, kind=KIND)
        with self._storage.write_to(self._resource) as folder:
            self._gazetteer.save(folder / _FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Rasa: add the places found to each message's entities."""
        for message in messages:
            found = [
                {
                    "entity": KIND,
                    "value": mention.value,
                    "start": mention.start,
                    "end": mention.end,
                    "confidence_entity": 1.0 if mention.exact else 0.8,
                    "extractor": self.name,
                }
                for mention in self._gazetteer.mentions(message.get(TEXT) or "")
            ]
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages
