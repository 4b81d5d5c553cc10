"""The documents tell the truth: what they name exists, and what exists is named."""

import argparse
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import Metric

from bot import cli, metrics
from bot.settings import PROJECT, TOOL_NAMES, names

OPERATOR = "docs/operator.md"
DOCUMENTS = ("README.md", "ARCHITECTURE.md", OPERATOR)

_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_PATH = re.compile(r"[\w.*-]+(/[\w.*-]+)*/?")
_ENDINGS = (".py", ".md", ".yml", ".toml", ".lock", ".conf", ".txt", ".sh", ".png", ".html")
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")
_MADE_LATER = (".venv", "nlu/.venv", ".zintis", ".env", "postgres/", "logs/", "models/")
"""What exists only after a start."""

_ONLY_COMPOSE = {"POSTGRES_PASSWORD", "PUBLIC_DOMAIN"}


def _text(document: str) -> str:
    return (PROJECT / document).read_text()


def _makefile_targets(*, documented: bool) -> set[str]:
    end = r".*## " if documented else ""
    return set(
        re.findall(rf"^([a-z][a-z-]*):{end}", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    )


def _named_paths(text: str) -> Iterator[str]:
    for code in _CODE.findall(text):
        is_path = "/" in code or code.endswith(_ENDINGS)
        if is_path and _PATH.fullmatch(code) and not code.startswith(_MADE_LATER):
            yield code
    yield from _LINK.findall(text)


def _exists(path: str, *, document: str) -> bool:
    """From the project, from `bot/` (the modules go by their short names) or beside the document."""
    places = (PROJECT, PROJECT / "bot", (PROJECT / document).parent)
    return any(next(place.glob(path.rstrip("/")), None) for place in places)


def _commands(parser: argparse.ArgumentParser, prefix: str = "") -> Iterator[str]:
    """Every command of the command line, `agent add` as one."""
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if prefix and not groups:
        yield prefix.strip()
    for group in groups:
        for name, sub in group.choices.items():
            yield from _commands(sub, f"{prefix} {name}")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_in_it_exists(document: str) -> None:
    missing = {p for p in _named_paths(_text(document)) if not _exists(p, document=document)}
    assert missing == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_in_it_exists(document: str) -> None:
    named = set(re.findall(r"(?:`|^)make ([a-z][a-z-]*)", _text(document), re.MULTILINE))
    assert named - _makefile_targets(documented=False) == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_setting_in_it_exists(document: str) -> None:
    named = set(re.findall(r"ZINTIS_[A-Z_]+", _text(document)))
    assert named - set(names()) - TOOL_NAMES == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_in_it_exists(document: str) -> None:
    first_words = {command.split()[0] for command in _commands(cli.parser())}
    named = set(re.findall(r"(?:`|^)zintis ([a-z]+)", _text(document), re.MULTILINE))
    assert named - first_words == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_number_for_prometheus_in_it_exists(document: str) -> None:
    def full_names(metric: Metric) -> set[str]:
        return {metric.name, f"{metric.name}_total"}

    known = set().union(*(full_names(metric) for metric in metrics.REGISTRY.collect()))
    named = set(re.findall(r"\bzintis_[a-z_]+", _text(document)))
    assert named - known - {"zintis_live"} == set()


def test_the_operators_guide_names_every_make_target() -> None:
    named = set(re.findall(r"`make ([a-z-]+)", _text(OPERATOR)))
    assert _makefile_targets(documented=True) - named == set()


def test_the_operators_guide_explains_every_setting() -> None:
    explained = re.findall(r"^\| `(ZINTIS_[A-Z_]+)` \|", _text(OPERATOR), re.MULTILINE)
    assert sorted(explained) == names()


def test_the_operators_guide_names_every_command() -> None:
    missing = {c for c in _commands(cli.parser()) if f"zintis {c}" not in _text(OPERATOR)}
    assert missing == set()


def test_the_example_of_an_environment_file_is_complete() -> None:
    offered = re.findall(r"^# ([A-Z_]+)=", _text(".env.example"), re.MULTILINE)
    assert sorted(offered) == sorted([*names(), *_ONLY_COMPOSE])


def test_the_readme_names_the_two_commands() -> None:
    assert {"make run", "make test"} <= set(re.findall(r"make [a-z]+", _text("README.md")))


def test_the_architecture_names_every_folder() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    folders = {Path(file).parts[0] for file in tracked if "/" in file}
    missing = {
        f for f in folders if not f.startswith(".") and f"{f}/" not in _text("ARCHITECTURE.md")
    }
    assert missing == set()


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md"])
def test_it_stays_short(document: str) -> None:
    assert len(_text(document).splitlines()) <= 150
