"""Laws on 0, 1, 2, ...: every bin and every cumulative bin by exact binomial tails."""

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
    Ints,
    Verdict,
    each,
    expect_share,
    named,
    one_each,
    probability,
    worst,
)

FEWEST = 1.0  # expected values in a bin, below which it is merged into the tail
ROUNDING = 2e-15  # a pmf that leaves no more than this has no tail


@dataclass(frozen=True, eq=False)
class Bins:
    """The tests of one cell: how many of its values fall into each bin, and below it.

    Bins are the possible values, and, last, the tail. Row t of `sets` says which bins test t counts, and it
    refutes where the count is <= low[t] or >= high[t].
    """

    pmf: Floats
    bin_of: Ints
    """The bin of each value, -1 for impossible ones; the last entry is that of all values beyond the pmf."""
    tail: int
    """The first value of the tail; with no tail, one more than the last value."""
    sets: NDArray[np.bool_]
    chances: Floats
    replicates: int
    low: Ints
    high: Ints

    def places(self, values: Floats) -> Ints:
        """Return the bin of each value, -1 for what has probability zero."""
        beyond = len(self.bin_of) - 1
        whole = np.isfinite(values) & (values >= 0) & (values == np.floor(values))
        places: Ints = np.where(
            whole, self.bin_of[np.where(whole, np.minimum(values, beyond), 0).astype(int)], -1
        )
        return places

    def counts(self, places: Ints) -> Ints:
        """Return what each test counts, (..., tests), in samples along the last axis of `places`."""
        many, samples = self.sets.shape[1] + 1, math.prod(places.shape[:-1])
        own = places.reshape(samples, -1) % many + many * np.arange(samples)[:, None]  # -1 has the last bin
        hits = np.bincount(own.ravel(), minlength=samples * many).reshape(*places.shape[:-1], many)
        counts: Ints = hits[..., :-1] @ self.sets.T.astype(np.int64)
        return counts

    def refuting(self, counts: Ints) -> NDArray[np.bool_]:
        """Say which tests refute."""
        return (counts <= self.low) | (counts >= self.high)

    def log_tails(self, counts: Ints) -> Floats:
        """Return the logarithm of twice the smaller binomial tail of each count, at most 0."""
        n = self.replicates
        with np.errstate(divide="ignore"):
            below = np.log(special.bdtr(counts, n, self.chances))
            above = np.log(special.bdtrc(counts - 1, n, self.chances))
        logs: Floats = np.minimum(np.minimum(below, above) + math.log(2), 0)
        return logs

    def alarm(self) -> float:
        """Return an upper bound of the probability that a right cell is refuted: the sum over all tests."""
        under, over = self._outside(self.chances)
        beyond = self.replicates * max(0.0, 1 - math.fsum(self.pmf)) if self.bin_of[-1] < 0 else 0.0
        return float((under + over).sum()) + beyond

    def miss(self, pmf: Sequence[float]) -> float:
        """Return an upper bound of the probability that values with this pmf aren't refuted."""
        other = checked_pmf(pmf)
        rest = max(0.0, 1 - math.fsum(other))
        places = self.bin_of[np.minimum(np.arange(len(other)), len(self.bin_of) - 1)]
        untold = rest * self.replicates if len(other) < self.tail else 0.0  # may lie anywhere, if it occurs
        weights, places = np.append(other, 0.0 if untold else rest), np.append(places, self.tail_bin)
        possible = math.fsum(weights[places >= 0])
        bins = np.bincount(places[places >= 0], weights[places >= 0], self.sets.shape[1])
        missed = float(self._inside(np.minimum(self.sets @ bins, 1.0)).min(initial=1.0))
        return min(1.0, min(missed, min(possible, 1.0) ** self.replicates) + untold)

    def _outside(self, chances: Floats) -> tuple[Floats, Floats]:
        """Return the probabilities that each test refutes, for too few and for too many."""
        under = np.where(self.low >= 0, special.bdtr(np.maximum(self.low, 0), self.replicates, chances), 0.0)
        return under, special.bdtrc(self.high - 1, self.replicates, chances)

    def _inside(self, chances: Floats) -> Floats:
        """Return the probability that each test doesn't refute; taken from the side of the smaller tail."""
        under, over = self._outside(chances)
        low, high, n = self.low, self.high, self.replicates
        above_low = np.where(low >= 0, special.bdtrc(np.maximum(low, 0), n, chances), 1.0)
        inside: Floats = np.where(under > over, above_low - over, special.bdtr(high - 1, n, chances) - under)
        return np.maximum(inside, 0)

    @property
    def tail_bin(self) -> int:
        """The bin of the tail, -1 if values from `tail` on are impossible."""
        return int(self.bin_of[self.tail :].max())

    def name(self, test: int) -> str:
        """Say which values a test counts."""
        inside = np.flatnonzero(self.sets[test])
        tail = self.tail_bin
        first = [self.tail if b == tail else int((self.bin_of == b).argmax()) for b in inside[[0, -1]]]
        if len(inside) > 1:
            return f"at most {first[1]}"
        return f"at least {first[0]}" if inside[0] == tail else f"{first[0]}"


def checked_pmf(pmf: Sequence[float]) -> Floats:
    """Return the probabilities of 0, 1, 2, ... as an array; what they leave is the tail."""
    chances = np.asarray(pmf, np.float64)
    if chances.ndim != 1 or not len(chances) or not (chances >= 0).all() or math.fsum(chances) > 1 + 1e-9:
        raise ValueError("a pmf is a sequence of probabilities of 0, 1, 2, ... with a sum of at most 1")
    return chances


