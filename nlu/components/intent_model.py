"""Which intent a text has, and how likely that is right: linear scores, then a calibrated confidence.

One linear classifier over intents and one over groups of intents (bills, waste …) score a text; the group's
score helps each of its intents. Held-out folds of the examples then show how often a lead of a given size was
right, and that is the confidence: 0.8 means that four of five such answers are right.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from components.concepts import Concepts
from components.features import Vector, Vectorizer, features
from components.spelling import Speller

_FOLDS = 3
"""Parts of the examples that the confidence is learned on. Models of two thirds are a little weaker than the final one,
so the confidence errs to the safe side; five parts take half as long again and measure the same."""

_PROCESSES = 2
_COST = 0.7
_TOLERANCE = 1.0
"""A third of the training time against 0.1, which halves that of the default; single messages of a thousand change."""
_MOST_UNITS = 127
_GROUP_WEIGHT = 0.5
_SEED = 7
OUT_OF_SCOPE = "out_of_scope"
_FOREIGN_WEIGHT = 3.0
"""Messages that are not for us are a bigger part of real traffic than of the examples."""
_UNSCALED = np.array([0.0, 1.0, 0.0, 0.0, 0.0])
"""The weights of `_signs` that leave the softmax's share as it is."""

_STEEPNESS = np.linspace(0.5, 4.0, 15)


@dataclass(frozen=True)
class Example:
    """A folded training text, its intent and the group that its intent belongs to."""

    words: tuple[str, ...]
    intent: str
    group: str
    counted: Counter[str]

    @classmethod
    def of(cls, words: tuple[str, ...], intent: str, group: str, concepts: Concepts) -> Example:
        """An example with its features, counted once for all the folds it takes part in."""
        return cls(words, intent, group, features(words, concepts.of(words)))


@dataclass(frozen=True)
class Ranked:
    """An intent and how likely it is right."""

    intent: str
    confidence: float


@dataclass(frozen=True)
class Calibration:
    """From scores to probabilities: how steep the softmax is, and the weights of `_signs`."""

    steepness: float
    weights: np.ndarray


class Linear(NamedTuple):
    """A linear score of each class: whole numbers of a class's own unit, so that a weight takes one byte.

    `weights` has one row per feature and one column per class.
    """

    weights: np.ndarray
    units: np.ndarray
    constants: np.ndarray

    @classmethod
    def fit(cls, rows: csr_matrix, wanted: np.ndarray) -> Linear:
        """One SVM against the rest for each class, classes being 0, 1, 2 …"""
        from sklearn.svm import LinearSVC

        if len(set(wanted.tolist())) == 1:
            return cls(np.zeros((rows.shape[1], 1), np.int8), np.ones(1, np.float32), np.zeros(1))
        svm = LinearSVC(C=_COST, tol=_TOLERANCE, random_state=_SEED).fit(rows, wanted)
        weights, constants = svm.coef_.T.astype(np.float32), svm.intercept_.astype(np.float32)
        if len(constants) == 1:  # of two classes scikit-learn scores the second only
            weights, constants = np.hstack([-weights, weights]), np.array([-1, 1]) * constants
        units = np.maximum(np.abs(weights).max(axis=0) / _MOST_UNITS, np.float32(1e-9))
        return cls(np.rint(weights / units).astype(np.int8), units, constants)

    def of(self, vector: Vector) -> np.ndarray:
        """The scores of one text."""
        return vector.values @ self.weights[vector.columns] * self.units + self.constants

    def of_many(self, rows: csr_matrix) -> np.ndarray:
        """The scores of many texts, one row each."""
        return rows @ self.weights.astype(np.float32) * self.units + self.constants


