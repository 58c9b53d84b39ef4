"""Intervals for the mean of independent values of which little is known, valid at any number and level."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from whp.statistical.decisions.plan import Floats

Range = tuple[float, float]
Moments = tuple[float, float | None]
"""The mean of a cell's values, and their variance; None for the largest that is possible."""

EXCESS = 1e-9  # by which the logarithm of a level may be off
RISKS = np.logspace(-16, 0, 65)  # what is spent on a large sample variance, when a miss is bounded


@dataclass(frozen=True)
class Interval(ABC):
    """Two limits of the mean of n values, each of which fails with probability at most `level`."""

    n: int
    level: float
    low: float
    high: float

    @property
    def log(self) -> float:
        """The logarithm of 1 / level."""
        return math.log(1 / self.level)

    @property
    def width(self) -> float:
        """The width of the range of the values."""
        return self.high - self.low

    @abstractmethod
    def limits(self, values: Floats) -> tuple[Floats, Floats]:
        """Return the lower and the upper limits of samples, which lie along the last axis."""

    @abstractmethod
    def reach(self, gap: Floats, variance: float) -> Floats:
        """Return an upper bound of the probability that a limit lies as far as `gap` beyond the true mean."""

    @abstractmethod
    def radius(self, variance: float) -> float:
        """Return about how far a limit is from the mean of the sample, given their variance."""

    @abstractmethod
    def name(self) -> str:
        """Say what the limits rest on."""

    def largest(self, mean: float) -> float:
        """Return the largest variance that values in the range can have about this mean."""
        if not self.low <= mean <= self.high:
            raise ValueError(f"values in {self.low} to {self.high} don't have a mean of {mean}")
        return (self.high - mean) * (mean - self.low)

    @property
    def most(self) -> float:
        """The largest variance that is possible."""
        return self.largest((self.high + self.low) / 2)

    def strays(self, values: Floats) -> NDArray[np.bool_]:
        """Say which values are no numbers, or out of the range."""
        return ~(np.isfinite(values) & (values >= self.low) & (values <= self.high))


class EmpiricalBernstein(Interval):
    """Values in a range, variance unknown: A. Maurer, M. Pontil, arXiv:0907.3740, theorem 4."""

    def limits(self, values: Floats) -> tuple[Floats, Floats]:
        """Return the mean of the sample minus and plus a radius from its variance."""
        mean, radius = values.mean(axis=-1), self._radius(values.var(axis=-1, ddof=1))
        return mean - radius, mean + radius

    def _radius(self, variance: Floats | float) -> Floats:
        log = self.log + math.log(2)
        radius: Floats = np.sqrt(2 * variance * log / self.n) + 7 * self.width * log / (3 * (self.n - 1))
        return radius

    def radius(self, variance: float) -> float:
        """Return how far a limit is from the mean of a sample with this variance."""
        return float(self._radius(variance))

    def reach(self, gap: Floats, variance: float) -> Floats:
        """Split: the sample's deviation exceeds the true one by more than theorem 10 says, or Bernstein."""
        spread = math.sqrt(variance) + self.width * np.sqrt(2 * np.log(1 / RISKS) / (self.n - 1))
        certain = self.width**2 / 4 * self.n / (self.n - 1)
        radii = np.append(self._radius(np.minimum(spread**2, certain)), self._radius(certain))
        room = np.asarray(gap)[..., None] - radii
        reach: Floats = (np.append(RISKS, 0) + _bernstein(self.n, room, variance, self.width)).min(axis=-1)
        return np.minimum(reach, 1)

    def name(self) -> str:
        """Say what the limits rest on."""
        return f"empirical Bernstein, range {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Bernstein(Interval):
    """Values in a range whose variance is at most `variance`: Bernstein's inequality."""

    variance: float

    def limits(self, values: Floats) -> tuple[Floats, Floats]:
        """Return the mean of the sample minus and plus the same radius for all."""
        mean, radius = values.mean(axis=-1), self.radius(self.variance)
        return mean - radius, mean + radius

    def radius(self, variance: float) -> float:
        """Return t with n t^2 = 2 log(1/level) (variance + width t / 3)."""
        del variance
        half = self.log * self.width / (3 * self.n)
        return half + math.sqrt(half**2 + 2 * self.variance * self.log / self.n)

    def reach(self, gap: Floats, variance: float) -> Floats:
        """Bernstein's inequality for what the gap leaves beyond the radius."""
        return _bernstein(self.n, np.asarray(gap) - self.radius(variance), variance, self.width)

    def largest(self, mean: float) -> float:
        """Return the variance that is known to bound it."""
        return min(self.variance, super().largest(mean))

    def name(self) -> str:
        """Say what the limits rest on."""
        return f"Bernstein, range {self.low:g} to {self.high:g}, variance <= {self.variance:g}"


