"""Two means compared: growth between two sizes, and two populations that are said to be alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whp.statistical.decisions.intervals import Interval, Moments, Range, interval, ranges_of
from whp.statistical.decisions.plan import FixedSize, Floats, Verdict, each, expect_share, named, worst

Limits = tuple[Floats, Floats]
SHARES = np.linspace(0.005, 0.995, 199)  # how the room for errors may be divided between two means


@dataclass(frozen=True)
class Line:
    """The means (x, y) with y = slope x + offset; no line falls."""

    slope: float
    offset: float

    def at(self, x: Floats) -> Floats:
        """Return y."""
        return self.slope * x + self.offset


@dataclass(frozen=True)
class Band:
    """The means (x, y) between two lines."""

    lower: Line
    upper: Line

    def contains(self, x: Limits, y: Limits) -> NDArray[np.bool_]:
        """Say whether it contains the whole box of two intervals."""
        return (y[0] >= self.lower.at(x[1])) & (y[1] <= self.upper.at(x[0]))

    def avoids(self, x: Limits, y: Limits) -> NDArray[np.bool_]:
        """Say whether no point of the box lies in it."""
        return (y[1] < self.lower.at(x[0])) | (y[0] > self.upper.at(x[1]))


@dataclass(frozen=True, eq=False)
class Pair:
    """Two cells, where their means (x, y) have to lie, and where they must not."""

    cells: tuple[int, int]
    x: Interval
    y: Interval
    claimed: Band
    rivals: Mapping[str, Band]

    def verdicts(self, xs: Floats, ys: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Say which pairs of samples, along the last axis, refute, and for which it holds."""
        x, y = self.x.limits(xs), self.y.limits(ys)
        holds = self.claimed.contains(x, y)
        for rival in self.rivals.values():
            holds = holds & rival.avoids(x, y)
        return self.claimed.avoids(x, y), holds

    def miss(self, moments: Sequence[Moments]) -> float:
        """Bound the probability that means off the claim aren't refuted."""
        x, y, spread_x, spread_y = self._moments(moments)
        below, above = float(self.claimed.lower.at(x) - y), float(y - self.claimed.upper.at(x))
        room, line = (below, self.claimed.lower) if below > above else (above, self.claimed.upper)
        if room <= 0:
            return 1.0
        # If not, the limit of x is off by what uses up a share of the room, or that of y by the rest.
        lost = self.x.reach(SHARES * room / line.slope, spread_x) + self.y.reach(
            (1 - SHARES) * room, spread_y
        )
        return min(1.0, float(lost.min()))

    def doubt(self, moments: Sequence[Moments]) -> float:
        """Bound the probability that means within the claim aren't found to hold."""
        x, y, spread_x, spread_y = self._moments(moments)
        edges = [(self.claimed.lower, 1), (self.claimed.upper, -1)]
        edges += [
            (rival.upper, 1) if y > rival.upper.at(x) else (rival.lower, -1) for rival in self.rivals.values()
        ]
        rooms = np.array([side * float(y - line.at(x)) for line, side in edges])
        slopes = np.array([line.slope for line, _ in edges])
        if rooms.min() <= 0:
            return 1.0
        gaps = SHARES * (rooms / slopes).min()
        left = (rooms[:, None] - slopes[:, None] * gaps).min(axis=0)
        lost = 2 * self.x.reach(gaps, spread_x) + 2 * self.y.reach(left, spread_y)
        return min(1.0, float(lost.min()))

    def _moments(self, moments: Sequence[Moments]) -> tuple[Floats, Floats, float, float]:
        """Return the two means and the two variances."""
        (x, spread_x), (y, spread_y) = (moments[cell] for cell in self.cells)
        return (
            np.asarray(x, np.float64),
            np.asarray(y, np.float64),
            self.x.largest(x) if spread_x is None else spread_x,
            self.y.largest(y) if spread_y is None else spread_y,
        )


