"""An editor's wish as a change of one file: shown as a difference, checked before it is written, written whole.

Only files under `topics/` and `drafts/` can be reached: one that exists by the id of a known topic, a new one by a name
made here.
"""

import difflib
import os
import re
import shutil
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bot.content import Content
from bot.content.catalogue import GENERAL
from bot.content.loading import assemble
from bot.content.models import FEWEST_EXAMPLES, LONGEST_CHOICE_ID, LONGEST_TITLE
from bot.content.reading import Files, ReadTopic, read_files, read_topic
from bot.content.rules import problems_of
from bot.content.sources import YamlText
from bot.training import NLU, merged_topics
from bot.workshop.drafts import FOLDER as DRAFTS
from bot.workshop.drafts import LACKS, drafts, find_draft
from bot.workshop.examples import alike, fixed_examples, one_sided
from bot.workshop.front_matter import dumped, with_field
from domain.errors import ContentProblem, ZintisError
from domain.folding import fold
from domain.understanding import TOPIC_PREFIX

_LONGEST_ID = LONGEST_CHOICE_ID - len(TOPIC_PREFIX)
_LONGEST_EXAMPLE = 300
_A_YEAR = timedelta(days=365)
_PERSONAL = re.compile(r"\d{5,}|\d{6}-\d{5}|[^\s@]+@[^\s@]+\.\w+|\[[^\]]* dzēst\w*\]")
_NUMBER = re.compile(r"\+371\d{8}|\d{8}|\d{4}|1\d{2}")
_TRIVIAL_NUMBERS = frozenset({"63022238"})


class ChangeRefused(ZintisError):
    """The change cannot be made; the text says why, in Latvian."""


class FileChanged(ChangeRefused):
    """Somebody else changed the file after the difference was shown."""

    def __init__(self) -> None:
        super().__init__("Kāds šo failu tikmēr mainīja. Apskatiet izmaiņas vēlreiz.")


@dataclass(frozen=True, slots=True)
class Change:
    """What would become of one file. `before` is None for a new one."""

    path: Path
    name: str
    before: str | None
    after: str

    def diff(self) -> list[str]:
        """The changed lines with two around them, as `diff -u` shows them."""
        lines = difflib.unified_diff(
            (self.before or "").splitlines(), self.after.splitlines(), lineterm="", n=2
        )
        return list(lines)[2:]


@dataclass(frozen=True, slots=True)
class TopicForm:
    """A topic as an editor fills it in. Empty `phone` or `next_step` means that there is none."""

    title: str
    body: str
    examples: tuple[str, ...]
    phone: str
    next_step: str
    valid_until: str
    group: str = ""
    queue: str = ""
    """Empty: as it is, `GENERAL` for a new topic."""

    source: str = ""
    owner: str | None = None
    """None: as it is; empty: nobody but the queue."""

    choices: tuple[str, ...] | None = None
    """None: as they are."""

    verified: bool = False
    """Whether the editor has compared the answer with its source today."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a change would do: new problems, and the content with it unless there are any."""

    problems: tuple[ContentProblem, ...]
    content: Content | None
    files: Files


