"""What a decision rule is: a plan made before anything runs, and what it decides about evidence.

The evidence is, for each cell, the values of its replicates 0, 1, 2, ... as far as they are there. A decision
rests on prefixes in the order of the index alone. Whatever comes in batches, too early or too much changes no
decision; taking replicates in the order in which they end would.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from whp.checks import Plan

if TYPE_CHECKING:
    from whp.statistical.decisions.pictures import Panel

Verdict = Literal["holds", "refuted", "undecided"]
Evidence = Sequence[Sequence[float]]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
T = TypeVar("T")


@dataclass(frozen=True)
class Decided:
    """The verdict about a claim, a sentence for the owner of the subject, and what the verdict rests on."""

    verdict: Verdict
    sentence: str
    used: list[int]
    """Of each cell, how many replicates the decision rests on: a prefix in the order of the index."""


class Deciding(ABC):
    """A plan whose `next` and `decide` come from one look at the evidence, so that they can't disagree."""

    @abstractmethod
    def look(self, evidence: Evidence) -> Decided | list[int]:
        """Return the decision, or how many more replicates of each cell are wanted."""

    def next(self, evidence: Evidence) -> list[int]:
        """Return how many more replicates of each cell are wanted now: all 0 when it is decided."""
        seen = self.look(evidence)
        return [0] * len(evidence) if isinstance(seen, Decided) else seen

    def decide(self, evidence: Evidence) -> Decided | None:
        """Return the decision, or None while more replicates are wanted."""
        seen = self.look(evidence)
        return seen if isinstance(seen, Decided) else None

    def panels(self, evidence: Evidence) -> list[Panel]:
        """Return pictures of the evidence, for people."""
        from whp.statistical.decisions.pictures import panels

        return panels(self, evidence)


@dataclass(frozen=True, eq=False)
class FixedSize(Deciding):
    """A plan that concludes from the full number of replicates, and refutes at once what can't occur."""

    labels: tuple[str, ...]
    cap: tuple[int, ...]
    alpha: float

    @property
    def false_alarm(self) -> float:
        """The probability that a right subject is refuted is at most this."""
        return self.alpha

    @abstractmethod
    def impossible(self, cell: int, values: Floats) -> NDArray[np.bool_]:
        """Say of each value whether a right subject never gives it."""

    @abstractmethod
    def conclude(self, samples: list[Floats]) -> tuple[Verdict, str]:
        """Return the verdict and the sentence, given all replicates of each cell."""

    def look(self, evidence: Evidence) -> Decided | list[int]:
        """Refute at the first index at which some cell has an impossible value; else conclude at the end."""
        samples = prefixes(evidence, self.cap)
        faults = [
            first_true(self.impossible(cell, values), none=self.cap[cell])
            for cell, values in enumerate(samples)
        ]
        cell = min(range(len(faults)), key=lambda c: (faults[c] >= self.cap[c], faults[c]))
        found = faults[cell] < self.cap[cell]
        needed = [min(faults[cell] + 1, cap) if found else cap for cap in self.cap]
        missing = [need - min(need, len(values)) for need, values in zip(needed, samples, strict=True)]
        if any(missing):
            return missing
        if found:
            value = samples[cell][faults[cell]]
            sentence = f"{self.labels[cell]}: value {faults[cell]} is {value:.12g}, which can't occur"
            return Decided("refuted", sentence, needed)
        verdict, sentence = self.conclude(samples)
        return Decided(verdict, sentence, needed)


def prefixes(evidence: Evidence, cap: Sequence[int]) -> list[Floats]:
    """Return the values of each cell as an array, without those that come after its cap."""
    if len(evidence) != len(cap):
        raise ValueError(f"there are {len(cap)} cells, and evidence of {len(evidence)}")
    return [np.asarray(values[:most], np.float64) for values, most in zip(evidence, cap, strict=True)]


def first_true(flags: NDArray[np.bool_], none: int) -> int:
    """Return the index of the first true flag, or `none`."""
    return int(flags.argmax()) if flags.any() else none


def named(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the labels as a tuple; there is at least one, and no two are alike."""
    names = tuple(labels)
    if not names or len(set(names)) < len(names):
        raise ValueError(f"cells need different labels, and at least one: {names}")
    return names


def each(value: T | Sequence[T], cells: int) -> tuple[T, ...]:
    """Return one value a cell, given those or one for all."""
    if isinstance(value, (Sequence, np.ndarray)):
        return one_each(cast("Sequence[T]", value), cells)
    return (value,) * cells


def one_each(values: Sequence[T], cells: int) -> tuple[T, ...]:
    """Return the values as a tuple; there is one a cell."""
    if len(values) != cells:
        raise ValueError(f"there are {cells} cells, and {len(values)} values for them")
    return tuple(values)


def expect_share(alpha: float) -> None:
    """Raise ValueError unless this can be the probability of an error."""
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}; a probability of error lies between 0 and 1")


def worst(refutations: list[tuple[float, str]], of: int, what: str = "cells") -> str:
    """Return the sentence that belongs to the least number, and how many more of what there are refute."""
    _, sentence = min(refutations)
    more = len(refutations) - 1
    if not more:
        return sentence
    if more == of - 1:
        return f"{sentence}; the other{f' {more} {what}' * (more > 1)} refute{'s' * (more == 1)} it too"
    return f"{sentence}; {more} of the other {of - 1} {what} refute{'s' * (more == 1)} it too"


def probability(log: float) -> str:
    """Write a probability, given its logarithm, which may be too small for a float."""
    if log > math.log(1e-300):
        return f"{math.exp(min(log, 0.0)):.2g}"
    return f"1e{math.floor(log / math.log(10))}" if math.isfinite(log) else "below 1e-300"


def fewest(
    make: Callable[[int], Plan], alternatives: Iterable[Any], beta: float, most: int = 10_000_000
) -> int:
    """Propose the number of replicates of a cell: that of a plan that misses each alternative by <= beta.

    `make` returns the plan with so many replicates of each cell. Misses fall with it but for small steps (a
    count is a whole number), so that the proposal may be a little more than the least number.
    """
    laws = list(alternatives)

    def enough(replicates: int) -> bool:
        plan = make(replicates)
        return all(plan.miss(law) <= beta for law in laws)

    high = 16
    while not enough(high):
        if high >= most:
            raise ValueError(f"{most} replicates of each cell don't tell every alternative apart")
        high = min(2 * high, most)
    low = high // 2
    while high - low > max(1, high // 200):
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
