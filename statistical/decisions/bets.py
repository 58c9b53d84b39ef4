"""Means that are at most so much, of values without an upper end: bets against them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from whp.statistical.decisions.laws import checked_pmf
from whp.statistical.decisions.plan import (
    Decided,
    Deciding,
    Evidence,
    Floats,
    each,
    expect_share,
    first_true,
    named,
    one_each,
    prefixes,
)

BETS = 0.5 ** np.arange(10)  # shares of what may be lost that are put on "the mean is larger"
EXPONENTS = np.logspace(-2, 1.5, 60)  # where Chernoff's bound of a miss is looked at


@dataclass(frozen=True)
class Bets(Deciding):
    """Bets against "the mean is at most m", for values with no upper end; a cell that wins ends them all."""

    labels: tuple[str, ...]
    cap: tuple[int, ...]
    means: tuple[float, ...]
    lows: tuple[float, ...]
    alpha: float

    @property
    def false_alarm(self) -> float:
        """The probability that a right subject is refuted is at most this."""
        return self.alpha

    @property
    def needed(self) -> float:
        """The logarithm of the wealth that refutes."""
        return math.log(len(self.labels) / self.alpha)

    def wealth(self, cell: int, samples: Floats) -> Floats:
        """Return the logarithm of the wealth after each value along the last axis."""
        gains = (samples - self.lows[cell]) / (self.means[cell] - self.lows[cell]) - 1
        with np.errstate(divide="ignore"):
            each_bet = np.stack([np.cumsum(np.log1p(bet * gains), axis=-1) for bet in BETS])
        best: Floats = each_bet.max(axis=0)  # the smallest bet never loses all
        total: Floats = best + np.log(np.exp(each_bet - best).mean(axis=0))
        return total

    def stop(self, cell: int, values: Floats) -> int | None:
        """Return the number of values after which a cell refutes, None if it doesn't so far."""
        strays = ~(np.isfinite(values) & (values >= self.lows[cell]))
        clean = values[: first_true(strays, none=len(values))]
        won = first_true(self.wealth(cell, clean) >= self.needed, none=len(clean))
        return won + 1 if won < len(values) else None

    def look(self, evidence: Evidence) -> Decided | list[int]:
        """Refute at the first number of values at which some cell does; else hold at the cap."""
        samples = prefixes(evidence, self.cap)
        stops = [self.stop(cell, values) for cell, values in enumerate(samples)]
        until = min((stop for stop in stops if stop is not None), default=None)
        needed = [cap if until is None else min(cap, until) for cap in self.cap]
        missing = [need - min(need, len(values)) for need, values in zip(needed, samples, strict=True)]
        if any(missing):
            # Eight batches: a subject that is wrong shows it soon, and the others are asked for it all.
            return [min(lack, -(-cap // 8)) for lack, cap in zip(missing, self.cap, strict=True)]
        cell = 0 if until is None else stops.index(until)
        used = samples[cell][: needed[cell]]
        if until is None:
            ratios = [float(s.mean()) / mean for s, mean in zip(samples, self.means, strict=True)]
            return Decided("holds", self._sentence(int(np.argmax(ratios)), samples), needed)
        if not (np.isfinite(used[-1]) and used[-1] >= self.lows[cell]):
            sentence = f"{self.labels[cell]}: value {until - 1} is {used[-1]:.12g}, which can't occur"
            return Decided("refuted", sentence, needed)
        sentence = f"{self._sentence(cell, [s[:until] for s in samples])}, which has probability at most"
        return Decided("refuted", f"{sentence} {self.alpha / len(self.labels):.2g}", needed)

    def _sentence(self, cell: int, samples: list[Floats]) -> str:
        return (
            f"{self.labels[cell]}: the mean of {len(samples[cell])} values is {samples[cell].mean():.6g},"
            f" where at most {self.means[cell]:.6g} is expected"
        )

    def miss(self, alternative: Sequence[Sequence[float]]) -> float:
        """Return an upper bound of the probability of not refuting, given each cell's pmf on 0, 1, 2, ...

        What a pmf leaves counts as the value after its last. The bound is Chernoff's, of the best bet alone.
        """
        missed = 1.0
        for cell, pmf in enumerate(one_each(alternative, len(self.labels))):
            chances = checked_pmf(pmf)
            chances = np.append(chances, max(0.0, 1 - math.fsum(chances)))
            values = np.flatnonzero(chances)
            values = values[values >= self.lows[cell]]  # the others refute at once
            gains = (values - self.lows[cell]) / (self.means[cell] - self.lows[cell]) - 1
            with np.errstate(divide="ignore", over="ignore"):
                logs = np.log1p(BETS[:, None] * gains)
                moments = np.exp(-EXPONENTS[:, None, None] * logs) @ chances[values]
                bound = self.cap[cell] * np.log(moments) + EXPONENTS[:, None] * (
                    self.needed + math.log(len(BETS))
                )
            missed *= math.exp(min(0.0, float(bound.min())))
        return missed

    def describe(self) -> list[str]:
        """Return what is claimed of each cell."""
        lines = [
            f"{label}: the mean is at most {mean:.6g}, of values from {low:g} on with any law; refuted when"
            f" bets against it have multiplied their stake by {math.exp(self.needed):.3g} (Ville), holds"
            f" after {cap} replicates"
            for label, mean, low, cap in zip(self.labels, self.means, self.lows, self.cap, strict=True)
        ]
        return [*lines, f"refutes a right subject with probability at most {self.false_alarm:.2g}"]


def mean_at_most(
    labels: Sequence[str],
    means: float | Sequence[float],
    replicates: int | Sequence[int],
    alpha: float,
    low: float | Sequence[float] = 0.0,
) -> Bets:
    """Plan for values with a lower end alone, such as numbers of steps: their mean is at most so much.

    If it is, the product of 1 + bet ((value - low) / (mean - low) - 1) is a supermartingale for every bet in
    [0, 1], and so is the average over bets (I. Waudby-Smith, A. Ramdas, arXiv:2010.09686): it ever reaches
    1 / alpha with probability at most alpha. Nothing else has to be known of the law.
    """
    names = named(labels)
    expect_share(alpha)
    most, lows = each(means, len(names)), each(low, len(names))
    if not all(end < mean for end, mean in zip(lows, most, strict=True)):
        raise ValueError(
            "a mean that is claimed to be at most so much lies above the lower end of the values"
        )
    return Bets(names, each(replicates, len(names)), most, lows, alpha)
