"""The evaluation of a model, as editors read it: shares, topics, and which questions are mixed up with which."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain

from bot.workshop.measuring import (
    FOREIGN_ANSWERED,
    NOTHING,
    RIGHT_OF_ANSWERED,
    SPELLINGS,
    Evaluation,
    HeldOut,
    TitleOf,
    compare,
    measures_of,
    missed_bars,
    percent,
    share,
)
from domain.understanding import ANSWER_AT

_MOST_TOPICS = 40
_MOST_PAIRS = 20
_MOST_WORSE = 10
_STEPS = tuple(step / 100 for step in range(40, 95, 5))

_LABELS = {
    "register": (
        "Kas raksta",
        {
            "senior": "seniors",
            "adult": "pieaugušais",
            "teen": "jaunietis",
            "formal": "oficiāli",
            "angry": "dusmīgi",
            "russianism": "ar krievu valodas ietekmi",
            "ambassador": "vēstnesis par citu",
        },
    ),
    "spelling": (
        "Kā rakstīts",
        {"full": "ar garumzīmēm", "bare": "bez garumzīmēm", "chat": "čata rakstībā (aa, sh)"},
    ),
    "subject": (
        "Par ko",
        {
            "benefits": "pabalsti",
            "bills": "rēķini",
            "eservices": "e-pakalpojumi",
            "kac-contacts": "klientu centri un kontakti",
            "meters": "skaitītāji un ūdens",
            "municipality": "pašvaldība",
            "out-of-scope": "svešas lietas",
            "property-tax": "nekustamā īpašuma nodoklis",
            "safety": "drošība",
            "small-talk": "sarunas un komandas",
            "training": "mācības",
            "waste": "atkritumi",
        },
    ),
}


def report(found: Evaluation, *, before: Evaluation | None, title_of: TitleOf) -> Iterator[str]:
    """The lines of the report, the result last."""
    asked = [one for one in found.answers if NOTHING not in one.right]
    yield from _head(found, asked)
    for label, (heading, names) in _LABELS.items():
        yield from _table(heading, asked, partial(_named, label=label, names=names))
    yield from _topics(asked, title_of)
    yield from _mixed_up(asked, title_of)
    yield from _thresholds(found.answers)
    yield from _spellings(found)
    yield from _beside(before, found, title_of)
    yield from _result(found)


def _named(one: HeldOut, *, label: str, names: dict[str, str]) -> str:
    value = one.labels.get(label, "")
    return names.get(value, value)


def _head(found: Evaluation, asked: Sequence[HeldOut]) -> Iterator[str]:
    measures = measures_of(found.answers)
    foreign = [one for one in found.answers if one.is_foreign()]
    placed = [one.place in one.places for one in found.answers if one.place]
    slipped = [one for one in asked if one.without_slips]
    yield f"Jautājumi, ko modelis nekad nav redzējis: {len(asked)}, no tiem {len(slipped)} ar pirksta kļūdām"
    yield f"  pareiza atbilde uzreiz               {percent(measures.at_once):>8}"
    yield f"  pareiza uzreiz vai pēc vienas izvēles {percent(measures.helped):>7}"
    yield f"  kļūdaina atbilde                     {percent(measures.wrong):>8}"
    yield (
        f"  no atbildēm uzreiz pareizas          {percent(measures.right_of_answered):>8}"
        f"   (vajag vismaz {percent(RIGHT_OF_ANSWERED)})"
    )
    yield f"  ticamākā nozīme pareiza              {percent(share([one.is_right() for one in asked])):>8}"
    yield f"  vieta atrasta                        {percent(share(placed)):>8}   ({len(placed)} jautājumos)"
    yield (
        f"Sveši jautājumi: {len(foreign)}, kļūdaini atbild {percent(measures.foreign_answered)}"
        f" (drīkst ne vairāk kā {percent(FOREIGN_ANSWERED)})"
    )


def _table(
    heading: str, asked: Sequence[HeldOut], group_of: Callable[[HeldOut], str]
) -> Iterator[str]:
    groups: dict[str, list[HeldOut]] = defaultdict(list)
    for one in asked:
        groups[group_of(one)].append(one)
    yield f"{heading:<34} skaits   uzreiz  ar izvēli  kļūdaini"
    for name, members in sorted(groups.items()):
        measures = measures_of(members)
        yield (
            f"  {name:<32} {len(members):6d} {percent(measures.at_once):>8}"
            f"   {percent(measures.helped):>8}  {percent(measures.wrong):>8}"
        )


def _topics(asked: Sequence[HeldOut], title_of: TitleOf) -> Iterator[str]:
    """Each topic by its own questions; those that go well are only counted."""
    groups: dict[str, list[HeldOut]] = defaultdict(list)
    for one in asked:
        for name in one.right:
            groups[name].append(one)
    weak = {
        name: measures_of(members)
        for name, members in groups.items()
        if any(one.worth() < 2 for one in members)  # noqa: PLR2004 - see `HeldOut.worth`
    }
    yield f"Temati, kuros kāds jautājums paliek bez pareizas atbildes: {len(weak)} no {len(groups)}"
    worst = sorted(weak, key=lambda name: (weak[name].helped, -weak[name].wrong, name))
    for name in worst[:_MOST_TOPICS]:
        members = groups[name]
        yield (
            f"  {title_of(name):<58} {len(members):3d} jaut., palīdz {percent(weak[name].helped):>7},"
            f" kļūdaini {percent(weak[name].wrong):>7}"
        )
    if len(worst) > _MOST_TOPICS:
        yield f"  … un vēl {len(worst) - _MOST_TOPICS}"


def _mixed_up(asked: Sequence[HeldOut], title_of: TitleOf) -> Iterator[str]:
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in asked:
        if not one.is_right():
            pairs[min(one.right), one.taken_for].append(one.text)
    often = sorted(pairs, key=lambda pair: (-len(pairs[pair]), pair))
    if often:
        yield "Kas tiek jaukts:"
    for right, taken in often[:_MOST_PAIRS]:
        texts = pairs[right, taken]
        yield (
            f"  jautājumi par „{title_of(right)}” tiek jaukti ar „{title_of(taken)}” ({len(texts)}),"
            f" piemēram, „{texts[0]}”"
        )


def _thresholds(answers: Sequence[HeldOut]) -> Iterator[str]:
    asked = [one for one in answers if NOTHING not in one.right]
    foreign = [one for one in answers if one.is_foreign()]
    yield "Drošība, no kuras atbild uzreiz   atbild   no tām pareizas   atbild uz svešiem"
    for step in _STEPS:
        sure = [one for one in asked if _is_sure(one, step)]
        mark = "  ← tagad" if step == ANSWER_AT else ""
        yield (
            f"  {step:.2f}".replace(".", ",")
            + f"                           {percent(len(sure) / max(len(asked), 1)):>8}"
            f"          {percent(share([one.is_right() for one in sure])):>8}"
            f"            {percent(share([_is_sure(one, step) for one in foreign], empty=0.0)):>8}{mark}"
        )


def _is_sure(one: HeldOut, at: float) -> bool:
    return bool(one.ranking) and one.ranking[0][1] >= at and one.taken_for != NOTHING


def _spellings(found: Evaluation) -> Iterator[str]:
    lost = measures_of(found.answers).lost_by_slips
    yield f"Pirksta kļūdas: tās pašas ziņas bez tām saprot par {lost * 100:.1f} punktiem vairāk".replace(
        ".", ","
    )
    if found.folds:
        yield (
            f"Krustpārbaude: {found.folds['examples']:.0f} piemēri, katrs uzdots modelim, kas to nav redzējis;"
            " ticamākā nozīme pareiza"
        )
        yield f"  kā rakstīts                          {percent(found.folds['written']):>8}"
        for key, name in SPELLINGS.items():
            yield f"  {name:<36} {percent(found.folds[key]):>8}"


def _beside(before: Evaluation | None, found: Evaluation, title_of: TitleOf) -> Iterator[str]:
    if before is None:
        yield "Salīdzinājums: iepriekšējais modelis šajā datorā nav vērtēts."
        return
    comparison = compare(before.answers, found.answers, title_of=title_of)
    yield f"Salīdzinājums ar iepriekšējo modeli: {comparison.summary()}."
    yield from chain(
        (f"  kritās: {words}" for words in comparison.fallen),
        (f"  sliktāk: {words}" for words in comparison.worse[:_MOST_WORSE]),
    )


def _result(found: Evaluation) -> Iterator[str]:
    missed = missed_bars(found)
    yield from (f"NAV SASNIEGTS: {words}" for words in missed)
    if not missed:
        yield "Viss nepieciešamais ir sasniegts."
