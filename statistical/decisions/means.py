"""Means of values of which only a range or a bound of the variance is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whp.statistical.decisions.intervals import Interval, Moments, Range, interval, ranges_of
from whp.statistical.decisions.plan import (
    FixedSize,
    Floats,
    Verdict,
    each,
    expect_share,
    named,
    worst,
)


@dataclass(frozen=True, eq=False)
class Means(FixedSize):
    """The interval of every cell contains what is claimed."""

    means: tuple[float, ...]
    intervals: tuple[Interval, ...]
    at_most: bool

    def impossible(self, cell: int, values: Floats) -> NDArray[np.bool_]:
        """Say which values lie outside the range."""
        return self.intervals[cell].strays(values)

    def refuting(self, cell: int, samples: Floats) -> NDArray[np.bool_]:
        """Say which samples of a cell, along the last axis, refute."""
        low, high = self.intervals[cell].limits(samples)
        return (low > self.means[cell]) | ((high < self.means[cell]) & (not self.at_most))

    def conclude(self, samples: list[Floats]) -> tuple[Verdict, str]:
        """Refute where a claimed mean lies outside its interval."""
        claimed = "at most " * self.at_most
        refutations, closest = [], (math.inf, "")
        for cell, (label, own, mean, sample) in enumerate(
            zip(self.labels, self.intervals, self.means, samples, strict=True)
        ):
            low, high = map(float, own.limits(sample))
            share = own.level if self.at_most else 2 * own.level
            found = f"at least {low:.6g}" if self.at_most else f"in {low:.6g} to {high:.6g}"
            sentence = (
                f"{label}: the mean of {own.n} values is {sample.mean():.6g}, where {claimed}{mean:.6g} is"
                f" expected; but for a probability of {share:.2g} the true mean is {found}"
            )
            room = (mean - low) / (high - low)
            room = room if self.at_most else min(room, 1 - room)
            closest = min(closest, (room, sentence))
            if self.refuting(cell, sample):
                refutations.append((room, sentence))
        if refutations:
            return "refuted", worst(refutations, len(self.labels))
        return "holds", closest[1] + (f"; the closest of {len(samples)} cells" if samples[1:] else "")

    def miss(self, alternative: Sequence[Moments]) -> float:
        """Return an upper bound of the probability of not refuting, given each cell's mean and variance.

        The variance may be None, for the largest that is possible.
        """
        missed = 1.0
        for own, claimed, (mean, variance) in zip(self.intervals, self.means, alternative, strict=True):
            gap = mean - claimed if self.at_most else abs(mean - claimed)
            if gap > 0:
                spread = own.largest(mean) if variance is None else variance
                missed *= float(own.reach(np.array(gap), spread))
        return missed

    def describe(self) -> list[str]:
        """Return what each interval rests on, and how wide it may become."""
        claimed = "at most " * self.at_most
        lines = [
            f"{label}: the mean of {own.n} values is {claimed}{mean:.6g}; refuted outside an interval"
            f" ({own.name()}) of radius {own.radius(own.largest(mean)):.4g} at the largest variance"
            for label, own, mean in zip(self.labels, self.intervals, self.means, strict=True)
        ]
        return [*lines, f"refutes a right subject with probability at most {self.false_alarm:.2g}"]


def mean_in_range(
    labels: Sequence[str],
    means: float | Sequence[float],
    ranges: Range | Sequence[Range],
    replicates: int | Sequence[int],
    alpha: float,
    *,
    at_most: bool = False,
    variances: float | Sequence[float] | None = None,
) -> Means:
    """Plan for values in a range (low, high) whose law is unknown: their mean is, or is at most, so much.

    With a finite range alone an empirical Bernstein interval decides; with a bound of the variance as well,
    Bernstein's; with an infinite range and a bound of the variance, Catoni's. A value outside the range
    refutes at once. `miss` takes the (mean, variance) of each cell.
    """
    names = named(labels)
    expect_share(alpha)
    sizes, level = each(replicates, len(names)), alpha / len(names) / (1 if at_most else 2)
    within, spreads = ranges_of(ranges, len(names)), each(variances, len(names))
    intervals = tuple(
        interval(n, level, own, spread) for n, own, spread in zip(sizes, within, spreads, strict=True)
    )
    return Means(names, sizes, alpha, each(means, len(names)), intervals, at_most)