@dataclass(frozen=True, eq=False)
class Comparisons(FixedSize):
    """Every pair of means lies where the claim says; refuted if some interval lies outside of it."""

    intervals: tuple[Interval, ...]
    pairs: tuple[Pair, ...]
    ratios: bool
    """Ratios of means are looked at, not differences."""

    def impossible(self, cell: int, values: Floats) -> NDArray[np.bool_]:
        """Say which values lie outside the range."""
        return self.intervals[cell].strays(values)

    def conclude(self, samples: list[Floats]) -> tuple[Verdict, str]:
        """Compare the intervals of each pair."""
        refutations, doubts, seen = [], [], []
        for pair in self.pairs:
            xs, ys = (samples[cell] for cell in pair.cells)
            x, y = pair.x.limits(xs), pair.y.limits(ys)
            refuted, holds = pair.verdicts(xs, ys)
            like = [name for name, rival in pair.rivals.items() if not rival.avoids(x, y)]
            sentence = self._sentence(pair, xs, ys) + (f"; not told from {', '.join(like)}" if like else "")
            seen.append(sentence)
            if refuted:
                off = max(pair.claimed.lower.at(x[0]) - y[1], y[0] - pair.claimed.upper.at(x[1]))
                refutations.append((-float(off / (y[1] - y[0])), sentence))
            elif not holds:
                doubts.append(sentence)
        if refutations:
            return "refuted", worst(refutations, len(self.pairs), "pairs")
        if doubts:
            return "undecided", doubts[0]
        return "holds", "; ".join(seen)

    def _sentence(self, pair: Pair, xs: Floats, ys: Floats) -> str:
        """Say what the two means are, and what their ratio or difference may be."""
        x, y = pair.x.limits(xs), pair.y.limits(ys)
        lower, upper = pair.claimed.lower, pair.claimed.upper
        if self.ratios:
            least = float(y[0] / x[1]) if y[0] > 0 else 0.0
            largest = float(y[1] / x[0]) if x[0] > 0 else math.inf
            found = f"larger by a factor of {least:.5g} to {largest:.5g}"
            claim = f"{lower.slope:.5g} to {upper.slope:.5g}"
        else:
            found = f"larger by {float(y[0] - x[1]):.5g} to {float(y[1] - x[0]):.5g}"
            claim = f"{lower.offset:.5g} to {upper.offset:.5g}"
        first, second = (self.labels[cell] for cell in pair.cells)
        return (
            f"{second} has a mean of {ys.mean():.6g}, {first} of {xs.mean():.6g}: {found}, but for a"
            f" probability of {2 * (pair.x.level + pair.y.level):.2g}, where {claim} is expected"
        )

    def miss(self, alternative: Sequence[Moments]) -> float:
        """Return an upper bound of the probability of not refuting, given each cell's mean and variance.

        The variance may be None, for the largest that is possible.
        """
        return min(pair.miss(alternative) for pair in self.pairs)

    def doubt(self, right: Sequence[Moments]) -> float:
        """Return an upper bound of the probability that a subject with these means isn't found to hold."""
        return min(1.0, sum(pair.doubt(right) for pair in self.pairs))

    def describe(self) -> list[str]:
        """Return the bands, and what the intervals rest on."""
        lines = []
        for pair in self.pairs:
            first, second = (self.labels[cell] for cell in pair.cells)
            bands = {"the claim": pair.claimed, **pair.rivals}
            told = ", ".join(f"{_band(band, self.ratios)} ({name})" for name, band in bands.items())
            lines += [
                f"the mean of {second} {'over' if self.ratios else 'minus'} the mean of {first}: {told}",
            ]
        rivals = ", and outside of what each rival says" if any(pair.rivals for pair in self.pairs) else ""
        lines += [
            f"refuted if its interval lies outside of what is claimed; holds if it lies inside{rivals}",
        ]
        lines += [
            f"{label}: {own.n} values; {own.name()}; radius at most {own.radius(own.most):.4g}"
            for label, own in zip(self.labels, self.intervals, strict=True)
        ]
        return [*lines, f"refutes a right subject with probability at most {self.false_alarm:.2g}"]


