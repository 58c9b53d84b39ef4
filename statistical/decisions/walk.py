"""Wald's test of one coin as a walk on whole numbers: boundaries, and exact chances step by step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from whp.statistical.decisions.plan import Floats, Ints

LOOK = 8  # a cap is a multiple of so many tosses


@dataclass(frozen=True)
class Walk:
    """Failures counted against two parallel lines, until one is met or `cap` tosses are made.

    Each toss adds to the logarithm of the likelihood ratio of p0 to p1. Where it reaches `above`, the claim
    (success probability >= p1) is refuted; where it falls to -`below`, it holds (A. Wald, Sequential
    Analysis, 1947). By Ville's inequality the errors are at most exp(-above) and exp(-below).
    """

    p1: float
    p0: float
    above: float
    below: float
    cap: int

    @property
    def of_failure(self) -> float:
        """What a failure adds to the logarithm of the likelihood ratio."""
        return math.log((1 - self.p0) / (1 - self.p1))

    @property
    def of_success(self) -> float:
        """What a success takes from it."""
        return math.log(self.p1 / self.p0)

    @property
    def coins(self) -> tuple[float, float, float]:
        """The success probabilities that a plan tells about: p1, p0, and midway."""
        return self.p1, self.p0, (self.p1 + self.p0) / 2


@dataclass(frozen=True)
class Chances:
    """Where the walk of a coin ends, and after how many tosses in expectation."""

    refuted: float
    holds: float
    undecided: float
    tosses: float


@lru_cache(maxsize=1024)
def lines(walk: Walk) -> tuple[Ints, Ints]:
    """Return, for 0..cap tosses, the most failures at which it holds and the fewest that refute."""
    tosses = np.arange(walk.cap + 1)
    gain = walk.of_failure + walk.of_success
    hold = np.floor((tosses * walk.of_success - walk.below) / gain).astype(np.int64)
    refute = np.ceil((tosses * walk.of_success + walk.above) / gain).astype(np.int64)
    return hold, refute


def stops(walk: Walk, successes: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return where walks end (the number of tosses) and how: 1 refuted, -1 holds, 0 still going.

    The last axis of `successes` is the tosses, of which there may be fewer than the cap.
    """
    made = successes.shape[-1]
    hold, refute = (line[1 : made + 1] for line in lines(walk))
    failures = np.cumsum(~successes, axis=-1, dtype=np.int64)
    signs = (failures >= refute).astype(np.int64) - (failures <= hold)
    ended = signs != 0
    if not made:
        none = np.zeros(successes.shape[:-1], np.int64)
        return none, none
    first = ended.argmax(axis=-1)
    ways = np.take_along_axis(signs, first[..., None], -1)[..., 0]
    return np.where(ended.any(axis=-1), first + 1, made), ways


def soonest(walk: Walk, tosses: int, failures: int) -> int:
    """Return the fewest further tosses after which an open walk can end."""
    ratio = failures * walk.of_failure - (tosses - failures) * walk.of_success
    to_refute = (walk.above - ratio) / walk.of_failure
    to_hold = (walk.below + ratio) / walk.of_success
    return max(1, min(math.ceil(min(to_refute, to_hold)), walk.cap - tosses))


def spread(walk: Walk, coins: tuple[float, ...], enough: tuple[float, ...]) -> tuple[Floats, Floats, Floats]:
    """Return what refutes and what holds after 0, 1, ... tosses, (tosses + 1, coins), and what is left open.

    `coins` are success probabilities. Ends at the cap or when what is open of every coin is at most its
    `enough`. All terms are positive, so that the sums are exact but for the rounding of floats.
    """
    hold, refute = lines(walk)
    refuted, holds = np.zeros((2, walk.cap + 1, len(coins)))
    success = np.array(coins)
    failure = 1 - success
    # Row j of `mass` is the probability of hold + 1 + j failures on a walk that is still open.
    mass = np.zeros((int(refute[0] - hold[0]) - 1, len(coins)))
    mass[-int(hold[0]) - 1] = 1
    steps, rises = np.diff(hold).tolist(), np.diff(refute).tolist()
    for n, (step, rise) in enumerate(zip(steps, rises, strict=True), start=1):
        after = np.empty((len(mass) + 1, len(coins)))
        np.multiply(mass, success, out=after[:-1])
        after[-1] = 0
        after[1:] += mass * failure
        if step:  # the lower line rises, and those with just as many failures meet it
            holds[n] = after[0]
        if not rise:  # the upper line doesn't, and those with one failure more meet it
            refuted[n] = after[-1]
        mass = after[step : len(after) - 1 + rise]
        if n % LOOK == 0 and (mass.sum(axis=0) <= enough).all():
            return refuted[: n + 1], holds[: n + 1], mass.sum(axis=0)
    return refuted, holds, mass.sum(axis=0)


@lru_cache(maxsize=1024)
def chances(walk: Walk, coins: tuple[float, ...]) -> tuple[Chances, ...]:
    """Return the exact chances of coins of these success probabilities."""
    refuted, holds, still = spread(walk, coins, (-1.0,) * len(coins))
    tosses = np.arange(walk.cap + 1) @ (refuted + holds) + walk.cap * still
    rows = zip(refuted.sum(axis=0), holds.sum(axis=0), still, tosses, strict=True)
    return tuple(Chances(*map(float, row)) for row in rows)


@lru_cache(maxsize=1024)
def fixed_size(p1: float, p0: float, alpha: float, beta: float) -> int:
    """Return the least number of tosses with which counting failures once has these errors.

    For every number c of failures from which one would refute, the largest n with P(F >= c | p1) <= alpha and
    the least with P(F < c | p0) <= beta; the first c at which these meet gives the answer.
    """
    limit = 64
    while True:
        tosses = 2 * limit / (1 - p1) + 64
        counts = np.arange(1, limit + 1)
        safe = _bisect(lambda n, c: special.betainc(c, n - c + 1.0, 1 - p1) <= alpha, counts, tosses)
        weak = _bisect(lambda n, c: special.betaincc(c, n - c + 1.0, 1 - p0) > beta, counts, tosses)
        met = weak + 1 <= safe
        if met.any():
            return int((weak + 1)[met.argmax()])
        limit *= 2


def _bisect(true_below, counts: Ints, most: float) -> Ints:  # type: ignore[no-untyped-def]
    """Return, for each count, the largest n for which a condition holds that holds up to some n."""
    low, high = counts - 1, np.full(len(counts), int(most))
    while (high - low > 1).any():
        middle = (low + high + 1) // 2
        below = true_below(middle.astype(np.float64), counts.astype(np.float64))
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return low
