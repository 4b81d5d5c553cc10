"""A text as numbers: character n-grams, words and concepts, each block TF-IDF weighted to length one."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from components.concepts import Concepts

_CHARACTERS = (2, 4)
_FEWEST_TEXTS = 2
_BLOCK_WEIGHTS = {"c": 1.0, "w": 0.7, "m": 1.0}


class Vector(NamedTuple):
    """The features of one text that the model knows, and how much of the text that is, 0 to 1."""

    columns: np.ndarray
    values: np.ndarray
    known: float


def features(text: Sequence[str], concepts: Sequence[str]) -> Counter[str]:
    """Every feature of a folded text with its count; the first letter names the block."""
    counted = Counter(f"c{gram}" for word in text for gram in _grams(f" {word} "))
    counted.update(f"w{word}" for word in text)
    counted.update(f"w{one} {other}" for one, other in pairwise(text))
    counted.update(f"m{concept}" for concept in concepts)
    counted.update(
        f"m{one}+{other}" for at, one in enumerate(concepts) for other in concepts[at + 1 :]
    )
    return counted


def _grams(word: str) -> list[str]:
    shortest, longest = _CHARACTERS
    return [
        word[at : at + length]
        for length in range(shortest, longest + 1)
        for at in range(len(word) - length + 1)
    ]


class Vectorizer:
    """Turns texts into vectors over the features that at least two training texts have."""

    def __init__(self, weights: dict[str, float], concepts: Concepts) -> None:
        """`weights` holds the inverse document frequency of each known feature, in column order."""
        self.weights = weights
        self._concepts = concepts
        self._columns = {feature: column for column, feature in enumerate(weights)}
        self._blocks = "".join(feature[0] for feature in weights)
        self._rarest = max(weights.values(), default=1.0)

    @classmethod
    def of(cls, counted: Sequence[Counter[str]], concepts: Concepts) -> "Vectorizer":
        """A vectorizer for what texts have in common; `counted` are the features of each."""
        seen = Counter(feature for text in counted for feature in text)
        weights = {
            feature: math.log((1 + len(counted)) / (1 + count)) + 1
            for feature, count in sorted(seen.items())
            if count >= _FEWEST_TEXTS
        }
        return cls(weights, concepts)

    def vector(self, text: Sequence[str]) -> Vector:
        """One text."""
        return self.vector_of(features(text, self._concepts.of(text)))

    def vector_of(self, counted: Counter[str]) -> Vector:
        """One text whose features are counted already."""
        columns: list[int] = []
        values: list[float] = []
        lengths = dict.fromkeys(_BLOCK_WEIGHTS, 0.0)
        unknown = 0.0
        for feature, count in counted.items():
            damped = 1 + math.log(count)
            column = self._columns.get(feature)
            if column is None:
                unknown += (damped * self._rarest) ** 2 if feature[0] == "c" else 0.0
                continue
            value = damped * self.weights[feature]
            lengths[feature[0]] += value * value
            columns.append(column)
            values.append(value)
        return Vector(
            np.array(columns, np.int32),
            self._scaled(columns, values, lengths),
            _share(lengths["c"], unknown),
        )

    def _scaled(
        self, columns: list[int], values: list[float], lengths: dict[str, float]
    ) -> np.ndarray:
        scale = {
            block: weight / math.sqrt(lengths[block]) if lengths[block] else 0.0
            for block, weight in _BLOCK_WEIGHTS.items()
        }
        return np.array(
            [
                value * scale[self._blocks[column]]
                for column, value in zip(columns, values, strict=True)
            ],
            np.float32,
        )

    def matrix(self, vectors: Sequence[Vector]) -> csr_matrix:
        """Many vectors as one sparse matrix."""
        starts = np.cumsum([0, *(len(vector.columns) for vector in vectors)])
        return csr_matrix(
            (
                np.concatenate([vector.values for vector in vectors]),
                np.concatenate([vector.columns for vector in vectors]),
                starts,
            ),
            shape=(len(vectors), len(self.weights)),
        )


def _share(known: float, unknown: float) -> float:
    return known / (known + unknown) if known + unknown else 0.0
