"""`zintis content watch`: follows the content folder and brings the model after it.

Texts are live by themselves (every process has `LiveContent`); the watcher tells what is wrong with them. Changed
examples train a new model on a copy of the content, measure it on the held-out messages, and exchange it in the
running server when no bar falls.
"""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot import training
from bot.content import Content, load
from bot.settings import Settings
from bot.workshop import measuring, model_server
from bot.workshop.live_content import LOOK_EVERY, Stamp, stamp
from bot.workshop.releases import Release, Releases
from bot.workshop.status import StatusFile, WatchState
from bot.workshop.titles import title_of
from domain.errors import ContentInvalid
from domain.ports import Clock
from domain.working_hours import RIGA

Say = Callable[[str], None]

_MOST_DETAILS = 20
_TAIL = 5


@dataclass(frozen=True, slots=True)
class _Draft:
    """A copy of the content that a model is made of, so that editors may go on meanwhile."""

    folder: Path
    content: Content
    fingerprint: str


class Watcher:
    """Follows one content folder."""

    def __init__(self, settings: Settings, *, clock: Clock, say: Say) -> None:
        self._settings = settings
        self._clock = clock
        self._say = say
        self._status = StatusFile(settings.state_dir)
        self._releases = Releases(settings.state_dir)
        self._draft = settings.state_dir / "workshop" / "draft"
        self._answers = settings.state_dir / "workshop" / "answers.json"

    async def run(self) -> None:
        """Follow until cancelled. Raises `AlreadyWatched`."""
        with self._status.watching():
            self._say(f"Sekoju mapei {self._settings.content_dir}. Beigt: Ctrl-C")
            looked_at: Stamp = frozenset()
            before: Stamp = frozenset()
            while True:
                seen = await asyncio.to_thread(stamp, self._settings.content_dir)
                if seen == before and seen != looked_at:
                    looked_at = seen
                    await self.look()
                before = seen
                await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Do what the present content needs."""
        try:
            draft = await asyncio.to_thread(self._copy)
        except ContentInvalid as invalid:
            details = tuple(str(problem) for problem in invalid.problems[:_MOST_DETAILS])
            self._tell(
                WatchState.BROKEN, "Saturā ir kļūdas; iedzīvotāji redz iepriekšējo.", details
            )
            return
        current = self._releases.current()
        if current is not None and current.fingerprint == draft.fingerprint:
            with self._releases.changing():
                self._releases.keep_content(draft.folder)
            self._tell(WatchState.READY, "Saglabātie teksti ir redzami; modelis nav jāmaina.")
        elif (worse := self._releases.refusal(draft.fingerprint)) is not None:
            words = "Ar šiem piemēriem modelis jau bija sliktāks; strādā iepriekšējais."
            words += " Sliktāk kļuva:" if worse else ""
            self._tell(WatchState.REFUSED, words, tuple(worse))
        else:
            await self._retrain(draft, current)

    async def _retrain(self, draft: _Draft, current: Release | None) -> None:
        self._tell(WatchState.TRAINING, "Piemēri mainīti: mācu jaunu modeli (parasti pusminūti).")
        said: list[str] = []  # what Rasa says is for developers, and only when it fails
        try:
            model = await asyncio.to_thread(
                training.train, draft.content, state=self._settings.state_dir, progress=said.append
            )
            self._tell(
                WatchState.MEASURING, "Modelis iemācīts: pārbaudu to ar neredzētiem jautājumiem."
            )
            comparison = await asyncio.to_thread(self._compare, model, draft, current)
        except (training.TrainingFailed, measuring.NotMeasured) as failed:
            details = (str(failed), *said[-_TAIL:])
            self._tell(WatchState.FAILED, "Apmācība neizdevās; strādā iepriekšējais.", details)
            return
        if comparison.fallen:
            details = (*(f"Kritās: {words}" for words in comparison.fallen), *comparison.worse)
            self._releases.refuse(draft.fingerprint, details)
            words = "Jaunais modelis ir sliktāks, tāpēc strādā iepriekšējais. Sliktāk kļuva:"
            self._tell(WatchState.REFUSED, words, details)
            return
        await self._release(model, draft, comparison)

    async def _release(self, model: Path, draft: _Draft, found: measuring.Comparison) -> None:
        with self._releases.changing():
            release = self._releases.add(
                model,
                draft.folder,
                fingerprint=draft.fingerprint,
                at=self._clock.now(),
                answers=self._answers,
            )
            try:
                await model_server.replace_model(
                    self._settings.nlu_url,
                    self._releases.model_of(release),
                    token=self._settings.nlu_secret,
                )
            except model_server.ModelServerOff:
                note = " Modeļa serveris nedarbojas; jauno modeli tas paņems, kad sāks."
            except model_server.ModelNotTaken as refused:
                self._releases.discard(release)
                self._tell(WatchState.FAILED, f"{refused} Strādā iepriekšējais.")
                return
            else:
                note = ""
            self._releases.make_current(release)
        words = f"Jaunais modelis (nr. {release.number}) strādā: {found.summary()}.{note}"
        self._tell(WatchState.RELEASED, words, tuple(f"Sliktāk: {w}" for w in found.worse[:5]))

    def _copy(self) -> _Draft:
        shutil.rmtree(self._draft, ignore_errors=True)
        shutil.copytree(self._settings.content_dir, self._draft / "content")
        content = load(self._draft / "content")
        return _Draft(self._draft / "content", content, training.fingerprint(content))

    def _compare(self, model: Path, draft: _Draft, current: Release | None) -> measuring.Comparison:
        after = measuring.measure(
            model, draft.content, state=self._settings.state_dir, answers=self._answers
        )
        before = self._answers_of(current, draft.content, after) if current else None
        return measuring.compare(
            before.answers if before else None,
            after.answers,
            title_of=lambda name: title_of(name, draft.content),
        )

    def _answers_of(
        self, release: Release, content: Content, beside: measuring.Evaluation
    ) -> measuring.Evaluation:
        """What an older model made of the same messages; asked anew when the held-out set has changed since."""
        path = self._releases.answers_of(release)
        if path.is_file() and (kept := measuring.read_answers(path)).asks_the_same(beside):
            return kept
        model = self._releases.model_of(release)
        return measuring.measure(model, content, state=self._settings.state_dir, answers=path)

    def _tell(self, state: WatchState, words: str, details: tuple[str, ...] = ()) -> None:
        now = self._clock.now()
        self._status.write(state, words, at=now, details=details)
        self._say(f"{now.astimezone(RIGA):%H:%M:%S}  {words}")
        for line in details:
            self._say(f"          – {line}")


def model_to_serve(settings: Settings, *, progress: training.Progress, at: datetime) -> Path:
    """What a start serves: the current release, or a newly trained one for content that changed meanwhile.

    A new one must not be worse than the current one here either. Examples that were found worse stay unused over
    restarts. Raises `TrainingFailed`.
    """
    content = load(settings.content_dir)
    fingerprint = training.fingerprint(content)
    releases = Releases(settings.state_dir)
    current = releases.current()
    refused = releases.refusal(fingerprint) is not None
    if current and (refused or current.fingerprint == fingerprint):
        return releases.model
    model = training.train(content, state=settings.state_dir, progress=progress)
    fallen = _fallen_since(current, model, content, settings) if current else ()
    if fallen:
        releases.refuse(fingerprint, (f"Kritās: {words}" for words in fallen))
        progress(
            "Ar mainītajiem piemēriem modelis ir sliktāks, tāpēc strādā iepriekšējais. Kritās:"
        )
        for words in fallen:
            progress(f"  – {words}")
        return releases.model
    with releases.changing():
        release = releases.add(model, settings.content_dir, fingerprint=fingerprint, at=at)
        releases.make_current(release)
    return releases.model


def _fallen_since(
    current: Release, model: Path, content: Content, settings: Settings
) -> tuple[str, ...]:
    """What a new model does worse than the current one; nothing when that one does not fit this version of Zintis."""
    kept = settings.state_dir / "workshop"
    served = Releases(settings.state_dir).model_of(current)
    try:
        before, after = (
            measuring.measure(one, content, state=settings.state_dir, answers=kept / name).answers
            for one, name in ((served, "answers-before.json"), (model, "answers.json"))
        )
    except measuring.NotMeasured:
        return ()
    return measuring.compare(before, after, title_of=lambda name: title_of(name, content)).fallen


async def go_back(settings: Settings, *, at: datetime) -> tuple[Release, Path, str]:
    """One step back: the release now served and its content, the folder with what was there, a note.

    Content that the served model was not made of (refused, broken, not trained yet) is taken back first; from content
    that fits, the step leads to the release before. Raises `NothingBefore`, or `ModelNotTaken` when the server cannot
    load the old model.
    """
    releases = Releases(settings.state_dir)
    with releases.changing():
        wanted = await asyncio.to_thread(_release_to_return_to, releases, settings.content_dir)
        note = ""
        try:
            await model_server.replace_model(
                settings.nlu_url, releases.model_of(wanted), token=settings.nlu_secret
            )
        except model_server.ModelServerOff:
            note = "Modeļa serveris nedarbojas; modeli tas paņems, kad sāks."
        saved = releases.restore_content(wanted, settings.content_dir, at=at)
        releases.make_current(wanted)
    return wanted, saved, note


def _release_to_return_to(releases: Releases, content_dir: Path) -> Release:
    current = releases.current()
    if current is not None and not _is_made_of(current, content_dir):
        return current
    return releases.before_current()


def _is_made_of(release: Release, content_dir: Path) -> bool:
    try:
        return training.fingerprint(load(content_dir)) == release.fingerprint
    except ContentInvalid:
        return False
