"""One overview: the tables and plots of a period, from what was counted."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.content import Content
from bot.desk import words
from bot.desk.statistics import plots
from bot.desk.statistics.days import Day, said_of, talks_of
from bot.desk.statistics.period import Period, local_day, month_before, month_until, short
from bot.desk.statistics.plots import Plot
from bot.desk.statistics.tables import Cell, Table
from bot.desk.statistics.waiting import Waited, WorkingTime, first_answer, solution, waited
from bot.storage.statistics import Outcome, Rating, TicketTimes, Verdict
from domain.messages import Channel
from domain.working_hours import WorkingCalendar

EBILL = "bills-ebill"
"""The topic by which residents ask for bills without paper."""

MOST_TOPICS = 15
"""Topics that the page shows; the file for spreadsheets has all."""

_MOST_COLUMNS = 62
_TOPIC = "topic."
_EXPIRED = "topic.expired"
_OF_ASSISTANT = (Outcome.AT_ONCE, Outcome.ONE_CHOICE, Outcome.LATER)
_POINTS = "p. p."
_QUESTIONS = (*_OF_ASSISTANT, Outcome.PERSON, Outcome.UNANSWERED)
_WEEKDAYS = ("P", "O", "T", "C", "Pk", "S", "Sv")
_DAY_NAMES = (
    "Pirmdiena",
    "Otrdiena",
    "Trešdiena",
    "Ceturtdiena",
    "Piektdiena",
    "Sestdiena",
    "Svētdiena",
)

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

_MISSED = {
    "not_understood.first": "Asistents nesaprata un to pateica",
    "handoff.opened_not_understood": "Nesaprata atkārtoti, tāpēc izveidoja pieteikumu",
    "out_of_scope.pointer": "Jautājums nebija par novadu",
    "clarify.choices": "Nebija drošs un pārjautāja „Vai domājāt …?”",
    _EXPIRED: "Atbildes termiņš satura failā bija beidzies",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything that was read for one overview; wider than the period, so that months can be compared."""

    period: Period
    now: datetime
    days: Sequence[Day]
    tickets: Sequence[TicketTimes]
    verdicts: Sequence[Verdict]
    ratings: Sequence[Rating]
    working: WorkingTime

    def within(self, period: Period) -> "Counted":
        """The part that belongs to a period: tickets by their opening, verdicts and stars by their moment."""
        first, until = period.bounds()
        return replace(
            self,
            period=period,
            days=[day for day in self.days if day.date in period],
            tickets=[ticket for ticket in self.tickets if first <= ticket.opened_at < until],
            verdicts=[verdict for verdict in self.verdicts if first <= verdict.at < until],
            ratings=[rating for rating in self.ratings if first <= rating.at < until],
        )


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
    answered, solved = times(chosen, content.calendar)
    daily = _daily(chosen)
    shown = _weekly(daily) if len(daily) > _MOST_COLUMNS else daily
    heat = _heat(chosen.days)
    tables = (
        _outcomes(chosen.days),
        _times(answered, solved),
        _months(counted, content.calendar),
        _helped(chosen, "palidzeja-rindas", "Rinda", lambda v: _queue(content, v.queue)),
        _helped(chosen, "palidzeja-temati", "Temats", lambda v: _title(content, v.topic)),
        _topics(chosen, content),
        _missed(chosen.days),
        _indicators(chosen),
        _day_table(daily),
        _hour_table(heat),
    )
    return Report(
        tiles=_tiles(chosen, answered),
        tables={table.id: table for table in tables},
        talks=_columns(shown, "Sarunas", lambda row: row.talks),
        tickets=_columns(shown, "Pieteikumi", lambda row: row.tickets),
        heat=plots.heat(
            heat, _WEEKDAYS, about=f"Ziņas pa nedēļas dienām un stundām. {_busiest(heat)}"
        ),
        spans=(
            ("Pirmā atbilde", _span("Pirmā atbilde", answered)),
            ("Risinājums", _span("Risinājums", solved)),
        ),
        by_week=shown is not daily,
        busiest=_busiest(heat),
    )


def times(counted: Counted, calendar: WorkingCalendar) -> tuple[Waited, Waited]:
    """How long the first answer and the solution took."""
    return (
        waited(counted.tickets, counted.working, first_answer(calendar), now=counted.now),
        waited(counted.tickets, counted.working, solution, now=counted.now),
    )


# ---------------------------------------------------------------------------------------------- by day


@dataclass(frozen=True, slots=True)
class _Row:
    """One day, or the days of one week in the period."""

    first: date
    last: date
    talks: Mapping[Channel, int]
    tickets: Mapping[Channel, int]


