"""The exact law of the number of successes in independent trials."""

from __future__ import annotations

from fractions import Fraction
from math import comb


def binomial(trials: int, p: Fraction) -> list[Fraction]:
    """Return the law of the number of successes."""
    return [comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in range(trials + 1)]
