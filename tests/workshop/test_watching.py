"""From a saved example to a new model in the running server, with the real Rasa and no lost question.

And with examples that make it worse: the old model stays, and the editor reads what would be lost.
"""

import asyncio
import contextlib
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import training
from bot.clock import SystemClock
from bot.content import load
from bot.nlu import RasaNlu
from bot.processes import free_port
from bot.settings import PROJECT, Settings
from bot.workshop.editing import Editing
from bot.workshop.releases import Releases
from bot.workshop.status import StatusFile, WatchState
from bot.workshop.watching import Watcher, go_back, model_to_serve
from domain.errors import NluUnavailable
from tests.workshop.newsroom import copy_of_content

TOKEN = "only-the-service-knows-it"
QUESTIONS = [
    f"{start} zirga pasi{end}"
    for start in ("kā noformēt", "kur dabūt", "vajag", "cik ilgi taisa", "man pazuda")
    for end in ("", " savam kumeļam", ", lūdzu")
]


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[Settings]:
    """A served release of today's content, in a place of its own."""
    directory = copy_of_content(tmp_path)
    port = free_port()
    settings = Settings(
        state_dir=tmp_path / "state",
        content_dir=directory,
        nlu_url=f"http://127.0.0.1:{port}",
        nlu_token=SecretStr(TOKEN),
    )
    content = load(directory)
    model = await asyncio.to_thread(training.train, content, state=PROJECT / ".zintis")
    releases = Releases(settings.state_dir)
    releases.make_current(
        releases.add(
            model, directory, fingerprint=training.fingerprint(content), at=SystemClock().now()
        )
    )
    with _server(releases.model, port):
        yield settings


@contextlib.contextmanager
def _server(model: Path, port: int) -> Iterator[None]:
    process = subprocess.Popen(
        training.server_command(model, port),
        cwd=training.NLU,
        env=training.server_environment(token=TOKEN),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


async def _ready(nlu: RasaNlu) -> None:
    async with asyncio.timeout(120):
        while True:
            with contextlib.suppress(NluUnavailable):
                await nlu.understand("labdien")
                return
            await asyncio.sleep(0.2)  # a server that starts tells nobody


async def test_a_new_topic_is_understood_and_taken_back_without_a_lost_question(
    settings: Settings,
) -> None:
    said: list[str] = []
    watcher = Watcher(settings, clock=SystemClock(), say=said.append)
    status = StatusFile(settings.state_dir)
    editing = Editing(settings.content_dir)
    async with RasaNlu.connected(settings.nlu_url, token=TOKEN) as nlu:
        await _ready(nlu)
        await watcher.look()
        assert _state(status) is WatchState.READY
        before = await nlu.understand(QUESTIONS[1])

        editing.apply(editing.add_examples("municipality-passport", QUESTIONS))
        async with _residents(nlu) as lost:
            await watcher.look()
        assert lost == []
        assert _state(status) is WatchState.RELEASED, said
        after = await nlu.understand("kā noformēt zirga pasi manam kumeļam")
        assert after.intent == "topic.municipality-passport"
        assert after.confidence > 0.6

        release, _, note = await go_back(settings, at=SystemClock().now())
        assert (release.number, note) == (1, "")
        assert (await nlu.understand(QUESTIONS[1])).confidence == pytest.approx(before.confidence)
        await watcher.look()
        assert _state(status) is WatchState.READY
        assert (
            QUESTIONS[0] not in load(settings.content_dir).topic("municipality-passport").examples
        )


async def test_examples_that_make_it_worse_are_refused_by_name(settings: Settings) -> None:
    said: list[str] = []
    watcher = Watcher(settings, clock=SystemClock(), say=said.append)
    for file in sorted((settings.content_dir / "topics" / "bills").glob("*.md"))[:14]:
        _spoil(file)

    await watcher.look()

    told = StatusFile(settings.state_dir).read()
    assert told is not None
    assert told.state is WatchState.REFUSED
    assert told.details[0].startswith("Kritās: pareizi uzreiz vai pēc viena pārjautājuma")
    assert any("tagad" in line for line in told.details[1:])
    current = Releases(settings.state_dir).current()
    assert current is not None
    assert current.number == 1
    worse = told.details
    await watcher.look()
    again = StatusFile(settings.state_dir).read()
    assert again is not None
    assert "jau bija sliktāks" in again.words
    assert again.details == worse

    _forget_refusals(settings)
    model = await asyncio.to_thread(
        model_to_serve, settings, progress=said.append, at=SystemClock().now()
    )
    assert model.resolve() == Releases(settings.state_dir).model_of(current)
    assert said[-1].startswith("  – pareizi")


def _forget_refusals(settings: Settings) -> None:
    """As if the examples had been spoilt while nobody watched."""
    shutil.rmtree(Releases(settings.state_dir).folder / "refused")


def _spoil(file: Path) -> None:
    """Examples that nobody ever asks."""
    lines = file.read_text(encoding="utf-8").split("\n")
    first = lines.index("examples:") + 1
    last = next(n for n in range(first, len(lines)) if not lines[n].startswith("  - "))
    lines[first:last] = [f"  - zaļš kaķis {file.stem} {n}" for n in range(10)]
    file.write_text("\n".join(lines), encoding="utf-8")


def _state(status: StatusFile) -> WatchState:
    told = status.read()
    assert told is not None
    return told.state


@contextlib.asynccontextmanager
async def _residents(nlu: RasaNlu) -> AsyncIterator[list[str]]:
    """Somebody asks all the time; what was not answered."""
    lost: list[str] = []

    async def ask() -> None:
        while True:
            try:
                await nlu.understand("kad jāmaksā nodoklis")
            except NluUnavailable as error:
                lost.append(str(error))
            await asyncio.sleep(0.05)  # so that the trainer gets a processor too

    asking = asyncio.create_task(ask())
    try:
        yield lost
    finally:
        asking.cancel()
