"""Coins: the probability of success is at least p1 if the claim is true, at most p0 if it is false."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from whp.statistical.decisions.plan import (
    Decided,
    Deciding,
    Evidence,
    Floats,
    each,
    expect_share,
    named,
    prefixes,
    probability,
)
from whp.statistical.decisions.walk import Chances, Walk, chances, fixed_size, soonest, spread, stops

UNDECIDED = 1e-6  # what a cap may leave undecided of right subjects, in all cells together
LONGEST = 4  # ... unless it would be beyond this many times the fixed size of the same errors


@dataclass(frozen=True)
class Coins(Deciding):
    """Wald's sequential test of every cell, capped; a cell that refutes ends them all."""

    labels: tuple[str, ...]
    walks: tuple[Walk, ...]
    share: float
    beta: float

    @property
    def cap(self) -> tuple[int, ...]:
        """The most replicates of each cell."""
        return tuple(walk.cap for walk in self.walks)

    @property
    def false_alarm(self) -> float:
        """The exact probability that a subject that succeeds with probability p1 in each cell is refuted."""
        return -math.expm1(sum(math.log1p(-chances(walk, walk.coins)[0].refuted) for walk in self.walks))

    def miss(self, alternative: float | Sequence[float]) -> float:
        """Return the exact probability that a subject with these success probabilities is not refuted.

        It holds in every cell, or some cell is undecided at its cap; cells are independent.
        """
        return math.prod(end.holds + end.undecided for end in self._ends(alternative))

    def undecided(self, alternative: float | Sequence[float]) -> float:
        """Return the exact probability that a subject with these success probabilities is left undecided."""
        ends = self._ends(alternative)
        return self.miss(alternative) - math.prod(end.holds for end in ends)

    def _ends(self, alternative: float | Sequence[float]) -> list[Chances]:
        """Return the chances of each cell, given its success probability."""
        coins = each(alternative, len(self.labels))
        return [chances(walk, (float(p),))[0] for walk, p in zip(self.walks, coins, strict=True)]

    def look(self, evidence: Evidence) -> Decided | list[int]:
        """Walk each cell to its end, or to the first number of tosses at which some cell refutes."""
        samples = [_tosses(values) for values in prefixes(evidence, self.cap)]
        ends: list[int] = []  # of each walk, if it has ended
        ways: list[int] = []
        for walk, sample in zip(self.walks, samples, strict=True):
            end, way = stops(walk, sample)
            ends.append(int(end))
            ways.append(int(way))
        # A walk that is open or undecided has not refuted up to where it is; so the first refutation is known
        # once every other walk has ended or is as far.
        until = min((end for end, way in zip(ends, ways, strict=True) if way == 1), default=None)
        wanted = [0] * len(ends)
        for cell, walk in enumerate(self.walks):
            if ways[cell] == 0 and ends[cell] < min(walk.cap, until or walk.cap):
                wanted[cell] = (
                    min(until, walk.cap) - ends[cell] if until else self._batch(walk, samples[cell])
                )
        if any(wanted):
            return wanted
        if until is not None:
            return self._refute(samples, ends, ways, until)
        return self._conclude(samples, ends, ways)

    def _batch(self, walk: Walk, tosses: NDArray[np.bool_]) -> int:
        """Return how many more tosses to make: the fewest that can end the walk, or a fair part of it."""
        made = len(tosses)
        part = math.ceil(chances(walk, walk.coins)[0].tosses / 8)
        failures = made - int(tosses.sum())
        return min(max(soonest(walk, made, failures), part), walk.cap - made)

    def _refute(
        self, samples: list[NDArray[np.bool_]], ends: list[int], ways: list[int], until: int
    ) -> Decided:
        """Name the first cell that refutes after so many tosses."""
        first = next(cell for cell, end in enumerate(ends) if end == until and ways[cell] == 1)
        walk, failures = self.walks[first], until - int(samples[first][:until].sum())
        log = float(np.log(special.betainc(failures, until - failures + 1, 1 - walk.p1)))
        sentence = (
            f"{self.labels[first]}: {failures} of {until} replicates failed, where at most"
            f" {until * (1 - walk.p1):.4g} are expected (success probability at least {walk.p1:g});"
            f" so many or more of {until} have probability {probability(log)}"
        )
        used = [min(end, until) for end in ends]
        return Decided("refuted", sentence, used)

    def _conclude(self, samples: list[NDArray[np.bool_]], ends: list[int], ways: list[int]) -> Decided:
        """Say which cell is undecided at its cap; if none is, what was seen."""
        shares = [float(sample[:end].mean()) for sample, end in zip(samples, ends, strict=True)]
        for cell, walk in enumerate(self.walks):
            if ways[cell] == 0:
                sentence = (
                    f"{self.labels[cell]}: {shares[cell]:.4g} of {walk.cap} replicates succeeded, which"
                    f" decides neither for {walk.p1:g} nor for {walk.p0:g}"
                )
                return Decided("undecided", sentence, ends)
        low = min(range(len(ends)), key=shares.__getitem__)
        of_all = f", the fewest of {len(ends)} cells," if len(ends) > 1 else ""
        sentence = (
            f"{self.labels[low]}: {int(samples[low][: ends[low]].sum())} of {ends[low]} replicates{of_all}"
            f" succeeded; a success probability of at most {self.walks[low].p0:g} passes"
            f" with probability at most {self.beta:g}"
        )
        return Decided("holds", sentence, ends)

    def describe(self) -> list[str]:
        """Return hypotheses, boundaries, caps, exact errors and expected numbers of each kind of cell."""
        lines = []
        for walk in dict.fromkeys(self.walks):
            cells = [name for name, own in zip(self.labels, self.walks, strict=True) if own == walk]
            right, wrong, between = chances(walk, walk.coins)
            middle, gain = walk.coins[-1], walk.of_failure + walk.of_success
            fixed = fixed_size(walk.p1, walk.p0, self.share, self.beta)
            lines += [
                f"{', '.join(cells)}: success probability >= {walk.p1:g} if the claim is true, <= {walk.p0:g}"
                " if it is false; Wald's sequential test",
                f"after n replicates refuted from {walk.above / gain:.4g} + {walk.of_success / gain:.4g} n"
                f" failures, holds up to {-walk.below / gain:.4g} + {walk.of_success / gain:.4g} n",
                f"refutes a right cell with probability {right.refuted:.2g} (exact), misses a wrong one with"
                f" probability {wrong.holds + wrong.undecided:.2g} (exact)",
                f"expects {right.tosses:.4g} replicates at {walk.p1:g}, {wrong.tosses:.4g} at {walk.p0:g},"
                f" {between.tosses:.4g} at {middle:g}; {fixed} if their number were fixed",
                f"ends after {walk.cap} replicates, undecided with probability {right.undecided:.2g} at"
                f" {walk.p1:g}, {between.undecided:.2g} at {middle:g}",
            ]
        return [*lines, f"refutes a right subject with probability at most {self.false_alarm:.2g}"]


