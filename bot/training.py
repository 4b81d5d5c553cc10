"""Training the understanding: examples out of the content, the fixed intents and the places, turned into a model.

Models are named by the fingerprint of everything they are made of, so an unchanged start trains nothing, and a change
of an answer's text does not train either. The Rasa project in nlu/ has its own environment and is only ever started as
a child process.
"""

import fcntl
import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.content import Content, Topic
from bot.settings import PROJECT
from domain.errors import ZintisError
from domain.understanding import topic_intent

NLU = PROJECT / "nlu"
STATE = PROJECT / ".zintis"
FIXED_INTENTS = PROJECT / "domain" / "intents.yml"

_KEPT_MODELS = 5
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")
"""The child process gets these variables of ours and no other: tokens and passwords stay here."""

Progress = Callable[[str], None]


class TrainingFailed(ZintisError):
    """No model could be made; the text says what is wrong and how to mend it."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What Rasa is trained on, as the two files it reads."""

    nlu: str
    domain: str


def training_data(content: Content, *, nlu: Path = NLU) -> TrainingData:
    """The examples of every topic and fixed intent, and the forms of every place, in Rasa's format."""
    fixed = _fixed_examples(nlu)
    merged = merged_topics(nlu=nlu)
    for topic_id, intent in merged.items():
        if topic_id in content.topics and intent in fixed:
            fixed[intent] += _topic_examples(content.topics[topic_id])
    topics = [content.topics[key] for key in sorted(content.topics) if key not in merged]
    items = [
        *(_intent_item(intent, examples, intent) for intent, examples in fixed.items()),
        *(_intent_item(topic_intent(t.id), _topic_examples(t), t.group) for t in topics),
        *_place_items(content),
    ]
    return TrainingData(nlu=_rasa_file({"nlu": items}), domain=_domain([t.id for t in topics]))


def merged_topics(*, nlu: Path = NLU) -> dict[str, str]:
    """Topics whose examples teach a fixed intent instead of one of their own."""
    return _read_yaml(nlu / "merged.yml") or {}


def fingerprint(content: Content, *, nlu: Path = NLU) -> str:
    """One short word for everything a model is made of; the text of answers is not part of it."""
    return _fingerprint(training_data(content, nlu=nlu), nlu)


def train(
    content: Content, *, state: Path = STATE, nlu: Path = NLU, progress: Progress = print
) -> Path:
    """The model for this content: the one at hand when nothing changed, else a newly trained one.

    Two processes that ask at once get the same model, trained once. Raises `TrainingFailed`.
    """
    data = training_data(content, nlu=nlu)
    model = models_folder(state) / f"{_fingerprint(data, nlu)}.tar.gz"
    if not model.is_file():
        with _only_one(state):
            if not model.is_file():  # another process may have made it while we waited
                _train(data, model, state=state, nlu=nlu, progress=progress)
                _forget_old_models(model.parent)
    os.utime(model)
    return model


def models_folder(state: Path = STATE) -> Path:
    """Where models are kept, newest use last."""
    return state / "models"


def server_command(
    model: Path, port: int, *, host: str = "127.0.0.1", nlu: Path = NLU
) -> list[str]:
    """How to start the server of a model; run it with `server_environment`."""
    return [
        *(str(nlu_python(nlu)), str(nlu / "serve.py"), "--model", str(model)),
        *("--host", host, "--port", str(port)),
    ]


