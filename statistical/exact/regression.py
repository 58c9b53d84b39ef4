"""In-context linear regression by one step of gradient descent: mean and variance of its loss, exactly.

One target y = <w, x> with m random signs w; N examples and a query with independent symmetric coordinates of
variance s2 and fourth moment m4. With c = m4 + (m - 1) s2^2 the mean square error of the answer of one step
of length `rate`, as a share of E y^2, is

    1 - 2 rate N s2 + rate^2 N ((N - 1) s2^2 + c),     least at rate = s2 / ((N - 1) s2^2 + c),

for any law of w with independent coordinates of one variance.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TypeAlias

import numpy as np

NODES = 5  # with which a quadrature is exact for polynomials up to degree 9; here they have degree 8

Quadrature: TypeAlias = tuple[np.ndarray, np.ndarray]  # values and their weights, which sum to 1


def normal() -> Quadrature:
    """Return a quadrature for the standard normal law."""
    values, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return values, weights / weights.sum()


def uniform() -> Quadrature:
    """Return a quadrature for the uniform law on [-sqrt 3, sqrt 3], whose variance is 1."""
    values, weights = np.polynomial.legendre.leggauss(NODES)
    return values * np.sqrt(3), weights / weights.sum()


LAWS: dict[str, Callable[[], Quadrature]] = {"normal": normal, "uniform": uniform}


def mean_loss(law: str, m: int, pairs: int, rate: float) -> float:
    """Return the mean loss, by the closed form."""
    s2, beyond = _sums(law, m, pairs)
    return 1 - 2 * rate * pairs * s2 + rate**2 * pairs * beyond


def best_rate(law: str, m: int, pairs: int) -> float:
    """Return the rate of the least mean loss."""
    s2, beyond = _sums(law, m, pairs)
    return s2 / beyond


def _sums(law: str, m: int, pairs: int) -> tuple[float, float]:
    """Return s2 and (N - 1) s2^2 + c."""
    values, weights = LAWS[law]()
    s2, m4 = (float(weights @ values**power) for power in (2, 4))
    return s2, (pairs - 1) * s2**2 + m4 + (m - 1) * s2**2


def moments(law: str, m: int, pairs: int, rate: float) -> tuple[float, float]:
    """Return the mean and the variance of the loss of one random task, by quadrature over all coordinates.

    By symmetry, w may be all ones. Given the query q, the answer's error is <w, q> - rate * sum of the
    products <w, x_s> <x_s, q>, which are independent: its moments follow from theirs.
    """
    values, weights = LAWS[law]()
    points = np.array(list(product(values, repeat=m)))
    chances = np.prod(list(product(weights, repeat=m)), axis=1)
    products = (points @ points.T) * points.sum(axis=1)  # [query, example]
    mean = products @ chances
    second, third, fourth = ((products - mean[:, None]) ** power @ chances for power in (2, 3, 4))
    bias = points.sum(axis=1) - rate * pairs * mean
    square = bias**2 + rate**2 * pairs * second
    quartic = (
        bias**4
        + 6 * bias**2 * rate**2 * pairs * second
        - 4 * bias * rate**3 * pairs * third
        + rate**4 * (pairs * fourth + 3 * pairs * (pairs - 1) * second**2)
    )
    scale = float((points.sum(axis=1) ** 2) @ chances)
    loss = float(square @ chances) / scale
    return loss, float(quartic @ chances) / scale**2 - loss**2
