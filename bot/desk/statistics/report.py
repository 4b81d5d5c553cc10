"""One overview: the tables and plots of a period, from what was counted."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.content import Content
from bot.desk import words
from bot.desk.statistics import plots
from bot.desk.statistics.days import Day, by_channel, names_of, said_of, talks_of, total
from bot.desk.statistics.helped import BY_QUEUE, BY_TOPIC, helped, verdicts
from bot.desk.statistics.hours import WEEKDAYS, busiest, heat_of, hour_table
from bot.desk.statistics.missed import missed, nearest
from bot.desk.statistics.period import Period, month_before, month_until, short
from bot.desk.statistics.plots import Plot
from bot.desk.statistics.tables import Cell, Table, mean, percent
from bot.desk.statistics.titles import queue_title, topic_title
from bot.desk.statistics.waiting import Waited, waited
from bot.storage.statistics.counting import Outcome
from bot.storage.statistics.figures import FIRST_ANSWER, SOLUTION, TOPIC, Figure
from domain.messages import Channel

EBILL = "bills-ebill"
"""The topic by which residents ask for bills without paper."""

MOST_TOPICS = 15
"""Topics that the page shows; the file for spreadsheets has all."""

_MOST_COLUMNS = 62
_EXPIRED = "topic.expired"
_OF_ASSISTANT = (Outcome.AT_ONCE, Outcome.ONE_CHOICE, Outcome.LATER)
_POINTS = "p. p."
_QUESTIONS = (*_OF_ASSISTANT, Outcome.PERSON, Outcome.UNANSWERED)
OUTCOMES: Mapping[Outcome, tuple[str, str]] = {
    Outcome.AT_ONCE: (
        "Asistents uzreiz",
        "asistents atbildēja, un tajā dienā nekas nebija jāpārjautā",
    ),
    Outcome.ONE_CHOICE: (
        "Asistents pēc vienas izvēles",
        "asistents vienu reizi pārjautāja („Vai domājāt …?” vai par kuru vietu jautā) un tad atbildēja",
    ),
    Outcome.LATER: (
        "Asistents, bet ne uzreiz",
        "asistents atbildēja, taču pārjautāja vairākkārt vai kādu jautājumu nesaprata vai nezināja",
    ),
    Outcome.PERSON: (
        "Darbinieks",
        "tika izveidots vai atvērts pieteikums, vai sarunu jau veda darbinieks",
    ),
    Outcome.UNANSWERED: (
        "Palika bez atbildes",
        "asistents nesaprata vai nezināja, un darbinieks netika lūgts",
    ),
    Outcome.NO_QUESTION: (
        "Bez jautājuma",
        "sveiciens, pateicība, „Vai tas palīdzēja?” un tamlīdzīgi; daļās neskaita",
    ),
}
"""Titles and explanations in the words of the page; the exact rules stand at `Outcome`."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything that was read for one overview; wider than the period, so that months can be compared."""

    period: Period
    days: Sequence[Day]

    def within(self, period: Period) -> "Counted":
        """The part that belongs to a period: tickets by their opening, verdicts and stars by their moment."""
        return Counted(period, [day for day in self.days if day.date in period])


@dataclass(frozen=True, slots=True)
class Tile:
    """One number that stands on top."""

    number: str
    unit: str
    about: str


@dataclass(frozen=True, slots=True)
class Report:
    """The page: numbers on top, plots, and the tables by their ids in the order of the file."""

    tiles: tuple[Tile, ...]
    tables: Mapping[str, Table]
    talks: Plot
    tickets: Plot
    heat: Plot
    spans: tuple[tuple[str, object], ...]
    by_week: bool
    busiest: str


def comparison(period: Period) -> tuple[Period, Period]:
    """The month in which the period ends, up to that day, and the same days of the month before."""
    month = month_until(period.last)
    return month, month_before(month)


def report(counted: Counted, content: Content) -> Report:
    """The overview of `counted.period`."""
    chosen = counted.within(counted.period)
    answered, solved = times(chosen)
    daily = _daily(chosen)
    shown = _weekly(daily) if len(daily) > _MOST_COLUMNS else daily
    heat = heat_of(chosen.days)
    tables = (
        _outcomes(chosen.days),
        _times(answered, solved),
        _months(counted),
        helped(chosen.days, BY_QUEUE, lambda queue: queue_title(content, queue)),
        helped(chosen.days, BY_TOPIC, lambda topic: topic_title(content, topic)),
        _topics(chosen, content),
        missed(chosen.days),
        nearest(chosen.days, content, shown=MOST_TOPICS),
        _indicators(chosen),
        _day_table(daily),
        hour_table(heat),
    )
    return Report(
        tiles=_tiles(chosen, answered),
        tables={table.id: table for table in tables},
        talks=_columns(shown, "Sarunas", lambda row: row.talks),
        tickets=_columns(shown, "Pieteikumi", lambda row: row.tickets),
        heat=plots.heat(
            heat, WEEKDAYS, about=f"Ziņas pa nedēļas dienām un stundām. {busiest(heat)}"
        ),
        spans=(
            ("Pirmā atbilde", _span("Pirmā atbilde", answered)),
            ("Risinājums", _span("Risinājums", solved)),
        ),
        by_week=shown is not daily,
        busiest=busiest(heat),
    )


