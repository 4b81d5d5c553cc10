"""What the check says beyond the rules: things that only help editors."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.content import Report, load
from bot.content.models import TopicModel
from bot.workshop import links, schemas
from bot.workshop.asking import ask_again, without_marks
from bot.workshop.checking import examine, with_links
from bot.workshop.previewing import looks, preview_text
from bot.workshop.titles import title_of
from domain.errors import ContentProblem
from domain.understanding import Intent, Understanding
from tests.content.conftest import SOURCE, Directory
from tests.workshop.newsroom import REAL_CONTENT, copy_of_content

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return copy_of_content(tmp_path)


def _edit(directory: Path, name: str, old: str, new: str) -> None:
    file = directory / "topics" / f"{name}.md"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def _line_of(directory: Path, name: str, words: str) -> int:
    lines = (directory / "topics" / f"{name}.md").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if words in line)


def _said_of(report: Report, name: str) -> list[str]:
    return [f"{w.line}: {w.message}" for w in report.warnings if w.file.endswith(f"{name}.md")]


def test_the_same_sentence_with_another_number_in_two_topics_is_named(directory: Path) -> None:
    sentence = "Apmaksas termiņš komunālajiem maksājumiem ir mēneša {} diena."
    for name, day in (("bills/bills-pay-where", "25."), ("bills/bills-due-date", "20.")):
        file = directory / "topics" / f"{name}.md"
        with file.open("a", encoding="utf-8") as text:
            text.write("\n" + sentence.format(day) + "\n")

    said = _said_of(examine(directory, today=TODAY), "bills-due-date")

    assert any(
        f"„{sentence.format('20.')}” – bet tematā „bills-pay-where”" in one
        and "pārbaudiet, kurš skaitlis ir pareizs" in one
        for one in said
    )


def test_an_answer_that_stands_in_two_topics_is_named(directory: Path) -> None:
    body = (directory / "topics/bills/bills-pay-where.md").read_text(encoding="utf-8")
    file = directory / "topics/bills/bills-due-date.md"
    front = file.read_text(encoding="utf-8").split("\n---\n")[0]
    file.write_text(f"{front}\n---\n{body.split(chr(10) + '---' + chr(10))[1]}", encoding="utf-8")

    said = _said_of(examine(directory, today=TODAY), "bills-pay-where")

    assert any("atbilde ir gandrīz tāda pati kā tematam „bills-due-date”" in one for one in said)


def test_a_phone_with_a_digit_too_few_is_named_with_its_line(directory: Path) -> None:
    _edit(
        directory,
        "bills/bills-pay-where",
        "Komisijas maksa",
        "Tālrunis 6302223. Komisijas maksa",
    )

    said = _said_of(examine(directory, today=TODAY), "bills-pay-where")

    line = _line_of(directory, "bills/bills-pay-where", "Tālrunis 6302223")
    assert said == [
        f"{line}: „6302223” neizskatās pēc tālruņa numura: Latvijā tajā ir astoņi cipari; pārbaudiet"
    ]


def test_the_same_title_twice_is_named(directory: Path) -> None:
    title = load(directory).topic("bills-pay-where").title
    other = load(directory).topic("bills-due-date").title
    _edit(directory, "bills/bills-due-date", f"title: {other}", f"title: {title.upper()}")

    said = [*_said_of(examine(directory, today=TODAY), "bills-pay-where")]

    assert any("virsraksts ir tāds pats kā tematam „bills-due-date”" in one for one in said)


def test_schemas_beside_the_content_are_current() -> None:
    assert schemas.outdated(REAL_CONTENT) == []


def test_every_yaml_file_has_its_schema_in_vs_code_and_topics_have_a_snippet() -> None:
    folder = REAL_CONTENT.parent / ".vscode"
    mapped = json.loads((folder / "settings.json").read_text(encoding="utf-8"))["yaml.schemas"]
    files = {f"content/{file.name}" for file in REAL_CONTENT.glob("*.yml")}
    assert mapped == {f"content/schemas/{Path(file).stem}.json": file for file in files}

    snippets = json.loads((folder / "topics.code-snippets").read_text(encoding="utf-8"))
    whole = snippets["Zintis: jauns temats"]["body"]
    fields = [line.partition(":")[0] for line in whole if re.match(r"[a-z_]+:", line)]
    assert fields == list(TopicModel.model_fields)[: len(fields)]
    assert set(fields) == set(TopicModel.model_fields)
    [queue] = [line for line in whole if line.startswith("queue:")]
    offered = set(queue.rpartition("|")[0].partition("|")[2].split(","))
    assert offered <= set(load(REAL_CONTENT).queues)


def test_an_outdated_schema_is_named_and_written_anew(directory: Path) -> None:
    (directory / "schemas" / "topic.json").write_text("{}", encoding="utf-8")
    said = [w for w in examine(directory, today=TODAY).warnings if w.file.endswith("topic.json")]
    assert [str(one) for one in said] == [
        "content/schemas/topic.json:1: shēma ir novecojusi; palaidiet „zintis content schemas”"
    ]

    assert [path.name for path in schemas.write(directory)] == ["topic.json"]
    assert schemas.outdated(directory) == []


def test_a_preview_shows_three_channels_with_lengths_and_choices() -> None:
    content = load(REAL_CONTENT)

    shown = preview_text(content, "bills-pay-where", now=NOW)

    for must in (
        "── Telegram: 1 ziņa",
        "no 4096 zīmēm",
        "── WhatsApp: 1 ziņa",
        "no 1600 zīmēm",
        "── Tīmeklis: 1 ziņa",
        "Jautājumi? Zvaniet 8848.",
        "Atbildiet ar numuru vai vārdiem.",
    ):
        assert must in shown
    assert max(map(len, shown.splitlines())) <= 90


def test_every_topic_can_be_previewed() -> None:
    content = load(REAL_CONTENT)
    for topic in content.topics:
        assert [len(look.parts) >= 1 for look in looks(content, topic, now=NOW)] == [True] * 3


# ---- links


@pytest.fixture
def two_topics(tmp_path: Path) -> Directory:
    """Content with two links in all: nobody else's pages are asked."""
    path = tmp_path / "content"
    path.mkdir()
    return Directory(path)


