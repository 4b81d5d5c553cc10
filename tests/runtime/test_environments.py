"""Preparing a machine: what is there is found, what is missing is said in one sentence with its mend."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.processes import free_port
from bot.settings import PROJECT
from setup import environments


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine with nothing but a clone on it, as far as the set-up looks."""
    clone = tmp_path / "clone"
    for name in (
        "setup/environments.py",
        "requirements.lock",
        "nlu/requirements.lock",
        "pyproject.toml",
        "Makefile",
    ):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, clone / name)
    return clone


def _make(machine: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    bare: Mapping[str, str] = {"PATH": "/usr/bin:/bin", "HOME": str(machine), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        ["make", *words],
        cwd=machine,
        env={**bare, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def _fake_python(path: Path, version: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)
    return path


def test_without_a_python_it_says_which_is_needed(machine: Path) -> None:
    done = _make(machine, "service", "PYTHON=")
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_registry_it_says_what_to_do(machine: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/simple"
    done = _make(
        machine,
        "service",
        f"PYTHON={sys.executable}",
        PIP_INDEX_URL=nowhere,
        PIP_CONFIG_FILE=os.devnull,
        PIP_RETRIES="0",
        UV_DEFAULT_INDEX=nowhere,
    )
    assert done.returncode != 0
    last = done.stderr.split("zintis: ")[-1]
    assert "name a mirror in PIP_INDEX_URL and UV_DEFAULT_INDEX" in last
    assert "Traceback" not in last


def test_a_second_time_does_nothing(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "PROJECT", machine)
    monkeypatch.setattr(environments, "SERVICE", machine / ".venv")
    done: list[tuple[str, ...]] = []

    def run(*command: str) -> int:
        done.append(command)
        if "venv" in command:
            _fake_python(machine / ".venv" / "bin" / "python", str(machine))
        return 0

    monkeypatch.setattr(environments, "run", run)
    monkeypatch.setattr(environments, "uv", lambda: "uv")
    assert environments.main(["service"]) == 0
    assert [command[1:3] for command in done] == [("venv", "--quiet"), ("pip", "sync")]
    assert (machine / ".venv" / "bin" / "zintis").stat().st_mode & 0o111
    done.clear()
    assert environments.main(["service"]) == 0
    assert done == []
    (machine / "requirements.lock").write_text("changed")
    assert environments.main(["service"]) == 0
    assert done


def test_rasas_python_is_found_among_pyenvs_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert environments.find_nlu_python() is None
    wanted = _fake_python(tmp_path / "pyenv/versions/3.10.13/bin/python3.10", "3 10")
    assert environments.find_nlu_python() == wanted


def test_a_shim_that_leads_nowhere_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "shims" / "python3.10"
    shim.parent.mkdir()
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(shim.parent))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PYENV_ROOT", raising=False)
    assert environments.find_nlu_python() is None


def test_a_browser_that_is_named_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = _fake_python(tmp_path / "my-chromium", "x")
    monkeypatch.setenv("ZINTIS_CHROMIUM", str(browser))
    assert environments.find_chromium() == browser
