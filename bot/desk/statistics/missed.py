"""What the assistant did not understand or did not know: how often, and what it was about."""

from collections import Counter
from collections.abc import Sequence

from bot.content import Content
from bot.desk.statistics.days import Day, names_of, said_of
from bot.desk.statistics.tables import Table, percent
from bot.desk.statistics.titles import topic_title
from bot.storage.statistics.figures import Figure
from domain.understanding import Intent, topic_of

TITLES = {
    "not_understood.first": "Asistents nesaprata un to pateica",
    "handoff.opened_not_understood": "Nesaprata atkārtoti, tāpēc izveidoja pieteikumu",
    "out_of_scope.pointer": "Jautājums nebija par novadu",
    "clarify.choices": "Nebija drošs un pārjautāja „Vai domājāt …?”",
    "topic.expired": "Atbildes termiņš satura failā bija beidzies",
}


def missed(days: Sequence[Day]) -> Table:
    """How often the assistant said each of these."""
    rows = [(title, said_of(days, [key])) for key, title in TITLES.items()]
    return Table("nesaprastie", "Nesaprastie jautājumi", ("Kas notika", "Reizes"), tuple(rows))


def nearest(days: Sequence[Day], content: Content, *, shown: int) -> Table:
    """What questions without an answer were nearest to, the most asked first; a page shows so many of them."""
    counts = Counter[str]()
    for intent, count in names_of(days, Figure.NEAREST).items():
        counts[_title(content, intent)] += count
    order = sorted(counts, key=lambda title: (-counts[title], title))
    whole, most = counts.total(), max(counts.values(), default=1)
    others = sum(counts[title] for title in order[shown:])
    return Table(
        "tuvakie",
        "Kam tie bija tuvākie",
        ("Temats", "Reizes", "Daļa, %"),
        tuple((title, counts[title], percent(counts[title], whole)) for title in order),
        tuple((counts[title] / most,) for title in order),
        rest=("(citi)", others, percent(others, whole)),
    )


def _title(content: Content, intent: str) -> str:
    if not intent:
        return "(nevienam tematam)"
    topic = topic_of(Intent(intent))
    return content.labels.get(intent, intent) if topic is None else topic_title(content, topic)
