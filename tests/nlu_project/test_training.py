"""Training data and fingerprints: what makes a new model and what does not."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import training
from bot.content import Content, load
from bot.settings import PROJECT


@pytest.fixture(scope="module")
def content() -> Content:
    return load(PROJECT / "content")


@pytest.fixture
def nlu(tmp_path: Path) -> Path:
    """A copy of the Rasa project without its environment, with a trainer that trains nothing."""
    folder = tmp_path / "nlu"
    ignored = shutil.ignore_patterns(".venv", "holdout", "development", "tests", "__pycache__")
    shutil.copytree(training.NLU, folder, ignore=ignored)
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        "#!/bin/sh\n"
        f'echo "asked $*" >> {tmp_path}/calls\n'
        f"env > {tmp_path}/environment\n"
        'echo "[0.0 s] training"\n'
        f'test ! -e {tmp_path}/broken || {{ echo "no data"; exit 3; }}\n'
        'echo model > "$5"\n'
    )
    python.chmod(0o755)
    return folder


def examples(data: training.TrainingData) -> dict[str, list[str]]:
    items: list[dict[str, Any]] = yaml.safe_load(data.nlu)["nlu"]
    return {
        item["intent"]: [line.removeprefix("- ") for line in item["examples"].splitlines()]
        for item in items
        if "intent" in item
    }


def calls(tmp_path: Path) -> int:
    return len((tmp_path / "calls").read_text().splitlines())


# ---- what Rasa is trained on


def test_every_topic_that_is_not_merged_is_an_intent_with_its_title_and_examples(
    content: Content,
) -> None:
    data = training.training_data(content)
    merged = training.merged_topics()

    intents = examples(data)

    for topic in content.topics.values():
        if topic.id not in merged:
            assert intents[f"topic.{topic.id}"] == [topic.title, *topic.examples]


def test_a_merged_topic_teaches_its_fixed_intent(content: Content) -> None:
    topic_id, intent = next(iter(training.merged_topics().items()))

    intents = examples(training.training_data(content))

    assert f"topic.{topic_id}" not in intents
    assert set(content.topics[topic_id].examples) <= set(intents[intent])


def test_every_merged_topic_exists(content: Content) -> None:
    assert set(training.merged_topics()) <= set(content.topics)


def test_the_domain_lists_what_has_examples(content: Content) -> None:
    data = training.training_data(content)

    domain = yaml.safe_load(data.domain)

    assert sorted(domain["intents"]) == sorted(examples(data))
    assert domain["entities"] == ["place", "date"]


def test_every_form_of_a_place_leads_to_one_place(content: Content) -> None:
    items = yaml.safe_load(training.training_data(content).nlu)["nlu"]
    synonyms = [item for item in items if "synonym" in item]
    forms = [line for item in synonyms for line in item["examples"].splitlines()]

    assert {item["synonym"] for item in synonyms} == set(content.known_places)
    assert len(forms) == len(set(forms))


def test_square_brackets_in_an_example_mark_no_entity(content: Content) -> None:
    topic = next(t for t in content.topics.values() if t.id not in training.merged_topics())
    odd = replace(topic, examples=("cik [eiro](place) jāmaksā\ntagad",))

    data = training.training_data(replace(content, topics={**content.topics, topic.id: odd}))

    assert examples(data)[f"topic.{topic.id}"][1] == "cik (eiro)(place) jāmaksā tagad"


# ---- the fingerprint


def test_the_text_of_an_answer_changes_nothing(content: Content) -> None:
    topic = next(iter(content.topics.values()))
    edited = replace(topic, body="Pavisam cita atbilde.", phone="8848", source=None)

    changed = replace(content, topics={**content.topics, topic.id: edited})

    assert training.fingerprint(changed) == training.fingerprint(content)


def test_a_new_example_makes_a_new_model(content: Content) -> None:
    topic = next(iter(content.topics.values()))
    edited = replace(topic, examples=(*topic.examples, "pavisam jauns jautājums"))

    changed = replace(content, topics={**content.topics, topic.id: edited})

    assert training.fingerprint(changed) != training.fingerprint(content)


@pytest.mark.parametrize(
    "ingredient",
    ["config.yml", "concepts.yml", "requirements.lock", "train.py", "components/latvian.py"],
)
def test_a_change_of_the_pipeline_makes_a_new_model(
    content: Content, nlu: Path, ingredient: str
) -> None:
    before = training.fingerprint(content, nlu=nlu)

    with (nlu / ingredient).open("a") as file:
        file.write("\n# changed\n")

    assert training.fingerprint(content, nlu=nlu) != before


def test_the_order_of_topics_does_not_matter(content: Content) -> None:
    backwards = replace(content, topics=dict(reversed(list(content.topics.items()))))

    assert training.fingerprint(backwards) == training.fingerprint(content)


# ---- training


def test_the_same_content_is_trained_once(content: Content, nlu: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    said: list[str] = []

    first = training.train(content, state=state, nlu=nlu, progress=said.append)
    second = training.train(content, state=state, nlu=nlu, progress=said.append)

    assert first == second
    assert first == state / "models" / f"{training.fingerprint(content, nlu=nlu)}.tar.gz"
    assert calls(tmp_path) == 1
    assert said == ["[0.0 s] training"]


def test_a_failed_training_leaves_no_model(content: Content, nlu: Path, tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    state = tmp_path / "state"
    said: list[str] = []

    with pytest.raises(training.TrainingFailed, match="exit code 3"):
        training.train(content, state=state, nlu=nlu, progress=said.append)

    assert list((state / "models").glob("*.tar.gz")) == []
    assert said[-1] == "no data"


def test_the_five_models_used_last_are_kept(content: Content, nlu: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    trained = []
    for number in range(7):
        (nlu / "config.yml").write_text(f"# {number}\n")
        trained.append(training.train(content, state=state, nlu=nlu, progress=lambda _: None))

    assert set((state / "models").glob("*.tar.gz")) == set(trained[2:])


def test_rasa_sees_none_of_our_secrets(
    content: Content, nlu: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZINTIS_TELEGRAM_TOKEN", "123:secret")

    training.train(content, state=tmp_path / "state", nlu=nlu, progress=lambda _: None)

    environment = (tmp_path / "environment").read_text()
    assert "secret" not in environment
    assert "RASA_TELEMETRY_ENABLED=false" in environment


def test_a_missing_environment_says_how_to_mend_it(content: Content, nlu: Path) -> None:
    shutil.rmtree(nlu / ".venv")

    with pytest.raises(training.TrainingFailed, match="make nlu"):
        training.train(content, state=nlu.parent / "state", nlu=nlu, progress=lambda _: None)


def test_intents_and_examples_must_agree(content: Content, nlu: Path) -> None:
    (nlu / "data" / "extra.yml").write_text(
        "nlu:\n- intent: sing\n  examples: |\n    - dziedi\n", encoding="utf-8"
    )

    with pytest.raises(training.TrainingFailed, match="sing"):
        training.training_data(content, nlu=nlu)


def test_the_server_listens_to_this_machine_only(nlu: Path) -> None:
    command = training.server_command(Path("m.tar.gz"), 5005, nlu=nlu)

    assert command[-4:] == ["--host", "127.0.0.1", "--port", "5005"]
