"""The command line `zintis`. The Makefile calls it; so do the containers.

Each command imports what it needs when it runs: `zintis content check` must not wait for the web server's libraries.
"""

import argparse
import asyncio
import getpass
import os
import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from bot.settings import Settings, load_settings, unknown_names
from domain.errors import ZintisError

Command = Callable[[Settings, argparse.Namespace], int]


class NoDatabase(ZintisError):
    """There is no database to talk to."""

    def __init__(self) -> None:
        super().__init__(
            "There is no database: set ZINTIS_DATABASE_URL, or start `make run` first."
        )


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code. What goes wrong on purpose is one sentence, not a traceback."""
    chosen = parser().parse_args(arguments)
    for sentence in unknown_names(os.environ):
        _complain(f"warning: {sentence}")
    command: Command = chosen.command
    try:
        return command(load_settings(), chosen)
    except ZintisError as error:
        _complain(str(error))
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _complain(what: str) -> None:
    print(f"zintis: {what}", file=sys.stderr)


def parser() -> argparse.ArgumentParser:
    """The commands and their options; each sets `command`."""
    whole = argparse.ArgumentParser(
        prog="zintis", description="A digital assistant for a municipality."
    )
    commands = whole.add_subparsers(required=True, metavar="command")
    run = _add(
        commands, "run", _run, "everything on this machine: database, understanding, web, worker"
    )
    run.add_argument("--verbose", action="store_true", help="show the logs of all parts here too")
    web = _add(commands, "web", _web, "the web process: web chat, webhooks, desk")
    worker = _add(commands, "worker", _worker, "a worker process: turns and deliveries")
    for process in (web, worker):
        process.add_argument(
            "--no-migrate", action="store_true", help="the schema is the newest already"
        )
    _add(commands, "chat", _chat, "talk to the running assistant in this terminal")
    _add(commands, "migrate", _migrate, "bring the database to the newest schema")
    train = _add(commands, "train", _train, "train the understanding from content/ and nlu/data/")
    train.add_argument(
        "--only-data",
        type=Path,
        metavar="FOLDER",
        help="write Rasa's files there and train nothing",
    )
    _add(
        commands, "evaluate", _evaluate, "measure the understanding on questions it has never seen"
    )
    _add(commands, "doctor", _doctor, "check each part and say what to mend")
    content = commands.add_parser("content", help="the content files").add_subparsers(required=True)
    _add_content_commands(content)
    agent = commands.add_parser("agent", help="staff at the desk").add_subparsers(required=True)
    add = _add(agent, "add", _add_agent, "make a login for the desk")
    add.add_argument("email")
    add.add_argument("name", help="as residents and colleagues read it")
    add.add_argument("--role", choices=("staff", "supervisor", "editor", "admin"), default="staff")
    return whole


def _add_content_commands(
    content: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    check = _add(
        content, "check", _check_content, "read every content file and report what is wrong"
    )
    check.add_argument(
        "--links",
        action=argparse.BooleanOptionalAction,
        help="wait up to 90 s for linked pages, or do not ask for any (default: 8 s, and none offline)",
    )
    check.add_argument(
        "--ask", action="store_true", help="put every example question to the running model"
    )
    preview = _add(content, "preview", _preview, "show a topic as each channel shows it")
    preview.add_argument("topic", help="the id of a topic, like bills-pay-where")
    _add(content, "watch", _watch, "follow what editors save; retrain when examples change")
    _add(
        content, "back", _go_back, "return to the model before and the content that belonged to it"
    )
    _add(
        content, "schemas", _schemas, "write the JSON schemas that editors' programs complete with"
    )


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    command: Command,
    about: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
    parser.set_defaults(command=command)
    return parser


def _run(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot.run import run

    signal.signal(signal.SIGTERM, _as_ctrl_c)
    run(settings, echo=chosen.verbose)
    return 0


def _as_ctrl_c(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _web(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot import server

    server.main(settings, database_url=_ready_database(settings, chosen))
    return 0


def _worker(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot import worker

    worker.main(settings, database_url=_ready_database(settings, chosen))
    return 0


def _chat(settings: Settings, _chosen: argparse.Namespace) -> int:
    from bot.terminal import chat

    asyncio.run(chat(settings))
    return 0


def _migrate(settings: Settings, _chosen: argparse.Namespace) -> int:
    with _any_database(settings) as url:
        _bring_up(url)
    print("The database has the newest schema.")
    return 0


def _train(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot import training
    from bot.content import load

    content = load(settings.content_dir)
    if chosen.only_data is not None:
        data = training.training_data(content)
        chosen.only_data.mkdir(parents=True, exist_ok=True)
        (chosen.only_data / "nlu.yml").write_text(data.nlu, encoding="utf-8")
        (chosen.only_data / "domain.yml").write_text(data.domain, encoding="utf-8")
    else:
        print(f"Model: {training.train(content, state=settings.state_dir)}")
    return 0


def _evaluate(settings: Settings, _chosen: argparse.Namespace) -> int:
    from bot.workshop.evaluating import evaluate

    return evaluate(settings, say=print)


def _doctor(settings: Settings, _chosen: argparse.Namespace) -> int:
    from bot.doctor import examine, report

    findings = asyncio.run(examine(settings, database_url=_known_database(settings)))
    print(report(findings))
    return 0 if all(finding.well for finding in findings) else 1


def _check_content(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot.content import report_text
    from bot.workshop.checking import examine, with_answers, with_links

    report, notes = examine(settings.content_dir), []
    if chosen.links is not False:
        looked = with_links(report, settings.content_dir, asked=bool(chosen.links))
        report, note = asyncio.run(looked)
        notes += [note] if note else []
    if chosen.ask and not report.problems:
        asked = with_answers(
            report, settings.content_dir, settings.nlu_url, token=settings.nlu_secret
        )
        report, note = asyncio.run(asked)
        notes.append(note)
    print("\n".join([report_text(report), *notes]))
    return 1 if report.problems else 0


def _preview(settings: Settings, chosen: argparse.Namespace) -> int:
    import difflib

    from bot.clock import SystemClock
    from bot.content import load
    from bot.workshop.previewing import preview_text

    content = load(settings.content_dir)
    if not content.has_topic(chosen.topic):
        near = difflib.get_close_matches(chosen.topic, content.topics, n=3, cutoff=0.4)
        guess = f" Varbūt: {', '.join(near)}?" if near else ""
        _complain(f"temata „{chosen.topic}” nav.{guess}")
        return 1
    print(preview_text(content, chosen.topic, now=SystemClock().now()))
    return 0


def _watch(settings: Settings, _chosen: argparse.Namespace) -> int:
    from bot.clock import SystemClock
    from bot.workshop.watching import Watcher

    watcher = Watcher(settings, clock=SystemClock(), say=lambda line: print(line, flush=True))
    asyncio.run(watcher.run())
    return 0


def _go_back(settings: Settings, _chosen: argparse.Namespace) -> int:
    from bot.clock import SystemClock
    from bot.workshop.watching import go_back
    from domain.working_hours import RIGA

    release, saved, note = asyncio.run(go_back(settings, at=SystemClock().now()))
    since = datetime.fromisoformat(release.released_at).astimezone(RIGA)
    print(f"Strādā modelis nr. {release.number} (no {since:%d.%m.%Y. %H:%M}) ar savu saturu.")
    print(f"Saturs, kāds tas bija pirms tam, saglabāts mapē {saved}.")
    if note:
        print(note)
    return 0


def _schemas(settings: Settings, _chosen: argparse.Namespace) -> int:
    from bot.workshop import schemas

    changed = schemas.write(settings.content_dir)
    print("\n".join(map(str, changed)) or "Shēmas jau ir jaunākās.")
    return 0


def _add_agent(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot.desk import agents
    from bot.storage.database import Database

    password, shown = _new_password()

    async def add(url: str) -> None:
        database = Database(url, pool_size=2)
        try:
            await agents.add(
                database, email=chosen.email, name=chosen.name, role=chosen.role, password=password
            )
        finally:
            await database.close()

    with _any_database(settings) as url:
        _bring_up(url)
        asyncio.run(add(url))
    print(f"{chosen.email} can log in at the desk now.")
    if shown:
        print(f"Password, shown only this once: {password}")
    return 0


def _new_password() -> tuple[str, bool]:
    """A password typed by the operator, or a made one that has to be shown."""
    if sys.stdin.isatty():
        typed = getpass.getpass("Password (at least 10 characters; Enter makes one): ")
        if typed:
            return typed, False
    return secrets.token_urlsafe(12), True


def _known_database(settings: Settings) -> str | None:
    """The database that is set, else the embedded one that `zintis run` has started."""
    from bot.postgres import running_url

    return settings.database_url or running_url(settings.state_dir / "postgres")


def _ready_database(settings: Settings, chosen: argparse.Namespace) -> str:
    url = _known_database(settings)
    if url is None:
        raise NoDatabase
    if not chosen.no_migrate:
        _bring_up(url)
    return url


@contextmanager
def _any_database(settings: Settings) -> Iterator[str]:
    """The known database, else the embedded one for as long as the command takes."""
    from bot.postgres import borrowed

    if settings.database_url is not None:
        yield settings.database_url
        return
    with borrowed(settings.state_dir / "postgres") as url:
        yield url


def _bring_up(url: str) -> None:
    from bot.storage.migrate import migrate

    migrate(url)


if __name__ == "__main__":
    sys.exit(main())
