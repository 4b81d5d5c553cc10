"""What a model makes of the held-out messages, which bars it misses, and whether a new model is worse than another.

The asking itself is nlu/evaluate.py in Rasa's environment; here its answers are judged. A message counts as it was
typed: with its slips, when it has any.
"""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot import training
from bot.content import Content
from domain.errors import ZintisError
from domain.understanding import ANSWER_AT, MOST_OFFERED, OFFER_AT

NOTHING = "out_of_scope"
AT_ONCE = 0.6
"""The share that Gem, the assistant of Dutch towns, answers rightly at once."""

HELPED = 0.9
RIGHT_OF_ANSWERED = 0.95
FOREIGN_ANSWERED = 0.05
LOST_BY_SPELLING = 0.03
_SLACK = 0.01
"""A measure may vary by this much: one held-out message more or less is no news. Below its bar it never falls."""

_SLACK_AT_ONCE = 0.03
"""Near the threshold many messages are a hair's breadth from being asked back."""

_MOST_SHOWN = 20
TitleOf = Callable[[str], str]
Ranking = tuple[tuple[str, float], ...]


class NotMeasured(ZintisError):
    """The evaluation itself failed; the text holds the end of what it said."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One held-out message and what a model made of it, the likeliest first."""

    text: str
    right: frozenset[str]
    ranking: Ranking
    labels: Mapping[str, str] = field(default_factory=dict)
    """How it is written and what it is about: `register`, `spelling`, `subject`."""
    place: str | None = None
    places: tuple[str, ...] = ()
    """The place that it names, and those that were found."""
    without_slips: Ranking | None = None
    """What the same message is taken for without its slips; None when it has none."""

    @property
    def taken_for(self) -> str:
        """The likeliest intent."""
        return self.ranking[0][0] if self.ranking else NOTHING

    def is_foreign(self) -> bool:
        """Whether it is none of our business."""
        return self.right == {NOTHING}

    def is_right(self) -> bool:
        """Whether the likeliest intent is a right one."""
        return self.taken_for in self.right

    def is_answered(self) -> bool:
        """Whether a resident would get an answer at once."""
        return bool(self.ranking) and self.ranking[0][1] >= ANSWER_AT and self.taken_for != NOTHING

    def worth(self) -> int:
        """3 right at once, 2 among the choices, 1 honest silence, 0 a wrong answer.

        For what is not our business honest silence is right.
        """
        if self.is_answered():
            return 3 if self.taken_for in self.right else 0
        if self.is_foreign():
            return 3
        offered = {name for name, sure in self.ranking[:MOST_OFFERED] if sure >= OFFER_AT}
        return 2 if offered & self.right else 1


@dataclass(frozen=True, slots=True)
class Measures:
    """Shares from 0 to 1. `lost_by_slips` is how much rarer the likeliest intent is right than without the slips."""

    at_once: float
    helped: float
    wrong: float
    right_of_answered: float
    foreign_answered: float
    lost_by_slips: float = 0.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What became of the held-out messages, and of the example questions by spelling (empty when not asked)."""

    answers: tuple[HeldOut, ...]
    folds: Mapping[str, float]

    def asks_the_same(self, other: "Evaluation") -> bool:
        """Whether both are about the same messages, so that they can be compared."""
        return {one.text for one in self.answers} == {one.text for one in other.answers}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A new model beside the one that is served. `fallen` says in Latvian what got worse than allowed."""

    before: Measures | None
    after: Measures
    fallen: tuple[str, ...]
    worse: tuple[str, ...]

    def summary(self) -> str:
        """The new model in one line."""
        now = self.after
        words = (
            f"pareizi uzreiz vai pēc viena pārjautājuma {percent(now.helped)}, no atbildēm uzreiz pareizas "
            f"{percent(now.right_of_answered)}, svešiem jautājumiem kļūdaini atbild {percent(now.foreign_answered)}"
        )
        if self.before is None:
            return words
        return (
            f"{words} (iepriekš: {percent(self.before.helped)}, {percent(self.before.right_of_answered)}, "
            + (f"{percent(self.before.foreign_answered)})")
        )


