"""How alike texts are, by their letters: no model, so that it works for what the model did not understand."""

from domain.folding import fold

_LETTERS = 3
ALIKE = 0.5
"""Share of common letter groups from which two questions are taken for one."""


def traits(text: str) -> frozenset[str]:
    """The letter groups of a text without garumzīmes; word beginnings count, endings hardly."""
    return frozenset(
        padded[start : start + _LETTERS]
        for word in fold(text).split()
        for padded in [f" {word}"]
        for start in range(max(1, len(padded) - _LETTERS + 1))
    )


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """0 when nothing is common, 1 when everything is (Dice)."""
    together = len(one) + len(other)
    return 2 * len(one & other) / together if together else 0.0