def coin(
    labels: Sequence[str],
    p1: float | Sequence[float],
    p0: float | Sequence[float],
    alpha: float,
    beta: float = 1e-3,
    cap: int | None = None,
) -> Coins:
    """Plan for replicates that are successes (1 or True) or failures (0 or False).

    A right subject (success probability >= p1 in every cell) is refuted with probability <= alpha; one with a
    success probability <= p0 in some cell is missed with probability <= beta, both by exact computation.

    Without a `cap` each cell gets the least that leaves right subjects undecided with probability <= 1e-6 (in
    all cells together) and wrong ones with a twentieth of beta; it is about twice the fixed size of the same
    errors, and never more than four times that.
    """
    names = named(labels)
    expect_share(alpha)
    expect_share(beta)
    share = alpha / len(names)
    pairs = list(zip(each(p1, len(names)), each(p0, len(names)), strict=True))
    for good, bad in pairs:
        if not 0 < bad < good < 1:
            raise ValueError(f"a coin needs 0 < p0 < p1 < 1, not p0 = {bad}, p1 = {good}")
    walks = {pair: _walk(*pair, share, beta, UNDECIDED / len(names), cap) for pair in dict.fromkeys(pairs)}
    return Coins(names, tuple(walks[pair] for pair in pairs), share, beta)


def _walk(p1: float, p0: float, alpha: float, beta: float, undecided: float, cap: int | None) -> Walk:
    """Return a walk with errors of at most alpha at p1 and, what is undecided included, beta at p0."""
    walk = Walk(
        p1, p0, math.log(1 / alpha), math.log(1 / beta), cap or LONGEST * fixed_size(p1, p0, alpha, beta)
    )
    enough = (undecided, beta / 20) if cap is None else (-1.0, -1.0)
    while True:
        _, holds, still = spread(walk, (p1, p0), enough)
        left, passed = float(still[1]), float(holds[:, 1].sum())
        if left >= beta:
            raise ValueError(
                f"{len(holds) - 1} tosses leave {left:.2g} undecided at {p0:g}; beta is {beta:g}"
            )
        if left + passed <= beta:
            return replace(walk, cap=len(holds) - 1)
        # Overshoot alone mostly keeps this below beta; here it doesn't.
        walk = replace(walk, below=walk.below + math.log(passed / (beta - left)) + 1e-3)


def _tosses(values: Floats) -> NDArray[np.bool_]:
    """Return them as flags; a coin has two sides."""
    if not np.isin(values, (0, 1)).all():
        raise ValueError("the replicates of a coin are successes (1 or True) or failures (0 or False)")
    return values.astype(np.bool_)