def measure(
    model: Path, content: Content, *, state: Path, answers: Path, folds: bool = False
) -> Evaluation:
    """Ask a model all held-out messages; what it said is left in `answers`. Raises `NotMeasured`.

    With `folds` the example questions are cross-validated too, which takes as long as training.
    """
    data = state / "nlu" / "measured"
    data.mkdir(parents=True, exist_ok=True)
    (data / "nlu.yml").write_text(training.training_data(content).nlu, encoding="utf-8")
    answers.parent.mkdir(parents=True, exist_ok=True)
    answers.unlink(missing_ok=True)
    said = subprocess.run(
        [
            *(str(training.nlu_python()), str(training.NLU / "evaluate.py")),
            *("--model", str(model), "--data", str(data), "--answers", str(answers)),
            *(["--folds"] if folds else []),
        ],
        cwd=training.NLU,
        env=training.server_environment(state=state),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,  # what went wrong is told below, in Latvian
    )
    if not answers.is_file():
        raise NotMeasured(f"Modeli neizdevās pārbaudīt: {said.stdout[-400:].strip()}")
    return read_answers(answers)


def read_answers(path: Path) -> Evaluation:
    """What an evaluation left."""
    written = json.loads(path.read_text(encoding="utf-8"))
    return Evaluation(tuple(map(_held_out, written["messages"])), written.get("folds", {}))


def _held_out(one: Mapping[str, Any]) -> HeldOut:
    typed = one.get("slipped") or one
    return HeldOut(
        text=typed["text"],
        right=frozenset(one["right"]),
        ranking=_ranking(typed),
        labels=one["labels"],
        place=one["place"],
        places=tuple(typed["places"]),
        without_slips=_ranking(one) if typed is not one else None,
    )


def _ranking(asked: Mapping[str, Any]) -> Ranking:
    return tuple((name, confidence) for name, confidence in asked["ranking"])


def measures_of(answers: Sequence[HeldOut]) -> Measures:
    """The shares that the bars are about."""
    foreign = [one for one in answers if one.is_foreign()]
    asked = [one for one in answers if NOTHING not in one.right]
    answered = [one for one in asked if one.is_answered()]
    return Measures(
        at_once=share([one.worth() == 3 for one in asked]),  # noqa: PLR2004 - see `worth`
        helped=share([one.worth() >= 2 for one in asked]),  # noqa: PLR2004
        wrong=share([one.worth() == 0 for one in asked], empty=0.0),
        right_of_answered=share([one.is_right() for one in answered]),
        foreign_answered=share([one.is_answered() for one in foreign], empty=0.0),
        lost_by_slips=_lost_by_slips(asked),
    )


def _lost_by_slips(asked: Sequence[HeldOut]) -> float:
    pairs = [(one, one.without_slips) for one in asked if one.without_slips]
    without = [ranking[0][0] in one.right for one, ranking in pairs]
    return share(without, empty=0.0) - share([one.is_right() for one, _ in pairs], empty=0.0)


def missed_bars(evaluation: Evaluation) -> list[str]:
    """What a model must reach and this one does not, in Latvian."""
    found = measures_of(evaluation.answers)
    spelling = {
        "ar pirksta kļūdām (tā pati ziņa bez tām)": found.lost_by_slips,
        **{
            name: evaluation.folds["written"] - evaluation.folds[key]
            for key, name in SPELLINGS.items()
            if key in evaluation.folds
        },
    }
    bars = [
        (
            found.at_once < AT_ONCE,
            f"pareizi atbild uzreiz {percent(found.at_once)}, vajag vismaz {percent(AT_ONCE)}",
        ),
        (
            found.helped < HELPED,
            f"pareizi uzreiz vai pēc vienas izvēles {percent(found.helped)}, vajag vismaz {percent(HELPED)}",
        ),
        (
            found.right_of_answered < RIGHT_OF_ANSWERED,
            f"no atbildēm uzreiz pareizas {percent(found.right_of_answered)}, "
            f"vajag vismaz {percent(RIGHT_OF_ANSWERED)}",
        ),
        (
            found.foreign_answered > FOREIGN_ANSWERED,
            f"svešiem jautājumiem kļūdaini atbild {percent(found.foreign_answered)}, "
            f"drīkst ne vairāk kā {percent(FOREIGN_ANSWERED)}",
        ),
        *(
            (
                lost > LOST_BY_SPELLING,
                f"{name} saprot par {points(lost)} mazāk, drīkst par {points(LOST_BY_SPELLING)}",
            )
            for name, lost in spelling.items()
        ),
    ]
    return [words for is_missed, words in bars if is_missed]