def bins(pmf: Sequence[float], replicates: int, alpha: float) -> Bins:
    """Share alpha out over the tests of one cell, and find where each refutes."""
    chances = checked_pmf(pmf)
    rest = max(0.0, 1 - math.fsum(chances))
    frequent = np.flatnonzero(chances * replicates >= FEWEST)
    tail = int(frequent[-1]) + 1 if len(frequent) else 0
    in_tail = math.fsum(chances[tail:]) + (rest if rest > ROUNDING else 0.0)
    possible = np.flatnonzero(chances[:tail] > 0)
    masses = np.append(chances[possible], in_tail) if in_tail > 0 else chances[possible]
    many = len(masses)
    bin_of = np.full(len(chances) + 1, -1)
    bin_of[possible] = np.arange(len(possible))
    bin_of[tail:-1] = np.where(chances[tail:] > 0, len(possible), -1)
    bin_of[-1] = len(possible) if rest > ROUNDING else -1
    # What is left out says the same as another: one of two bins, and all bins but the last.
    single = np.eye(many, dtype=bool)[: 1 if many == 2 else many]
    sets = np.concatenate([single, np.tri(many, dtype=bool)[1 : many - 2]])
    inside = np.minimum([math.fsum(masses[row]) for row in sets], 1.0)
    low, high = binomial_limits(replicates, inside, alpha / len(sets) / 2)
    return Bins(chances, bin_of, tail, sets, inside, replicates, low, high)


def binomial_limits(n: int, chances: Floats, level: float) -> tuple[Ints, Ints]:
    """Return the largest count with P(X <= count) <= level and the least with P(X >= count) <= level.

    X is binomial (n, chances). Where there is none the first is -1 and the second n + 1.
    """

    def last(holds: Callable[[Ints], NDArray[np.bool_]]) -> Ints:
        low, high = np.full(len(chances), -1), np.full(len(chances), n)
        while (high - low > 1).any():
            middle = (low + high + 1) // 2
            below = holds(middle)
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return low

    under = last(lambda count: special.bdtr(count, n, chances) <= level)
    over = n - last(lambda count: special.bdtrc(n - count - 1, n, chances) <= level)
    return under, over


@dataclass(frozen=True, eq=False)
class Laws(FixedSize):
    """Every cell's values follow their law, as far as bins can tell."""

    cells: tuple[Bins, ...]

    @property
    def false_alarm(self) -> float:
        """The probability that a right subject is refuted is at most this sum of exact tails."""
        return sum(cell.alarm() for cell in self.cells)

    def impossible(self, cell: int, values: Floats) -> NDArray[np.bool_]:
        """Say which values have probability zero."""
        return self.cells[cell].places(values) < 0

    def conclude(self, samples: list[Floats]) -> tuple[Verdict, str]:
        """Return the most improbable count, which refutes if it lies beyond its limits."""
        refutations, closest = [], (1.0, "")
        for label, cell, sample in zip(self.labels, self.cells, samples, strict=True):
            counts = cell.counts(cell.places(sample))
            logs, refuting = cell.log_tails(counts), cell.refuting(counts)
            test = int(np.where(refuting, logs, logs + 1e9).argmin() if refuting.any() else logs.argmin())
            log, n = float(logs[test]), cell.replicates
            sentence = (
                f"{label}: {counts[test]} of {n} values are {cell.name(test)}, where"
                f" {n * cell.chances[test]:.6g} are expected, which has probability {probability(log)}"
            )
            closest = min(closest, (log, sentence))
            if refuting[test]:
                refutations.append((log, sentence))
        if refutations:
            return "refuted", worst(refutations, len(self.labels))
        return "holds", f"{closest[1]}: the most improbable of {self._tests} counts"

    @property
    def _tests(self) -> int:
        return sum(len(cell.sets) for cell in self.cells)

    def miss(self, alternative: Sequence[Sequence[float]]) -> float:
        """Return an upper bound of the probability of not refuting a subject with a pmf for each cell."""
        pmfs = one_each(alternative, len(self.labels))
        return math.prod(cell.miss(pmf) for cell, pmf in zip(self.cells, pmfs, strict=True))

    def describe(self) -> list[str]:
        """Return the numbers of replicates and tests, and the limits of a typical one."""
        lines = []
        for label, cell in zip(self.labels, self.cells, strict=True):
            n, test = cell.replicates, int(np.abs(cell.chances - 0.5).argmin())
            limits = [f"up to {cell.low[test]}"] * int(cell.low[test] >= 0)
            limits += [f"from {cell.high[test]}"] * int(cell.high[test] <= n)
            lines.append(
                f"{label}: {n} values, {len(cell.sets)} exact two-sided binomial tests of single values (from"
                f" {cell.tail} on together) and of at most so much; {n * cell.chances[test]:.6g} are expected"
                f" to be {cell.name(test)}, {' and '.join(limits) or 'none'} refutes"
            )
        return [*lines, f"refutes a right subject with probability at most {self.false_alarm:.2g}"]


def law(
    labels: Sequence[str], pmfs: Sequence[Sequence[float]], replicates: int | Sequence[int], alpha: float
) -> Laws:
    """Plan for replicates with an exactly known law: pmfs[c][v] is the probability of value v in cell c.

    What a pmf leaves is the tail of all values beyond it; if it is no more than rounding, 2e-15, they are
    impossible. An impossible value refutes at once. `miss` takes a pmf for each cell, and what that leaves
    lies beyond its end, too.
    """
    names = named(labels)
    expect_share(alpha)
    sizes = each(replicates, len(names))
    cells = [
        bins(pmf, size, alpha / len(names))
        for pmf, size in zip(one_each(pmfs, len(names)), sizes, strict=True)
    ]
    return Laws(names, sizes, alpha, tuple(cells))