class Editing:
    """Changes topics of one content directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    # ---- wishes

    def add_example(self, topic_id: str, example: str) -> Change:
        """One more example question of a topic. Raises `ChangeRefused`."""
        return self.add_examples(topic_id, [example])

    def add_examples(self, topic_id: str, examples: Sequence[str]) -> Change:
        """More example questions of a topic, each on a line of its own. Raises `ChangeRefused`."""
        topic = self._topic(topic_id)
        known = {fold(example) for example in topic.front.value.examples}
        new = [text for text in map(clean_example, examples) if fold(text) not in known]
        if not new:
            raise ChangeRefused("Šāds jautājums tematam jau ir.")
        listed = [*topic.front.value.examples, *dict.fromkeys(new)]
        return self._changed(topic, {"examples": listed}, body=None)

    def change_topic(self, topic_id: str, form: TopicForm, *, today: date) -> Change:
        """The topic as the form says; what the form does not hold stays. Raises `ChangeRefused`."""
        topic = self._topic(topic_id)
        value = topic.front.value
        wanted: dict[str, object] = {
            "title": _line(form.title),
            "examples": [clean_example(text) for text in form.examples],
            "phone": _line(form.phone) or None,
            "next_step": _line(form.next_step) or None,
            "valid_until": _day(form.valid_until),
            "source": _line(form.source) or None,
        }
        if form.queue:
            wanted["queue"] = _line(form.queue)
        if form.owner is not None:
            wanted["owner"] = _line(form.owner) or None
        if form.choices is not None:
            wanted["choices"] = list(dict.fromkeys(form.choices))
        if form.verified:
            wanted["verified_on"] = today
        changed = {name: new for name, new in wanted.items() if new != getattr(value, name)}
        body = _body(form.body)
        return self._changed(topic, changed, body=None if body == topic.body.strip() else body)

    def new_topic(self, form: TopicForm) -> Change:
        """A topic of its own in a file of its own. Raises `ChangeRefused`."""
        files = read_files(self._directory)
        groups = {group.id for group in files.groups.value} if files.groups else set()
        if form.group not in groups:
            raise ChangeRefused("Izvēlieties grupu no saraksta.")
        examples = list(dict.fromkeys(clean_example(text) for text in form.examples))
        if len(examples) < FEWEST_EXAMPLES:
            raise ChangeRefused(
                f"Vajag vismaz {FEWEST_EXAMPLES} dažādus jautājumus; pašlaik ir {len(examples)}."
            )
        name = _free_name(form.title, files.topic_ids)
        after = _new_file(name, form, examples)
        return self._change(self._directory / "topics" / form.group / f"{name}.md", None, after)

    def draft_topic(self, asked: Sequence[str], *, group: str, queue: str, today: date) -> Change:
        """A file for a topic that still lacks its answer, out of residents' questions. Raises `ChangeRefused`.

        Questions that may be about a person are left out.
        """
        files = read_files(self._directory)
        if group not in ({g.id for g in files.groups.value} if files.groups else set()):
            raise ChangeRefused("Izvēlieties grupu no saraksta.")
        examples = list(dict.fromkeys(_clean_ones(asked)))
        if not examples:
            raise ChangeRefused(
                "Visos jautājumos ir kas personisks. Izveidojiet tematu ar pogu „Jauns temats”."
            )
        taken = files.topic_ids | {draft.name for draft in drafts(self._directory)}
        name = _free_name(examples[0], taken)
        form = TopicForm(
            title=_title_of(examples[0]),
            body=LACKS.format(fewest=FEWEST_EXAMPLES),
            examples=tuple(examples),
            phone="",
            next_step="",
            valid_until=(today + _A_YEAR).isoformat(),
            group=group,
            queue=queue,
        )
        path = self._directory / DRAFTS / group / f"{name}.md"
        return self._change(path, None, _new_file(name, form, examples))

    def drop_draft(self, name: str) -> None:
        """Remove a draft: its topic was made, or nobody wants it. One that is not there is no error."""
        draft = find_draft(self._directory, name)
        if draft is not None:
            path = self._directory / DRAFTS / draft.group / f"{draft.name}.md"
            self._must_be_inside(path)
            path.unlink(missing_ok=True)

    def replace_phone(self, old: str, new: str) -> list[Change]:
        """Another number in every topic that names the old one; questions of residents stay. Raises `ChangeRefused`."""
        before, after = re.sub(r"[ -]", "", old), re.sub(r"[ -]", "", new)
        if not _NUMBER.fullmatch(before) or not _NUMBER.fullmatch(after):
            raise ChangeRefused(
                "Ierakstiet abus numurus: astoņus ciparus (63022238) vai īso (8848)."
            )
        found = []
        for topic in read_files(self._directory).topics:
            path = self._directory / "topics" / topic.group / f"{topic.stem}.md"
            text = path.read_text(encoding="utf-8-sig")
            changed = _with_phone(text, before, after)
            if changed != text:
                found.append(self._change(path, text, changed))
        if not found:
            raise ChangeRefused(f"Numura {before} nevienā tematā nav.")
        return found

    def elsewhere(self, phone: str) -> list[str]:
        """Files and lines besides the topics in which a number stands; those are changed by hand."""
        wanted = _whole(re.sub(r"[ -]", "", phone))
        return [
            f"{self._directory.name}/{file.name}:{number}"
            for file in sorted(self._directory.glob("*.yml"))
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
            if wanted.search(line)
        ]

    # ---- what happens

    def tried(self, *changes: Change) -> Tried:
        """The content with these changes, tried out in a copy."""
        before = set(problems_of(read_files(self._directory)))
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / self._directory.name
            shutil.copytree(self._directory, copy)
            for change in changes:
                target = copy / change.path.relative_to(self._directory)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(change.after, encoding="utf-8")
            files = read_files(copy)
            after = problems_of(files)
            content = None if after else assemble(files)
        return Tried(tuple(p for p in after if p not in before), content, files)

    def doubts(self, tried: Tried, *changes: Change) -> list[ContentProblem]:
        """What the check would say of the examples that changes add; it hinders nobody from saving."""
        names = {change.name for change in changes}
        changed = [topic for topic in tried.files.topics if topic.front.file in names]
        added = {f"„{text}”" for topic in changed for text in self._added(topic)}
        if not added:
            return []
        twins = alike(tried.files, fixed_examples(NLU / "data"), merged_topics())
        lacking = (problem for problem in one_sided(tried.files) if problem.file in names)
        return [*(p for p in twins if any(text in p.message for text in added)), *lacking]

    def _added(self, topic: ReadTopic) -> set[str]:
        before = read_topic(self._directory, topic.stem)
        return set(topic.front.value.examples) - set(before.front.value.examples if before else ())

    def apply(self, *changes: Change) -> None:
        """Write the files, each whole. Raises `ChangeRefused`, or `FileChanged` when one is another by now."""
        for change in changes:
            self._must_be_inside(change.path)
            if _present(change.path) != change.before:
                raise FileChanged
        problems = self.tried(*changes).problems
        if problems:
            raise ChangeRefused("\n".join(str(problem) for problem in problems))
        for change in changes:
            _write(change.path, change.after)

    # ---- inside

    def _topic(self, topic_id: str) -> ReadTopic:
        topic = read_topic(self._directory, topic_id)
        if topic is None:
            raise ChangeRefused(f"Temata „{topic_id}” nav vai tā failā ir kļūda.")
        return topic

    def _changed(self, topic: ReadTopic, fields: dict[str, object], *, body: str | None) -> Change:
        path = self._directory / "topics" / topic.group / f"{topic.stem}.md"
        self._must_be_inside(path)
        text = path.read_text(encoding="utf-8-sig")
        front = topic.front.text
        for name, value in fields.items():
            front = YamlText(with_field(front.text, name, value), front.first_line)
        head, _, rest = text.partition("---\n")
        _, _, old_body = rest.partition("\n---\n")
        after = f"{head}---\n{front.text}\n---\n{old_body if body is None else body + chr(10)}"
        if after == text:
            raise ChangeRefused("Nekas nav mainīts.")
        return self._change(path, text, after)

    def _change(self, path: Path, before: str | None, after: str) -> Change:
        self._must_be_inside(path)
        name = str(Path(self._directory.name) / path.relative_to(self._directory))
        return Change(path, name, before, after)

    def _must_be_inside(self, path: Path) -> None:
        """Whatever a name says, links followed: a topic file and nothing else."""
        allowed = [(self._directory / name).resolve() for name in ("topics", DRAFTS)]
        target = path.resolve()
        if target.suffix != ".md" or target.parent.parent not in allowed:
            raise ChangeRefused("Šo failu šeit mainīt nedrīkst.")


def clean_example(text: str) -> str:
    """A resident's question as an example: one line, nothing personal. Raises `ChangeRefused`."""
    line = _line(text)
    if not fold(line):
        raise ChangeRefused("Jautājums ir tukšs.")
    if len(line) > _LONGEST_EXAMPLE:
        raise ChangeRefused(f"Jautājums ir par garu; saīsiniet līdz {_LONGEST_EXAMPLE} zīmēm.")
    personal = [found for found in _PERSONAL.findall(line) if found not in _TRIVIAL_NUMBERS]
    if personal:
        raise ChangeRefused(
            f"Jautājumā „{line}” ir „{personal[0]}”: tas var būt par konkrētu cilvēku. Izdzēsiet to no piemēra."
        )
    return line