SPELLINGS = {
    "bare": "piemērus bez garumzīmēm",
    "slip": "piemērus ar vienu pirksta kļūdu",
    "chat": "piemērus čata rakstībā (aa, sh)",
}
"""The spellings of the cross-validation besides the examples as they are written."""


def compare(
    before: Sequence[HeldOut] | None, after: Sequence[HeldOut], *, title_of: TitleOf
) -> Comparison:
    """Whether a new model may replace the one before; without one before it always may."""
    new = measures_of(after)
    if before is None:
        return Comparison(None, new, (), ())
    asked = {one.text for one in after}
    old_answers = [one for one in before if one.text in asked]
    old = measures_of(old_answers)
    return Comparison(
        old, new, tuple(_fallen(old, new)), tuple(_worse(old_answers, after, title_of))
    )


def _fallen(old: Measures, new: Measures) -> list[str]:
    found = []
    if new.helped < max(old.helped - _SLACK, min(HELPED, old.helped)):
        found.append(
            f"pareizi uzreiz vai pēc viena pārjautājuma: {percent(new.helped)}, bija {percent(old.helped)}"
        )
    if new.at_once < max(old.at_once - _SLACK_AT_ONCE, min(AT_ONCE, old.at_once)):
        found.append(f"pareizi atbild uzreiz {percent(new.at_once)}, bija {percent(old.at_once)}")
    if new.right_of_answered < min(RIGHT_OF_ANSWERED, old.right_of_answered - _SLACK):
        found.append(
            f"no atbildēm uzreiz pareizas {percent(new.right_of_answered)}, bija "
            f"{percent(old.right_of_answered)} (vajag vismaz {percent(RIGHT_OF_ANSWERED)})"
        )
    if new.foreign_answered > max(FOREIGN_ANSWERED, old.foreign_answered + _SLACK):
        found.append(
            f"svešiem jautājumiem kļūdaini atbild {percent(new.foreign_answered)}, bija "
            f"{percent(old.foreign_answered)} (drīkst ne vairāk kā {percent(FOREIGN_ANSWERED)})"
        )
    if new.lost_by_slips > max(LOST_BY_SPELLING, old.lost_by_slips + _SLACK):
        found.append(
            f"ziņas ar pirksta kļūdām saprot par {points(new.lost_by_slips)} mazāk, bija par "
            f"{points(old.lost_by_slips)} (drīkst par {points(LOST_BY_SPELLING)})"
        )
    return found


def _worse(before: Sequence[HeldOut], after: Sequence[HeldOut], title_of: TitleOf) -> list[str]:
    """Messages that lost most come first."""
    old = {one.text: one for one in before}
    lost = [
        (old[one.text].worth() - one.worth(), one)
        for one in after
        if one.text in old and old[one.text].worth() > one.worth()
    ]
    lost.sort(key=lambda pair: -pair[0])
    return [_worse_words(one, title_of) for _, one in lost[:_MOST_SHOWN]]


def _worse_words(one: HeldOut, title_of: TitleOf) -> str:
    right = " vai ".join(f"„{title_of(name)}”" for name in sorted(one.right))
    rival = next((name for name, _ in one.ranking if name not in one.right), None)
    now = {
        0: f"tagad atbild par „{title_of(one.taken_for)}”",
        1: "tagad nesaprot",
        2: f"tagad pārjautā, jo līdzīgs ir arī „{title_of(rival)}”" if rival else "tagad pārjautā",
    }[one.worth()]
    return f"„{one.text}” (par {right}): {now}"


def share(truths: Sequence[bool], *, empty: float = 1.0) -> float:
    """How many of all are true, 0 to 1."""
    return sum(truths) / len(truths) if truths else empty


def percent(one: float) -> str:
    """A share as it is written in Latvian."""
    return f"{one * 100:.1f} %".replace(".", ",")


def points(one: float) -> str:
    """A difference of shares in percentage points."""
    return f"{one * 100:.1f} punktiem".replace(".", ",")
