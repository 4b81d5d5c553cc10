"""The compose file and the Dockerfiles name only what exists: read here, not run, as tests have no engine."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import cli
from bot.settings import PROJECT, names

DOCKERFILES = ("Dockerfile", "nlu/Dockerfile")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file, its anchors resolved."""
    loaded: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
    return loaded


def _instructions(dockerfile: str) -> list[tuple[str, str]]:
    text = (PROJECT / dockerfile).read_text()
    joined = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    return [
        (w, rest.strip())
        for w, _, rest in (line.partition(" ") for line in joined.splitlines())
        if w
    ]


def _ignored(path: str) -> bool:
    """Whether .dockerignore keeps a path out of the build: only what is let in again by `!` is there."""
    let_in = re.findall(r"^!(.+)$", (PROJECT / ".dockerignore").read_text(), re.MULTILINE)
    return Path(path).parts[0] not in let_in


def test_every_image_is_built_from_files_that_exist(compose: dict[str, Any]) -> None:
    built = {s["build"]["dockerfile"] for s in compose["services"].values() if "build" in s}
    assert built == set(DOCKERFILES)


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_what_is_copied_exists_and_reaches_the_build(dockerfile: str) -> None:
    copied = [shlex.split(rest) for word, rest in _instructions(dockerfile) if word == "COPY"]
    sources = [s for words in copied if not words[0].startswith("--from") for s in words[:-1]]
    assert sources
    assert [s for s in sources if not (PROJECT / s).exists() or _ignored(s)] == []


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_nothing_runs_as_root(dockerfile: str) -> None:
    users = [rest for word, rest in _instructions(dockerfile) if word == "USER"]
    assert users[-1].isdigit()
    assert users[-1] != "0"


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_every_base_image_has_a_version(dockerfile: str) -> None:
    stages: set[str] = set()
    for word, rest in _instructions(dockerfile):
        if word == "FROM":
            image, _, stage = rest.partition(" AS ")
            assert image in stages or re.search(r":[\w.-]*\d", image), image
            stages.add(stage)


def test_networks_volumes_and_services_are_declared(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service["networks"]) <= set(compose["networks"])
        assert set(service.get("depends_on", {})) <= set(compose["services"])
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (PROJECT / source).exists()


def test_only_web_and_proxy_can_be_reached_and_rasa_only_from_inside(
    compose: dict[str, Any],
) -> None:
    services = compose["services"]
    assert {name for name, service in services.items() if "ports" in service} == {"web", "proxy"}
    assert services["nlu"]["networks"] == services["postgres"]["networks"] == ["inside"]
    assert compose["networks"]["inside"] == {"internal": True}


def test_workers_can_be_scaled(compose: dict[str, Any]) -> None:
    worker = compose["services"]["worker"]
    assert not {"ports", "container_name", "volumes"} & set(worker)


def test_every_service_of_ours_says_whether_it_is_well(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert {n for n, s in services.items() if "healthcheck" not in s} == {"proxy"}


def test_settings_and_commands_exist(compose: dict[str, Any]) -> None:
    for name in ("web", "worker"):
        service = compose["services"][name]
        assert {v for v in service["environment"] if v.startswith("ZINTIS_")} <= set(names())
        assert cli.parser().parse_args(service["command"]).command


def test_every_variable_is_in_the_example() -> None:
    used = set(re.findall(r"\$\{?([A-Z_]+)", (PROJECT / "docker-compose.yml").read_text()))
    offered = (PROJECT / ".env.example").read_text()
    assert {v for v in used if f"# {v}=" not in offered} == set()


def test_the_proxies_let_in_what_the_service_offers() -> None:
    for proxy in ("deploy/Caddyfile", "deploy/nginx.conf"):
        text = (PROJECT / proxy).read_text()
        for path in (
            "telegram/webhook",
            "whatsapp/webhook",
            "whatsapp/status",
            "metrics",
            "readyz",
        ):
            assert path in text, (proxy, path)