async def test_a_page_that_is_gone_is_named_and_a_closed_one_is_not(two_topics: Directory) -> None:
    named = "topics/bills/bills-pay-where.md"
    async with _site() as url:
        two_topics.edit(named, SOURCE, f"{url}/gone")
        two_topics.edit("topics/meters/meters-how.md", SOURCE, f"{url}/closed")
        _without_links(two_topics.path / "phrases.yml")
        report = await links.look_at_links(two_topics.path)

    line = _line_of(two_topics.path, "bills/bills-pay-where", "/gone")
    message = f"lapas {url}/gone vairs nav (atbilde 404); atrodiet jauno vai izņemiet saiti"
    assert report.dead == [ContentProblem(f"content/{named}", line, message)]
    assert (report.looked_at, report.offline) == (2, False)


def _without_links(phrases: Path) -> None:
    text = phrases.read_text(encoding="utf-8")
    phrases.write_text(re.sub(r"https://[^\s)]+", "tel:112", text), encoding="utf-8")


class _site:  # noqa: N801 - reads as what it is: `async with _site()`
    """A web site with a closed page and no other."""

    async def __aenter__(self) -> str:
        app = web.Application()
        app.router.add_get("/closed", _closed)
        self._server = TestServer(app)
        await self._server.start_server()
        return f"http://127.0.0.1:{self._server.port}"

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()


async def _closed(request: web.Request) -> web.Response:
    return web.Response(status=403)


async def test_without_a_network_nothing_is_said_about_any_link(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreachable(urls: list[str], *, within: float) -> dict[str, int | None]:
        del within
        return dict.fromkeys(urls)

    monkeypatch.setattr(links, "_states", unreachable)

    report = await links.look_at_links(directory)

    assert (report.dead, report.text()) == ([], "Saites nav pārbaudītas: nav tīkla.")
    empty = Report((), (), 0)
    assert await with_links(empty, directory, asked=False) == (empty, "")
    assert (await with_links(empty, directory, asked=True))[1] == report.text()


async def test_links_of_every_list_and_text_are_looked_at(two_topics: Directory) -> None:
    async with _site() as url:
        for topic in ("bills/bills-pay-where", "meters/meters-how"):
            two_topics.edit(f"topics/{topic}.md", SOURCE, f"{url}/closed")
        _without_links(two_topics.path / "phrases.yml")
        named = "centre.which_place: "
        two_topics.edit("phrases.yml", named, f"{named}{url}/phrase ")
        two_topics.edit("access_points.yml", "source: null", f"source: {url}/point")
        two_topics.edit("trainings.yml", "source: null", f"source: {url}/training")
        two_topics.edit("trainings.yml", "signup: null", f"signup: Rakstiet {url}/signup.")
        (two_topics.path / "replies.yml").write_text(
            f"replies:\n  - id: see\n    title: Lapa\n    text: Skatiet {url}/reply!\n",
            encoding="utf-8",
        )
        report = await links.look_at_links(two_topics.path)

    gone = {one.message.split()[1].removeprefix(url): one.file for one in report.dead}
    assert gone == {
        "/phrase": "content/phrases.yml",
        "/point": "content/access_points.yml",
        "/training": "content/trainings.yml",
        "/signup": "content/trainings.yml",
        "/reply": "content/replies.yml",
    }


# ---- the model, asked again


class StubbornNlu:
    """Takes every question without garumzīmes for a greeting."""

    async def understand(self, text: str) -> Understanding:
        intent = "greet" if text == without_marks(text) else "topic.bills-pay-where"
        return Understanding(Intent(intent), 0.9)


async def test_a_question_that_is_lost_without_marks_is_named(directory: Path) -> None:
    content = load(directory)

    report = await ask_again(
        directory,
        StubbornNlu(),
        title_of=lambda name: title_of(name, content),
        only="topic.bills-pay-where",
    )

    first = report.wrong[0]
    assert first.file == "content/topics/bills/bills-pay-where.md"
    assert first.line == 5
    assert first.message == (
        "jautājumu „kur var samaksat udens rekinu” bez garumzīmēm asistents saprot kā „sveiciens” "
        "(pārliecība 90%); pārrakstiet skaidrāk vai palaidiet apmācību"
    )