def times(counted: Counted) -> tuple[Waited, Waited]:
    """How long the first answer and the solution took."""
    return waited(counted.days, FIRST_ANSWER), waited(counted.days, SOLUTION)


# ---------------------------------------------------------------------------------------------- by day


@dataclass(frozen=True, slots=True)
class _Row:
    """One day, or the days of one week in the period."""

    first: date
    last: date
    talks: Mapping[Channel, int]
    tickets: Mapping[Channel, int]


def _daily(counted: Counted) -> list[_Row]:
    return [
        _Row(day.date, day.date, by_channel(day, Figure.TALKS), by_channel(day, Figure.TICKETS))
        for day in counted.days
    ]


def _weekly(rows: Sequence[_Row]) -> list[_Row]:
    weeks: dict[date, list[_Row]] = defaultdict(list)
    for row in rows:
        weeks[row.first - timedelta(days=row.first.weekday())].append(row)
    return [
        _Row(
            days[0].first,
            days[-1].last,
            sum((Counter(day.talks) for day in days), Counter()),
            sum((Counter(day.tickets) for day in days), Counter()),
        )
        for days in weeks.values()
    ]


def _columns(
    rows: Sequence[_Row], what: str, numbers: Callable[[_Row], Mapping[Channel, int]]
) -> Plot:
    totals = {row.first: sum(numbers(row).values()) for row in rows}
    most = max(totals, key=lambda day: totals[day])
    about = f"{what}: kopā {sum(totals.values())}, visvairāk {totals[most]} ({short(most)})"
    series = [(f"of-{c.value}", [numbers(row).get(c, 0) for row in rows]) for c in Channel]
    return plots.columns([short(row.first) for row in rows], series, about=about)


def _day_table(rows: Sequence[_Row]) -> Table:
    channels = [(channel, words.CHANNELS[channel]) for channel in Channel]
    return Table(
        "dienas",
        "Sarunas un pieteikumi pa dienām",
        (
            "Diena",
            *(f"Sarunas: {name}" for _, name in channels),
            "Sarunas kopā",
            *(f"Pieteikumi: {name}" for _, name in channels),
            "Pieteikumi kopā",
        ),
        tuple(
            (
                row.first.isoformat(),
                *(row.talks.get(channel, 0) for channel, _ in channels),
                sum(row.talks.values()),
                *(row.tickets.get(channel, 0) for channel, _ in channels),
                sum(row.tickets.values()),
            )
            for row in rows
        ),
    )


# ---------------------------------------------------------------------------------------------- how it ended


def _outcomes(days: Sequence[Day]) -> Table:
    counts = {outcome: talks_of(days, [outcome]) for outcome in OUTCOMES}
    questions = sum(counts[outcome] for outcome in _QUESTIONS)
    shares = {o: counts[o] / questions if questions else 0.0 for o in _QUESTIONS}
    rows: list[tuple[Cell, ...]] = [
        (title, counts[o], percent(counts[o], questions) if o in _QUESTIONS else None)
        for o, (title, _) in OUTCOMES.items()
    ]
    return Table(
        "iznakums",
        "Kas atbildēja",
        ("Kā beidzās", "Sarunas", "Daļa, %"),
        tuple(rows),
        tuple((shares.get(outcome, 0.0),) for outcome in OUTCOMES),
    )


# ---------------------------------------------------------------------------------------------- times


def _times(answered: Waited, solved: Waited) -> Table:
    both = (answered, solved)
    rows: list[tuple[Cell, ...]] = [
        ("Pieteikumi, kam tas izdarīts", *(one.done for one in both)),
        ("Pieteikumi, kam vēl nav", *(one.pending for one in both)),
        ("Mediāna, darba h", *(one.median for one in both)),
        ("90 % saņem līdz, darba h", *(one.p90 for one in both)),
        ("Termiņš (mediāna), darba h", *(one.allowed for one in both)),
        ("Termiņā, %", *(percent(one.in_time, one.judged) for one in both)),
    ]
    columns = ("Rādītājs", "Pirmā atbilde", "Risinājums")
    return Table("laiki", "Cik ilgi gaida darbinieku", columns, tuple(rows))


def _span(title: str, one: Waited) -> object:
    about = f"{title}: mediāna {_hours(one.median)}, 90 % līdz {_hours(one.p90)}, termiņš {_hours(one.allowed)}"
    return plots.span(median=one.median, p90=one.p90, allowed=one.allowed, about=about)


def _hours(length: float | None) -> str:
    return "nav zināms" if length is None else f"{length:.1f} darba h".replace(".", ",")


# ---------------------------------------------------------------------------------------------- topics


