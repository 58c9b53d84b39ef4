"""The relaxed worst-case loss of a table, its gradient, and what a subgradient is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float


def norm(losses: Float[np.ndarray, "n"], q: float | None) -> float:
    """Return (mean of losses^q)^(1/q), their largest where q is None; all are >= 0.

    The losses are divided by the largest first: 2000^100 is no float64, and (1e-4)^100 is 0 in it.
    """
    largest = float(losses.max())
    if q is None or largest == 0:
        return largest
    return float(largest * np.mean((losses / largest) ** q) ** (1 / q))


def weights(losses: Float[np.ndarray, "n"], q: float | None) -> Float[np.ndarray, "n"]:
    """Return the gradient of `norm`: (loss / norm)^(q-1) / n; at infinity it is 1 at the first largest loss.

    Where all losses are 0 it is 0, which is one subgradient of many.
    """
    n, value = len(losses), norm(losses, q)
    if value == 0:
        return np.zeros(n)
    if q is None:
        return np.eye(1, n, int(losses.argmax())).ravel()
    found: np.ndarray = (losses / value) ** (q - 1) / n
    return found


def dual_norm(weights: Float[np.ndarray, "n"], q: float | None) -> float:
    """Return the largest sum(weights * losses) over losses >= 0 with `norm` at most 1.

    By Hölder's inequality, with 1/q + 1/q' = 1, it is n (mean of weights^q')^(1/q') of what is positive. A
    function that grows in proportion has the subgradient g at a point just if its value there is the sum of
    g times the point, and no point's value is below that sum: that is, if the dual norm of g is at most 1.
    """
    positive = np.maximum(weights, 0)
    if q is None:
        return float(positive.sum())
    return len(weights) * norm(positive, q / (q - 1) if q > 1 else None)
