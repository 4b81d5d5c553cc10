"""Train a model: `python train.py --data <folder> --model <file.tar.gz>`. Started by bot/training.py."""

import argparse
import time
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
    from rasa.model_training import train_nlu  # the import takes seconds: only after saying so

    quiet.silence_texts()
    _say(started, "training")
    written = train_nlu(
        config=str(_HERE / "config.yml"),
        nlu_data=str(arguments.data / "nlu.yml"),
        output=str(arguments.model.parent),
        fixed_model_name=arguments.model.name.removesuffix(".tar.gz"),
        domain=str(arguments.data / "domain.yml"),
    )
    if written is None:
        raise SystemExit("training failed: the data cannot be used")
    _say(started, f"model written, {arguments.model.stat().st_size / 1e6:.1f} MB")


def _say(started: float, what: str) -> None:
    print(f"[{time.monotonic() - started:5.1f} s] {what}", flush=True)


if __name__ == "__main__":
    main()
