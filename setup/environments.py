"""Make the environments that the Makefile needs: `service`, `nlu` and `browser`. Standard library only.

Runs with any Python >= 3.11 before anything is installed. A second run finds its stamps and does nothing.
What cannot be mended from here ends in one sentence that says who can.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
TOOLS = PROJECT / ".tools"
SERVICE = PROJECT / ".venv"
NLU = PROJECT / "nlu" / ".venv"
CHROMIUM_NOTE = TOOLS / "chromium"
"""Holds the path of the browser that the tests use."""

_UV = "uv>=0.5,<1"
_NLU_PYTHON = (3, 10)
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC_CHROMIUMS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_COMMAND = """#!/bin/sh
exec "{python}" -P -m bot.cli "$@"
"""
_MIRROR = (
    "the lines above say why. If the package registry cannot be reached from here, check the network, or name "
    "a mirror in PIP_INDEX_URL and UV_DEFAULT_INDEX, and run the same command again."
)


class CannotGoOn(Exception):
    """Somebody has to do something first; the text says what."""


def main(parts: list[str]) -> int:
    """Make the named parts, in order."""
    makers: dict[str, Callable[[], None]] = {
        "service": make_service,
        "nlu": make_nlu,
        "browser": make_browser,
    }
    try:
        for part in parts:
            makers[part]()
    except CannotGoOn as problem:
        print(f"\nzintis: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nzintis: stopped.", file=sys.stderr)
        return 130
    return 0


def make_service() -> None:
    """The environment of the service and of the checks: .venv"""
    lock = PROJECT / "requirements.lock"
    stamp = _stamp(lock, PROJECT / "pyproject.toml", str(PROJECT))
    if _is_current(SERVICE, stamp):
        return
    say("Python packages of the service (the first time this takes a minute)")
    _make_environment(SERVICE, Path(sys.executable))
    _sync(SERVICE, lock, "of the service")
    _make_runnable(SERVICE)
    _write_stamp(SERVICE, stamp)


def _make_runnable(environment: Path) -> None:
    """Put the project on the path of its environment, and the command `zintis` beside the others: nothing to build."""
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = output(str(python_of(environment)), "-c", where)
    if packages is None:
        raise CannotGoOn(
            f"{environment} does not work: `make clean` and run the same command again."
        )
    (Path(packages) / "zintis.pth").write_text(f"{PROJECT}\n")
    command = environment / "bin" / "zintis"
    command.write_text(_COMMAND.format(python=python_of(environment)))
    command.chmod(0o755)


def make_nlu() -> None:
    """The environment of Rasa, which needs its own old Python: nlu/.venv"""
    lock = PROJECT / "nlu" / "requirements.lock"
    stamp = _stamp(lock, str(PROJECT))
    if _is_current(NLU, stamp):
        return
    say("Python packages of the understanding, Rasa (the first time this takes two minutes)")
    _make_environment(NLU, find_nlu_python() or _download_nlu_python())
    _sync(NLU, lock, "of Rasa")
    _write_stamp(NLU, stamp)


def make_browser() -> None:
    """A Chromium for the browser tests: an installed one, else Playwright's, else the system's package."""
    if CHROMIUM_NOTE.exists() and Path(CHROMIUM_NOTE.read_text().strip()).exists():
        return
    found = find_chromium() or _install_playwrights() or _install_packaged()
    if found is None:
        raise CannotGoOn(
            "the browser tests need Chromium: install the package `chromium` (or Google Chrome) and run "
            "`make test` again."
        )
    TOOLS.mkdir(exist_ok=True)
    CHROMIUM_NOTE.write_text(f"{found}\n")


def uv() -> str:
    """The path of uv: ours, else the one on the PATH, else freshly fetched into .tools/."""
    ours = TOOLS / "uv" / "bin" / "uv"
    if ours.exists():
        return str(ours)
    return shutil.which("uv") or _fetch_uv(ours)


def _fetch_uv(ours: Path) -> str:
    say("uv, which installs Python packages")
    pip = _find_pip()
    if pip is None:
        raise CannotGoOn(
            "pip is needed once to fetch uv, and this Python has none: install it (Debian and Ubuntu: "
            "`apt install python3-pip`; macOS: `python3 -m ensurepip`), or install uv, and try again."
        )
    os.environ.setdefault("PIP_ROOT_USER_ACTION", "ignore")  # it goes into a folder of ours
    if (
        run(*pip, "install", "--quiet", "--target", str(TOOLS / "uv"), _UV) != 0
        or not ours.exists()
    ):
        raise CannotGoOn(f"could not fetch uv: {_MIRROR}")
    return str(ours)


def _find_pip() -> list[str] | None:
    """pip of this Python, else pip of a throw-away environment where the system has taken it away."""
    own = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    if succeeds(*own, "--version"):
        return own
    throw_away = TOOLS / "pip"
    if not succeeds(sys.executable, "-m", "venv", "--clear", str(throw_away)):
        shutil.rmtree(throw_away, ignore_errors=True)
        return None
    return [str(python_of(throw_away)), "-m", "pip", "--disable-pip-version-check"]


def _make_environment(folder: Path, python: Path) -> None:
    """An environment with this Python; one that is there and works is kept."""
    if succeeds(str(python_of(folder)), "-c", f"import sys; sys.exit({_differs(folder, python)})"):
        return
    if run(uv(), "venv", "--quiet", "--clear", "--python", str(python), str(folder)) != 0:
        raise CannotGoOn(f"could not make {folder.relative_to(PROJECT)}: the lines above say why.")


def _differs(folder: Path, python: Path) -> str:
    """An expression: 0 inside an environment of the same major and minor version."""
    wanted = _version(str(python))
    return f"sys.version_info[:2] != {wanted!r}" if folder.exists() else "1"


def _sync(folder: Path, lock: Path, whose: str) -> None:
    if run(uv(), "pip", "sync", "--python", str(python_of(folder)), str(lock)) != 0:
        raise CannotGoOn(f"could not install the packages {whose}: {_MIRROR}")


def find_nlu_python() -> Path | None:
    """A Python 3.10 on this machine: from the PATH, or among pyenv's versions."""
    for candidate in _nlu_candidates():
        if _version(str(candidate)) == _NLU_PYTHON:
            return candidate
    return None


