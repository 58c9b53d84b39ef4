"""Continuous laws: the largest distance of two distribution functions, with Massart's constant."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from whp.statistical.decisions.plan import (
    FixedSize,
    Floats,
    Verdict,
    each,
    expect_share,
    named,
    probability,
    worst,
)

Cdf = Callable[[Floats], Floats]


@dataclass(frozen=True, eq=False)
class Cdfs(FixedSize):
    """The empirical distribution function of every cell stays near the claimed one."""

    cdfs: tuple[Cdf, ...]

    def impossible(self, cell: int, values: Floats) -> NDArray[np.bool_]:
        """Say which values are no numbers."""
        del cell
        return ~np.isfinite(values)

    def distance(self, cell: int) -> float:
        """Return the distance from which a cell refutes: P(D >= d) <= 2 exp(-2 n d^2) (Massart, 1990)."""
        return math.sqrt(math.log(2 * len(self.labels) / self.alpha) / (2 * self.cap[cell]))

    def distances(self, cell: int, samples: Floats) -> tuple[Floats, Floats]:
        """Return how far samples, along the last axis, are above and below the cdf at each sorted value."""
        ordered, n = np.sort(samples, axis=-1), samples.shape[-1]
        claimed = np.asarray(self.cdfs[cell](ordered), np.float64)
        return np.arange(1, n + 1) / n - claimed, claimed - np.arange(n) / n

    def conclude(self, samples: list[Floats]) -> tuple[Verdict, str]:
        """Name the value at which the distance is largest."""
        refutations, closest = [], (1.0, "")
        for cell, (label, sample) in enumerate(zip(self.labels, samples, strict=True)):
            n, ordered = len(sample), np.sort(sample)
            above, below = self.distances(cell, sample)
            apart = max(float(above.max()), float(below.max()))
            i = int(np.maximum(above, below).argmax())
            seen = i + 1 if above[i] >= below[i] else i
            side = "at most" if above[i] >= below[i] else "below"
            expected = n * float(self.cdfs[cell](ordered[i : i + 1])[0])
            log = min(0.0, math.log(2) - 2 * n * apart**2)
            sentence = (
                f"{label}: {seen} of {n} values are {side} {ordered[i]:.6g}, where {expected:.6g} are"
                f" expected; so large a distance anywhere has probability at most {probability(log)}"
            )
            closest = min(closest, (log, sentence))
            if apart >= self.distance(cell):
                refutations.append((log, sentence))
        if refutations:
            return "refuted", worst(refutations, len(self.labels))
        return "holds", closest[1]

    def miss(self, alternative: Sequence[Sequence[tuple[float, float]]]) -> float:
        """Return an upper bound of the probability of not refuting, given points of each cell's true cdf.

        Points are (x, P(value <= x)). At each the number of values <= x is binomial; the best point counts.
        """
        missed = 1.0
        for cell, points in enumerate(alternative):
            x, true = np.array(points, np.float64).T
            n, reach = self.cap[cell], self.distance(cell)
            claimed = np.asarray(self.cdfs[cell](x), np.float64)
            fewest = np.maximum(np.ceil(n * (claimed - reach)), 0)
            most = np.minimum(np.floor(n * (claimed + reach)), n)
            up_to = special.bdtr(most, n, true)
            up_to -= np.where(fewest > 0, special.bdtr(np.maximum(fewest - 1, 0), n, true), 0.0)
            missed *= float(np.clip(up_to, 0, 1).min())
        return missed

    def describe(self) -> list[str]:
        """Return the distance that refutes."""
        lines = [
            f"{label}: {n} values follow a continuous law; refuted where the share of values up to some x is"
            f" {self.distance(cell):.4g} or more off (Dvoretzky, Kiefer, Wolfowitz; Massart)"
            for cell, (label, n) in enumerate(zip(self.labels, self.cap, strict=True))
        ]
        return [*lines, f"refutes a right subject with probability at most {self.false_alarm:.2g}"]


def cdf(
    labels: Sequence[str], cdfs: Cdf | Sequence[Cdf], replicates: int | Sequence[int], alpha: float
) -> Cdfs:
    """Plan for replicates with a known continuous law, given by distribution functions of arrays.

    `miss` takes, for each cell, points (x, P(value <= x)) of the alternative's distribution function.
    """
    names = named(labels)
    expect_share(alpha)
    return Cdfs(names, each(replicates, len(names)), alpha, each(cdfs, len(names)))