def _whole(phone: str) -> re.Pattern[str]:
    """A number that is no part of a longer one and no part of an address."""
    return re.compile(rf"(?<![\d/.=-]){re.escape(phone)}(?!\d)")


def _with_phone(text: str, before: str, after: str) -> str:
    """A topic file with another number in its phone, its next step and its answer."""
    lines = text.split("\n")
    answer = lines.index("---", 1)
    for number, line in enumerate(lines):
        if number > answer or line.startswith(("phone:", "next_step:")):
            lines[number] = _whole(before).sub(after, line)
    return "\n".join(lines)


def _line(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())


def _body(text: str) -> str:
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\x00", "").split("\n")]
    return "\n".join(lines).strip("\n").strip()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ChangeRefused("Datumu raksta šādi: 2027-12-31.") from None


def _new_file(name: str, form: TopicForm, examples: list[str]) -> str:
    source = _line(form.source) or None
    fields: dict[str, object] = {
        "id": name,
        "title": _line(form.title),
        "examples": examples,
        "source": source,
        "source_note": None if source else "redaktora ziņas",
        "verified_on": None,
        "source_date": None,
        "valid_until": _day(form.valid_until),
        "phone": _line(form.phone) or None,
        "next_step": _line(form.next_step) or None,
        "choices": list(dict.fromkeys(form.choices or ())),
        "queue": _line(form.queue) or GENERAL,
    }
    if form.owner and _line(form.owner):
        fields["owner"] = _line(form.owner)
    lines = [dumped(field, value) for field, value in fields.items()]
    front = "\n".join(lines)
    return f"---\n{front}\n---\n{_body(form.body)}\n"


def _clean_ones(asked: Sequence[str]) -> Iterator[str]:
    for text in asked:
        try:
            yield clean_example(text)
        except ChangeRefused:
            continue


def _title_of(question: str) -> str:
    """A question as a heading to begin with: whole words, short enough for a button."""
    short = textwrap.shorten(question.strip(" ?!."), LONGEST_TITLE, placeholder=" …")
    return short[:1].upper() + short[1:]


def _free_name(title: str, taken: set[str]) -> str:
    """A file name out of the title's words: ASCII, short, not taken."""
    words = re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")
    stem = words[: _LONGEST_ID - 3].strip("-")
    if not stem:
        raise ChangeRefused("Ierakstiet virsrakstu ar latīņu burtiem.")
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    return name


def _present(path: Path) -> str | None:
    return path.read_text(encoding="utf-8-sig") if path.is_file() else None


def _write(path: Path, text: str) -> None:
    """A reader sees the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, fresh = tempfile.mkstemp(prefix=".", suffix=".new", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(fresh).chmod(path.stat().st_mode if path.exists() else 0o644)
    Path(fresh).replace(path)