def _nlu_candidates() -> Iterator[Path]:
    on_path = shutil.which("python3.10")
    if on_path:
        yield Path(on_path)
    for root in (os.environ.get("PYENV_ROOT"), Path.home() / ".pyenv"):
        if root:
            yield from sorted(Path(root).glob("versions/3.10*/bin/python3.10"), reverse=True)


def _download_nlu_python() -> Path:
    say("Python 3.10 for Rasa, through uv")
    if run(uv(), "python", "install", "3.10") == 0:
        found = output(uv(), "python", "find", "3.10")
        if found:
            return Path(found)
    raise CannotGoOn(
        "Rasa needs Python 3.10, none is installed here and uv could not download one: install it (Ubuntu and "
        "macOS: `python3.10`; anywhere: `pyenv install 3.10`) and run the same command again."
    )


def find_chromium() -> Path | None:
    """A browser that is installed already; ZINTIS_CHROMIUM may name one."""
    named = os.environ.get("ZINTIS_CHROMIUM")
    if named and Path(named).exists():
        return Path(named)
    on_path = (shutil.which(name) for name in _CHROMIUMS)
    candidates = [*filter(None, on_path), *(p for p in _MAC_CHROMIUMS if Path(p).exists())]
    return Path(candidates[0]) if candidates else _playwrights()


def _playwrights() -> Path | None:
    """The path of Playwright's own Chromium, if it is downloaded."""
    script = (
        "from playwright.sync_api import sync_playwright as p\n"
        "with p() as it: print(it.chromium.executable_path)"
    )
    found = output(str(python_of(SERVICE)), "-c", script)
    return Path(found) if found and Path(found).exists() else None


def _install_playwrights() -> Path | None:
    say("Chromium for the browser tests, through Playwright")
    command = [str(python_of(SERVICE)), "-m", "playwright", "install", "chromium"]
    if run(*command) != 0:
        return None
    found = _playwrights()
    return found if found and succeeds(str(found), "--version") else None


def _install_packaged() -> Path | None:
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return None
    say("Chromium for the browser tests, through apt-get")
    quiet = ["-qq", "-o", "Dpkg::Use-Pty=0"]
    install = [apt, "install", *quiet, "--yes", "--no-install-recommends", "chromium"]
    if run(*install) != 0 and (run(apt, "update", *quiet) != 0 or run(*install) != 0):
        return None
    return find_chromium()


def python_of(environment: Path) -> Path:
    """The interpreter of an environment."""
    return environment / "bin" / "python"


def _version(python: str) -> tuple[int, int] | None:
    found = output(python, "-c", "import sys; print(*sys.version_info[:2])")
    if not found:
        return None
    major, minor = found.split()
    return int(major), int(minor)


def _stamp(*inputs: Path | str) -> str:
    digest = hashlib.sha256()
    for item in inputs:
        digest.update(item.read_bytes() if isinstance(item, Path) else item.encode())
    return digest.hexdigest()


def _is_current(environment: Path, stamp: str) -> bool:
    note = environment / "zintis-stamp"
    return note.exists() and note.read_text() == stamp and python_of(environment).exists()


def _write_stamp(environment: Path, stamp: str) -> None:
    (environment / "zintis-stamp").write_text(stamp)


def say(what: str) -> None:
    """Tell the person at the terminal what takes its time now."""
    print(f"▸ {what} …", file=sys.stderr, flush=True)


def run(*command: str) -> int:
    """Run with the output visible; the exit code, 127 when there is no such program."""
    try:
        return subprocess.run(command, check=False).returncode
    except OSError as error:
        print(error, file=sys.stderr)
        return 127


def succeeds(*command: str) -> bool:
    """Whether a command runs and ends well; its output is nobody's business."""
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def output(*command: str) -> str | None:
    """What a command prints, None when it fails."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
