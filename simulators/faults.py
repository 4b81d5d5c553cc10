"""Faults on demand: what a vendor's API does on a bad day, scripted or at random from a seed."""

import random
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class TooManyRequests:
    """429; `retry_after` is in seconds, None leaves it unsaid."""

    retry_after: int | None = 1


@dataclass(frozen=True, slots=True)
class ServerError:
    """An error page of the vendor's front servers, which is HTML and no API answer."""

    status: int = 500


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The caller waits until its own time-out; `taken` says whether the request took effect all the same."""

    taken: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionReset:
    """The connection breaks; `taken` says whether the request took effect all the same."""

    taken: bool = False


Fault: TypeAlias = TooManyRequests | ServerError | NoAnswer | ConnectionReset


@dataclass(frozen=True, slots=True)
class _Scripted:
    fault: Fault
    only: frozenset[str]


class Faults:
    """Decides for each call whether it fails. `quiet` calls fail only when they are named."""

    def __init__(self, *, quiet: Collection[str] = ()) -> None:
        self._quiet = frozenset(quiet)
        self._script: deque[_Scripted] = deque()
        self._random: random.Random | None = None
        self._share = 0.0
        self._choices: tuple[Fault, ...] = ()
        self._only: frozenset[str] = frozenset()
        self.happened: list[tuple[str, Fault]] = []

    def next(self, *faults: Fault, times: int = 1, only: Collection[str] = ()) -> None:
        """The next calls (of the named kinds) fail like this, one after another, `times` times over."""
        for fault in faults * times:
            self._script.append(_Scripted(fault, frozenset(only)))

    def randomly(self, share: float, *faults: Fault, seed: int, only: Collection[str] = ()) -> None:
        """From now on this share of calls fails with one of the faults; the same seed, the same days."""
        # S311: a seeded generator is the point here, nothing secret comes from it.
        self._random = random.Random(seed)  # noqa: S311
        self._share, self._choices, self._only = share, faults, frozenset(only)

    def clear(self) -> None:
        """No faults any more."""
        self._script.clear()
        self._random = None

    def take(self, call: str) -> Fault | None:
        """The fault that strikes this call, if any."""
        fault = self._scripted(call) or self._chance(call)
        if fault is not None:
            self.happened.append((call, fault))
        return fault

    def _scripted(self, call: str) -> Fault | None:
        for entry in self._script:
            if self._concerns(call, entry.only):
                self._script.remove(entry)
                return entry.fault
        return None

    def _chance(self, call: str) -> Fault | None:
        if self._random is None or not self._concerns(call, self._only):
            return None
        if self._random.random() >= self._share:
            return None
        return self._random.choice(self._choices)

    def _concerns(self, call: str, only: frozenset[str]) -> bool:
        return call in only if only else call not in self._quiet
