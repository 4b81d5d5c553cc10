"""Changes of content files: exact, checked, inside the folder, never half written."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.content import load
from bot.content.reading import read_files
from bot.workshop.editing import Change, ChangeRefused, Editing, FileChanged, TopicForm
from domain.folding import fold
from tests.workshop.newsroom import copy_of_content

TODAY = date(2026, 11, 20)
FORM = TopicForm(
    title="Kur nomaksāt naudas sodu",
    body="Sodu maksā bankā pēc rekvizītiem, kas rakstīti lēmumā.",
    examples=tuple(f"{verb} {what}" for verb in ("kur maksāt", "kā nokārtot", "man jāsamaksā")
                   for what in ("sodu", "naudas sodu", "soda kvīti", "policijas sodu")),
    phone="63022238",
    next_step="",
    valid_until="2027-12-31",
    group="bills",
    queue="bills",
)  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the content that no test of this module writes to."""
    return copy_of_content(tmp_path_factory.mktemp("shared"))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return copy_of_content(tmp_path)


def _added(change: Change) -> list[str]:
    return [line[1:] for line in change.diff() if line.startswith("+")]


def _removed(change: Change) -> list[str]:
    return [line[1:] for line in change.diff() if line.startswith("-")]


def test_an_example_is_one_more_line_and_nothing_else(shared: Path) -> None:
    editing = Editing(shared)
    for topic in read_files(shared).topics[::20]:
        change = editing.add_example(topic.stem, "pavisam jauns jautājums par zirgu")
        assert (_added(change), _removed(change)) == (["  - pavisam jauns jautājums par zirgu"], [])


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="0123456789@["), max_size=80))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_residents_wrote_reads_back_as_they_wrote_it(shared: Path, text: str) -> None:
    editing = Editing(shared)
    try:
        change = editing.add_example("bills-pay-where", text)
    except ChangeRefused:
        return
    written = " ".join(text.replace("\x00", "").split())
    copy = shared.parent / "written" / "content"
    (copy / "topics" / "bills").mkdir(parents=True, exist_ok=True)
    (copy / "topics" / "bills" / "bills-pay-where.md").write_text(change.after, encoding="utf-8")
    [topic] = read_files(copy).topics
    assert topic.front.value.examples[-1] == written


def test_only_what_was_changed_in_the_form_changes_in_the_file(directory: Path) -> None:
    topic = load(directory).topic("bills-pay-where")
    form = TopicForm(
        title=topic.title,
        body=topic.body,
        examples=topic.examples,
        phone="63022238",
        next_step="",
        valid_until="2028-01-31",
        source=topic.source or "",
        verified=True,
    )

    change = Editing(directory).change_topic("bills-pay-where", form, today=TODAY)

    assert _removed(change) == ["verified_on: null", "valid_until: 2027-12-31", 'phone: "8848"']
    assert _added(change) == [
        "verified_on: 2026-11-20",
        "valid_until: 2028-01-31",
        'phone: "63022238"',
    ]


def test_a_new_topic_is_a_file_that_can_be_served(directory: Path) -> None:
    editing = Editing(directory)

    editing.apply(editing.new_topic(FORM))

    topic = load(directory).topic("kur-nomaksat-naudas-sodu")
    assert (topic.title, topic.group, topic.queue) == (FORM.title, "bills", "bills")
    assert editing.new_topic(FORM).path.stem == "kur-nomaksat-naudas-sodu-2"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"group": "../../etc"}, "Izvēlieties grupu"),
        ({"examples": ("viens", "divi")}, "Vajag vismaz 10 dažādus jautājumus; pašlaik ir 2."),
        ({"valid_until": "rīt"}, "Datumu raksta šādi: 2027-12-31."),
        ({"title": "!!!"}, "Ierakstiet virsrakstu"),
    ],
)
def test_a_topic_that_cannot_be_is_refused_with_its_mend(
    shared: Path, changes: dict[str, object], said: str
) -> None:
    form = TopicForm(**{**{f: getattr(FORM, f) for f in FORM.__slots__}, **changes})
    with pytest.raises(ChangeRefused, match=said):
        Editing(shared).new_topic(form)


def test_what_the_check_refuses_is_not_written(directory: Path) -> None:
    editing = Editing(directory)
    bad = editing.new_topic(
        TopicForm(**{**{f: getattr(FORM, f) for f in FORM.__slots__}, "body": "# Virsraksts"})
    )

    with pytest.raises(ChangeRefused, match="virsraksti nav atļauti"):
        editing.apply(bad)

    assert not bad.path.exists()


def test_an_older_mistake_elsewhere_does_not_stop_a_good_change(directory: Path) -> None:
    (directory / "topics" / "bills" / "broken.md").write_text("nekas", encoding="utf-8")
    editing = Editing(directory)

    editing.apply(editing.add_example("bills-pay-where", "kur maksā par krāna ūdeni"))

    text = (directory / "topics" / "bills" / "bills-pay-where.md").read_text(encoding="utf-8")
    assert "  - kur maksā par krāna ūdeni\n" in text


@pytest.mark.parametrize(
    "text",
    ["mans kods 010190-12345", "zvaniet 29123456", "raksti anna@inbox.lv", "mana [parole dzēsta]"],
)
def test_an_example_that_may_be_about_a_person_is_refused(shared: Path, text: str) -> None:
    with pytest.raises(ChangeRefused, match="Izdzēsiet to no piemēra"):
        Editing(shared).add_example("bills-pay-where", text)


def test_an_example_that_is_known_in_other_letters_is_refused(shared: Path) -> None:
    known = load(shared).topic("bills-pay-where").examples[0]
    with pytest.raises(ChangeRefused, match="jau ir"):
        Editing(shared).add_example("bills-pay-where", fold(known).upper())


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "..", "", "/etc/passwd", "bills/bills-pay-where", "bills-pay-where\x00"],
)
def test_no_name_leads_out_of_the_topics(shared: Path, name: str) -> None:
    with pytest.raises(ChangeRefused, match="nav vai tā failā ir kļūda"):
        Editing(shared).add_example(name, "jautājums par kaut ko")


def test_a_link_to_elsewhere_is_not_followed(directory: Path, tmp_path: Path) -> None:
    file = directory / "topics" / "bills" / "bills-pay-where.md"
    outside = tmp_path / "outside.md"
    outside.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    file.unlink()
    file.symlink_to(outside)

    with pytest.raises(ChangeRefused, match="mainīt nedrīkst"):
        Editing(directory).add_example("bills-pay-where", "jautājums par kaut ko")


@pytest.mark.parametrize("path", ["phrases.yml", "topics/x.md", "topics/a/b/c.md", "../x.md"])
def test_only_topic_files_are_written(directory: Path, path: str) -> None:
    change = Change(directory / path, path, None, "---\n")
    with pytest.raises(ChangeRefused, match="mainīt nedrīkst"):
        Editing(directory).apply(change)


def test_a_change_made_meanwhile_is_not_overwritten(directory: Path) -> None:
    editing = Editing(directory)
    mine = editing.add_example("bills-pay-where", "kur maksā par krāna ūdeni")
    editing.apply(editing.add_example("bills-pay-where", "kam jādod nauda par ūdeni"))

    with pytest.raises(FileChanged):
        editing.apply(mine)

    names = [path.name for path in mine.path.parent.iterdir() if path.name.startswith(".")]
    assert names == []