@dataclass(frozen=True)
class Catoni(Interval):
    """Values without a range whose variance is at most `variance`: O. Catoni, arXiv:1009.2048, section 2.

    With psi(x) = sign(x) ln(1 + |x| + x^2 / 2), E exp(psi(a (X - mean))) <= 1 + a^2 variance / 2. So, with
    a^2 = 2 log(1/level) / (n variance), the sum of psi(a (X - mean)) reaches 2 log(1/level) with probability
    at most `level`; the lower limit is the largest mean at which it does. Its radius is that of the normal
    law, sqrt(2 variance log(1/level) / n), but for a factor near 1.
    """

    variance: float

    @property
    def scale(self) -> float:
        """The factor a."""
        return math.sqrt(2 * self.log / (self.n * self.variance))

    def limits(self, values: Floats) -> tuple[Floats, Floats]:
        """Solve for both."""
        return self._lower(values), -self._lower(-values)

    def _lower(self, values: Floats) -> Floats:
        # Where all values are at least z / a away, psi(z) = 2 log / n, every term is large enough by itself.
        far = (math.sqrt(2 * math.exp(2 * self.log / self.n) - 1) - 1) / self.scale
        low, high = values.min(axis=-1) - far, values.max(axis=-1)
        at = np.maximum(values.mean(axis=-1) - self.radius(self.variance), low)
        for _ in range(100):  # Newton's steps, and halves where these lead out of what is known
            x = self.scale * (values - at[..., None])
            size = np.abs(x)
            grown = 1 + size + size**2 / 2
            excess = np.copysign(np.log(grown), x).sum(axis=-1) - 2 * self.log
            if np.abs(excess).max() < EXCESS:
                break
            low, high = np.where(excess >= 0, at, low), np.where(excess >= 0, high, at)
            step = at + excess / (self.scale * ((1 + size) / grown).sum(axis=-1))
            at = np.where((step > low) & (step < high), step, (low + high) / 2)
        limit: Floats = at
        return limit

    def radius(self, variance: float) -> float:
        """Return that of the normal law."""
        del variance
        return math.sqrt(2 * self.variance * self.log / self.n)

    def reach(self, gap: Floats, variance: float) -> Floats:
        """Bound by E exp(-psi(a (X - x))) <= 1 - a gap + a^2 (variance + gap^2) / 2 at x = mean - gap."""
        # A limit beyond the gap is one beyond any smaller gap, and the bound is best at 1 / a.
        a, gaps = self.scale, np.minimum(np.asarray(gap), 1 / self.scale)
        log = 2 * self.log + self.n * np.log1p(-a * gaps + a**2 * (variance + gaps**2) / 2)
        bound: Floats = np.exp(np.minimum(log, 0))
        return bound

    def largest(self, mean: float) -> float:
        """Return the variance that is known to bound it."""
        del mean
        return self.variance

    def name(self) -> str:
        """Say what the limits rest on."""
        return f"Catoni, variance <= {self.variance:g}"


def _bernstein(n: int, room: Floats, variance: float, width: float) -> Floats:
    """Return the bound of P(mean of n >= true mean + room); 1 where there is no room."""
    room = np.maximum(room, 0)
    bottom = 2 * (variance + width * room / 3)
    exponent: Floats = np.divide(n * room**2, bottom, out=np.where(room > 0, np.inf, 0.0), where=bottom > 0)
    bound: Floats = np.exp(-exponent)
    return bound


def interval(n: int, level: float, within: Range, variance: float | None) -> Interval:
    """Return the interval for what is known: a range, a bound of the variance, or both."""
    low, high = within
    if n < 2 or not low < high or (variance is not None and not variance > 0):
        raise ValueError(f"no interval for {n} values in {within} with variance {variance}")
    finite = math.isfinite(high - low)
    if variance is None and not finite:
        raise ValueError("values without a range need a bound of their variance, or `mean_at_most`")
    if variance is None:
        return EmpiricalBernstein(n, level, low, high)
    return Bernstein(n, level, low, high, variance) if finite else Catoni(n, level, low, high, variance)


def ranges_of(ranges: Range | Sequence[Range], cells: int) -> tuple[Range, ...]:
    """Return a range a cell, given those or one for all."""
    if _is_range(ranges):
        return (ranges,) * cells
    if len(ranges) != cells:
        raise ValueError(f"there are {cells} cells, and {len(ranges)} ranges")
    return tuple(ranges)  # type: ignore[arg-type]


def _is_range(ranges: Range | Sequence[Range]) -> TypeGuard[Range]:
    return len(ranges) == 2 and all(isinstance(end, (int, float)) for end in ranges)
