"""What stock Rasa needs to say the same as we do: its domain, rules, credentials, and the packages of its channels."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bench.processes import Command
from bot import training
from bot.content import Content
from bot.rendering import Speaker
from bot.settings import PROJECT
from domain.answers import Answer
from domain.messages import Channel
from domain.understanding import Intent, topic_intent
from simulators.telegram import TelegramSimulator
from simulators.twilio import TwilioSimulator

_PACKAGES = ("aiogram<2.26", "twilio<8.3")
"""As Rasa 3.6.21 pins them."""

_SERVER = Path(__file__).parent / "stock_server.py"
_GREETING = "greet"


class StockUnavailable(Exception):
    """Stock Rasa cannot be set up here; the text says why."""


@dataclass(frozen=True, slots=True)
class Stock:
    """A trained stock Rasa in a folder."""

    folder: Path

    @property
    def model(self) -> Path:
        """The trained model."""
        return self.folder / "stock.tar.gz"

    def server(self, port: int, *, telegram: TelegramSimulator, twilio: TwilioSimulator) -> Command:
        """How to start it. Its credentials name the webhook that it sets itself when it starts."""
        credentials = self.folder / "credentials.yml"
        credentials.write_text(json.dumps(_credentials(port, telegram, twilio)))
        arguments = ("serve", self.model, port, credentials, telegram.url, twilio.url)
        return Command("rasa", _command(*arguments), _environment(self.folder), training.NLU)


def prepare(content: Content, topics: Sequence[str], *, folder: Path) -> Stock:
    """Fetch the channels' packages and train. Raises `StockUnavailable`."""
    _fetch_packages(folder / "packages")
    data = training.training_data(content)
    (folder / "nlu.yml").write_text(data.nlu)
    (folder / "domain.yml").write_text(_domain(data.domain, content, topics))
    # Rasa knows a file of rules by a line that begins with `rules:`, so here JSON will not do.
    (folder / "rules.yml").write_text(yaml.safe_dump(_rules(topics)))
    (folder / "config.yml").write_text(_config())
    stock = Stock(folder)
    _run(_command("train", folder, stock.model), folder=folder)
    return stock


def _fetch_packages(target: Path) -> None:
    uv = PROJECT / ".tools" / "uv" / "bin" / "uv"
    python = str(training.nlu_python())
    command = [str(uv), "pip", "install", "--quiet", "--target", str(target), "--python", python]
    try:
        subprocess.run([*command, *_PACKAGES], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise StockUnavailable(f"{' and '.join(_PACKAGES)} could not be fetched") from error


def _run(command: Sequence[str], *, folder: Path) -> None:
    done = subprocess.run(
        command,
        check=False,
        cwd=training.NLU,
        env=dict(_environment(folder)),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise StockUnavailable(f"training failed: {done.stderr[-800:]}")


def _environment(folder: Path) -> dict[str, str]:
    return training.server_environment(state=folder) | {
        "BENCH_STOCK_NLU": str(training.NLU),
        "BENCH_STOCK_PACKAGES": str(folder / "packages"),
    }


def _command(*arguments: object) -> list[str]:
    return [str(training.nlu_python()), str(_SERVER), *(str(argument) for argument in arguments)]


def _config() -> str:
    config = yaml.safe_load((training.NLU / "config.yml").read_text())
    return json.dumps(config | {"policies": [{"name": "RulePolicy"}]})


def _domain(ours: str, content: Content, topics: Sequence[str]) -> str:
    """Our intents with a response each; Rasa sends each paragraph on its own, so they are joined here."""
    speaker = Speaker(content)
    said = {
        topic_intent(topic): speaker.say(Channel.WEB, [Answer(topic_intent(topic))])[0].plain
        for topic in topics
    }
    said[Intent(_GREETING)] = "Labdien!"
    responses = {
        _action(intent): [{"text": text.replace("\n\n", "\n")}] for intent, text in said.items()
    }
    domain: dict[str, object] = yaml.safe_load(ours)
    return json.dumps(domain | {"responses": responses})


def _rules(topics: Sequence[str]) -> dict[str, object]:
    intents = [_GREETING, *(str(topic_intent(topic)) for topic in topics)]
    rules = [
        {"rule": intent, "steps": [{"intent": intent}, {"action": _action(intent)}]}
        for intent in intents
    ]
    return {"version": "3.1", "rules": rules}


def _action(intent: str) -> str:
    return f"utter_{intent}"


def _credentials(
    port: int, telegram: TelegramSimulator, twilio: TwilioSimulator
) -> dict[str, dict[str, str]]:
    return {
        "telegram": {
            "access_token": telegram.token,
            "verify": "zintis_simulated_bot",
            "webhook_url": f"http://127.0.0.1:{port}/webhooks/telegram/webhook",
        },
        "twilio": {
            "account_sid": twilio.account_sid,
            "auth_token": twilio.auth_token,
            "twilio_number": twilio.sender,
        },
    }