class Scorer:
    """Linear scores of every intent for a text."""

    def __init__(
        self,
        intents: Sequence[str],
        group_of: np.ndarray,
        vectorizer: Vectorizer,
        speller: Speller,
        linear: tuple[Linear, Linear],
    ) -> None:
        """`group_of` numbers the group of each intent; `linear` scores intents and groups."""
        self.intents = tuple(intents)
        self.group_of = group_of
        self.vectorizer = vectorizer
        self.speller = speller
        self.by_intent, self.by_group = linear

    @classmethod
    def of(cls, examples: Sequence[Example], concepts: Concepts) -> Scorer:
        """A scorer trained on examples."""
        counted = [example.counted for example in examples]
        vectorizer = Vectorizer.of(counted, concepts)
        rows = vectorizer.matrix([vectorizer.vector_of(text) for text in counted])
        intents = sorted({example.intent for example in examples})
        groups = sorted({example.group for example in examples})
        group = {example.intent: groups.index(example.group) for example in examples}
        linear = (
            Linear.fit(rows, np.array([intents.index(example.intent) for example in examples])),
            Linear.fit(rows, np.array([group[example.intent] for example in examples])),
        )
        group_of = np.array([group[intent] for intent in intents], np.int32)
        speller = Speller.of(example.words for example in examples)
        return cls(intents, group_of, vectorizer, speller, linear)

    def scores(self, words: Sequence[str]) -> tuple[np.ndarray, float]:
        """The score of each intent, and which share of the text the examples know."""
        vector = self.vectorizer.vector(self.speller.mend(words))
        return self._joined(self.by_intent.of(vector), self.by_group.of(vector)), vector.known

    def scores_of(self, examples: Sequence[Example]) -> tuple[np.ndarray, list[float]]:
        """The same for many texts at once, one row each; features that were counted already are used."""
        vectors = [self._vector_of(example) for example in examples]
        rows = self.vectorizer.matrix(vectors)
        scores = self._joined(self.by_intent.of_many(rows), self.by_group.of_many(rows))
        return scores, [vector.known for vector in vectors]

    def _vector_of(self, example: Example) -> Vector:
        mended = self.speller.mend(example.words)
        is_known = mended == list(example.words)
        vectorizer = self.vectorizer
        return vectorizer.vector_of(example.counted) if is_known else vectorizer.vector(mended)

    def _joined(self, by_intent: np.ndarray, by_group: np.ndarray) -> np.ndarray:
        return _standard(by_intent) + _GROUP_WEIGHT * _standard(by_group)[..., self.group_of]