def server_environment(*, state: Path = STATE, token: str = "") -> dict[str, str]:
    """The environment of Rasa's processes: quiet, single-threaded, nothing sent home, none of our secrets.

    With a `token` the server opens only to those who send it.
    """
    return (
        {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        | {
            "RASA_TELEMETRY_ENABLED": "false",
            "RASA_CACHE_DIRECTORY": str(state / "nlu" / "cache"),
            "RASA_MAX_CACHE_SIZE": "0",  # our fingerprint already tells when to train; Rasa's cache grows to 1 GB
            "PYTHONWARNINGS": "ignore",
            "PYTHONUNBUFFERED": "1",
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "TF_INTRA_OP_PARALLELISM_THREADS": "1",
            "TF_INTER_OP_PARALLELISM_THREADS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        | ({"ZINTIS_NLU_TOKEN": token} if token else {})
    )


def nlu_python(nlu: Path = NLU) -> Path:
    """The interpreter of the Rasa project. Raises `TrainingFailed` when its environment is missing."""
    python = nlu / ".venv" / "bin" / "python"
    if not python.exists():
        raise TrainingFailed("Rasa's environment nlu/.venv is missing: run `make nlu`")
    return python


# ---- the files that Rasa reads


def _fixed_examples(nlu: Path) -> dict[str, list[str]]:
    known: list[str] = _read_yaml(FIXED_INTENTS)["intents"]
    found: dict[str, list[str]] = {}
    for path in sorted((nlu / "data").glob("*.yml")):
        for item in _read_yaml(path)["nlu"]:
            lines = item["examples"].splitlines()
            found.setdefault(item["intent"], []).extend(line.removeprefix("- ") for line in lines)
    if differing := set(known) ^ set(found):
        names = ", ".join(sorted(differing))
        raise TrainingFailed(f"domain/intents.yml and nlu/data/ disagree about: {names}")
    return found


def _topic_examples(topic: Topic) -> list[str]:
    return [topic.title, *topic.examples]


def _intent_item(intent: str, examples: list[str], group: str) -> dict[str, object]:
    return {"intent": intent, "metadata": {"group": group}, "examples": _listed(examples)}


def _place_items(content: Content) -> Iterator[dict[str, object]]:
    """A lookup table of all forms, and for each place which of them are its own.

    A form that two places share belongs to the one named first in the file: parishes before villages.
    """
    own: dict[str, list[str]] = {place_id: [] for place_id in content.known_places}
    taken: set[str] = set()
    for place_id, known in content.known_places.items():
        for form in known.forms:
            if form not in taken:
                taken.add(form)
                own[place_id].append(form)
    yield {
        "lookup": "place",
        "examples": _listed([form for forms in own.values() for form in forms]),
    }
    for place_id, forms in own.items():
        yield {"synonym": place_id, "examples": _listed(forms)}


def _listed(examples: list[str]) -> str:
    """Rasa's list of examples; square brackets would mark entities, so they become round."""
    plain = [" ".join(e.replace("[", "(").replace("]", ")").split()) for e in examples]
    return "".join(f"- {example}\n" for example in plain if example)


def _domain(topic_ids: list[str]) -> str:
    fixed = _read_yaml(FIXED_INTENTS)
    intents = [*fixed["intents"], *(topic_intent(topic_id) for topic_id in topic_ids)]
    return _rasa_file({"intents": intents, "entities": fixed["entities"]})


def _rasa_file(content: Mapping[str, object]) -> str:
    return yaml.safe_dump(
        {"version": "3.1", **content}, allow_unicode=True, sort_keys=False, width=1000
    )


def _read_yaml(path: Path) -> Any:  # noqa: ANN401 - YAML has no narrower type; callers take it apart at once
    return yaml.safe_load(path.read_text(encoding="utf-8"))


# ---- models


def _fingerprint(data: TrainingData, nlu: Path) -> str:
    digest = hashlib.sha256()
    for text in (data.nlu, data.domain):
        digest.update(text.encode())
    for path in _ingredients(nlu):
        digest.update(path.relative_to(nlu).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _ingredients(nlu: Path) -> list[Path]:
    """Files besides the data that a model depends on."""
    named = [nlu / name for name in ("config.yml", "concepts.yml", "train.py", "requirements.lock")]
    return [
        *named,
        *sorted((nlu / "components").glob("*.py")),
        *sorted((nlu / "data").glob("*.yml")),
    ]


def _train(data: TrainingData, model: Path, *, state: Path, nlu: Path, progress: Progress) -> None:
    build = state / "nlu" / "build"
    _write(data, build)
    unfinished = state / "nlu" / "unfinished" / model.name
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    command = [
        *(str(nlu_python(nlu)), str(nlu / "train.py")),
        *("--data", str(build), "--model", str(unfinished)),
    ]
    code = _run(command, state=state, nlu=nlu, progress=progress)
    if code != 0 or not unfinished.is_file():
        raise TrainingFailed(f"training failed (exit code {code}); what Rasa said is above")
    unfinished.replace(model)


def _write(data: TrainingData, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nlu.yml").write_text(data.nlu, encoding="utf-8")
    (folder / "domain.yml").write_text(data.domain, encoding="utf-8")


def _run(command: list[str], *, state: Path, nlu: Path, progress: Progress) -> int:
    """Run a program of the Rasa project, pass its lines on as they come, and give its exit code."""
    with subprocess.Popen(
        command,
        cwd=nlu,
        env=server_environment(state=state),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        if process.stdout is not None:
            for line in process.stdout:
                progress(line.rstrip())
    return process.returncode


@contextmanager
def _only_one(state: Path) -> Iterator[None]:
    """One training at a time, whoever else starts; the lock ends with its process."""
    models_folder(state).mkdir(parents=True, exist_ok=True)
    with (models_folder(state) / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _forget_old_models(folder: Path) -> None:
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in models[_KEPT_MODELS:]:
        old.unlink(missing_ok=True)