def _daily(counted: Counted) -> list[_Row]:
    opened: dict[date, Counter[Channel]] = defaultdict(Counter)
    for ticket in counted.tickets:
        opened[local_day(ticket.opened_at)][ticket.channel] += 1
    return [
        _Row(
            day.date,
            day.date,
            Counter({channel: talks_of([day], channel=channel) for channel in Channel}),
            opened[day.date],
        )
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
    counts = {outcome: talks_of(days, outcomes=[outcome]) for outcome in OUTCOMES}
    questions = sum(counts[outcome] for outcome in _QUESTIONS)
    shares = {o: counts[o] / questions if questions else 0.0 for o in _QUESTIONS}
    rows: list[tuple[Cell, ...]] = [
        (title, counts[o], _percent(counts[o], questions) if o in _QUESTIONS else None)
        for o, (title, _) in OUTCOMES.items()
    ]
    return Table(
        "iznakums",
        "Kas atbildēja",
        ("Kā beidzās", "Sarunas", "Daļa, %"),
        tuple(rows),
        tuple((shares.get(outcome, 0.0),) for outcome in OUTCOMES),
    )


def _missed(days: Sequence[Day]) -> Table:
    rows = [(title, said_of(days, [key])) for key, title in _MISSED.items()]
    return Table("nesaprastie", "Nesaprastie jautājumi", ("Kas notika", "Reizes"), tuple(rows))


# ---------------------------------------------------------------------------------------------- times


def _times(answered: Waited, solved: Waited) -> Table:
    both = (answered, solved)
    rows: list[tuple[Cell, ...]] = [
        ("Pieteikumi, kam tas izdarīts", *(one.done for one in both)),
        ("Pieteikumi, kam vēl nav", *(one.pending for one in both)),
        ("Mediāna, darba h", *(one.median for one in both)),
        ("90 % saņem līdz, darba h", *(one.p90 for one in both)),
        ("Termiņš (mediāna), darba h", *(one.allowed for one in both)),
        ("Termiņā, %", *(_percent(one.in_time, one.judged) for one in both)),
    ]
    columns = ("Rādītājs", "Pirmā atbilde", "Risinājums")
    return Table("laiki", "Cik ilgi gaida darbinieku", columns, tuple(rows))


def _span(title: str, one: Waited) -> object:
    about = f"{title}: mediāna {_hours(one.median)}, 90 % līdz {_hours(one.p90)}, termiņš {_hours(one.allowed)}"
    return plots.span(median=one.median, p90=one.p90, allowed=one.allowed, about=about)


def _hours(length: float | None) -> str:
    return "nav zināms" if length is None else f"{length:.1f} darba h".replace(".", ",")


# ---------------------------------------------------------------------------------------------- helped, topics


def _helped(
    counted: Counted, table: str, heading: str, name: Callable[[Verdict | Rating], str]
) -> Table:
    yes, no, stars = Counter[str](), Counter[str](), defaultdict[str, list[int]](list)
    for verdict in counted.verdicts:
        (yes if verdict.helped else no)[name(verdict)] += 1
    for rating in counted.ratings:
        stars[name(rating)].append(rating.stars)
    names = sorted({*yes, *no, *stars}, key=lambda one: (-yes[one] - no[one], one))
    most = max((yes[one] + no[one] for one in names), default=1) or 1
    return Table(
        table,
        f"Vai tas palīdzēja? {'Pa tematiem' if heading == 'Temats' else 'Pa rindām'}",
        (heading, "Jā", "Nē", "Jā, %", "Zvaigznes (vidēji)", "Vērtējumi"),
        tuple(
            (
                *(one, yes[one], no[one], _percent(yes[one], yes[one] + no[one])),
                *(_mean(stars.get(one, ())), len(stars.get(one, ()))),
            )
            for one in names
        ),
        tuple((yes[one] / most, no[one] / most) for one in names),
    )


def _topics(counted: Counted, content: Content) -> Table:
    answers = Counter[str]()
    for day in counted.days:
        for key, count in day.said.items():
            if key.startswith(_TOPIC) and key != _EXPIRED:
                answers[key.removeprefix(_TOPIC)] += count
    opened = Counter(ticket.topic for ticket in counted.tickets if ticket.topic)
    order = sorted({*answers, *opened}, key=lambda one: (-answers[one], -opened[one], one))
    most = max(answers.values(), default=1)
    return Table(
        "temati",
        "Par ko jautā visvairāk",
        ("Temats", "Asistenta atbildes", "Pieteikumi"),
        tuple((_title(content, one), answers[one], opened[one]) for one in order),
        tuple((answers[one] / most,) for one in order),
    )


def _title(content: Content, topic: str) -> str:
    if not topic:
        return "(bez temata)"
    known = content.topics.get(topic)
    return known.title if known else f"{topic} (vairs nav saturā)"


def _queue(content: Content, queue: str) -> str:
    return content.queues.get(queue, queue)


# ---------------------------------------------------------------------------------------------- hours


def _heat(days: Iterable[Day]) -> Counter[tuple[int, int]]:
    counts = Counter[tuple[int, int]]()
    for day in days:
        for hour, count in day.hours.items():
            counts[day.date.weekday(), hour] += count
    return counts


def _busiest(heat: Mapping[tuple[int, int], int]) -> str:
    if not heat:
        return "Ziņu nav."
    day, hour = max(heat, key=lambda place: (heat[place], place))
    return f"Visvairāk ziņu: {_DAY_NAMES[day].lower()}, {hour}.00–{hour + 1}.00."


def _hour_table(heat: Mapping[tuple[int, int], int]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (f"{hour}.00–{hour + 1}.00", *(heat.get((day, hour), 0) for day in range(len(_DAY_NAMES))))
        for hour in range(24)
    ]
    return Table(
        "stundas", "Ziņas pa nedēļas dienām un stundām", ("Stunda", *_DAY_NAMES), tuple(rows)
    )


# ---------------------------------------------------------------------------------------------- months, the plan


@dataclass(frozen=True, slots=True)
class _Figure:
    """One number to compare, and in what its change is told; empty: in per cent of the number before."""

    title: str
    number: int | float | None
    unit: str = ""


def _months(counted: Counted, calendar: WorkingCalendar) -> Table:
    this, before = (counted.within(period) for period in comparison(counted.period))
    pairs = zip(_figures(this, calendar), _figures(before, calendar), strict=True)
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


def _figures(counted: Counted, calendar: WorkingCalendar) -> list[_Figure]:
    answered, solved = times(counted, calendar)
    questions = talks_of(counted.days, outcomes=_QUESTIONS)
    alone = talks_of(counted.days, outcomes=_OF_ASSISTANT)
    yes = sum(verdict.helped for verdict in counted.verdicts)
    return [
        _Figure("Sarunas", talks_of(counted.days)),
        _Figure("Pieteikumi", len(counted.tickets)),
        _Figure("Asistents atbildēja pats, %", _percent(alone, questions), _POINTS),
        _Figure("Pirmā atbilde, mediāna darba h", answered.median, "h"),
        _Figure("Pirmā atbilde termiņā, %", _percent(answered.in_time, answered.judged), _POINTS),
        _Figure("Risinājums, mediāna darba h", solved.median, "h"),
        _Figure("Risinājums termiņā, %", _percent(solved.in_time, solved.judged), _POINTS),
        _Figure("„Vai tas palīdzēja?” – jā, %", _percent(yes, len(counted.verdicts)), _POINTS),
        _Figure("Jautāts par e-rēķinu", said_of(counted.days, [_TOPIC + EBILL])),
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
    yes = sum(verdict.helped for verdict in counted.verdicts)
    asked = said_of(counted.days, [_TOPIC + EBILL])
    opened = sum(ticket.topic == EBILL for ticket in counted.tickets)
    return Table(
        "plans",
        "Pašvaldības plāna rādītāji",
        ("Kas redzams šeit", "Skaits"),
        (
            ("„Vai tas palīdzēja?” – atbilžu skaits", len(counted.verdicts)),
            ("„Vai tas palīdzēja?” – jā, %", _percent(yes, len(counted.verdicts))),
            (
                "Darbinieka atbildes vidējais vērtējums, 1–5",
                _mean([r.stars for r in counted.ratings]),
            ),
            ("Asistents atbildēja par e-rēķinu", asked),
            ("Pieteikumi darbiniekiem par e-rēķinu", opened),
        ),
    )


def _mean(numbers: Sequence[int]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None


def _percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None


def _tiles(counted: Counted, answered: Waited) -> tuple[Tile, ...]:
    questions = talks_of(counted.days, outcomes=_QUESTIONS)
    alone = talks_of(counted.days, outcomes=_OF_ASSISTANT)
    yes = sum(verdict.helped for verdict in counted.verdicts)
    talks, tickets = talks_of(counted.days), len(counted.tickets)
    median = "–" if answered.median is None else f"{answered.median:.1f}".replace(".", ",")
    return (
        Tile(f"{talks}", "", words.plural(talks, "saruna", "sarunas")),
        Tile(_share(alone, questions), "%", "asistents atbildēja pats"),
        Tile(f"{tickets}", "", words.plural(tickets, "pieteikums", "pieteikumi")),
        Tile(median, "darba h", "līdz pirmajai atbildei (mediāna)"),
        Tile(_share(answered.in_time, answered.judged), "%", "pirmo atbilžu termiņā"),
        Tile(_share(yes, len(counted.verdicts)), "%", "atbildēja, ka palīdzēja"),
    )


def _share(part: int, whole: int) -> str:
    share = _percent(part, whole)
    return "–" if share is None else str(share)
