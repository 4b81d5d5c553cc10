"""What a model makes of the held-out messages, and whether a new model is worse than the one that is served.

The measuring itself is nlu/evaluate.py in Rasa's environment; here its answers of two models are compared.
"""

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot import training
from bot.content import Content
from domain.errors import ZintisError
from domain.understanding import ANSWER_AT, OFFER_AT

_NOTHING = "out_of_scope"
_RIGHT_OF_ANSWERED = 0.95
_FOREIGN_ANSWERED = 0.05
_SLACK = 0.01
"""A measure may vary by this much: one held-out message more or less is no news."""

_MOST_SHOWN = 20
TitleOf = Callable[[str], str]


class NotMeasured(ZintisError):
    """The evaluation itself failed; the text holds the end of what it said."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One held-out message and what a model made of it, the likeliest first."""

    text: str
    right: frozenset[str]
    ranking: tuple[tuple[str, float], ...]

    @property
    def taken_for(self) -> str:
        """The likeliest intent."""
        return self.ranking[0][0] if self.ranking else _NOTHING

    def is_answered(self) -> bool:
        """Whether a resident would get an answer at once."""
        return bool(self.ranking) and self.ranking[0][1] >= ANSWER_AT and self.taken_for != _NOTHING

    def worth(self) -> int:
        """3 right at once, 2 among the choices, 1 honest silence, 0 a wrong answer.

        For what is not our business honest silence is right.
        """
        if self.is_answered():
            return 3 if self.taken_for in self.right else 0
        if self.right == {_NOTHING}:
            return 3
        offered = {name for name, confidence in self.ranking if confidence >= OFFER_AT}
        return 2 if offered & self.right else 1


@dataclass(frozen=True, slots=True)
class Measures:
    """Shares from 0 to 1: what the bars are about."""

    helped: float
    right_of_answered: float
    foreign_answered: float


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
            f"pareizi uzreiz vai pēc viena pārjautājuma {_percent(now.helped)}, no atbildēm uzreiz pareizas "
            f"{_percent(now.right_of_answered)}, svešiem jautājumiem kļūdaini atbild {_percent(now.foreign_answered)}"
        )
        if self.before is None:
            return words
        return (
            f"{words} (iepriekš: {_percent(self.before.helped)}, {_percent(self.before.right_of_answered)}, "
            + (f"{_percent(self.before.foreign_answered)})")
        )


def measure(model: Path, content: Content, *, state: Path, answers: Path) -> list[HeldOut]:
    """Ask a model all held-out messages; what it said is left in `answers`. Raises `NotMeasured`."""
    data = state / "nlu" / "measured"
    data.mkdir(parents=True, exist_ok=True)
    (data / "nlu.yml").write_text(training.training_data(content).nlu, encoding="utf-8")
    answers.parent.mkdir(parents=True, exist_ok=True)
    answers.unlink(missing_ok=True)
    said = subprocess.run(
        [
            *(str(training.nlu_python()), str(training.NLU / "evaluate.py"), "--no-folds"),
            *("--model", str(model), "--data", str(data), "--answers", str(answers)),
            *("--answer-at", str(ANSWER_AT), "--offer-at", str(OFFER_AT)),
        ],
        cwd=training.NLU,
        env=training.server_environment(state=state),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,  # it also ends with 1 when a bar is missed, which is for us to judge
    )
    if not answers.is_file():
        raise NotMeasured(f"Modeli neizdevās pārbaudīt: {said.stdout[-400:].strip()}")
    return read_answers(answers)


def read_answers(path: Path) -> list[HeldOut]:
    """The answers that an evaluation left."""
    return [
        HeldOut(
            text=one["text"],
            right=frozenset(one["right"]),
            ranking=tuple((name, confidence) for name, confidence in one["ranking"]),
        )
        for one in json.loads(path.read_text(encoding="utf-8"))
    ]


def measures_of(answers: Sequence[HeldOut]) -> Measures:
    """The shares that the bars are about."""
    foreign = [one for one in answers if one.right == {_NOTHING}]
    asked = [one for one in answers if _NOTHING not in one.right]
    answered = [one for one in asked if one.is_answered()]
    return Measures(
        helped=_share([one.worth() >= 2 for one in asked]),  # noqa: PLR2004 - see `worth`
        right_of_answered=_share([one.taken_for in one.right for one in answered]),
        foreign_answered=_share([one.is_answered() for one in foreign], empty=0.0),
    )


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
    if new.helped < old.helped - _SLACK:
        found.append(
            f"pareizi uzreiz vai pēc viena pārjautājuma: {_percent(new.helped)}, bija {_percent(old.helped)}"
        )
    if new.right_of_answered < min(_RIGHT_OF_ANSWERED, old.right_of_answered - _SLACK):
        found.append(
            f"no atbildēm uzreiz pareizas {_percent(new.right_of_answered)}, bija "
            f"{_percent(old.right_of_answered)} (vajag vismaz {_percent(_RIGHT_OF_ANSWERED)})"
        )
    if new.foreign_answered > max(_FOREIGN_ANSWERED, old.foreign_answered + _SLACK):
        found.append(
            f"svešiem jautājumiem kļūdaini atbild {_percent(new.foreign_answered)}, bija "
            f"{_percent(old.foreign_answered)} (drīkst ne vairāk kā {_percent(_FOREIGN_ANSWERED)})"
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
    now = {
        0: f"tagad atbild par „{title_of(one.taken_for)}”",
        1: "tagad nesaprot",
        2: "tagad pārjautā",
    }[one.worth()]
    return f"„{one.text}” (par {right}): {now}"


def _share(truths: Sequence[bool], *, empty: float = 1.0) -> float:
    return sum(truths) / len(truths) if truths else empty


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %".replace(".", ",")
