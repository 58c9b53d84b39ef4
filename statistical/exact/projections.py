"""Laws of cos^2 between a gradient and its projection on random directions, step by step."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Cdf = Callable[[Floats], Floats]
Moments = tuple[float, float]  # mean and mean square, or mean and variance
NODES = 200  # of the Gauss-Jacobi rule; its error is that of the rounding of floats
GRID = 4001  # the table of a law; its error is below 1e-6


def projected(n: int, directions: int, known: float = 0.0, spanned: int = 0) -> Cdf:
    """Return the distribution function of cos^2 of a gradient and its projection.

    A share `known` of the gradient's square lies in the `spanned` dimensions that the surrogates span; of the
    rest, uniform directions in the complement catch a share that is Beta(P/2, (n - r - P)/2).
    """
    left = n - spanned - directions

    def chance(x: Floats) -> Floats:
        rest = np.clip((x - known) / (1 - known), 0, 1)
        if not directions or not left:
            return np.asarray(x >= (known if not directions else 1.0), np.float64)
        return np.asarray(special.betainc(directions / 2, left / 2, rest), np.float64)

    return chance


def beta_moments(n: int, directions: int) -> Moments:
    """Return mean and variance of Beta(P/2, (n - P)/2)."""
    mean = directions / n
    return mean, 2 * mean * (1 - mean) / (n + 2)


@lru_cache(maxsize=16)
def iterated(n: int, steps: int) -> Cdf:
    """Return the distribution function of cos^2 after a first step and so many more, two directions each.

    1 - cos^2 is a product: of 1 - cos^2 of one uniform direction, which the first step has beside its two,
    and of one Beta((n - 3)/2, 1) for each step. The logarithm of such a Beta is exponential, so that theirs
    have a sum with a Gamma law; the other factor is integrated over.
    """
    rate, degree = (n - 3) / 2, (n - 3) / 2
    nodes, weights = special.roots_jacobi(NODES, -0.5, degree)
    first, chances = (1 + nodes) / 2, weights / weights.sum()  # 1 - cos^2 of a direction: Beta((n-1)/2, 1/2)
    left = np.linspace(0, 1, GRID)[1:]  # 1 - cos^2
    logs = np.log(first[:, None] / left)
    above = special.gammaincc(steps + 1, rate * np.maximum(logs, 0))
    table = np.concatenate([[0.0], chances @ above])  # P(1 - cos^2 <= left)
    return lambda x: 1 - np.interp(1 - np.asarray(x, np.float64), np.linspace(0, 1, GRID), table)


def iterated_mean(n: int, directions: int, steps: int) -> float:
    """Return the mean of cos^2 after a first step with one direction more, and so many others."""
    return float(1 - (1 - 1 / n) * (1 - directions / (n - 1)) ** (steps + 1))


def turning(n: int, directions: int, kept: float, steps: int) -> Moments:
    """Return mean and variance of cos^2 after so many steps, between which the gradient turns.

    u becomes `kept` u + sqrt(1 - kept^2) w, w uniform among the unit vectors orthogonal to u. The estimate's
    component along w is then of mean zero, so that moments are carried on exactly.
    """
    alpha, turned, rest = kept**2, 1 - kept**2, n - 1 - directions
    first, spread = beta_moments(n, directions + 1)
    mean, square = first, spread + first**2
    for _ in range(steps):
        along = alpha * mean + turned * (1 - mean) / (n - 1)
        along_squared = (
            alpha**2 * square
            + 6 * alpha * turned * (mean - square) / (n - 1)
            + 3 * turned**2 * (1 - 2 * mean + square) / ((n - 1) * (n + 1))
        )
        lost = (1 - along) * rest / (n - 1)
        lost_squared = (1 - 2 * along + along_squared) * rest * (rest + 2) / ((n - 1) * (n + 1))
        mean, square = 1 - lost, 1 - 2 * lost + lost_squared
    return mean, square - mean**2


def two_signs(n: int) -> dict[float, float]:
    """Return the law of cos^2 of a coordinate vector and the span of two vectors of n random signs.

    With k signs alike, the two have the product n rho = 2k - n. Its projection has the square
    2 / (n (1 + rho)) or 2 / (n (1 - rho)), as the two signs at its place agree or not; 1 / n where the two
    vectors are collinear.
    """
    law: dict[float, float] = {}
    for k in range(n + 1):
        chance, rho = float(special.binom(n, k)) / 2**n, (2 * k - n) / n
        if abs(rho) == 1:
            law[1 / n] = law.get(1 / n, 0.0) + chance
            continue
        for alike, share in ((1, k / n), (-1, 1 - k / n)):
            value = 2 / (n * (1 + alike * rho))
            law[value] = law.get(value, 0.0) + chance * share
    return dict(sorted(law.items()))
