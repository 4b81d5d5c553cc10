"""What was asked and what came back: nothing may be lost, nothing out of order, little twice.

Looked at from outside only: a question is known by the person and its number, a reply by the topic that it is about.
"""

from dataclasses import dataclass, field
from typing import NewType

Person = NewType("Person", str)
"""A resident of the bench: channel and number."""


@dataclass(slots=True)
class _Asked:
    number: int
    at: float
    refused: bool = False
    answers: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of all questions."""

    asked: int
    lost: int
    """Taken by the service (or still being repeated by the vendor) and never answered."""
    out_of_order: int
    """Answers that came first after the answer to a later question of the same person."""
    twice: int
    """Answers beyond the first to the same question."""
    refused: int
    """The vendor gave up bringing these to the service: nobody promised anything."""


class Ledger:
    """Keeps the account of one run. Moments are seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._people: dict[Person, dict[int, _Asked]] = {}
        self._arrivals: dict[Person, list[int]] = {}
        self._open = 0

    @property
    def open(self) -> int:
        """Questions that wait for their answer."""
        return self._open

    def note_asked(self, person: Person, number: int, *, at: float) -> None:
        """A person asks their question of this number."""
        self._people.setdefault(person, {})[number] = _Asked(number, at)
        self._open += 1

    def note_refused(self, person: Person, number: int) -> None:
        """The vendor gave up; should the answer come all the same, it counts as answered."""
        asked = self._people[person][number]
        asked.refused = True
        self._open -= not asked.answers

    def note_answered(self, person: Person, number: int, *, at: float) -> bool:
        """The answer to a question arrived; False when no such question was asked."""
        asked = self._people.get(person, {}).get(number)
        if asked is None:
            return False
        if not asked.answers and not asked.refused:  # nobody promised an order for what was refused
            self._arrivals.setdefault(person, []).append(number)
            self._open -= 1
        asked.answers.append(at)
        return True

    def waits(self, *, asked_after: float = 0.0) -> list[float]:
        """Seconds from each question to its first answer."""
        return [
            asked.answers[0] - asked.at
            for asked in self._all()
            if asked.answers and asked.at >= asked_after
        ]

    def answered_between(self, start: float, end: float) -> int:
        """How many first answers came in a span of time."""
        return sum(1 for asked in self._all() if asked.answers and start <= asked.answers[0] < end)

    def last_answer(self) -> float:
        """When the last first answer came, 0 when none did."""
        return max((asked.answers[0] for asked in self._all() if asked.answers), default=0.0)

    def lost(self) -> list[tuple[Person, int]]:
        """The questions that nobody answered."""
        return [
            (person, asked.number)
            for person, numbers in self._people.items()
            for asked in numbers.values()
            if not asked.answers and not asked.refused
        ]

    def verdict(self) -> Verdict:
        """The account so far."""
        every = self._all()
        return Verdict(
            asked=len(every),
            lost=len(self.lost()),
            out_of_order=sum(_count_late(numbers) for numbers in self._arrivals.values()),
            twice=sum(max(0, len(asked.answers) - 1) for asked in every),
            refused=sum(1 for asked in every if asked.refused and not asked.answers),
        )

    def _all(self) -> list[_Asked]:
        return [asked for numbers in self._people.values() for asked in numbers.values()]


def _count_late(numbers: list[int]) -> int:
    late, newest = 0, -1
    for number in numbers:
        late += number < newest
        newest = max(newest, number)
    return late
