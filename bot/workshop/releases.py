"""Which model was served with which content, so that one command returns to the pair before.

    .zintis/releases/
      current.tar.gz -> 0003/model.tar.gz     what the model server starts with; the one truth about what is current
      0003/release.json, model.tar.gz, content/, answers.json
      refused/<fingerprint>                   trained, measured, found worse
      saved/<moment>/                         content as it was when somebody went back

A release's content is kept up to date while only texts change: those need no other model.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from domain.errors import ZintisError

_KEPT = 10
_CONTENT_FILES = ("*.yml", "topics/*/*.md")


class NothingBefore(ZintisError):
    """There is no earlier release to return to."""


@dataclass(frozen=True, slots=True)
class Release:
    """One model that residents talked to. `before` is the number of the release that it replaced."""

    number: int
    fingerprint: str
    before: int | None
    released_at: str


class Releases:
    """The releases of one installation."""

    def __init__(self, state_dir: Path) -> None:
        self.folder = state_dir / "releases"
        self.model = self.folder / "current.tar.gz"

    # ---- reading

    def current(self) -> Release | None:
        """The release that is served, None before the first."""
        if not self.model.exists():
            return None
        return self.release(int(self.model.readlink().parent.name))

    def release(self, number: int) -> Release | None:
        """A release by its number, None when it was not kept."""
        told = self._at(number) / "release.json"
        return Release(**json.loads(told.read_text())) if told.is_file() else None

    def model_of(self, release: Release) -> Path:
        """The file of a release's model."""
        return self._at(release.number) / "model.tar.gz"

    def content_of(self, release: Release) -> Path:
        """The content that belonged to a release."""
        return self._at(release.number) / "content"

    def answers_of(self, release: Release) -> Path:
        """What the release's model made of the held-out messages; the file may not be there."""
        return self._at(release.number) / "answers.json"

    def before_current(self) -> Release:
        """The release that the current one replaced. Raises `NothingBefore`."""
        current = self.current()
        number = current.before if current else None
        earlier = None if number is None else self.release(number)
        if earlier is None or not self.model_of(earlier).is_file():
            raise NothingBefore("Nav iepriekšēja modeļa, pie kura atgriezties.")
        return earlier

    def refusal(self, fingerprint: str) -> Sequence[str] | None:
        """What became worse with a model of this fingerprint; None when it was not refused."""
        refused = self.folder / "refused" / fingerprint
        return refused.read_text(encoding="utf-8").splitlines() if refused.is_file() else None

    # ---- changing

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One change at a time, whichever process makes it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def add(
        self,
        model: Path,
        content: Path,
        *,
        fingerprint: str,
        at: datetime,
        answers: Path | None = None,
    ) -> Release:
        """Keep a model with its content as a release that is not current yet."""
        current = self.current()
        release = Release(
            number=max(self._numbers(), default=0) + 1,
            fingerprint=fingerprint,
            before=current.number if current else None,
            released_at=at.isoformat(timespec="seconds"),
        )
        folder = self._at(release.number)
        folder.mkdir(parents=True)
        _link_or_copy(model, self.model_of(release))
        shutil.copytree(content, self.content_of(release))
        if answers is not None:
            shutil.copy(answers, self.answers_of(release))
        (folder / "release.json").write_text(json.dumps(asdict(release)))
        return release

    def discard(self, release: Release) -> None:
        """Forget a release that never became current."""
        shutil.rmtree(self._at(release.number))

    def make_current(self, release: Release) -> None:
        """The model server starts with this one from now on."""
        next_link = self.folder / "next.tar.gz"
        next_link.unlink(missing_ok=True)
        next_link.symlink_to(self.model_of(release).relative_to(self.folder))
        next_link.replace(self.model)
        self._forget_old(release)

    def keep_content(self, content: Path) -> None:
        """Texts changed under the same model: they belong to the current release now."""
        current = self.current()
        if current is None:
            return
        fresh = self._at(current.number) / "content.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(content, fresh)
        shutil.rmtree(self.content_of(current), ignore_errors=True)
        fresh.replace(self.content_of(current))

    def restore_content(self, release: Release, content: Path, *, at: datetime) -> Path:
        """Put the release's content files back; the folder in which today's were saved."""
        saved = self.folder / "saved" / f"{at:%Y-%m-%d-%H%M%S-%f}"
        shutil.copytree(content, saved)
        wanted = self.content_of(release)
        for path in _content_files(content):
            if not (wanted / path.relative_to(content)).exists():
                path.unlink()
        for source in _content_files(wanted):
            _put(source, content / source.relative_to(wanted))
        return saved

    def refuse(self, fingerprint: str, worse: Iterable[str]) -> None:
        """Remember that a model was found worse, so that no start serves it, and what became worse, in lines."""
        refused = self.folder / "refused" / fingerprint
        refused.parent.mkdir(parents=True, exist_ok=True)
        refused.write_text("".join(f"{line}\n" for line in worse), encoding="utf-8")

    # ---- inside

    def _at(self, number: int) -> Path:
        return self.folder / f"{number:04d}"

    def _numbers(self) -> list[int]:
        return [int(path.name) for path in self.folder.glob("[0-9]*") if path.name.isdecimal()]

    def _forget_old(self, current: Release) -> None:
        old = [number for number in sorted(self._numbers()) if number != current.number]
        for number in old[: max(0, len(old) - _KEPT)]:
            if number != current.before:
                shutil.rmtree(self._at(number))


def _content_files(folder: Path) -> Iterator[Path]:
    for pattern in _CONTENT_FILES:
        yield from folder.glob(pattern)


def _put(source: Path, target: Path) -> None:
    if target.is_file() and target.read_bytes() == source.read_bytes():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.new")
    shutil.copyfile(source, fresh)
    fresh.replace(target)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copyfile(source, target)
