"""The rules that the tools hold are complete, so that a new dependency or folder cannot slip past them."""

import ast
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from typing import Any

import pytest

from bot.settings import PROJECT


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    """Our pyproject.toml."""
    return tomllib.loads((PROJECT / "pyproject.toml").read_text())


def _modules_of_dependencies(pyproject: dict[str, Any]) -> set[str]:
    wanted = {d.split(">")[0].split("[")[0].lower() for d in pyproject["project"]["dependencies"]}
    return {
        module
        for module, distributions in packages_distributions().items()
        if {d.lower() for d in distributions} & wanted and not module.startswith("_")
    }


def test_domain_and_actions_may_import_no_dependency(pyproject: dict[str, Any]) -> None:
    contract = next(
        c for c in pyproject["tool"]["importlinter"]["contracts"] if "forbidden_modules" in c
    )
    assert _modules_of_dependencies(pyproject) - set(contract["forbidden_modules"]) == set()


@pytest.mark.parametrize("package", ["domain", "actions"])
def test_the_inner_packages_import_the_standard_library_only(package: str) -> None:
    imported = set()
    for file in (PROJECT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            if isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    assert imported - set(sys.stdlib_module_names) <= {"domain", package}


def test_every_ignored_rule_has_its_reason() -> None:
    lines = (PROJECT / "pyproject.toml").read_text().splitlines()
    start, end = lines.index("ignore = ["), lines.index("[tool.ruff.lint.isort]")
    rules = [line for line in lines[start + 1 : end] if line.strip().startswith('"')]
    assert rules
    assert [line for line in rules if "# " not in line] == []


def test_whoever_starts_the_tests_has_the_last_word() -> None:
    planned = subprocess.run(
        ["make", "--dry-run", "test", "ARGS=-n0 tests/domain"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    [command] = [line for line in planned if "/pytest " in line]
    assert "-n logical --maxprocesses 4 --dist worksteal" in command
    assert command.endswith(" -n0 tests/domain")
