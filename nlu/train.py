"""Train a model: `python train.py --data <folder> --model <file.tar.gz>`. Started by bot/training.py."""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from components import quiet

_HERE = Path(__file__).parent


def main() -> None:
    """Train from Rasa NLU files and write the model; progress goes to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with nlu.yml and domain.yml"
    )
    parser.add_argument("--model", type=Path, required=True, help="the archive to write")
    arguments = parser.parse_args()
    started = time.monotonic()
    quiet.prepare()
    _say(started, "loading Rasa")
    train(arguments.data, arguments.model, lambda: _say(started, "training"))
    _say(started, f"model written, {arguments.model.stat().st_size / 1e6:.1f} MB")


def train(data: Path, model: Path, loaded: Callable[[], None]) -> None:
    """What `rasa train nlu` does, without reading the data twice and asking a cache that we keep empty.

    `loaded` is called once Rasa is imported, which takes seconds.
    """
    from rasa.engine.caching import LocalTrainingCache
    from rasa.engine.recipes.recipe import Recipe
    from rasa.engine.runner.dask import DaskGraphRunner
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.engine.training.graph_trainer import GraphTrainer
    from rasa.shared.data import TrainingType
    from rasa.shared.importers.importer import TrainingDataImporter

    quiet.silence_texts()
    loaded()
    importer = TrainingDataImporter.load_nlu_importer_from_config(
        str(_HERE / "config.yml"), str(data / "domain.yml"), [str(data / "nlu.yml")]
    )
    read = importer.get_nlu_data()
    # Else a validator reads and checks everything anew.
    importer.get_nlu_data = lambda language="": read
    config = importer.get_config()
    recipe = Recipe.recipe_for_name(config["recipe"])
    graph = recipe.graph_config_for_recipe(config, {}, training_type=TrainingType.NLU)
    with tempfile.TemporaryDirectory() as folder:
        trainer = GraphTrainer(
            LocalModelStorage(Path(folder)), LocalTrainingCache(), DaskGraphRunner
        )
        trainer.train(graph, importer, model, force_retraining=True)


def _say(started: float, what: str) -> None:
    print(f"[{time.monotonic() - started:5.1f} s] {what}", flush=True)


if __name__ == "__main__":
    main()
