"""Pairs of numbers, whatever their laws: independent, as far as every table of two by two can tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from whp.statistical.decisions.plan import (
    FixedSize,
    Floats,
    Ints,
    Verdict,
    each,
    expect_share,
    named,
    one_each,
    probability,
    worst,
)

RISKS = np.logspace(-15, -2, 14)  # what is spent on unusual margins, when a miss is bounded


@dataclass(frozen=True, eq=False)
class Independents(FixedSize):
    """Fisher's exact test of "the first is at most i" against "the second is at most j", for all i and j.

    Given how many pairs are one and how many are the other, the number that are both is hypergeometric if the
    two are independent, whatever their laws.
    """

    levels: int

    @property
    def level(self) -> float:
        """What each side of each test may refute a right subject with."""
        return self.alpha / len(self.labels) / (self.levels - 1) ** 2 / 2

    def impossible(self, cell: int, values: Floats) -> NDArray[np.bool_]:
        """Say which values are no pairs."""
        del cell
        pairs: NDArray[np.bool_] = (values >= 0) & (values < self.levels**2) & (values == np.floor(values))
        return ~pairs

    def table(self, values: Floats) -> tuple[Ints, Ints, Ints]:
        """Return how many pairs have a first of at most i, a second of at most j, and both, as (..., i, j).

        Samples lie along the last axis of `values`.
        """
        first, second = np.divmod(values.astype(np.int64), self.levels)
        at_most = np.arange(self.levels - 1)
        low, small = first[..., None] <= at_most, second[..., None] <= at_most
        both = np.einsum("...ni,...nj->...ij", low.astype(np.int64), small.astype(np.int64))
        some, other = low.sum(axis=-2)[..., :, None], small.sum(axis=-2)[..., None, :]
        return np.broadcast_to(some, both.shape), np.broadcast_to(other, both.shape), both

    def log_tails(self, values: Floats) -> Floats:
        """Return the logarithm of the smaller tail of each table, (..., i, j)."""
        return np.minimum(*hypergeometric_log_tails(values.shape[-1], *self.table(values)))

    def refuting(self, values: Floats) -> NDArray[np.bool_]:
        """Say which samples, along the last axis, refute."""
        refuting: NDArray[np.bool_] = self.log_tails(values).min(axis=(-2, -1)) <= math.log(self.level)
        return refuting

    def conclude(self, samples: list[Floats]) -> tuple[Verdict, str]:
        """Return the most improbable table."""
        refutations, closest = [], (1.0, "")
        for label, sample in zip(self.labels, samples, strict=True):
            some, other, both = self.table(sample)
            n, tails = len(sample), self.log_tails(sample)
            i, j = np.unravel_index(int(tails.argmin()), tails.shape)
            log = min(0.0, float(tails[i, j]) + math.log(2))
            sentence = (
                f"{label}: in {both[i, j]} of {n} pairs the first is at most {i} and the second at most {j},"
                f" where {some[i, j] * other[i, j] / n:.6g} are expected if one tells nothing of the other,"
                f" which has probability {probability(log)}"
            )
            closest = min(closest, (log, sentence))
            if self.refuting(sample):
                refutations.append((log, sentence))
        if refutations:
            return "refuted", worst(refutations, len(self.labels))
        return (
            "holds",
            f"{closest[1]}: the most improbable of {len(self.labels) * (self.levels - 1) ** 2} tables",
        )

    def miss(self, alternative: Sequence[Sequence[Sequence[float]]]) -> float:
        """Return an upper bound of the probability of not refuting, given each cell's joint probabilities."""
        missed = 1.0
        for n, joint in zip(self.cap, one_each(alternative, len(self.labels)), strict=True):
            pairs = np.asarray(joint, np.float64)
            both = pairs.cumsum(axis=0).cumsum(axis=1)[:-1, :-1]
            some, other = pairs.sum(axis=1).cumsum()[:-1], pairs.sum(axis=0).cumsum()[:-1]
            apart = np.abs(both - np.outer(some, other))
            i, j = np.unravel_index(int(apart.argmax()), apart.shape)
            missed *= self._missed(n, float(some[i]), float(other[j]), float(both[i, j]))
        return missed

    def _missed(self, n: int, some: float, other: float, both: float) -> float:
        """Bound the probability that one table doesn't refute.

        Of the a pairs that are one, s are the other too; of the n - a that aren't one, r are. For each a, s
        or r lies on the wrong side of a quantile, or a corner of what remains decides: a tail of Fisher's
        test is the smaller the farther s and r are apart.
        """
        if not 0 < some < 1:
            return 1.0
        side = 1 if both > some * other else -1
        of_some, of_rest = min(1.0, both / some), min(1.0, max(0.0, (other - both) / (1 - some)))
        best = 1.0
        for risk in RISKS:
            low, high = quantile([risk, 1 - risk], n, some)
            a = np.arange(low, high + 1)
            s = quantile(risk if side > 0 else 1 - risk, a, of_some)
            r = quantile(1 - risk if side > 0 else risk, n - a, of_rest)
            tail = hypergeometric_log_tails(n, a, s + r, s)[(1 + side) // 2]
            lost = np.where(tail <= math.log(self.level), 2 * risk, 1.0)
            best = min(best, 2 * risk + float(np.exp(_log_binomial(a, n, some)) @ lost))
            if best < 1e-9:
                break  # the rest would be larger
        return best

    def describe(self) -> list[str]:
        """Return the number of tests."""
        tests = f"{(self.levels - 1) ** 2} exact two-sided tests (Fisher)"
        lines = [
            f"{label}: {n} pairs, {tests} of whether the first is at most i and the second at most j, for i"
            f" and j from 0 to {self.levels - 2}; a probability of {2 * self.level:.2g} refutes"
            for label, n in zip(self.labels, self.cap, strict=True)
        ]
        return [*lines, f"refutes a right subject with probability at most {self.false_alarm:.2g}"]


# scipy.stats would have these, but takes longer to import than most checks to run.


def quantile(share: Any, n: Any, p: Any) -> Floats:
    """Return the least k with P(X <= k) >= share, for a binomial X."""
    n = np.asarray(n, np.int64)
    k = np.where(np.multiply(n, p) == 0, 0.0, np.ceil(special.bdtrik(share, n, p)))
    before = np.maximum(k - 1, 0)
    smallest: Floats = np.where(special.bdtr(before, n, p) >= share, before, k)
    return smallest


def _log_binomial(k: Any, n: Any, p: float) -> Any:
    return _log_choose(n, k) + special.xlogy(k, p) + special.xlog1py(n - k, -p)


def hypergeometric_log_tails(n: int, some: Any, other: Any, both: Any) -> tuple[Floats, Floats]:
    """Return ln P(X <= both) and ln P(X >= both); X of `other` things out of n are among `some` of them."""
    some, other, both = (np.asarray(count, np.float64)[..., None] for count in (some, other, both))
    x = np.arange(int(np.minimum(some, other).max()) + 1)
    possible = (x <= some) & (x <= other) & (some + other - x <= n)
    at = np.where(possible, x, np.maximum(0, some + other - n))
    log = np.where(possible, _log_choose(some, at) + _log_choose(n - some, other - at), -np.inf)
    log -= _log_choose(n, other)
    with np.errstate(divide="ignore"):
        below = special.logsumexp(np.where(x <= both, log, -np.inf), axis=-1)
        above = special.logsumexp(np.where(x >= both, log, -np.inf), axis=-1)
    return np.minimum(below, 0), np.minimum(above, 0)


def _log_choose(n: Any, k: Any) -> Any:
    return special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)


def independent(
    labels: Sequence[str], levels: int, replicates: int | Sequence[int], alpha: float
) -> Independents:
    """Plan for replicates that are pairs (x, y), told as x * levels + y with x and y in 0..levels-1.

    Nothing has to be known of the law of either. `miss` takes, for each cell, the matrix of the probabilities
    of (x, y).
    """
    names = named(labels)
    expect_share(alpha)
    if levels < 2:
        raise ValueError(f"{levels} levels can't be told apart; at least 2 are needed")
    return Independents(names, each(replicates, len(names)), alpha, levels)
