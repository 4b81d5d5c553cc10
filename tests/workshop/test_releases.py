"""Models and their content: what is served, what was before, what was refused."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import training
from bot.settings import Settings
from bot.workshop import model_server, watching
from bot.workshop.measuring import HeldOut, compare, measures_of
from bot.workshop.releases import NothingBefore, Release, Releases
from bot.workshop.status import AlreadyWatched, StatusFile, WatchState

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Shelf:
    """A folder with content and models made of nothing."""

    def __init__(self, folder: Path) -> None:
        self.content = folder / "content"
        (self.content / "topics" / "bills").mkdir(parents=True)
        self.write("pay", "pirmais")
        (self.content / "groups.yml").write_text("[]", encoding="utf-8")
        (self.content / "README.txt").write_text("redaktora piezīmes", encoding="utf-8")
        self.releases = Releases(folder / "state")
        self._models = folder

    def write(self, name: str, text: str) -> None:
        (self.content / "topics" / "bills" / f"{name}.md").write_text(text, encoding="utf-8")

    def read(self) -> dict[str, str]:
        files = (self.content / "topics" / "bills").glob("*.md")
        return {file.stem: file.read_text(encoding="utf-8") for file in files}

    def release(self, name: str) -> Release:
        model = self._models / f"{name}.tar.gz"
        model.write_text(name, encoding="utf-8")
        made = self.releases.add(model, self.content, fingerprint=name, at=NOW)
        self.releases.make_current(made)
        return made


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_the_current_model_is_always_behind_one_name(shelf: Shelf) -> None:
    assert shelf.releases.current() is None
    shelf.release("a")
    second = shelf.release("b")

    assert shelf.releases.current() == second
    assert shelf.releases.model.read_text(encoding="utf-8") == "b"
    assert shelf.releases.before_current().fingerprint == "a"


def test_going_back_restores_files_and_touches_nothing_else(shelf: Shelf) -> None:
    first = shelf.release("a")
    shelf.write("pay", "otrais")
    shelf.write("new", "jauns")
    shelf.release("b")

    saved = shelf.releases.restore_content(first, shelf.content, at=NOW)

    assert shelf.read() == {"pay": "pirmais"}
    assert (saved / "topics" / "bills" / "new.md").read_text(encoding="utf-8") == "jauns"
    assert (shelf.content / "README.txt").read_text(encoding="utf-8") == "redaktora piezīmes"


def test_texts_changed_under_the_same_model_belong_to_it(shelf: Shelf) -> None:
    first = shelf.release("a")
    shelf.write("pay", "pirmais, labots")
    shelf.releases.keep_content(shelf.content)
    shelf.write("pay", "otrais")
    shelf.release("b")

    shelf.releases.restore_content(first, shelf.content, at=NOW)

    assert shelf.read() == {"pay": "pirmais, labots"}


def test_before_the_first_release_there_is_nothing(shelf: Shelf) -> None:
    shelf.release("a")
    with pytest.raises(NothingBefore):
        shelf.releases.before_current()


def test_old_releases_are_forgotten_but_never_the_one_before(shelf: Shelf) -> None:
    for number in range(20):
        shelf.release(f"m{number}")

    assert shelf.releases.before_current().fingerprint == "m18"
    assert len(list(shelf.releases.folder.glob("0*"))) == 11


def test_a_refused_model_is_remembered(shelf: Shelf) -> None:
    assert shelf.releases.refusal("worse") is None
    shelf.releases.refuse("worse", ["Kritās: pareizi uzreiz", "„kur maksāt”: tagad pārjautā"])
    assert shelf.releases.refusal("worse") == [
        "Kritās: pareizi uzreiz",
        "„kur maksāt”: tagad pārjautā",
    ]
    assert shelf.releases.refusal("other") is None


# ---- comparing


def _held(text: str, right: str, *ranking: tuple[str, float]) -> HeldOut:
    return HeldOut(text, frozenset({right}), ranking)


GOOD = [_held(f"q{n}", "topic.a", ("topic.a", 0.9)) for n in range(99)]


def test_a_model_that_answers_the_same_may_replace_the_other() -> None:
    found = compare([*GOOD], [*GOOD], title_of=str)
    assert (found.fallen, found.worse) == ((), ())


def test_a_model_that_helps_less_is_refused_with_the_questions_that_it_lost() -> None:
    after = [_held(f"q{n}", "topic.a", ("topic.b", 0.2)) for n in range(5)] + GOOD[5:]

    found = compare(GOOD, after, title_of=lambda name: f"<{name}>")

    assert found.fallen == (
        "pareizi uzreiz vai pēc viena pārjautājuma: 94,9 %, bija 100,0 %",
        "pareizi atbild uzreiz 94,9 %, bija 100,0 %",
    )
    assert found.worse[0] == "„q0” (par „<topic.a>”): tagad nesaprot"
    assert len(found.worse) == 5


def test_wrong_answers_come_before_silence_among_what_became_worse() -> None:
    after = [
        _held("q0", "topic.a", ("topic.b", 0.2)),
        _held("q1", "topic.a", ("topic.b", 0.9)),
        *GOOD[2:],
    ]
    found = compare(GOOD, after, title_of=str)
    assert found.worse[0] == "„q1” (par „topic.a”): tagad atbild par „topic.b”"


def test_what_is_asked_back_about_now_names_the_topic_that_is_like_it() -> None:
    after = [_held("q0", "topic.a", ("topic.a", 0.5), ("topic.b", 0.3)), *GOOD[1:]]
    found = compare(GOOD, after, title_of=lambda name: f"<{name}>")
    assert found.worse == ("„q0” (par „<topic.a>”): tagad pārjautā, jo līdzīgs ir arī „<topic.b>”",)


def test_answering_what_is_not_our_business_is_a_fall() -> None:
    foreign = [_held(f"x{n}", "out_of_scope", ("out_of_scope", 0.9)) for n in range(20)]
    answered = [_held(f"x{n}", "out_of_scope", ("topic.a", 0.9)) for n in range(2)] + foreign[2:]

    found = compare([*GOOD, *foreign], [*GOOD, *answered], title_of=str)

    assert found.fallen == (
        "svešiem jautājumiem kļūdaini atbild 10,0 %, bija 0,0 % (drīkst ne vairāk kā 5,0 %)",
    )


def test_asking_back_where_there_was_an_answer_is_a_fall() -> None:
    after = [_held(f"q{n}", "topic.a", ("topic.a", 0.5)) for n in range(10)] + GOOD[10:]

    assert compare(GOOD, after, title_of=str).fallen == (
        "pareizi atbild uzreiz 89,9 %, bija 100,0 %",
    )


def test_slips_that_cost_more_than_before_are_a_fall() -> None:
    def typed(sure: str) -> list[HeldOut]:
        return [
            replace(one, ranking=((sure, 0.9),), without_slips=(("topic.a", 0.9),))
            for one in GOOD[:2]
        ]

    found = compare([*typed("topic.a"), *GOOD], [*typed("topic.b"), *GOOD], title_of=str)

    assert found.fallen[-1] == (
        "ziņas ar pirksta kļūdām saprot par 100,0 punktiem mazāk, bija par 0,0 punktiem "
        "(drīkst par 3,0 punktiem)"
    )


def test_many_small_falls_end_at_the_bar() -> None:
    silent = [_held(f"q{n}", "topic.a", ("topic.b", 0.1)) for n in range(10)]
    before = [*silent[:9], *GOOD[9:]]
    after = [*silent, *GOOD[10:]]

    assert compare(before, after, title_of=str).fallen == (
        "pareizi uzreiz vai pēc viena pārjautājuma: 89,9 %, bija 90,9 %",
    )


def test_a_bar_that_was_missed_before_does_not_stop_a_better_model() -> None:
    before = [_held(f"x{n}", "out_of_scope", ("topic.a", 0.9)) for n in range(5)]
    silent = [_held(f"x{n}", "out_of_scope") for n in range(1, 5)]
    after = [_held("x0", "out_of_scope", ("topic.a", 0.9)), *silent]
    assert measures_of(after).foreign_answered == 0.2
    assert compare([*GOOD, *before], [*GOOD, *after], title_of=str).fallen == ()


# ---- what is told


def test_the_status_is_told_to_everybody_and_one_watches(tmp_path: Path) -> None:
    mine, other = StatusFile(tmp_path), StatusFile(tmp_path)
    assert (other.read(), other.is_watched()) == (None, False)

    with mine.watching():
        told = mine.write(WatchState.REFUSED, "Sliktāk.", at=NOW, details=("viens",))
        assert (other.read(), other.is_watched()) == (told, True)
        with pytest.raises(AlreadyWatched), other.watching():
            pass
    assert not other.is_watched()


# ---- a start, and the way back, around a server that is off


async def test_a_start_serves_the_release_when_the_content_was_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(tmp_path)
    shelf.release("a")
    shelf.releases.refuse("worse", ())
    monkeypatch.setattr(watching, "load", lambda _: None)
    monkeypatch.setattr(training, "fingerprint", lambda _: "worse")
    settings = Settings(state_dir=tmp_path / "state", content_dir=shelf.content)

    model = watching.model_to_serve(settings, progress=print, at=NOW)

    assert model.read_text(encoding="utf-8") == "a"


async def test_back_takes_unserved_content_back_first_and_then_the_release_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(tmp_path)
    first = shelf.release("a")
    shelf.write("pay", "otrais")
    second = shelf.release("b")
    shelf.write("pay", "noraidīts")
    monkeypatch.setattr(watching, "load", lambda _: None)
    monkeypatch.setattr(
        training, "fingerprint", lambda _: {"otrais": "b"}.get(shelf.read()["pay"], "?")
    )
    off = Settings(
        state_dir=tmp_path / "state", content_dir=shelf.content, nlu_url="http://127.0.0.1:9"
    )

    release, _, note = await watching.go_back(off, at=NOW)
    assert (release, shelf.read()) == (second, {"pay": "otrais"})
    assert "tas paņems, kad sāks" in note

    release, saved, _ = await watching.go_back(off, at=NOW.replace(minute=1))
    assert (release, shelf.read()) == (first, {"pay": "pirmais"})
    assert shelf.releases.current() == first
    assert (
        json.loads((shelf.releases.folder / "0001" / "release.json").read_text())["before"] is None
    )
    assert saved.is_dir()


async def test_a_server_that_is_off_is_named() -> None:
    with pytest.raises(model_server.ModelServerOff, match="neatbild"):
        await model_server.replace_model("http://127.0.0.1:9", Path("/nowhere"))