def _topics(counted: Counted, content: Content) -> Table:
    said = names_of(counted.days, Figure.SAID)
    answers = Counter(
        {
            key.removeprefix(TOPIC): count
            for key, count in said.items()
            if key.startswith(TOPIC) and key != _EXPIRED
        }
    )
    opened = names_of(counted.days, Figure.TICKET_TOPICS)
    order = sorted({*answers, *opened}, key=lambda one: (-answers[one], -opened[one], one))
    most = max(answers.values(), default=1)
    return Table(
        "temati",
        "Par ko jautā visvairāk",
        ("Temats", "Asistenta atbildes", "Pieteikumi"),
        tuple((topic_title(content, one), answers[one], opened[one]) for one in order),
        tuple((answers[one] / most,) for one in order),
    )


# ---------------------------------------------------------------------------------------------- months, the plan


@dataclass(frozen=True, slots=True)
class _Figure:
    """One number to compare, and in what its change is told; empty: in per cent of the number before."""

    title: str
    number: int | float | None
    unit: str = ""


def _months(counted: Counted) -> Table:
    this, before = (counted.within(period) for period in comparison(counted.period))
    pairs = zip(_figures(this), _figures(before), strict=True)
    rows = [_change(now.title, now.number, then.number, now.unit) for now, then in pairs]
    return Table(
        "menesi",
        "Mēnesis pret mēnesi",
        (
            "Rādītājs",
            f"{before.period.words()}",
            f"{this.period.words()}",
            "Pārmaiņa",
            "Pārmaiņas mērs",
        ),
        tuple(rows),
        signed=3,
    )


def _figures(counted: Counted) -> list[_Figure]:
    answered, solved = times(counted)
    questions = talks_of(counted.days, _QUESTIONS)
    alone = talks_of(counted.days, _OF_ASSISTANT)
    yes, said = verdicts(counted.days)
    return [
        _Figure("Sarunas", talks_of(counted.days)),
        _Figure("Pieteikumi", total(counted.days, Figure.TICKETS)),
        _Figure("Asistents atbildēja pats, %", percent(alone, questions), _POINTS),
        _Figure("Nesaprasti vai nezināti jautājumi", total(counted.days, Figure.NEAREST)),
        _Figure("Pirmā atbilde, mediāna darba h", answered.median, "h"),
        _Figure("Pirmā atbilde termiņā, %", percent(answered.in_time, answered.judged), _POINTS),
        _Figure("Risinājums, mediāna darba h", solved.median, "h"),
        _Figure("Risinājums termiņā, %", percent(solved.in_time, solved.judged), _POINTS),
        _Figure("„Vai tas palīdzēja?” – jā, %", percent(yes, said), _POINTS),
        _Figure("Jautāts par e-rēķinu", said_of(counted.days, [TOPIC + EBILL])),
    ]


def _change(
    title: str, now: int | float | None, then: int | float | None, unit: str
) -> tuple[Cell, ...]:
    change: Cell = None
    if now is not None and then is not None:
        if unit:
            change = now - then
        elif then:
            change = round(100 * (now - then) / then)
    return title, then, now, change, unit or "%"


def _indicators(counted: Counted) -> Table:
    yes, said = verdicts(counted.days)
    asked = said_of(counted.days, [TOPIC + EBILL])
    opened = names_of(counted.days, Figure.TICKET_TOPICS)[EBILL]
    stars, rated = (
        total(counted.days, figure) for figure in (Figure.QUEUE_STARS, Figure.QUEUE_RATED)
    )
    return Table(
        "plans",
        "Pašvaldības plāna rādītāji",
        ("Kas redzams šeit", "Skaits"),
        (
            ("„Vai tas palīdzēja?” – atbilžu skaits", said),
            ("„Vai tas palīdzēja?” – jā, %", percent(yes, said)),
            ("Darbinieka atbildes vidējais vērtējums, 1–5", mean(stars, rated)),
            ("Asistents atbildēja par e-rēķinu", asked),
            ("Pieteikumi darbiniekiem par e-rēķinu", opened),
        ),
    )


def _tiles(counted: Counted, answered: Waited) -> tuple[Tile, ...]:
    questions = talks_of(counted.days, _QUESTIONS)
    alone = talks_of(counted.days, _OF_ASSISTANT)
    yes, said = verdicts(counted.days)
    talks, tickets = talks_of(counted.days), total(counted.days, Figure.TICKETS)
    median = "–" if answered.median is None else f"{answered.median:.1f}".replace(".", ",")
    return (
        Tile(f"{talks}", "", words.plural(talks, "saruna", "sarunas")),
        Tile(_share(alone, questions), "%", "asistents atbildēja pats"),
        Tile(f"{tickets}", "", words.plural(tickets, "pieteikums", "pieteikumi")),
        Tile(median, "darba h", "līdz pirmajai atbildei (mediāna)"),
        Tile(_share(answered.in_time, answered.judged), "%", "pirmo atbilžu termiņā"),
        Tile(_share(yes, said), "%", "atbildēja, ka palīdzēja"),
    )


def _share(part: int, whole: int) -> str:
    share = percent(part, whole)
    return "–" if share is None else str(share)