def _band(band: Band, ratios: bool) -> str:
    low, high = (line.slope if ratios else line.offset for line in (band.lower, band.upper))
    return f"{low:.5g} to {high:.5g}"


def growth(
    pairs: Sequence[tuple[str, str]],
    scale: Mapping[str, float],
    rivals: Mapping[str, Mapping[str, float]],
    margin: float,
    ranges: Range | Sequence[Range],
    replicates: int | Sequence[int],
    alpha: float,
    *,
    variances: float | Sequence[float] | None = None,
) -> Comparisons:
    """Plan for means that grow as a law, within 1 +- margin from the smaller to the larger cell of a pair.

    `pairs` name cells, (smaller, larger); cells are numbered as they first appear there. `scale` is the law's
    value at each cell, `rivals` those of the laws that it is told from. It holds if the interval of the ratio
    of means lies inside the claim's band and outside of every rival's, is refuted if it lies outside the
    claim's band, and is undecided else. Intervals are those of `mean_in_range`. `miss` and `doubt` take the
    (mean, variance) of each cell.
    """
    if not 0 < margin < 1:
        raise ValueError(f"a margin of {margin} is none; it lies between 0 and 1")

    def band(law: Mapping[str, float], pair: tuple[str, str]) -> Band:
        ratio = law[pair[1]] / law[pair[0]]
        return Band(Line((1 - margin) * ratio, 0.0), Line((1 + margin) * ratio, 0.0))

    for name, law in rivals.items():
        for pair in pairs:
            off = (scale[pair[1]] / scale[pair[0]]) / (law[pair[1]] / law[pair[0]])
            if 1 - margin <= off <= 1 + margin:
                raise ValueError(f"a margin of {margin} doesn't tell {name} from the law between {pair}")
    bands = [(band(scale, pair), {name: band(law, pair) for name, law in rivals.items()}) for pair in pairs]
    return _compare(pairs, bands, ranges, replicates, alpha, variances, ratios=True)


def equivalent(
    pairs: Sequence[tuple[str, str]],
    margin: float,
    replicates: int | Sequence[int],
    alpha: float,
    ranges: Range | Sequence[Range] = (0.0, 1.0),
    *,
    variances: float | Sequence[float] | None = None,
) -> Comparisons:
    """Plan for pairs of populations whose means differ by at most `margin`.

    Holds if the interval of the difference lies within -margin to margin, is refuted if it lies outside, and
    is undecided else. Intervals are those of `mean_in_range`. `miss` and `doubt` take the (mean, variance) of
    each cell; cells are numbered as they first appear in `pairs`.
    """
    band = Band(Line(1.0, -margin), Line(1.0, margin))
    return _compare(pairs, [(band, {})] * len(pairs), ranges, replicates, alpha, variances, ratios=False)


def _compare(
    pairs: Sequence[tuple[str, str]],
    bands: Sequence[tuple[Band, Mapping[str, Band]]],
    ranges: Range | Sequence[Range],
    replicates: int | Sequence[int],
    alpha: float,
    variances: float | Sequence[float] | None,
    *,
    ratios: bool,
) -> Comparisons:
    """Share alpha out over both limits of every cell."""
    expect_share(alpha)
    labels = named(dict.fromkeys(name for pair in pairs for name in pair))
    many = len(labels)
    known = zip(each(replicates, many), ranges_of(ranges, many), each(variances, many), strict=True)
    intervals = tuple(interval(n, alpha / many / 2, within, spread) for n, within, spread in known)
    made = []
    for (first, second), (claimed, rivals) in zip(pairs, bands, strict=True):
        x, y = labels.index(first), labels.index(second)
        made.append(Pair((x, y), intervals[x], intervals[y], claimed, rivals))
    return Comparisons(labels, tuple(each(replicates, many)), alpha, intervals, tuple(made), ratios)
