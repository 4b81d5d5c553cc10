"""What editors see of topics: use, help, expiry, queue and problems."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from bot.content import Content, Report, Topic
from bot.storage import editing as stored
from bot.storage.database import Database
from bot.storage.editing import After, Helped
from bot.workshop.checking import examine
from bot.workshop.live_content import Stamp, stamp
from domain.errors import ContentProblem
from domain.folding import fold
from domain.working_hours import local_day

LOOK_BACK = timedelta(days=30)
_SOON = timedelta(days=30)


class View(StrEnum):
    """Which topics the list shows, as it stands in the page's address."""

    ALL = "visi"
    EXPIRING = "termini"
    REMARKS = "piezimes"
    UNUSED = "nelietoti"


VIEW_TITLES = {
    View.ALL: "Visi temati",
    View.EXPIRING: "Termiņš beidzas",
    View.REMARKS: "Ar piezīmēm",
    View.UNUSED: "Nelietoti",
}


@dataclass(frozen=True, slots=True)
class Expiry:
    """Until when a topic is said, and how loudly to show that."""

    words: str
    tone: str
    """calm, soon or late."""


@dataclass(frozen=True, slots=True)
class TopicRow:
    """One line of the list."""

    id: str
    title: str
    group: str
    use: int
    helped: str
    troubled: str
    expiry: Expiry
    queue: str
    keeper: str
    """Who keeps the answer right: the topic's owner, else the queue that answers."""

    verified: bool
    remarks: tuple[ContentProblem, ...]
    topic: Topic


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the database knows of topics, over the last 30 days."""

    use: Mapping[str, int]
    helped: Mapping[str, Helped]
    after: Mapping[str, After]


class Checked:
    """The check's report on a directory, made again only when files change or a day begins."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._made_of: tuple[Stamp, date] | None = None
        self._report = Report((), (), 0)
        self._making = asyncio.Lock()

    async def report(self, now: datetime) -> Report:
        """The report of this moment."""
        today = local_day(now)
        async with self._making:
            made_of = (await asyncio.to_thread(stamp, self._directory), today)
            if made_of != self._made_of:
                self._report = await asyncio.to_thread(examine, self._directory, today=today)
                self._made_of = made_of
        return self._report


async def read_numbers(database: Database, *, now: datetime) -> Numbers:
    """Use and help of every topic."""
    since = now - LOOK_BACK
    async with database.reading() as connection:
        return Numbers(
            use=await stored.use_of_topics(connection, since=since),
            helped=await stored.helped_by_topic(connection, since=since),
            after=await stored.after_topics(connection, since=since, until=now),
        )


def rows(content: Content, numbers: Numbers, report: Report, *, now: datetime) -> list[TopicRow]:
    """Every topic in the order of groups and titles."""
    remarks = _by_topic([*report.problems, *report.warnings])
    order = {group: place for place, group in enumerate(content.topic_groups)}
    found = [row(topic, content, numbers, remarks, now=now) for topic in content.topics.values()]
    return sorted(found, key=lambda r: (order.get(r.topic.group, 99), fold(r.title)))


def row(
    topic: Topic,
    content: Content,
    numbers: Numbers,
    remarks: Mapping[str, tuple[ContentProblem, ...]],
    *,
    now: datetime,
) -> TopicRow:
    """One topic as the list shows it."""
    group = content.topic_groups.get(topic.group)
    queue = content.queues.get(topic.queue, topic.queue)
    return TopicRow(
        id=topic.id,
        title=topic.title,
        group=group.title if group else topic.group,
        use=numbers.use.get(topic.id, 0),
        helped=helped_words(numbers.helped.get(topic.id)),
        troubled=troubled_words(numbers.after.get(topic.id)),
        expiry=expiry(topic.valid_until, local_day(now)),
        queue=queue,
        keeper=topic.owner or queue,
        verified=topic.verified_on is not None,
        remarks=remarks.get(topic.id, ()),
        topic=topic,
    )


def remarks_on(report: Report, topic_id: str) -> tuple[ContentProblem, ...]:
    """What the check says about one topic's file."""
    return _by_topic([*report.problems, *report.warnings]).get(topic_id, ())


def _by_topic(problems: Sequence[ContentProblem]) -> dict[str, tuple[ContentProblem, ...]]:
    found: dict[str, tuple[ContentProblem, ...]] = {}
    for problem in problems:
        path = Path(problem.file)
        if path.suffix == ".md":
            found[path.stem] = (*found.get(path.stem, ()), problem)
    return found


def chosen(
    all_rows: Sequence[TopicRow], view: View, words: str, *, keeper: str = ""
) -> list[TopicRow]:
    """The rows of a view in which every word is found: in title, questions, answer, owner or id."""
    wanted = fold(words).split()
    return [
        one
        for one in all_rows
        if _is_in(one, view) and keeper in ("", one.keeper) and _has(one, wanted)
    ]


def keepers(all_rows: Sequence[TopicRow]) -> list[str]:
    """Everybody who keeps some topic right."""
    return sorted({one.keeper for one in all_rows}, key=fold)


def _is_in(one: TopicRow, view: View) -> bool:
    match view:
        case View.EXPIRING:
            return one.expiry.tone != "calm"
        case View.REMARKS:
            return bool(one.remarks)
        case View.UNUSED:
            return one.use == 0
        case View.ALL:
            return True


def _has(one: TopicRow, wanted: Sequence[str]) -> bool:
    if not wanted:
        return True
    topic = one.topic
    phone = topic.phone or ""
    owner = topic.owner or ""
    text = fold(" ".join([owner, topic.id, topic.title, phone, topic.body, *topic.examples]))
    return all(word in text for word in wanted)


def expiry(valid_until: date, today: date) -> Expiry:
    """The date in words: red when it has passed, amber when it is near."""
    shown = f"{valid_until:%d.%m.%Y}."
    if valid_until < today:
        return Expiry(f"beidzies {shown}", "late")
    if valid_until <= today + _SOON:
        return Expiry(f"vēl {(valid_until - today).days} d. ({shown})", "soon")
    return Expiry(shown, "calm")


def helped_words(helped: Helped | None) -> str:
    """The share of "yes" to "Vai tas palīdzēja?", with the count it is made of."""
    if helped is None or not helped.yes + helped.no:
        return "–"
    every = helped.yes + helped.no
    return f"{round(100 * helped.yes / every)} % (no {every})"


def troubled_words(after: After | None) -> str:
    """How often the same resident asked again or for a person right after the assistant's answer."""
    if after is None or not after.said:
        return "–"
    return f"{round(100 * after.troubled / after.said)} % (no {after.said})"
