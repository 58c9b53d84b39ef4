"""Means of values with an exactly known law: Chernoff's bound, which no approximation enters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whp.statistical.decisions.laws import checked_pmf
from whp.statistical.decisions.plan import (
    FixedSize,
    Floats,
    Verdict,
    each,
    expect_share,
    named,
    one_each,
    probability,
    worst,
)

Cgf = Callable[[float], float]
COMPLETE = 1e-13  # a pmf that leaves no more has been rounded
CUT_OFF = 1e-11  # one that falls geometrically may leave so much
NEGLIGIBLE = 1e-10  # a series that would add more can't follow a pmf that leaves so little
GOLDEN = (math.sqrt(5) - 1) / 2


def cgf_of(pmf: Sequence[float]) -> Cgf:
    """Return the cumulant generating function ln E exp(t X) of a pmf on 0, 1, 2, ...

    It sums to 1 up to rounding, but may be that of an infinite law cut off where the rest is negligible (say
    1e-30): what may follow is bounded by a geometric series with the ratio of the last two probabilities.
    That is right for log-concave laws, such as those of sums of geometric numbers.
    """
    chances = checked_pmf(pmf)
    rest = 1 - math.fsum(chances)
    values = np.flatnonzero(chances)
    logs = np.log(chances[values])
    fall = float(logs[-1] - logs[-2]) / float(values[-1] - values[-2]) if len(values) > 1 else -math.inf
    endless = -math.inf < fall < 0 and chances[-1] / math.expm1(-fall) < NEGLIGIBLE
    if abs(rest) > (CUT_OFF if endless else COMPLETE):
        raise ValueError(f"the pmf leaves {rest:.2g}, of which nothing is known")

    def cgf(t: float) -> float:
        terms = logs + t * values
        if endless and t + fall >= 0:
            return math.inf
        if endless:
            rest = terms[-1] + t + fall - math.log(-math.expm1(t + fall))
            terms = np.append(terms, rest)
        top = float(terms.max())
        return top + math.log(float(np.exp(terms - top).sum()))

    return cgf


def rate(cgf: Cgf, mean: float, side: int) -> float:
    """Return max over t > 0 of side t mean - cgf(side t).

    P(a mean of n >= `mean`) (side 1; <=: side -1) is at most exp(-n rate). Every t gives a bound, so that a
    maximum that is found badly costs power and no validity.
    """
    return max(0.0, _highest(lambda t: side * t * mean - _finite(cgf, side * t)))


def threshold(cgf: Cgf, room: float, side: int) -> float:
    """Return the mean of which the rate is `room`: min over t > 0 of (cgf(t) + room) / t for side 1."""
    return -side * _highest(lambda t: -(_finite(cgf, side * t) + room) / t)


def _finite(cgf: Cgf, t: float) -> float:
    value = cgf(t)
    return math.inf if math.isnan(value) else value


def _highest(function: Callable[[float], float]) -> float:
    """Return the maximum over t > 0 of a function with one peak, -inf from some t on, by golden sections."""
    low, high = -32.0, 12.0
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = function(math.exp(left)), function(math.exp(right))
    for _ in range(64):
        if at_left > at_right or at_right == -math.inf:
            high, right, at_right = right, left, at_left
            left = high - GOLDEN * (high - low)
            at_left = function(math.exp(left))
        else:
            low, left, at_left = left, right, at_right
            right = low + GOLDEN * (high - low)
            at_right = function(math.exp(right))
    return max(at_left, at_right)


@dataclass(frozen=True, eq=False)
class MeansOfLaws(FixedSize):
    """Every cell's mean lies where Chernoff's bound allows it."""

    cgfs: tuple[Cgf, ...]
    counting: bool
    """Values are whole numbers from 0 on."""
    limits: tuple[tuple[float, float], ...]
    """Of each cell: a mean up to the first and from the second refutes."""

    def impossible(self, cell: int, values: Floats) -> NDArray[np.bool_]:
        """Say which values are no numbers, or, if the law is a pmf, not in 0, 1, 2, ..."""
        del cell
        counts = (values >= 0) & (values == np.floor(values))
        return ~np.isfinite(values) | (~counts if self.counting else False)

    def conclude(self, samples: list[Floats]) -> tuple[Verdict, str]:
        """Compare the mean of each cell with its limits."""
        refutations, closest = [], (1.0, "")
        for label, cgf, (low, high), sample in zip(self.labels, self.cgfs, self.limits, samples, strict=True):
            mean, n = float(sample.mean()), len(sample)
            expected = mean_of(cgf)
            log = min(0.0, math.log(2) - n * rate(cgf, mean, 1 if mean > expected else -1))
            sentence = (
                f"{label}: the mean of {n} values is {mean:.6g}, where {expected:.6g} is expected, which has"
                f" probability at most {probability(log)}"
            )
            closest = min(closest, (log, sentence))
            if not low < mean < high:
                refutations.append((log, sentence))
        if refutations:
            return "refuted", worst(refutations, len(self.labels))
        return "holds", closest[1] + (f": the most improbable of {len(samples)} means" if samples[1:] else "")

    def miss(self, alternative: Sequence[Sequence[float] | Cgf]) -> float:
        """Return an upper bound of the probability of not refuting, given a pmf or a cgf for each cell."""
        missed = 1.0
        for law, n, (low, high) in zip(
            one_each(alternative, len(self.cap)), self.cap, self.limits, strict=True
        ):
            cgf = law if callable(law) else cgf_of(law)
            missed *= math.exp(-n * max(rate(cgf, high, -1), rate(cgf, low, 1)))
        return missed

    def describe(self) -> list[str]:
        """Return the limits of each mean."""
        lines = [
            f"{label}: the law has a mean of {mean_of(cgf):.6g}; that of {n} values refutes up to {low:.6g}"
            f" and from {high:.6g} (Chernoff's bound)"
            for label, n, cgf, (low, high) in zip(self.labels, self.cap, self.cgfs, self.limits, strict=True)
        ]
        return [*lines, f"refutes a right subject with probability at most {self.false_alarm:.2g}"]


def mean_of(cgf: Cgf) -> float:
    """Return the slope of a cumulant generating function at 0, for people."""
    step = 1e-6
    while not math.isfinite(_finite(cgf, step)):
        step /= 16
    return (cgf(step) - cgf(-step)) / (2 * step)


def mean_of_law(
    labels: Sequence[str],
    laws: Sequence[Sequence[float] | Cgf],
    replicates: int | Sequence[int],
    alpha: float,
) -> MeansOfLaws:
    """Plan for replicates with an exactly known law, of which the mean is looked at.

    A law is a pmf on 0, 1, 2, ... (see `cgf_of` for infinite ones) or a cumulant generating function, which
    returns inf where it doesn't exist; an upper bound of it does as well. `miss` takes the same.
    """
    names = named(labels)
    expect_share(alpha)
    sizes, given = each(replicates, len(names)), one_each(laws, len(names))
    cgfs = tuple(law if callable(law) else cgf_of(law) for law in given)
    need = math.log(2 * len(names) / alpha)
    limits = tuple(
        (threshold(cgf, need / n, -1), threshold(cgf, need / n, 1))
        for cgf, n in zip(cgfs, sizes, strict=True)
    )
    counting = not any(map(callable, given))
    return MeansOfLaws(names, sizes, alpha, cgfs, counting, limits)