class IntentModel:
    """A scorer with a calibration."""

    def __init__(self, scorer: Scorer, calibration: Calibration) -> None:
        self.scorer = scorer
        self.calibration = calibration

    @classmethod
    def of(cls, examples: Sequence[Example], concepts: Concepts) -> IntentModel:
        """A model trained on examples and calibrated on folds of them that it had not seen."""
        # Processes, because the SVM keeps the interpreter to itself; forked ones are given the examples for nothing.
        with ProcessPoolExecutor(
            _PROCESSES, get_context("fork"), initializer=_Work.take, initargs=(examples, concepts)
        ) as pool:
            scorer = pool.submit(_Work.train)
            judged = [one for fold in pool.map(_Work.judge, range(_FOLDS)) for one in fold]
        return cls(scorer.result(), calibrate(judged))

    def rank(self, words: Sequence[str]) -> list[Ranked]:
        """All intents, likeliest first; their confidences add up to one."""
        scores, known = self.scorer.scores(words)
        order = np.argsort(-scores, kind="stable")
        shares = _softmax(scores * self.calibration.steepness)[order]
        first = _sigmoid(float(_signs(shares, scores[order], known) @ self.calibration.weights))
        rest = shares[1:] * (1 - first) / max(1 - shares[0], 1e-9)
        confidences = [first, *np.minimum(rest.astype(float), first).tolist()]
        return [
            Ranked(self.scorer.intents[at], confidence)
            for at, confidence in zip(order, confidences, strict=True)
        ]

    def save(self, folder: Path) -> None:
        """Write as numbers and JSON, nothing that could run when read."""
        scorer = self.scorer
        np.savez(
            folder / "weights.npz",
            group_of=scorer.group_of,
            calibration=np.array([self.calibration.steepness, *self.calibration.weights]),
            **{
                f"{name}_{part}": numbers
                for name, linear in (("intent", scorer.by_intent), ("group", scorer.by_group))
                for part, numbers in linear._asdict().items()
            },
        )
        words = {
            "intents": scorer.intents,
            "features": scorer.vectorizer.weights,
            "counts": scorer.speller.counts,
        }
        (folder / "words.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, concepts: Concepts) -> IntentModel:
        """Read what `save` wrote."""
        words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        with np.load(folder / "weights.npz", allow_pickle=False) as numbers:
            linear = (
                Linear(*(numbers[f"intent_{part}"] for part in Linear._fields)),
                Linear(*(numbers[f"group_{part}"] for part in Linear._fields)),
            )
            group_of = numbers["group_of"]
            steepness, *signs = numbers["calibration"].tolist()
        vectorizer = Vectorizer(words["features"], concepts)
        scorer = Scorer(words["intents"], group_of, vectorizer, Speller(words["counts"]), linear)
        return cls(scorer, Calibration(steepness, np.array(signs)))


@dataclass(frozen=True)
class Judged:
    """The scores of a text that the scorer had not seen, best first, and where the right intent came."""

    scores: np.ndarray
    known: float
    right_at: int
    foreign: bool


def calibrate(judged: Sequence[Judged]) -> Calibration:
    """How sure to be, learned from texts that were not trained on."""
    from sklearn.linear_model import LogisticRegression

    scores = _padded([one.scores for one in judged])
    right_at = np.array([one.right_at for one in judged])
    steepness = min(_STEEPNESS, key=lambda one: _surprise(scores, right_at, one))
    signs = np.array(
        [_signs(_softmax(one.scores * steepness), one.scores, one.known) for one in judged]
    )
    right = right_at == 0
    if right.all() or not right.any():
        return Calibration(float(steepness), _UNSCALED)
    weights = np.array([_FOREIGN_WEIGHT if one.foreign else 1.0 for one in judged])
    fitted = LogisticRegression(C=10.0, fit_intercept=False, max_iter=500)
    fitted.fit(signs, right, sample_weight=weights)
    return Calibration(float(steepness), fitted.coef_[0])


def judge(scorer: Scorer, examples: Sequence[Example]) -> list[Judged]:
    """What a scorer makes of examples whose intent is known."""
    asked = [example for example in examples if example.intent in scorer.intents]
    if not asked:
        return []
    scores, known = scorer.scores_of(asked)
    order = np.argsort(-scores, axis=1, kind="stable")
    at = [scorer.intents.index(example.intent) for example in asked]
    return [
        Judged(
            scores=of_text[ranked],
            known=share,
            right_at=int(np.flatnonzero(ranked == right)[0]),
            foreign=example.intent == OUT_OF_SCOPE,
        )
        for of_text, ranked, share, right, example in zip(
            scores, order, known, at, asked, strict=True
        )
    ]


def folds(
    examples: Sequence[Example], count: int = _FOLDS
) -> Iterator[tuple[list[Example], list[Example]]]:
    """Each fold's examples to train on and to ask, every intent spread evenly over the folds."""
    generator = np.random.RandomState(_SEED)
    fold_of = np.empty(len(examples), int)
    by_intent: dict[str, list[int]] = {}
    for at, example in enumerate(examples):
        by_intent.setdefault(example.intent, []).append(at)
    for members in by_intent.values():
        offset = generator.randint(count)
        fold_of[generator.permutation(members)] = (np.arange(len(members)) + offset) % count
    for fold in range(count):
        yield (
            [example for at, example in enumerate(examples) if fold_of[at] != fold],
            [example for at, example in enumerate(examples) if fold_of[at] == fold],
        )


class _Work:
    """What a process of the training works on."""

    examples: Sequence[Example] = ()
    concepts: Concepts = Concepts({})

    @classmethod
    def take(cls, examples: Sequence[Example], concepts: Concepts) -> None:
        cls.examples, cls.concepts = examples, concepts

    @classmethod
    def train(cls) -> Scorer:
        return Scorer.of(cls.examples, cls.concepts)

    @classmethod
    def judge(cls, number: int) -> list[Judged]:
        known, asked = list(folds(cls.examples))[number]
        return judge(Scorer.of(known, cls.concepts), asked)


def _standard(scores: np.ndarray) -> np.ndarray:
    mean, deviation = scores.mean(axis=-1, keepdims=True), scores.std(axis=-1, keepdims=True)
    return (scores - mean) / (deviation + 1e-9)


def _signs(shares: np.ndarray, scores: np.ndarray, known: float) -> np.ndarray:
    """What speaks for the first intent being right."""
    odds = np.log(shares[0] + 1e-9) - np.log(1 - shares[0] + 1e-9)
    return np.array([1.0, odds, scores[0] - scores[1], shares[0] - shares[1], known])


def _padded(scores: Sequence[np.ndarray]) -> np.ndarray:
    """Rows of one length; a fold that lacks a rare intent has a score less."""
    rows = np.full((len(scores), max(map(len, scores))), -np.inf, np.float32)
    for row, of_text in zip(rows, scores, strict=True):
        row[: len(of_text)] = of_text
    return rows


def _surprise(scores: np.ndarray, right_at: np.ndarray, steepness: float) -> float:
    """How unlikely the right intents looked, scores being best first."""
    raised = np.exp((scores - scores[:, :1]) * steepness)
    chosen = raised[np.arange(len(raised)), right_at] / raised.sum(axis=1)
    return float(-np.log(np.maximum(chosen, 1e-9)).mean())


def _softmax(scores: np.ndarray) -> np.ndarray:
    raised = np.exp(scores - scores.max())
    return raised / raised.sum()


def _sigmoid(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))
